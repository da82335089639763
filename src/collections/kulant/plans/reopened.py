"""Money from before a plan that the bank takes back while the plan runs: owed beside it, and a person is told.

What the plan covers stays as it was agreed, and nothing is asked of its invoices while it runs. So nothing would ever
be said about the rest: the clerk has a task, the timeline says it, and the plan's page shows the sum and the way out.
"""

from __future__ import annotations

from sqlalchemy import select

from kulant.core.events import Event
from kulant.core.words import amount_words
from kulant.db import Act
from kulant.ledger.bulk import among
from kulant.ledger.queries import customers_by_id
from kulant.people.models import Creditor
from kulant.plans import follow_queries, queries
from kulant.plans.models import Plan
from kulant.plans.payments import reopened_minor
from kulant.relationship.models import Task
from kulant.relationship.tasks import KeyedTask, keep_tasks

KIND = "plan_reopened"


def notice_reopened(act: Act, creditor: Creditor) -> None:
    """Tells once of each sum that is owed beside a running plan; the task goes when nothing is."""
    found = [
        (plan, minor)
        for plan in queries.plans_by_ids(act.session, follow_queries.reopened_plans(act.session, creditor.id))
        if (minor := reopened_minor(act.session, plan)) > 0
    ]
    customers = customers_by_id(act.session, {plan.customer_id for plan, _ in found})
    tasks = {f"{KIND}:{plan.id}:{minor}": (plan, minor) for plan, minor in found}
    told = select(Task.key).where(Task.creditor_id == creditor.id, among(act.session, Task.key, list(tasks)))
    before = set(act.session.scalars(told)) if tasks else set()
    for key, (plan, minor) in tasks.items():
        if key not in before:
            _tell(act, plan, minor)
    keep_tasks(
        act,
        creditor_id=creditor.id,
        kind=KIND,
        tasks=[
            KeyedTask(
                key=key,
                text=_task_words(customers[plan.customer_id].name, plan, minor),
                due=act.today,
                customer_id=plan.customer_id,
            )
            for key, (plan, minor) in tasks.items()
        ],
    )


def _tell(act: Act, plan: Plan, minor: int) -> None:
    amount = amount_words(minor, plan.currency)
    act.tell(
        Event(
            "plan_reopened",
            f"{amount} that had been paid before payment plan {plan.id} was taken back. "
            "It is owed beside the plan, and nothing asks for it while the plan runs.",
            creditor_id=plan.creditor_id,
            customer_id=plan.customer_id,
            data={"plan": plan.id, "beside_minor": minor},
        )
    )


def _task_words(name: str, plan: Plan, minor: int) -> str:
    return (
        f"{name} owes {amount_words(minor, plan.currency)} beside payment plan {plan.id}: money from before the plan "
        "was taken back. Nothing asks for it while the plan runs. Speak with them, and offer a plan for everything "
        "from the plan's page; it takes the place of this one when they agree."
    )
