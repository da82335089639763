"""The apology: what we did wrong, what we take back, whom to call. No excuses, and nothing is asked for. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from kulant.core.errors import Refusal
from kulant.i18n import Translator, long_date, money
from kulant.letters import plain
from kulant.letters.own_texts import OwnText, in_words
from kulant.letters.sheet import Pairs, Parties, finished, summary
from kulant.letters.wording import Prose

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


def apology(to: Parties, wrong: Wrong, *, own: OwnText | None = None) -> dict[str, Any]:
    """The apology as plain data. It is signed by the creditor's named person. ``own``: the creditor's text."""
    if wrong.what not in WORDS or (wrong.what == CROSSED and wrong.letter_on is None):
        raise Refusal("no_such_apology", "an apology is for a letter that crossed a payment, or for a mistake in words")
    content, t = to.sheet(KIND)
    values = _values(to, wrong, t)
    said, opening = in_words(own, values, WORDS[wrong.what](values, t))
    content |= {
        **said,
        "message": plain.lines(wrong.words),
        "summary": summary(t.gettext("What we have taken back"), _taken_back(wrong, t)) if wrong.taken_back else None,
    }
    content["facts"] |= {
        "currency": wrong.currency,
        "letter_on": wrong.letter_on.isoformat() if wrong.letter_on else None,
        "invoices": [plain.line(number) for number in wrong.invoices],
        "taken_back": [{"kind": one.kind, "amount_minor": one.amount_minor} for one in wrong.taken_back],
    }
    return finished(content, opening, t)


def text_of(what: str) -> str:
    """Which text an apology for that is written by."""
    return f"{KIND}_{what}"


def _values(to: Parties, wrong: Wrong, t: Translator) -> dict[str, Any]:
    """What the sentences speak of, written in the letter's language; what is not known is empty."""
    named = 0 < len(wrong.invoices) <= _SHOWN
    dated = wrong.paid_on is not None and wrong.paid_minor is not None
    back = sum(one.amount_minor for one in wrong.taken_back)
    return to.names() | {
        "letter_on": long_date(wrong.letter_on, t.language) if wrong.letter_on else "",
        "paid": money(wrong.paid_minor or 0, wrong.currency, t.language) if dated else "",
        "paid_on": long_date(wrong.paid_on, t.language) if wrong.paid_on and dated else "",
        "numbers": ", ".join(plain.line(number) for number in wrong.invoices) if named else "",
        "count": len(wrong.invoices),
        "taken_back": money(back, wrong.currency, t.language) if back else "",
        "others": wrong.others,
    }


_Values = Mapping[str, Any]


def _crossed(v: _Values, t: Translator) -> Prose:
    lead = t.gettext(
        "Our letter of %(day)s asked for what you had already paid. That was our mistake.", day=v["letter_on"]
    )
    return _prose(lead, v, t, paid=_paid(v, t))


def _mistake(v: _Values, t: Translator) -> Prose:
    if v["letter_on"]:
        lead = t.gettext("Our letter of %(day)s was wrong. That was our mistake.", day=v["letter_on"])
    else:
        lead = t.gettext("We made a mistake, and we are sorry.")
    return _prose(lead, v, t)


def _prose(lead: str, v: _Values, t: Translator, *, paid: str = "") -> Prose:
    back = others = ""
    if v["taken_back"]:
        back = t.gettext(
            "We have taken back the %(amount)s that letter charged. You owe nothing of it.", amount=v["taken_back"]
        )
    elif v["letter_on"]:
        back = t.gettext("You need not do anything. The letter has cost you nothing.")
    if v["others"]:
        others = t.gettext("The other invoices in that letter are not touched by this.")
    trouble = t.gettext("Has it caused you trouble? Please tell us, and we will put it right.")
    heading = t.gettext("We apologise")
    return Prose(heading, lead, (paid, back, others, trouble), short=f"{heading}. {lead}")


WORDS: dict[str, Callable[[_Values, Translator], Prose]] = {CROSSED: _crossed, MISTAKE: _mistake}


def _paid(v: _Values, t: Translator) -> str:
    if not v["paid"]:
        if not v["numbers"]:
            return t.gettext("Your payment had been made before the letter left.")
        return t.ngettext(
            "Invoice %(numbers)s had been paid before the letter left.",
            "The invoices %(numbers)s had been paid before the letter left.",
            v["count"],
            numbers=v["numbers"],
        )
    paid = {"amount": v["paid"], "day": v["paid_on"]}
    if not v["numbers"]:
        return t.gettext("You paid %(amount)s on %(day)s, before the letter left.", **paid)
    return t.ngettext(
        "You paid %(amount)s for invoice %(numbers)s on %(day)s, before the letter left.",
        "You paid %(amount)s for the invoices %(numbers)s on %(day)s, before the letter left.",
        v["count"],
        numbers=v["numbers"],
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
