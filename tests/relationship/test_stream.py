"""The stream of a customer: ledger, letters, talks, promises and tasks in one, newest first, page by page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from kulant.core.errors import Refusal
from kulant.core.events import Event
from kulant.db import Act
from kulant.ledger.models import Customer
from kulant.people.models import Creditor
from kulant.relationship.commitments import make_commitment
from kulant.relationship.moments import EVENT, GROUPS, Place, group_of, read_place
from kulant.relationship.service import add_note, make_promise, place_hold
from kulant.relationship.stream import Moment, moment_json, stream
from kulant.relationship.strikes import add_strike
from kulant.relationship.tasks import add_task
from kulant.transaction import keep_events
from tests.conftest import TODAY, Statements
from tests.support.factories import (
    create_bank_payment,
    create_credit_note,
    create_customer,
    create_invoice,
)


@pytest.fixture
def customer(act: Act, creditor: Creditor) -> Customer:
    return create_customer(act, creditor, "K1", account_manager="Selger A")


@pytest.fixture
def story(act: Act, creditor: Creditor, customer: Customer) -> Customer:
    """A bit of everything; the invoice is from 3 October, the rest from today."""
    create_invoice(act, creditor, customer, "1000.00", number="1001", due=date(2026, 11, 2))
    create_bank_payment(act, creditor, "400.00", customer=customer, payer_name="Testkafé Alfa AS")
    create_credit_note(act, creditor, customer, "100.00")
    add_note(act, customer=customer, kind="call", text="Will pay the rest on Friday.", direction="out")
    add_note(act, customer=customer, kind="complaint", text="A box was missing.")
    make_promise(act, customer=customer, currency="NOK", amount_minor=50_000, due=date(2026, 11, 27))
    make_commitment(act, customer=customer, text="A credit note.", due=date(2026, 11, 27))
    place_hold(act, customer=customer, until=TODAY, reason="moving house")
    add_strike(act, customer=customer, text="The price was wrong.")
    add_task(act, creditor_id=creditor.id, customer_id=customer.id, kind="call", text="Call about the box.")
    keep_events(act)
    other = create_customer(act, creditor, "K2")
    add_note(act, customer=other, kind="note", text="Somebody else.")
    keep_events(act)
    return customer


def kinds(act: Act, customer: Customer, *groups: str, text: str = "") -> set[str]:
    return {one.kind for one in stream(act.session, customer, today=TODAY, groups=groups, text=text).moments}


def test_everything_stands_in_one_stream_with_who_and_which_way(act: Act, story: Customer) -> None:
    page = stream(act.session, story, today=TODAY)
    by_kind = {moment.kind: moment for moment in page.moments}
    assert by_kind.keys() == {
        "invoice", "payment", "credit_note", "call", "complaint", "promise_made", "commitment_made", "hold_placed",
        "strike_added", "task",
    }  # fmt: skip
    assert page.older is None
    assert (by_kind["call"].actor, by_kind["call"].direction) == ("test clerk", "out")
    assert (by_kind["complaint"].direction, by_kind["promise_made"].direction) == ("in", "in")
    assert by_kind["commitment_made"].direction == "out"
    assert by_kind["payment"].text.endswith("400.00 NOK from Testkafé Alfa AS")
    assert by_kind["invoice"].text == "1001: 1,000.00 NOK, due 2 November 2026"
    assert page.moments[-1].kind == "invoice"
    assert [moment.place for moment in page.moments] == sorted((one.place for one in page.moments), reverse=True)


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("money", {"invoice", "payment", "credit_note"}),
        ("talks", {"call"}),
        ("concerns", {"complaint", "strike_added"}),
        ("promises", {"promise_made", "commitment_made"}),
        ("decisions", {"hold_placed"}),
        ("tasks", {"task"}),
        ("letters", set()),
    ],
)
def test_a_group_shows_its_kinds_only(act: Act, story: Customer, group: str, expected: set[str]) -> None:
    assert kinds(act, story, group) == expected


def test_groups_add_up_and_unknown_ones_are_left_out(act: Act, story: Customer) -> None:
    assert kinds(act, story, "talks", "tasks", "nonsense") == {"call", "task"}
    assert kinds(act, story, *GROUPS) == kinds(act, story)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("BOX", {"complaint", "task"}),
        ("1001", {"invoice"}),
        ("testkafé", {"payment"}),
        ("100%", set()),
        ("test clerk", {"call", "complaint", "promise_made", "commitment_made", "hold_placed", "strike_added"}),
    ],
)
def test_words_are_looked_for_as_they_stand(act: Act, story: Customer, text: str, expected: set[str]) -> None:
    assert kinds(act, story, text=text) == expected


def test_an_invoice_of_tomorrow_is_not_there_yet(act: Act, creditor: Creditor, customer: Customer) -> None:
    create_invoice(act, creditor, customer, due=TODAY + timedelta(days=31))
    assert kinds(act, customer) == set()


@pytest.fixture
def many(act: Act, creditor: Creditor, customer: Customer) -> Customer:
    """Thirty of each source over ten days, so that pages end in the middle of a day."""
    for n in range(30):
        day = TODAY - timedelta(days=n % 10)
        create_invoice(act, creditor, customer, due=day + timedelta(days=30))
        act.tell(Event("note", f"Note {n}", creditor_id=creditor.id, customer_id=customer.id, on=day))
        add_task(act, creditor_id=creditor.id, customer_id=customer.id, kind="call", text=f"Task {n}").created_on = day
    keep_events(act)
    return customer


@pytest.mark.parametrize("limit", [1, 7, 50, 90])
def test_page_after_page_shows_each_moment_once_in_order(act: Act, many: Customer, limit: int) -> None:
    seen: list[Moment] = []
    before: Place | None = None
    while True:
        page = stream(act.session, many, today=TODAY, before=before, limit=limit)
        seen += page.moments
        if page.older is None:
            break
        assert len(page.moments) == limit
        before = read_place(str(page.older))
    places = [moment.place for moment in seen]
    assert len(places) == len(set(places)) == 90
    assert places == sorted(places, reverse=True)


def test_a_page_is_three_statements_however_long_the_story(act: Act, many: Customer, statements: Statements) -> None:
    act.session.flush()
    statements.clear()
    stream(act.session, many, today=TODAY, limit=50)
    assert len(statements) == 3


@pytest.mark.parametrize("text", ["x", "2026-13-01.2.1", "2026-11-23.3.1", "2026-11-23.2.", "2026-11-23.2.１"])
def test_a_strange_place_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="no place in a timeline"):
        read_place(text)


def test_a_place_reads_back_as_it_was_written() -> None:
    place = Place(TODAY, EVENT, 17)
    assert read_place(str(place)) == place
    assert read_place("") is None


def test_every_kind_has_one_group(act: Act) -> None:
    listed: list[str] = [kind for of_group in GROUPS.values() for kind in of_group]
    assert len(listed) == len(set(listed))
    find: Callable[[str], str] = group_of
    assert [find(kind) for kind in ("payment", "payment_matched", "plan_broken", "something_new")] == [
        "money", "money", "promises", "other",
    ]  # fmt: skip


def test_programs_read_a_moment_as_plain_values(act: Act, story: Customer) -> None:
    [call] = [one for one in stream(act.session, story, today=TODAY).moments if one.kind == "call"]
    assert moment_json(call) | {"place": ""} == {
        "date": "2026-11-23", "kind": "call", "group": "talks", "direction": "out", "by": "test clerk",
        "text": "Will pay the rest on Friday.", "item": None, "document": None, "plan": None, "place": "",
    }  # fmt: skip
