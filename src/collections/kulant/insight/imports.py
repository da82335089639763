"""A file that was imported, looked up again."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from kulant.core.errors import NotFound
from kulant.intake.models import ImportRun


def import_run(session: Session, creditor_id: int, run_id: int) -> ImportRun:
    """The import of that number; refuses when this creditor has none."""
    found = session.scalar(select(ImportRun).where(ImportRun.id == run_id, ImportRun.creditor_id == creditor_id))
    if found is None:
        raise NotFound("no_import", f"There is no import {run_id}.")
    return found
