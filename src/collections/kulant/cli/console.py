"""What every command shares: the transaction it runs in, how it prints, how it refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import typer
from sqlalchemy.orm import Session

from kulant.core.calendar import read_day
from kulant.core.errors import Refusal
from kulant.core.money import to_minor
from kulant.db import Act, reading
from kulant.people.models import AuditEntry, Creditor
from kulant.people.service import check_currency, check_length, find_creditor
from kulant.schema import require_current
from kulant.settings import Settings
from kulant.transaction import doing

# Who the audit trail names for what is done from the shell.
ACTOR = "command line"


@dataclass(frozen=True, slots=True)
class Desk:
    """An open transaction on one creditor."""

    act: Act
    creditor: Creditor
    settings: Settings


@contextmanager
def working(creditor: str | None, *, actor: str = ACTOR) -> Iterator[Desk]:
    """A transaction on the creditor of that code (or the only one), committed when the block ends well."""
    settings = ready_settings()
    check_length("actor", actor, AuditEntry)
    with reading(settings.database_url) as session:
        country = find_creditor(session, creditor).country
    with doing(settings, actor=actor, country=country) as act:
        yield Desk(act, find_creditor(act.session, creditor), settings)


@dataclass(frozen=True, slots=True)
class Look:
    """A read of one creditor on the business date."""

    session: Session
    creditor: Creditor
    today: date
    settings: Settings


@contextmanager
def looking(creditor: str | None) -> Iterator[Look]:
    """A session that only reads the creditor of that code (or the only one)."""
    settings = ready_settings()
    with reading(settings.database_url) as session:
        found = find_creditor(session, creditor)
        yield Look(session, found, settings.today(found.country), settings)


def ready_settings() -> Settings:
    """The settings, once the database is known to have the newest schema."""
    settings = Settings.from_environment()
    require_current(settings.database_url)
    return settings


def answer(value: Any, as_json: bool, *lines: str) -> None:
    """Prints the value as one JSON document, or the lines written for people."""
    if as_json:
        typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
    else:
        for line in lines:
            typer.echo(line)


def parse_date(text: str, option: str) -> date:
    """A date given on the command line, as YYYY-MM-DD."""
    try:
        return read_day(text)
    except ValueError:
        raise Refusal("bad_date", f"{option} is {text!r}; write the date as YYYY-MM-DD") from None


def parse_amount(text: str, currency: str, option: str) -> int:
    """An amount given on the command line, in minor units."""
    try:
        return to_minor(text, currency)
    except ValueError:
        raise Refusal("bad_amount", f"{option} is {text!r}; write the amount as digits, e.g. 1250.00") from None


def parse_currency(text: str) -> str:
    """A currency given on the command line."""
    check_currency(text)
    return text
