"""The receipt for what a customer paid or told us: its reference, and what happens next. It asks for nothing. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from kulant.core.errors import Refusal
from kulant.i18n import Translator, long_date, money
from kulant.letters import plain
from kulant.letters.sheet import Pairs, Parties, finished, link_box, summary

KIND = "receipt"
_NAMED = 12  # invoices that are named one by one


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What we have received. Which of the values are used depends on ``what``; none of the others need be given."""

    what: str  # payment | promise | says_paid | dispute | help | proposal | plan_changed
    reference: str  # what the customer names when they ask about it
    currency: str | None = None
    amount_minor: int | None = None  # paid, promised, said to be paid, disputed, proposed a month, next to be paid
    day: date | None = None  # it was paid, is promised for, is said to have been paid, is next to be paid
    invoices: tuple[str, ...] = ()
    quiet_until: date | None = None  # the last day on which nothing is sent about it
    answer_by: date | None = None  # the day by which a person answers
    left_minor: int | None = None  # what is still open: of the invoices the payment was for, or of the changed plan

    @classmethod
    def of(cls, context: Mapping[str, Any]) -> Received:
        """What was received from a delivery's context: these names, days in ISO form."""

        def day(name: str) -> date | None:
            return date.fromisoformat(context[name]) if context.get(name) else None

        return cls(
            what=context["what"],
            reference=context["reference"],
            currency=context.get("currency"),
            amount_minor=context.get("amount_minor"),
            day=day("day"),
            invoices=tuple(context.get("invoices", ())),
            quiet_until=day("quiet_until"),
            answer_by=day("answer_by"),
            left_minor=context.get("left_minor"),
        )


def receipt(to: Parties, received: Received, *, portal_url: str | None = None) -> dict[str, Any]:
    """The receipt as plain data."""
    if received.what not in _WORDS:
        raise Refusal("no_such_receipt", f"{received.what!r} gets no receipt; choose one of {', '.join(_WORDS)}")
    content, t = to.sheet(KIND)
    heading, lead, next_steps = _WORDS[received.what](_Said(received, t), t)
    content |= {
        "heading": heading,
        "lead": lead,
        "paragraphs": next_steps,
        "summary": summary(t.gettext("What we have received"), _rows(received, t)),
        "offer": link_box(
            t.gettext("Your own page"), t.gettext("There you see where things stand, at any time."), portal_url, t
        ),
    }
    content["facts"] |= {
        "what": received.what,
        "reference": plain.line(received.reference),
        "currency": received.currency,
        "amount_minor": received.amount_minor,
        "day": received.day.isoformat() if received.day else None,
        "invoices": [plain.line(number) for number in received.invoices],
    }
    reference = t.gettext("Reference: %(reference)s.", reference=plain.line(received.reference))
    return finished(content, f"{lead} {reference}", t)


class _Said:
    """The values of what was received as they are written in the letter's language."""

    def __init__(self, received: Received, t: Translator) -> None:
        self._received, self._t = received, t

    @property
    def amount(self) -> str | None:
        minor, currency = self._received.amount_minor, self._received.currency
        return None if minor is None or currency is None else money(minor, currency, self._t.language)

    @property
    def left(self) -> str | None:
        minor, currency = self._received.left_minor, self._received.currency
        return money(minor, currency, self._t.language) if minor and currency else None

    @property
    def day(self) -> str | None:
        return self._day(self._received.day)

    @property
    def settled(self) -> bool:
        return self._received.left_minor == 0

    def quiet(self) -> list[str]:
        """Until when nothing is sent; nothing where no day was set."""
        until = self._day(self._received.quiet_until)
        return [self._t.gettext("Until %(day)s we send you no reminders.", day=until)] if until else []

    def answer(self) -> list[str]:
        """By when a person answers."""
        by = self._day(self._received.answer_by)
        return [self._t.gettext("A person reads it and answers you by %(day)s.", day=by)] if by else []

    def _day(self, day: date | None) -> str | None:
        return long_date(day, self._t.language) if day else None


_Words = tuple[str, str, list[str]]


def _payment(said: _Said, t: Translator) -> _Words:
    if said.amount and said.day:
        lead = t.gettext("Thank you. We received %(amount)s on %(day)s.", amount=said.amount, day=said.day)
    else:
        lead = t.gettext("Thank you. We have received your payment.")
    if said.left:
        then = [t.gettext("Of these invoices, %(amount)s is still open.", amount=said.left)]
    elif said.settled:
        then = [t.gettext("With it, everything it was for is paid. There is nothing more for you to do.")]
    else:
        then = [t.gettext("There is nothing more for you to do.")]
    return t.gettext("Receipt for your payment"), lead, then


def _promise(said: _Said, t: Translator) -> _Words:
    if said.amount and said.day:
        lead = t.gettext("Thank you. You pay %(amount)s by %(day)s.", amount=said.amount, day=said.day)
    else:
        lead = t.gettext("Thank you. We have noted what you told us.")
    difficult = t.gettext("Should the day become difficult, tell us before it. Then we find another.")
    return t.gettext("We have noted your promise"), lead, [*said.quiet(), difficult]


def _says_paid(said: _Said, t: Translator) -> _Words:
    if said.day:
        lead = t.gettext("Thank you. You have told us that you paid on %(day)s.", day=said.day)
    else:
        lead = t.gettext("Thank you. You have told us that you have paid.")
    look = t.gettext("We now look for the payment. If we cannot find it, we ask you before we do anything else.")
    return t.gettext("We are looking for your payment"), lead, [look, *said.quiet()]


def _dispute(said: _Said, t: Translator) -> _Words:
    lead = t.gettext("Thank you for telling us that something is wrong.")
    waits = t.gettext("We do not ask for that part until we have looked into it.")
    return t.gettext("We are looking into it"), lead, [waits, *said.answer()]


def _help(said: _Said, t: Translator) -> _Words:
    lead = t.gettext("Thank you for telling us that it is hard right now.")
    way = t.gettext("We will find a way together. You need not do anything until then.")
    return t.gettext("We have heard you"), lead, [way, *said.quiet(), *said.answer()]


def _proposal(said: _Said, t: Translator) -> _Words:
    lead = t.gettext("Thank you. You have proposed a plan of your own.")
    waits = t.gettext("Until you have our answer, we send you no reminders.")
    return t.gettext("We have received your proposal"), lead, [*said.answer(), waits]


def _plan_changed(said: _Said, t: Translator) -> _Words:
    lead = t.gettext("Your payment plan has been changed as you asked.")
    then = []
    if said.amount and said.day:
        then.append(t.gettext("The next payment is %(amount)s by %(day)s.", amount=said.amount, day=said.day))
    if said.left:
        then.append(t.gettext("In all, %(amount)s of the plan is left.", amount=said.left))
    return t.gettext("Your changed payment plan"), lead, then


_WORDS: dict[str, Callable[[_Said, Translator], _Words]] = {
    "payment": _payment,
    "promise": _promise,
    "says_paid": _says_paid,
    "dispute": _dispute,
    "help": _help,
    "proposal": _proposal,
    "plan_changed": _plan_changed,
}


def _rows(received: Received, t: Translator) -> Pairs:
    said = _Said(received, t)
    rows = [[t.gettext("Your reference"), plain.line(received.reference)]]
    if said.amount:
        per_month = received.what == "proposal"
        rows.append([t.gettext("A month") if per_month else t.gettext("Amount"), said.amount])
    numbers = [plain.line(number) for number in received.invoices]
    if 0 < len(numbers) <= _NAMED:
        rows.append([t.gettext("Invoices"), ", ".join(numbers)])
    return rows
