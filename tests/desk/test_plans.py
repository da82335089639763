"""The desk about payment plans: offers compared, one of the clerk's own, a second person, a plan changed and ended."""

from __future__ import annotations

import html
import re

import pytest
from sqlalchemy import select

from kulant.delivery.plan_events import follow_plans
from kulant.delivery.plan_proposals import propose_own
from kulant.ledger.models import Customer, OpenItem
from kulant.ledger.service import charge_back
from kulant.people.models import Creditor
from kulant.plans.choices import Wish
from kulant.plans.late_plans import look_after
from kulant.plans.models import Plan
from kulant.settings import Settings
from kulant.transaction import doing
from tests.desk.conftest import Clerk
from tests.support import factories as make


@pytest.fixture
def manager(portfolio: Settings, clerk: Clerk) -> Clerk:
    """Somebody else, who may approve."""
    with doing(portfolio, actor="seed") as act:
        nord = act.session.scalars(select(Creditor).where(Creditor.code == "NORD")).one()
        make.create_user(act, nord, name="boss", role="manager")
    return Clerk(clerk.app, base_url="http://testserver").log_in("boss")


def text(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def plans(settings: Settings) -> list[tuple[int, str, str | None]]:
    with doing(settings, actor="look") as act:
        rows = act.session.scalars(select(Plan).order_by(Plan.id))
        return [(plan.id, plan.status, plan.approval) for plan in rows]


def test_a_clerk_compares_the_ways_of_paying_and_puts_one_of_their_own_on_offer(
    portfolio: Settings, clerk: Clerk
) -> None:
    panel = text(clerk.get("/?customer=K1&do=plan").text)
    assert "3 payments of 4,167.00 NOK, the last 4,166.00 NOK" in panel
    assert "Paying in parts costs this customer nothing extra." in panel
    page = text(clerk.get("/customers/K1/plan", params={"count": "4", "shape": "graded"}).text)
    assert "4 payments, 2,084.00 NOK first, 4,165.00 NOK last (small at first, then larger)" in page
    assert "Offer this" in page
    made = clerk.submit("/customers/K1/plan/own", currency="NOK", count="4", shape="graded")
    assert "The offer is ready." in text(made.text)
    assert "made here" in text(made.text)
    assert plans(portfolio) == [(1, "offered", None)]
    assert "is not a number of payments" in text(clerk.get("/customers/K1/plan?count=many").text)


def test_an_offer_beyond_the_limits_is_approved_by_somebody_else(
    portfolio: Settings, clerk: Clerk, manager: Clerk
) -> None:
    page = text(clerk.get("/customers/K1/plan?count=10").text)
    assert "10 payments, where 6 are the most" in page
    assert "Ask a second person" in page
    made = clerk.submit("/customers/K1/plan/own", currency="NOK", count="10", why="They always paid.")
    assert "A second person is asked." in text(made.text)
    assert "The link to give the customer" not in text(made.text)
    assert clerk.submit("/plans/1/approve").status_code == 403
    waiting = text(manager.get("/plans").text)
    assert "Waiting for a second person 1" in waiting
    approved = manager.submit("/plans/1/approve")
    assert "The offer is approved." in text(approved.text)
    assert "The link to give the customer" in text(approved.text)
    assert plans(portfolio) == [(1, "offered", "given")]


def test_a_plan_is_agreed_on_the_telephone_changed_as_it_was_shown_and_cancelled(
    portfolio: Settings, clerk: Clerk
) -> None:
    clerk.submit("/customers/K1/plan", currency="NOK")
    agreed = clerk.submit("/plans/1/accept", offer=2, name="Kari Test")
    assert "Kari Test agreed to pay 12,500.00 NOK in 3 payments" in text(agreed.text)
    assert "told to clerk" in text(agreed.text)
    shown = clerk.get("/plans/1?kind=skip").text
    assert "It costs the customer nothing." in text(shown)
    found = re.search(r'name="sealed" value="([^"]+)"', shown)
    assert found
    sealed = html.unescape(found[1])
    for _ in range(2):
        changed = clerk.submit("/plans/1/change", sealed=sealed)
        assert text(changed.text).count("A month skipped , ") == 1
    assert clerk.submit("/plans/1/change", sealed="{}").status_code == 400
    assert "at the latest" in text(clerk.get("/plans/1?kind=move&number=1&to=2027-09-09").text)
    assert "The agreement is drawn in a moment" in text(shown)
    assert clerk.get("/plans/1/agreement.pdf").status_code == 404  # until a worker has drawn and archived it
    ended = clerk.submit("/plans/1/cancel", reason="They pay it all today.")
    assert "They pay it all today." in text(ended.text)
    assert plans(portfolio) == [(1, "cancelled", None)]


def test_what_is_owed_beside_a_plan_is_a_task_that_leads_to_the_plan_and_its_way_out(
    portfolio: Settings, clerk: Clerk
) -> None:
    with doing(portfolio, actor="seed") as act:
        nord = act.session.scalars(select(Creditor).where(Creditor.code == "NORD")).one()
        invoice = act.session.scalars(select(OpenItem).where(OpenItem.number == "INV-K1")).one()
        payment = make.create_payment(act, nord, "2500.00", invoice=invoice)
        number = payment.number
    clerk.submit("/customers/K1/plan", currency="NOK")
    clerk.submit("/plans/1/accept", offer=2, name="Kari Test")
    with doing(portfolio, actor="bank") as act:
        nord = act.session.scalars(select(Creditor).where(Creditor.code == "NORD")).one()
        payment = act.session.scalars(select(OpenItem).where(OpenItem.number == number)).one()
        charge_back(act, creditor=nord, payment=payment, number="R1", amount_minor=250_000, on=act.today)
        follow_plans(act, nord)
    tasks = clerk.get("/tasks").text
    assert "owes 2,500.00 NOK beside payment plan 1" in text(tasks)
    assert 'href="/plans/1"' in tasks
    page = text(clerk.get("/plans/1").text)
    assert "NOK 2,500.00 is owed beside this plan" in page
    assert "2,500.00 NOK that had been paid before payment plan 1 was taken back." in page
    offered = text(clerk.submit("/plans/1/anew").text)
    assert "Claim, NOK 12,500.00" in offered
    assert "In the place of plan 1" in offered


def test_a_late_plan_is_on_the_list_and_a_person_gives_it_up(portfolio: Settings, clerk: Clerk) -> None:
    clerk.submit("/customers/K1/plan", currency="NOK")
    assert clerk.submit("/plans/1/give-up", reason="x").status_code == 409
    clerk.submit("/plans/1/accept", offer=2, name="Kari Test")
    with doing(portfolio, actor="later") as act:
        plan = act.session.get_one(Plan, 1)
        plan.accepted_on = act.today
        act.session.flush()
        act.today = act.today.replace(month=12, day=20)
        look_after(act, act.session.get_one(Creditor, plan.creditor_id))
    assert "Fjordbakeriet AS" in text(clerk.get("/plans").text)
    assert "Give the plan up" in text(clerk.get("/plans/1").text)
    assert "two calls without an answer" in text(
        clerk.submit("/plans/1/give-up", reason="two calls without an answer").text
    )
    assert plans(portfolio) == [(1, "broken", None)]


def test_a_customers_own_plan_is_answered_with_what_it_means_in_sight(
    portfolio: Settings, clerk: Clerk, manager: Clerk
) -> None:
    with doing(portfolio, actor="K1") as act:
        customer = act.session.scalars(select(Customer).where(Customer.number == "K1")).one()
        creditor = act.session.get_one(Creditor, customer.creditor_id)
        propose_own(
            act, creditor=creditor, customer=customer, currency="NOK", wish=Wish(count=9), name="Kari", words="Slowly.",
        )  # fmt: skip
    page = text(clerk.get("/plans").text)
    assert "Slowly." in page
    assert "9 payments, where 6 are the most" in page
    assert "A manager accepts what goes beyond the limits." in page
    assert clerk.submit("/plans/proposals/1/accept").status_code == 403
    assert "The plan is agreed as proposed." in text(manager.submit("/plans/proposals/1/accept", words="Gladly.").text)
    assert plans(portfolio) == [(1, "accepted", None)]


def test_a_manager_sets_the_limits_and_everybody_reads_them(portfolio: Settings, clerk: Clerk, manager: Clerk) -> None:
    assert clerk.submit("/settings/plans", most_instalments="12", why="x").status_code == 403
    done = manager.submit(
        "/settings/plans", most_instalments="12", most_days="400", smallest_instalment="NOK 1000", interest="statutory",
        interest_free_grades="A", why="longer plans for the summer",
    )  # fmt: skip
    said = text(done.text)
    assert "Limits of plans in force: version 1." in said
    assert "Payments at most: 6 → 12" in said
    refused = manager.submit("/settings/plans", smallest_instalment="much", why="x")
    assert (refused.status_code, "not a currency and an amount" in text(refused.text)) == (400, True)
    refused = manager.submit("/settings/plans", fee="statutory", why="a fee")
    assert "names no sum that a payment plan may cost" in text(refused.text)
    assert "Version 1" in text(clerk.get("/settings/plans").text)
