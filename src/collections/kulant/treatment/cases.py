"""Cases: everything a decision about one customer in one currency looks at, read for many customers at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TypeVar

from sqlalchemy.orm import Session

from kulant.ledger import queries as ledger
from kulant.ledger.charges import CHARGES
from kulant.ledger.models import Contact, Customer
from kulant.ledger.rules import Owing, asked
from kulant.ledger.service import disputed_minor
from kulant.plans.models import Plan
from kulant.relationship import care_queries as care
from kulant.relationship import queries as relationship
from kulant.relationship.models import Concern, Hold, Promise, Score
from kulant.relationship.models_care import LateReason
from kulant.relationship.models_view import Standing
from kulant.treatment import case_queries as queries
from kulant.treatment.case_queries import Former, ItemRow, Settled, StepRow
from kulant.treatment.queries import LIVE, items_in_active_plans, plans_of

Row = TypeVar("Row", Hold, Promise, Concern)

# Proposals decided this long ago no longer matter to what is proposed today.
MEMORY_DAYS = 120


@dataclass(slots=True)
class Debt:
    """An open invoice with what stands in the way of asking for it."""

    item: Owing
    disputed_minor: int
    steps: Sequence[StepRow]
    plan: Plan | None  # the active plan that covers it
    held_until: date | None
    asked_minor: int = field(init=False)  # its undisputed part

    def __post_init__(self) -> None:
        self.asked_minor = asked(self.item.open_minor, self.disputed_minor)

    def is_overdue(self, today: date) -> bool:
        """Whether its due date has passed."""
        return self.item.due_date is not None and self.item.due_date < today


@dataclass(slots=True)
class CustomerCase:
    """One customer in one currency: debts, credits, history, relationship, and what was proposed before."""

    customer: Customer
    contact: Contact | None
    currency: str
    debts: list[Debt] = field(default_factory=list)
    credits: list[Owing] = field(default_factory=list)
    charges: list[Owing] = field(default_factory=list)  # asked along with the invoices, never a reason to write
    history: Sequence[Settled] = ()
    score: Score | None = None
    holds: Sequence[Hold] = ()
    promises: Sequence[Promise] = ()
    concerns: Sequence[Concern] = ()
    plans: Sequence[Plan] = ()
    last_contact: date | None = None
    last_call: date | None = None
    proposals: Sequence[Former] = ()
    standing: Standing | None = None
    late_reason: LateReason | None = None

    @property
    def credit_minor(self) -> int:
        """Unallocated credit, above zero."""
        return -sum(item.open_minor for item in self.credits)

    @property
    def live(self) -> Former | None:
        """The proposal that waits or is on its way."""
        return next((proposal for proposal in self.proposals if proposal.status in LIVE), None)

    def last_decided(self, status: str) -> Former | None:
        """The newest proposal that ended this way."""
        return next((proposal for proposal in reversed(self.proposals) if proposal.status == status), None)


def load_cases(session: Session, customer_ids: Collection[int], today: date) -> list[CustomerCase]:
    """The cases of these customers, one for each currency they have anything open in: a dozen statements in all."""
    customers = ledger.customers_by_id(session, customer_ids)
    items = queries.open_items_of(session, customer_ids, today)
    cases = _empty_cases(session, customers, items, today)
    disputes = ledger.open_disputes(session, customer_ids)
    steps = queries.steps_sent(session, customer_ids)
    in_plan = items_in_active_plans(session, customer_ids)
    held = {hold.item_id: hold.until for case in cases.values() for hold in case.holds if hold.item_id is not None}
    for item in items:
        case = cases[item.customer_id, item.currency]
        if item.open_minor < 0:
            case.credits.append(item)
        elif item.kind in CHARGES:
            # What a running plan costs is paid by it, and what letters charged on its invoices rests, paid or not.
            if item.id not in in_plan and item.belongs_to_id not in in_plan:
                case.charges.append(item)
        elif item.kind == "invoice":
            case.debts.append(
                Debt(
                    item=item,
                    disputed_minor=disputed_minor(disputes.get(item.id), item),
                    steps=steps.get(item.id, ()),
                    plan=in_plan.get(item.id),
                    held_until=held.get(item.id),
                )
            )
    return [cases[key] for key in sorted(cases)]


def _empty_cases(
    session: Session, customers: dict[int, Customer], items: Sequence[ItemRow], today: date
) -> dict[tuple[int, str], CustomerCase]:
    """The cases with all but their items. A live proposal makes a case too, so that it can be withdrawn."""
    ids = list(customers)
    contacts = ledger.primary_contacts(session, ids)
    history = queries.settled_invoices(session, ids, today)
    scores = relationship.scores(session, ids)
    plans = plans_of(session, ids)
    proposals = queries.former_proposals(session, ids, today - timedelta(days=MEMORY_DAYS))
    holds = _by_customer(relationship.holds_in_force(session, ids, today))
    promises = _by_customer(relationship.promises(session, ids))
    concerns = _by_customer(relationship.open_concerns(session, ids))
    last_contacts = relationship.last_contacts(session, ids)
    last_calls = relationship.last_calls(session, ids)
    standings = care.standings(session, ids)
    late_reasons = care.late_reasons(session, ids)
    accounts = {(item.customer_id, item.currency) for item in items}
    accounts |= {key for key, rows in proposals.items() if any(row.status in LIVE for row in rows)}
    return {
        (customer_id, currency): CustomerCase(
            customer=customers[customer_id],
            contact=contacts.get(customer_id),
            currency=currency,
            history=history.get((customer_id, currency), ()),
            score=scores.get(customer_id),
            holds=holds.get(customer_id, ()),
            promises=[row for row in promises.get(customer_id, ()) if row.currency == currency],
            concerns=concerns.get(customer_id, ()),
            plans=plans.get((customer_id, currency), ()),
            last_contact=last_contacts.get(customer_id),
            last_call=last_calls.get(customer_id),
            proposals=proposals.get((customer_id, currency), ()),
            standing=standings.get(customer_id),
            late_reason=late_reasons.get(customer_id),
        )
        for customer_id, currency in accounts
    }


def _by_customer(rows: Sequence[Row]) -> dict[int, list[Row]]:
    grouped: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row.customer_id].append(row)
    return grouped
