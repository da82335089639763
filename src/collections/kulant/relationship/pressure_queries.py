"""The SELECT of contact pressure: what of ours reached customers, by their timelines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from kulant.ledger.bulk import among
from kulant.relationship.models import TimelineEvent
from kulant.relationship.pressure import Contacted

_KINDS = ("letter_sent", "call", "email")


def contacts(session: Session, customer_ids: Collection[int], today: date, days: int) -> dict[int, list[Contacted]]:
    """What reached these customers in the last so many days, by customer: one statement.

    Every letter and e-mail about a debt or a late instalment, and every call and e-mail of ours that somebody noted.
    What the customer began, and what only answers or thanks them, presses nobody.
    """
    rows = session.execute(
        select(
            TimelineEvent.customer_id, TimelineEvent.on, TimelineEvent.kind, TimelineEvent.direction, TimelineEvent.data
        ).where(
            among(session, TimelineEvent.customer_id, customer_ids),
            TimelineEvent.kind.in_(_KINDS),
            TimelineEvent.on > today - timedelta(days=days),
            TimelineEvent.on <= today,
        )
    )
    by_customer: dict[int, list[Contacted]] = defaultdict(list)
    for customer_id, on, kind, direction, data in rows:
        if kind != "letter_sent" and direction != "in":
            by_customer[customer_id].append(Contacted(on, kind))
        elif kind == "letter_sent" and (data.get("proposal") is not None or data.get("late_instalment")):
            channel = "email" if data.get("channel") == "email" else "letter"
            by_customer[customer_id].append(Contacted(on, channel, data.get("kind")))
    return by_customer
