"""A customer, a ladder that charges, and one day after another: what left, and what it charged."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from kulant.ledger.models import OpenItem
from kulant.letters.models import Document
from kulant.treatment.models import Proposal
from kulant.treatment.policies import apply_policy
from tests.delivery.conftest import Desk
from tests.support.factories import create_customer, create_invoice, create_payment

LADDER = """
ladder: plain
relationship: off
interest: statutory
steps:
  - {code: reminder, document: reminder, after: {days: 10, from: due_date}}
  - {code: fee, document: fee_reminder, after: {days: 15, from: previous_step}, fee: statutory}
  - {code: notice, document: formal_notice, after: {days: 21, from: previous_step}, fee: statutory}
  - {code: over, document: hand_over, after: {days: 30, from: previous_step}, channel: task}
"""
DUE = date(2026, 1, 15)

# When a step of this ladder falls due, or may where the last notice gives 14 days; and the day before each.
STEPS = (date(2026, 1, 25), date(2026, 2, 9), date(2026, 3, 2), date(2026, 3, 17), date(2026, 4, 1))
TURNS = {step - timedelta(days=before) for step in STEPS for before in (0, 1)}


def apply(desk: Desk, text: str = LADDER) -> None:
    desk.change(lambda act: apply_policy(act, creditor=desk.creditor(act), text=text))


def owe(desk: Desk, *amounts: str, due: date = DUE, currency: str = "NOK", **customer: Any) -> None:
    def make(act: Any) -> None:
        debtor = create_customer(act, desk.creditor(act), "C1", **customer)
        for n, amount in enumerate(amounts, start=1):
            create_invoice(
                act, desk.creditor(act), debtor, amount, number=f"F{n}", due=due, currency=currency,
                payment_reference=f"10000{n}",
            )  # fmt: skip

    desk.change(make)


def replay(
    desk: Desk, first: date, last: date, *, every: int | None = None
) -> list[tuple[date, str, list[tuple[str, int]], int]]:
    """Every letter that left between these days: when, which, what it charged line by line, what it asked for.

    There is a run on the first and the last of them, and in between every so many days; unless said how many, around
    the days only on which a step of the ladder may fall due. That the other days are quiet is for a test of each.
    """
    between = (
        {day for day in TURNS if first < day < last}
        if every is None
        else {first + timedelta(days=n) for n in range(0, (last - first).days, every)}
    )
    left = []
    for day in sorted({first, last} | between):
        today = desk.on(day)
        today.run()
        today.approve()
        for line in today.deliver().sent:
            proposal = proposal_of(today, line["proposal"])
            charged = [(one["kind"], one["amount_minor"]) for one in proposal.charges]
            left.append((day, str(proposal.document), charged, proposal.demand_minor))
    return left


def proposal_of(desk: Desk, proposal_id: str) -> Proposal:
    with desk.doing() as act:
        return act.session.get_one(Proposal, int(proposal_id))


def open_items(desk: Desk) -> dict[str, int]:
    with desk.doing() as act:
        return {row.number: row.open_minor for row in act.session.scalars(select(OpenItem)) if row.open_minor}


def letter(desk: Desk, number: int = -1) -> dict[str, Any]:
    with desk.doing() as act:
        return list(act.session.scalars(select(Document).order_by(Document.id)))[number].content


def pay_invoice(desk: Desk, act: Any, amount: str) -> None:
    create_payment(act, desk.creditor(act), amount, invoice=desk.invoice(act, "F1"))
