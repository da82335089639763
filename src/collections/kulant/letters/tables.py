"""The tables of a letter: the invoices with their total, and the payments of an agreed plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from kulant.i18n import Translator, amount, long_date, money, short_date
from kulant.letters import plain
from kulant.letters.offers import LetterOffer


@dataclass(frozen=True, slots=True)
class LetterItem:
    """A row of the letter: an invoice with what is asked of it, or a credit that is deducted (negative)."""

    number: str
    amount_minor: int
    issued: date | None = None
    due: date | None = None
    days_late: int = 0
    kind: str = "invoice"  # invoice | credit_note | payment | chargeback
    description: str | None = None


def items_table(
    items: Sequence[LetterItem], total_minor: int, currency: str, t: Translator, *, settled: bool
) -> dict[str, Any] | None:
    """What is asked, row by row, with its total; for a settled matter what was paid. None without rows."""
    if not items:
        return None
    late = any(item.days_late > 0 for item in items) and not settled
    no_extra = t.gettext("We have added no fees and no interest.")
    return {
        "form": "items",
        "caption": t.gettext("Invoices"),
        "head": {
            "number": t.gettext("Invoice"),
            "issued": t.gettext("Dated"),
            "due": t.gettext("Due"),
            "late": t.gettext("Days late") if late else None,
            "amount": t.gettext("Amount in %(currency)s", currency=currency),
        },
        "rows": [_item_row(item, currency, t) for item in items],
        "total_label": t.gettext("Paid") if settled else t.gettext("To pay"),
        "total": amount(total_minor, currency, t.language),
        "note": no_extra if not settled and late else None,
    }


def _item_row(item: LetterItem, currency: str, t: Translator) -> dict[str, Any]:
    kinds = {
        "credit_note": t.gettext("Credit note"),
        "payment": t.gettext("Payment received"),
        "chargeback": t.gettext("Payment returned"),
    }
    about = [kinds.get(item.kind), plain.line(item.description)]
    return {
        "number": plain.line(item.number),
        "about": " · ".join(each for each in about if each) or None,
        "issued": short_date(item.issued, t.language) if item.issued else "",
        "due": short_date(item.due, t.language) if item.due and item.amount_minor > 0 else "",
        "late": str(item.days_late) if item.days_late > 0 and item.amount_minor > 0 else "",
        "amount": amount(item.amount_minor, currency, t.language),
    }


def agreed_table(agreed: LetterOffer, currency: str, t: Translator) -> dict[str, Any]:
    """The dates and amounts that were agreed, and what the plan costs on top."""
    extra = agreed.interest_minor
    return {
        "form": "instalments",
        "caption": t.gettext("Payments"),
        "head": {
            "number": t.gettext("Payment"),
            "issued": None,
            "due": t.gettext("Pay by"),
            "late": None,
            "amount": t.gettext("Amount in %(currency)s", currency=currency),
        },
        "rows": [
            {
                "number": str(number),
                "about": None,
                "due": long_date(due, t.language),
                "amount": amount(minor, currency, t.language),
            }
            for number, (due, minor) in enumerate(agreed.schedule, start=1)
        ],
        "total_label": t.gettext("Total"),
        "total": amount(agreed.total_minor, currency, t.language),
        "note": t.gettext("Of this, %(amount)s is interest.", amount=money(extra, currency, t.language))
        if extra
        else t.gettext("The plan costs you nothing extra."),
    }
