"""The contact cap where proposals are made: who has heard from us often enough is left in peace for a while."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy.orm import Session

from kulant.core.words import day_words
from kulant.relationship.pressure import EXEMPT, Contacted, free_again, within
from kulant.relationship.pressure_queries import contacts
from kulant.treatment.ceiling import under_ceiling
from kulant.treatment.charges import NOTHING
from kulant.treatment.judge import Judgement
from kulant.treatment.ladder import ContactCap
from kulant.treatment.policies import LadderInForce
from kulant.treatment.stops import Reason

_NAMES = {"email": "e-mail", "letter": "letter", "call": "call"}


def restrained(
    session: Session, judged: Sequence[tuple[Judgement, LadderInForce | None]], today: date
) -> list[Judgement]:
    """The judgements within their ladders' tone ceilings and contact caps: one statement, none where no cap is set."""
    kept = [(under_ceiling(one, ladder.policy) if ladder else one, _cap(ladder)) for one, ladder in judged]
    asked = {one.case.customer.id for one, cap in kept if cap is not None and _is_contact(one)}
    longest = max((cap.days for _, cap in kept if cap is not None), default=0)
    heard = contacts(session, asked, today, longest) if asked else {}
    return [
        within_cap(one, cap, heard.get(one.case.customer.id, ()), today) if cap is not None else one
        for one, cap in kept
    ]


def _cap(ladder: LadderInForce | None) -> ContactCap | None:
    contact = ladder.policy.contact if ladder else None
    return contact.max_contacts if contact else None


def _is_contact(judgement: Judgement) -> bool:
    """Whether what is proposed would reach the customer, and no law wants it sent."""
    return judgement.proposes and judgement.channel != "task" and judgement.document not in EXEMPT


def within_cap(judgement: Judgement, cap: ContactCap, heard: Sequence[Contacted], today: date) -> Judgement:
    """Nothing is proposed that would be one contact too many; it comes when the cap allows it again."""
    if not _is_contact(judgement):
        return judgement
    free = free_again([one.on for one in heard], count=cap.count, days=cap.days, today=today)
    if free is None:
        return judgement
    recent = sorted(within(heard, today, cap.days), key=lambda one: one.on)
    listed = ", ".join(f"{_NAMES[one.channel]} {day_words(one.on)}" for one in recent)
    heard_so = f"{_times(len(recent))} in {cap.days} days ({listed})"
    why = Reason(
        "contact_cap",
        f"They have heard from us {heard_so}; it waits until {day_words(free)}.",
    )
    return replace(
        judgement,
        reasons=(why, *judgement.reasons),
        decision=None,
        proposes=False,
        document=None,
        step=None,
        rows=(),
        ladder_letter=None,
        debt_rows=(),
        charged=NOTHING,
    )


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")
