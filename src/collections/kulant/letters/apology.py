"""The apology: what we did wrong, what we take back, whom to call. No excuses, and nothing is asked for. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from kulant.core.errors import Refusal
from kulant.i18n import Translator, long_date, money
from kulant.letters import plain
from kulant.letters.sheet import Pairs, Parties, finished, summary

KIND = "apology"
CROSSED = "crossed"  # our letter asked for what had been paid before it left
MISTAKE = "mistake"  # something else that we did wrong
_SHOWN = 12  # invoices that are named one by one


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A charge of ours that was reversed."""

    kind: str  # fee | interest | compensation
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """What we did wrong, and what was put right."""

    what: str  # crossed | mistake
    letter_on: date | None  # the day of the letter that was wrong
    currency: str
    invoices: tuple[str, ...] = ()  # those that were asked for wrongly
    paid_on: date | None = None  # the day the payment is dated
    paid_minor: int | None = None
    words: str | None = None  # a mistake in a sentence of the clerk's own
    taken_back: tuple[TakenBack, ...] = ()
    others: bool = False  # the letter asked for other invoices too, rightly

    @classmethod
    def of(cls, context: Mapping[str, Any]) -> Wrong:
        """What was wrong from a delivery's context: these names, days in ISO form."""
        letter_on, paid_on = context.get("letter_on"), context.get("paid_on")
        return cls(
            what=context["what"],
            letter_on=date.fromisoformat(letter_on) if letter_on else None,
            currency=context["currency"],
            invoices=tuple(context.get("invoices", ())),
            paid_on=date.fromisoformat(paid_on) if paid_on else None,
            paid_minor=context.get("paid_minor"),
            words=context.get("words"),
            taken_back=tuple(TakenBack(one["kind"], one["amount_minor"]) for one in context.get("taken_back", ())),
            others=context.get("others", False),
        )


def apology(to: Parties, wrong: Wrong) -> dict[str, Any]:
    """The apology as plain data. It is signed by the creditor's named person."""
    if wrong.what not in (CROSSED, MISTAKE) or (wrong.what == CROSSED and wrong.letter_on is None):
        raise Refusal("no_such_apology", "an apology is for a letter that crossed a payment, or for a mistake in words")
    content, t = to.sheet(KIND)
    lead = _lead(wrong, t)
    content |= {
        "heading": t.gettext("We apologise"),
        "lead": lead,
        "paragraphs": _paragraphs(wrong, t),
        "message": plain.lines(wrong.words),
        "summary": summary(t.gettext("What we have taken back"), _taken_back(wrong, t)) if wrong.taken_back else None,
    }
    content["facts"] |= {
        "currency": wrong.currency,
        "letter_on": wrong.letter_on.isoformat() if wrong.letter_on else None,
        "invoices": [plain.line(number) for number in wrong.invoices],
        "taken_back": [{"kind": one.kind, "amount_minor": one.amount_minor} for one in wrong.taken_back],
    }
    return finished(content, f"{t.gettext('We apologise')}. {lead}", t)


def _lead(wrong: Wrong, t: Translator) -> str:
    if wrong.letter_on is None:
        return t.gettext("We made a mistake, and we are sorry.")
    day = long_date(wrong.letter_on, t.language)
    if wrong.what == CROSSED:
        return t.gettext("Our letter of %(day)s asked for what you had already paid. That was our mistake.", day=day)
    return t.gettext("Our letter of %(day)s was wrong. That was our mistake.", day=day)


def _paragraphs(wrong: Wrong, t: Translator) -> list[str]:
    said = []
    if wrong.what == CROSSED:
        said.append(_paid(wrong, t))
    if wrong.taken_back:
        said.append(t.gettext("What that letter charged, we have taken back. You owe nothing of it."))
    elif wrong.letter_on is not None:
        said.append(t.gettext("You need not do anything. The letter has cost you nothing."))
    if wrong.others:
        said.append(t.gettext("The other invoices in that letter are not touched by this."))
    said.append(t.gettext("Has it caused you trouble? Please tell us, and we will put it right."))
    return said


def _paid(wrong: Wrong, t: Translator) -> str:
    numbers = [plain.line(number) for number in wrong.invoices]
    if wrong.paid_on is None or wrong.paid_minor is None:
        if not 0 < len(numbers) <= _SHOWN:
            return t.gettext("Your payment had been made before the letter left.")
        return t.ngettext(
            "Invoice %(numbers)s had been paid before the letter left.",
            "The invoices %(numbers)s had been paid before the letter left.",
            len(numbers),
            numbers=", ".join(numbers),
        )
    paid = {
        "amount": money(wrong.paid_minor, wrong.currency, t.language),
        "day": long_date(wrong.paid_on, t.language),
    }
    if not 0 < len(numbers) <= _SHOWN:
        return t.gettext("You paid %(amount)s on %(day)s, before the letter left.", **paid)
    return t.ngettext(
        "You paid %(amount)s for invoice %(numbers)s on %(day)s, before the letter left.",
        "You paid %(amount)s for the invoices %(numbers)s on %(day)s, before the letter left.",
        len(numbers),
        numbers=", ".join(numbers),
        **paid,
    )


def _taken_back(wrong: Wrong, t: Translator) -> Pairs:
    names = {
        "fee": t.gettext("Fee"),
        "interest": t.gettext("Interest"),
        "compensation": t.gettext("Compensation for late payment"),
    }
    rows = [
        [name, money(minor, wrong.currency, t.language)]
        for kind, name in names.items()
        if (minor := sum(one.amount_minor for one in wrong.taken_back if one.kind == kind))
    ]
    total = money(sum(one.amount_minor for one in wrong.taken_back), wrong.currency, t.language)
    return rows if len(rows) == 1 else [*rows, [t.gettext("In all"), total]]
