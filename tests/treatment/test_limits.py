"""An invoice that will soon be too old to be enforced says so where people ask why; what is decided does not change."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from kulant.db import Act
from kulant.ledger.models import Customer
from kulant.people.models import Creditor
from kulant.treatment.models import Ladder
from tests.support.factories import create_invoice
from tests.support.proposals import explained

DUE = date(2023, 12, 4)  # Norwegian claims are enforced for three years


@pytest.mark.parametrize(
    ("today", "said"),
    [
        (date(2025, 12, 3), []),
        (date(2025, 12, 4), ["It can be enforced until 4 December 2026 at the latest"]),
        (date(2026, 12, 4), ["It can be enforced until 4 December 2026 at the latest"]),
        (date(2026, 12, 5), []),  # it is over
    ],
)
def test_explain_tells_when_a_claim_is_within_a_year_of_its_limitation(
    act: Act, creditor: Creditor, customer: Customer, plain: Ladder, today: date, said: list[str]
) -> None:
    create_invoice(act, creditor, customer, "1000.00", number="OLD", due=DUE)
    [item] = explained(replace(act, today=today), creditor, customer)["items"]
    assert [one["text"].partition(",")[0] for one in item["because"] if one["code"] == "limitation"] == said
    assert item["decision"] == "reminder"
