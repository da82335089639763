"""Creditors as programs see them: the JSON of the command line and the API."""

from __future__ import annotations

from typing import Any

from kulant.core.money import decimal_string
from kulant.people.models import Creditor


def creditor_json(found: Creditor) -> dict[str, Any]:
    """What ``kulant creditor set`` answers: everything that can be set."""
    columns = [column.key for column in Creditor.__mapper__.columns if column.key not in ("id", "created_at")]
    shown = {key: getattr(found, key) for key in columns}
    for limits in ("small_balance", "bank_fee_tolerance"):
        shown[limits] = {currency: decimal_string(minor, currency) for currency, minor in shown[limits].items()}
    return shown
