"""The pause in which nothing leaves: why there is one, what would leave at its end, and ending it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from kulant.core.words import day_words
from kulant.db import Act
from kulant.delivery.foreseen import dry_run
from kulant.delivery.pausing import LONGEST_WHY, pause_in_force, pause_sending, resume_sending
from kulant.desk.flash import Flash, redirect
from kulant.desk.shell import ShellDep
from kulant.desk.wording import CHANNEL_WORDS, title_of
from kulant.ledger.bulk import among
from kulant.ledger.models import Customer
from kulant.web.deps import ActDep, Reader, SettingsDep, Writer

router = APIRouter(prefix="/outbox/pause")

SHOWN = 200


@router.get("")
def show(shell: ShellDep, session: Reader) -> Response:
    """Whether sending is paused, and everything that would leave if it were not."""
    now = datetime.now(UTC)
    pause = pause_in_force(session)
    act = Act(session=session, actor=shell.viewer.name, today=shell.today, now=now)
    found = dry_run(act, creditor=shell.viewer.creditor, now=now)
    shown = found["sent"][:SHOWN]
    names = customer_names(session, shell.viewer.creditor.id, {line["customer"] for line in shown})
    leaving = [
        {
            "number": line["customer"],
            "customer": names[line["customer"]],
            "what": title_of(line["document"]),
            "how": CHANNEL_WORDS.get(line["channel"], line["channel"]) + (f" to {line['to']}" if line["to"] else ""),
        }
        for line in shown
    ]
    return shell.page(
        "desk/pause.html",
        here="outbox",
        pause=pause,
        since=f"{day_words(pause.since.date())}, {pause.since:%H:%M} UTC" if pause else "",
        leaving=leaving,
        leaving_in_all=len(found["sent"]),
        held=len(found["blocked"]),
        longest_why=LONGEST_WHY,
        may_change=shell.viewer.may_manage,
    )


def customer_names(session: Session, creditor_id: int, numbers: Collection[str]) -> dict[str, str]:
    """What these customers are called."""
    found = select(Customer.number, Customer.name).where(
        Customer.creditor_id == creditor_id, among(session, Customer.number, numbers)
    )
    return {row.number: row.name for row in session.execute(found)}


@router.post("")
def send_pause(
    act: ActDep, viewer: Writer, settings: SettingsDep, why: Annotated[str, Form(max_length=LONGEST_WHY)] = ""
) -> Response:
    """From now on nothing leaves."""
    viewer.require_manager("whether letters leave")
    pause_sending(act, why=why)
    return redirect(settings, "/outbox/pause", Flash("Sending is paused.", "Nothing leaves until somebody resumes."))


@router.post("/end")
def send_resume(act: ActDep, viewer: Writer, settings: SettingsDep) -> Response:
    """What waits leaves again."""
    viewer.require_manager("whether letters leave")
    resume_sending(act)
    return redirect(settings, "/outbox", Flash("Sending resumed.", "What waits leaves now, through the send gate."))
