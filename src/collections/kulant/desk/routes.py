"""All pages of the desk."""

from __future__ import annotations

from fastapi import APIRouter

from kulant.desk import (
    account,
    acts,
    behaviour,
    books,
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
    reports,
    run,
    settings,
    sign_in,
    tasks,
    value_report,
)

router = APIRouter(include_in_schema=False)
for room in (
    sign_in,
    overdue,
    account,
    books,
    churn,
    behaviour,
    forecast,
    value_report,
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
