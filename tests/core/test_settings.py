"""What the operator may set, and when a signing key may be left out."""

from __future__ import annotations

import stat
from datetime import date
from pathlib import Path

import pytest

from kulant.core.errors import Refusal
from kulant.settings import Settings


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "TODAY", "BASE_URL", "SECRET_KEY", "SMTP_URL", "STORAGE_URL"):
        monkeypatch.delenv(f"KULANT_{name}", raising=False)


def test_with_nothing_set_it_is_sqlite_and_folders_here() -> None:
    settings = Settings.from_environment()
    assert settings.database_url == "sqlite:///kulant.db"
    assert (settings.smtp_url, settings.storage_url) == ("file:outbox", "file:documents")
    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.fixed_today is None


def test_a_key_is_made_once_beside_the_file_for_its_owner_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KULANT_DATABASE_URL", f"sqlite:///{tmp_path / 'kulant.db'}")
    key = Settings.from_environment().secret_key()
    assert len(key) >= 40
    assert Settings.from_environment().secret_key() == key
    [file] = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("database", "base"),
    [
        ("postgresql+psycopg://db/kulant", "http://127.0.0.1:8000"),
        ("sqlite:///kulant.db", "https://pay.example.com"),
        ("sqlite:///kulant.db", "http://0.0.0.0:8000"),
    ],
)
def test_anywhere_else_the_key_must_be_given(monkeypatch: pytest.MonkeyPatch, database: str, base: str) -> None:
    monkeypatch.setenv("KULANT_DATABASE_URL", database)
    monkeypatch.setenv("KULANT_BASE_URL", base)
    with pytest.raises(Refusal, match="KULANT_SECRET_KEY"):
        Settings.from_environment().secret_key()
    monkeypatch.setenv("KULANT_SECRET_KEY", "given by the operator")
    assert Settings.from_environment().secret_key() == "given by the operator"


def test_the_business_date(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KULANT_TODAY", "2026-11-22")
    assert Settings.from_environment().today("SE") == date(2026, 11, 22)
    for wrong in ("22.11.2026", "2026-02-30", "9999-12-31"):
        monkeypatch.setenv("KULANT_TODAY", wrong)
        with pytest.raises(Refusal, match="KULANT_TODAY"):
            Settings.from_environment()


@pytest.mark.parametrize("address", ["pay.example.com", "ftp://example.com", "http://", "http://[", "http://a:b"])
def test_an_address_customers_cannot_open(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("KULANT_BASE_URL", address)
    with pytest.raises(Refusal, match="KULANT_BASE_URL"):
        Settings.from_environment()


def test_an_empty_key_file_signs_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Left by a full disk, say: everything signed with it could be forged by anybody."""
    monkeypatch.setenv("KULANT_DATABASE_URL", f"sqlite:///{tmp_path / 'kulant.db'}")
    (tmp_path / "kulant.db.secret").touch()
    with pytest.raises(Refusal, match="is empty"):
        Settings.from_environment().secret_key()
