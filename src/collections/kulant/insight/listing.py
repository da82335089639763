"""Rows of those lists as programs see them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from kulant.core.money import decimal_string
from kulant.insight.listing_queries import item_numbers
from kulant.intake.models import ImportRun
from kulant.ledger import balances
from kulant.ledger import queries as ledger
from kulant.ledger.models import Contact, Customer
from kulant.ledger.queries import customers_by_id
from kulant.letters.models import Document
from kulant.people.models import Creditor
from kulant.relationship import queries as relationship
from kulant.relationship.models import Hold, Promise, Score, Task
from kulant.treatment.views import relationship_json


def customers_json(
    session: Session, creditor: Creditor, customers: Sequence[Customer], today: date
) -> list[dict[str, Any]]:
    """Customers with how to reach them and what they owe, in a fixed number of statements."""
    ids = [customer.id for customer in customers]
    contacts = ledger.primary_contacts(session, ids)
    scores = relationship.scores(session, ids)
    owed: dict[int, list[dict[str, Any]]] = {}
    for one in balances.at(session, creditor.id, today, customer_ids=ids) if ids else ():
        owed.setdefault(one.customer_id, []).append(_balance_json(one))
    return [
        _customer_json(one, creditor, contacts.get(one.id), scores.get(one.id), owed.get(one.id, []))
        for one in customers
    ]


def _customer_json(
    customer: Customer, creditor: Creditor, contact: Contact | None, score: Score | None, owed: list[dict[str, Any]]
) -> dict[str, Any]:
    def amount(minor: int | None) -> str | None:
        return None if minor is None else decimal_string(minor, creditor.currency)

    return {
        "customer": customer.number,
        "name": customer.name,
        "kind": customer.kind,
        "country": customer.country,
        "language": customer.language,
        "email": contact.email if contact else None,
        "phone": contact.phone if contact else None,
        "address": contact.address if contact else None,
        "customer_since": customer.customer_since.isoformat() if customer.customer_since else None,
        "account_manager": customer.account_manager,
        "segment": customer.segment,
        "acquisition_cost": amount(customer.acquisition_cost_minor),
        "credit_limit": amount(customer.credit_limit_minor),
        "strategic": customer.strategic,
        "contact_opt_out": customer.contact_opt_out,
        "no_dunning": customer.no_dunning,
        "grade": score.grade if score else None,
        "balances": owed,
    }


def _balance_json(one: balances.Balance) -> dict[str, Any]:
    return {
        "currency": one.currency,
        "items": one.items,
        "open": decimal_string(one.ageing.open, one.currency),
        "overdue": decimal_string(one.ageing.overdue, one.currency),
        "credits": decimal_string(one.ageing.credits, one.currency),
        "oldest_due": one.oldest_due.isoformat() if one.oldest_due else None,
    }


def customer_json(session: Session, creditor: Creditor, customer: Customer, today: date) -> dict[str, Any]:
    """One customer with what is known of the relationship, and the holds and promises in force."""
    [shown] = customers_json(session, creditor, [customer], today)
    numbers = item_numbers(
        session,
        {hold.item_id for hold in relationship.holds_in_force(session, [customer.id], today) if hold.item_id},
    )
    return shown | {
        "relationship": relationship_json(relationship.scores(session, [customer.id]).get(customer.id)),
        "holds": [_hold_json(one, numbers) for one in relationship.holds_in_force(session, [customer.id], today)],
        "promises": [_promise_json(one) for one in relationship.promises(session, [customer.id])],
    }


def _hold_json(hold: Hold, numbers: dict[int, str]) -> dict[str, Any]:
    return {
        "id": str(hold.id),
        "invoice": numbers.get(hold.item_id or 0),
        "until": hold.until.isoformat(),
        "reason": hold.reason,
    }


def _promise_json(promise: Promise) -> dict[str, Any]:
    return {
        "id": str(promise.id),
        "amount": decimal_string(promise.amount_minor, promise.currency),
        "currency": promise.currency,
        "due": promise.due.isoformat(),
        "status": promise.status,
    }


def documents_json(session: Session, documents: Sequence[Document]) -> list[dict[str, Any]]:
    """Archived documents; the file itself is downloaded by the number."""
    customers = customers_by_id(session, {one.customer_id for one in documents})
    return [
        {
            "id": str(one.id),
            "customer": customers[one.customer_id].number,
            "kind": one.kind,
            "language": one.language,
            "date": one.on.isoformat(),
            "pages": one.pages,
            "sha256": one.sha256,
        }
        for one in documents
    ]


def import_json(run: ImportRun) -> dict[str, Any]:
    """An import: how far it is and, when it is done, what ``kulant import --json`` prints of it."""
    done = run.status == "done"
    result = {name: value for name, value in run.result.items() if name != "table"} if done else None
    return {
        "id": str(run.id),
        "file": run.file_name,
        "format": run.format or None,
        "status": run.status,
        "date": run.on.isoformat(),
        "by": run.actor,
        "rows_done": run.rows_done,
        "rows_total": run.rows_total,
        "problem": run.problem,
        "result": result,
    }


def tasks_json(session: Session, tasks: Sequence[Task]) -> list[dict[str, Any]]:
    """Open tasks: what a person here should see or do."""
    customers = customers_by_id(session, {one.customer_id for one in tasks if one.customer_id is not None})
    return [task_json(one, customers.get(one.customer_id or 0)) for one in tasks]


def task_json(task: Task, customer: Customer | None) -> dict[str, Any]:
    """One task."""
    return {
        "id": str(task.id),
        "customer": customer.number if customer else None,
        "kind": task.kind,
        "text": task.text,
        "due": task.due.isoformat(),
        "created_on": task.created_on.isoformat(),
        "done_on": task.done_on.isoformat() if task.done_on else None,
        "done_by": task.done_by,
    }
