"""What the send gate would say now: every proposal that waits, asked as if it were to leave this moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response
from sqlalchemy.orm import Session

from kulant.core.words import day_words
from kulant.db import Act
from kulant.delivery.foreseen import WAITING, Foreseen, foresee, waiting
from kulant.desk.shell import Shell, ShellDep
from kulant.desk.wording import CHANNEL_WORDS, sentence_case, title_of
from kulant.treatment.models import Proposal
from kulant.web.deps import Reader

router = APIRouter(prefix="/outbox")

LOOKED_AT = 2000
SHOWN = 100  # of one reason

STATES = {"": WAITING, "proposed": ("proposed",), "approved": ("approved", "blocked")}

REASONS = {
    "paid": "Paid meanwhile",
    "amount_changed": "The amount has changed",
    "unmatched_money": "Money that is not matched",
    "disputed": "Disputed",
    "plan": "Paid by a plan",
    "promise": "A promise is running",
    "hold": "On hold",
    "no_dunning": "Never to be reminded",
    "complaint": "A complaint waits for our answer",
    "strikes": "Our own mistakes",
    "expectation_gap": "They got less than they expected",
    "unread_reply": "A reply nobody has read",
    "late_reason": "Why they are late",
    "tone_ceiling": "Too firm for this customer",
    "contact_cap": "They have heard from us often enough",
    "refused_address": "An address that is not written to",
    "law_regime": "Left to agencies by law",
    "law_wait": "The law's waiting time",
    "law_unknown": "The law is not known for this day",
    "law_fee": "A charge above what the law allows",
    "quiet_time": "Quiet time",
    "bank_data_old": "Bank data is too old",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One proposal that would be held back."""

    number: str
    customer: str
    what: str
    demand_minor: int
    currency: str
    approved: bool
    reasons: list[str]


@dataclass(frozen=True, slots=True)
class Group:
    """Those held back for one reason first of all; ``rows`` are the largest of them."""

    code: str
    title: str
    count: int
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class View:
    """The whole answer. ``looked_at`` of ``waiting``: the largest are asked about first."""

    leaves: int
    held: int
    looked_at: int
    waiting: int
    groups: list[Group]


def ask(shell: Shell, session: Session, proposals: Sequence[Proposal]) -> list[Foreseen]:
    """What the gate would say of these now."""
    now = datetime.now(UTC)
    act = Act(session=session, actor=shell.viewer.name, today=shell.today, now=now)
    return foresee(act, creditor=shell.viewer.creditor, proposals=proposals, now=now)


def held_words(foreseen: Sequence[Foreseen]) -> list[tuple[str, int]]:
    """How many would be held back for which reason first of all, most first."""
    counted = Counter(one.reasons[0].code for one in foreseen if one.reasons)
    return [(title_of_reason(code), count) for code, count in counted.most_common()]


def title_of_reason(code: str) -> str:
    """A reason of the gate as a heading."""
    return REASONS.get(code) or sentence_case(code.replace("_", " "))


@router.get("/gate")
def show_gate(shell: ShellDep, session: Reader, state: Annotated[str, Query(max_length=10)] = "") -> Response:
    """What would leave and what would be held back, by reason."""
    state = state if state in STATES else ""
    proposals, count = waiting(session, shell.viewer.creditor.id, STATES[state], LOOKED_AT)
    view = _view(ask(shell, session, proposals), count)
    day = f"{day_words(shell.today)}, {datetime.now(UTC):%H:%M} UTC"
    return shell.page("desk/gate.html", here="outbox", view=view, state=state, asked_at=day)


def _view(foreseen: Sequence[Foreseen], count: int) -> View:
    by_code: dict[str, list[Foreseen]] = {}
    for one in foreseen:
        if one.reasons:
            by_code.setdefault(one.reasons[0].code, []).append(one)
    groups = [
        Group(code, title_of_reason(code), len(held), [_row(one) for one in held[:SHOWN]])
        for code, held in sorted(by_code.items(), key=lambda group: -len(group[1]))
    ]
    held = sum(group.count for group in groups)
    return View(len(foreseen) - held, held, len(foreseen), count, groups)


def _row(one: Foreseen) -> Row:
    channel, address = one.route
    way = CHANNEL_WORDS.get(channel, channel)
    return Row(
        number=one.customer.number,
        customer=one.customer.name,
        what=f"{title_of(one.proposal.treatment)}, {way}{f' to {address}' if channel == 'email' and address else ''}",
        demand_minor=one.proposal.demand_minor,
        currency=one.proposal.currency,
        approved=one.proposal.status != "proposed",
        reasons=[reason.text for reason in one.reasons],
    )
