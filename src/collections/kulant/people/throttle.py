"""How often something may be tried within a window of time: codes, fresh links, payments begun. Counted for all
processes together, in one statement, so that guesses sent at the same moment are counted one by one.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import case, delete
from sqlalchemy.dialects import postgresql, sqlite

from kulant.db import Act
from kulant.people.models_rules import Throttle

KEPT_FOR = timedelta(days=2)  # longer than any window


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many tries of ``what`` within the window, for each of whoever tries."""

    what: str
    most: int
    window: timedelta


def tried(act: Act, limit: Limit, *who: str, secret: str) -> bool:
    """Counts a try and says whether it is within the limit.

    ``who`` is kept only as a keyed hash: an address from the network tells nobody anything. The transaction has to be
    committed whatever becomes of the try, or it was not counted.
    """
    insert = postgresql.insert if act.session.get_bind().dialect.name == "postgresql" else sqlite.insert
    begun = act.now - limit.window
    first = insert(Throttle).values(bucket=_bucket(limit, who, secret), since=act.now, count=1)
    over = Throttle.since <= begun
    counted = case((over, 1), else_=Throttle.count + 1)
    count = act.session.scalar(
        first.on_conflict_do_update(
            index_elements=["bucket"],
            set_={
                "since": case((over, act.now), else_=Throttle.since),
                "count": counted,
            },
        ).returning(Throttle.count)
    )
    return (count or 0) <= limit.most


def forget_tries(act: Act) -> None:
    """Throws away what no window can still count."""
    act.session.execute(delete(Throttle).where(Throttle.since < act.now - KEPT_FOR))


def _bucket(limit: Limit, who: tuple[str, ...], secret: str) -> str:
    named = hmac.new(secret.encode(), "\x00".join(("throttle", *who)).encode(), hashlib.sha256)
    return f"{limit.what}:{named.hexdigest()}"
