"""Personal data at the desk: only managers look after it, and nothing is erased by a slip of the hand."""

from __future__ import annotations

import io
import zipfile

import pytest
from sqlalchemy import select

from kulant.delivery.privacy_files import throw_away
from kulant.ledger.models import Customer
from kulant.people.models import AuditEntry
from kulant.people.service import find_creditor
from kulant.settings import Settings
from kulant.transaction import doing
from tests.desk.conftest import Clerk
from tests.support import factories as make

PATH = "/customers/P1/privacy"


@pytest.fixture
def manager(portfolio: Settings, clerk: Clerk) -> Clerk:
    with doing(portfolio, actor="seed") as act:
        nord = find_creditor(act.session, "NORD")
        make.create_user(act, nord, name="boss", role="manager")
        make.create_customer(act, nord, "P1", name="Persimmon Frukt", email="eier@persimmon.example")
    return Clerk(clerk.app).log_in("boss")


def no_business_of_a_clerk(manager: Clerk, clerk: Clerk) -> None:
    assert clerk.get(PATH).status_code == 403
    assert "Personal data" not in clerk.get("/?customer=P1").text
    token = clerk.token()
    for what in ("export", "erase", "readmit"):
        assert clerk.post(f"{PATH}/{what}", data={"csrf": token, "reason": "x", "typed": "P1"}).status_code == 403
    assert "Personal data" in manager.get("/?customer=P1").text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # what each database does: tests/delivery
def test_a_manager_takes_a_copy_and_erases_after_typing_the_number(
    manager: Clerk, clerk: Clerk, portfolio: Settings
) -> None:
    no_business_of_a_clerk(manager, clerk)
    page = manager.get(PATH).text
    assert "E-mail, telephone, address" in page and "Type P1 to confirm" in page
    copy = manager.submit(f"{PATH}/export")
    assert copy.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(copy.content)) as archive:
        assert b"eier@persimmon.example" in archive.read("data/contact.json")
    assert "Nothing was erased" in manager.submit(f"{PATH}/erase", reason="asked", typed="p1").text
    done = manager.submit(f"{PATH}/erase", reason="asked by telephone", typed="P1").text
    assert "asked by telephone" in done and "They are a customer again" in done
    with doing(portfolio, actor="test") as act:
        number = act.session.scalars(select(Customer.number).where(Customer.erased_on.is_not(None))).one()
        said = [str(row) for row in act.session.execute(select(AuditEntry.text, AuditEntry.data, AuditEntry.actor))]
    assert not [line for line in said if "Persimmon" in line]
    assert throw_away(portfolio, actor="test") == 0
    assert number not in manager.get("/?q=erased").text
    assert manager.get(f"/?customer={number}").status_code == 200
    again = manager.submit(f"/customers/{number}/privacy/readmit", own="P1", reason="ordered again")
    assert "P1 is a customer again" in again.text
    what_stands_in_the_way(manager)


def what_stands_in_the_way(manager: Clerk) -> None:
    """It is said, and how to reach them can go alone."""
    page = manager.get("/customers/K1/privacy").text
    assert "12,500.00 NOK is open on their account" in page and "to confirm" not in page
    assert "cannot be erased yet" in manager.submit("/customers/K1/privacy/erase", reason="asked", typed="K1").text
    assert "Type K1 to confirm" in manager.get("/customers/K1/privacy?only=contact").text
