"""What stands in the way of an erasure: claims that are open, and what is on its way (GDPR art. 17(3)(b) and (e))."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kulant.core.words import amount_words
from kulant.delivery.models import Delivery
from kulant.delivery.payment_orders import BEGUN
from kulant.ledger.models import Customer, Dispute, OpenItem
from kulant.plans.models import Plan
from kulant.plans.models_portal import PaymentOrder
from kulant.plans.states import RUNNING

UNDER_WAY = ("approved", "rendering", "handed", "uncertain")


def in_the_way(session: Session, customer: Customer, *, contact_only: bool) -> list[dict[str, str]]:
    """Why it may not be done yet, each with a code; nothing when it may.

    How to reach somebody may go while a claim is open, but not while a letter to that address is on its way.
    """
    found = [] if contact_only else [*_money(session, customer.id), *_agreements(session, customer.id)]
    letters = select(Delivery.id).where(Delivery.customer_id == customer.id, Delivery.status.in_(UNDER_WAY))
    one, several = "a letter or e-mail to them is on its way", "{} letters or e-mails to them are on their way"
    return [*found, *_counted(session, "letters_under_way", letters, one, several)]


def _money(session: Session, customer_id: int) -> list[dict[str, str]]:
    owed = func.sum(OpenItem.open_minor)
    said = []
    for code, sign, words in (
        ("open_items", OpenItem.open_minor > 0, "{} is open on their account"),
        ("open_credits", OpenItem.open_minor < 0, "{} of theirs is not used or paid back"),
    ):
        rows = session.execute(
            select(OpenItem.currency, owed)
            .where(OpenItem.customer_id == customer_id, OpenItem.open_minor != 0, sign)
            .group_by(OpenItem.currency)
            .order_by(OpenItem.currency)
        ).all()
        sums = " and ".join(amount_words(abs(int(minor)), currency) for currency, minor in rows)
        if rows:
            said.append(_said(code, words.format(sums)))
    return said


def _agreements(session: Session, customer_id: int) -> list[dict[str, str]]:
    plans = select(Plan.id).where(Plan.customer_id == customer_id, Plan.status.in_(RUNNING))
    disputes = select(Dispute.id).where(Dispute.customer_id == customer_id, Dispute.resolved_on.is_(None))
    orders = select(PaymentOrder.id).where(PaymentOrder.customer_id == customer_id, PaymentOrder.status == BEGUN)
    return [
        *_counted(session, "plan_running", plans, "a payment plan is running", "{} payment plans are running"),
        *_counted(session, "dispute_open", disputes, "a dispute is not resolved", "{} disputes are not resolved"),
        *_counted(session, "payment_under_way", orders, "a payment of theirs was begun and has not come",
                  "{} payments of theirs were begun and have not come"),
    ]  # fmt: skip


def _counted(session: Session, code: str, statement: Any, one: str, several: str) -> list[dict[str, str]]:
    count = int(session.scalar(select(func.count()).select_from(statement.subquery())) or 0)
    return [_said(code, one if count == 1 else several.format(count))] if count else []


def _said(code: str, text: str) -> dict[str, str]:
    return {"code": code, "text": text}
