"""The matching page: what waits, what it may be for, and one key for each thing a clerk does with it."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from kulant.db import reading
from kulant.ledger.models import OpenItem, PaymentDetail
from kulant.ledger.service import charge_back
from kulant.people.models import AuditEntry, Creditor
from kulant.relationship.models import TimelineEvent
from kulant.settings import Settings
from kulant.transaction import doing
from tests.desk.conftest import Clerk
from tests.support import factories as make


@pytest.fixture
def waiting(portfolio: Settings) -> dict[str, int]:
    """Three payments nobody could place by themselves, by what they are; the customers owe 12,500 each."""
    with doing(portfolio, actor="seed") as act:
        nord = act.session.scalars(select(Creditor).where(Creditor.code == "NORD")).one()
        both = make.create_bank_payment(act, nord, "12500.00", payer_name="Anna Eier", message="takk for hjelpen")
        part = make.create_bank_payment(act, nord, "500.00", payer_name="Brattli Bygg AS")
        lost = make.create_bank_payment(act, nord, "77.00", message="gave")
        act.session.flush()
        return {"both": both.id, "part": part.id, "lost": lost.id}


def left(settings: Settings, number: str) -> int:
    with reading(settings.database_url) as session:
        return session.scalars(select(OpenItem.open_minor).where(OpenItem.number == number)).one()


def key_of(page: str, place: int = 0) -> str:
    return re.findall(r'name="key" value="([^"]*)"', page)[place]


def test_the_list_shows_what_waits_and_the_badge_counts_it(clerk: Clerk, waiting: dict[str, int]) -> None:
    page = clerk.get("/payments").text
    assert re.search(r"Matching <span class=\"count\">3</span>", page)
    assert "Anna Eier" in page and "takk for hjelpen" in page and "12,500.00" in page


def test_a_payment_is_shown_with_ranked_reasons_and_what_would_remain(clerk: Clerk, waiting: dict[str, int]) -> None:
    page = clerk.get(f"/payments?payment={waiting['part']}").text
    assert "Brattli Bygg AS, called like the payer, may mean the only open invoice" in page
    assert "12,000.00" in page  # then open
    assert "Order in force:" in page and "invoices first" in page
    assert 'data-key="y"' in page and 'data-key="Enter"' in page


def test_accepting_goes_on_to_the_next_and_can_be_undone(
    clerk: Clerk, waiting: dict[str, int], portfolio: Settings
) -> None:
    page = clerk.get(f"/payments?payment={waiting['both']}").text
    answer = clerk.submit(f"/payments/{waiting['both']}/accept", key=key_of(page))
    assert f"last={waiting['both']}" in str(answer.url) and f"payment={waiting['part']}" in str(answer.url)
    assert left(portfolio, "INV-K1") == 0
    assert 'data-key="u"' in answer.text
    with reading(portfolio.database_url) as session:
        [event] = session.scalars(select(TimelineEvent).where(TimelineEvent.kind == "payment_matched")).all()
        assert event.actor == "clerk" and "INV-K1" in event.text
        assert session.scalars(select(AuditEntry).where(AuditEntry.action == "payment_matched")).one()
    clerk.submit(f"/payments/{waiting['both']}/undo", back="/payments")
    assert left(portfolio, "INV-K1") == 1250000
    with reading(portfolio.database_url) as session:
        assert session.get_one(OpenItem, waiting["both"]).customer_id is None


def test_a_suggestion_that_no_longer_holds_is_refused(
    clerk: Clerk, waiting: dict[str, int], portfolio: Settings
) -> None:
    key = key_of(clerk.get(f"/payments?payment={waiting['both']}").text)
    clerk.submit(f"/payments/{waiting['both']}/accept", key=key)
    answer = clerk.submit(f"/payments/{waiting['both']}/accept", key=key)
    assert answer.status_code == 409
    assert "does not hold any more" in answer.text


def test_a_rest_larger_than_the_one_that_was_shown_is_not_let_go(
    clerk: Clerk, waiting: dict[str, int], portfolio: Settings
) -> None:
    """The clerk agreed to an amount; what came on top of it meanwhile nobody has seen."""
    with doing(portfolio, actor="seed") as act:
        nord = act.session.scalars(select(Creditor).where(Creditor.code == "NORD")).one()
        nord.small_balance = {"NOK": 20_000_00}
        invoice = act.session.scalars(select(OpenItem).where(OpenItem.number == "INV-K2")).one()
        paid = make.create_payment(act, nord, "11990.00", invoice=invoice)
    key = key_of(clerk.get(f"/payments?payment={waiting['part']}").text)
    with doing(portfolio, actor="seed") as act:
        nord = act.session.scalars(select(Creditor).where(Creditor.code == "NORD")).one()
        payment = act.session.get_one(OpenItem, paid.id)
        charge_back(act, creditor=nord, payment=payment, number="R1", amount_minor=1199000, on=act.today)
    answer = clerk.submit(f"/payments/{waiting['part']}/accept", key=key, rest="yes")
    assert answer.status_code == 409
    assert left(portfolio, "INV-K2") == 1250000


def test_a_payment_of_more_debts_than_a_page_lists_can_be_accepted(
    clerk: Clerk, waiting: dict[str, int], portfolio: Settings
) -> None:
    with doing(portfolio, actor="seed") as act:
        nord = act.session.scalars(select(Creditor).where(Creditor.code == "NORD")).one()
        many = make.create_customer(act, nord, "K9", name="Mange Fakturaer AS")
        for number in range(400):
            make.create_invoice(act, nord, many, "10.00", days_late=20, number=f"M{number:04}")
        payment = make.create_bank_payment(act, nord, "3999.99", payer_name="Mange Fakturaer AS")
    key = key_of(clerk.get(f"/payments?payment={payment.id}").text)
    assert clerk.submit(f"/payments/{payment.id}/accept", key=key).status_code == 200
    assert left(portfolio, "M0000") == 0


@pytest.mark.parametrize("number", ["9" * 18, "٣", "0", "00"])
def test_a_split_over_what_is_no_invoice_is_refused(clerk: Clerk, waiting: dict[str, int], number: str) -> None:
    address = f"/payments/{waiting['both']}/split"
    assert clerk.submit(address, **{f"amount-{number}": "1"}).status_code in (400, 404)


def test_a_split_over_money_of_nobody_is_refused(clerk: Clerk, waiting: dict[str, int], portfolio: Settings) -> None:
    with doing(portfolio, actor="seed") as act:
        nord = act.session.scalars(select(Creditor).where(Creditor.code == "NORD")).one()
        returned = make.create_bank_payment(act, nord, "-5.00", message="tilbake")
    answer = clerk.submit(f"/payments/{waiting['both']}/split", **{f"amount-{returned.id}": "1"})
    assert answer.status_code == 404


def test_a_split_writes_an_amount_beside_each_invoice(
    clerk: Clerk, waiting: dict[str, int], portfolio: Settings
) -> None:
    page = clerk.get(f"/payments?payment={waiting['both']}&do=split&customer=K2").text
    [field] = re.findall(r'name="(amount-\d+)"', page)
    assert clerk.submit(f"/payments/{waiting['both']}/split", **{field: "99999"}).status_code == 400
    clerk.submit(f"/payments/{waiting['both']}/split", **{field: "10.000,50"})
    assert left(portfolio, "INV-K2") == 1250000 - 1000050


def test_parking_needs_a_reason_and_stands_apart(clerk: Clerk, waiting: dict[str, int]) -> None:
    assert "Why is it put aside?" in clerk.get(f"/payments?payment={waiting['lost']}&do=park").text
    assert clerk.submit(f"/payments/{waiting['lost']}/park", reason=" ").status_code == 400
    clerk.submit(f"/payments/{waiting['lost']}/park", reason="asked the bank")
    assert "gave" not in clerk.get("/payments").text
    assert "asked the bank" in clerk.get("/payments?show=parked").text
    clerk.submit(f"/payments/{waiting['lost']}/unpark")
    assert "gave" in clerk.get("/payments").text


def test_money_is_given_to_a_customer_found_by_search(
    clerk: Clerk, waiting: dict[str, int], portfolio: Settings
) -> None:
    page = clerk.get(f"/payments?payment={waiting['lost']}&do=move&q=fjord").text
    assert "Fjordbakeriet AS" in page and "Brattli" not in page.split("Customer</legend>")[1].split("</fieldset>")[0]
    clerk.submit(f"/payments/{waiting['lost']}/move", customer="K1")
    with reading(portfolio.database_url) as session:
        assert session.get_one(OpenItem, waiting["lost"]).customer_id is not None
        assert session.get_one(PaymentDetail, waiting["lost"]).found_by == "clerk"


def test_letting_a_large_rest_go_needs_a_manager(clerk: Clerk, waiting: dict[str, int], portfolio: Settings) -> None:
    key = key_of(clerk.get(f"/payments?payment={waiting['part']}").text)
    answer = clerk.submit(f"/payments/{waiting['part']}/accept", key=key, rest="yes")
    assert answer.status_code == 403 and "ask a manager" in answer.text
    assert left(portfolio, "INV-K2") == 1250000
    with doing(portfolio, actor="seed") as act:
        nord = act.session.scalars(select(Creditor).where(Creditor.code == "NORD")).one()
        make.create_user(act, nord, name="boss", role="manager")
    clerk.cookies.clear()
    clerk.log_in("boss")
    clerk.submit(f"/payments/{waiting['part']}/accept", key=key, rest="yes")
    assert left(portfolio, "INV-K2") == 0


def test_what_was_matched_lately_can_be_looked_at_and_taken_back(clerk: Clerk, waiting: dict[str, int]) -> None:
    page = clerk.get(f"/payments?payment={waiting['both']}").text
    clerk.submit(f"/payments/{waiting['both']}/accept", key=key_of(page))
    assert "Anna Eier" in clerk.get("/payments?show=matched").text
    page = clerk.get(f"/payments?show=matched&payment={waiting['both']}").text
    assert "What it pays" in page and "INV-K1" in page and "found by a clerk" in page


def test_a_viewer_looks_and_nothing_else(stranger: Clerk, waiting: dict[str, int]) -> None:
    stranger.log_in("looker")
    page = stranger.get(f"/payments?payment={waiting['both']}").text
    assert "Anna Eier" in page and "/accept" not in page and 'data-key="p"' not in page
    assert stranger.submit(f"/payments/{waiting['both']}/park", reason="x").status_code == 403


def test_another_creditors_payment_is_not_there(stranger: Clerk, waiting: dict[str, int]) -> None:
    stranger.log_in("other")
    assert stranger.get(f"/payments?payment={waiting['both']}").status_code == 404
    assert stranger.submit(f"/payments/{waiting['both']}/park", reason="x").status_code == 404
    assert "Anna Eier" not in stranger.get("/payments").text


def test_an_empty_list_says_so(clerk: Clerk) -> None:
    assert "Every payment has found its place." in clerk.get("/payments").text
    assert "Nothing is put aside." in clerk.get("/payments?show=parked").text


def test_htmx_gets_the_panel_alone(clerk: Clerk, waiting: dict[str, int]) -> None:
    headers = {"HX-Request": "true", "HX-Target": "aside#panel"}
    part = clerk.get(f"/payments?payment={waiting['both']}", headers=headers).text
    assert "<html" not in part and 'id="case"' in part


def test_an_allocation_is_taken_back_from_the_customers_page(
    clerk: Clerk, waiting: dict[str, int], portfolio: Settings
) -> None:
    key = key_of(clerk.get(f"/payments?payment={waiting['both']}").text)
    clerk.submit(f"/payments/{waiting['both']}/accept", key=key)
    page = clerk.get("/?customer=K1").text
    assert "Payments placed lately" in page and f'action="/payments/{waiting["both"]}/undo"' in page
    answer = clerk.submit(f"/payments/{waiting['both']}/undo", back="/?customer=K1")
    assert "customer=K1" in str(answer.url)
    assert left(portfolio, "INV-K1") == 1250000
