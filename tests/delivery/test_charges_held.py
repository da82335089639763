"""Letters that charge, at the gate and after it: held back when the law wants it, charged once when they left."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select

from kulant.delivery.closing import settle_uncertain
from kulant.delivery.models import Delivery
from kulant.ledger.models import OpenItem
from kulant.people.service import set_creditor
from kulant.treatment.clerk import edit
from kulant.treatment.models import Proposal, StepSent
from kulant.treatment.views import proposals_json
from tests.delivery.conftest import Desk
from tests.delivery.replaying import LADDER, apply, letter, open_items, owe, pay_invoice, replay
from tests.support.factories import create_invoice, create_payment
from tests.support.proposals import why


def test_a_payment_between_approval_and_sending_holds_the_letter_back(desk: Desk) -> None:
    apply(desk)
    owe(desk, "1000.00")
    today = desk.on(date(2026, 1, 26))
    today.run()
    today.approve()
    today.change(lambda act: pay_invoice(today, act, "999.00"))
    [held] = today.deliver().blocked
    assert [reason["code"] for reason in held["blocked"]] == ["amount_changed"]
    assert open_items(desk) == {"F1": 100}


def test_a_charge_the_law_no_longer_allows_holds_the_letter_back(desk: Desk) -> None:
    apply(desk)
    owe(desk, "1000.00", kind="consumer")
    replay(desk, date(2026, 1, 16), date(2026, 2, 8))
    today = desk.on(date(2026, 2, 9))
    today.run()
    today.approve()
    desk.change(lambda act: more_than_allowed(desk, act))
    [held] = today.deliver().blocked
    assert [reason["code"] for reason in held["blocked"]] == ["law_fee"]
    assert "today the law allows 38.00 NOK" in held["blocked"][0]["text"]
    assert [document for document, _ in today.steps()] == ["reminder"]


def more_than_allowed(desk: Desk, act: Any) -> None:
    """As if the law had been changed after the approval: the letter asks for more than it allows."""
    proposal = act.session.scalars(select(Proposal).where(Proposal.status == "approved")).one()
    proposal.charges = [line | {"amount_minor": 9000} if line["kind"] == "fee" else line for line in proposal.charges]


def test_running_again_changes_nothing_until_the_interest_is_a_week_old(desk: Desk) -> None:
    apply(desk)
    owe(desk, "100000.00")
    desk.on(date(2026, 1, 25)).run()
    first = desk.proposal()
    for day in (25, 26, 31):
        desk.on(date(2026, 1, day)).run()
        assert desk.proposal().id == first.id
    desk.on(date(2026, 2, 1)).run()
    newer = desk.proposal()
    assert (newer.id != first.id, newer.interest_minor) == (True, 55890)


def test_a_letter_that_left_charges_once_however_often_the_outbox_is_carried_out(desk: Desk) -> None:
    apply(desk)
    owe(desk, "100000.00")
    replay(desk, date(2026, 1, 25), date(2026, 1, 25))
    for _ in range(3):
        desk.on(date(2026, 1, 25)).deliver()
    assert open_items(desk) == {"F1": 10000000, "interest:1:F1": 32877}


def test_what_nobody_knows_has_arrived_charges_when_it_is_known(desk: Desk) -> None:
    apply(desk)
    owe(desk, "100000.00")
    today = desk.on(date(2026, 1, 25))
    desk.mail.answers = ["hang up"]
    today.run()
    today.approve()
    today.deliver()
    assert open_items(desk) == {"F1": 10000000}
    later = desk.on(date(2026, 1, 27))
    later.change(lambda act: settle_uncertain(act, delivery=act.session.scalars(select(Delivery)).one(), arrived=True))
    assert open_items(desk) == {"F1": 10000000, "interest:1:F1": 32877}
    with desk.doing() as act:
        interest = act.session.scalars(select(OpenItem).where(OpenItem.kind == "interest")).one()
        assert interest.due_date == date(2026, 2, 4)  # the day the letter named


def test_a_letter_about_several_invoices_has_one_reference_for_all_it_charges(desk: Desk) -> None:
    apply(desk)
    owe(desk, "1000.00", "2000.00", kind="consumer")
    left = replay(desk, date(2026, 1, 16), date(2026, 2, 10))
    reference = letter(desk)["facts"]["reference"]
    pays = desk.on(date(2026, 2, 12))
    total = left[-1][-1]
    with pays.doing() as act:
        create_payment(act, pays.creditor(act), f"{total / 100:.2f}", reference=reference)
    assert open_items(desk) == {}


def test_paying_the_only_invoice_by_its_own_reference_pays_what_was_charged_on_it(desk: Desk) -> None:
    apply(desk)
    owe(desk, "1000.00", kind="consumer")
    left = replay(desk, date(2026, 2, 8), date(2026, 2, 25))
    assert letter(desk)["facts"]["reference"] == "100001"
    pays = desk.on(date(2026, 2, 26))
    with pays.doing() as act:
        create_payment(act, pays.creditor(act), f"{left[-1][-1] / 100:.2f}", reference="100001")
    assert open_items(desk) == {}


def test_a_handing_over_waits_for_the_last_day_of_the_notice(desk: Desk) -> None:
    apply(desk, LADDER.replace("days: 30", "days: 14"))
    owe(desk, "100000.00")
    left = replay(desk, date(2026, 1, 16), date(2026, 3, 31))
    assert left[-1][:2] == (date(2026, 3, 17), "hand_over")  # the notice of 2 March gave until 16 March


def test_a_hand_over_proposed_too_early_is_held_back_at_the_gate(desk: Desk) -> None:
    apply(desk)
    owe(desk, "100000.00")
    replay(desk, date(2026, 1, 16), date(2026, 3, 31))
    today = desk.on(date(2026, 4, 1))
    today.run()
    today.approve()
    desk.change(lambda act: noticed(act, date(2026, 3, 25)))
    [held] = today.deliver().blocked
    assert [reason["code"] for reason in held["blocked"]] == ["law_wait"]


def noticed(act: Any, day: date) -> None:
    """The notice turns out to have left later."""
    for step in act.session.scalars(select(StepSent).where(StepSent.document == "formal_notice")):
        step.sent_on = day


def test_handed_over_is_only_what_a_notice_named(desk: Desk) -> None:
    apply(desk)
    owe(desk, "100000.00")
    replay(desk, date(2026, 1, 16), date(2026, 3, 20))

    def younger(act: Any) -> None:
        create_invoice(act, desk.creditor(act), desk.customer(act), "500.00", number="NEW", due=date(2026, 3, 28))

    desk.change(younger)
    desk.on(date(2026, 4, 1)).run()
    with desk.doing() as act:
        [shown] = proposals_json(act.session, [desk.proposal()])
    assert shown["document"] == "hand_over"
    assert "NEW" not in [row["invoice"] for row in shown["items"]]


def test_what_was_handed_over_is_never_asked_for_again(desk: Desk) -> None:
    apply(desk)
    owe(desk, "100000.00")
    replay(desk, date(2026, 1, 16), date(2026, 4, 2))

    def another(act: Any) -> None:
        create_invoice(act, desk.creditor(act), desk.customer(act), "500.00", number="NEW", due=date(2026, 4, 10))

    desk.change(another)
    left = replay(desk, date(2026, 4, 20), date(2026, 4, 24))
    assert left == [(date(2026, 4, 20), "reminder", [("interest", 164)], 50164)]
    later = desk.on(date(2026, 4, 25))
    with later.doing() as act:
        assert why(act, later.creditor(act), later.customer(act), later.invoice(act, "F1"))[-1] == "handed_over"


def test_what_handing_over_one_invoice_cost_counts_when_another_is_handed_over(desk: Desk) -> None:
    desk.change(lambda act: set_creditor(act, code="NORD", country="NL", currency="EUR"))
    notice, over = LADDER.index("  - {code: notice"), LADDER.index("  - {code: over")
    steps = LADDER[: LADDER.index("  - {code: fee")] + LADDER[notice:over].replace(", fee: statutory", "")
    apply(desk, steps + LADDER[over:].replace("channel: task", "channel: task, fee: statutory"))
    owe(desk, "10000.00", currency="EUR", country="NL", kind="business")

    def younger(act: Any) -> None:
        create_invoice(
            act, desk.creditor(act), desk.customer(act), "1000.00", number="F2", due=date(2026, 1, 20), currency="EUR"
        )

    desk.change(younger)
    left = replay(desk, date(2026, 1, 24), date(2026, 4, 20), every=4)
    costs = [dict(lines).get("fee") for _, document, lines, _ in left if document == "hand_over"]
    assert costs == [87500, None]  # together they may cost 885.00


def test_a_notice_lists_a_younger_invoice_without_taking_it_along_where_a_reminder_must_come_first(desk: Desk) -> None:
    desk.change(lambda act: set_creditor(act, code="NORD", country="FI", currency="EUR"))
    apply(desk)
    owe(desk, "1000.00", currency="EUR", country="FI")
    replay(desk, date(2026, 1, 16), date(2026, 2, 20))

    def younger(act: Any) -> None:
        customer = desk.customer(act)
        create_invoice(act, desk.creditor(act), customer, "500.00", number="NEW", due=date(2026, 2, 15), currency="EUR")

    desk.change(younger)
    replay(desk, date(2026, 3, 2), date(2026, 3, 3))
    with desk.doing() as act:
        [*_, notice] = proposals_json(act.session, act.session.scalars(select(Proposal).order_by(Proposal.id)).all())
    assert (notice["document"], notice["status"]) == ("formal_notice", "sent")
    assert [(row["invoice"], row["step"]) for row in notice["items"] if "kind" not in row] == [
        ("F1", "notice"),
        ("NEW", None),
    ]


def test_the_proposal_says_line_by_line_what_the_letter_adds(desk: Desk) -> None:
    apply(desk)
    owe(desk, "100000.00")
    desk.on(date(2026, 1, 25)).run()
    with desk.doing() as act:
        [shown] = proposals_json(act.session, [desk.proposal()])
    assert (shown["demand"], shown["interest"], shown["fees"]) == ("100328.77", "328.77", "0.00")
    [line] = shown["charges"]
    assert {key: line[key] for key in ("kind", "invoice", "amount", "from", "to", "days", "rate", "base")} == {
        "kind": "interest",
        "invoice": "F1",
        "amount": "328.77",
        "from": "2026-01-16",
        "to": "2026-01-25",
        "days": 10,
        "rate": "12.00",
        "base": "100000.00",
    }
    assert "forsinkelsesrenteloven" in line["rule"]


def test_no_law_is_known_past_the_last_rates_so_letters_go_without_charges(desk: Desk) -> None:
    apply(desk)
    owe(desk, "100000.00", due=date(2026, 12, 28))
    today = desk.on(date(2027, 1, 8))
    today.run()
    proposal = today.proposal()
    assert (proposal.charges, proposal.document) == ([], "reminder")
    assert "law_unknown" in [reason["code"] for reason in proposal.reasons]
    with today.doing() as act:
        assert why(act, today.creditor(act), today.customer(act), today.invoice(act, "F1"))[-1] == "law_unknown"


def test_a_call_instead_of_the_letter_adds_nothing_and_choosing_the_letter_again_does(desk: Desk) -> None:
    apply(desk, LADDER.replace("relationship: off", "relationship: on"))
    owe(desk, "100000.00")
    replay(desk, date(2026, 1, 25), date(2026, 1, 25))
    today = desk.on(date(2026, 2, 9))
    today.run()
    proposal = today.proposal()
    assert proposal.treatment in ("call", "payment_plan")  # worth a talk before a firmer letter
    assert (proposal.charges, proposal.demand_minor) == ([], 10000000)
    for treatment, demand in (("fee_reminder", 10000000 + 49315 + 46000), ("call", 10000000)):
        with today.doing() as act:
            chosen = act.session.get_one(Proposal, proposal.id)
            edit(act, proposal=chosen, treatment=treatment, reason="spoke with them")
            assert (chosen.demand_minor, chosen.demand_minor - 10000000) == (
                demand,
                chosen.fees_minor + chosen.interest_minor,
            )
