"""Every SELECT of the delivery room."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, true
from sqlalchemy.orm import Session

from kulant.core.errors import NotFound
from kulant.delivery.models import Delivery, InboundMail, RefusedAddress, SendingPause
from kulant.ledger.bulk import among
from kulant.ledger.models import Customer, OpenItem
from kulant.ledger.queries import issued_by
from kulant.people.models import Creditor
from kulant.relationship.expectations import is_open_gap
from kulant.relationship.models_care import ExpectationCheck
from kulant.relationship.rulebook import RuleBook
from kulant.treatment.models import Proposal

WAITING = ("approved", "blocked")

# How long a delivery is one worker's alone. Drawing takes a moment; a mail server may take ten minutes to answer.
LEASE = timedelta(minutes=5)
HANDED_LEASE = timedelta(minutes=15)
MINUTE = timedelta(minutes=1)

# Part of every statement that takes something to let it out, so that no way leads past a pause.
NOT_PAUSED = ~exists().where(SendingPause.ended_at.is_(None))

# Still in the house for certain, so a person may take it back.
TAKEN_BACK = (*WAITING, "failed")


def clock(session: Session) -> datetime:
    """What time it is where leases are judged: the database's clock, so that machines need not agree on theirs."""
    if session.get_bind().dialect.name == "postgresql":
        now: datetime = session.scalars(select(func.clock_timestamp())).one()
        return now.astimezone(UTC)
    return datetime.now(UTC)


def due(
    session: Session, creditor_id: int | None, *, now: datetime, patiently: bool, though_paused: bool = False
) -> list[tuple[int, str]]:
    """What is past its undo period at ``now`` and nobody's work, with its state; nothing while sending is paused.

    What was held back counts whenever somebody asks; ``patiently``: only when it is time to look at it again.
    ``though_paused``: as if sending were not paused, for who wants to know what would leave.
    """
    statement = (
        select(Delivery.id, Delivery.status)
        .where(_workable(now, clock(session), patiently=patiently))
        .order_by(Delivery.id)
    )
    if not though_paused:
        statement = statement.where(NOT_PAUSED)
    if creditor_id is not None:
        statement = statement.where(Delivery.creditor_id == creditor_id)
    return [(delivery_id, status) for delivery_id, status in session.execute(statement)]


def creditor_of(session: Session, delivery_id: int) -> tuple[int, str] | None:
    """Whose delivery it is, and the country whose day counts there; none when there is no such delivery."""
    row = session.execute(
        select(Creditor.id, Creditor.country)
        .join(Delivery, Delivery.creditor_id == Creditor.id)
        .where(Delivery.id == delivery_id)
    ).first()
    return (row[0], row[1]) if row else None


def lock_case(session: Session, delivery_id: int) -> None:
    """Locks what a delivery is about before the delivery itself: its customer, then its proposal.

    Everybody who decides about a letter takes these locks in this order, so that nobody waits for each other in a ring,
    and what is read of the proposal stays true until the transaction ends. What was read stays with the session, so
    that nobody reads it anew in this transaction.
    """
    about = session.execute(
        select(Delivery.customer_id, Delivery.proposal_id).where(Delivery.id == delivery_id)
    ).first()
    if about is None:
        return
    customer_id, proposal_id = about
    # As `ledger.queries.work_beside_others`: waits for an import or a run of the creditor to end.
    creditor = session.scalars(
        select(Creditor)
        .join(Customer, Customer.creditor_id == Creditor.id)
        .where(Customer.id == customer_id)
        .with_for_update(read=True, of=Creditor)
    ).all()
    customer = session.scalars(select(Customer).where(Customer.id == customer_id).with_for_update(key_share=True)).all()
    proposal = session.scalars(
        select(Proposal)
        .where(Proposal.id == proposal_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()
    session.info["case"] = (*creditor, *customer, *proposal)


def take(session: Session, delivery_id: int, *, now: datetime, clock: datetime) -> Delivery | None:
    """Locks a delivery for work; none when it is done, waits, or another worker has it."""
    lock_case(session, delivery_id)
    return session.scalar(
        select(Delivery)
        .where(Delivery.id == delivery_id, _workable(now, clock, patiently=False), NOT_PAUSED)
        .with_for_update(skip_locked=True)
    )


def unsent(session: Session, delivery_id: int) -> Delivery | None:
    """Locks a delivery that certainly has not left; none when it was handed over or is done."""
    lock_case(session, delivery_id)
    return session.scalar(
        select(Delivery)
        .where(Delivery.id == delivery_id, Delivery.status.in_((*WAITING, "rendering")))
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def leased(session: Session, delivery_id: int, lease_until: datetime) -> Delivery | None:
    """The delivery being drawn, if the lease taken on it is still this one."""
    lock_case(session, delivery_id)
    return session.scalar(
        select(Delivery)
        .where(
            Delivery.id == delivery_id,
            Delivery.status == "rendering",
            Delivery.lease_until == lease_until,
            NOT_PAUSED,
        )
        .with_for_update()
    )


def _workable(now: datetime, clock: datetime, *, patiently: bool) -> ColumnElement[bool]:
    # A lease that ends later than any can was taken before somebody set the clock back.
    too_far = clock + 2 * HANDED_LEASE
    free = or_(Delivery.lease_until.is_(None), Delivery.lease_until < clock, Delivery.lease_until > too_far)
    waiting = Delivery.not_before <= now
    return or_(
        and_(Delivery.status == "approved", waiting, free),
        and_(Delivery.status == "blocked", waiting if patiently else true(), free),
        # Left by a process that died: rendering is begun again; what was handed over becomes uncertain.
        and_(Delivery.status.in_(("rendering", "handed")), free),
    )


def answered_for(session: Session, delivery_id: int) -> Delivery:
    """Locks a delivery of which the mail server has said what became of it."""
    lock_case(session, delivery_id)
    return session.scalars(
        select(Delivery).where(Delivery.id == delivery_id).with_for_update().execution_options(populate_existing=True)
    ).one()


def newest_item(session: Session) -> int | None:
    """The number of the newest item in any account: another one says that money or an invoice has come in since."""
    return session.scalar(select(func.max(OpenItem.id)))


def handed_lately(session: Session, host: str, *, clock: datetime, most: int) -> Sequence[datetime]:
    """When the last so many messages were handed over for that mail host within the last minute, newest first."""
    if session.get_bind().dialect.name == "postgresql":
        # Two workers must not both take the last turn of a minute; the lock ends with this short transaction.
        session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"mail host {host}"))))
    found = session.scalars(
        select(Delivery.handed_at)
        .where(Delivery.mail_host == host, Delivery.handed_at > clock - MINUTE, Delivery.handed_at <= clock)
        .order_by(Delivery.handed_at.desc())
        .limit(most)
    )
    return [handed for handed in found if handed is not None]


def by_key(session: Session, key: str) -> Delivery | None:
    """The delivery of that key."""
    return session.scalar(select(Delivery).where(Delivery.key == key))


def by_keys(session: Session, keys: Collection[str], *, locked: bool = False) -> dict[int | None, Delivery]:
    """The deliveries of these keys by their proposals; ``locked``: as they are now, and nobody else changes them."""
    statement = select(Delivery).where(among(session, Delivery.key, keys)).order_by(Delivery.id)
    if locked:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return {delivery.proposal_id: delivery for delivery in session.scalars(statement)}


def deliveries_with_proposals(session: Session, ids: Collection[int]) -> list[tuple[Delivery, Proposal | None]]:
    """These deliveries, each with the proposal it is about, if it is about one."""
    rows = session.execute(
        select(Delivery, Proposal)
        .outerjoin(Proposal, Proposal.id == Delivery.proposal_id)
        .where(among(session, Delivery.id, ids))
        .order_by(Delivery.id)
    )
    return [(delivery, proposal) for delivery, proposal in rows]


def count_in(session: Session, creditor_id: int, statuses: Collection[str]) -> int:
    """How many of the creditor's deliveries are in these states."""
    which = (Delivery.creditor_id == creditor_id, Delivery.status.in_(statuses))
    return session.scalar(select(func.count()).select_from(Delivery).where(*which)) or 0


def delivery_by_id(session: Session, creditor_id: int, delivery_id: int) -> Delivery:
    """A delivery of this creditor; refuses when there is none of that id."""
    found = session.scalar(select(Delivery).where(Delivery.id == delivery_id, Delivery.creditor_id == creditor_id))
    if found is None:
        raise NotFound("no_delivery", "there is no such letter in the outbox")
    return found


def outbox(session: Session, creditor_id: int, statuses: Collection[str], limit: int = 500) -> Sequence[Delivery]:
    """The creditor's deliveries in these states, newest first."""
    return session.scalars(
        select(Delivery)
        .where(Delivery.creditor_id == creditor_id, Delivery.status.in_(statuses))
        .order_by(Delivery.id.desc())
        .limit(limit)
    ).all()


def loose_payments(session: Session, creditor_id: int) -> dict[str, list[int]]:
    """Unmatched payments of unknown payers by currency, in minor units above zero."""
    rows = session.execute(
        select(OpenItem.currency, -OpenItem.open_minor).where(
            OpenItem.creditor_id == creditor_id,
            OpenItem.kind == "payment",
            OpenItem.customer_id.is_(None),
            OpenItem.open_minor < 0,
        )
    )
    by_currency: dict[str, list[int]] = defaultdict(list)
    for currency, minor in rows:
        by_currency[currency].append(int(minor))
    return by_currency


def credits_now(session: Session, customer_ids: Collection[int], today: date) -> dict[tuple[int, str], int]:
    """Unallocated credit on the day by customer and currency, in minor units, below zero."""
    rows = session.execute(
        select(OpenItem.customer_id, OpenItem.currency, func.sum(OpenItem.open_minor))
        .where(among(session, OpenItem.customer_id, customer_ids), OpenItem.open_minor < 0, issued_by(today))
        .group_by(OpenItem.customer_id, OpenItem.currency)
    )
    return {(customer_id, currency): int(minor) for customer_id, currency, minor in rows if customer_id is not None}


def open_gaps(session: Session, customer_ids: Collection[int], rules: RuleBook) -> set[int]:
    """Those of these customers who got less than they expected, where nobody has put it right."""
    answered = session.scalars(
        select(ExpectationCheck).where(
            among(session, ExpectationCheck.customer_id, customer_ids),
            ExpectationCheck.got.is_not(None),
            ExpectationCheck.closed_on.is_(None),
        )
    )
    return {check.customer_id for check in answered if is_open_gap(check, rules)}


def unread_replies(session: Session, customer_ids: Collection[int]) -> dict[int, date]:
    """The day of the oldest reply that nobody has read, by customer."""
    rows = session.execute(
        select(InboundMail.customer_id, func.min(InboundMail.received_at))
        .where(
            among(session, InboundMail.customer_id, customer_ids),
            InboundMail.kind == "reply",
            InboundMail.read_at.is_(None),
        )
        .group_by(InboundMail.customer_id)
    )
    return {customer_id: came.date() for customer_id, came in rows if customer_id is not None}


def refused_addresses(session: Session, creditor_id: int, addresses: Collection[str]) -> dict[str, date]:
    """Those of these e-mail addresses that are not written to (in small letters), and since when."""
    if not addresses:
        return {}
    rows = session.execute(
        select(RefusedAddress.address, func.min(RefusedAddress.since))
        .where(
            RefusedAddress.creditor_id == creditor_id,
            among(session, RefusedAddress.address, sorted({address.lower() for address in addresses})),
            RefusedAddress.ended_on.is_(None),
        )
        .group_by(RefusedAddress.address)
    )
    return dict(rows.all())
