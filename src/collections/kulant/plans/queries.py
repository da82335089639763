"""Every SELECT of the plans room: what a customer's claim is, which plans there are, what has been paid on them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from kulant.core.errors import NotFound
from kulant.ledger import queries as ledger
from kulant.ledger.bulk import among
from kulant.ledger.charges import CHARGES
from kulant.ledger.models import Customer, Dispute, OpenItem
from kulant.ledger.rules import asked
from kulant.ledger.service import disputed_minor
from kulant.plans.models import CounterProposal, Instalment, Plan, PlanChange, PlanItem, PlanOffer
from kulant.plans.states import RUNNING
from kulant.relationship.models import TimelineEvent

MAY_BE_ANSWERED = (None, "given")  # the approval of an offer that the customer may accept


@dataclass(frozen=True, slots=True)
class ClaimItem:
    """An overdue item, how much of it may be asked for, and how much of it is disputed."""

    item: OpenItem
    asked_minor: int
    disputed_minor: int


@dataclass(frozen=True, slots=True)
class Claim:
    """What a customer owes now in one currency: overdue and undisputed, less their unallocated credits.

    What letters have charged stands apart: a plan does not cover it, and nothing asks for it while the plan is kept.
    """

    currency: str
    items: tuple[ClaimItem, ...]
    credits: tuple[OpenItem, ...]
    charges: tuple[OpenItem, ...] = ()

    @property
    def charges_minor(self) -> int:
        """What letters have charged on the invoices asked for."""
        return sum(charge.open_minor for charge in self.charges)

    @property
    def credits_minor(self) -> int:
        """The credits as an amount above zero."""
        return -sum(credit.open_minor for credit in self.credits)

    @property
    def total_minor(self) -> int:
        """What may be asked for in all; zero when the credits cover it."""
        return max(0, sum(part.asked_minor for part in self.items) - self.credits_minor)


def claim(session: Session, customer_id: int, currency: str, today: date, *, beside: int | None = None) -> Claim:
    """The customer's claim in a currency on the day; what a running plan covers is not asked for again.

    ``beside``: as if that plan did not run, for another that shall take its place.
    """
    return claim_of(
        currency,
        today,
        items=ledger.open_items(session, customer_id, today=today, currency=currency),
        covered=items_in_active_plans(session, customer_id, beside=beside),
        disputes=ledger.open_disputes(session, [customer_id]),
    )


def claim_of(
    currency: str,
    today: date,
    *,
    items: Collection[OpenItem],
    covered: Collection[int],
    disputes: Mapping[int, Dispute],
) -> Claim:
    """The same from what was read already: open items of the currency, the numbers of those in plans, disputes."""
    items = [item for item in items if item.id not in covered]
    charges = [item for item in items if item.open_minor > 0 and item.kind in CHARGES]
    overdue = [
        item
        for item in items
        if item.open_minor > 0 and item.kind not in CHARGES and item.due_date and item.due_date < today
    ]
    disputed = {item.id: disputed_minor(disputes.get(item.id), item) for item in overdue}
    return Claim(
        currency,
        tuple(ClaimItem(item, asked(item.open_minor, disputed[item.id]), disputed[item.id]) for item in overdue),
        tuple(item for item in items if item.open_minor < 0),
        tuple(one for one in charges if one.belongs_to_id not in covered and not disputed.get(one.belongs_to_id or 0)),
    )


def items_in_active_plans(session: Session, customer_id: int, *, beside: int | None = None) -> set[int]:
    """The items that the customer is paying by a plan (but for one)."""
    return set(
        session.scalars(
            select(PlanItem.item_id)
            .join(Plan, Plan.id == PlanItem.plan_id)
            .where(Plan.customer_id == customer_id, Plan.status.in_(RUNNING), Plan.id != (beside or 0))
        )
    )


def planned_items(session: Session, creditor_id: int) -> set[int]:
    """The items that any customer of the creditor is paying by a plan."""
    statement = (
        select(PlanItem.item_id)
        .join(Plan, Plan.id == PlanItem.plan_id)
        .where(Plan.creditor_id == creditor_id, Plan.status.in_(RUNNING))
    )
    return set(session.scalars(statement))


def lock_account(session: Session, customer_id: int, currency: str) -> None:
    """Makes everybody else wait who wants to change this customer's balance or plans; always in the same order."""
    session.flush()
    ledger.work_beside_others(session, customer_id)
    # Not against rows that merely name the customer or the item: a clerk's approval must not wait in a ring with this.
    session.scalars(select(Customer).where(Customer.id == customer_id).with_for_update(key_share=True)).all()
    session.scalars(
        select(OpenItem)
        .where(OpenItem.customer_id == customer_id, OpenItem.currency == currency, OpenItem.open_minor != 0)
        .order_by(OpenItem.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def plan_by_id(session: Session, creditor_id: int, plan_id: int | str) -> Plan:
    """The creditor's plan of that number; refuses when there is none."""
    known = str(plan_id).isdecimal() and len(str(plan_id)) < 19
    plan = session.get(Plan, int(plan_id)) if known else None
    if plan is None or plan.creditor_id != creditor_id:
        raise NotFound("no_plan", f"there is no payment plan {plan_id}")
    return plan


def active_plan(session: Session, customer_id: int, currency: str) -> Plan | None:
    """The plan the customer is paying now, if any."""
    return session.scalar(
        select(Plan).where(Plan.customer_id == customer_id, Plan.currency == currency, Plan.status.in_(RUNNING))
    )


def active_plans(session: Session, creditor_id: int) -> Sequence[Plan]:
    """All plans being paid, oldest first."""
    return session.scalars(
        select(Plan).where(Plan.creditor_id == creditor_id, Plan.status.in_(RUNNING)).order_by(Plan.id)
    ).all()


def plans_by_ids(session: Session, plan_ids: Collection[int]) -> Sequence[Plan]:
    """These plans, oldest first."""
    if not plan_ids:
        return []
    return session.scalars(select(Plan).where(among(session, Plan.id, plan_ids)).order_by(Plan.id)).all()


def offered_plans(session: Session, customer_id: int, currency: str) -> Sequence[Plan]:
    """Offers the customer has not answered, newest first."""
    return session.scalars(
        select(Plan)
        .where(Plan.customer_id == customer_id, Plan.currency == currency, Plan.status == "offered")
        .order_by(Plan.id.desc())
    ).all()


def current_offer(session: Session, customer_id: int, currency: str, claim_minor: int, today: date) -> Plan | None:
    """The newest offer that still stands and was made for what is owed now."""
    for plan in offered_plans(session, customer_id, currency):
        stands = plan.valid_until >= today and plan.approval in MAY_BE_ANSWERED and plan.replaces_id is None
        if stands and plan.claim_minor == claim_minor:
            return plan
    return None


def agreed_plans(session: Session, customer_id: int) -> Sequence[Plan]:
    """Every plan that was ever agreed with the customer, newest first."""
    return session.scalars(
        select(Plan).where(Plan.customer_id == customer_id, Plan.accepted_on.is_not(None)).order_by(Plan.id.desc())
    ).all()


def offers_to_replace(session: Session, plan_id: int, today: date) -> Plan | None:
    """The newest offer of a plan that would take the place of a running one, if the customer may answer it today."""
    return session.scalar(
        select(Plan)
        .where(Plan.replaces_id == plan_id, Plan.status == "offered", Plan.valid_until >= today)
        .where(or_(Plan.approval.is_(None), Plan.approval == "given"))
        .order_by(Plan.id.desc())
        .limit(1)
    )


def changes_of(session: Session, plan_id: int) -> Sequence[PlanChange]:
    """How an agreed plan was changed, in order."""
    return session.scalars(select(PlanChange).where(PlanChange.plan_id == plan_id).order_by(PlanChange.id)).all()


def accepted_offer(session: Session, plan: Plan) -> PlanOffer | None:
    """The way of paying that was agreed."""
    return session.scalar(
        select(PlanOffer).where(PlanOffer.plan_id == plan.id, PlanOffer.number == plan.accepted_offer)
    )


def waiting_for_approval(session: Session, creditor_id: int) -> Sequence[Plan]:
    """Offers beyond the limits that wait for a second person, oldest first."""
    return session.scalars(
        select(Plan)
        .where(Plan.creditor_id == creditor_id, Plan.status == "offered", Plan.approval == "waiting")
        .order_by(Plan.id)
    ).all()


def waiting_proposals(session: Session, creditor_id: int) -> Sequence[CounterProposal]:
    """What customers have proposed and nobody has answered yet, oldest first."""
    return session.scalars(
        select(CounterProposal)
        .where(CounterProposal.creditor_id == creditor_id, CounterProposal.status == "waiting")
        .order_by(CounterProposal.id)
    ).all()


def proposal_by_id(session: Session, creditor_id: int, proposal_id: int | str) -> CounterProposal:
    """The customer's own proposal of that number; refuses when there is none."""
    known = str(proposal_id).isdecimal() and len(str(proposal_id)) < 19
    found = session.get(CounterProposal, int(proposal_id)) if known else None
    if found is None or found.creditor_id != creditor_id:
        raise NotFound("no_proposal", f"no customer has made a proposal {proposal_id}")
    return found


def proposals_of(session: Session, customer_id: int) -> Sequence[CounterProposal]:
    """What the customer has proposed, newest first."""
    return session.scalars(
        select(CounterProposal).where(CounterProposal.customer_id == customer_id).order_by(CounterProposal.id.desc())
    ).all()


def offers_of(session: Session, plan_id: int) -> Sequence[PlanOffer]:
    """The ways of paying that were offered, in order."""
    return session.scalars(select(PlanOffer).where(PlanOffer.plan_id == plan_id).order_by(PlanOffer.number)).all()


def instalments_of(session: Session, plan_id: int) -> Sequence[Instalment]:
    """The payments of an accepted plan, in order."""
    return session.scalars(select(Instalment).where(Instalment.plan_id == plan_id).order_by(Instalment.number)).all()


def instalments_by_plan(session: Session, plan_ids: Collection[int]) -> dict[int, list[Instalment]]:
    """The payments of these plans, in order."""
    found: dict[int, list[Instalment]] = {plan_id: [] for plan_id in plan_ids}
    if found:
        rows = select(Instalment).where(among(session, Instalment.plan_id, found))
        for part in session.scalars(rows.order_by(Instalment.plan_id, Instalment.number)):
            found[part.plan_id].append(part)
    return found


def instalments_by_ids(session: Session, ids: Collection[int]) -> Sequence[Instalment]:
    """These payments."""
    if not ids:
        return []
    return session.scalars(select(Instalment).where(among(session, Instalment.id, ids))).all()


def plan_of_item(session: Session, item_id: int) -> Plan | None:
    """The plan the customer is paying the item by, if any."""
    rows = select(Plan).join(PlanItem, PlanItem.plan_id == Plan.id)
    return session.scalar(rows.where(PlanItem.item_id == item_id, Plan.status.in_(RUNNING)))


def plan_events(session: Session, customer_id: int, plan_id: int) -> list[TimelineEvent]:
    """What the timeline tells of the plan, newest first."""
    rows = session.scalars(
        select(TimelineEvent)
        .where(TimelineEvent.customer_id == customer_id, TimelineEvent.kind.startswith("plan_"))
        .order_by(TimelineEvent.id.desc())
    )
    return [event for event in rows if event.data.get("plan") == plan_id]


def plans_covering(session: Session, plan_ids: Collection[int], item_ids: Collection[int]) -> list[int]:
    """Those of the plans that cover one of the items."""
    if not plan_ids or not item_ids:
        return []
    rows = select(PlanItem.plan_id).distinct()
    rows = rows.where(among(session, PlanItem.plan_id, plan_ids), among(session, PlanItem.item_id, item_ids))
    return sorted(session.scalars(rows))


def late_plans(session: Session, creditor_id: int) -> list[tuple[Plan, Instalment, Customer]]:
    """Every plan that is late, with its oldest short payment and its customer."""
    other = aliased(Instalment)
    older = (
        select(other.id)
        .where(other.plan_id == Plan.id, other.number < Instalment.number, other.paid_minor < other.amount_minor)
        .exists()
    )
    rows = session.execute(
        select(Plan, Instalment, Customer)
        .join(Instalment, Instalment.plan_id == Plan.id)
        .join(Customer, Customer.id == Plan.customer_id)
        .where(Plan.creditor_id == creditor_id, Plan.status == "late")
        .where(Instalment.paid_minor < Instalment.amount_minor, ~older)
        .order_by(Plan.id)
    )
    return [(plan, part, customer) for plan, part, customer in rows]


def items_of(session: Session, plan_id: int) -> list[tuple[PlanItem, OpenItem]]:
    """What an accepted plan covers, oldest due first."""
    rows = session.execute(
        select(PlanItem, OpenItem).join(OpenItem, OpenItem.id == PlanItem.item_id).where(PlanItem.plan_id == plan_id)
    )
    return sorted(((part, item) for part, item in rows), key=lambda row: ledger.oldest_due_first(row[1]))
