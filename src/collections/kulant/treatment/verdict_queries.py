"""Every SELECT about what the runs made of an account."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import Session, aliased

from kulant.ledger.bulk import among
from kulant.ledger.models import Entry, OpenItem
from kulant.treatment.models_record import Verdict


def newest(session: Session, customer_ids: Collection[int]) -> dict[tuple[int, str], str]:
    """The fingerprint of each account's newest verdict, by customer and currency: one statement."""
    last = (
        select(func.max(Verdict.id))
        .where(among(session, Verdict.customer_id, customer_ids))
        .group_by(Verdict.customer_id, Verdict.currency)
    )
    rows = session.execute(
        select(Verdict.customer_id, Verdict.currency, Verdict.fingerprint).where(Verdict.id.in_(last))
    )
    return {(customer_id, currency): fingerprint for customer_id, currency, fingerprint in rows}


def before(session: Session, customer_id: int, today: date) -> Sequence[Verdict]:
    """The newest verdict from before the day on each of the customer's accounts, by currency."""
    last = (
        select(func.max(Verdict.id))
        .where(Verdict.customer_id == customer_id, Verdict.since < today)
        .group_by(Verdict.currency)
    )
    return session.scalars(select(Verdict).where(Verdict.id.in_(last)).order_by(Verdict.currency)).all()


def history(session: Session, customer_id: int, today: date, limit: int = 60) -> Sequence[Verdict]:
    """The customer's verdicts up to the day, newest first."""
    return session.scalars(
        select(Verdict)
        .where(Verdict.customer_id == customer_id, Verdict.since <= today)
        .order_by(Verdict.id.desc())
        .limit(limit)
    ).all()


def item_numbers(session: Session, item_ids: Collection[int]) -> dict[int, str]:
    """The numbers of these invoices, by id."""
    if not item_ids:
        return {}
    return dict(
        session.execute(select(OpenItem.id, OpenItem.number).where(among(session, OpenItem.id, item_ids))).all()
    )


def settled_since(session: Session, creditor_id: int, since: date, today: date) -> dict[int, set[str]]:
    """Accounts on which something was settled since that day and nothing is late any more: customer → currencies."""
    settled, late = aliased(OpenItem), aliased(OpenItem)
    still_late = exists().where(
        and_(
            late.customer_id == settled.customer_id,
            late.currency == settled.currency,
            late.kind == "invoice",
            late.open_minor > 0,
            late.due_date < today,
        )
    )
    rows = session.execute(
        select(settled.customer_id, settled.currency)
        .join(Entry, Entry.item_id == settled.id)
        .where(
            Entry.creditor_id == creditor_id,
            Entry.on >= since,
            Entry.kind != "post",
            settled.kind == "invoice",
            settled.open_minor == 0,
            settled.customer_id.is_not(None),
            ~still_late,
        )
        .distinct()
    )
    accounts: dict[int, set[str]] = defaultdict(set)
    for customer_id, currency in rows:
        if customer_id is not None:
            accounts[customer_id].add(currency)
    return accounts
