"""The outbox: what leaves soon and can still be undone, what the gate held back and why, what has left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import Response

from kulant.core.errors import Conflict
from kulant.delivery import queries
from kulant.delivery.closing import MOST_ATTEMPTS, settle_uncertain
from kulant.delivery.models import Delivery
from kulant.delivery.notes import ARCHIVE
from kulant.delivery.outbox import ask_again, key_of, undo
from kulant.desk.flash import Flash, redirect
from kulant.desk.shell import ShellDep
from kulant.desk.wording import CHANNEL_WORDS, sentence_case, title_of
from kulant.insight.waiting import STUCK
from kulant.ledger.queries import customers_by_id
from kulant.treatment.queries import proposals_by_ids
from kulant.web.deps import ActDep, Reader, RowId, SettingsDep, Writer, safe_back

router = APIRouter(prefix="/outbox")

SHOWN = 200
LEAVING = ("approved", "rendering", "handed")
# What needs a person comes before what waits for something, and that before what waits for its time.
_URGENCY = {"uncertain": 0, "failed": 1, "blocked": 2}
_STATUS = {
    "blocked": "Blocked",
    "failed": "Not delivered",
    "uncertain": "Sent, but unanswered",
    "rendering": "Leaving now",
    "handed": "Leaving now",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing in the outbox, in words."""

    id: int
    proposal_id: int | None
    customer: str
    number: str
    what: str
    how: str
    status: str
    words: str
    waits: bool  # it leaves by itself when its time has come; nobody has to do anything
    leaves_at: datetime  # or, of what is held back, when the gate looks again
    reasons: list[str]
    sent_on: str
    document_id: int | None
    undoable: bool


def _lines(session: Reader, deliveries: Sequence[Delivery]) -> list[Line]:
    customers = customers_by_id(session, {each.customer_id for each in deliveries})
    return [
        Line(
            id=each.id,
            proposal_id=each.proposal_id,
            customer=customers[each.customer_id].name,
            number=customers[each.customer_id].number,
            what=title_of(each.kind),
            how=_how(each),
            status=each.status,
            words=_words(each),
            waits=_waits(each),
            leaves_at=each.not_before,
            reasons=_reasons(each),
            sent_on=f"{each.sent_on:%-d %b %Y}" if each.sent_on else "",
            document_id=each.document_id,
            undoable=each.status in queries.TAKEN_BACK and each.proposal_id is not None,
        )
        for each in deliveries
    ]


def _reasons(delivery: Delivery) -> list[str]:
    """Why it has not left: what the gate says, or what the mail server said and how often it was asked."""
    if delivery.blocked:
        return [reason["text"] for reason in delivery.blocked]
    if not delivery.error:
        return []
    if delivery.status == "approved" and delivery.attempts:
        return [f"Attempt {delivery.attempts} of {MOST_ATTEMPTS} failed: {delivery.error.rstrip('.')}."]
    return [f"{sentence_case(delivery.error.rstrip('.'))}."]


def _waits(delivery: Delivery) -> bool:
    return delivery.status == "blocked" and all("until" in reason for reason in delivery.blocked)


def _words(delivery: Delivery) -> str:
    """How it stands. What only waits for its time says when that is: the last of its reasons to end."""
    if not _waits(delivery) or not delivery.blocked:
        return _STATUS.get(delivery.status, delivery.status.capitalize())
    last = max(reason["until"] for reason in delivery.blocked)
    clock = f" at {last[11:16]}" if len(last) > 10 else ""
    return f"Waits until {date.fromisoformat(last[:10]):%-d %b %Y}{clock}"


def _how(delivery: Delivery) -> str:
    words = "into the archive" if delivery.channel == ARCHIVE else CHANNEL_WORDS.get(delivery.channel, delivery.channel)
    return f"{words} to {delivery.recipient}" if delivery.channel == "email" and delivery.recipient else words


def _in_all(session: Reader, creditor_id: int, statuses: Sequence[str], shown: Sequence[Delivery]) -> int:
    """How many there are, of whom only the newest are shown."""
    return len(shown) if len(shown) < SHOWN else queries.count_in(session, creditor_id, statuses)


@router.get("")
def show(shell: ShellDep, session: Reader) -> Response:
    """Leaving, held back, gone."""
    creditor = shell.viewer.creditor
    leaving = queries.outbox(session, creditor.id, LEAVING, SHOWN)
    stuck = queries.outbox(session, creditor.id, STUCK, SHOWN)
    gone = queries.outbox(session, creditor.id, ("sent",), SHOWN)
    return shell.page(
        "desk/outbox.html",
        here="outbox",
        leaving=_lines(session, leaving),
        stuck=_lines(session, sorted(stuck, key=lambda each: _URGENCY[each.status])),
        gone=_lines(session, gone),
        leaving_in_all=_in_all(session, creditor.id, LEAVING, leaving),
        stuck_in_all=_in_all(session, creditor.id, STUCK, stuck),
        now=datetime.now(UTC),
    )


@router.post("/undo")
def send_undo(
    act: ActDep, viewer: Writer, settings: SettingsDep,
    proposal: Annotated[list[RowId], Form(max_length=1000)], back: Annotated[str, Form()] = "/outbox",
) -> Response:  # fmt: skip
    """Takes letters out again before they have left; says how many were too late."""
    undone = late = 0
    for each in proposals_by_ids(act.session, viewer.creditor.id, proposal):
        delivery = queries.by_key(act.session, key_of(each))
        try:
            if delivery is not None and delivery.status != "cancelled":
                undo(act, delivery=delivery)
                undone += 1
        except Conflict:
            late += 1
    if late and not undone:
        raise Conflict("too_late", "This has left already and cannot be taken back.")
    detail = f"{late} had left already." if late else "The proposal waits for your decision again."
    return redirect(
        settings, safe_back(back), Flash(f"{undone} undone." if undone != 1 else "Undone.", detail, tone="")
    )


@router.post("/look-again")
def look_again(
    act: ActDep,
    viewer: Writer,
    settings: SettingsDep,
    delivery: Annotated[RowId, Form()],
    back: Annotated[str, Form()] = "/outbox",
) -> Response:
    """Lets the gate look at a blocked letter again with the next delivery."""
    found = queries.delivery_by_id(act.session, viewer.creditor.id, delivery)
    ask_again(act, delivery=found)
    return redirect(settings, safe_back(back), Flash("It is looked at again within a minute.", tone=""))


@router.post("/settle")
def settle(
    act: ActDep, viewer: Writer, settings: SettingsDep,
    delivery: Annotated[RowId, Form()], arrived: Annotated[bool, Form()], back: Annotated[str, Form()] = "/outbox",
) -> Response:  # fmt: skip
    """A person has found out whether a letter nobody was sure about arrived; if not, it is sent again."""
    found = queries.delivery_by_id(act.session, viewer.creditor.id, delivery)
    settle_uncertain(act, delivery=found, arrived=arrived)
    said = "Recorded as sent." if arrived else "It is sent again with the next delivery."
    return redirect(settings, safe_back(back), Flash(said))
