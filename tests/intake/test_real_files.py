"""Real files, where they are at hand, and the samples shipped with Kulant."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select

from kulant.core.errors import Refusal
from kulant.db import Act
from kulant.intake.service import import_file, read_mapping
from kulant.ledger import queries
from kulant.ledger.models import Customer, Dispute, OpenItem
from kulant.people.models import Creditor
from tests.intake.files import counts

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def run(act: Act, creditor: Creditor, file: Path, mapping: str | None = None) -> dict[str, object]:
    """Imports a file, with one of the shipped mappings."""
    stated = read_mapping(EXAMPLES / mapping) if mapping else None
    return import_file(act, creditor=creditor, source=file, mapping=stated).as_json()


def open_and_overdue(act: Act) -> tuple[int, int]:
    """How many issued invoices are open, and how many of them overdue, on the business date."""
    statement = select(func.count()).where(
        OpenItem.kind == "invoice", OpenItem.open_minor > 0, queries.issued_by(act.today)
    )
    act.session.flush()
    return (
        act.session.scalar(statement) or 0,
        act.session.scalar(statement.where(OpenItem.due_date < act.today)) or 0,
    )


def test_the_ibm_ledger_as_it_stood_in_the_middle_of_2013(act: Act, creditor: Creditor, shared_data: Path) -> None:
    file = shared_data / "ibm_ar" / "accounts_receivable.csv"
    act.today = date(2013, 6, 30)
    result = run(act, creditor, file, "ibm_ar.yaml")
    assert (result["format"], counts(result)) == ("mapped", (2466, 0, 0, 0))
    assert open_and_overdue(act) == (84, 12)
    assert act.session.scalar(select(func.count()).select_from(Customer)) == 100
    assert counts(run(act, creditor, file, "ibm_ar.yaml")) == (0, 0, 2466, 0)
    act.today = date(2013, 8, 30)
    later = run(act, creditor, file, "ibm_ar.yaml")
    assert later["updated"]
    assert not later["rejected"]
    settled = select(func.count()).select_from(Dispute).join(OpenItem, OpenItem.id == Dispute.item_id)
    assert act.session.scalar(settled.where(OpenItem.open_minor == 0, Dispute.resolved_on.is_(None))) == 0
    assert not queries.imbalances(act.session)


@pytest.mark.parametrize(
    ("file", "mapping", "created", "reason"),
    [
        ("near_original.csv", "highradius.yaml", 9700, None),
        ("dd-mm-yyyy.csv", "highradius_converted.yaml", 9105, "decimals"),
    ],
)
def test_both_dialects_of_the_highradius_list(
    act: Act, creditor: Creditor, shared_data: Path, file: str, mapping: str, created: int, reason: str | None
) -> None:
    act.today = date(2020, 5, 1)
    result = run(act, creditor, shared_data / "highradius_open" / file, mapping)
    assert result["created"] == created
    rejected = result["rejected"]
    assert isinstance(rejected, list)
    assert created + len(rejected) == result["read"]
    assert all(reason and reason in one["error"] for one in rejected)
    again = run(act, creditor, shared_data / "highradius_open" / file, mapping)
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, created)


@pytest.mark.parametrize(
    "file",
    [
        "cdnow_customers_summary.csv",
        "cdnow_customers_summary_with_transactions.csv",
        "donations.csv",
        "example_transactions.csv",
    ],
)
def test_statistics_of_purchases_are_no_ledger(act: Act, creditor: Creditor, shared_data: Path, file: str) -> None:
    with pytest.raises(Refusal, match=r"columns \(.*\) are of no known format; give a mapping"):
        run(act, creditor, shared_data / "cdnow" / file)


def test_the_shipped_samples_go_in_whole(act: Act, creditor: Creditor) -> None:
    act.today = date(2026, 11, 22)
    for file, mapping, rows, totals in [
        ("customers.csv", None, 4, 0),
        ("invoices.csv", None, 8, 0),
        ("payments.csv", None, 5, 0),
        ("ledger_report.csv", "ledger_report.yaml", 3, 1),
    ]:
        result = run(act, creditor, EXAMPLES / file, mapping)
        assert (result["created"], result["rejected"], result["ignored"]) == (rows, [], totals), file
    assert not queries.imbalances(act.session)
