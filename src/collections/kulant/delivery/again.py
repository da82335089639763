"""When a letter that was held back is looked at again by itself: at its moment, when something happens, hourly.

Whatever is recorded about a customer wakes what waits for them, and whatever is recorded about a creditor as a whole
(an import, a ladder, the daily run) wakes all of theirs. Waking only means that the gate looks again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import groupby

from sqlalchemy import or_, select, update

from kulant.core.zones import zone_of
from kulant.db import Act
from kulant.delivery.check import Letter, gate_all
from kulant.delivery.gate_facts import Block
from kulant.delivery.models import Delivery
from kulant.ledger.bulk import among
from kulant.people.models import Creditor
from kulant.treatment.models import Proposal

AT_LEAST_EVERY = timedelta(hours=1)

_LOOKED_AT = "deliveries just looked at"


def next_look(reasons: Sequence[Block], now: datetime, zone: tzinfo) -> datetime:
    """When the gate looks again: when the last reason ends by itself, and in an hour at the latest."""
    latest = now + AT_LEAST_EVERY
    ends = [_moment(block.until, zone) for block in reasons if block.until is not None]
    if len(ends) < len(reasons) or not ends or max(ends) <= now:
        return latest
    return min(max(ends), latest)


def _moment(until: date | datetime, zone: tzinfo) -> datetime:
    if not isinstance(until, datetime):
        return datetime.combine(until, time(0), tzinfo=zone)
    return until if until.tzinfo is not None else until.replace(tzinfo=zone)


def put_to_rest(act: Act, delivery: Delivery, reasons: Sequence[Block]) -> None:
    """Names the moment at which a letter that is held back is looked at again."""
    creditor = act.session.get_one(Creditor, delivery.creditor_id)
    delivery.not_before = next_look(reasons, act.now, zone_of(creditor.country))
    _looked_at(act, [delivery.id])


def _looked_at(act: Act, ids: Collection[int]) -> None:
    """The gate has just looked at these, in this very transaction: what it wrote about them wakes none of them."""
    act.session.info.setdefault(_LOOKED_AT, set()).update(ids)


def wake(act: Act, customer_ids: Collection[int]) -> None:
    """Lets the gate look soon at what was held back for these customers and for creditors about whom something is told.

    One that a worker is just looking at is left to it.
    """
    looked_at = act.session.info.pop(_LOOKED_AT, set())
    creditor_ids = {
        event.creditor_id for event in act.events if event.customer_id is None and event.creditor_id is not None
    }
    if not customer_ids and not creditor_ids:
        return
    asleep = (
        select(Delivery.id)
        .where(
            Delivery.status == "blocked",
            Delivery.not_before > act.now,
            or_(
                Delivery.creditor_id.in_(sorted(creditor_ids)),
                among(act.session, Delivery.customer_id, sorted(customer_ids)),
            ),
        )
        .with_for_update(skip_locked=True)
    )
    woken = sorted(set(act.session.scalars(asleep)) - looked_at)
    if woken:
        act.session.execute(
            update(Delivery).where(among(act.session, Delivery.id, woken)).values(not_before=act.now),
            execution_options={"synchronize_session": False},
        )


def held_still(act: Act, *, ids: Sequence[int], now: datetime) -> list[Delivery]:
    """Those of these letters that the gate still holds back for the very same reasons; a few statements for all.

    They are put to rest again. The others are for whoever sends: they may leave, or something else holds them.
    """
    if not ids:
        return []
    rows = act.session.execute(
        select(Delivery, Proposal, Creditor)
        .join(Proposal, Proposal.id == Delivery.proposal_id)
        .join(Creditor, Creditor.id == Delivery.creditor_id)
        .where(among(act.session, Delivery.id, ids), Delivery.status == "blocked", Proposal.status == "blocked")
        .order_by(Delivery.creditor_id, Delivery.id)
        .with_for_update(skip_locked=True, of=Delivery)
    ).all()
    still: list[Delivery] = []
    for _, theirs in groupby(rows, key=lambda row: row[2].id):
        still += _still(act, [(delivery, proposal, creditor) for delivery, proposal, creditor in theirs], now)
    _looked_at(act, [delivery.id for delivery in still])
    return still


def _still(act: Act, rows: Sequence[tuple[Delivery, Proposal, Creditor]], now: datetime) -> list[Delivery]:
    creditor = rows[0][2]
    letters = [Letter(proposal, delivery.channel, delivery.recipient) for delivery, proposal, _ in rows]
    said = gate_all(act, creditor=creditor, letters=letters, now=now)
    still, rest = [], []
    for delivery, proposal, _ in rows:
        reasons = said[proposal.id]
        if reasons and [reason.as_json() for reason in reasons] == delivery.blocked:
            still.append(delivery)
            rest.append({"id": delivery.id, "not_before": next_look(reasons, act.now, zone_of(creditor.country))})
    if rest:
        # Not by the objects: looking in vain changes nothing about the customer.
        act.session.execute(update(Delivery), rest, execution_options={"synchronize_session": False})
    return still
