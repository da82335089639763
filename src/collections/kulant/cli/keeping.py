"""Keeping what there is: backup and restore, and the pause in which nothing leaves."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from kulant.backup.checking import Checked
from kulant.backup.making import make_backup
from kulant.backup.restoring import Stage, check_backup
from kulant.backup.restoring import restore as bring_back
from kulant.cli.console import ACTOR, answer, ready_settings
from kulant.cli.options import JsonFlag
from kulant.cli.progress import Bar, progress_of
from kulant.core.errors import Refusal
from kulant.db import reading
from kulant.delivery.models import SendingPause
from kulant.delivery.pausing import held_by_pause, pause_in_force, pause_sending, resume_sending
from kulant.settings import Settings
from kulant.transaction import doing

_NAMED = 3  # missing files that the error line names

app = typer.Typer(rich_markup_mode=None)
sending = typer.Typer(rich_markup_mode=None, no_args_is_help=True)
app.add_typer(sending, name="sending", help="Whether letters and messages leave: look, pause, resume.")

By = Annotated[str, typer.Option("--by", metavar="USER", help="Who does it.")]


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to; its folder must be there.")],
    force: Annotated[bool, typer.Option("--force", help="Write over a file of that name.")] = False,
    json: JsonFlag = False,
) -> None:
    """Writes every row and every document of this moment to one file, while everybody goes on working."""
    with tidy_when_stopped(), progress_of(file.name, quiet=json) as progress:
        made = make_backup(Settings.from_environment(), file, force=force, progress=progress)
    files = f"{made.documents:,} documents, {made.uploads:,} files of customers, {made.waiting:,} imports that wait"
    answer(
        made.as_json(),
        json,
        f"{file}: {made.rows:,} rows, {files}; {made.size / 1e6:,.1f} MB.",
        "The signing key is not in it: keep KULANT_SECRET_KEY, or the file ending in .secret, somewhere else.",
    )
    if made.missing:
        named = ", ".join(made.missing[:_NAMED]) + (", …" if len(made.missing) > _NAMED else "")
        raise Refusal(
            "documents_missing",
            f"{file} was made, but {len(made.missing)} files are not in it, for they are missing from the archive or "
            f"were altered: {named}; kulant doctor --deep names the documents",
        )


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    check: Annotated[bool, typer.Option("--check", help="Only read it to its end and say what is in it.")] = False,
    unproved: Annotated[
        bool, typer.Option("--unproved", help="Also when the ledger did not add up when it was backed up.")
    ] = False,
    json: JsonFlag = False,
) -> None:
    """Brings a backup into an empty database, SQLite or PostgreSQL, whichever it came from. Sending is paused then."""
    with tidy_when_stopped(), _stages(file.name, quiet=json) as stage:
        if check:
            found = check_backup(file, stage)
            answer(found.as_json(), json, f"{file} is whole. {_what(found)}")
            return
        done = bring_back(Settings.from_environment(), file, actor=ACTOR, stage=stage, unproved=unproved)
    lines = [
        _what(done.checked),
        "Every row was read back and is the same" + ("." if unproved else ", and the ledger adds up."),
        f"Sending is paused: {done.waiting:,} letters and messages waited in the outbox and may have left since. Read "
        "what would leave with kulant deliver --dry-run, then run: kulant sending resume",
    ]
    if done.checked.files["missing"]:
        lines.append(f"{len(done.checked.files['missing']):,} files were missing already when the backup was made.")
    if done.same_key is False:
        lines.append(
            "The signing key is not the one of the backup: codes printed in letters do not open pages here. Set "
            "KULANT_SECRET_KEY to the old one."
        )
    answer(done.as_json(), json, *lines)


def _what(found: Checked) -> str:
    files = {folder: found.files[folder]["count"] for folder in ("documents", "uploads", "waiting")}
    return (
        f"Backup of {found.head.made_at:%Y-%m-%d %H:%M} UTC by Kulant {found.head.version} on {found.head.database}: "
        f"{found.rows:,} rows, {files['documents']:,} documents, {files['uploads']:,} files of customers, "
        f"{files['waiting']:,} imports that wait."
    )


@contextmanager
def tidy_when_stopped() -> Iterator[None]:
    """Told to stop, as by a service manager, it ends as by the keyboard: nothing half done is left lying."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _stages(name: str, *, quiet: bool) -> Iterator[Stage]:
    """A bar for each part of the work, one after the other; none where nobody watches."""
    bar: Bar | None = None

    def stage(title: str) -> Bar | None:
        nonlocal bar
        if quiet or not sys.stderr.isatty():
            return None
        bar = Bar(f"{name}, {title}", sys.stderr)
        return bar

    try:
        yield stage
    finally:
        if bar is not None:
            bar.clear()


@sending.command("show")
def show(json: JsonFlag = False) -> None:
    """Whether letters and messages leave, and if not, why."""
    with reading(ready_settings().database_url) as session:
        pause, waiting = pause_in_force(session), held_by_pause(session)
    _say(pause, waiting, json)


@sending.command("pause")
def pause(
    why: Annotated[str, typer.Option("--why", help="Why nothing may leave.")], by: By = ACTOR, json: JsonFlag = False
) -> None:
    """Lets nothing leave, of any creditor, until somebody resumes."""
    with doing(ready_settings(), actor=by) as act:
        made, waiting = pause_sending(act, why=why), held_by_pause(act.session)
    _say(made, waiting, json)


@sending.command("resume")
def resume(by: By = ACTOR, json: JsonFlag = False) -> None:
    """Lets what waits leave again, through the send gate. Read first what would: kulant deliver --dry-run."""
    with doing(ready_settings(), actor=by) as act:
        resume_sending(act)
        waiting = held_by_pause(act.session)
    _say(None, waiting, json)


def _say(pause: SendingPause | None, waiting: int, json: bool) -> None:
    shown: dict[str, Any] = {"sending": "on" if pause is None else "paused", "waiting": waiting}
    if pause is None:
        answer(shown, json, f"Sending is on; {waiting:,} letters and messages are in the outbox.")
        return
    shown |= {"since": pause.since.isoformat(timespec="seconds"), "why": pause.why, "by": pause.paused_by}
    answer(
        shown,
        json,
        f"Sending is paused since {pause.since:%Y-%m-%d %H:%M} UTC by {pause.paused_by}: {pause.why}",
        f"{waiting:,} letters and messages wait. kulant deliver --dry-run says what would leave.",
    )
