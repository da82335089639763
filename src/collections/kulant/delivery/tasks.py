"""What a worker on PostgreSQL does with a job: it looks at one delivery, and sends it if it may leave."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from functools import cache
from typing import Any

from procrastinate import App, JobContext, PsycopgConnector, SyncPsycopgConnector
from procrastinate.connector import BaseConnector
from procrastinate.tasks import Task
from sqlalchemy import make_url

from kulant.delivery.jobs import QUEUE
from kulant.logs import get_logger

log = get_logger()

TASK = "deliver"

_AGAIN_SECONDS = 5.0  # after the database was away
_LOOK_SECONDS = 0.2  # how soon a worker sees that it is to stop


def _carry(context: JobContext, delivery: int) -> None:
    """Looks at one delivery. Whatever goes wrong, the delivery is still due, and a round makes it another job."""
    context.additional_context["carry"](delivery)


def _application(connector: BaseConnector) -> App:
    application = App(connector=connector)
    application.task(name=TASK, queue=QUEUE, pass_context=True)(_carry)
    return application


@cache
def carry() -> Task[..., Any, ...]:
    """The task to put jobs of. They go on the connection of whoever approves, so this application opens none."""
    return _application(SyncPsycopgConnector()).tasks[TASK]


def work_off(database_url: str, carry_one: Callable[[int], Any], stop: threading.Event) -> None:
    """Carries out jobs, one at a time, until told to stop. A database that goes away is waited for."""
    while not stop.is_set():
        try:
            asyncio.run(_work(database_url, carry_one, stop))
        except Exception:
            log.exception("jobs")
        if not stop.is_set():
            stop.wait(_AGAIN_SECONDS)


async def _work(database_url: str, carry_one: Callable[[int], Any], stop: threading.Event) -> None:
    address = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    async with _application(PsycopgConnector(conninfo=address, min_size=1, max_size=4)).open_async() as application:
        worker = asyncio.create_task(
            application.run_worker_async(
                queues=[QUEUE],
                concurrency=1,
                delete_jobs="always",  # the delivery remembers what became of it
                install_signal_handlers=False,
                additional_context={"carry": carry_one},
            )
        )
        while not stop.is_set() and not worker.done():
            await asyncio.sleep(_LOOK_SECONDS)
        worker.cancel()  # it ends what it is at
        await asyncio.gather(worker, return_exceptions=True)
