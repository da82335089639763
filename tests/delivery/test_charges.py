"""What letters charge, from the proposal to the ledger, day by day: each sum by the law of the day it left."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from kulant.core.money import to_minor
from kulant.delivery.closing import settle_uncertain
from kulant.delivery.models import Delivery
from kulant.law.claim import claim
from kulant.ledger.models import OpenItem
from kulant.ledger.service import open_dispute
from kulant.letters.models import Document
from kulant.people.service import set_creditor
from kulant.treatment.models import Proposal, StepSent
from kulant.treatment.policies import apply_policy
from kulant.treatment.views import proposals_json
from tests.delivery.conftest import Desk
from tests.support.factories import create_customer, create_invoice, create_payment
from tests.support.proposals import why

LADDER = """
ladder: plain
relationship: off
interest: statutory
steps:
  - {code: reminder, document: reminder, after: {days: 10, from: due_date}}
  - {code: fee, document: fee_reminder, after: {days: 15, from: previous_step}, fee: statutory}
  - {code: notice, document: formal_notice, after: {days: 21, from: previous_step}, fee: statutory}
  - {code: over, document: hand_over, after: {days: 30, from: previous_step}, channel: task}
"""
DUE = date(2026, 1, 15)


def apply(desk: Desk, text: str = LADDER) -> None:
    desk.change(lambda act: apply_policy(act, creditor=desk.creditor(act), text=text))


def owe(desk: Desk, *amounts: str, due: date = DUE, currency: str = "NOK", **customer: Any) -> None:
    def make(act: Any) -> None:
        debtor = create_customer(act, desk.creditor(act), "C1", **customer)
        for n, amount in enumerate(amounts, start=1):
            create_invoice(
                act, desk.creditor(act), debtor, amount, number=f"F{n}", due=due, currency=currency,
                payment_reference=f"10000{n}",
            )  # fmt: skip

    desk.change(make)


def replay(desk: Desk, first: date, last: date) -> list[tuple[date, str, list[tuple[str, int]], int]]:
    """Every letter that left between these days: when, which, what it charged line by line, what it asked for."""
    left = []
    day = first
    while day <= last:
        today = desk.on(day)
        today.run()
        today.approve()
        for line in today.deliver().sent:
            proposal = proposal_of(today, line["proposal"])
            charged = [(one["kind"], one["amount_minor"]) for one in proposal.charges]
            left.append((day, str(proposal.document), charged, proposal.demand_minor))
        day += timedelta(days=1)
    return left


def proposal_of(desk: Desk, proposal_id: str) -> Proposal:
    with desk.doing() as act:
        return act.session.get_one(Proposal, int(proposal_id))


def open_items(desk: Desk) -> dict[str, int]:
    with desk.doing() as act:
        return {row.number: row.open_minor for row in act.session.scalars(select(OpenItem)) if row.open_minor}


def letter(desk: Desk, number: int = -1) -> dict[str, Any]:
    with desk.doing() as act:
        return list(act.session.scalars(select(Document).order_by(Document.id)))[number].content


def charged(desk: Desk) -> dict[str, tuple[str, str | None]]:
    """The lines of the newest letter that were added to the invoices: what is said of each, and how much it is."""
    rows = letter(desk)["table"]["rows"]
    return {
        row["number"]: (row["amount"].replace("\u00a0", " "), row["about"]) for row in rows if row["form"] == "charge"
    }


def claimed(desk: Desk, on: date, **facts: Any) -> int:
    """What the law knows as owed that day, in minor units, by ``kulant claim``."""
    answer = claim({"country": "NO", "currency": "NOK", "as_of": on.isoformat(), **facts})
    assert isinstance(answer, dict)
    return to_minor(answer["total"], "NOK")


def test_half_a_year_of_a_norwegian_business(desk: Desk) -> None:
    apply(desk)
    owe(desk, "100000.00")
    left = replay(desk, date(2026, 1, 16), date(2026, 6, 30))
    assert left == [
        (date(2026, 1, 25), "reminder", [("interest", 32877)], 10032877),
        # The compensation of 460 kroner takes the place of the fee of 38: only the larger of the two is owed.
        (date(2026, 2, 9), "fee_reminder", [("interest", 49315), ("compensation", 46000)], 10128192),
        (date(2026, 3, 2), "formal_notice", [("interest", 69041)], 10197233),
        (date(2026, 4, 1), "hand_over", [("interest", 98630)], 10295863),
    ]
    assert open_items(desk) == {
        "F1": 10000000,
        "interest:1:F1": 32877,
        "interest:2:F1": 49315,
        "compensation:2:F1": 46000,
        "interest:3:F1": 69041,
        "interest:4:F1": 98630,
    }
    assert sum(open_items(desk).values()) == left[-1][-1]


def test_each_letter_asks_for_exactly_what_the_law_computes_that_day(desk: Desk) -> None:
    apply(desk)
    owe(desk, "100000.00", "2345.67", kind="consumer")
    invoices = [
        {"number": number, "principal": amount, "due": DUE.isoformat()}
        for number, amount in (("F1", "100000.00"), ("F2", "2345.67"))
    ]
    steps: list[dict[str, str]] = []
    left = replay(desk, date(2026, 1, 16), date(2026, 3, 31))
    assert [document for _, document, _, _ in left] == ["reminder", "fee_reminder", "formal_notice"]
    for on, document, _, demand in left:
        steps.append({"document": document, "date": on.isoformat()})
        agreed = {"interest": True, "reminder_fee": True}
        assert demand == claimed(desk, on, debtor="consumer", invoices=invoices, steps_sent=steps, agreed=agreed)


def test_a_norwegian_consumer_pays_small_fees_and_never_a_compensation(desk: Desk) -> None:
    apply(desk)
    owe(desk, "1000.00", kind="consumer")
    left = replay(desk, date(2026, 1, 16), date(2026, 3, 31))
    assert [lines for _, _, lines, _ in left] == [
        [("interest", 329)],
        [("interest", 493), ("fee", 3800)],
        [("interest", 690), ("fee", 3800)],
    ]
    assert charged(desk) == {
        "Forsinkelsesrente": ("15,12", "12,00\u00a0% fra 16.01.2026 til 02.03.2026 av kr\u00a01\u00a0000,00"),
        "Gebyr fra brevet vårt 9. februar 2026": ("38,00", None),
        "Gebyr for dette varselet": ("38,00", None),
    }


def test_two_small_fees_are_the_most_and_are_counted_anew_after_half_a_year(desk: Desk) -> None:
    fee = "{{code: f{n}, document: fee_reminder, after: {{days: {days}}}, fee: statutory}}"
    steps = "\n".join(f"  - {fee.format(n=n, days=20)}" for n in range(2))
    text = f"ladder: fees\nrelationship: off\nsteps:\n{steps}\n"
    text += "  - {code: third, document: fee_reminder, after: {days: 60}, fee: statutory}\n"
    text += "  - {code: fourth, document: fee_reminder, after: {days: 130}, fee: statutory}\n"
    apply(desk, text)
    owe(desk, "1000.00", kind="consumer")
    left = replay(desk, date(2026, 1, 16), date(2026, 11, 30))
    assert [lines for _, _, lines, _ in left] == [[("fee", 3800)], [("fee", 3800)], [], [("fee", 3800)]]
    assert left[-1][0] >= date(2026, 8, 24)  # half a year after the second
    assert letter(desk, 2)["heading"] == "Betalingspåminnelse med tillegg"  # the earlier fees are still asked for


@pytest.mark.parametrize(
    ("country", "currency", "kind", "charges"),
    [
        ("DK", "DKK", "business", [[("interest", 267)], [("interest", 401), ("fee", 10000), ("compensation", 31000)]]),
        ("DK", "DKK", "consumer", [[("interest", 267)], [("interest", 401), ("fee", 10000)]]),
        ("SE", "SEK", "business", [[("interest", 274)], [("interest", 411), ("compensation", 45000)]]),
        ("SE", "SEK", "consumer", [[("interest", 274)], [("interest", 411), ("fee", 6000)]]),
        ("FI", "EUR", "business", [[("interest", 288)], [("interest", 431), ("compensation", 4000)]]),
        ("FI", "EUR", "consumer", [[("interest", 260)], [("interest", 391), ("fee", 500)]]),
        ("DE", "EUR", "business", [[("interest", 281)], [("interest", 422), ("compensation", 4000)]]),
        ("DE", "EUR", "consumer", [[("interest", 172)], [("interest", 257)]]),
        ("GB", "GBP", "business", [[("interest", 322)], [("interest", 483), ("compensation", 7000)]]),
        ("GB", "GBP", "consumer", [[], []]),
    ],
)
def test_every_country_by_its_own_law_and_every_customer_by_their_kind(
    desk: Desk, country: str, currency: str, kind: str, charges: list[list[tuple[str, int]]]
) -> None:
    desk.change(lambda act: set_creditor(act, code="NORD", country=country, currency=currency, fee_agreed=True))
    apply(desk, LADDER[: LADDER.index("  - {code: notice")])
    owe(desk, "1000.00", kind=kind, currency=currency, country=country)
    assert [lines for _, _, lines, _ in replay(desk, date(2026, 1, 16), date(2026, 2, 28))] == charges


def test_a_swedish_reminder_fee_that_nobody_agreed_to_is_not_asked_for(desk: Desk) -> None:
    desk.change(lambda act: set_creditor(act, code="NORD", country="SE", currency="SEK", fee_agreed=True))
    apply(desk, LADDER[: LADDER.index("  - {code: notice")])
    desk.change(lambda act: set_creditor(act, code="NORD", fee_agreed=False))
    owe(desk, "1000.00", kind="consumer", currency="SEK", country="SE")
    assert [lines for _, _, lines, _ in replay(desk, date(2026, 1, 16), date(2026, 2, 28))] == [
        [("interest", 274)],
        [("interest", 411)],
    ]


def test_a_debt_in_another_currency_bears_nothing_and_says_why(desk: Desk) -> None:
    apply(desk)
    owe(desk, "1000.00", currency="EUR")
    today = desk.on(date(2026, 1, 26))
    today.run()
    proposal = today.proposal()
    assert (proposal.charges, proposal.demand_minor) == ([], 100000)
    assert [reason["text"] for reason in proposal.reasons if reason["code"] == "law_unknown"] == [
        "No interest and no fees: the law of Norway is known in NOK only."
    ]


def test_an_invoice_whose_due_date_was_assumed_bears_nothing(desk: Desk) -> None:
    apply(desk)
    owe(desk, "1000.00")
    desk.change(lambda act: setattr(desk.invoice(act, "F1"), "due_assumed", True))
    assert replay(desk, date(2026, 1, 26), date(2026, 1, 26))[0][2] == []


def test_the_disputed_part_bears_no_interest_and_no_fee_while_it_is_disputed(desk: Desk) -> None:
    apply(desk)
    owe(desk, "1000.00", kind="consumer")
    desk.on(date(2026, 1, 20)).change(
        lambda act: open_dispute(act, item=desk.invoice(act, "F1"), amount_minor=60000, reason="half was missing")
    )
    assert [lines for _, _, lines, _ in replay(desk, date(2026, 1, 21), date(2026, 2, 10))] == [
        [("interest", 132)],
        [("interest", 197)],
    ]


def test_interest_follows_what_was_unpaid_day_by_day(desk: Desk) -> None:
    apply(desk)
    owe(desk, "1000.00", kind="consumer")
    replay(desk, date(2026, 1, 16), date(2026, 1, 30))
    paid = desk.on(date(2026, 2, 2))
    paid.change(lambda act: pay_invoice(paid, act, "500.00"))
    replay(desk, date(2026, 2, 2), date(2026, 2, 10))
    lines = [
        (line["from"], line["to"], line["base_minor"], line["amount_minor"]) for line in desk.proposal().charges[:-1]
    ]
    assert lines == [("2026-01-26", "2026-02-02", 100000, 263), ("2026-02-03", "2026-02-09", 50000, 115)]


def pay_invoice(desk: Desk, act: Any, amount: str) -> None:
    create_payment(act, desk.creditor(act), amount, invoice=desk.invoice(act, "F1"))


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
