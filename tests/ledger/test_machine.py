"""Whatever happens to an account in whatever order: entries, open balances and the summary kept agree."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from kulant.core.errors import Refusal
from kulant.core.money import decimal_string
from kulant.db import Act, Base, engine_for
from kulant.ledger import balances, queries
from kulant.ledger.adjustments import move, refund, take_back, write_off
from kulant.ledger.charges import NewCharge, post_charges
from kulant.ledger.models import Dispute, Entry, OpenItem
from kulant.ledger.posting import Allocation, allocate, reverse_allocation
from kulant.ledger.rules import ageing
from kulant.ledger.service import charge_back, open_dispute, resolve_dispute
from kulant.ledger.statement import statement
from tests.support.factories import create_credit_note, create_creditor, create_customer, create_invoice, create_payment

TODAY = date(2026, 11, 23)
CURRENCIES = ("NOK", "EUR")
amounts = st.integers(1, 500_00)
pick = st.integers(0, 10**6)


def new_act(url: str) -> Act:
    """A clerk's act in a transaction of its own that nobody will commit."""
    engine = engine_for(url)
    Base.metadata.create_all(engine)
    session = Session(engine, expire_on_commit=False)
    return Act(session=session, actor="test clerk", today=TODAY, now=datetime(2026, 11, 23, 9, 0, tzinfo=UTC))


def replayed(entries: list[Entry]) -> dict[int, tuple[int, date | None]]:
    """What is open of each item, and since when nothing is, by its entries alone."""
    state: dict[int, tuple[int, date | None]] = {}
    for entry in sorted(entries, key=lambda entry: entry.id):
        left = state.get(entry.item_id, (0, None))[0] + entry.amount_minor
        state[entry.item_id] = (left, entry.on if left == 0 else None)
    return state


class Account(RuleBasedStateMachine):
    """A clerk, a bank, a letter and two customers who do whatever they like."""

    url = "sqlite:///:memory:"

    def __init__(self) -> None:
        super().__init__()
        self.act = new_act(self.url)
        self.session = self.act.session
        self.numbers = count(1)

    @initialize()
    def two_customers(self) -> None:
        self.creditor = create_creditor(self.act)
        self.customers = [create_customer(self.act, self.creditor, f"C{n}") for n in (1, 2)]

    def teardown(self) -> None:
        self.session.rollback()
        self.session.close()

    def items(self, *kinds: str) -> list[OpenItem]:
        chosen = select(OpenItem).order_by(OpenItem.id)
        return list(self.session.scalars(chosen.where(OpenItem.kind.in_(kinds)) if kinds else chosen))

    def some(self, which: int, *kinds: str) -> OpenItem:
        found = self.items(*kinds)
        return found[which % len(found)]

    def has(self, *kinds: str) -> bool:
        return bool(self.items(*kinds))

    @rule(who=pick, minor=amounts, late=st.integers(-40, 120), currency=st.sampled_from(CURRENCIES))
    def an_invoice(self, who: int, minor: int, late: int, currency: str) -> None:
        number = f"F{next(self.numbers)}"
        create_invoice(
            self.act, self.creditor, self.customers[who % 2], decimal_string(minor, currency), days_late=late,
            number=number, currency=currency, payment_reference=f"77{number[1:]}",
        )  # fmt: skip

    @rule(who=pick, minor=amounts, currency=st.sampled_from(CURRENCIES))
    def a_credit_note(self, who: int, minor: int, currency: str) -> None:
        amount = decimal_string(minor, currency)
        create_credit_note(self.act, self.creditor, self.customers[who % 2], amount, currency=currency)

    @precondition(lambda self: self.has("invoice"))
    @rule(which=pick, minor=amounts, ago=st.integers(0, 40))
    def a_payment_of_an_invoice(self, which: int, minor: int, ago: int) -> None:
        invoice = self.some(which, "invoice")
        create_payment(
            self.act, self.creditor, decimal_string(minor, invoice.currency), reference=invoice.payment_reference,
            number=f"P{next(self.numbers)}", currency=invoice.currency, on=TODAY - timedelta(days=ago),
        )  # fmt: skip

    @rule(who=pick, minor=amounts, known=st.booleans())
    def a_payment_that_says_nothing(self, who: int, minor: int, known: bool) -> None:
        create_payment(
            self.act, self.creditor, decimal_string(minor, "NOK"), reference="of nothing we know",
            number=f"P{next(self.numbers)}", customer=self.customers[who % 2] if known else None,
        )  # fmt: skip

    @precondition(lambda self: self.has("payment"))
    @rule(which=pick, minor=amounts)
    def the_bank_takes_money_back(self, which: int, minor: int) -> None:
        payment = self.some(which, "payment")
        number = f"B{next(self.numbers)}"
        try:
            charge_back(self.act, creditor=self.creditor, payment=payment, number=number, amount_minor=minor, on=TODAY)
        except Refusal:
            return

    @precondition(lambda self: self.has("credit_note", "payment") and self.has("invoice", "fee"))
    @rule(credit=pick, debit=pick, minor=amounts)
    def the_clerk_allocates(self, credit: int, debit: int, minor: int) -> None:
        giver, taker = self.some(credit, "credit_note", "payment"), self.some(debit, "invoice", "fee")
        before = (giver.open_minor, taker.open_minor)
        try:
            allocate(self.act, [Allocation(giver, taker, minor, TODAY)])
        except Refusal:
            assert (giver.open_minor, taker.open_minor) == before

    @rule(which=pick)
    def an_allocation_is_undone(self, which: int) -> None:
        item = self.some(which) if self.has() else None
        done = list(queries.allocations_of(self.session, item.id)) if item else []
        other = self.session.get(OpenItem, done[0].against_item_id) if done else None
        if item and other and not {item.kind, other.kind} & {"chargeback", "refund", "transfer"}:
            reverse_allocation(self.act, done[0], on=TODAY)

    @precondition(lambda self: self.has("invoice"))
    @rule(which=pick, minor=st.none() | amounts)
    def the_customer_disputes(self, which: int, minor: int | None) -> None:
        try:
            open_dispute(self.act, item=self.some(which, "invoice"), amount_minor=minor, reason="two boxes missing")
        except Refusal:
            return

    @rule(which=pick)
    def the_dispute_is_settled(self, which: int) -> None:
        disputes = self.session.scalars(select(Dispute).where(Dispute.resolved_on.is_(None)).order_by(Dispute.id)).all()
        if disputes:
            resolve_dispute(self.act, dispute=disputes[which % len(disputes)], outcome="agreed")

    @precondition(lambda self: self.has("invoice"))
    @rule(which=pick, fee=amounts, interest=amounts)
    def a_letter_charges(self, which: int, fee: int, interest: int) -> None:
        invoice = self.some(which, "invoice")
        charges = [NewCharge("fee", invoice, fee, "the rule"), NewCharge("interest", invoice, interest, "the rate")]
        due = TODAY + timedelta(days=14)
        post_charges(self.act, creditor=self.creditor, letter=next(self.numbers), charges=charges, due=due)

    @precondition(lambda self: self.has("invoice"))
    @rule(which=pick)
    def a_debt_is_written_off(self, which: int) -> None:
        try:
            write_off(
                self.act, creditor=self.creditor, items=[self.some(which, "invoice")], reason="gone", manager=True
            )
        except Refusal:
            return

    @precondition(lambda self: self.has("write_off"))
    @rule(which=pick)
    def a_write_off_is_taken_back(self, which: int) -> None:
        try:
            take_back(self.act, creditor=self.creditor, adjustment=self.some(which, "write_off"), reason="they paid")
        except Refusal:
            return

    @rule(who=pick, minor=amounts)
    def money_is_paid_back(self, who: int, minor: int) -> None:
        customer = self.customers[who % 2]
        try:
            refund(
                self.act, creditor=self.creditor, customer=customer, currency="NOK", amount_minor=minor, reason="asked"
            )
        except Refusal:
            return

    @precondition(lambda self: self.has("payment"))
    @rule(which=pick, who=pick)
    def a_payment_is_moved(self, which: int, who: int) -> None:
        try:
            move(
                self.act, creditor=self.creditor, payment=self.some(which, "payment"), to=self.customers[who % 2],
                reason="paid by the sister",
            )  # fmt: skip
        except Refusal:
            return

    @invariant()
    def replaying_the_entries_gives_the_same_state(self) -> None:
        self.session.flush()
        state = replayed(list(self.session.scalars(select(Entry))))
        assert state == {item.id: (item.open_minor, item.settled_on) for item in self.items()}

    @invariant()
    def nothing_is_allocated_above_either_side(self) -> None:
        for item in self.items():
            low, high = sorted((0, item.amount_minor))
            assert low <= item.open_minor <= high

    @invariant()
    def an_allocation_gives_what_it_takes(self) -> None:
        pairs: dict[frozenset[int], int] = defaultdict(int)
        for entry in self.session.scalars(select(Entry).where(Entry.against_item_id.is_not(None))):
            pairs[frozenset((entry.item_id, entry.against_item_id or 0))] += entry.amount_minor
        assert set(pairs.values()) <= {0}

    @invariant()
    def the_summary_is_what_the_items_and_the_entries_give(self) -> None:
        balances.keep(self.act)
        assert balances.mismatches(self.session) == []
        if not hasattr(self, "creditor"):
            return
        owed: dict[tuple[int, str], list[tuple[date | None, int]]] = defaultdict(list)
        for item in self.items():
            due = item.issue_date is None or item.issue_date <= TODAY
            minor = item.open_minor if due else item.open_minor - item.amount_minor
            if item.customer_id is not None and minor:
                owed[item.customer_id, item.currency].append((item.due_date, minor))
        expected = {key: (len(parts), ageing(parts, TODAY)) for key, parts in owed.items()}
        kept = balances.kept(self.session, self.creditor.id)
        assert {(one.customer_id, one.currency): (one.items, one.ageing) for one in kept} == expected
        assert balances.at(self.session, self.creditor.id, TODAY) == kept

    @invariant()
    def a_statement_ends_in_the_balance_wherever_it_begins(self) -> None:
        if not hasattr(self, "creditor"):
            return
        customer = self.customers[0]
        for first in (TODAY - timedelta(days=200), TODAY - timedelta(days=20)):
            found = statement(self.session, self.creditor, customer, "NOK", first, TODAY)
            assert found.closing_minor == found.ageing.open


class TestAccount(Account.TestCase):  # type: ignore[name-defined,misc]
    """Runs it on SQLite."""

    settings = settings(max_examples=30, stateful_step_count=25, deadline=None)


def test_the_same_holds_on_postgresql(postgres_url: str) -> None:
    class OnPostgres(Account):
        url = postgres_url

    short = settings(max_examples=5, stateful_step_count=15, deadline=None)
    run_state_machine_as_test(OnPostgres, settings=short)  # type: ignore[no-untyped-call]
    engine_for(postgres_url).dispose()


@settings(max_examples=25, deadline=None)
@given(
    invoices=st.lists(amounts, min_size=1, max_size=5),
    paid=st.lists(st.tuples(pick, amounts), max_size=6),
    data=st.data(),
)
def test_the_order_in_which_things_come_in_does_not_matter(
    invoices: list[int], paid: list[tuple[int, int]], data: Any
) -> None:
    """Invoices in any order, then payments in any order: the same is open of each, and the same balance is kept."""

    def outcome(some: list[int], then: list[int]) -> tuple[dict[str, int], list[Any]]:
        act = new_act("sqlite:///:memory:")
        creditor = create_creditor(act)
        customer = create_customer(act, creditor, "C1")
        for place in some:
            amount = decimal_string(invoices[place], "NOK")
            create_invoice(act, creditor, customer, amount, number=f"F{place}", days_late=place * 20)
        for place in then:
            which, minor = paid[place]
            invoice = queries.document_by_number(act.session, creditor.id, f"F{which % len(invoices)}")
            create_payment(act, creditor, decimal_string(minor, "NOK"), invoice=invoice, number=f"P{place}")
        balances.keep(act)
        rows = act.session.scalars(select(OpenItem).where(OpenItem.kind == "invoice"))
        found = {item.number: item.open_minor for item in rows}
        kept = [(one.currency, one.ageing) for one in balances.kept(act.session, creditor.id)]
        act.session.rollback()
        act.session.close()
        return found, kept

    as_written = outcome(list(range(len(invoices))), list(range(len(paid))))
    shuffled = outcome(data.draw(st.permutations(range(len(invoices)))), data.draw(st.permutations(range(len(paid)))))
    assert shuffled == as_written
