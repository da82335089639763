"""The proposals of a day: what is proposed to whom, what is left alone and why, and that nothing is said twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from kulant.core.errors import Conflict, Refusal
from kulant.db import Act
from kulant.delivery.acceptance import accept_plan
from kulant.delivery.plan_events import follow_plans
from kulant.ledger.models import Customer, OpenItem
from kulant.ledger.service import open_dispute
from kulant.people.models import Creditor
from kulant.plans.models import Plan
from kulant.plans.service import make_offers
from kulant.relationship.service import add_note, make_promise, place_hold
from kulant.transaction import keep_events
from kulant.treatment.clerk import dismiss, edit
from kulant.treatment.models import Ladder, Proposal, ProposalItem, StepSent
from kulant.treatment.policies import apply_policy
from kulant.treatment.service import Proposed, judge_customers, propose_all
from kulant.treatment.views import explain_json, proposals_json
from tests.conftest import Statements
from tests.support.factories import create_credit_note, create_customer, create_invoice, create_payment

TODAY = date(2026, 11, 23)
STEPS = (
    ("reminder", "reminder", 10, "due_date"),
    ("final", "final_reminder", 14, "previous_step"),
    ("notice", "formal_notice", 14, "previous_step"),
)


def ladder(name: str = "plain", *, relationship: str = "off", first: str = "", last: str = "", **top: str) -> str:
    """A ladder of three steps; ``first`` and ``last`` are added to its first and last step, ``top`` to its head."""
    lines = [f"ladder: {name}", f"relationship: {relationship}"]
    lines += [f"{key}: {value}" for key, value in top.items()]
    lines.append("steps:")
    for n, (code, document, days, origin) in enumerate(STEPS):
        more = first if n == 0 else last if n == len(STEPS) - 1 else ""
        lines.append(f"  - {{code: {code}, document: {document}, after: {{days: {days}, from: {origin}}}{more}}}")
    return "\n".join(lines)


@pytest.fixture
def plain(act: Act, creditor: Creditor) -> Ladder:
    """Reminder ten days late, final reminder and formal notice fourteen days after the one before; no relationship."""
    return apply_policy(act, creditor=creditor, text=ladder())


@pytest.fixture
def customer(act: Act, creditor: Creditor) -> Customer:
    return create_customer(act, creditor, "C1")


def on(act: Act, day: date) -> Act:
    """The same clerk in the same transaction, on another day."""
    return replace(act, today=day)


def run(act: Act, creditor: Creditor) -> Proposed:
    act.session.flush()
    return propose_all(act, creditor=creditor)


def live(act: Act, customer: Customer, currency: str = "NOK") -> Proposal | None:
    return act.session.scalar(
        select(Proposal).where(
            Proposal.customer_id == customer.id,
            Proposal.currency == currency,
            Proposal.status.in_(("proposed", "approved", "blocked")),
        )
    )


def proposed(act: Act, creditor: Creditor, customer: Customer) -> Proposal:
    run(act, creditor)
    found = live(act, customer)
    assert found is not None
    return found


def shown(act: Act, proposal: Proposal) -> dict[str, Any]:
    return proposals_json(act.session, [proposal])[0]


def rows(act: Act, proposal: Proposal) -> dict[str, tuple[str, str | None]]:
    return {row["invoice"]: (row["open"], row["step"]) for row in shown(act, proposal)["items"]}


def leave(act: Act, proposal: Proposal, day: date) -> None:
    """Marks the proposal's letter as sent on that day, as the worker does."""
    proposal.status, proposal.decided_on = "sent", day
    for row in act.session.scalars(select(ProposalItem).where(ProposalItem.proposal_id == proposal.id)).all():
        if row.step and proposal.document:
            act.session.add(
                StepSent(
                    item_id=row.item_id, proposal_id=proposal.id, step=row.step, document=proposal.document, sent_on=day
                )
            )
    act.session.flush()


def explained(act: Act, creditor: Creditor, customer: Customer) -> dict[str, Any]:
    act.session.flush()
    judged = judge_customers(act.session, creditor=creditor, customer_ids=[customer.id], today=act.today)
    return explain_json(customer, None, judged, act.today)


def why(act: Act, creditor: Creditor, customer: Customer, invoice: OpenItem) -> list[str]:
    """The codes of every reason given for an invoice."""
    [item] = [row for row in explained(act, creditor, customer)["items"] if row["invoice"] == invoice.number]
    return [item["decision"], *(reason["code"] for reason in item["because"])]


# One letter


def test_one_letter_lists_every_overdue_invoice_with_the_step_each_comes_to(
    act: Act, creditor: Creditor, customer: Customer, plain: Ladder
) -> None:
    create_invoice(act, creditor, customer, "1000.00", number="OLD", days_late=10)
    leave(act, proposed(act, creditor, customer), TODAY)
    act = on(act, TODAY + timedelta(days=14))
    create_invoice(act, creditor, customer, "2000.00", number="LATE", days_late=12)
    create_invoice(act, creditor, customer, "300.00", number="YOUNG", days_late=3)
    create_invoice(act, creditor, customer, "400.00", number="COMING", due=act.today + timedelta(days=3))
    create_credit_note(act, creditor, customer, "250.00")
    letter = proposed(act, creditor, customer)
    assert (letter.document, letter.step, letter.channel) == ("final_reminder", "final", "email")
    listed = rows(act, letter)
    assert listed.pop(next(number for number, (amount, _) in listed.items() if amount == "-250.00")) == (
        "-250.00",
        None,
    )
    assert listed == {"OLD": ("1000.00", "final"), "LATE": ("2000.00", "reminder"), "YOUNG": ("300.00", None)}
    assert shown(act, letter)["demand"] == "3050.00"


def test_each_currency_and_each_customer_gets_a_letter_of_its_own(
    act: Act, creditor: Creditor, customer: Customer, plain: Ladder
) -> None:
    other = create_customer(act, creditor, "C2")
    create_invoice(act, creditor, customer, "100.00", number="A")
    create_invoice(act, creditor, customer, "200.00", number="B", currency="EUR")
    create_invoice(act, creditor, other, "300.00", number="C")
    assert len(run(act, creditor).created) == 3
    letters = act.session.scalars(select(Proposal).order_by(Proposal.demand_minor)).all()
    assert [(row.customer_id, row.currency, row.demand_minor) for row in letters] == [
        (customer.id, "NOK", 10000), (customer.id, "EUR", 20000), (other.id, "NOK", 30000),
    ]  # fmt: skip


def test_credits_that_cover_the_debt_leave_nothing_to_ask(
    act: Act, creditor: Creditor, customer: Customer, plain: Ladder
) -> None:
    invoice = create_invoice(act, creditor, customer, "1000.00")
    create_credit_note(act, creditor, customer, "600.00")
    create_payment(act, creditor, "400.00", customer=customer)
    assert run(act, creditor).created == []
    assert "covered" in why(act, creditor, customer, invoice)


def test_a_letter_is_in_the_customers_language_and_goes_by_post_without_an_email_address(
    act: Act, creditor: Creditor, plain: Ladder
) -> None:
    swede = create_customer(act, creditor, "S1", country="SE", email=None)
    quiet = create_customer(act, creditor, "Q1", language="en", contact_opt_out=True)
    for customer in (swede, quiet):
        create_invoice(act, creditor, customer)
    run(act, creditor)
    letters = [live(act, customer) for customer in (swede, quiet)]
    assert [(letter.language, letter.channel) for letter in letters if letter] == [("sv", "letter"), ("en", "letter")]


# The ladder, day after day


def test_a_debt_found_late_starts_at_the_first_step(
    act: Act, creditor: Creditor, customer: Customer, plain: Ladder
) -> None:
    create_invoice(act, creditor, customer, days_late=200)
    assert proposed(act, creditor, customer).document == "reminder"


def test_the_ladder_is_climbed_one_step_at_a_time_each_after_its_days(
    act: Act, creditor: Creditor, customer: Customer, plain: Ladder
) -> None:
    create_invoice(act, creditor, customer, days_late=9)
    seen = []
    for day in range(60):
        today = on(act, TODAY + timedelta(days=day))
        run(today, creditor)
        letter = live(act, customer)
        if letter is not None:
            seen.append((day, letter.document))
            leave(act, letter, today.today)
    assert seen == [(1, "reminder"), (15, "final_reminder"), (29, "formal_notice")]
    assert why(on(act, TODAY + timedelta(days=59)), creditor, customer, first_invoice(act))[0] == "ladder_ended"


def first_invoice(act: Act) -> OpenItem:
    return act.session.scalars(select(OpenItem).where(OpenItem.kind == "invoice").order_by(OpenItem.id)).all()[0]


def test_a_step_not_yet_sent_holds_the_next(act: Act, creditor: Creditor, customer: Customer, plain: Ladder) -> None:
    create_invoice(act, creditor, customer, days_late=10)
    run(act, creditor)
    for day in (20, 40, 80):
        run(on(act, TODAY + timedelta(days=day)), creditor)
        letter = live(act, customer)
        assert letter is not None and letter.document == "reminder"


def test_nothing_goes_out_within_the_days_between_two_letters(act: Act, creditor: Creditor, customer: Customer) -> None:
    apply_policy(act, creditor=creditor, text=ladder(minimum_days_between="9"))
    create_invoice(act, creditor, customer, days_late=10)
    leave(act, proposed(act, creditor, customer), TODAY)
    second = create_invoice(act, creditor, customer, days_late=12)
    early, day = on(act, TODAY + timedelta(days=8)), on(act, TODAY + timedelta(days=9))
    assert run(early, creditor).created == []
    assert "too_soon" in why(early, creditor, customer, second)
    assert [letter.document for letter in run(day, creditor).created] == ["reminder"]


def test_nothing_is_asked_below_the_smallest_balance(act: Act, creditor: Creditor, customer: Customer) -> None:
    apply_policy(act, creditor=creditor, text=ladder(minimum_balance='{NOK: "50.00"}'))
    invoice = create_invoice(act, creditor, customer, "149.99")
    create_credit_note(act, creditor, customer, "100.00")
    assert run(act, creditor).created == []
    assert "below_minimum" in why(act, creditor, customer, invoice)
    create_invoice(act, creditor, customer, "0.01")
    assert proposed(act, creditor, customer).demand_minor == 5000


def test_a_step_is_not_taken_below_its_own_smallest_amount(act: Act, creditor: Creditor, customer: Customer) -> None:
    apply_policy(act, creditor=creditor, text=ladder(first=', minimum_amount: {NOK: "500.00"}'))
    create_invoice(act, creditor, customer, "499.99")
    assert run(act, creditor).created == []
    create_invoice(act, creditor, customer, "0.01", days_late=1)
    assert proposed(act, creditor, customer).document == "reminder"


def test_an_invoice_too_small_for_its_own_step_is_listed_along_and_stays_where_it_is(
    act: Act, creditor: Creditor, customer: Customer
) -> None:
    apply_policy(act, creditor=creditor, text=ladder(last=', minimum_amount: {NOK: "5000.00"}'))
    create_invoice(act, creditor, customer, "1000.00", number="OLD", days_late=10)
    leave(act, proposed(act, creditor, customer), TODAY)
    second = on(act, TODAY + timedelta(days=14))
    leave(second, proposed(second, creditor, customer), second.today)
    third = on(act, TODAY + timedelta(days=28))
    create_invoice(third, creditor, customer, "200.00", number="NEW", days_late=11)
    letter = proposed(third, creditor, customer)
    assert (letter.document, letter.step) == ("reminder", "reminder")
    assert rows(act, letter) == {"OLD": ("1000.00", None), "NEW": ("200.00", "reminder")}


def test_a_step_switched_off_is_passed_over(act: Act, creditor: Creditor, customer: Customer) -> None:
    apply_policy(act, creditor=creditor, text=ladder(first=", approval: off"))
    invoice = create_invoice(act, creditor, customer, days_late=23)
    assert run(act, creditor).created == []
    assert why(act, creditor, customer, invoice)[0] == "waiting"
    tomorrow = on(act, TODAY + timedelta(days=1))
    assert [letter.document for letter in run(tomorrow, creditor).created] == ["final_reminder"]


def test_a_step_may_wait_for_the_end_of_its_month(act: Act, creditor: Creditor, customer: Customer) -> None:
    text = ladder().replace("{days: 10, from: due_date}", "{days: 10, from: due_date, month_end: true}")
    apply_policy(act, creditor=creditor, text=text)
    create_invoice(act, creditor, customer, due=date(2026, 11, 2))
    assert run(on(act, date(2026, 11, 29)), creditor).created == []
    assert len(run(on(act, date(2026, 11, 30)), creditor).created) == 1


def test_the_most_specific_ladder_wins_and_without_one_nothing_is_proposed(act: Act, creditor: Creditor) -> None:
    apply_policy(act, creditor=creditor, text=ladder("small", applies_to="{segments: [small]}"))
    apply_policy(act, creditor=creditor, text=ladder("special", applies_to="{customers: [C7], segments: [small]}"))
    small = create_customer(act, creditor, "C6", segment="small")
    special = create_customer(act, creditor, "C7", segment="small")
    nobody = create_customer(act, creditor, "C8")
    items = {row.number: create_invoice(act, creditor, row) for row in (small, special, nobody)}
    run(act, creditor)
    found = {row.number: letter.facts["ladder"] for row in (small, special) if (letter := live(act, row))}
    assert found == {"C6": "small", "C7": "special"}
    assert live(act, nobody) is None
    assert "no_ladder" in str(explained(act, creditor, nobody)["decisions"])
    assert items["C8"].open_minor == 100000


def test_a_courtesy_note_goes_out_before_the_due_date_and_never_after_it(
    act: Act, creditor: Creditor, customer: Customer
) -> None:
    note = "  - {code: note, document: courtesy, after: {days: -5, from: due_date}}\n  - {code: reminder"
    apply_policy(act, creditor=creditor, text=ladder().replace("  - {code: reminder", note, 1))
    create_invoice(act, creditor, customer, "700.00", number="SOON", due=TODAY + timedelta(days=5))
    create_invoice(act, creditor, customer, "800.00", number="LATER", due=TODAY + timedelta(days=6))
    letter = proposed(act, creditor, customer)
    assert (letter.document, letter.treatment, letter.demand_minor) == ("courtesy", "courtesy", 70000)
    assert rows(act, letter) == {"SOON": ("700.00", "note")}
    late = create_customer(act, creditor, "C9")
    create_invoice(act, creditor, late, "700.00", days_late=20)
    assert proposed(act, creditor, late).document == "reminder"


@pytest.mark.parametrize("reason", ["promise", "complaint", "no_dunning", "hold"])
def test_a_courtesy_note_rests_too_while_something_speaks_against_it(
    act: Act, creditor: Creditor, customer: Customer, reason: str
) -> None:
    note = "  - {code: note, document: courtesy, after: {days: -5, from: due_date}}\n  - {code: reminder"
    apply_policy(act, creditor=creditor, text=ladder().replace("  - {code: reminder", note, 1))
    create_invoice(act, creditor, customer, "700.00", due=TODAY + timedelta(days=5))
    quieten(act, customer, reason)
    assert run(act, creditor).created == []


@pytest.fixture
def with_a_note(act: Act, creditor: Creditor) -> Ladder:
    """The plain ladder with a courtesy note five days before the due date, from 100 kroner."""
    note = '  - {code: note, document: courtesy, after: {days: -5}, minimum_amount: {NOK: "100.00"}}'
    return apply_policy(act, creditor=creditor, text=ladder().replace("steps:", f"steps:\n{note}", 1))


def test_a_courtesy_note_has_its_smallest_amount_too(
    act: Act, creditor: Creditor, customer: Customer, with_a_note: Ladder
) -> None:
    create_invoice(act, creditor, customer, "99.99", due=TODAY + timedelta(days=5))
    assert run(act, creditor).created == []
    create_invoice(act, creditor, customer, "0.01", due=TODAY + timedelta(days=5))
    assert proposed(act, creditor, customer).demand_minor == 10000


def test_a_courtesy_note_deducts_credits_and_is_not_sent_where_they_cover_it(
    act: Act, creditor: Creditor, customer: Customer, with_a_note: Ladder
) -> None:
    create_invoice(act, creditor, customer, "700.00", due=TODAY + timedelta(days=5))
    create_invoice(act, creditor, customer, "5000.00", days_late=3)
    create_credit_note(act, creditor, customer, "200.00")
    letter = proposed(act, creditor, customer)
    assert (letter.document, letter.demand_minor) == ("courtesy", 50000)
    create_credit_note(act, creditor, customer, "500.00")
    assert run(act, creditor).created == []


# What silences


def quieten(act: Act, customer: Customer, reason: str) -> None:
    if reason == "promise":
        make_promise(act, customer=customer, currency="NOK", amount_minor=1000, due=TODAY)
    elif reason == "complaint":
        add_note(act, customer=customer, kind="complaint", text="half of it was broken")
    elif reason == "no_dunning":
        customer.no_dunning = True
    elif reason == "hold":
        place_hold(act, customer=customer, until=TODAY, reason="on holiday")
    elif reason == "plan":
        plan = make_offers(act, creditor=act.session.get_one(Creditor, customer.creditor_id), customer=customer,
                           currency="NOK")  # fmt: skip
        accept_plan(act, plan=plan, offer=1, name="Test Testesen")
    act.session.flush()


@pytest.mark.parametrize("relationship", ["on", "off"])
@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("promise", "promise_open"),
        ("complaint", "complaint_open"),
        ("no_dunning", "no_dunning"),
        ("hold", "held"),
        ("plan", "in_plan"),
    ],
)
def test_what_stands_in_the_way_of_a_customer_silences_them_and_is_told(
    act: Act, creditor: Creditor, customer: Customer, reason: str, code: str, relationship: str
) -> None:
    apply_policy(act, creditor=creditor, text=ladder(relationship=relationship))
    invoice = create_invoice(act, creditor, customer)
    waiting = proposed(act, creditor, customer)
    quieten(act, customer, reason)
    result = run(act, creditor)
    assert (result.created, waiting.status) == ([], "superseded")
    assert code in why(act, creditor, customer, invoice)


def test_a_customer_is_asked_again_the_day_after_hold_and_promise_end(
    act: Act, creditor: Creditor, customer: Customer, plain: Ladder
) -> None:
    create_invoice(act, creditor, customer)
    quieten(act, customer, "hold")
    quieten(act, customer, "promise")
    assert run(act, creditor).created == []
    assert len(run(on(act, TODAY + timedelta(days=1)), creditor).created) == 1


def test_an_invoice_on_hold_or_wholly_disputed_is_left_out_and_the_rest_is_asked_for(
    act: Act, creditor: Creditor, customer: Customer, plain: Ladder
) -> None:
    held = create_invoice(act, creditor, customer, "1000.00", number="HELD")
    disputed = create_invoice(act, creditor, customer, "2000.00", number="WRONG")
    partly = create_invoice(act, creditor, customer, "3000.00", number="PARTLY")
    place_hold(act, customer=customer, until=TODAY, reason="new copy sent", item=held)
    open_dispute(act, item=disputed, reason="never ordered")
    open_dispute(act, item=partly, amount_minor=100000, reason="one box missing")
    letter = proposed(act, creditor, customer)
    assert rows(act, letter) == {"PARTLY": ("2000.00", "reminder")}
    assert why(act, creditor, customer, held)[:2] == ["held", "held"]
    assert why(act, creditor, customer, disputed)[:2] == ["disputed", "disputed"]
    assert why(act, creditor, customer, partly)[0] == "reminder"


def test_every_open_invoice_is_explained(act: Act, creditor: Creditor, customer: Customer, plain: Ladder) -> None:
    create_invoice(act, creditor, customer, number="LATE")
    create_invoice(act, creditor, customer, number="YOUNG", days_late=2)
    create_invoice(act, creditor, customer, number="COMING", due=TODAY + timedelta(days=9))
    answer = explained(act, creditor, customer)
    assert {row["invoice"]: (row["decision"], row["step"]) for row in answer["items"]} == {
        "LATE": ("reminder", "reminder"), "YOUNG": ("listed", None), "COMING": ("not_due", None),
    }  # fmt: skip
    assert all(reason["text"] for row in answer["items"] for reason in row["because"])


# Again and again


def counted(act: Act) -> tuple[int, int]:
    act.session.flush()
    count = select(func.count())
    return (
        act.session.scalars(count.select_from(Proposal)).one(),
        act.session.scalars(count.select_from(ProposalItem)).one(),
    )


def test_running_again_changes_nothing(act: Act, creditor: Creditor) -> None:
    for number in ("C1", "C2", "C3"):
        create_invoice(act, creditor, create_customer(act, creditor, number), "12000.00")
    assert len(run(act, creditor).created) == 3
    before, told = counted(act), len(act.events)
    again = run(act, creditor)
    assert (again.created, again.unchanged, again.withdrawn) == ([], 3, 0)
    tomorrow = run(on(act, TODAY + timedelta(days=1)), creditor)
    assert (tomorrow.created, tomorrow.unchanged) == ([], 3)
    assert (counted(act), len(act.events)) == (before, told)


def test_a_changed_ledger_supersedes_what_waits_but_not_what_was_approved(
    act: Act, creditor: Creditor, customer: Customer, plain: Ladder
) -> None:
    invoice = create_invoice(act, creditor, customer, "1000.00")
    first = proposed(act, creditor, customer)
    create_payment(act, creditor, "400.00", invoice=invoice)
    second = proposed(act, creditor, customer)
    assert (first.status, second.demand_minor) == ("superseded", 60000)
    second.status = "approved"
    create_payment(act, creditor, "100.00", invoice=invoice)
    assert proposed(act, creditor, customer) is second


def test_a_proposal_about_what_has_been_paid_is_withdrawn(
    act: Act, creditor: Creditor, customer: Customer, plain: Ladder
) -> None:
    invoice = create_invoice(act, creditor, customer, "1000.00")
    first = proposed(act, creditor, customer)
    create_payment(act, creditor, "1000.00", invoice=invoice)
    result = run(act, creditor)
    assert (first.status, result.withdrawn, result.created) == ("superseded", 1, [])


def test_what_was_dismissed_does_not_come_back_for_the_minimum_days(
    act: Act, creditor: Creditor, customer: Customer, plain: Ladder
) -> None:
    invoice = create_invoice(act, creditor, customer)
    dismiss(act, proposal=proposed(act, creditor, customer), reason="spoke with them")
    for day in (0, 6):
        assert run(on(act, TODAY + timedelta(days=day)), creditor).created == []
    assert "dismissed" in why(act, creditor, customer, invoice)
    assert len(run(on(act, TODAY + timedelta(days=7)), creditor).created) == 1


def test_dismissing_needs_a_reason_and_a_waiting_proposal(
    act: Act, creditor: Creditor, customer: Customer, plain: Ladder
) -> None:
    create_invoice(act, creditor, customer)
    letter = proposed(act, creditor, customer)
    with pytest.raises(Refusal, match="needs a reason"):
        dismiss(act, proposal=letter, reason="  ")
    dismiss(act, proposal=letter, reason="no")
    with pytest.raises(Conflict, match="is dismissed"):
        dismiss(act, proposal=letter, reason="no again")


# The relationship


@pytest.fixture
def reminded(act: Act, creditor: Creditor, customer: Customer) -> Customer:
    """A customer of a ladder that minds the relationship, 24 days late with 20,000 kroner and reminded once."""
    apply_policy(act, creditor=creditor, text=ladder(relationship="on"))
    create_invoice(act, creditor, customer, "20000.00", days_late=10)
    leave(act, proposed(act, creditor, customer), TODAY)
    return customer


def test_with_the_relationship_off_the_plain_ladder_goes_on(act: Act, creditor: Creditor, reminded: Customer) -> None:
    apply_policy(act, creditor=creditor, text=ladder(relationship="off"))
    letter = proposed(on(act, TODAY + timedelta(days=14)), creditor, reminded)
    assert (letter.treatment, letter.step) == ("final_reminder", "final")


def test_with_the_relationship_on_a_plan_is_offered_instead_of_the_firmer_letter(
    act: Act, creditor: Creditor, reminded: Customer
) -> None:
    letter = proposed(on(act, TODAY + timedelta(days=14)), creditor, reminded)
    assert (letter.treatment, letter.document, letter.step, letter.channel) == ("payment_plan", None, None, "email")
    assert [row["step"] for row in shown(act, letter)["items"]] == [None]
    assert letter.offers and letter.options and letter.reasons
    assert {"final_reminder", "call", "payment_plan"} <= {option["treatment"] for option in letter.options}


def test_the_firmer_letter_a_clerk_chooses_is_the_ladders_step(
    act: Act, creditor: Creditor, reminded: Customer
) -> None:
    later = on(act, TODAY + timedelta(days=14))
    letter = proposed(later, creditor, reminded)
    edit(later, proposal=letter, treatment="final_reminder")
    assert (letter.document, letter.step) == ("final_reminder", "final")
    assert [row["step"] for row in shown(act, letter)["items"]] == ["final"]
    edit(later, proposal=letter, treatment="call")
    assert (letter.document, letter.step, letter.channel) == (None, None, "call")
    assert [row["step"] for row in shown(act, letter)["items"]] == [None]


def test_a_clerk_cannot_choose_what_was_not_allowed_nor_post_a_call(
    act: Act, creditor: Creditor, reminded: Customer
) -> None:
    later = on(act, TODAY + timedelta(days=14))
    letter = proposed(later, creditor, reminded)
    with pytest.raises(Refusal, match="cannot be chosen"):
        edit(later, proposal=letter, treatment="hand_over")
    edit(later, proposal=letter, treatment="call")
    with pytest.raises(Refusal, match="sends no letter"):
        edit(later, proposal=letter, channel="email")


def test_a_clerks_change_survives_the_next_run(act: Act, creditor: Creditor, reminded: Customer) -> None:
    later = on(act, TODAY + timedelta(days=14))
    letter = proposed(later, creditor, reminded)
    edit(later, proposal=letter, treatment="call", language="en", message="Ring me.")
    assert proposed(on(act, TODAY + timedelta(days=15)), creditor, reminded) is letter
    assert (letter.treatment, letter.language, letter.message) == ("call", "en", "Ring me.")


def broken_plan(act: Act, creditor: Creditor, customer: Customer) -> tuple[Act, Plan]:
    plan = make_offers(act, creditor=creditor, customer=customer, currency="NOK")
    accept_plan(act, plan=plan, offer=2, name="Test Testesen")
    later = on(act, date(2026, 12, 7))  # the first payment was due on 1 December
    assert follow_plans(later, creditor).broken == (plan,)
    return later, plan


@pytest.mark.parametrize("relationship", ["on", "off"])
def test_a_broken_plan_brings_the_case_back_and_says_so(
    act: Act, creditor: Creditor, customer: Customer, relationship: str
) -> None:
    apply_policy(act, creditor=creditor, text=ladder(relationship=relationship))
    create_invoice(act, creditor, customer, "20000.00", days_late=10)
    leave(act, proposed(act, creditor, customer), TODAY)
    later, plan = broken_plan(act, creditor, customer)
    letter = proposed(later, creditor, customer)
    assert letter.reasons[0]["code"] == "plan_broken"
    assert f"Payment plan {plan.id} was broken" in letter.reasons[0]["text"]
    assert [reason["code"] for reason in letter.reasons].count("plan_broken") == 1


def test_a_broken_plan_whose_debt_is_covered_asks_for_nothing(
    act: Act, creditor: Creditor, customer: Customer, plain: Ladder
) -> None:
    create_invoice(act, creditor, customer, "20000.00", days_late=10)
    leave(act, proposed(act, creditor, customer), TODAY + timedelta(days=3))  # so that no step is due yet
    later, _ = broken_plan(act, creditor, customer)
    create_payment(later, creditor, "20000.00", customer=customer)
    assert run(later, creditor).created == []


# Many customers


def test_the_statements_do_not_grow_with_the_number_of_customers(
    act: Act, creditor: Creditor, plain: Ladder, statements: Statements
) -> None:
    def run_with(customers: int) -> int:
        for _ in range(customers):
            create_invoice(act, creditor, create_customer(act, creditor))
        act.session.flush()
        keep_events(act)
        act.session.flush()
        statements.clear()
        run(act, creditor)
        return len([statement for statement in statements if statement.lstrip().upper().startswith("SELECT")])

    assert run_with(2) == run_with(30)
