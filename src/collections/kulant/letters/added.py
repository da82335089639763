"""What a letter adds to the invoices, in words: interest with its rate and days, each fee, each compensation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from kulant.i18n import Translator, amount, long_date, money, percent, short_date
from kulant.letters import plain

CHARGES = ("fee", "interest", "compensation")


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterCharge:
    """A charge that this letter makes, on a line of its own."""

    kind: str  # interest | fee | compensation
    invoice: str
    amount_minor: int
    rule: str
    document: str = ""  # the letter a fee is for
    first: date | None = None
    last: date | None = None
    days: int | None = None
    rate: str | None = None
    base_minor: int | None = None

    @classmethod
    def of(cls, line: dict[str, Any], document: str) -> LetterCharge:
        """A charge from the form in which a proposal keeps it."""
        first, last = line["from"], line["to"]
        return cls(
            kind=line["kind"],
            invoice=line["invoice"],
            amount_minor=line["amount_minor"],
            rule=line["rule"],
            document=document,
            first=date.fromisoformat(first) if first else None,
            last=date.fromisoformat(last) if last else None,
            days=line["days"],
            rate=line["rate"],
            base_minor=line["base_minor"],
        )

    def as_fact(self) -> dict[str, Any]:
        """The charge for programs that read the letter."""
        return {
            "kind": self.kind,
            "invoice": plain.line(self.invoice),
            "amount_minor": self.amount_minor,
            "rule": self.rule,
            "from": self.first.isoformat() if self.first else None,
            "to": self.last.isoformat() if self.last else None,
            "days": self.days,
            "rate": self.rate,
            "base_minor": self.base_minor,
        }


def joined(lines: Sequence[LetterCharge]) -> list[LetterCharge]:
    """Interest lines in order, those made one where the next begins the day after with the same rate and base."""
    found: list[LetterCharge] = []
    for line in sorted(lines, key=lambda one: (one.invoice, one.first or date.min)):
        last = found[-1] if found else None
        if last is not None and _goes_on(last, line):
            found[-1] = replace(
                last,
                last=line.last,
                amount_minor=last.amount_minor + line.amount_minor,
                days=(last.days or 0) + (line.days or 0),
            )
        else:
            found.append(line)
    return found


def _goes_on(last: LetterCharge, line: LetterCharge) -> bool:
    same = (last.invoice, last.rate, last.base_minor) == (line.invoice, line.rate, line.base_minor)
    return same and last.last is not None and line.first == last.last + timedelta(days=1)


def charge_rows(
    charges: Sequence[LetterCharge], currency: str, t: Translator, *, several: bool
) -> list[dict[str, Any]]:
    """A line for each charge: its name, what it is reckoned from, and the amount. ``several``: name the invoice too."""
    return [
        charge_row(_name(one, t, several=several), _about(one, currency, t), one.amount_minor, currency, t)
        for one in charges
    ]


def charge_row(name: str, about: str | None, minor: int, currency: str, t: Translator) -> dict[str, Any]:
    """A line of the table that has no dates of its own."""
    written = amount(minor, currency, t.language)
    return {"form": "charge", "number": name, "about": about, "amount": written, "minor": minor}


def _name(charge: LetterCharge, t: Translator, *, several: bool) -> str:
    if charge.kind == "fee":
        fees = {
            "fee_reminder": t.gettext("Reminder fee"),
            "formal_notice": t.gettext("Fee for this notice"),
            "hand_over": t.gettext("Fee for debt collection"),
        }
        return fees.get(charge.document) or t.gettext("Fee for this letter")
    interest = charge.kind == "interest"
    name = t.gettext("Late interest") if interest else t.gettext("Compensation for late payment")
    return f"{name}, {plain.line(charge.invoice)}" if several else name


def _about(charge: LetterCharge, currency: str, t: Translator) -> str | None:
    if charge.first is None or charge.last is None or charge.rate is None:
        return None
    return t.gettext(
        "%(rate)s from %(first)s to %(last)s on %(base)s",
        rate=percent(Decimal(charge.rate), t.language, currency),
        first=short_date(charge.first, t.language),
        last=short_date(charge.last, t.language),
        base=money(charge.base_minor or 0, currency, t.language),
    )


def earlier_name(kind: str, on: date, t: Translator) -> str:
    """The name of a charge that an earlier letter made."""
    day = long_date(on, t.language)
    if kind == "interest":
        return t.gettext("Interest, from our letter of %(day)s", day=day)
    if kind == "compensation":
        return t.gettext("Compensation, from our letter of %(day)s", day=day)
    return t.gettext("Fee, from our letter of %(day)s", day=day)
