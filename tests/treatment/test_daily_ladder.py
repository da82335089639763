"""The ladder, day after day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from kulant.db import Act
from kulant.ledger.models import Customer
from kulant.people.models import Creditor
from kulant.treatment.models import Ladder
from kulant.treatment.policies import apply_policy
from tests.support.factories import create_credit_note, create_customer, create_invoice
from tests.support.proposals import (
    TODAY,
    explained,
    first_invoice,
    ladder,
    leave,
    letters,
    live,
    on,
    proposed,
    quieten,
    rows,
    run,
    why,
)


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
    assert [letter.document for letter in letters(day, run(day, creditor))] == ["reminder"]


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
    assert [letter.document for letter in letters(tomorrow, run(tomorrow, creditor))] == ["final_reminder"]


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
