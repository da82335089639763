"""How a customer is reached. Pure."""

from __future__ import annotations

from kulant.ledger.models import Contact, Customer


def email_address(customer: Customer, contact: Contact | None) -> str | None:
    """Where e-mail reaches the customer; none without an address, and none when they do not want any."""
    if contact is None or customer.contact_opt_out:
        return None
    return contact.email or None
