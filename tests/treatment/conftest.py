"""A customer, and a plain ladder without relationship."""

from __future__ import annotations

import pytest

from kulant.db import Act
from kulant.ledger.models import Customer
from kulant.people.models import Creditor
from kulant.treatment.models import Ladder
from kulant.treatment.policies import apply_policy
from tests.support.factories import create_customer
from tests.support.proposals import ladder


@pytest.fixture
def plain(act: Act, creditor: Creditor) -> Ladder:
    """Reminder ten days late, final reminder and formal notice fourteen days after the one before; no relationship."""
    return apply_policy(act, creditor=creditor, text=ladder())


@pytest.fixture
def customer(act: Act, creditor: Creditor) -> Customer:
    return create_customer(act, creditor, "C1")
