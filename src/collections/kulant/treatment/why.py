"""Why, and why not, item by item: what a judgement means for each invoice, and what has changed since another. Pure.

What is compared is what happens and for which reasons. Sentences change daily, for they hold days and sums; a reason's
code changes only when the reason does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from kulant.ledger.rules import Owing
from kulant.treatment.judge import Judgement
from kulant.treatment.rows import ItemJudged
from kulant.treatment.stops import Reason
from kulant.treatment.words import treatment_words

# What an account is said to be when nothing on it is late any more.
NOTHING_OVERDUE = Reason("nothing_overdue", "Nothing is overdue.")

_DECISIONS = {
    "nothing": "nothing is done",
    "listed": "listed along",
    "not_due": "not due yet",
    "waiting": "the ladder's next step has not come",
    "ladder_ended": "every step has been taken",
    "in_plan": "in a payment plan",
    "handed_over": "handed over",
    "held": "on hold",
    "disputed": "disputed",
    "no_due_date": "no due date",
    "law_wait": "the law makes it wait",
    "law_regime": "the law leaves it to agencies",
    "law_unknown": "the law is not known",
    "closed": "not open any more",
    "not_late": "nothing was late",
}


class ItemWhy(NamedTuple):
    """What today means for one invoice; a tuple, for a run makes a million of them.

    ``decision``: the treatment, ``listed``, or the code of what stands in its way. ``own``: the reasons of its own;
    ``shared`` says whether the account's reasons count for it as well.
    """

    item: Owing
    step: str | None
    decision: str
    own: tuple[Reason, ...]
    shared: bool


def items_why(judgement: Judgement) -> list[ItemWhy]:
    """What the judgement means for each invoice of the account."""
    steps = {row.item.id: row.step for row in judgement.rows}
    return [_why(judgement, judged, steps) for judged in judgement.items]


def _why(judgement: Judgement, judged: ItemJudged, steps: dict[int, str | None]) -> ItemWhy:
    item = judged.debt.item
    listed, step = item.id in steps, steps.get(item.id)
    if judged.stop is not None:
        own = (judged.stop,) if judged.waits is None else (judged.stop, judged.waits)
        return ItemWhy(item, step, judged.stop.code, own, shared=False)
    if listed and (step is not None or judgement.document is None):
        return ItemWhy(item, step, treatment_of(judgement), (), shared=True)
    waits = (judged.waits,) if judged.waits is not None else ()
    if listed:
        return ItemWhy(item, step, "listed", waits, shared=True)
    if judged.due_step is not None or judged.waits is None:
        return ItemWhy(item, step, "nothing", waits, shared=True)
    return ItemWhy(item, step, judged.waits.code, waits, shared=False)


def treatment_of(judgement: Judgement) -> str:
    """The treatment the judgement comes to; ``none`` when nothing is done."""
    if judgement.decision is not None:
        return judgement.decision.treatment
    return judgement.document or "none"


def fingerprint(judgement: Judgement, whys: Sequence[ItemWhy]) -> str:
    """What makes two judgements of an account the same verdict: treatment, step, and every reason's code."""
    account = " ".join(reason.code for reason in judgement.all_reasons)
    head = f"{treatment_of(judgement)}|{judgement.proposes:d}|{judgement.step or ''}|{account}|"
    items = ";".join(
        f"{why.item.id}:{why.decision}:{why.step or ''}:{' '.join([reason.code for reason in why.own])}:{why.shared:d}"
        for why in whys
    )
    return hashlib.md5((head + items).encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class ItemSaid:
    """What a run said of one invoice, as it is shown: its reasons in words."""

    invoice: str
    decision: str
    step: str | None
    because: tuple[Reason, ...]

    @property
    def words(self) -> str:
        """What happens with it, in a few words."""
        said = decision_words(self.decision)
        return f"{said}, step {self.step}" if self.step else said

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(reason.code for reason in self.because)


@dataclass(frozen=True, slots=True)
class Said:
    """What a run said of an account: what happens, why, and the same of each invoice."""

    currency: str
    treatment: str
    step: str | None
    reasons: tuple[Reason, ...]
    items: tuple[ItemSaid, ...]

    @property
    def words(self) -> str:
        """What happens with the account, in a few words."""
        said = treatment_words(self.treatment)
        return f"{said}, step {self.step}" if self.step else said


@dataclass(frozen=True, slots=True)
class Changed:
    """Something that is not as the run before had it: ``what`` is an invoice number, treatment, or reasons."""

    what: str
    before: str
    now: str


def said_today(judgement: Judgement) -> Said:
    """The judgement as it is shown."""
    shared = tuple(judgement.all_reasons)
    items = tuple(
        ItemSaid(why.item.number, why.decision, why.step, (*why.own, *shared) if why.shared else why.own)
        for why in items_why(judgement)
    )
    return Said(judgement.case.currency, treatment_of(judgement), judgement.step, shared, items)


def nothing_open(currency: str) -> Said:
    """What is said of an account on which nothing is late."""
    return Said(currency, "none", None, (NOTHING_OVERDUE,), ())


def changes(before: Said, now: Said) -> list[Changed]:
    """What differs between two verdicts on one account, the account first, then its invoices."""
    found = []
    if (before.treatment, before.step) != (now.treatment, now.step):
        found.append(Changed("treatment", before.words, now.words))
    codes = [tuple(reason.code for reason in one.reasons) for one in (before, now)]
    if codes[0] != codes[1]:
        found.append(Changed("reasons", _sentences(before.reasons), _sentences(now.reasons)))
    return found + _items_changed(before, now)


def _items_changed(before: Said, now: Said) -> list[Changed]:
    """What differs of the invoices. Where nothing was late no invoice is named, so of those nothing more is known."""
    found = []
    unnamed = decision_words("not_late") if _names_none(before) else "not on the account"
    then = {item.invoice: item for item in before.items}
    for item in now.items:
        earlier = then.pop(item.invoice, None)
        if earlier is None:
            # An invoice that is only new, and not due, is no news.
            if item.decision != "not_due":
                found.append(Changed(item.invoice, unnamed, item.words))
        elif (earlier.decision, earlier.step) != (item.decision, item.step):
            found.append(Changed(item.invoice, earlier.words, item.words))
    # What was not due yet and is not named now may be open still.
    gone = [item for item in then.values() if not (_names_none(now) and item.decision == "not_due")]
    return found + [Changed(item.invoice, item.words, decision_words("closed")) for item in gone]


def _names_none(said: Said) -> bool:
    return said.reasons == (NOTHING_OVERDUE,) and not said.items


def _sentences(reasons: Sequence[Reason]) -> str:
    return " ".join(reason.text for reason in reasons) or "no reason"


def decision_words(decision: str) -> str:
    """What happens with an invoice, in a few words, starting in lower case."""
    return _DECISIONS.get(decision) or treatment_words(decision)
