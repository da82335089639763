"""What a plan costs, in the ledger: its interest and fee stand as charges of their own, paid like the rest of the plan.

When a plan ends before it is paid, what it would have cost is let go: the plan's price belongs to the plan, and the
days it did not last are the law's to price.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from kulant.db import Act
from kulant.ledger.adjustments import write_off
from kulant.ledger.charges import CHARGES
from kulant.ledger.models import OpenItem
from kulant.ledger.posting import NewItem, post_items
from kulant.people.models import Creditor
from kulant.plans import queries
from kulant.plans.models import Plan, PlanItem


def post_cost(
    act: Act, *, creditor: Creditor, plan: Plan, kind: str, amount_minor: int, due: date, rule: str
) -> OpenItem | None:
    """Posts what the plan costs beside the claim and ties it to the plan; none when it costs nothing."""
    if amount_minor <= 0:
        return None
    covered = queries.items_of(act.session, plan.id)
    own = f"{kind}:plan-{plan.id}"
    before = [item for _, item in covered if item.number == own or item.number.startswith(f"{own}-")]
    [item] = post_items(
        act,
        creditor=creditor,
        items=[
            NewItem(
                kind=kind,
                number=f"{own}-{len(before) + 1}" if before else own,
                currency=plan.currency,
                amount_minor=amount_minor,
                customer_id=plan.customer_id,
                issue_date=act.today,
                due_date=due,
                belongs_to_id=covered[0][1].id if covered else None,
                reason=rule,
            )
        ],
    )
    act.session.add(PlanItem(plan_id=plan.id, item_id=item.id, amount_minor=amount_minor))
    act.session.flush()
    return item


def let_cost_go(act: Act, plan: Plan, reason: str) -> int:
    """Lets go what is still open of the plan's own interest and fee; returns how much."""
    open_cost = [item for item in _own_charges(act, plan) if item.open_minor > 0]
    if not open_cost:
        return 0
    total = sum(item.open_minor for item in open_cost)
    creditor = act.session.get_one(Creditor, plan.creditor_id)
    write_off(act, creditor=creditor, items=open_cost, reason=reason, manager=True)
    act.session.flush()
    return total


def _own_charges(act: Act, plan: Plan) -> list[OpenItem]:
    return list(
        act.session.scalars(
            select(OpenItem)
            .join(PlanItem, PlanItem.item_id == OpenItem.id)
            .where(PlanItem.plan_id == plan.id, OpenItem.kind.in_(CHARGES))
            .order_by(OpenItem.id)
        )
    )
