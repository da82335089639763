"""Two who change the same balances at the same moment: one after the other, and the ledger adds up."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO

import pytest
from sqlalchemy import select

from kulant.db import Act
from kulant.delivery.acceptance import accept_plan
from kulant.intake.result import ImportResult
from kulant.intake.service import import_file
from kulant.ledger.models import OpenItem
from kulant.ledger.queries import imbalances
from kulant.plans.models import Plan
from kulant.plans.service import make_offers
from tests.delivery.conftest import Desk, desk, mail_server  # noqa: F401
from tests.support.factories import create_credit_note


@contextmanager
def meanwhile(what: Callable[[], object]) -> Iterator[None]:
    """Begins something in another thread, lets it run into whatever stops it, and waits for its end afterwards."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            what()
        except BaseException as problem:
            failed.append(problem)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(0.4)
    yield
    thread.join(30)
    assert not thread.is_alive()
    if failed:
        raise failed[0]


def bank(act: Act, desk: Desk, number: str, amount: str) -> ImportResult:  # noqa: F811
    rows = f"payment_id,date,amount,currency,invoice_number\n{number},2026-11-20,{amount},NOK,C1-F1\n"
    return import_file(act, creditor=desk.creditor(act), source=BytesIO(rows.encode()), format="payments-csv")


@pytest.fixture
def owing(desk: Desk) -> Desk:  # noqa: F811
    desk.owe("1000.00")
    return desk


def balances(desk: Desk) -> dict[str, int]:  # noqa: F811
    with desk.doing() as act:
        assert imbalances(act.session) == []
        return {item.number: item.open_minor for item in act.session.scalars(select(OpenItem))}


def test_two_files_that_pay_the_same_invoice_at_once_pay_it_once(owing: Desk) -> None:
    def second() -> None:
        owing.change(lambda act: bank(act, owing, "P2", "1000.00"))

    with owing.doing() as act:
        bank(act, owing, "P1", "1000.00")
        act.session.flush()
        other = meanwhile(second)
        other.__enter__()
    other.__exit__(None, None, None)
    assert balances(owing) == {"C1-F1": 0, "P1": 0, "P2": -100_000}


def test_the_same_file_sent_twice_at_once_is_taken_once_and_unchanged_the_second_time(owing: Desk) -> None:
    results: list[ImportResult] = []

    def second() -> None:
        owing.change(lambda act: results.append(bank(act, owing, "P1", "1000.00")))

    with owing.doing() as act:
        bank(act, owing, "P1", "1000.00")
        other = meanwhile(second)
        other.__enter__()
    other.__exit__(None, None, None)
    assert (results[0].created, results[0].unchanged) == (0, 1)
    assert balances(owing) == {"C1-F1": 0, "P1": 0}


def test_a_payment_imported_while_a_plan_is_accepted_finds_what_the_acceptance_left(owing: Desk) -> None:
    with owing.doing() as act:
        customer = owing.customer(act)
        create_credit_note(act, owing.creditor(act), customer, "300.00")
        make_offers(act, creditor=owing.creditor(act), customer=customer, currency="NOK")
    with owing.doing() as act:
        accept_plan(act, plan=act.session.scalars(select(Plan)).one(), offer=1, name="Test Person")
        act.session.flush()
        other = meanwhile(lambda: owing.change(lambda act: bank(act, owing, "P1", "1000.00")))
        other.__enter__()
    other.__exit__(None, None, None)
    found = balances(owing)
    assert (found["C1-F1"], found["P1"]) == (0, -30_000)
