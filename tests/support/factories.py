"""One ``create_*`` per noun, for tests: the least that makes sense, everything else by keyword."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count
from typing import Any

from kulant.core.money import to_minor
from kulant.db import Act
from kulant.ledger.matching import match_payments
from kulant.ledger.models import Contact, Customer, OpenItem, PaymentDetail
from kulant.ledger.posting import NewItem, post_items
from kulant.people.models import Creditor, User
from kulant.people.service import add_user, set_creditor

PASSWORD = "a long test password"

_numbers = count(1001)


def create_creditor(act: Act, code: str = "NORD", **fields: Any) -> Creditor:
    """A fictional wholesaler in Norway."""
    defaults = {
        "name": "Nordlys Engros AS",
        "country": "NO",
        "address": "Prøveveien 1\n0001 Oslo",
        "email": "regnskap@nordlys.example",
        "phone": "+47 22 00 00 00",
        "bank_account": "1234 56 78903" if fields.get("country", "NO") == "NO" else "NO93 8601 1117 947",
        "contact_name": "Test Kontakt",
        "contact_phone": "+47 22 00 00 01",
        "contact_email": "kontakt@nordlys.example",
    }
    return set_creditor(act, code=code, **defaults | fields)


def create_user(act: Act, creditor: Creditor, name: str = "clerk", role: str = "clerk") -> User:
    """A user with the password ``PASSWORD``."""
    return add_user(act, name=name, role=role, password=PASSWORD, creditors=[creditor])


def create_customer(act: Act, creditor: Creditor, number: str | None = None, **fields: Any) -> Customer:
    """A business customer with an e-mail address and a postal address."""
    number = number or f"C{next(_numbers)}"
    contact = {
        "email": fields.pop("email", f"faktura@{number.lower()}.example"),
        "phone": fields.pop("phone", None),
        "address": fields.pop("address", "Testgata 2\n0002 Oslo"),
    }
    customer = Customer(creditor_id=creditor.id, number=number, **{"name": f"Kunde {number}", "country": "NO"} | fields)
    act.session.add(customer)
    act.session.flush()
    act.session.add(Contact(customer_id=customer.id, is_primary=True, **contact))
    act.session.flush()
    return customer


def create_invoice(
    act: Act,
    creditor: Creditor,
    customer: Customer,
    amount: str = "1000.00",
    *,
    due: date | None = None,
    days_late: int | None = None,
    number: str | None = None,
    currency: str = "NOK",
    **fields: Any,
) -> OpenItem:
    """An open invoice, due on a day or so many days late; issued 30 days before it is due."""
    due = due or act.today - timedelta(days=days_late if days_late is not None else 20)
    new = NewItem(
        kind="invoice",
        number=number or str(next(_numbers)),
        currency=currency,
        amount_minor=to_minor(amount, currency),
        customer_id=customer.id,
        due_date=due,
        **{"issue_date": due - timedelta(days=30)} | fields,
    )
    return post_items(act, creditor=creditor, items=[new])[0]


def create_credit_note(
    act: Act, creditor: Creditor, customer: Customer, amount: str = "100.00", *, currency: str = "NOK"
) -> OpenItem:
    """A credit note that has not been allocated."""
    new = NewItem(
        kind="credit_note",
        number=str(next(_numbers)),
        currency=currency,
        amount_minor=-to_minor(amount, currency),
        customer_id=customer.id,
        issue_date=act.today,
    )
    return post_items(act, creditor=creditor, items=[new])[0]


def create_payment(
    act: Act,
    creditor: Creditor,
    amount: str,
    *,
    invoice: OpenItem | None = None,
    reference: str | None = None,
    customer: Customer | None = None,
    on: date | None = None,
    number: str | None = None,
    currency: str = "NOK",
) -> OpenItem:
    """A payment, matched the way an imported one is."""
    new = NewItem(
        kind="payment",
        number=number or f"P{next(_numbers)}",
        currency=currency,
        amount_minor=-to_minor(amount, currency),
        customer_id=customer.id if customer else None,
        issue_date=on or act.today,
        payment_reference=reference,
        named_number=invoice.number if invoice else None,
    )
    [payment] = post_items(act, creditor=creditor, items=[new])
    match_payments(act, creditor=creditor, payments=[payment])
    return payment


def create_bank_payment(
    act: Act, creditor: Creditor, amount: str, *, customer: Customer | None = None, **told: str | None
) -> OpenItem:
    """A payment with what a bank tells (``payer_name``, ``payer_account``, ``message``, ``reference``), matched."""
    new = NewItem(
        kind="chargeback" if amount.startswith("-") else "payment",
        number=f"B{next(_numbers)}",
        currency=told.pop("currency", None) or "NOK",
        amount_minor=-to_minor(amount, "NOK"),
        customer_id=customer.id if customer else None,
        issue_date=act.today,
        payment_reference=told.pop("reference", None),
    )
    [payment] = post_items(act, creditor=creditor, items=[new])
    act.session.add(PaymentDetail(item_id=payment.id, **told))
    act.session.flush()
    if payment.kind == "payment":
        match_payments(act, creditor=creditor, payments=[payment])
    return payment


def create_charge(
    act: Act, creditor: Creditor, invoice: OpenItem, amount: str = "38.00", *, kind: str = "fee"
) -> OpenItem:
    """A fee, interest or compensation that was charged for an invoice."""
    new = NewItem(
        kind=kind,
        number=f"{kind}:{next(_numbers)}:{invoice.number}",
        currency=invoice.currency,
        amount_minor=to_minor(amount, invoice.currency),
        customer_id=invoice.customer_id,
        issue_date=act.today,
        due_date=act.today + timedelta(days=14),
        belongs_to_id=invoice.id,
        reason="for the tests",
    )
    return post_items(act, creditor=creditor, items=[new])[0]
