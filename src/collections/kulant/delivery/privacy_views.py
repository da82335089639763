"""An erasure and what it would do, as commands, pages and programs show it."""

from __future__ import annotations

from datetime import date
from typing import Any

from kulant.delivery.privacy import Outlook
from kulant.ledger.erased import pseudonym
from kulant.ledger.models import Customer
from kulant.ledger.models_erasure import Erasure


def outlook_json(customer: Customer, seen: Outlook, today: date) -> dict[str, Any]:
    """What an erasure would do, as ``kulant privacy erase --dry-run --json`` prints it."""
    return {
        "customer": customer.number,
        "what": seen.what,
        "dry_run": True,
        "date": today.isoformat(),
        "blocked": seen.blocked,
        "kept_until": _day(seen.kept_until),
        "nouns": seen.nouns,
    }


def erasure_json(erasure: Erasure, *, again: bool = False) -> dict[str, Any]:
    """What was erased, as ``kulant privacy erase --json`` prints it; ``again``: it had been done before."""
    ends = [row["until"] for row in erasure.report if row["done"] == "kept" and row["until"]]
    return {
        "id": str(erasure.id),
        "customer": pseudonym(erasure.customer_id) if erasure.what == "all" else None,
        "what": erasure.what,
        "dry_run": False,
        "date": erasure.on.isoformat(),
        "by": erasure.by,
        "reason": erasure.reason,
        "again": again,
        "blocked": [],
        "kept_until": max(ends, default=None),
        "next": _day(erasure.next_on),
        "nouns": erasure.report,
    }


def noun_lines(nouns: list[dict[str, Any]]) -> list[str]:
    """Noun by noun what goes and what is kept, for people."""
    return [noun_line(row) for row in nouns]


def noun_line(row: dict[str, Any]) -> str:
    """One noun: how many rows, what becomes of them, until when and by which rule."""
    said = f"{row['noun'].replace('_', ' '):<24} {row['rows']:>7}  {row['done']}"
    if row["until"]:
        said += f" until {row['until']}: {row['rule']}" + (" (unverified)" if row["unverified"] else "")
    elif row["done"] == "kept":
        said += f": {row['rule']}"
    return said


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
