"""What came of treatments is counted, and teaches what they recover; the sums say how many cases stand behind them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from kulant.db import Act
from kulant.ledger.models import Customer
from kulant.people.models import Creditor
from kulant.relationship.late_reasons import current, set_reason
from kulant.relationship.service import add_note
from kulant.transaction import keep_events
from kulant.treatment.lessons import lessons_of
from kulant.treatment.models import Ladder
from kulant.treatment.models_record import Outcome
from kulant.treatment.outcomes import keep_outcomes
from kulant.treatment.policies import apply_policy
from tests.support.factories import create_credit_note, create_customer, create_invoice, create_payment
from tests.support.proposals import TODAY, ladder, leave, on, proposed


def outcomes(act: Act) -> list[Outcome]:
    act.session.flush()
    return list(act.session.scalars(select(Outcome).order_by(Outcome.proposal_id)))


@pytest.fixture
def reminded(act: Act, creditor: Creditor, customer: Customer, plain: Ladder) -> Customer:
    """A reminder for 1,000 left today."""
    create_invoice(act, creditor, customer, "1000.00", number="R1")
    letter = proposed(act, creditor, customer)
    letter.status, letter.decided_on = "sent", TODAY
    leave(act, letter, TODAY)
    return customer


def test_a_letter_that_was_paid_is_counted_once_with_the_days_it_took(
    act: Act, creditor: Creditor, reminded: Customer
) -> None:
    assert keep_outcomes(act, creditor) == 1
    assert keep_outcomes(act, creditor) == 0
    create_payment(act, creditor, "1000.00", customer=reminded, reference="R1", on=TODAY + timedelta(days=9))
    later = on(act, TODAY + timedelta(days=10))
    assert keep_outcomes(later, creditor) == 1
    assert keep_outcomes(later, creditor) == 0
    row = outcomes(act)[0]
    assert (row.treatment, row.reason, row.recovered, row.recovered_minor, row.days) == (
        "reminder", "unknown", True, 100000, 9,
    )  # fmt: skip
    assert row.closed_on == TODAY + timedelta(days=9)


def test_half_a_year_later_what_came_is_what_it_recovered(act: Act, creditor: Creditor, reminded: Customer) -> None:
    keep_outcomes(act, creditor)
    create_payment(act, creditor, "250.00", customer=reminded, reference="R1", on=TODAY + timedelta(days=30))
    keep_outcomes(on(act, TODAY + timedelta(days=180)), creditor)
    assert outcomes(act)[0].closed_on is None
    keep_outcomes(on(act, TODAY + timedelta(days=181)), creditor)
    row = outcomes(act)[0]
    assert (row.recovered, row.recovered_minor, row.days) == (False, 25000, None)


def test_a_credit_note_recovers_nothing(act: Act, creditor: Creditor, reminded: Customer) -> None:
    keep_outcomes(act, creditor)
    create_credit_note(act, creditor, reminded, "1000.00")
    keep_outcomes(on(act, TODAY + timedelta(days=181)), creditor)
    assert (outcomes(act)[0].recovered, outcomes(act)[0].recovered_minor) == (False, 0)


def test_a_call_counts_from_the_day_it_was_noted_and_not_before(
    act: Act, creditor: Creditor, reminded: Customer
) -> None:
    later = on(act, TODAY + timedelta(days=14))
    call = proposed(later, creditor, reminded)
    call.treatment, call.document, call.step, call.status = "call", None, None, "sent"
    call.decided_on = later.today
    act.session.flush()
    keep_outcomes(later, creditor)
    assert [row.treatment for row in outcomes(act)] == ["reminder"]
    noted = on(act, TODAY + timedelta(days=16))
    add_note(noted, customer=reminded, kind="call", text="No answer.")
    keep_events(noted)
    keep_outcomes(noted, creditor)
    row = outcomes(act)[1]
    assert (row.treatment, row.done_on) == ("call", TODAY + timedelta(days=16))


def test_a_reason_ends_when_nothing_is_overdue_any_more_except_hardship(
    act: Act, creditor: Creditor, reminded: Customer
) -> None:
    other = create_customer(act, creditor, "C2")
    set_reason(act, customer=reminded, code="forgot")
    set_reason(act, customer=other, code="hardship")
    later = on(act, TODAY + timedelta(days=3))
    keep_outcomes(later, creditor)
    assert current(act.session, reminded.id) is not None
    create_payment(act, creditor, "1000.00", customer=reminded, reference="R1", on=later.today)
    act.session.flush()
    keep_outcomes(later, creditor)
    act.session.expire_all()
    assert current(act.session, reminded.id) is None
    assert current(act.session, other.id) is not None


def test_what_was_seen_moves_the_figure_as_far_as_its_cases_weigh(
    act: Act, creditor: Creditor, reminded: Customer
) -> None:
    keep_outcomes(act, creditor)
    create_payment(act, creditor, "1000.00", customer=reminded, reference="R1", on=TODAY)
    keep_outcomes(on(act, TODAY + timedelta(days=44)), creditor)
    assert not lessons_of(act.session, creditor.id).cases  # paid early counts no sooner than unpaid
    keep_outcomes(on(act, TODAY + timedelta(days=45)), creditor)
    lessons = lessons_of(act.session, creditor.id)
    figures = lessons.figures(None, None)
    seen = figures.of("reminder")
    assert seen is not None
    assert (seen.usual, seen.observed) == (round((20 * 6600 + 10000) / 21), 1)
    [row] = lessons.table()
    assert (row.treatment, row.prior, row.observed, row.recovered) == ("reminder", 6600, 1, 1.0)


def test_the_options_say_how_many_own_cases_stand_behind_them(act: Act, creditor: Creditor, reminded: Customer) -> None:
    keep_outcomes(act, creditor)
    create_payment(act, creditor, "1000.00", customer=reminded, reference="R1", on=TODAY)
    later = on(act, TODAY + timedelta(days=45))
    keep_outcomes(later, creditor)
    apply_policy(act, creditor=creditor, text=ladder(relationship="on"))
    other = create_customer(act, creditor, "C3")
    create_invoice(act, creditor, other, "9000.00", days_late=30)
    shown = {option["treatment"]: option for option in proposed(later, creditor, other).options}
    assert (shown["reminder"]["prior_cases"], shown["reminder"]["observed_cases"]) == (20, 1)
    assert shown["reminder"]["recovery"] == 0.6762
