"""The tables of a letter: the invoices with their total, and the payments of an agreed plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import Any

from kulant.i18n import Translator, amount, long_date, money, short_date
from kulant.letters import plain
from kulant.letters.added import CHARGES, LetterCharge, charge_row, charge_rows, earlier_name, joined
from kulant.letters.offers import LetterOffer


@dataclass(frozen=True, slots=True)
class LetterItem:
    """A row of the letter: an invoice with what is asked of it, or a credit that is deducted (negative)."""

    number: str
    amount_minor: int
    issued: date | None = None
    due: date | None = None
    days_late: int = 0
    kind: str = "invoice"  # invoice | credit_note | payment | chargeback | fee | interest | compensation
    description: str | None = None
    invoice: str | None = None  # of a charge that an earlier letter made
    lines: tuple[LetterCharge, ...] = ()  # how that charge was reckoned, while none of it is paid

    @property
    def is_charge(self) -> bool:
        return self.kind in CHARGES


def items_table(
    items: Sequence[LetterItem],
    total_minor: int,
    currency: str,
    t: Translator,
    *,
    charges: Sequence[LetterCharge] = (),
) -> dict[str, Any] | None:
    """What is asked, row by row, with its total. None without rows.

    The invoices come first and have a sum of their own where anything was added to them.
    """
    if not items:
        return None
    late = any(item.days_late > 0 and not item.is_charge for item in items)
    no_extra = t.gettext("We have added no fees and no interest.")
    principal = [item for item in items if not item.is_charge]
    rows = [_item_row(item, currency, t) for item in principal]
    added = _added(items, charges, currency, t)
    if added and len(rows) > 1:
        rows.append(_subtotal(sum(item.amount_minor for item in principal), currency, t))
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
        "rows": _carried([*rows, *added], currency, t),
        "carried": t.gettext("Carried forward"),
        "brought": t.gettext("Brought forward"),
        "total_label": t.gettext("To pay"),
        "total": amount(total_minor, currency, t.language),
        "note": no_extra if late and not added else None,
    }


def _added(
    items: Sequence[LetterItem], charges: Sequence[LetterCharge], currency: str, t: Translator
) -> list[dict[str, Any]]:
    """Interest since the due date, whichever letter asked for it first; then what else earlier letters charged."""
    reckoned = [line for item in items if item.is_charge for line in item.lines]
    rest = [_earlier_row(item, currency, t) for item in items if item.is_charge and not item.lines]
    interest = joined([*reckoned, *(one for one in charges if one.kind == "interest")])
    others = [one for one in charges if one.kind != "interest"]
    several = sum(not item.is_charge for item in items) > 1
    return [
        *charge_rows(interest, currency, t, several=several),
        *rest,
        *charge_rows(others, currency, t, several=several),
    ]


def _subtotal(minor: int, currency: str, t: Translator) -> dict[str, Any]:
    name = t.gettext("The invoices in all")
    return {"form": "subtotal", "number": name, "about": None, "amount": amount(minor, currency, t.language)}


def _earlier_row(item: LetterItem, currency: str, t: Translator) -> dict[str, Any]:
    named = item.invoice is not None and item.kind != "fee"
    about = t.gettext("invoice %(number)s", number=plain.line(item.invoice)) if named else None
    name = earlier_name(item.kind, item.issued, t) if item.issued else plain.line(item.number)
    return charge_row(name, about, item.amount_minor, currency, t)


def _item_row(item: LetterItem, currency: str, t: Translator) -> dict[str, Any]:
    kinds = {
        "credit_note": t.gettext("Credit note"),
        "payment": t.gettext("Payment received"),
        "chargeback": t.gettext("Payment returned"),
    }
    about = [kinds.get(item.kind), plain.line(item.description)]
    return {
        "form": "item",
        "number": plain.line(item.number),
        "about": " · ".join(each for each in about if each) or None,
        "issued": short_date(item.issued, t.language) if item.issued else "",
        "due": short_date(item.due, t.language) if item.due and item.amount_minor > 0 else "",
        "late": str(item.days_late) if item.days_late > 0 and item.amount_minor > 0 else "",
        "amount": amount(item.amount_minor, currency, t.language),
        "minor": item.amount_minor,
    }


def _carried(rows: list[dict[str, Any]], currency: str, t: Translator) -> list[dict[str, Any]]:
    """The rows, each with the sum up to it: where the table flows on, both pages say how much that is."""
    sums = accumulate(row.get("minor", 0) for row in rows)
    return [row | {"carried": amount(minor, currency, t.language)} for row, minor in zip(rows, sums, strict=True)]


def agreed_table(agreed: LetterOffer, currency: str, t: Translator) -> dict[str, Any]:
    """The dates and amounts that were agreed, and what the plan costs on top."""
    extra = agreed.interest_minor
    rows = [
        {
            "number": str(number),
            "about": None,
            "due": long_date(due, t.language),
            "amount": amount(minor, currency, t.language),
            "minor": minor,
        }
        for number, (due, minor) in enumerate(agreed.schedule, start=1)
    ]
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
        "rows": _carried(rows, currency, t),
        "carried": t.gettext("Carried forward"),
        "brought": t.gettext("Brought forward"),
        "total_label": t.gettext("Total"),
        "total": amount(agreed.total_minor, currency, t.language),
        "note": t.gettext("Of this, %(amount)s is interest.", amount=money(extra, currency, t.language))
        if extra
        else t.gettext("The plan costs you nothing extra."),
    }
