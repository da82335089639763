"""What a letter may add, whatever came before: never more than the law computes on the day it leaves. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kulant.law.book import law_of
from kulant.law.claim import compute
from kulant.law.facts import Facts, Invoice, Payment, Step
from kulant.law.model import Debtor
from kulant.treatment.charges import Account, Charge, FeeBefore, Owed, charge

DAY = timedelta(days=1)
DOCUMENTS = ("reminder", "fee_reminder", "final_reminder", "formal_notice")
KNOWN = {"NO": "NOK", "DK": "DKK", "SE": "SEK", "FI": "EUR", "DE": "EUR", "GB": "GBP"}


@st.composite
def histories(draw: st.DrawFn) -> tuple[str, Debtor, list[Invoice], list[tuple[str, date]]]:
    """A customer of some country with invoices partly paid now and then, and letters on some days."""
    country = draw(st.sampled_from(sorted(KNOWN)))
    debtor: Debtor = draw(st.sampled_from(("business", "consumer")))
    invoices = []
    for n in range(draw(st.integers(1, 3))):
        principal = draw(st.integers(1_000, 5_000_000))
        due = date(2025, 1, 1) + draw(st.integers(0, 200)) * DAY
        payments = [
            Payment(due + draw(st.integers(-20, 300)) * DAY, draw(st.integers(1, principal // 4)))
            for _ in range(draw(st.integers(0, 3)))
        ]
        known = tuple(sorted(payments, key=lambda one: one.on))
        invoices.append(Invoice(f"F{n}", principal, due, known))
    days = sorted(draw(st.sets(st.integers(1, 500), min_size=1, max_size=6)))
    letters = [(draw(st.sampled_from(DOCUMENTS)), date(2025, 1, 1) + day * DAY) for day in days]
    return country, debtor, sorted(invoices, key=lambda one: one.due), letters


def send(
    country: str, debtor: Debtor, invoices: list[Invoice], letters: list[tuple[str, date]], *, fee: str = "statutory"
) -> list[tuple[date, list[Charge], list[Charge]]]:
    """The letters one after another: the day, what that one charged, and what all so far have charged."""
    charged: list[Charge] = []
    steps: list[Step] = []
    fees: list[FeeBefore] = []
    left = []
    for document, on in letters:
        late = [one for one in invoices if one.due < on]
        if not late:
            continue
        account = Account(
            today=on,
            debtor=debtor,
            currency=KNOWN[country],
            owed=tuple(_owed(one, on, charged) for one in late),
            steps=tuple(steps),
            fees_before=tuple(fees),
            fee_agreed=True,
        )
        added = charge(account, law_of(country, on), document=document, fee=fee, interest="statutory")
        assert added.reason is None
        fees += [FeeBefore(document, on, line.amount_minor) for line in added.lines if line.kind == "fee"]
        charged += added.lines
        steps.append(Step(document, on))
        left.append((on, list(added.lines), list(charged)))
    return left


def _owed(one: Invoice, on: date, charged: list[Charge]) -> Owed:
    number = int(one.number[1:])
    lines = [line for line in charged if line.item_id == number]
    interest = [line for line in lines if line.kind == "interest"]
    return Owed(
        item_id=number,
        number=one.number,
        principal=one.principal,
        due=one.due,
        payments=tuple(payment for payment in one.payments if payment.on <= on),
        interest_before=sum(line.amount_minor for line in interest),
        interest_to=max((line.last for line in interest if line.last), default=None),
        compensation_before=sum(line.amount_minor for line in lines if line.kind == "compensation"),
    )


def lawful(country: str, debtor: Debtor, invoices: list[Invoice], letters: list[tuple[str, date]], on: date) -> int:
    """What the law knows as owed that day."""
    known = [replace(one, payments=tuple(payment for payment in one.payments if payment.on <= on)) for one in invoices]
    facts = Facts(
        law=law_of(country, on),
        debtor=debtor,
        currency=KNOWN[country],
        as_of=on,
        invoices=tuple(known),
        steps=tuple(Step(document, day) for document, day in letters if day <= on),
        agreed_interest=True,
        agreed_fee=True,
    )
    return compute(facts).total


@settings(max_examples=400, deadline=None)
@given(histories())
def test_no_letter_ever_asks_for_more_than_the_law_computes(
    history: tuple[str, Debtor, list[Invoice], list[tuple[str, date]]],
) -> None:
    country, debtor, invoices, letters = history
    for on, added, so_far in send(country, debtor, invoices, letters):
        assert all(line.amount_minor > 0 for line in added)
        principal = sum(one.unpaid(on) for one in invoices)
        asked = principal + sum(line.amount_minor for line in so_far)
        assert asked <= lawful(country, debtor, invoices, letters, on)


@settings(max_examples=200, deadline=None)
@given(histories())
def test_a_consumer_never_owes_a_compensation_and_a_free_letter_costs_nothing(
    history: tuple[str, Debtor, list[Invoice], list[tuple[str, date]]],
) -> None:
    country, _, invoices, letters = history
    for _, added, _ in send(country, "consumer", invoices, letters):
        assert "compensation" not in {line.kind for line in added}
    for _, added, _ in send(country, "business", invoices, letters, fee="none"):
        assert {line.kind for line in added} <= {"interest"}


@settings(max_examples=200, deadline=None)
@given(histories())
def test_all_letters_together_charge_the_interest_of_the_last_days_claim(
    history: tuple[str, Debtor, list[Invoice], list[tuple[str, date]]],
) -> None:
    country, debtor, invoices, letters = history
    only_one = invoices[:1]
    for on, _, so_far in send(country, debtor, only_one, letters):
        interest = sum(line.amount_minor for line in so_far if line.kind == "interest")
        charges = interest + only_one[0].unpaid(on)
        steps_free = lawful(country, debtor, only_one, [], on)
        compensated = steps_free - charges
        assert compensated >= 0
        if debtor == "consumer":
            assert compensated == 0


def test_a_rounding_never_makes_a_line_for_days_that_were_charged_before() -> None:
    invoices = [Invoice("F0", 1_000_000, date(2026, 1, 31)), Invoice("F1", 123_456, date(2026, 2, 5))]
    letters = [("reminder", date(2026, 2, 13)), ("fee_reminder", date(2026, 2, 27))]
    (_, first, _), (_, second, _) = send("DK", "consumer", invoices, letters)
    assert [line.last for line in first] == [date(2026, 2, 13)] * 2
    assert [line.first for line in second if line.kind == "interest"] == [date(2026, 2, 14)] * 2


def test_a_ladders_own_fee_is_capped_by_the_law_for_each_customer() -> None:
    invoice = Invoice("F0", 100_000, date(2026, 1, 15))
    letters = [("fee_reminder", date(2026, 2, 10))]
    [(_, lines, _)] = send("FI", "consumer", [invoice], letters, fee="12.00")
    assert [line.amount_minor for line in lines if line.kind == "fee"] == [500]
    [(_, lines, _)] = send("FI", "business", [invoice], letters, fee="12.00")
    assert [line.amount_minor for line in lines if line.kind == "fee"] == [1200]
    [(_, lines, _)] = send("NO", "business", [invoice], letters, fee="20.00")
    assert [(line.kind, line.amount_minor) for line in lines if line.kind != "interest"] == [("fee", 2000)]


@pytest.mark.parametrize("document", ["courtesy", None])
def test_what_is_no_letter_about_a_late_debt_adds_nothing(document: str | None) -> None:
    account = Account(
        today=date(2026, 2, 10),
        debtor="business",
        currency="NOK",
        owed=(Owed(item_id=1, number="F1", principal=100_000, due=date(2026, 1, 15)),),
    )
    law = law_of("NO", account.today)
    assert charge(account, law, document=document, fee="statutory", interest="statutory").lines == ()
