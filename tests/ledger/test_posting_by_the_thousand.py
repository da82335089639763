"""Items posted by the thousand leave what posting them one object at a time leaves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, select
from sqlalchemy.orm import Session, aliased

from kulant.core.errors import Refusal
from kulant.db import Act, Base
from kulant.ledger import balances, queries
from kulant.ledger.bulk import among, insert_rows, reserve_ids
from kulant.ledger.models import Contact, Customer, Entry, OpenItem
from kulant.ledger.posting import Allocation, Covering, NewItem, allocate, post_items, post_new
from kulant.people.models import Creditor
from tests.support.factories import create_creditor, create_customer, create_payment

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

days = st.none() | st.dates(date(2026, 1, 1), date(2026, 12, 31))


@st.composite
def new_items(draw: st.DrawFn) -> list[tuple[NewItem, Covering | None]]:
    """Invoices and credit notes, some covered in part or wholly."""
    items = []
    for number in range(draw(st.integers(0, 6))):
        owed = draw(st.booleans())
        amount = draw(st.integers(1, 10_000))
        new = NewItem(
            kind="invoice" if owed else "credit_note",
            number=f"I{number}",
            currency=draw(st.sampled_from(["NOK", "SEK"])),
            amount_minor=amount if owed else -amount,
            issue_date=draw(days),
            due_date=draw(days),
            due_assumed=draw(st.booleans()),
            margin_minor=draw(st.none() | st.integers(-100, 100)),
            payment_reference=draw(st.none() | st.text("0123456789\t\\\n", min_size=1, max_size=5)),
            order_reference=draw(st.none() | st.just("PO 7")),
            named_number=draw(st.none() | st.just("I0")),
        )
        on = TODAY - timedelta(days=draw(st.integers(0, 99)))
        by = Covering(draw(st.integers(1, amount)), on, f"opening:I{number}") if draw(st.booleans()) else None
        items.append((new, by))
    return items


def one_by_one(act: Act, creditor: Creditor, items: list[tuple[NewItem, Covering | None]]) -> None:
    """The careful way: an object for each item, its payment allocated to it."""
    posted = post_items(act, creditor=creditor, items=[new for new, _ in items])
    for item, (new, by) in zip(posted, items, strict=True):
        if by is None:
            continue
        owed = new.amount_minor > 0
        paying = NewItem(
            kind="payment" if owed else "chargeback",
            number=by.number,
            currency=new.currency,
            amount_minor=-by.amount_minor if owed else by.amount_minor,
            customer_id=new.customer_id,
            issue_date=by.on,
            named_number=new.number,
        )
        [payment] = post_items(act, creditor=creditor, items=[paying])
        credit, debit = (payment, item) if owed else (item, payment)
        allocate(act, [Allocation(credit, debit, by.amount_minor, by.on)])


def everything(act: Act) -> list[list[tuple[Any, ...]]]:
    """All that the ledger's tables hold, save the ids."""
    act.session.flush()
    other = aliased(OpenItem)
    kept = [column for column in OpenItem.__table__.columns if column.name != "id"]
    entries = (
        select(OpenItem.number, other.number, Entry.kind, Entry.on, Entry.amount_minor, Entry.recorded_at)
        .join_from(Entry, OpenItem, Entry.item_id == OpenItem.id)
        .outerjoin(other, Entry.against_item_id == other.id)
    )
    assert not queries.imbalances(act.session)
    return [sorted(map(tuple, act.session.execute(what)), key=repr) for what in (select(*kept), entries)]


@pytest.fixture(scope="module")
def empty() -> Iterator[Engine]:
    """A database whose examples are all rolled back."""
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


@settings(max_examples=60, deadline=None)
@given(items=new_items())
def test_both_ways_leave_the_same_ledger(empty: Engine, items: list[tuple[NewItem, Covering | None]]) -> None:
    left = []
    for way in (one_by_one, lambda act, creditor, items: post_new(act, creditor=creditor, items=items)):
        with Session(empty) as session:
            act = Act(session=session, actor="test", today=TODAY, now=NOW)
            creditor = create_creditor(act)
            customer = create_customer(act, creditor, "K1")
            way(act, creditor, [(replace(new, customer_id=customer.id), by) for new, by in items])
            balances.keep(act)
            left.append((everything(act), balances.kept(session, creditor.id)))
            assert not balances.mismatches(session)
    assert left[0] == left[1]


def test_the_same_on_both_databases(act: Act, creditor: Creditor) -> None:
    customer = create_customer(act, creditor, "K1")
    odd = NewItem("invoice", "1\t2\\N", "NOK", 100_00, customer.id, TODAY, TODAY, payment_reference="\\.\n")
    post_new(act, creditor=creditor, items=[(odd, Covering(40_00, TODAY, "opening:1"))])
    found = queries.documents_by_number(act.session, creditor.id, [odd.number])[odd.number]
    assert (found.open_minor, found.payment_reference, found.issue_date) == (60_00, "\\.\n", TODAY)
    [post, allocation] = act.session.scalars(select(Entry).where(Entry.item_id == found.id).order_by(Entry.id))
    assert (post.amount_minor, allocation.amount_minor, allocation.recorded_at) == (100_00, -40_00, act.now)
    [next_one] = post_items(act, creditor=creditor, items=[replace(odd, number="2")])
    assert next_one.id > found.id, "numbers given out beforehand are given out once"


@pytest.mark.parametrize("amount", [0, -1, 100_01])
def test_nothing_is_covered_above_its_amount(act: Act, creditor: Creditor, amount: int) -> None:
    customer = create_customer(act, creditor, "K1")
    new = NewItem("invoice", "1", "NOK", 100_00, customer.id)
    with pytest.raises(Refusal):
        post_new(act, creditor=creditor, items=[(new, Covering(amount, TODAY, "opening:1"))])


def test_many_values_are_one_parameter(act: Act, creditor: Creditor) -> None:
    ids = reserve_ids(act.session, Customer, 3)
    columns = ("id", "creditor_id", "number", "name", "kind", "strategic", "contact_opt_out", "no_dunning")
    rows = [(key, creditor.id, f"“{key}”", "x", "business", False, True, False) for key in ids]
    insert_rows(act.session, Customer, columns, rows)
    insert_rows(act.session, Contact, ("customer_id", "is_primary", "address"), [(ids[0], True, "Veien 1\nOslo")])
    wanted = [f"“{ids[0]}”", f"“{ids[2]}”", *(f"none {n}" for n in range(40_000))]
    found = act.session.scalars(select(Customer).where(among(act.session, Customer.number, wanted)))
    assert sorted((one.id, one.contact_opt_out) for one in found) == [(ids[0], True), (ids[2], True)]
    assert queries.primary_contacts(act.session, ids)[ids[0]].address == "Veien 1\nOslo"


@pytest.mark.parametrize("first_day", [TODAY, TODAY - timedelta(days=1)])
def test_new_items_are_added_to_the_balances_of_the_day(act: Act, creditor: Creditor, first_day: date) -> None:
    paying, waiting = create_customer(act, creditor, "K1"), create_customer(act, creditor, "K2")

    def post(numbers: range) -> None:
        new = [
            NewItem("invoice", f"{one.number}-{n}", "NOK", 100_00 + n, one.id, TODAY, TODAY - timedelta(days=n * 40))
            for n in numbers
            for one in (paying, waiting)
        ]
        post_new(act, creditor=creditor, items=[(one, None) for one in new])

    act.today = first_day
    post(range(2))
    balances.keep(act)
    act.today = TODAY
    post(range(2, 4))
    create_payment(act, creditor, "100.00", invoice=queries.document_by_number(act.session, creditor.id, "K1-0"))
    assert {customer_id for _, customer_id in act.touched} == {paying.id}, "items posted by the thousand touch nobody"
    balances.keep(act)
    found = {one.customer_id: one for one in balances.kept(act.session, creditor.id)}
    assert {key: (one.items, one.ageing.open) for key, one in found.items()} == {
        paying.id: (3, 300_00 + 6),
        waiting.id: (4, 400_00 + 6),
    }
    assert found[waiting.id].oldest_due == TODAY - timedelta(days=120)
    assert not balances.mismatches(act.session)
