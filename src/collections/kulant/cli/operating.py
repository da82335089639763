"""Operating Kulant: the demo, the web app, the worker, the doctor."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import Annotated

import typer

from kulant.cli.console import answer, ready_settings
from kulant.cli.options import JsonFlag
from kulant.core.errors import Refusal
from kulant.db import engine_for, reading
from kulant.delivery.mail_reading import read_mail
from kulant.delivery.rounds import work, work_with_jobs
from kulant.doctor import examine
from kulant.people.service import creditor_codes
from kulant.schema import upgrade, versions
from kulant.settings import DEFAULT_BASE_URL, Settings

app = typer.Typer(rich_markup_mode=None)


@app.command()
def demo(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where it is served.")] = 8000,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve it afterwards.")] = True,
) -> None:
    """Loads a fresh demo portfolio into SQLite, then serves it: a fictional wholesaler with two years of history."""
    from kulant.demo.portfolio import CREDITOR, MANAGER, load  # only this command needs the generator

    settings = Settings.from_environment()
    settings = replace(settings, base_url=_own_address(settings, port))
    _start_afresh(settings, CREDITOR)
    upgrade(settings.database_url)
    typer.echo("Loading the demo portfolio …", err=True)
    credentials = load(settings)
    typer.echo(f"Kulant demo:  {settings.base_url}")
    typer.echo(f"Log in as:    {credentials.name}")
    typer.echo(f"Password:     {credentials.password}", color=False)
    typer.echo(f"As manager:   {MANAGER}, with the same password: ladders, rules and settings")
    if serve:
        _serve(settings, "127.0.0.1", port)


def _own_address(settings: Settings, port: int) -> str:
    """Links of the demo lead to the demo, on whichever port it is, unless the operator says otherwise."""
    return f"http://127.0.0.1:{port}" if settings.base_url == DEFAULT_BASE_URL else settings.base_url


def _start_afresh(settings: Settings, demo_creditor: str) -> None:
    """Removes an earlier demo, and nothing else: a database with anybody's real ledger is left alone."""
    file = settings.sqlite_path()
    if file is None:
        raise Refusal("demo_needs_sqlite", "the demo makes its own SQLite file; unset KULANT_DATABASE_URL")
    if file.exists() and versions(settings.database_url)[0] is not None:
        with reading(settings.database_url) as session:
            others = [code for code in creditor_codes(session) if code != demo_creditor]
        if others:
            raise Refusal(
                "not_a_demo", f"{file} holds the ledger of {', '.join(others)}; run the demo in a folder of its own"
            )
    engine_for(settings.database_url).dispose()
    for suffix in ("", "-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Which address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
) -> None:
    """Serves the desk and the portal. On SQLite it also carries out the outbox."""
    _serve(ready_settings(), host, port)


def _serve(settings: Settings, host: str, port: int) -> None:
    import uvicorn  # the doctor and the worker do without the web

    from kulant.app import create_app

    settings.secret_key()
    with _listening(host, port) as listener, _own_worker(settings):
        config = uvicorn.Config(create_app(settings), log_level="warning", server_header=False)
        uvicorn.Server(config).run(sockets=[listener])


def _listening(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise Refusal(
            "cannot_listen", f"cannot listen on {host}:{port}: {error.strerror}; choose another --port or --host"
        ) from None


@contextmanager
def _own_worker(settings: Settings) -> Iterator[None]:
    """On SQLite one thread of this process is the worker; on PostgreSQL `kulant worker` is, on any machine."""
    if settings.sqlite_path() is None:
        yield
        return
    stop = threading.Event()
    thread = threading.Thread(target=work, args=(settings, stop), name="outbox", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=10)


@app.command()
def worker() -> None:
    """Carries out the outbox until it is stopped. Any number may run, on any machine, on PostgreSQL."""
    settings, stop = ready_settings(), threading.Event()
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, lambda *_: stop.set())  # the letter in hand is finished first
    (work if settings.sqlite_path() is not None else work_with_jobs)(settings, stop)


@app.command()
def mailbox(json: JsonFlag = False) -> None:
    """Looks into the mailbox once: what came back, what customers answered. A worker does so once a minute."""
    found = read_mail(ready_settings())
    words = [f"{count} {kind.replace('_', ' ')}" for kind, count in sorted(found.kinds.items())]
    answer(found.as_json(), json, f"{found.mailbox}: {', '.join(words) or 'nothing new'}")


@app.command()
def doctor(
    deep: Annotated[bool, typer.Option("--deep", help="Read every archived document, not only the newest.")] = False,
    json: JsonFlag = False,
) -> None:
    """Checks everything Kulant stands on and says what to do about each failure."""
    findings = examine(Settings.from_environment(), deep=deep)
    marks = {"ok": "ok     ", "warning": "warning", "failed": "FAILED "}
    lines = []
    for finding in findings:
        lines.append(f"{marks[finding.status]}  {finding.check:<10} {finding.text}")
        lines += [f"{'':<20}   {each}" for each in finding.details]
        if finding.remedy:
            lines.append(f"{'':<20} → {finding.remedy}")
    healthy = all(finding.status != "failed" for finding in findings)
    answer({"healthy": healthy, "checks": [asdict(finding) for finding in findings]}, json, *lines)
    if not healthy:
        failed = ", ".join(finding.check for finding in findings if finding.status == "failed")
        raise Refusal("not_healthy", f"these checks failed: {failed}; the list says what to do for each")
