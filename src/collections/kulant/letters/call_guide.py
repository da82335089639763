"""What to say in a call about a debt: the words in the customer's language, in the order of a good conversation. Pure.

A call is a conversation, not a questionnaire: who calls and whether it suits, our own faults first, the facts in one
sentence, why, something both sides can keep, thanks. What is asked follows the likely reason; what has to be said
for a reason is said whatever the customer is worth.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from kulant.i18n import Translator, day_and_month, money

# The parts of the conversation, in their order.
GREET, MEND, CARE, MATTER, WHY, AGREE, CLOSE = "greet", "mend", "care", "matter", "why", "agree", "close"

# What a person has to put right first: no day to pay is asked for.
_WE_ACT = frozenset(("dispute", "our_error", "hardship", "insolvency"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The longest way of paying in parts that may be granted: how many, the smallest, what it costs more."""

    count: int
    smallest_minor: int
    extra_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What the call is about. ``person``: whom to ask for, ``None`` where nobody is known; amounts in minor units."""

    clerk: str
    creditor: str
    person: str | None
    reason: str  # a code of ``relationship.why_late``; "unknown" where nobody has said and nothing speaks for one
    invoices: int
    number: str  # of the oldest one
    due: date | None
    overdue_minor: int
    currency: str
    answer_by: date  # when they hear from us, where we have to act
    wronged: bool = False  # we made mistakes with them lately
    waits_for_us: bool = False  # they asked for something and have no answer
    overlooked: bool = False  # nobody has talked with them for long
    promise_broken: bool = False
    plan_late: bool = False
    parts: Parts | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A part of the conversation: its code and the sentences to say."""

    code: str
    words: tuple[str, ...]


def guide(matter: Matter, t: Translator) -> list[Step]:
    """The conversation in the translator's language."""
    steps = {
        GREET: _greet(matter, t),
        MEND: _mend(matter, t),
        CARE: _care(matter, t),
        MATTER: _matter(matter, t),
        WHY: _why(matter, t),
        AGREE: _agree(matter, t),
        CLOSE: (
            t.gettext("Is there anything else we should know or do better?"),
            t.gettext("Thank you for your time."),
        ),
    }
    return [Step(code, words) for code, said in steps.items() if (words := tuple(said))]


def _greet(matter: Matter, t: Translator) -> Iterator[str]:
    if matter.person:
        yield t.gettext(
            "Hello, this is %(clerk)s from %(creditor)s. Am I speaking with %(name)s?",
            clerk=matter.clerk, creditor=matter.creditor, name=matter.person,
        )  # fmt: skip
    else:
        yield t.gettext(
            "Hello, this is %(clerk)s from %(creditor)s. With whom may I speak about your invoices?",
            clerk=matter.clerk, creditor=matter.creditor,
        )  # fmt: skip
    yield t.gettext("Do you have two minutes?")


def _mend(matter: Matter, t: Translator) -> Iterator[str]:
    if matter.wronged or matter.reason == "our_error":
        yield t.gettext("First of all: we have made a mistake, and I am sorry. I want to put it right with you today.")
    if matter.waits_for_us:
        yield t.gettext("You asked us for something and are still waiting for the answer. I will see to it today.")


def _care(matter: Matter, t: Translator) -> Iterator[str]:
    if matter.overlooked or matter.reason == "unhappy":
        yield t.gettext("Before we speak about money: how are things between you and us?")


def _matter(matter: Matter, t: Translator) -> Iterator[str]:
    amount = money(matter.overdue_minor, matter.currency, t.language)
    if matter.plan_late:
        yield t.gettext("I am calling about your payment plan. A payment has not come in yet. Is everything all right?")
    elif matter.promise_broken:
        yield t.gettext("We had agreed on a payment that has not reached us yet. Has something come in between?")
    elif matter.overdue_minor <= 0 or matter.due is None:
        return
    elif matter.invoices == 1:
        yield t.gettext(
            "I am calling about invoice %(number)s for %(amount)s. It was due on %(date)s. Did it reach you?",
            number=matter.number, amount=amount, date=day_and_month(matter.due, t.language),
        )  # fmt: skip
    else:
        yield t.ngettext(
            "I am calling about %(num)s invoice, %(amount)s in all, the oldest due on %(date)s. Did it reach you?",
            "I am calling about %(num)s invoices, %(amount)s in all, the oldest due on %(date)s. Did they reach you?",
            matter.invoices, amount=amount, date=day_and_month(matter.due, t.language),
        )  # fmt: skip


def _why(matter: Matter, t: Translator) -> Iterator[str]:
    """What to ask, by the likely reason."""
    asked = {
        "forgot": lambda: t.gettext("It is easily overlooked. Shall I send it to you once more?"),
        "never_arrived": lambda: t.gettext("I will send it again right away. Which address is the right one?"),
        "approval": lambda: t.gettext("Who has to approve it with you? Is there anything they still need from us?"),
        "cash_gap": lambda: t.gettext("Would it help you to pay in parts?"),
        "dispute": lambda: t.gettext("What is wrong with it? You get no reminder for that part until this is settled."),
        "our_error": lambda: t.gettext("What do we have to put right first?"),
        "unhappy": lambda: t.gettext("What has gone wrong? I would like to understand it first."),
        "hardship": lambda: t.gettext(
            "You need not explain more than you want to. You get no letters for now, and we find a way together."
        ),
        "insolvency": lambda: t.gettext("With whom may we speak about this from now on?"),
        "unwilling": lambda: t.gettext("What would have to happen for you to pay?"),
    }
    ask = asked.get(matter.reason)
    yield ask() if ask else t.gettext("May I ask what has kept you from paying it?")
    if matter.reason in ("cash_gap", "unknown") and matter.parts is not None:
        yield _in_parts(matter.parts, matter.currency, t)


def _in_parts(parts: Parts, currency: str, t: Translator) -> str:
    smallest = money(parts.smallest_minor, currency, t.language)
    if parts.extra_minor:
        extra = money(parts.extra_minor, currency, t.language)
        return t.gettext(
            "You could pay in %(count)s parts of about %(amount)s. That costs %(extra)s more in all.",
            count=parts.count, amount=smallest, extra=extra,
        )  # fmt: skip
    return t.gettext(
        "You could pay in %(count)s parts of about %(amount)s. That costs nothing extra.",
        count=parts.count, amount=smallest,
    )  # fmt: skip


def _agree(matter: Matter, t: Translator) -> Iterator[str]:
    if matter.reason in _WE_ACT:
        day = day_and_month(matter.answer_by, t.language)
        yield t.gettext("You hear from me by %(date)s, and until then you get no reminder.", date=day)
    elif matter.overdue_minor > 0:
        yield t.gettext("Which day suits you for the payment?")
        yield t.gettext("Then I note that day, and you get no reminder before it.")


def _close(t: Translator) -> Iterator[str]:
    yield t.gettext("Is there anything else we should know or do better?")
    yield t.gettext("Thank you for your time.")
