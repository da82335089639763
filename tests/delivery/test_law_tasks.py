"""The daily run tells somebody what the law needs, once, and ticks it off when it is done."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from kulant.db import Act
from kulant.delivery.law_tasks import law_tasks
from kulant.law.entries import enter, set_regime
from kulant.people.models import Creditor
from kulant.relationship.queries import open_tasks
from kulant.relationship.tasks import finish_task
from tests.conftest import Statements
from tests.support import factories as make
from tests.support.proposals import leave, live, run

NEW_YEAR = date(2027, 1, 1)


def on(act: Act, year: int, month: int, day: int) -> Act:
    return replace(act, today=date(year, month, day))


def told(act: Act, creditor: Creditor) -> list[str]:
    act.session.flush()
    law_tasks(act, creditor)
    act.session.flush()
    return [task.text for task in open_tasks(act.session, creditor.id)]


def test_the_next_rates_are_asked_for_once_and_ticked_off_when_entered(act: Act, creditor: Creditor) -> None:
    assert told(act, creditor) == []
    december = on(act, 2026, 12, 2)
    first = told(december, creditor)
    assert told(on(act, 2026, 12, 3), creditor) == first
    assert first[0].startswith("Enter the late-interest rate and the compensation between businesses of Norway")
    assert first[1].startswith("Say whether inkassoloven of 2026")
    set_regime(december, country="NO", since=NEW_YEAR, source="royal decree")
    for what, value in (("rate:everyone", "12.00"), ("compensation", "440")):
        enter(december, country="NO", what=what, since=NEW_YEAR, value=value, source="regulation")
    assert told(on(act, 2026, 12, 4), creditor) == []


def test_a_task_a_person_ticked_off_does_not_come_back(act: Act, creditor: Creditor) -> None:
    december = on(act, 2026, 12, 2)
    told(december, creditor)
    for task in open_tasks(act.session, creditor.id):
        finish_task(december, creditor=creditor, task_id=task.id)
    assert told(december, creditor) == []


def test_a_creditor_in_a_country_without_a_file_has_no_such_tasks(act: Act) -> None:
    french = make.create_creditor(act, "PARIS", country="FR")
    make.create_invoice(act, french, make.create_customer(act, french), due=date(2024, 3, 3))
    assert told(on(act, 2026, 12, 2), french) == []


def test_a_customer_is_told_of_once_for_each_mark_with_every_invoice(act: Act, creditor: Creditor) -> None:
    customer = make.create_customer(act, creditor)
    for number, due in (("7001", date(2024, 3, 3)), ("7002", date(2024, 3, 20)), ("7003", date(2024, 9, 1))):
        make.create_invoice(act, creditor, customer, "1000.00", due=due, number=number)
    [early] = told(on(act, 2026, 3, 3), creditor)
    assert early.startswith("Invoices 7001, 7002 (2,000.00 NOK) can be enforced until 3 March 2027")
    assert "foreldelsesloven 2" in early
    later = told(on(act, 2026, 12, 3), creditor)
    assert [text.split(" (")[0] for text in later if "enforced" in text] == ["Invoices 7001, 7002", "Invoice 7003"]
    assert [text for text in told(on(act, 2027, 3, 21), creditor) if "7001" in text] == []


def test_a_paid_invoice_is_no_longer_told_of(act: Act, creditor: Creditor) -> None:
    customer = make.create_customer(act, creditor)
    invoice = make.create_invoice(act, creditor, customer, "1000.00", due=date(2024, 3, 3))
    assert len(told(act, creditor)) == 1
    make.create_payment(act, creditor, "1000.00", invoice=invoice)
    assert told(act, creditor) == []


def test_a_swedish_reminder_begins_the_time_anew(act: Act) -> None:
    swedish = make.create_creditor(act, "SUND", country="SE", currency="SEK", language="sv")
    customer = make.create_customer(act, swedish, country="SE", kind="consumer")
    make.create_invoice(act, swedish, customer, "1000.00", due=date(2024, 3, 4), currency="SEK")
    assert len(told(act, swedish)) == 1
    run(act, swedish)
    proposal = live(act, customer, "SEK")
    assert proposal is not None
    leave(act, proposal, act.today)
    assert told(act, swedish) == []


def test_any_number_of_invoices_takes_the_same_statements(act: Act, creditor: Creditor, statements: Statements) -> None:
    counts = []
    for _ in range(2):
        customer = make.create_customer(act, creditor)
        for _ in range(5):
            make.create_invoice(act, creditor, customer, "10.00", due=date(2024, 3, 3))
        act.session.flush()
        statements.clear()
        law_tasks(act, creditor)
        counts.append(sum(one.startswith("SELECT") for one in statements))
    assert counts[0] == counts[1]
