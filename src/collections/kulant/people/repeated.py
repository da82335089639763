"""Calls that a program sends again: the first has its effect, each later one gets the answer of the first.

The key's row is written at the beginning of the very transaction that does the work. Two calls at the same time meet
there: the second waits for the first to end and finds its answer; when the first fails, its row is gone with it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from kulant.core.errors import Conflict, Refusal
from kulant.db import Act
from kulant.people.models import IdempotentAnswer

KEPT_FOR = timedelta(hours=24)
_FORGOTTEN_AT_ONCE = 500
_KEY = re.compile(r"[\x21-\x7e]{1,200}")


@dataclass(frozen=True, slots=True)
class Kept:
    """What the first call was answered."""

    status: int
    headers: dict[str, str]
    body: str


def check_key(key: str) -> str:
    """The key as sent; refuses one that cannot be kept."""
    if not _KEY.fullmatch(key):
        raise Refusal("bad_idempotency_key", "Idempotency-Key must have 1 to 200 visible ASCII characters, e.g. a UUID")
    return key


def begin(act: Act, *, token_id: int, key: str, request_hash: str) -> Kept | None:
    """Claims the key for this transaction; gives the answer of the call that used it before, if one did.

    Another call with the same key and other content is refused.
    """
    _forget_old(act, token_id, key)
    insert = postgresql.insert if act.session.get_bind().dialect.name == "postgresql" else sqlite.insert
    claimed = act.session.scalar(
        insert(IdempotentAnswer)
        .values(
            token_id=token_id,
            key=key,
            request_hash=request_hash,
            status=0,
            headers={},
            body="",
            created_at=act.now,
        )
        .on_conflict_do_nothing(index_elements=["token_id", "key"])
        .returning(IdempotentAnswer.id)
    )
    if claimed is not None:
        return None
    kept = kept_answer(act.session, token_id=token_id, key=key, request_hash=request_hash, now=act.now)
    if kept is None:
        raise Conflict("try_again", "a call with this Idempotency-Key was just given up; send it once more")
    return kept


def _forget_old(act: Act, token_id: int, key: str) -> None:
    """Throws away answers older than a day: of this key, and some of any that nobody else is throwing away just now."""
    old = IdempotentAnswer.created_at <= act.now - KEPT_FOR
    own = and_(IdempotentAnswer.token_id == token_id, IdempotentAnswer.key == key)
    act.session.execute(delete(IdempotentAnswer).where(old, own))
    some = select(IdempotentAnswer.id).where(old).limit(_FORGOTTEN_AT_ONCE).with_for_update(skip_locked=True)
    ids = act.session.scalars(some).all()
    if ids:
        act.session.execute(delete(IdempotentAnswer).where(IdempotentAnswer.id.in_(ids)))


def kept_answer(session: Session, *, token_id: int, key: str, request_hash: str, now: datetime) -> Kept | None:
    """The answer of the call that used the key before, if one did; refuses another call with the same key."""
    found = session.scalar(
        select(IdempotentAnswer).where(
            IdempotentAnswer.token_id == token_id,
            IdempotentAnswer.key == key,
            IdempotentAnswer.created_at > now - KEPT_FOR,
        )
    )
    if found is None:
        return None
    if found.request_hash != request_hash:
        raise Refusal(
            "idempotency_key_reused",
            "this Idempotency-Key belongs to another call; use a new key for a new call",
            status=422,
        )
    return Kept(found.status, found.headers, found.body)


def keep(act: Act, *, token_id: int, key: str, kept: Kept) -> None:
    """Keeps the answer beside the effect, to be committed with it."""
    act.session.execute(
        update(IdempotentAnswer)
        .where(IdempotentAnswer.token_id == token_id, IdempotentAnswer.key == key)
        .values(status=kept.status, headers=kept.headers, body=kept.body)
    )
