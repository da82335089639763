"""From the clerk's yes to the letter in the customer's hands: once, word for word, and never what is no longer true."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from kulant.core.errors import Conflict
from kulant.db import Act
from kulant.delivery.acceptance import accept_plan
from kulant.delivery.models import Delivery
from kulant.delivery.outbox import approve, undo
from kulant.ledger.models import OpenItem
from kulant.ledger.references import check
from kulant.letters.archive import read
from kulant.letters.models import Document
from kulant.plans.models import Plan, PortalLink
from kulant.plans.service import cancel_plan, make_offers
from kulant.relationship.models import TimelineEvent
from kulant.treatment.clerk import dismiss, edit
from kulant.treatment.models import Proposal
from kulant.treatment.policies import apply_policy
from tests.delivery.conftest import LADDER, TODAY, Desk
from tests.delivery.outbox_helpers import approved, codes, pdf_of, words
from tests.support.factories import create_credit_note, create_customer, create_invoice, create_payment

MINUTE = timedelta(minutes=1)


def test_an_approved_letter_arrives_once_with_its_pdf_however_often_the_outbox_is_carried_out(desk: Desk) -> None:
    approved(desk, "1000.00", "500.00")
    reports = [desk.deliver() for _ in range(5)]
    assert [len(report.sent) for report in reports] == [1, 0, 0, 0, 0]
    [message] = desk.mail.messages
    assert message["To"] == "faktura@c1.example"
    assert message["From"] == "Nordlys Engros AS <kontakt@nordlys.example>"
    named = f"<proposal-{desk.proposal().id}.NORD."
    assert message["Message-ID"].startswith(named) and message["Message-ID"] == desk.delivery().message_id
    assert len(message["Message-ID"]) == len(named) + len("@kulant>") + 24  # a mark nobody guesses by counting
    assert message.get_body(("plain",)) and message.get_body(("html",))
    assert pdf_of(message).startswith(b"%PDF")
    assert (desk.delivery().status, desk.proposal().status) == ("sent", "sent")
    assert desk.steps() == [("reminder", TODAY)] * 2


@pytest.mark.parametrize("amounts", [("1000.00",), ("1000.00", "500.00")])
def test_a_letter_is_paid_by_a_reference_of_the_scheme_its_creditor_has_chosen(
    desk: Desk, amounts: tuple[str, ...]
) -> None:
    desk.owe(*amounts)

    def choose(act: Act) -> None:
        desk.creditor(act).reference_scheme = "kid:mod11:12"
        for item in act.session.scalars(select(OpenItem)):
            item.payment_reference = None

    desk.change(choose)
    desk.run()
    desk.approve()
    desk.deliver()
    with desk.doing() as act:
        reference = act.session.scalars(select(Document)).one().content["facts"]["reference"].replace(" ", "")
        assert check("kid:mod11:12", reference)
        create_payment(act, desk.creditor(act), f"{sum(map(float, amounts)):.2f}", reference=reference)
        assert [item.open_minor for item in act.session.scalars(select(OpenItem))] == [0] * (len(amounts) + 1)


def test_what_is_archived_is_what_was_mailed_and_says_amounts_reference_and_link(desk: Desk) -> None:
    approved(desk, "1000.00", "500.50")
    desk.deliver()
    mailed = pdf_of(desk.mail.messages[0])
    with desk.doing() as act:
        document = act.session.scalars(select(Document)).one()
        assert act.session.scalars(select(Delivery)).one().document_id == document.id
        assert read(desk.house().storage, document) == mailed
        content = document.content
    text = words(mailed)
    for said in ("C1-F1", "C1-F2", "1 000,00", "500,50", "1 500,50"):
        assert said in text
    joined = text.replace(" ", "")
    assert content["facts"]["reference"].replace(" ", "") in joined
    assert "1234.56.78903" in joined or "12345678903" in joined or "1234 56 78903" in text
    links = [
        str(note.get_object()["/A"]["/URI"])
        for page in PdfReader(io.BytesIO(mailed)).pages
        for note in page.get("/Annots", [])
        if "/A" in note.get_object()
    ]
    assert any(link.startswith("https://kulant.example/p/") for link in links)


def test_one_payment_with_the_letters_reference_pays_every_invoice_it_lists(desk: Desk) -> None:
    approved(desk, "1000.00", "500.00")
    desk.deliver()
    with desk.doing() as act:
        reference = act.session.scalars(select(Document)).one().content["facts"]["reference"]
        create_payment(act, desk.creditor(act), "1500.00", reference=reference)
        assert [desk.invoice(act, f"C1-F{n}").open_minor for n in (1, 2)] == [0, 0]


def test_a_customer_without_an_email_address_gets_a_letter_to_print(desk: Desk) -> None:
    desk.owe(email=None)
    desk.run()
    desk.approve()
    [line] = desk.deliver().sent
    assert (line["channel"], desk.delivery().status, desk.mail.received) == ("letter", "sent", [])
    with desk.doing() as act:
        assert act.session.scalars(select(Document)).one().content["facts"]["creditor"]["name"] == "Nordlys Engros AS"
    assert desk.deliver().sent == []


def test_a_call_is_given_to_a_person_once_and_is_not_called_a_letter(desk: Desk) -> None:
    desk.owe()
    desk.run()
    with desk.doing() as act:
        proposal = act.session.scalars(select(Proposal)).one()
        edit(act, proposal=proposal, channel="call")
    desk.approve()
    for _ in range(3):
        desk.deliver()
    assert (len(desk.tasks()), desk.mail.received) == (1, [])
    assert desk.steps() == [("reminder", TODAY)]
    with desk.doing() as act:
        told = act.session.scalars(select(TimelineEvent).where(TimelineEvent.actor == "worker")).all()
        assert all("letter" not in event.kind and "as a letter" not in event.text for event in told)
        assert len(told) == 1


# The undo period


def test_nothing_leaves_before_the_undo_period_is_over(desk: Desk) -> None:
    desk.owe()
    desk.run()
    desk.approve(undo_seconds=60)
    assert desk.deliver().sent == []
    assert len(desk.deliver(after=2 * MINUTE).sent) == 1


def test_what_is_undone_in_time_does_not_leave_and_can_be_approved_again(desk: Desk) -> None:
    desk.owe()
    desk.run()
    desk.approve(undo_seconds=60)
    with desk.doing() as act:
        undo(act, delivery=act.session.scalars(select(Delivery)).one())
    assert desk.deliver(after=2 * MINUTE).sent == []
    assert (desk.delivery().status, desk.proposal().status) == ("cancelled", "proposed")
    desk.approve()
    desk.deliver()
    desk.deliver()
    assert len(desk.mail.received) == 1


def test_what_has_left_cannot_be_undone_approved_again_or_dismissed(desk: Desk) -> None:
    approved(desk)
    desk.deliver()
    with desk.doing() as act:
        with pytest.raises(Conflict, match="has left the house"):
            undo(act, delivery=act.session.scalars(select(Delivery)).one())
        proposal = act.session.scalars(select(Proposal)).one()
        with pytest.raises(Conflict, match="cannot be approved"):
            approve(act, creditor=desk.creditor(act), proposal=proposal, undo_seconds=None)
        with pytest.raises(Conflict, match="cannot be dismissed"):
            dismiss(act, proposal=proposal, reason="too late")


def test_approving_twice_is_approving_once(desk: Desk) -> None:
    desk.owe()
    desk.run()
    with desk.doing() as act:
        proposal = act.session.scalars(select(Proposal)).one()
        first = approve(act, creditor=desk.creditor(act), proposal=proposal, undo_seconds=None)
        assert approve(act, creditor=desk.creditor(act), proposal=proposal, undo_seconds=None) is first
    assert len(desk.deliver().sent) == 1


def test_accepting_a_plan_takes_the_letter_out_of_the_outbox_for_good(desk: Desk) -> None:
    approved(desk, "9000.00")
    with desk.doing() as act:
        plan = make_offers(act, creditor=desk.creditor(act), customer=desk.customer(act), currency="NOK")
        accept_plan(act, plan=plan, offer=2, name="Test Testesen")
    report = desk.deliver(after=MINUTE)
    assert [line["document"] for line in report.sent] == ["plan_accepted"]
    assert len(desk.mail.received) == 1
    desk.change(lambda act: cancel_plan(act, plan=act.session.scalars(select(Plan)).one(), reason="changed their mind"))
    assert desk.deliver(after=MINUTE).sent == []


def test_a_letter_already_taken_for_work_when_a_plan_is_accepted_is_not_sent(desk: Desk) -> None:
    approved(desk, "9000.00")
    desk.set_delivery(status="rendering")
    with desk.doing() as act:
        plan = make_offers(act, creditor=desk.creditor(act), customer=desk.customer(act), currency="NOK")
        accept_plan(act, plan=plan, offer=2, name="Test Testesen")
    assert [line["document"] for line in desk.deliver(after=MINUTE).sent] == ["plan_accepted"]


def test_a_letter_that_cannot_be_written_is_held_back_and_the_others_leave(desk: Desk) -> None:
    desk.owe()
    desk.owe(number="C2")
    desk.run()
    with desk.doing() as act:
        first = act.session.scalars(select(Proposal).order_by(Proposal.id)).first()
        assert first is not None
        first.document, first.treatment = None, "call"  # a call cannot be posted
    desk.approve()
    report = desk.deliver()
    assert (len(report.sent), len(report.blocked), len(desk.mail.received)) == (1, 1, 1)
    assert desk.mail.messages[0]["To"] == "faktura@c2.example"


def test_a_credit_that_came_after_the_approval_is_deducted_before_anything_is_asked(desk: Desk) -> None:
    approved(desk, "1000.00")
    desk.change(lambda act: create_credit_note(act, desk.creditor(act), desk.customer(act), "100.00"))
    desk.deliver()
    assert codes(desk) == ["unmatched_money"]
    desk.run()
    desk.approve()
    desk.deliver()
    assert "900,00" in words(pdf_of(desk.mail.messages[0]))


def test_a_plan_offer_leaves_with_its_plan_its_ways_to_pay_and_a_link_and_is_then_left_to_the_customer(
    desk: Desk,
) -> None:
    with desk.doing() as act:
        apply_policy(act, creditor=desk.creditor(act), text=LADDER.replace("relationship: off", "relationship: on"))
    approved(desk, "20000.00")
    desk.deliver()
    later = desk.on(TODAY + timedelta(days=14))
    later.run()
    later.approve()
    assert [line["document"] for line in later.deliver().sent] == ["plan_offer"]
    with later.doing() as act:
        plan = act.session.scalars(select(Plan)).one()
        assert (plan.status, plan.claim_minor) == ("offered", 2_000_000)
        links = act.session.scalars(select(PortalLink).order_by(PortalLink.id)).all()
        assert [link.plan_id for link in links] == [None, plan.id]
    assert "https://kulant.example/p/" in later.mail.messages[-1].get_body(("plain",)).get_content()
    assert "20 000,00" in words(pdf_of(later.mail.messages[-1]))
    assert desk.steps() == [("reminder", TODAY)]
    for days in (15, 20, 27):
        waiting = desk.on(TODAY + timedelta(days=days))
        waiting.run()
        assert waiting.proposal().status == "sent"


def test_a_note_before_the_due_date_leaves_with_the_credits_deducted(desk: Desk) -> None:
    ladder = LADDER.replace("steps:", "steps:\n  - {code: note, document: courtesy, after: {days: -5}}")
    with desk.doing() as act:
        apply_policy(act, creditor=desk.creditor(act), text=ladder)
        customer = create_customer(act, desk.creditor(act), "C1")
        create_invoice(act, desk.creditor(act), customer, "700.00", due=TODAY + timedelta(days=4), number="SOON")
        create_credit_note(act, desk.creditor(act), customer, "200.00")
    desk.run()
    desk.approve()
    desk.deliver()
    assert "500,00" in words(pdf_of(desk.mail.messages[0]))
    assert desk.steps() == [("note", TODAY)]
