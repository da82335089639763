"""A statement of account: every movement in order, from the balance before to the balance after; and its trace."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kulant.core.errors import NotFound, Refusal
from kulant.core.money import to_decimal
from kulant.db import Act
from kulant.ledger import exchange
from kulant.ledger.allocation import Order
from kulant.ledger.charges import NewCharge, post_charges
from kulant.ledger.posting import reverse_allocation
from kulant.ledger.queries import allocations_of
from kulant.ledger.service import charge_back
from kulant.ledger.statement import Movement, Remaining, build, period, statement
from kulant.ledger.trace import find_item, trace
from kulant.people.models import Creditor
from kulant.transaction import keep_events
from tests.conftest import TODAY, Statements
from tests.support.factories import create_credit_note, create_customer, create_invoice, create_payment

ORDER = Order("principal_first", "chosen by the creditor")
JANUARY = date(2026, 1, 1)


def test_a_statement_runs_from_the_opening_to_the_closing_balance(act: Act, creditor: Creditor) -> None:
    customer = create_customer(act, creditor)
    old = create_invoice(act, creditor, customer, "1000.00", days_late=60, number="OLD")
    new = create_invoice(act, creditor, customer, "500.00", days_late=-10, number="NEW")
    create_payment(act, creditor, "300.00", invoice=old, number="P1", on=TODAY - timedelta(days=5))
    found = statement(act.session, creditor, customer, "NOK", TODAY - timedelta(days=41), TODAY)
    assert found.opening_minor == 100000
    assert [(move.number, balance) for move, balance in found.lines] == [("NEW", 150000), ("P1", 120000)]
    assert [(part.number, part.amount_minor) for part in found.movements[1].parts] == [("OLD", 30000)]
    assert (found.debits_minor, found.credits_minor, found.closing_minor) == (50000, 30000, 120000)
    assert [(item.number, item.days_late, item.open_minor) for item in found.remaining] == [
        ("OLD", 60, 70000), ("NEW", 0, new.open_minor),
    ]  # fmt: skip
    assert found.ageing.open == found.closing_minor
    assert found.order.words


def test_another_currency_and_another_customer_stay_out_of_it(act: Act, creditor: Creditor) -> None:
    customer, other = create_customer(act, creditor), create_customer(act, creditor)
    create_invoice(act, creditor, customer, "10.00")
    create_invoice(act, creditor, customer, "20.00", currency="EUR")
    create_invoice(act, creditor, other, "40.00")
    assert statement(act.session, creditor, customer, "NOK", JANUARY, TODAY).closing_minor == 1000


def test_a_payment_taken_back_stands_beside_the_payment(act: Act, creditor: Creditor) -> None:
    customer = create_customer(act, creditor)
    invoice = create_invoice(act, creditor, customer, "100.00")
    payment = create_payment(act, creditor, "100.00", invoice=invoice, number="P1")
    charge_back(act, creditor=creditor, payment=payment, number="B1", amount_minor=10000, on=TODAY)
    found = statement(act.session, creditor, customer, "NOK", JANUARY, TODAY)
    assert [(one.kind, one.amount_minor) for one in found.movements] == [
        ("invoice", 10000), ("chargeback", 10000), ("payment", -10000),
    ]  # fmt: skip
    [invoiced, back, paid] = found.movements
    assert invoiced.parts == ()
    assert [part.number for part in paid.parts] == ["B1"]
    assert [part.number for part in back.parts] == ["P1"]


def test_a_statement_takes_as_many_questions_for_a_hundred_rows_as_for_one(
    act: Act, creditor: Creditor, statements: Statements
) -> None:
    customer = create_customer(act, creditor)

    def asked() -> int:
        act.session.flush()
        statements.clear()
        statement(act.session, creditor, customer, "NOK", JANUARY, TODAY)
        return len(statements)

    invoice = create_invoice(act, creditor, customer, "100.00")
    create_payment(act, creditor, "1.00", invoice=invoice)
    one = asked()
    for _ in range(30):
        create_payment(act, creditor, "1.00", invoice=create_invoice(act, creditor, customer))
    assert asked() <= one <= 6


def test_the_period_ends_on_the_business_date_at_the_latest() -> None:
    assert period(date(2026, 11, 23), None, None) == (date(2026, 9, 1), date(2026, 11, 23))
    assert period(date(2026, 11, 23), None, date(2026, 1, 31)) == (date(2025, 11, 1), date(2026, 1, 31))
    for first, last in ((None, date(2026, 11, 24)), (date(2026, 11, 24), None)):
        with pytest.raises(Refusal):
            period(date(2026, 11, 23), first, last)


movements = st.lists(
    st.builds(
        Movement,
        entry_id=st.integers(1, 10**6),
        on=st.dates(JANUARY, date(2026, 12, 31)),
        item_id=st.integers(1, 50),
        kind=st.just("invoice"),
        number=st.just("1"),
        amount_minor=st.integers(-(10**9), 10**9).filter(bool),
    ),
    max_size=30,
)


@given(movements, st.integers(-(10**9), 10**9))
def test_the_running_balance_always_ends_in_the_closing_one(moves: list[Movement], opening: int) -> None:
    found = build(
        currency="NOK", period=(JANUARY, TODAY), opening_minor=opening, movements=moves,
        remaining=[Remaining(1, "invoice", "1", None, 0, 5)], order=ORDER,
    )  # fmt: skip
    assert found.closing_minor == opening + sum(move.amount_minor for move in moves)
    assert (found.running or [opening])[-1] == found.closing_minor
    assert [move.on for move in found.movements] == sorted(move.on for move in moves)


def test_a_trace_tells_what_was_allocated_undone_and_by_whom(act: Act, creditor: Creditor) -> None:
    customer = create_customer(act, creditor)
    invoice = create_invoice(act, creditor, customer, "100.00", number="1001")
    payment = create_payment(act, creditor, "60.00", invoice=invoice, number="P1")
    reverse_allocation(act, allocations_of(act.session, payment.id)[0], on=TODAY)
    post_charges(act, creditor=creditor, letter=4, charges=[NewCharge("fee", invoice, 500, "r")], due=TODAY)
    keep_events(act)
    found = trace(act.session, find_item(act.session, creditor.id, "1001"))
    assert [(one.kind, one.amount_minor, one.open_after_minor) for one in found.bookings] == [
        ("post", 10000, 10000), ("allocate", -6000, 4000), ("reverse", 6000, 10000),
    ]  # fmt: skip
    posted, given_, undone = found.bookings
    assert undone.reverses_id == given_.entry_id
    assert given_.reversed_by_id == undone.entry_id
    assert given_.against is payment
    assert posted.actor == "test clerk"
    assert [one.kind for one in found.charges] == ["fee"]
    fee = trace(act.session, find_item(act.session, creditor.id, "fee:4"))
    assert fee.belongs_to is invoice
    with pytest.raises(NotFound):
        find_item(act.session, creditor.id, "2002")


def test_a_credit_that_was_never_used_has_one_entry(act: Act, creditor: Creditor) -> None:
    credit = create_credit_note(act, creditor, create_customer(act, creditor), "5.00")
    assert [one.amount_minor for one in trace(act.session, credit).bookings] == [-500]


def test_the_newest_rate_not_after_the_day_is_used(act: Act, creditor: Creditor) -> None:
    days = {date(2026, 11, 1): "10.5", date(2026, 11, 20): "10.85", date(2026, 11, 25): "11"}
    rates = [exchange.NewRate("USD", day, exchange.read_rate(rate), "Norges Bank") for day, rate in days.items()]
    assert exchange.set_rates(act, creditor=creditor, rates=rates) == 3
    assert exchange.set_rates(act, creditor=creditor, rates=rates) == 0
    assert exchange.rate_on(act.session, creditor, "USD", date(2026, 11, 22)).millionths == 10_850_000
    with pytest.raises(Refusal, match="no rate for USD known on 2026-10-31"):
        exchange.rate_on(act.session, creditor, "USD", date(2026, 10, 31))
    assert [event.kind for event in act.events].count("rate_set") == 3


@given(st.integers(1, 10**12))
def test_a_rate_written_and_read_again_is_the_same(millionths: int) -> None:
    assert exchange.read_rate(exchange.rate_text(millionths)) == millionths


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**9), st.sampled_from(["EUR", "ISK", "KWD"]))
def test_an_amount_in_the_own_currency_is_off_by_half_a_unit_at_most(
    minor: int, millionths: int, currency: str
) -> None:
    exact = to_decimal(minor, currency) * Decimal(millionths) / exchange.MILLION
    worth = to_decimal(exchange.in_home(minor, currency, "NOK", millionths), "NOK")
    assert abs(worth - exact) <= Decimal("0.005")
