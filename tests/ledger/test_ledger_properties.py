"""Whatever is booked in whatever order, the sub-ledger adds up after every step."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import count

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kulant.core.errors import Refusal
from kulant.core.money import decimal_string
from kulant.db import Act, Base, engine_for
from kulant.ledger import queries
from kulant.ledger.models import Customer, Dispute, Entry, OpenItem
from kulant.ledger.posting import Allocation, allocate
from kulant.ledger.service import charge_back, disputed_minor, ensure_combined_reference, open_dispute, resolve_dispute
from tests.support.factories import create_credit_note, create_creditor, create_customer, create_invoice, create_payment

TODAY = date(2026, 11, 23)
amounts = st.integers(1, 500_00)
pick = st.integers(0, 10**6)


class Ledger(RuleBasedStateMachine):
    """A clerk, a bank and two customers doing whatever they like, in a database that is empty again afterwards."""

    def __init__(self) -> None:
        super().__init__()
        engine = engine_for("sqlite:///:memory:")
        Base.metadata.create_all(engine)
        self.session = Session(engine, expire_on_commit=False)
        now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
        self.act = Act(session=self.session, actor="test clerk", today=TODAY, now=now)
        self.numbers = count(1)

    @initialize()
    def two_customers(self) -> None:
        self.creditor = create_creditor(self.act)
        self.customers = [create_customer(self.act, self.creditor, f"C{n}") for n in (1, 2)]

    def teardown(self) -> None:
        self.session.rollback()
        self.session.close()

    def items(self, *kinds: str) -> list[OpenItem]:
        return list(self.session.scalars(select(OpenItem).where(OpenItem.kind.in_(kinds)).order_by(OpenItem.id)))

    def customer(self, which: int) -> Customer:
        return self.customers[which % 2]

    def some(self, which: int, *kinds: str) -> OpenItem:
        found = self.items(*kinds)
        return found[which % len(found)]

    def has(self, *kinds: str) -> bool:
        return bool(self.items(*kinds))

    @rule(who=pick, minor=amounts, late=st.integers(-20, 120))
    def an_invoice(self, who: int, minor: int, late: int) -> None:
        number = f"F{next(self.numbers)}"
        create_invoice(
            self.act, self.creditor, self.customer(who), decimal_string(minor, "NOK"),
            days_late=late, number=number, payment_reference=f"77{number[1:]}",
        )  # fmt: skip

    @rule(who=pick, minor=amounts)
    def a_credit_note(self, who: int, minor: int) -> None:
        create_credit_note(self.act, self.creditor, self.customer(who), decimal_string(minor, "NOK"))

    @precondition(lambda self: self.has("invoice"))
    @rule(which=pick, minor=amounts, how=st.sampled_from(["reference", "number", "both"]))
    def a_payment_that_says_what_for(self, which: int, minor: int, how: str) -> None:
        invoice = self.some(which, "invoice")
        open_before = invoice.open_minor
        payment = create_payment(
            self.act, self.creditor, decimal_string(minor, "NOK"), number=f"P{next(self.numbers)}",
            reference=invoice.payment_reference if how != "number" else None,
            invoice=invoice if how != "reference" else None,
        )  # fmt: skip
        assert invoice.open_minor == max(0, open_before - minor)
        assert -payment.open_minor == max(0, minor - open_before)

    @rule(who=pick, minor=amounts, known=st.booleans())
    def a_payment_that_does_not(self, who: int, minor: int, known: bool) -> None:
        payment = create_payment(
            self.act, self.creditor, decimal_string(minor, "NOK"), number=f"P{next(self.numbers)}",
            reference="of nothing we know", customer=self.customer(who) if known else None,
        )  # fmt: skip
        # Only an invoice of exactly that amount, and one alone, is theirs by the amount.
        assert payment.open_minor == -minor or (known and payment.open_minor == 0)

    @precondition(lambda self: self.has("invoice"))
    @rule(who=pick, minor=amounts)
    def a_payment_with_a_reference_for_all_of_it(self, who: int, minor: int) -> None:
        customer = self.customer(who)
        theirs = [item for item in self.items("invoice") if item.customer_id == customer.id]
        if not theirs:
            return
        reference = f"9{next(self.numbers):06d}"
        ensure_combined_reference(self.act, customer=customer, currency="NOK", reference=reference, items=theirs)
        owed = sum(item.open_minor for item in theirs)
        create_payment(self.act, self.creditor, decimal_string(minor, "NOK"), reference=reference, number=reference)
        assert sum(item.open_minor for item in theirs) == max(0, owed - minor)

    @precondition(lambda self: self.has("credit_note", "payment") and self.has("invoice"))
    @rule(credit=pick, debit=pick, minor=amounts)
    def the_clerk_allocates(self, credit: int, debit: int, minor: int) -> None:
        giver, taker = self.some(credit, "credit_note", "payment"), self.some(debit, "invoice")
        before = (giver.open_minor, taker.open_minor)
        try:
            allocate(self.act, [Allocation(giver, taker, minor, TODAY)])
        except Refusal:
            assert (giver.open_minor, taker.open_minor) == before
            other = giver.customer_id not in (None, taker.customer_id)
            assert other or minor > -giver.open_minor or minor > taker.open_minor
        else:
            assert (giver.open_minor, taker.open_minor) == (before[0] + minor, before[1] - minor)
            assert giver.customer_id == taker.customer_id

    @precondition(lambda self: self.has("payment"))
    @rule(which=pick, share=st.integers(1, 100))
    def the_bank_takes_money_back(self, which: int, share: int) -> None:
        payment = self.some(which, "payment")
        minor = max(1, -payment.amount_minor * share // 100)
        owed = sum(item.open_minor for item in self.items("invoice"))
        free = -payment.open_minor
        try:
            charge_back(
                self.act, creditor=self.creditor, payment=payment, number=f"B{next(self.numbers)}",
                amount_minor=minor, on=TODAY + timedelta(days=1),
            )  # fmt: skip
        except Refusal as refusal:
            assert refusal.code == "charged_back_already"
        else:
            reopened = sum(item.open_minor for item in self.items("invoice")) - owed
            assert reopened == max(0, minor - free)
            assert -payment.open_minor == max(0, free - minor)

    @precondition(lambda self: self.has("invoice"))
    @rule(which=pick, minor=st.none() | amounts)
    def the_customer_disputes(self, which: int, minor: int | None) -> None:
        invoice = self.some(which, "invoice")
        try:
            open_dispute(self.act, item=invoice, amount_minor=minor, reason="two boxes missing")
        except Refusal as refusal:
            assert refusal.code in ("nothing_open", "bad_amount", "disputed_already")

    @rule(which=pick)
    def the_dispute_is_settled(self, which: int) -> None:
        disputes = self.session.scalars(select(Dispute).where(Dispute.resolved_on.is_(None)).order_by(Dispute.id)).all()
        if disputes:
            resolve_dispute(self.act, dispute=disputes[which % len(disputes)], outcome="agreed")

    @invariant()
    def every_item_is_the_sum_of_its_entries(self) -> None:
        self.session.flush()
        assert queries.imbalances(self.session) == []
        rows = self.session.execute(select(Entry.item_id, func.sum(Entry.amount_minor)).group_by(Entry.item_id))
        sums = {row.item_id: row[1] for row in rows}
        for item in self.items("invoice", "credit_note", "payment", "chargeback"):
            assert sums[item.id] == item.open_minor

    @invariant()
    def nothing_is_allocated_above_either_side(self) -> None:
        for item in self.items("invoice", "chargeback"):
            assert 0 <= item.open_minor <= item.amount_minor
        for item in self.items("credit_note", "payment"):
            assert item.amount_minor <= item.open_minor <= 0

    @invariant()
    def a_settled_day_stands_exactly_where_nothing_is_open(self) -> None:
        for item in self.items("invoice", "credit_note", "payment", "chargeback"):
            assert (item.settled_on is not None) == (item.open_minor == 0)

    @invariant()
    def what_was_booked_for_a_customer_is_what_is_open(self) -> None:
        rows = self.session.execute(
            select(OpenItem.customer_id, func.sum(OpenItem.amount_minor), func.sum(OpenItem.open_minor)).group_by(
                OpenItem.customer_id
            )
        )
        for _, booked, still_open in rows:
            assert booked == still_open

    @invariant()
    def no_more_is_disputed_than_is_open(self) -> None:
        for customer in getattr(self, "customers", []):
            disputes = queries.open_disputes(self.session, [customer.id])
            for item in self.items("invoice"):
                assert 0 <= disputed_minor(disputes.get(item.id), item) <= item.open_minor


class TestLedger(Ledger.TestCase):  # type: ignore[name-defined,misc]
    """Runs the machine above."""

    settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
