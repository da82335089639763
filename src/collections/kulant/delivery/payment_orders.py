"""Payments begun on a provider's page: begun once, and counted in the ledger once, whoever tells us how often."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from kulant.core.events import Event
from kulant.core.words import amount_words
from kulant.db import Act
from kulant.delivery.payment_provider import EXPIRED, FAILED, PAID, PENDING, Begun, PaymentProvider, Word
from kulant.delivery.portal_mail import confirm
from kulant.ledger.matching import match_payments
from kulant.ledger.models import Customer, OpenItem
from kulant.ledger.posting import NewItem, post_items
from kulant.ledger.queries import payments_by_number, work_beside_others
from kulant.ledger.service import ensure_combined_reference
from kulant.people.models import Creditor
from kulant.plans.models_portal import PaymentOrder
from kulant.relationship.tasks import add_task

BEGUN, SUPERSEDED = "begun", "superseded"
UNHEARD = (BEGUN, SUPERSEDED)  # of which money may still come
GIVEN_UP_AFTER = timedelta(days=2)
MOST_ASKED = 200  # orders of one round


def begin_order(
    act: Act,
    *,
    customer: Customer,
    provider: PaymentProvider,
    currency: str,
    amount_minor: int,
    reference: str | None,
    items: Sequence[OpenItem],
    language: str,
) -> PaymentOrder:
    """Writes down that the customer wants to pay; nothing has been paid yet.

    Who begins the same once more, on a second page or with a second tap, gets the order that is open, so that the same
    money is asked for once. What is not the same takes its place. Without one reference that stands for all of it, the
    order gets one of its own for these items.
    """
    act.session.scalars(select(Customer.id).where(Customer.id == customer.id).with_for_update(key_share=True)).all()
    item_ids = sorted(item.id for item in items)
    standing = _open_order(act.session, customer.id, currency)
    if standing is not None:
        same = (standing.provider, standing.amount_minor, standing.item_ids) == (provider.name, amount_minor, item_ids)
        if same:
            return standing
        standing.status = SUPERSEDED
        act.session.flush()
    order = PaymentOrder(
        creditor_id=customer.creditor_id,
        customer_id=customer.id,
        key=secrets.token_urlsafe(32),
        provider=provider.name,
        provider_id=None,
        currency=currency,
        amount_minor=amount_minor,
        reference=reference or "",
        item_ids=item_ids,
        status=BEGUN,
        made_on=act.today,
        made_at=act.now,
        said={"language": language},
    )
    act.session.add(order)
    act.session.flush()
    if not reference:
        order.reference = f"ORDER{order.id:06d}"
        ensure_combined_reference(act, customer=customer, currency=currency, reference=order.reference, items=items)
    act.session.flush()
    return order


def _open_order(session: Session, customer_id: int, currency: str) -> PaymentOrder | None:
    return session.scalar(
        select(PaymentOrder)
        .where(PaymentOrder.customer_id == customer_id, PaymentOrder.currency == currency, PaymentOrder.status == BEGUN)
        .with_for_update()
    )


def note_begun(act: Act, *, key: str, begun: Begun) -> None:
    """Writes down the provider's number for it."""
    order = order_by_key(act.session, key, lock=True)
    if order is not None and order.provider_id is None:
        order.provider_id = begun.provider_id


def order_by_key(session: Session, key: str, *, lock: bool = False) -> PaymentOrder | None:
    """The order of that name."""
    wanted = select(PaymentOrder).where(PaymentOrder.key == key)
    return session.scalar(wanted.with_for_update() if lock else wanted)


def settle(act: Act, *, provider: PaymentProvider, word: Word) -> PaymentOrder | None:
    """Takes the provider's word: money is posted once, under the provider's own number, and finds what it pays.

    Hearing it again, or two words at the same moment, changes nothing. None for an order that is not ours.
    """
    order = order_by_key(act.session, word.key)
    if order is None or order.provider != provider.name:
        return None
    work_beside_others(act.session, order.customer_id)
    act.session.refresh(order, with_for_update=True)
    if order.provider_id not in (None, word.provider_id) or order.status == PAID:
        return order
    order.provider_id = word.provider_id
    order.said = {**order.said, "status": word.status, "amount_minor": word.amount_minor, "currency": word.currency}
    if word.status == PAID and word.amount_minor > 0:
        _post(act, order, word)
    elif word.status in (FAILED, EXPIRED):
        order.status, order.settled_at = word.status, act.now
    return order


def give_up(act: Act) -> int:
    """What nobody has paid for days is not waited for any more; how many. Money that comes all the same is taken."""
    old = act.session.scalars(
        select(PaymentOrder)
        .where(PaymentOrder.status.in_(UNHEARD), PaymentOrder.made_at < act.now - GIVEN_UP_AFTER)
        .with_for_update(skip_locked=True)
    ).all()
    for order in old:
        order.status = EXPIRED
    return len(old)


def unheard(session: Session, provider: PaymentProvider) -> list[PaymentOrder]:
    """Orders of the provider's that a customer was led to and of which nothing has been heard, the oldest first."""
    return list(
        session.scalars(
            select(PaymentOrder)
            .where(
                PaymentOrder.status.in_(UNHEARD),
                PaymentOrder.provider == provider.name,
                PaymentOrder.provider_id.is_not(None),
            )
            .order_by(PaymentOrder.id)
            .limit(MOST_ASKED)
        )
    )


def _post(act: Act, order: PaymentOrder, word: Word) -> None:
    creditor = act.session.get_one(Creditor, order.creditor_id)
    number = f"{order.provider}:{word.provider_id}"
    if number not in payments_by_number(act.session, creditor.id, [number]):
        payment = NewItem(
            kind="payment",
            number=number,
            currency=word.currency,
            amount_minor=-word.amount_minor,
            customer_id=order.customer_id,
            issue_date=act.today,
            payment_reference=order.reference,
        )
        match_payments(act, creditor=creditor, payments=post_items(act, creditor=creditor, items=[payment]))
    replaced = order.status == SUPERSEDED
    order.status, order.settled_at = PAID, act.now
    customer = act.session.get_one(Customer, order.customer_id)
    amount = amount_words(word.amount_minor, word.currency)
    act.tell(
        Event(
            "paid_online",
            f"Paid on the payment provider's page: {amount}, number {number}.",
            creditor_id=creditor.id,
            customer_id=customer.id,
            direction="in",
            data={"order": order.id},
        )
    )
    wrong = _not_as_asked(order, word, replaced=replaced)
    if wrong:
        text = f"{customer.name} paid {amount} online {wrong} ({number}). Look into it."
        add_task(act, creditor_id=creditor.id, customer_id=customer.id, kind="paid_online", text=text, due=act.today)
    received = {
        "what": "payment",
        "reference": number,
        "currency": word.currency,
        "amount_minor": word.amount_minor,
        "day": act.today.isoformat(),
    }
    language = str(order.said.get("language") or "")
    confirm(act, customer=customer, key=f"order:{order.id}", received=received, language=language)


def _not_as_asked(order: PaymentOrder, word: Word, *, replaced: bool) -> str | None:
    """What somebody has to look at, in words; none when exactly what was asked for last was paid."""
    if (word.amount_minor, word.currency) != (order.amount_minor, order.currency):
        return f"where {amount_words(order.amount_minor, order.currency)} was asked for"
    return "on a page that another amount had replaced" if replaced else None


__all__ = [
    "BEGUN",
    "EXPIRED",
    "FAILED",
    "PAID",
    "PENDING",
    "UNHEARD",
    "begin_order",
    "give_up",
    "note_begun",
    "order_by_key",
    "settle",
    "unheard",
]
