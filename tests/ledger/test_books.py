"""What is handed to the accounting system balances, stays the same, and is written as its standard demands."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kulant.core.errors import Refusal
from kulant.db import Act
from kulant.ledger.adjustments import move, refund, take_back, write_off
from kulant.ledger.book_files import book_file
from kulant.ledger.bookkeeping import CONTRA, USUAL, Posted, books, verifications
from kulant.ledger.charges import NewCharge, post_charges
from kulant.people.models import Creditor
from tests.conftest import TODAY
from tests.support.factories import create_customer, create_invoice, create_payment

MONTH = (date(2026, 11, 1), date(2026, 11, 30))


def test_each_thing_kulant_posts_has_its_accounts(act: Act, creditor: Creditor) -> None:
    customer, sister = create_customer(act, creditor, "K1"), create_customer(act, creditor, "K2")
    invoice = create_invoice(act, creditor, customer, "100.00", number="1001")
    post_charges(act, creditor=creditor, letter=3, charges=[NewCharge("fee", invoice, 3800, "the rule")], due=TODAY)
    [adjustment] = write_off(act, creditor=creditor, items=[invoice], reason="bankrupt", manager=True)
    take_back(act, creditor=creditor, adjustment=adjustment, reason="they paid after all")
    payment = create_payment(act, creditor, "90.00", customer=customer, reference="?")
    refund(act, creditor=creditor, customer=customer, currency="NOK", amount_minor=1000, reason="paid twice")
    move(act, creditor=creditor, payment=payment, to=sister, reason="paid by the sister")
    found = books(act.session, creditor, *MONTH)
    assert [(one.kind, [(line.account, line.minor) for line in one.lines]) for one in found] == [
        ("fee", [("1500", 3800), ("3940", -3800)]),
        ("write_off", [("1500", -10000), ("7830", 10000)]),
        ("write_off", [("1500", 10000), ("7830", -10000)]),
        ("refund", [("1500", 1000), ("1920", -1000)]),
        ("transfer", [("1500", 8000), ("1500", -8000)]),
    ]
    assert [line.customer for line in found[-1].lines] == ["K1", "K2"]
    assert "1001" in found[0].text and "the rule" in found[0].text


def test_a_backslash_in_a_name_does_not_break_the_line(act: Act, creditor: Creditor) -> None:
    invoice = create_invoice(act, creditor, create_customer(act, creditor, "K\\"), number="1001\\")
    write_off(act, creditor=creditor, items=[invoice], reason="bankrupt \\", manager=True)
    text = book_file("sie", creditor, books(act.session, creditor, *MONTH), MONTH[1]).decode("cp437")
    assert "\\" not in text
    assert all(line.count('"') % 2 == 0 for line in text.splitlines())


def test_invoices_and_bank_payments_are_not_exported(act: Act, creditor: Creditor) -> None:
    invoice = create_invoice(act, creditor, create_customer(act, creditor))
    create_payment(act, creditor, "10.00", invoice=invoice)
    assert books(act.session, creditor, date(2026, 1, 1), TODAY) == []


def test_only_the_period_is_exported_and_again_it_is_the_same(act: Act, creditor: Creditor) -> None:
    invoice = create_invoice(act, creditor, create_customer(act, creditor, name='Øster & "Sønn" ÅS'))
    for letter in (1, 2):
        post_charges(
            act, creditor=creditor, letter=letter, charges=[NewCharge("fee", invoice, 3800, "§ 1-2")], due=TODAY
        )
        act.today += timedelta(days=10)
    files = [
        book_file(form, creditor, books(act.session, creditor, *MONTH), MONTH[1])
        for form in ("sie", "csv", "sie", "csv")
    ]
    assert files[:2] == files[2:]
    assert files[0].count(b"#VER") == 1


def test_sie_is_written_as_the_standard_demands(act: Act, creditor: Creditor) -> None:
    creditor.organisation_number = "556677-8899"
    customer = create_customer(act, creditor, "K1", name='Øster "Å"')
    invoice = create_invoice(act, creditor, customer, number="1001")
    post_charges(act, creditor=creditor, letter=1, charges=[NewCharge("fee", invoice, 3800, "€ 5\n– so")], due=TODAY)
    written = book_file("sie", creditor, books(act.session, creditor, *MONTH), MONTH[1])
    lines = written.decode("cp437").split("\r\n")
    assert lines[0] == "#FLAGGA 0"
    assert lines[2:7] == [
        "#FORMAT PC8",
        "#GEN 20261130",
        "#SIETYP 4",
        '#ORGNR "556677-8899"',
        '#FNAMN "Nordlys Engros AS"',
    ]
    assert lines[7] == "#VALUTA NOK"
    assert lines[8].endswith('20261123 "Fee, 1001, Öster \\"Å\\", E 5 - so"')
    assert lines[9:] == [
        "{", '   #TRANS 1500 {} 38.00 20261123 "K1"', '   #TRANS 3940 {} -38.00 20261123 ""', "}", "",
    ]  # fmt: skip


def test_a_file_of_sie_has_one_currency(act: Act, creditor: Creditor) -> None:
    customer = create_customer(act, creditor)
    for letter, currency in enumerate(("NOK", "EUR")):
        invoice = create_invoice(act, creditor, customer, currency=currency)
        post_charges(act, creditor=creditor, letter=letter, charges=[NewCharge("fee", invoice, 500, "r")], due=TODAY)
    found = books(act.session, creditor, *MONTH)
    with pytest.raises(Refusal, match="EUR and NOK"):
        book_file("sie", creditor, found, MONTH[1])
    written = book_file("sie", creditor, found, MONTH[1], currency="EUR").decode("cp437")
    assert "#VALUTA EUR" in written
    assert written.count("#VER") == 1


def test_a_spreadsheet_runs_nothing_of_the_csv(act: Act, creditor: Creditor) -> None:
    customer = create_customer(act, creditor, "=1+1", name="@SUM(A1)")
    invoice = create_invoice(act, creditor, customer, number="-2+3")
    post_charges(act, creditor=creditor, letter=1, charges=[NewCharge("fee", invoice, 500, "r")], due=TODAY)
    text = book_file("csv", creditor, books(act.session, creditor, *MONTH), MONTH[1]).decode("utf-8-sig")
    rows = list(csv.reader(StringIO(text)))
    assert len(rows) == 3
    assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "-", "@")]


def test_an_account_nobody_has_set_is_refused_by_its_name(act: Act, creditor: Creditor) -> None:
    creditor.country = "DE"
    creditor.accounts = {"receivable": "1400"}
    invoice = create_invoice(act, creditor, create_customer(act, creditor))
    post_charges(act, creditor=creditor, letter=1, charges=[NewCharge("fee", invoice, 500, "r")], due=TODAY)
    with pytest.raises(Refusal, match=r"no account for fee.*--account fee="):
        books(act.session, creditor, *MONTH)


postings = st.lists(
    st.tuples(
        st.integers(1, 10**9),
        st.dates(date(2026, 1, 1), date(2026, 12, 31)),
        st.sampled_from(sorted(CONTRA)),
        st.integers(-(10**9), 10**9).filter(bool),
        st.sampled_from(["transfer:1:out:1", "transfer:1:in:1", "fee:2", "x"]),
    ),
    max_size=20,
    unique_by=lambda one: one[0],
)


@given(postings)
def test_whatever_was_posted_every_verification_balances_and_nothing_is_lost(
    rows: list[tuple[int, date, str, int, str]],
) -> None:
    posted = [Posted(entry, on, kind, number, "NOK", minor, "K1", "Kunde") for entry, on, kind, minor, number in rows]
    found = verifications(posted, USUAL["NO"])
    assert all(sum(line.minor for line in one.lines) == 0 for one in found)
    assert sum(len(one.items) for one in found) == len(posted)
    assert len({one.number for one in found}) == len(found)
    carried = sum(line.minor for one in found for line in one.lines if line.customer)
    assert carried == sum(one.amount_minor for one in posted)
