"""The receipt for what a customer paid or told us: its reference, and what happens next. It asks for nothing. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from kulant.core.errors import Refusal
from kulant.i18n import Translator, long_date, money
from kulant.letters import plain
from kulant.letters.own_texts import OwnText, in_words
from kulant.letters.sheet import Pairs, Parties, finished, link_box, summary
from kulant.letters.wording import Prose

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


def receipt(
    to: Parties, received: Received, *, portal_url: str | None = None, own: OwnText | None = None
) -> dict[str, Any]:
    """The receipt as plain data. ``own``: the creditor's text in place of the shipped one."""
    if received.what not in WORDS:
        raise Refusal("no_such_receipt", f"{received.what!r} gets no receipt; choose one of {', '.join(WORDS)}")
    content, t = to.sheet(KIND)
    values = _values(to, received, t)
    said, opening = in_words(own, values, WORDS[received.what](values, t))
    content |= {
        **said,
        "summary": summary(t.gettext("What we have received"), _rows(received, values, t)),
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
    return finished(content, f"{opening} {reference}", t)


def text_of(what: str) -> str:
    """Which text a receipt of that kind is written by."""
    return f"{KIND}_{what}"


def _values(to: Parties, received: Received, t: Translator) -> dict[str, Any]:
    """What the sentences speak of, written in the letter's language; what is not known is empty."""

    def figure(minor: int | None) -> str:
        return "" if minor is None or received.currency is None else money(minor, received.currency, t.language)

    def day(on: date | None) -> str:
        return long_date(on, t.language) if on else ""

    return to.names() | {
        "reference": plain.line(received.reference),
        "amount": figure(received.amount_minor),
        "day": day(received.day),
        "left": figure(received.left_minor or None),
        "settled": received.left_minor == 0,
        "quiet_until": day(received.quiet_until),
        "answer_by": day(received.answer_by),
        "numbers": ", ".join(plain.line(number) for number in received.invoices),
        "count": len(received.invoices),
    }


_Values = Mapping[str, Any]


def _quiet(v: _Values, t: Translator) -> str:
    """Until when nothing is sent; nothing where no day was set."""
    return t.gettext("Until %(day)s we send you no reminders.", day=v["quiet_until"]) if v["quiet_until"] else ""


def _answer(v: _Values, t: Translator) -> str:
    """By when a person answers."""
    return t.gettext("A person reads it and answers you by %(day)s.", day=v["answer_by"]) if v["answer_by"] else ""


def _prose(heading: str, lead: str, *paragraphs: str) -> Prose:
    return Prose(heading, lead, paragraphs, short=lead)


def _payment(v: _Values, t: Translator) -> Prose:
    if v["amount"] and v["day"]:
        lead = t.gettext("Thank you. We received %(amount)s on %(day)s.", amount=v["amount"], day=v["day"])
    else:
        lead = t.gettext("Thank you. We have received your payment.")
    if v["left"]:
        then = t.gettext("Of these invoices, %(amount)s is still open.", amount=v["left"])
    elif v["settled"]:
        then = t.gettext("With it, everything it was for is paid. There is nothing more for you to do.")
    else:
        then = t.gettext("There is nothing more for you to do.")
    return _prose(t.gettext("Receipt for your payment"), lead, then)


def _promise(v: _Values, t: Translator) -> Prose:
    if v["amount"] and v["day"]:
        lead = t.gettext("Thank you. You pay %(amount)s by %(day)s.", amount=v["amount"], day=v["day"])
    else:
        lead = t.gettext("Thank you. We have noted what you told us.")
    difficult = t.gettext("Should the day become difficult, tell us before it. Then we find another.")
    return _prose(t.gettext("We have noted your promise"), lead, _quiet(v, t), difficult)


def _says_paid(v: _Values, t: Translator) -> Prose:
    if v["day"]:
        lead = t.gettext("Thank you. You have told us that you paid on %(day)s.", day=v["day"])
    else:
        lead = t.gettext("Thank you. You have told us that you have paid.")
    look = t.gettext("We now look for the payment. If we cannot find it, we ask you before we do anything else.")
    return _prose(t.gettext("We are looking for your payment"), lead, look, _quiet(v, t))


def _dispute(v: _Values, t: Translator) -> Prose:
    lead = t.gettext("Thank you for telling us that something is wrong.")
    waits = t.gettext("We do not ask for that part until we have looked into it.")
    return _prose(t.gettext("We are looking into it"), lead, waits, _answer(v, t))


def _help(v: _Values, t: Translator) -> Prose:
    lead = t.gettext("Thank you for telling us that it is hard right now.")
    way = t.gettext("We will find a way together. You need not do anything until then.")
    return _prose(t.gettext("We have heard you"), lead, way, _quiet(v, t), _answer(v, t))


def _proposal(v: _Values, t: Translator) -> Prose:
    lead = t.gettext("Thank you. You have proposed a plan of your own.")
    waits = t.gettext("Until you have our answer, we send you no reminders.")
    return _prose(t.gettext("We have received your proposal"), lead, _answer(v, t), waits)


def _plan_changed(v: _Values, t: Translator) -> Prose:
    lead = t.gettext("Your payment plan has been changed as you asked.")
    following = left = ""
    if v["amount"] and v["day"]:
        following = t.gettext("The next payment is %(amount)s by %(day)s.", amount=v["amount"], day=v["day"])
    if v["left"]:
        left = t.gettext("In all, %(amount)s of the plan is left.", amount=v["left"])
    return _prose(t.gettext("Your changed payment plan"), lead, following, left)


WORDS: dict[str, Callable[[_Values, Translator], Prose]] = {
    "payment": _payment,
    "promise": _promise,
    "says_paid": _says_paid,
    "dispute": _dispute,
    "help": _help,
    "proposal": _proposal,
    "plan_changed": _plan_changed,
}


def _rows(received: Received, v: _Values, t: Translator) -> Pairs:
    rows = [[t.gettext("Your reference"), v["reference"]]]
    if v["amount"]:
        per_month = received.what == "proposal"
        rows.append([t.gettext("A month") if per_month else t.gettext("Amount"), v["amount"]])
    if 0 < v["count"] <= _NAMED:
        rows.append([t.gettext("Invoices"), v["numbers"]])
    return rows
