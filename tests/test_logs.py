"""What a log may hold: where a fault happened, and nothing of what was in hand there."""

from __future__ import annotations

import pytest

from kulant.logs import get_logger
from kulant.settings import Settings


def test_a_fault_is_logged_without_keys_links_or_letters(capsys: pytest.CaptureFixture[str]) -> None:
    held = "".join(("the ", "signing ", "key"))

    def write(secret: str) -> None:
        raise ValueError(f"a letter of {len(secret)} words")

    try:
        write(held)
    except ValueError:
        get_logger().exception("delivery", delivery=17)
    said = capsys.readouterr().out
    assert "ValueError: a letter of 15 words" in said and "delivery=17" in said and "test_logs.py" in said
    assert held not in said


def test_settings_show_no_password() -> None:
    word = "pa55"
    shown = Settings(
        database_url=f"postgresql://kulant:{word}@db/kulant",
        base_url="https://pay.example",
        smtp_url=f"smtps://u:{word}@mail.example",
        storage_url="file:documents",
        fixed_today=None,
        imap_url=f"imaps://u:{word}@mail.example",
        payment_key=word,
    )
    assert word not in repr(shown)
