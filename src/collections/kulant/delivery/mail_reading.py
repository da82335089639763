"""Looks into the mailbox: takes what is new in, message by message, and remembers how far it has read.

Each message is a transaction of its own, in which the mark moves on. A program that dies between two goes on where it
was; one that meets a message again knows it by its Message-ID.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from sqlalchemy.exc import SQLAlchemyError

from kulant.core.errors import Refusal
from kulant.db import Act
from kulant.delivery import mail_queries as queries
from kulant.delivery.bounce_address import BounceAddress, open_bounce_address
from kulant.delivery.mail_incoming import read_incoming
from kulant.delivery.mailbox import Mailbox, OpenBox, Stored, open_mailbox
from kulant.delivery.models import MailboxMark
from kulant.delivery.replies import take_in, take_unreadable
from kulant.logs import get_logger
from kulant.settings import Settings
from kulant.transaction import doing

EVERY_SECONDS = 60.0
# Read back so far the first time, and when the server counts its messages anew.
FIRST_LOOK = timedelta(days=30)
ACTOR = "mailbox"

log = get_logger()


@dataclass(slots=True)
class MailRead:
    """What a look found: messages by kind; ``known``: taken in before."""

    mailbox: str
    kinds: Counter[str] = field(default_factory=Counter)
    known: int = 0

    def as_json(self) -> dict[str, object]:
        """The look as ``kulant mailbox --json`` prints it."""
        return {"mailbox": self.mailbox, "taken": dict(sorted(self.kinds.items())), "known": self.known}


@dataclass(slots=True)
class _Look:
    """One look: into which mailbox, and what it has found so far. ``bounces``: how reports name a message of ours."""

    settings: Settings
    mailbox: Mailbox
    bounces: BounceAddress | None
    found: MailRead = field(init=False)

    def __post_init__(self) -> None:
        self.found = MailRead(self.mailbox.name)


def read_mail(settings: Settings) -> MailRead:
    """One look into the mailbox of the settings; refuses when there is none, or it does not answer."""
    if settings.imap_url is None:
        raise Refusal("no_mailbox", "KULANT_IMAP_URL is not set, so there is no mailbox to read")
    mailbox = open_mailbox(settings.imap_url)
    look = _Look(settings, mailbox, open_bounce_address(settings.bounce_address, settings.secret_key()))
    with mailbox.opened() as box:
        for uid in _new(settings, mailbox, box):
            stored = box.fetch(uid)
            if stored is not None:
                _take(look, box, stored)
    return look.found


def _new(settings: Settings, mailbox: Mailbox, box: OpenBox) -> list[int]:
    with doing(settings, actor=ACTOR) as act:
        mark = queries.mark_of(act.session, mailbox.name)
    if mark is not None and mark.validity == box.validity:
        return box.after(mark.uid)
    return box.since((datetime.now(UTC) - FIRST_LOOK).date())


def _take(look: _Look, box: OpenBox, stored: Stored) -> None:
    found = look.found
    try:
        with doing(look.settings, actor=ACTOR) as act:
            if not _move_mark(act, look.mailbox, box, stored.uid):
                return
            incoming = read_incoming(stored.raw)
            mail = take_in(act, incoming=incoming, received_at=stored.received_at, bounces=look.bounces)
            found.kinds.update([mail.kind] if mail else [])
            found.known += mail is None
    except SQLAlchemyError:
        raise
    except Exception:
        # One message that trips the program up must not keep all others out, look after look.
        log.exception("mailbox", uid=stored.uid)
        with doing(look.settings, actor=ACTOR) as act:
            if _move_mark(act, look.mailbox, box, stored.uid):
                message_id = f"<{sha256(stored.raw).hexdigest()}@unreadable>"
                take_unreadable(act, message_id=message_id, received_at=stored.received_at)
                found.kinds.update(["unknown"])


def _move_mark(act: Act, mailbox: Mailbox, box: OpenBox, uid: int) -> bool:
    """Moves the mark to this message; false when another worker was there first."""
    mark = queries.mark_of(act.session, mailbox.name)
    if mark is None:
        act.session.add(MailboxMark(mailbox=mailbox.name, validity=box.validity, uid=uid))
    elif mark.validity == box.validity and mark.uid >= uid:
        return False
    else:
        mark.validity, mark.uid = box.validity, uid
    act.session.flush()
    return True


def now_and_then(every: float = EVERY_SECONDS) -> Callable[[Settings], None]:
    """Reads the mailbox when it is there and the last look is so many seconds ago: a part of a worker's rounds."""
    last = -every

    def look(settings: Settings) -> None:
        nonlocal last
        if settings.imap_url is None or time.monotonic() - last < every:
            return
        last = time.monotonic()
        found = read_mail(settings)
        if found.kinds:
            log.info("mailbox", **found.kinds)

    return look
