"""What leaves by itself: a note before an instalment, a friendly note before the due date; and when it does not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from kulant.db import Act
from kulant.delivery.acceptance import accept_plan
from kulant.delivery.models import Delivery
from kulant.delivery.occasions import queue_occasions
from kulant.delivery.plan_mail import queue_plan_mail
from kulant.delivery.refused import refuse_address
from kulant.delivery.sending_rules import SendingRules, keep_sending_rules
from kulant.ledger.models import OpenItem
from kulant.ledger.service import open_dispute
from kulant.plans import queries as plans
from kulant.plans.models import Plan
from kulant.plans.service import make_offers
from kulant.relationship.service import add_note, place_hold
from tests.conftest import Statements
from tests.delivery.conftest import TODAY, Desk
from tests.support import factories as make
from tests.support.factories import create_customer, create_invoice

# What has nothing to do with the kind of database is seen on one.
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def agree(desk: Desk) -> date:
    """A plan in instalments is agreed today; the day of its second instalment."""
    desk.owe("9000.00")
    with desk.doing() as act:
        plan = make_offers(act, creditor=desk.creditor(act), customer=desk.customer(act), currency="NOK")
        accept_plan(act, plan=plan, offer=2, name="Kari Kunde")
        return plans.instalments_of(act.session, plan.id)[1].due


def queue(desk: Desk, day: date) -> int:
    with desk.on(day).doing() as act:
        return queue_occasions(act, desk.creditor(act))


def of_kind(desk: Desk, kind: str) -> list[Delivery]:
    return [one for one in desk.deliveries() if one.kind == kind]


def test_an_instalment_is_reminded_of_three_days_before_once_and_also_after_a_day_without_a_run(desk: Desk) -> None:
    second = agree(desk)
    assert [queue(desk, second - timedelta(days=days)) for days in (4, 2, 2, 1, 0)] == [0, 1, 0, 0, 0]
    desk.on(second - timedelta(days=2)).deliver(after=timedelta(hours=1))
    [note] = of_kind(desk, "instalment_reminder")
    assert (note.status, note.channel) == ("sent", "email")
    [message] = [one for one in desk.mail.messages if note.key.replace(":", "-") in one["Message-ID"]]
    body = message.get_body(("plain",))
    assert body is not None and message["List-Unsubscribe"] is None
    assert desk.steps() == []


@ON_SQLITE
def test_the_first_instalment_of_a_plan_that_was_just_agreed_needs_no_note(desk: Desk) -> None:
    agree(desk)
    with desk.doing() as act:
        plan = act.session.scalars(select(Plan)).one()
        first = plans.instalments_of(act.session, plan.id)[0]
        plan.accepted_on = first.due - timedelta(days=2)
    assert queue(desk, first.due - timedelta(days=1)) == 0


@ON_SQLITE
def test_an_instalment_that_is_paid_before_the_note_leaves_is_not_reminded_of(desk: Desk) -> None:
    second = agree(desk)
    day = second - timedelta(days=3)
    assert queue(desk, day) == 1
    with desk.doing() as act:
        for part in plans.instalments_of(act.session, act.session.scalars(select(Plan)).one().id):
            part.paid_minor = part.amount_minor
    desk.on(day).deliver(after=timedelta(hours=1))
    [note] = of_kind(desk, "instalment_reminder")
    assert (note.status, note.error) == ("cancelled", "The instalment is paid.")


@ON_SQLITE
def test_a_note_that_could_not_leave_in_time_does_not_leave_late(desk: Desk) -> None:
    second = agree(desk)
    assert queue(desk, second - timedelta(days=3)) == 1
    desk.on(second + timedelta(days=1)).deliver(after=timedelta(hours=1))
    [note] = of_kind(desk, "instalment_reminder")
    assert (note.status, note.error) == ("cancelled", "Its day has passed before the note left.")


def rules(desk: Desk, **given: Any) -> None:
    with desk.doing() as act:
        keep_sending_rules(act, creditor=desk.creditor(act), rules=SendingRules(**given), why="for the tests")


def test_chosen_segments_get_one_friendly_note_before_the_due_date_about_one_day(desk: Desk) -> None:
    rules(desk, courtesy_segments=("small",), courtesy_days_before=5)
    with desk.doing() as act:
        creditor = desk.creditor(act)
        chosen = create_customer(act, creditor, "K1", segment="small", language="nb")
        other = create_customer(act, creditor, "K2", segment="large")
        for number, days in (("A", 4), ("B", 4), ("C", 5), ("D", 9), ("E", -1)):
            create_invoice(act, creditor, chosen, "100.00", due=TODAY + timedelta(days=days), number=number)
        create_invoice(act, creditor, other, "100.00", due=TODAY + timedelta(days=4))
    assert [queue(desk, TODAY), queue(desk, TODAY), queue(desk, TODAY + timedelta(days=1))] == [1, 0, 0]
    desk.deliver(after=timedelta(hours=1))
    [message] = desk.mail.messages
    assert message["List-Unsubscribe"] == "<mailto:kontakt@nordlys.example?subject=unsubscribe>"
    body = message.get_body(("plain",))
    assert body is not None and "200,00" in body.get_content().replace("\u00a0", " ")
    assert queue(desk, TODAY + timedelta(days=7)) == 1  # D is due two days later; C has passed meanwhile


Change = Callable[[Act, Desk, OpenItem], object]
SPARED: dict[str, Change] = {
    "disputed": lambda act, desk, item: open_dispute(act, item=item, amount_minor=None, reason="wrong", source="clerk"),
    "the customer is on hold": lambda act, desk, item: place_hold(
        act, customer=desk.customer(act, "K1"), until=TODAY + timedelta(days=3), reason="they asked"
    ),
    "a complaint waits": lambda act, desk, item: add_note(
        act, customer=desk.customer(act, "K1"), kind="complaint", text="The goods were broken."
    ),
    "they opted out": lambda act, desk, item: setattr(desk.customer(act, "K1"), "contact_opt_out", True),
    "mail comes back": lambda act, desk, item: refuse_address(
        act, creditor_id=desk.creditor_id, customer_id=None, address="faktura@k1.example", why="it came back"
    ),
    "paid": lambda act, desk, item: make.create_payment(act, desk.creditor(act), "100.00", invoice=item),
}


@ON_SQLITE
@pytest.mark.parametrize("change", SPARED.values(), ids=SPARED.keys())
def test_nobody_gets_a_friendly_note_that_would_be_wrong_neither_before_nor_after_it_is_queued(
    desk: Desk, change: Change
) -> None:
    rules(desk, courtesy_segments=("small",))
    with desk.doing() as act:
        creditor = desk.creditor(act)
        for number in ("K1", "K2"):
            customer = create_customer(
                act, creditor, number, segment="small", email=f"faktura@{number.lower()}.example"
            )
            create_invoice(act, creditor, customer, "100.00", due=TODAY + timedelta(days=4), number=f"I-{number}")
    with desk.doing() as act:
        trial = act.session.begin_nested()
        change(act, desk, desk.invoice(act, "I-K1"))
        assert queue_occasions(act, desk.creditor(act)) == 1
        trial.rollback()
        act.events.clear()
        act.touched.clear()
    assert queue(desk, TODAY) == 2
    with desk.doing() as act:
        change(act, desk, desk.invoice(act, "I-K1"))
    desk.deliver(after=timedelta(hours=1))
    assert [one.status for one in of_kind(desk, "courtesy")] == ["cancelled", "sent"]
    assert len(desk.mail.received) == 1


@ON_SQLITE
def test_at_night_what_nobody_waits_for_waits(desk: Desk) -> None:
    second = agree(desk)
    rules(desk, opens="08:00", closes="08:01", thank_you=False)
    day = second - timedelta(days=3)
    assert queue(desk, day) == 1
    desk.on(day).deliver(after=timedelta(hours=1))
    assert {one.kind: one.status for one in desk.deliveries()} == {
        "plan_accepted": "sent", "instalment_reminder": "approved",
    }  # fmt: skip


@ON_SQLITE
def test_thanks_go_out_unless_the_rules_say_no_and_never_to_somebody_who_waits_for_an_answer(desk: Desk) -> None:
    agree(desk)

    def thank(key: str) -> bool:
        with desk.doing() as act:
            plan = act.session.scalars(select(Plan)).one()
            customer = desk.customer(act)
            return queue_plan_mail(act, plan=plan, customer=customer, kind="thank_you", key=key) is not None

    assert thank("first")
    rules(desk, thank_you=False)
    assert not thank("second")
    with desk.doing() as act:
        add_note(act, customer=desk.customer(act), kind="complaint", text="The goods were broken.")
    desk.deliver(after=timedelta(hours=1))
    [thanks] = of_kind(desk, "thank_you")
    assert (thanks.status, thanks.error) == (
        "cancelled", "The customer waits for an answer of ours; that comes first.",
    )  # fmt: skip


def test_occasions_of_many_customers_take_as_many_statements_as_those_of_a_few(
    act: Act, statements: Statements
) -> None:
    counts = []
    for code, many in (("FEW", 3), ("MANY", 40)):
        creditor = make.create_creditor(act, code)
        keep_sending_rules(
            act, creditor=creditor, rules=SendingRules(courtesy_segments=("small",)), why="for the tests"
        )
        for n in range(many):
            customer = create_customer(act, creditor, f"{code}{n}", segment="small")
            create_invoice(act, creditor, customer, due=act.today + timedelta(days=3))
        act.session.flush()
        statements.clear()
        assert queue_occasions(act, creditor) == many
        counts.append(len(statements))
    assert counts[0] == counts[1] < 20
