"""Why a customer pays late: the reasons there are, and which of them what we know speaks for. Pure.

Only a clerk or the customer sets a reason; what is found here is a suggestion, with its evidence in words and how sure
it is. Sureness is a judgement, not measured: each sign adds to a reason what it would be worth alone, so that two signs
make it surer than either, and none makes it certain.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

UNKNOWN = "unknown"

# The code of each reason and what a clerk reads; the order is that of the form.
WORDS = {
    "forgot": "They forgot, or it lay about",
    "never_arrived": "The invoice never reached them",
    "approval": "It waits for somebody's approval there",
    "cash_gap": "They are short of cash for now",
    "dispute": "They think something is wrong with it",
    "our_error": "We made a mistake",
    "unhappy": "They are unhappy with us",
    "hardship": "They cannot manage this",
    "insolvency": "They are insolvent",
    "unwilling": "They can pay and do not want to",
}
CODES = (*WORDS, UNKNOWN)

# What each reason asks for, in words: the filter of the decision.
ANSWERS = {
    "forgot": "a reminder is enough; before anything firmer somebody calls",
    "never_arrived": "the invoice goes along with the reminder; before anything firmer somebody calls",
    "approval": "a reminder helps them along; before anything firmer somebody calls",
    "cash_gap": "they are offered to pay in parts before anything firmer",
    "dispute": "nothing is asked; a person puts it right",
    "our_error": "nothing is asked; a person puts it right",
    "unhappy": "a person calls before any letter",
    "hardship": "a person takes it; nothing automatic goes out",
    "insolvency": "a person takes it and may have to file a claim",
    "unwilling": "the ladder's next letter goes without a detour",
    UNKNOWN: "ask: in the letter, or by calling",
}

# Only somebody here who has spoken with them may say that they do not want to pay.
ONLY_CLERKS = frozenset(("unwilling",))

# A person takes these before anything is asked.
FOR_A_PERSON = frozenset(("dispute", "our_error", "hardship", "insolvency"))

SEEN_DAYS = 90  # signs older than this say nothing about today's debt
USUAL_LATE_DAYS = (4, 30)  # who always pays this late, and pays, has a slow approval
FEW_DAYS = 21  # late so short a time, somebody may just have forgotten


@dataclass(frozen=True, slots=True)
class Sign:
    """Something that speaks for a reason: what it is, in words, and how sure it alone makes the reason (0 to 1)."""

    code: str
    text: str
    weight: float


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A reason that is likely, what speaks for it, and how sure it is (0 to 1)."""

    code: str
    confidence: float
    evidence: tuple[str, ...]

    @property
    def words(self) -> str:
        """The reason as a clerk reads it."""
        return WORDS[self.code]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of a customer who owes something overdue. What is unknown is left out."""

    today: date
    days_late: int = 0
    history: Sequence[int] = ()  # days late of invoices paid in the last two years, oldest first
    part_paid: int = 0  # overdue invoices of which a part has come
    debts: int = 0  # overdue invoices
    reminded: Sequence[date] = ()  # letters that left about what is owed
    called: date | None = None
    broken_promises: int = 0
    asked_for_plan: bool = False  # proposed one, or accepted one
    broken_plans: int = 0
    disputed: Sequence[str] = ()  # invoice numbers
    complaints: Sequence[str] = ()
    requests: Sequence[str] = ()
    our_errors: int = 0  # strikes that count
    says_paid: bool = False
    asked_for_help: bool = False
    reachable: bool = True  # by e-mail or post
    undelivered: bool = False  # a letter or an e-mail came back


def suggest(evidence: Evidence) -> list[Suggestion]:
    """The reasons something speaks for, the surest first; empty where nothing does."""
    found: dict[str, list[Sign]] = {}
    for sign in signs(evidence):
        found.setdefault(sign.code, []).append(sign)
    suggestions = [Suggestion(code, _together(found[code]), tuple(sign.text for sign in found[code])) for code in found]
    return sorted(suggestions, key=lambda one: (-one.confidence, CODES.index(one.code)))


def _together(signs: Sequence[Sign]) -> float:
    """How sure several signs make a reason: what is left of the doubt after each."""
    doubt = 1.0
    for sign in signs:
        doubt *= 1 - sign.weight
    return round(1 - doubt, 2)


def signs(evidence: Evidence) -> Iterator[Sign]:
    """Everything that speaks for a reason."""
    yield from _said_by_them(evidence)
    yield from _our_own(evidence)
    yield from _of_money(evidence)
    yield from _of_habit(evidence)


def _said_by_them(evidence: Evidence) -> Iterator[Sign]:
    if evidence.asked_for_help:
        yield Sign("hardship", "They told us that they cannot manage this.", 0.9)
    if evidence.disputed:
        yield Sign("dispute", f"They dispute {_listed(evidence.disputed)}.", 0.85)
    if evidence.complaints:
        yield Sign("unhappy", "They have complained and wait for our answer.", 0.7)
    if evidence.requests:
        yield Sign("unhappy", "They asked us something and wait for the answer.", 0.3)
    if evidence.says_paid:
        yield Sign("our_error", "They say it is paid; the money may be with us already.", 0.5)
    if evidence.asked_for_plan:
        yield Sign("cash_gap", "They asked to pay in parts.", 0.7)


def _our_own(evidence: Evidence) -> Iterator[Sign]:
    if evidence.our_errors:
        many = "a mistake" if evidence.our_errors == 1 else f"{evidence.our_errors} mistakes"
        yield Sign("our_error", f"We made {many} with them lately.", min(0.3 * evidence.our_errors, 0.6))
    if evidence.undelivered:
        yield Sign("never_arrived", "Something we sent them came back.", 0.7)
    if not evidence.reachable:
        yield Sign("never_arrived", "We know no address that reaches them.", 0.6)


def _of_money(evidence: Evidence) -> Iterator[Sign]:
    if evidence.part_paid:
        yield Sign("cash_gap", f"{_some(evidence.part_paid, 'overdue invoice')} paid in part.", 0.5)
    if evidence.broken_promises:
        yield Sign("cash_gap", f"{_some(evidence.broken_promises, 'promise')} to pay not kept.", 0.3)
    if evidence.debts >= 3:
        yield Sign("cash_gap", f"{evidence.debts} invoices are overdue at the same time.", 0.3)
    if evidence.broken_plans and evidence.broken_promises:
        yield Sign("unwilling", "Neither a payment plan nor a promise was kept.", 0.3)
    asked = sum(evidence.today - day <= timedelta(days=SEEN_DAYS) for day in evidence.reminded)
    silent = evidence.called is not None and not evidence.broken_promises and not evidence.part_paid
    if asked >= 3 and silent:
        yield Sign("unwilling", f"{asked} letters and a call brought no answer.", 0.3)


def _of_habit(evidence: Evidence) -> Iterator[Sign]:
    history = evidence.history
    if not evidence.reminded and 0 < evidence.days_late <= FEW_DAYS:
        on_time = sum(days <= 3 for days in history)
        if len(history) >= 3 and on_time >= 0.8 * len(history):
            yield Sign("forgot", f"{on_time} of {len(history)} earlier invoices were paid in time.", 0.5)
        elif not history:
            yield Sign("never_arrived", "It is their first invoice, and nothing was sent about it since.", 0.3)
        else:
            yield Sign("forgot", "It is only a little late, and nobody has reminded them.", 0.3)
    if len(history) >= 4:
        least, most = USUAL_LATE_DAYS
        middle = sorted(history)[len(history) // 2]
        steady = sum(abs(days - middle) <= 7 for days in history)
        if least <= middle <= most and steady >= 0.7 * len(history):
            yield Sign("approval", f"They always pay about {middle} days late, and always pay.", 0.5)


def _some(count: int, noun: str) -> str:
    return f"One {noun} was" if count == 1 else f"{count} {noun}s were"


def _listed(numbers: Sequence[str]) -> str:
    few = ", ".join(numbers[:3])
    return f"{few} and {len(numbers) - 3} more" if len(numbers) > 3 else few
