"""All pages of the desk."""

from __future__ import annotations

from fastapi import APIRouter

from kulant.desk import (
    account,
    acts,
    behaviour,
    books,
    care,
    churn,
    decisions,
    forecast,
    imports,
    ladder_editor,
    ladders,
    letters,
    losses,
    outbox,
    overdue,
    payments,
    relationship,
    reports,
    run,
    settings,
    sign_in,
    tasks,
    timeline,
    value_report,
    why,
)

router = APIRouter(include_in_schema=False)
for room in (
    sign_in,
    overdue,
    account,
    why,
    books,
    churn,
    behaviour,
    forecast,
    value_report,
    care,
    timeline,
    relationship,
    acts,
    decisions,
    outbox,
    tasks,
    payments,
    imports,
    ladder_editor,
    ladders,
    letters,
    losses,
    reports,
    settings,
    run,
):
    router.include_router(room.router)
