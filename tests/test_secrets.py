"""What is secret stays so: nothing of it in a log, and no key that can be guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from kulant.doctor import examine
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
    assert "ValueError: a letter of 15 words" in said and "delivery=17" in said and "test_secrets.py" in said
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


def test_the_doctor_warns_of_a_key_that_can_be_guessed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(
        database_url=f"sqlite:///{tmp_path}/none.db",
        base_url="https://pay.example",
        smtp_url=f"file:{tmp_path}",
        storage_url=f"file:{tmp_path}",
        fixed_today=None,
    )

    def says(key: str) -> str:
        monkeypatch.setenv("KULANT_SECRET_KEY", key)
        return next(one.status for one in examine(settings) if one.check == "secret")

    assert (says("kulant"), says("k" * 32)) == ("warning", "ok")
