"""Nothing leaves for a while: set by a person, or by a restore, and ended only by a person."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kulant.core.errors import Conflict, Refusal
from kulant.core.events import Event
from kulant.core.words import day_words
from kulant.db import Act
from kulant.delivery.models import Delivery, SendingPause
from kulant.people.service import check_length

LONGEST_WHY = 500

# What is past an approval and has not certainly left.
_ON_ITS_WAY = ("approved", "blocked", "rendering", "handed")


def pause_in_force(session: Session) -> SendingPause | None:
    """The pause, if there is one."""
    return session.scalar(
        select(SendingPause).where(SendingPause.ended_at.is_(None)).order_by(SendingPause.id.desc()).limit(1)
    )


def held_by_pause(session: Session) -> int:
    """How many letters and messages of all creditors wait for its end."""
    which = Delivery.status.in_(_ON_ITS_WAY)
    return session.scalar(select(func.count()).select_from(Delivery).where(which)) or 0


def pause_sending(act: Act, *, why: str) -> SendingPause:
    """From now on nothing leaves, of any creditor, whoever asks. Pausing again changes nothing."""
    already = pause_in_force(act.session)
    if already is not None:
        return already
    why = " ".join(why.split())
    if not 0 < len(why) <= LONGEST_WHY:
        raise Refusal("no_reason", f"say in a few words why nothing may leave (at most {LONGEST_WHY} characters)")
    check_length("paused_by", act.actor, SendingPause)
    made = SendingPause(since=act.now, why=why, paused_by=act.actor, ended_at=None, ended_by=None)
    act.session.add(made)
    act.session.flush()
    act.tell(Event("sending_paused", f"Sending paused: {why}", data={"pause": made.id}))
    return made


def pause_after_restore(act: Act, *, made_at: datetime) -> SendingPause:
    """What was on its way when the backup was made may have left since: a person looks before anything leaves."""
    why = (
        f"The database was restored from a backup of {day_words(made_at.date())}, {made_at:%H:%M} UTC. "
        "What waited in the outbox then may have left since."
    )
    made = SendingPause(since=act.now, why=why, paused_by=act.actor, ended_at=None, ended_by=None)
    act.session.add(made)
    act.session.flush()
    act.tell(Event("database_restored", f"{why} Sending is paused.", data={"pause": made.id}))
    return made


def resume_sending(act: Act) -> SendingPause:
    """What waits leaves again, through the send gate."""
    check_length("ended_by", act.actor, SendingPause)
    open_now = act.session.scalars(select(SendingPause).where(SendingPause.ended_at.is_(None)).with_for_update()).all()
    if not open_now:
        raise Conflict("not_paused", "sending is not paused; there is nothing to resume")
    for pause in open_now:
        pause.ended_at, pause.ended_by = act.now, act.actor
    act.tell(Event("sending_resumed", "Sending resumed.", data={"pause": open_now[0].id}))
    return open_now[0]


def refuse_while_paused(session: Session) -> None:
    """Who asks for letters to leave is told why none does."""
    pause = pause_in_force(session)
    if pause is not None:
        raise Conflict(
            "sending_paused",
            f"sending is paused since {day_words(pause.since.date())}: {pause.why.rstrip('.')}. Read what would leave "
            "with kulant deliver --dry-run, then run: kulant sending resume",
        )
