"""What customers told us in the portal, at the desk: files are saved and never shown, hardship is in confidence."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from kulant.ledger.models import Customer
from kulant.letters.storage import open_uploads
from kulant.letters.uploads import Given, keep_upload, shown_name
from kulant.people.models import Creditor
from kulant.plans.links import make_link
from kulant.relationship import from_customer
from kulant.relationship.hardship import may_read
from kulant.relationship.models_care import HardshipNote
from kulant.settings import Settings
from kulant.transaction import doing
from tests.desk.conftest import Clerk
from tests.support import factories as make

WORDS = "our largest customer is bankrupt"


def test_a_customers_file_is_saved_and_never_shown_and_only_by_its_own_creditor(
    portfolio: Settings, clerk: Clerk
) -> None:
    with doing(portfolio, actor="K1 (portal)") as act:
        customer = act.session.scalars(select(Customer).where(Customer.number == "K1")).one()
        given = Given("proof.pdf", b"%PDF-1.7 <script>alert(1)</script>")
        keep_upload(act, storage=open_uploads(portfolio.storage_url), customer=customer, about="paid", given=given)
    assert "proof.pdf" in clerk.get("/?customer=K1").text
    answer = clerk.get("/uploads/1")
    assert answer.content == given.content
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == 'attachment; filename="proof.pdf"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    elsewhere = Clerk(clerk.app)
    assert elsewhere.get("/uploads/1", follow_redirects=False).status_code == 303
    assert elsewhere.log_in("other").get("/uploads/1").status_code == 404


def test_what_was_told_in_confidence_is_read_by_the_manager_and_deleted_in_the_end(
    portfolio: Settings, clerk: Clerk
) -> None:
    with doing(portfolio, actor="K1 (portal)") as act:
        customer = act.session.scalars(select(Customer).where(Customer.number == "K1")).one()
        creditor = act.session.get_one(Creditor, customer.creditor_id)
        from_customer.ask_for_help(act, creditor=creditor, customer=customer, phone="99 88 77 66", words=WORDS)
        make.create_user(act, creditor, name="boss", role="manager")
    case = clerk.get("/?customer=K1").text
    assert "Hardship, handled by Test Kontakt" in case
    for page in ("/?customer=K1", "/customers/K1/timeline", "/customers/K1/why", "/tasks"):
        assert WORDS not in clerk.get(page).text
    assert clerk.submit("/hardship/1/read").status_code == 403
    assert clerk.submit("/hardship/1/close").status_code == 403
    boss = Clerk(clerk.app).log_in("boss")
    page = boss.submit("/hardship/1/read").text
    assert WORDS in page and "99 88 77 66" in page
    assert "Hardship, handled by clerk" in boss.submit("/hardship/1/give", owner="clerk").text
    assert WORDS in clerk.submit("/hardship/1/read").text
    assert "Help has ended" in clerk.submit("/hardship/1/close").text
    assert WORDS not in boss.submit("/hardship/1/read").text


def test_a_letter_went_astray_and_every_link_to_the_page_is_closed(portfolio: Settings, clerk: Clerk) -> None:
    with doing(portfolio, actor="clerk") as act:
        customer = act.session.scalars(select(Customer).where(Customer.number == "K1")).one()
        other = act.session.scalars(select(Customer).where(Customer.number == "S1")).one()
        token = make_link(act, secret=portfolio.secret_key(), customer=customer)[1]
    assert clerk.get(f"/p/{token}").status_code == 200
    assert "Close every link to their page" in clerk.get("/?customer=K1").text
    assert "1 link is closed" in clerk.submit(f"/links/{customer.id}/close").text
    assert clerk.get(f"/p/{token}").status_code == 410
    assert "No link was open" in clerk.submit(f"/links/{customer.id}/close").text
    assert clerk.submit(f"/links/{other.id}/close").status_code == 404


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("proof.pdf", "proof.png"),
        ("../../etc/passwd", "passwd.png"),
        ('a"b\\c<script>.svg', "cscript.png"),
        ("\u202e", "file.png"),
    ],
)
def test_a_file_is_called_by_what_it_is_and_never_by_a_path(name: str, shown: str) -> None:
    assert shown_name(name, "image/png") == shown


def test_only_managers_and_the_helper_read_what_was_told_in_confidence() -> None:
    note = HardshipNote(owner="Kari Nordmann")
    assert may_read(note, role="manager", names=("boss",))
    assert may_read(note, role="clerk", names=("kari", "Kari Nordmann"))
    assert not may_read(note, role="clerk", names=("ola", "Ola Nordmann"))
    assert not may_read(HardshipNote(owner=None), role="clerk", names=("", ""))
