"""What a person here should see or do: what customers did in the portal, what the program could not decide."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import Response

from kulant.desk.flash import Flash, redirect
from kulant.desk.shell import ShellDep
from kulant.ledger.queries import customers_by_id
from kulant.relationship.queries import open_tasks
from kulant.relationship.tasks import finish_task
from kulant.web.deps import ActDep, Reader, RowId, SettingsDep, Writer, safe_back

router = APIRouter(prefix="/tasks")


@router.get("")
def show(shell: ShellDep, session: Reader) -> Response:
    """Open tasks, soonest first."""
    tasks = open_tasks(session, shell.viewer.creditor.id)
    customers = customers_by_id(session, {task.customer_id for task in tasks if task.customer_id is not None})
    return shell.page(
        "desk/tasks.html", here="tasks", tasks=[(task, customers.get(task.customer_id or 0)) for task in tasks]
    )


@router.post("/{task_id}/done")
def done(
    act: ActDep, viewer: Writer, settings: SettingsDep, task_id: RowId, back: Annotated[str, Form()] = "/tasks"
) -> Response:
    """Ticks a task off."""
    task = finish_task(act, creditor=viewer.creditor, task_id=task_id)
    return redirect(settings, safe_back(back), Flash("Done.", task.text))
