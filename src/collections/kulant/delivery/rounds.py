"""The rounds of a worker: looks again and again at what was queued, takes files in and lets letters out.

On SQLite a round sends what is due itself. On PostgreSQL jobs carry the letters, and a round only sees to it that
whatever is due has one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from kulant.core.errors import Refusal
from kulant.db import reading
from kulant.delivery import queries
from kulant.delivery.house import open_house
from kulant.delivery.imports import carry_out_imports
from kulant.delivery.jobs import defer_leftovers
from kulant.delivery.mail_reading import now_and_then
from kulant.delivery.payment_rounds import now_and_then as payments_now_and_then
from kulant.delivery.webhook_rounds import send_webhooks
from kulant.delivery.worker import Report, deliver, deliver_one, due
from kulant.logs import get_logger
from kulant.people.models import Creditor
from kulant.settings import Settings

EVERY_SECONDS = 5.0
ACTOR = "worker"

log = get_logger()


def carry_out(settings: Settings, *, stop: threading.Event | None = None) -> int:
    """One look at every creditor's outbox, sending what may leave; returns how many left."""
    sent = 0
    for creditor_id, country in _creditors(settings):
        house = open_house(settings, actor=ACTOR, country=country)
        report = deliver(house, creditor_id=creditor_id, now=datetime.now(UTC), patiently=True, stop=stop)
        sent += len(report.sent)
        _tell(creditor_id, report)
    return sent


def hand_out(settings: Settings) -> int:
    """One look at every creditor's outbox on PostgreSQL: jobs for what is due and has none; returns how many.

    So a letter whose job was lost still leaves, and so does what was queued without one or has waited long enough.
    """
    made = 0
    for creditor_id, country in _creditors(settings):
        house = open_house(settings, actor=ACTOR, country=country)
        left = due(house, creditor_id=creditor_id, now=datetime.now(UTC), patiently=True)
        with house.open() as act:
            made += defer_leftovers(act, left)
    return made


def carry_one(settings: Settings, delivery_id: int) -> None:
    """Carries one delivery out of the house if it may leave: what a job asks for."""
    with reading(settings.database_url) as session:
        found = queries.creditor_of(session, delivery_id)
    if found is None:
        return
    creditor_id, country = found
    report = Report()
    house = open_house(settings, actor=ACTOR, country=country)
    deliver_one(house, delivery_id, now=datetime.now(UTC), report=report)
    _tell(creditor_id, report)


def _creditors(settings: Settings) -> list[tuple[int, str]]:
    with reading(settings.database_url) as session:
        return [(row.id, row.country) for row in session.execute(select(Creditor.id, Creditor.country))]


def _tell(creditor_id: int, report: Report) -> None:
    if report.sent or report.failed or report.uncertain:
        log.info(
            "outbox", creditor=creditor_id, sent=len(report.sent), failed=len(report.failed),
            uncertain=len(report.uncertain),
        )  # fmt: skip


def work_with_jobs(settings: Settings, stop: threading.Event) -> None:
    """Works until told to stop, as one of any number of workers on PostgreSQL: jobs here, rounds beside them."""
    from kulant.delivery.tasks import work_off  # takes long to load, and SQLite has no jobs

    rounds = threading.Thread(target=work, args=(settings, stop), kwargs={"outbox": hand_out}, name="rounds")
    rounds.start()
    try:
        work_off(settings.database_url, partial(carry_one, settings), stop)
    finally:
        stop.set()
        rounds.join()


def work(
    settings: Settings,
    stop: threading.Event,
    *,
    every: float = EVERY_SECONDS,
    outbox: Callable[[Settings], int] | None = None,
) -> None:
    """Makes rounds until told to stop. What goes wrong in one round is logged and met again in the next."""
    parts: tuple[tuple[str, Callable[[Settings], object]], ...] = (
        ("imports", carry_out_imports),
        ("outbox", outbox or partial(carry_out, stop=stop)),
        ("mailbox", now_and_then()),
        ("payments", payments_now_and_then()),
        ("webhooks", partial(send_webhooks, stop=stop)),
    )
    while not stop.is_set():
        for what, part in parts:
            try:
                part(settings)
            except (Refusal, SQLAlchemyError, OSError) as problem:
                log.error(what, problem=str(problem))
            except Exception:
                # A worker that ended here would end silently, and nothing would leave any more.
                log.exception(what)
        stop.wait(every)
