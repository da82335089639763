"""A customer who owes 10,000 kroner on two overdue invoices."""

from __future__ import annotations

import pytest

from kulant.db import Act
from kulant.ledger.models import Customer, OpenItem
from kulant.people.models import Creditor
from tests.support.factories import create_customer, create_invoice


@pytest.fixture
def customer(act: Act, creditor: Creditor) -> Customer:
    return create_customer(act, creditor, "C1")


@pytest.fixture
def invoices(act: Act, creditor: Creditor, customer: Customer) -> list[OpenItem]:
    return [
        create_invoice(act, creditor, customer, "6000.00", days_late=40, number="A1", payment_reference="KID1001"),
        create_invoice(act, creditor, customer, "4000.00", days_late=10, number="A2"),
    ]
