"""The rounds of a worker: looks again and again at what was queued, takes files in and lets letters out."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from kulant.core.errors import Refusal
from kulant.db import reading
from kulant.delivery.house import open_house
from kulant.delivery.imports import carry_out_imports
from kulant.delivery.worker import deliver
from kulant.people.models import Creditor
from kulant.settings import Settings

EVERY_SECONDS = 5.0

log = structlog.get_logger()


def carry_out(settings: Settings) -> int:
    """One look at every creditor's outbox; returns how many letters left."""
    with reading(settings.database_url) as session:
        creditors = session.execute(select(Creditor.id, Creditor.country).order_by(Creditor.id)).all()
    sent = 0
    for creditor_id, country in creditors:
        house = open_house(settings, actor="worker", country=country)
        report = deliver(house, creditor_id=creditor_id, now=datetime.now(UTC))
        sent += len(report.sent)
        if report.sent or report.failed or report.uncertain:
            log.info(
                "outbox", creditor=creditor_id, sent=len(report.sent), failed=len(report.failed),
                uncertain=len(report.uncertain),
            )  # fmt: skip
    return sent


def work(settings: Settings, stop: threading.Event, *, every: float = EVERY_SECONDS) -> None:
    """Works until told to stop. What goes wrong in one round is logged and met again in the next."""
    while not stop.is_set():
        for what, part in (("imports", carry_out_imports), ("outbox", carry_out)):
            try:
                part(settings)
            except (Refusal, SQLAlchemyError, OSError) as problem:
                log.error(what, problem=str(problem))
            except Exception:
                # A worker that ended here would end silently, and nothing would leave any more.
                log.exception(what)
        stop.wait(every)
