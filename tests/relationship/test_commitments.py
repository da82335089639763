"""What we promise customers: made, kept, broken; a broken one counts against us."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from kulant.core.errors import Conflict, Refusal
from kulant.db import Act
from kulant.ledger.models import Customer
from kulant.people.models import Creditor
from kulant.relationship import queries
from kulant.relationship.commitments import break_commitment, keep_commitment, make_commitment
from kulant.relationship.models_care import Strike
from kulant.relationship.service_clock import keep_clock
from tests.conftest import TODAY
from tests.support.factories import create_customer

FRIDAY = date(2026, 11, 27)


@pytest.fixture
def customer(act: Act, creditor: Creditor) -> Customer:
    return create_customer(act, creditor, "K1")


def test_whoever_promises_keeps_it_unless_another_is_named(act: Act, customer: Customer) -> None:
    ours = make_commitment(act, customer=customer, text="A credit note.", due=FRIDAY)
    theirs = make_commitment(act, customer=customer, text="A call.", due=FRIDAY, owner="Kari")
    assert (ours.owner, theirs.owner) == ("test clerk", "Kari")
    assert act.events[-2].text == "We promised by 27 November 2026: A credit note."
    assert queries.open_commitments(act.session, [customer.id]) == [ours, theirs]


def test_nothing_is_promised_for_yesterday_or_without_words(act: Act, customer: Customer) -> None:
    with pytest.raises(Refusal, match="has passed"):
        make_commitment(act, customer=customer, text="A call.", due=date(2026, 11, 20))
    with pytest.raises(Refusal, match="needs some words"):
        make_commitment(act, customer=customer, text=" ", due=FRIDAY)


def test_a_task_is_due_before_and_goes_when_it_is_kept(act: Act, creditor: Creditor, customer: Customer) -> None:
    commitment = make_commitment(act, customer=customer, text="A credit note.", due=FRIDAY)
    [task] = queries.open_tasks(act.session, creditor.id)
    assert task.due == date(2026, 11, 26)
    keep_commitment(act, commitment=commitment)
    assert (commitment.status, commitment.settled_on) == ("kept", TODAY)
    assert queries.open_tasks(act.session, creditor.id) == []
    with pytest.raises(Conflict, match="kept already"):
        break_commitment(act, commitment=commitment)


def test_what_is_not_done_by_its_day_is_broken_and_counts(act: Act, creditor: Creditor, customer: Customer) -> None:
    commitment = make_commitment(act, customer=customer, text="A credit note.", due=FRIDAY)
    assert keep_clock(replace(act, today=FRIDAY), creditor) == 0
    day_after = replace(act, today=date(2026, 11, 28))
    assert [keep_clock(day_after, creditor), keep_clock(day_after, creditor)] == [1, 0]
    assert commitment.status == "broken"
    [strike] = act.session.scalars(select(Strike))
    assert (strike.code, strike.on, strike.text) == (
        "broken_promise",
        date(2026, 11, 28),
        "We promised by 27 November 2026: A credit note.",
    )


def test_one_that_somebody_gives_up_counts_with_the_next_run(act: Act, creditor: Creditor, customer: Customer) -> None:
    commitment = make_commitment(act, customer=customer, text="A credit note.", due=FRIDAY)
    break_commitment(act, commitment=commitment, why="the invoice was right")
    assert act.events[-1].text.endswith("A credit note. (the invoice was right)")
    assert keep_clock(act, creditor) == 1
