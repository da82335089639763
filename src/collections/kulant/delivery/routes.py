"""The way a letter takes and where to: e-mail falls back to post where none reaches the customer."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.orm import Session

from kulant.delivery.queries import refused_addresses
from kulant.ledger.models import Contact, Customer
from kulant.ledger.queries import customers_by_id, primary_contacts
from kulant.ledger.reach import email_address
from kulant.treatment.models import Proposal

Route = tuple[str, str | None]


def routes_of(session: Session, creditor_id: int, proposals: Collection[Proposal]) -> dict[int, Route]:
    """The channel really used and the address, by proposal; three statements, however many they are."""
    ids = sorted({proposal.customer_id for proposal in proposals})
    if not ids:
        return {}
    customers, contacts = customers_by_id(session, ids), primary_contacts(session, ids)
    emails = {each: email_address(customers[each], contacts.get(each)) for each in ids}
    refused = refused_addresses(session, creditor_id, [email for email in emails.values() if email])
    return {
        proposal.id: _route(proposal.channel, emails[proposal.customer_id], contacts.get(proposal.customer_id), refused)
        for proposal in proposals
    }


def route(session: Session, customer: Customer, channel: str) -> Route:
    """The same for one customer."""
    contact = primary_contacts(session, [customer.id]).get(customer.id)
    email = email_address(customer, contact) if channel == "email" else None
    refused = refused_addresses(session, customer.creditor_id, [email] if email else [])
    return _route(channel, email, contact, refused)


def _route(channel: str, email: str | None, contact: Contact | None, refused: Collection[str]) -> Route:
    if channel in ("call", "task"):
        return "task", None
    if channel == "email" and email is not None and email.lower() not in refused:
        return "email", email
    return "letter", contact.address if contact is not None else None
