"""What speaks for which reason for being late, gathered from a customer's cases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy.orm import Session

from kulant.ledger.models import Customer
from kulant.ledger.reach import email_address
from kulant.relationship.why_late import SEEN_DAYS, Evidence, Suggestion, suggest
from kulant.treatment.cases import CustomerCase, load_cases


def suggestions_for(session: Session, customer: Customer, today: date) -> list[Suggestion]:
    """The likely reasons of one customer, surest first; none where nothing is overdue."""
    cases = load_cases(session, [customer.id], today)
    evidence = evidence_of(cases, today)
    return suggest(evidence) if evidence.debts else []


def evidence_of(cases: Sequence[CustomerCase], today: date) -> Evidence:
    """What is known of a customer, over all currencies."""
    since = today - timedelta(days=SEEN_DAYS)
    late = [debt for case in cases for debt in case.debts if debt.is_overdue(today)]
    first = cases[0] if cases else None
    holds = {hold.code for case in cases for hold in case.holds}
    plans = [plan for case in cases for plan in case.plans]
    concerns = {concern.id: concern for case in cases for concern in case.concerns}.values()
    contact, customer = (first.contact, first.customer) if first else (None, None)
    return Evidence(
        today=today,
        days_late=max(((today - debt.item.due_date).days for debt in late if debt.item.due_date), default=0),
        history=[(row.paid - row.due).days for case in cases for row in case.history],
        part_paid=sum(0 < debt.item.open_minor < debt.item.amount_minor for debt in late),
        debts=len(late),
        reminded=sorted({step.sent_on for debt in late for step in debt.steps if step.document != "courtesy"}),
        called=first.last_call if first else None,
        broken_promises=sum(
            promise.status == "broken" and promise.due >= since for case in cases for promise in case.promises
        ),
        asked_for_plan=any(plan.accepted_on is not None and plan.accepted_on >= since for plan in plans),
        broken_plans=sum(plan.status == "broken" for plan in plans),
        disputed=[debt.item.number for debt in late if debt.disputed_minor],
        complaints=[concern.text for concern in concerns if concern.kind == "complaint"],
        requests=[concern.text for concern in concerns if concern.kind == "request"],
        our_errors=first.standing.strikes if first and first.standing else 0,
        says_paid="says_paid" in holds,
        asked_for_help="hardship" in holds,
        reachable=customer is None
        or email_address(customer, contact) is not None
        or bool(contact is not None and contact.address),
    )
