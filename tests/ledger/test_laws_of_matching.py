"""Laws of matching: nothing is used twice, the order of rows is no matter, and all can be taken back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from kulant.db import Act, Base, engine_for
from kulant.ledger import queries
from kulant.ledger.allocation import COSTS_FIRST, PRINCIPAL_FIRST, Debt, ordered, small_sets
from kulant.ledger.matching import Matching, match_waiting
from kulant.ledger.models import OpenItem, PaymentDetail
from kulant.ledger.placing import unmatch
from kulant.ledger.posting import NewItem, post_items
from kulant.people.models import Creditor
from tests.support.factories import create_charge, create_creditor, create_customer, create_invoice

TODAY = date(2026, 11, 23)
WAYS = ("reference", "text", "payer", "both", "nothing")
owed = st.lists(st.tuples(st.integers(0, 2), st.integers(1, 9), st.booleans()), min_size=1, max_size=6)
paid = st.lists(
    st.tuples(
        st.integers(0, 5), st.integers(1, 12), st.sampled_from(["reference", "text", "payer", "both", "nothing"])
    ),
    min_size=1,
    max_size=7,
)


@contextmanager
def books() -> Iterator[tuple[Act, Creditor]]:
    """An empty ledger in memory, gone afterwards."""
    engine = engine_for("sqlite:///:memory:")
    Base.metadata.create_all(engine)
    with Session(engine, expire_on_commit=False) as session:
        act = Act(session=session, actor="test", today=TODAY, now=datetime(2026, 11, 23, 9, 0, tzinfo=UTC))
        yield act, create_creditor(act, bank_fee_tolerance={"NOK": 100})
        session.rollback()


def fill(act: Act, creditor: Creditor, debts: Sequence[tuple[int, int, bool]]) -> list[OpenItem]:
    """Three customers with these invoices in whole kroner, some with a fee of two."""
    customers = [create_customer(act, creditor, f"C{n}", name=f"Customer {n}") for n in range(3)]
    invoices = []
    for n, (who, kroner, charged) in enumerate(debts):
        invoice = create_invoice(
            act, creditor, customers[who], f"{kroner}.00", number=f"INV77{n}00", payment_reference=f"55{n}00"
        )
        if charged:
            create_charge(act, creditor, invoice, "2.00")
        invoices.append(invoice)
    return invoices


def post(act: Act, creditor: Creditor, invoices: Sequence[OpenItem], n: int, payment: tuple[int, int, str]) -> OpenItem:
    """A payment of its own day that says what it is for in one way, in two, or not at all."""
    which, kroner, how = payment
    invoice = invoices[which % len(invoices)]
    new = NewItem(
        kind="payment",
        number=f"P{n}",
        currency="NOK",
        amount_minor=-100 * kroner,
        issue_date=TODAY - timedelta(days=20 - n),
        payment_reference=invoice.payment_reference if how in ("reference", "both") else None,
    )
    [posted] = post_items(act, creditor=creditor, items=[new])
    message = f"faktura {invoice.number}" if how in ("text", "both") else None
    payer = f"customer {['C0', 'C1', 'C2'].index(_number(act, invoice))}" if how == "payer" else None
    act.session.add(PaymentDetail(item_id=posted.id, message=message, payer_name=payer))
    act.session.flush()
    return posted


def _number(act: Act, invoice: OpenItem) -> str:
    [customer] = queries.customers_by_id(act.session, [invoice.customer_id or 0]).values()
    return customer.number


def state(act: Act) -> list[tuple[str, int, int | None]]:
    """Every item's open balance and owner."""
    act.session.flush()
    rows = act.session.execute(select(OpenItem.number, OpenItem.open_minor, OpenItem.customer_id).order_by(OpenItem.id))
    return [(number.partition(":")[0], left, owner) for number, left, owner in rows]


def sound(act: Act) -> None:
    """Each item is the sum of its entries, between nothing and what was posted."""
    act.session.flush()
    assert queries.imbalances(act.session) == []
    for item in act.session.scalars(select(OpenItem)):
        low, high = sorted((0, item.amount_minor))
        assert low <= item.open_minor <= high, item.number


@given(debts=owed, payments=paid)
@settings(max_examples=40, deadline=None)
def test_nothing_is_allocated_above_either_side_and_looking_again_changes_nothing(
    debts: list[tuple[int, int, bool]], payments: list[tuple[int, int, str]]
) -> None:
    with books() as (act, creditor):
        invoices = fill(act, creditor, debts)
        posted = [post(act, creditor, invoices, n, one) for n, one in enumerate(payments)]
        Matching(act, creditor).match(posted)
        sound(act)
        match_waiting(act, creditor=creditor)
        sound(act)
        settled = state(act)
        match_waiting(act, creditor=creditor)
        assert state(act) == settled


@given(debts=owed, payments=paid)
@settings(max_examples=40, deadline=None)
def test_the_same_file_gives_the_same_books_however_its_rows_are_ordered(
    debts: list[tuple[int, int, bool]], payments: list[tuple[int, int, str]]
) -> None:
    found = []
    for backwards in (False, True):
        with books() as (act, creditor):
            invoices = fill(act, creditor, debts)
            posted = [post(act, creditor, invoices, n, one) for n, one in enumerate(payments)]
            Matching(act, creditor).match(list(reversed(posted)) if backwards else posted)
            found.append(state(act))
    assert found[0] == found[1]


@given(debts=owed, payments=paid)
@settings(max_examples=40, deadline=None)
def test_taking_every_payment_back_leaves_the_debts_as_they_were(
    debts: list[tuple[int, int, bool]], payments: list[tuple[int, int, str]]
) -> None:
    with books() as (act, creditor):
        invoices = fill(act, creditor, debts)
        before = state(act)
        posted = [post(act, creditor, invoices, n, one) for n, one in enumerate(payments)]
        Matching(act, creditor).match(posted)
        for payment in posted:
            if payment.customer_id is not None:
                unmatch(act, creditor=creditor, payment=payment)
            assert (payment.open_minor, payment.customer_id) == (payment.amount_minor, None)
        sound(act)
        assert state(act)[: len(before)] == before


amounts = st.lists(st.integers(1, 30), max_size=12)


@given(minors=amounts, total=st.integers(1, 100))
def test_a_set_of_debts_is_found_when_there_is_one_and_sums_exactly(minors: list[int], total: int) -> None:
    debts = list(enumerate(minors))
    sets = small_sets(debts, total)
    for one in sets:
        assert sum(minors[place] for place in one) == total
        assert 2 <= len(set(one)) == len(one) <= 4
    assert len({frozenset(one) for one in sets}) == len(sets)
    pair = any(a + b == total for i, a in enumerate(minors) for b in minors[i + 1 :])
    assert sets or not pair


@given(debts=st.lists(st.tuples(st.sampled_from(["invoice", "fee", "interest"]), st.integers(0, 3)), max_size=8))
def test_both_orders_keep_every_debt_and_their_promise(debts: list[tuple[str, int]]) -> None:
    items = [
        Debt(n, kind, 100, TODAY + timedelta(days=day), None if kind == "invoice" else 1000 + day, TODAY)
        for n, (kind, day) in enumerate(debts)
    ]
    for code in (PRINCIPAL_FIRST, COSTS_FIRST):
        assert sorted(one.id for one in ordered(items, code)) == list(range(len(items)))
        assert ordered(items, code) == ordered(list(reversed(items)), code)
    kinds = [one.kind == "invoice" for one in ordered(items, PRINCIPAL_FIRST)]
    assert kinds == sorted(kinds, reverse=True)
