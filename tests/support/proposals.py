"""Words for tests about the proposals of a day: apply a ladder, let a day come, look at what is proposed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import select

from kulant.db import Act
from kulant.delivery.acceptance import accept_plan
from kulant.ledger.models import Customer, OpenItem
from kulant.people.models import Creditor
from kulant.plans.service import make_offers
from kulant.relationship.service import add_note, make_promise, place_hold
from kulant.treatment.models import Proposal, ProposalItem, StepSent
from kulant.treatment.service import Proposed, judge_customers, propose_all
from kulant.treatment.views import explain_json, proposals_json

TODAY = date(2026, 11, 23)
STEPS = (
    ("reminder", "reminder", 10, "due_date"),
    ("final", "final_reminder", 14, "previous_step"),
    ("notice", "formal_notice", 14, "previous_step"),
)


def ladder(name: str = "plain", *, relationship: str = "off", first: str = "", last: str = "", **top: str) -> str:
    """A ladder of three steps; ``first`` and ``last`` are added to its first and last step, ``top`` to its head."""
    lines = [f"ladder: {name}", f"relationship: {relationship}"]
    lines += [f"{key}: {value}" for key, value in top.items()]
    lines.append("steps:")
    for n, (code, document, days, origin) in enumerate(STEPS):
        more = first if n == 0 else last if n == len(STEPS) - 1 else ""
        lines.append(f"  - {{code: {code}, document: {document}, after: {{days: {days}, from: {origin}}}{more}}}")
    return "\n".join(lines)


def on(act: Act, day: date) -> Act:
    """The same clerk in the same transaction, on another day."""
    return replace(act, today=day)


def run(act: Act, creditor: Creditor) -> Proposed:
    act.session.flush()
    return propose_all(act, creditor=creditor)


def letters(act: Act, done: Proposed) -> list[Proposal]:
    """What the run has proposed."""
    return [act.session.get_one(Proposal, proposal_id) for proposal_id in done.created]


def live(act: Act, customer: Customer, currency: str = "NOK") -> Proposal | None:
    return act.session.scalar(
        select(Proposal).where(
            Proposal.customer_id == customer.id,
            Proposal.currency == currency,
            Proposal.status.in_(("proposed", "approved", "blocked")),
        )
    )


def proposed(act: Act, creditor: Creditor, customer: Customer) -> Proposal:
    run(act, creditor)
    found = live(act, customer)
    assert found is not None
    return found


def shown(act: Act, proposal: Proposal) -> dict[str, Any]:
    return proposals_json(act.session, [proposal])[0]


def rows(act: Act, proposal: Proposal) -> dict[str, tuple[str, str | None]]:
    return {row["invoice"]: (row["open"], row["step"]) for row in shown(act, proposal)["items"]}


def leave(act: Act, proposal: Proposal, day: date) -> None:
    """Marks the proposal's letter as sent on that day, as the worker does."""
    proposal.status, proposal.decided_on = "sent", day
    for row in act.session.scalars(select(ProposalItem).where(ProposalItem.proposal_id == proposal.id)).all():
        if row.step and proposal.document:
            act.session.add(
                StepSent(
                    item_id=row.item_id, proposal_id=proposal.id, step=row.step, document=proposal.document, sent_on=day
                )
            )
    act.session.flush()


def explained(act: Act, creditor: Creditor, customer: Customer) -> dict[str, Any]:
    act.session.flush()
    judged = judge_customers(act.session, creditor=creditor, customer_ids=[customer.id], today=act.today)
    return explain_json(customer, None, judged, act.today)


def why(act: Act, creditor: Creditor, customer: Customer, invoice: OpenItem) -> list[str]:
    """The codes of every reason given for an invoice."""
    [item] = [row for row in explained(act, creditor, customer)["items"] if row["invoice"] == invoice.number]
    return [item["decision"], *(reason["code"] for reason in item["because"])]


def first_invoice(act: Act) -> OpenItem:
    return act.session.scalars(select(OpenItem).where(OpenItem.kind == "invoice").order_by(OpenItem.id)).all()[0]


def quieten(act: Act, customer: Customer, reason: str) -> None:
    if reason == "promise":
        make_promise(act, customer=customer, currency="NOK", amount_minor=1000, due=TODAY)
    elif reason == "complaint":
        add_note(act, customer=customer, kind="complaint", text="half of it was broken")
    elif reason == "no_dunning":
        customer.no_dunning = True
    elif reason == "hold":
        place_hold(act, customer=customer, until=TODAY, reason="on holiday")
    elif reason == "plan":
        plan = make_offers(act, creditor=act.session.get_one(Creditor, customer.creditor_id), customer=customer,
                           currency="NOK")  # fmt: skip
        accept_plan(act, plan=plan, offer=1, name="Test Testesen")
    act.session.flush()
