"""Call mode: one customer after the other, and how each call ended, with what follows, in one transaction."""

from __future__ import annotations

from sqlalchemy import select

from kulant.ledger.models import Contact, Customer
from kulant.ledger.queries import customer_by_number, primary_contacts
from kulant.people.service import find_creditor
from kulant.relationship.late_reasons import set_reason
from kulant.relationship.models import Task, TimelineEvent
from kulant.relationship.tasks import add_task
from kulant.settings import Settings
from kulant.transaction import doing
from kulant.treatment.models import Proposal
from kulant.treatment.service import propose_all
from tests.desk.conftest import Clerk
from tests.support import factories as make


def to_be_called(portfolio: Settings, number: str, text: str = "A person calls before any letter.") -> None:
    """A task that asks for a call, and a number to call."""
    with doing(portfolio, actor="seed") as act:
        creditor = find_creditor(act.session, "NORD")
        customer = customer_by_number(act.session, creditor.id, number)
        contact = primary_contacts(act.session, [customer.id]).get(customer.id)
        if contact is None:
            contact = Contact(customer_id=customer.id)
            act.session.add(contact)
        contact.phone = "+47 22 33 44 55"
        add_task(act, creditor_id=creditor.id, customer_id=customer.id, kind="call", text=text, due=act.today)


def of(portfolio: Settings, number: str) -> tuple[list[TimelineEvent], list[Task], str | None]:
    """What the timeline says of a customer, their open tasks, and their number."""
    with doing(portfolio, actor="seed") as act:
        customer = act.session.scalars(select(Customer).where(Customer.number == number)).one()
        moments = act.session.scalars(select(TimelineEvent).where(TimelineEvent.customer_id == customer.id)).all()
        tasks = act.session.scalars(select(Task).where(Task.customer_id == customer.id, Task.done_on.is_(None))).all()
        contact = primary_contacts(act.session, [customer.id]).get(customer.id)
        return list(moments), list(tasks), contact.phone if contact else None


def test_the_most_urgent_call_is_opened_with_its_number_its_words_and_seven_endings(
    clerk: Clerk, portfolio: Settings
) -> None:
    to_be_called(portfolio, "K2")
    page = clerk.get("/calls").text
    assert "Brattli Bygg AS" in page and 'href="tel:+4722334455"' in page
    assert "A person calls before any letter." in page
    assert page.count('data-key="') >= 7 and "Wrong number" in page
    assert "12,500.00" in page, "what is owed"


def test_a_promise_made_in_a_call_ends_the_task_and_is_on_the_timeline(clerk: Clerk, portfolio: Settings) -> None:
    to_be_called(portfolio, "K2")
    page = clerk.submit(
        "/customers/K2/call", outcome="promised", words="Pays when the site is paid", amount="12 500,00",
        currency="NOK", due="2026-11-30", reason="cash_gap",
    ).text  # fmt: skip
    assert "Promise recorded." in page
    moments, tasks, _ = of(portfolio, "K2")
    assert {"call", "promise_made", "late_reason_set"} <= {moment.kind for moment in moments}
    assert not [task for task in tasks if task.kind == "call"]
    assert "Brattli" not in clerk.get("/calls").text, "nobody has to call them again"


def test_nothing_of_a_call_is_kept_when_one_part_of_it_cannot_be(clerk: Clerk, portfolio: Settings) -> None:
    to_be_called(portfolio, "K2")
    answer = clerk.submit(
        "/customers/K2/call", outcome="promised", words="Soon", amount="12500", currency="NOK", due="2026-01-30"
    )
    assert answer.status_code == 409 or answer.status_code == 400
    moments, tasks, _ = of(portfolio, "K2")
    assert "call" not in {moment.kind for moment in moments} and [task.kind for task in tasks] == ["call"]


def test_nobody_answers_and_they_come_back_tomorrow_without_counting_as_contact(
    clerk: Clerk, portfolio: Settings
) -> None:
    to_be_called(portfolio, "K2")
    for _ in range(2):
        clerk.submit("/customers/K2/call", outcome="no_answer")
    page = clerk.get("/calls").text
    assert "again on 24 Nov 2026" in page and "tried 2 times" in page
    moments, tasks, number = of(portfolio, "K2")
    assert [moment.kind for moment in moments].count("call_unanswered") == 2
    assert "call" not in {moment.kind for moment in moments}, "nobody was reached"
    assert sorted(task.kind for task in tasks) == ["call", "call_again"] and number is not None


def test_a_wrong_number_is_taken_off_and_somebody_finds_the_right_one(clerk: Clerk, portfolio: Settings) -> None:
    to_be_called(portfolio, "K2")
    clerk.submit("/customers/K2/call", outcome="wrong_number")
    moments, tasks, number = of(portfolio, "K2")
    assert number is None and "find_number" in {task.kind for task in tasks}
    assert any("+47 22 33 44 55" in (moment.text or "") for moment in moments), "what it was is not lost"


def test_what_a_customer_in_hardship_says_is_not_on_the_timeline(clerk: Clerk, portfolio: Settings) -> None:
    to_be_called(portfolio, "K2")
    clerk.submit("/customers/K2/call", outcome="hardship", words="Cancer in the family", phone="99887766")
    moments, tasks, _ = of(portfolio, "K2")
    assert not any("Cancer" in (moment.text or "") for moment in moments)
    assert "hardship" in {task.kind for task in tasks} and "hold_placed" in {moment.kind for moment in moments}


def test_a_proposed_call_that_was_made_is_done(clerk: Clerk, portfolio: Settings) -> None:
    with doing(portfolio, actor="seed") as act:
        creditor = find_creditor(act.session, "NORD")
        customer = make.create_customer(act, creditor, "K9", name="Stille Stoff AS")
        make.create_invoice(act, creditor, customer, "9000.00", days_late=40, number="INV-K9")
        set_reason(act, customer=customer, code="unhappy", text="The last delivery")
        propose_all(act, creditor=creditor)
        proposal = act.session.scalars(select(Proposal).where(Proposal.customer_id == customer.id)).one()
        assert proposal.channel == "call"
        number = proposal.id
    assert "Stille Stoff AS" in clerk.get("/calls").text
    clerk.submit("/customers/K9/call", outcome="dispute", words="Half of it is missing", invoice="INV-K9", part="4500")
    with doing(portfolio, actor="seed") as act:
        assert act.session.get_one(Proposal, number).status == "sent"
    moments, tasks, _ = of(portfolio, "K9")
    assert "dispute_opened" in {moment.kind for moment in moments}
    assert not [task for task in tasks if task.kind == "call"], "whoever called is not told to call"


def test_a_call_about_a_plan_leads_to_the_offers(clerk: Clerk, portfolio: Settings) -> None:
    to_be_called(portfolio, "K2")
    answer = clerk.submit("/customers/K2/call", outcome="plan", words="In three parts, please", currency="NOK")
    assert "The offers are ready." in answer.text and "/plans/" in str(answer.url)


def test_a_talk_nobody_wrote_a_word_about_and_an_ending_nobody_knows_are_refused(
    clerk: Clerk, portfolio: Settings
) -> None:
    assert clerk.submit("/customers/K1/call", outcome="talked", words=" ").status_code == 400
    assert clerk.submit("/customers/K1/call", outcome="shouted", words="x").status_code == 400
    assert clerk.submit("/customers/S1/call", outcome="talked", words="x").status_code == 404, "another creditor's"


def test_who_is_not_to_be_called_can_be_called_from_the_list_all_the_same(clerk: Clerk) -> None:
    assert "Nobody is to be called today." in clerk.get("/calls").text
    page = clerk.get("/calls", params={"customer": "K1", "do": "promised"}).text
    assert "Fjordbakeriet AS" in page and 'name="amount"' in page
    assert 'href="/calls?customer=K1"' in clerk.get("/?customer=K1").text
