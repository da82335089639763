"""Settings from the environment, read once at the door and handed inwards."""

from __future__ import annotations

import os
import secrets
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from kulant.core.calendar import read_day
from kulant.core.errors import Refusal
from kulant.core.zones import zone_of

DEFAULT_BASE_URL = "http://127.0.0.1:8000"
DEFAULT_SELECTOR = "kulant"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the operator can set; see ``docs/operating.md`` for the meaning of each variable."""

    database_url: str = field(repr=False)  # may hold a password, as those below do
    base_url: str
    smtp_url: str = field(repr=False)
    storage_url: str = field(repr=False)
    fixed_today: date | None
    imap_url: str | None = field(default=None, repr=False)
    bounce_address: str | None = None
    dkim_key: str | None = None  # the file it lies in
    dkim_selector: str = DEFAULT_SELECTOR
    dkim_domain: str | None = None
    payment_url: str | None = None  # of the payment provider; none: customers pay from their bank
    payment_key: str | None = field(default=None, repr=False)
    webhooks_private: bool = False  # webhooks may be told to addresses inside the house's own network

    @classmethod
    def from_environment(cls) -> Settings:
        """Reads the ``KULANT_*`` variables; refuses a business date that is not one."""
        raw_today = os.environ.get("KULANT_TODAY") or None
        try:
            fixed_today = read_day(raw_today) if raw_today else None
        except ValueError:
            raise Refusal("bad_today", f"KULANT_TODAY is {raw_today!r}; write it as a date, e.g. 2026-11-22") from None
        return cls(
            database_url=os.environ.get("KULANT_DATABASE_URL") or "sqlite:///kulant.db",
            base_url=_address(os.environ.get("KULANT_BASE_URL") or DEFAULT_BASE_URL),
            smtp_url=os.environ.get("KULANT_SMTP_URL") or "file:outbox",
            storage_url=os.environ.get("KULANT_STORAGE_URL") or "file:documents",
            fixed_today=fixed_today,
            imap_url=os.environ.get("KULANT_IMAP_URL") or None,
            bounce_address=os.environ.get("KULANT_BOUNCE_ADDRESS") or None,
            dkim_key=os.environ.get("KULANT_DKIM_KEY") or None,
            dkim_selector=os.environ.get("KULANT_DKIM_SELECTOR") or DEFAULT_SELECTOR,
            dkim_domain=os.environ.get("KULANT_DKIM_DOMAIN") or None,
            payment_url=os.environ.get("KULANT_PAYMENT_URL") or None,
            payment_key=os.environ.get("KULANT_PAYMENT_KEY") or None,
            webhooks_private=os.environ.get("KULANT_WEBHOOKS_PRIVATE") == "yes",
        )

    def today(self, country: str = "NO") -> date:
        """The business date: ``KULANT_TODAY``, else today's date where the creditor is."""
        return self.fixed_today or datetime.now(zone_of(country)).date()

    def secret_key(self) -> str:
        """The signing key; made and kept beside the database only for SQLite served on loopback."""
        given = os.environ.get("KULANT_SECRET_KEY")
        if given:
            return given
        if not self.database_url.startswith("sqlite") or not self._on_loopback():
            raise Refusal(
                "no_secret_key",
                "KULANT_SECRET_KEY is not set; set it to a long random text "
                "(it may be left out only for SQLite on loopback)",
            )
        return _kept_key(self.sqlite_path())

    def known_key(self) -> str | None:
        """The signing key where there is one already; makes none and refuses nothing."""
        given, database = os.environ.get("KULANT_SECRET_KEY"), self.sqlite_path()
        if given or database is None or not _key_file(database).exists():
            return given or None
        return _key_file(database).read_text().strip() or None

    def sqlite_path(self) -> Path | None:
        """Where the SQLite file lies; none for PostgreSQL and for a database in memory."""
        name = self.database_url.partition(":///")[2].partition("?")[0]
        return Path(name) if self.database_url.startswith("sqlite") and name not in ("", ":memory:") else None

    def _on_loopback(self) -> bool:
        host = urlsplit(self.base_url).hostname or ""
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"


def _address(text: str) -> str:
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise Refusal(
            "bad_base_url", f"KULANT_BASE_URL is {text!r}; write what customers open, e.g. https://pay.example.com"
        )
    return text.rstrip("/")


_memory_key = secrets.token_urlsafe(48)


def _key_file(database: Path) -> Path:
    return database.with_name(database.name + ".secret")


def _kept_key(database: Path | None) -> str:
    if database is None:
        return _memory_key
    file = _key_file(database)
    if not file.exists():
        # Written aside and linked into place: another process that starts now never reads a key half written.
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        unfinished = Path(name)
        try:
            with os.fdopen(handle, "w") as new:
                new.write(secrets.token_urlsafe(48))
            with suppress(FileExistsError):
                file.hardlink_to(unfinished)
        finally:
            unfinished.unlink()
    key = file.read_text().strip()
    if not key:
        raise Refusal("no_secret_key", f"{file} is empty; delete it, or set KULANT_SECRET_KEY to a long random text")
    return key
