"""Deciding and sending from the shell: proposals, approve, dismiss, deliver, letters."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from kulant.cli.console import ACTOR, answer, looking, ready_settings, working
from kulant.cli.options import CreditorCode, JsonFlag
from kulant.core.errors import Refusal
from kulant.db import Act, reading
from kulant.delivery.outbox import approve_all
from kulant.delivery.pausing import refuse_while_paused
from kulant.letters.storage import open_storage
from kulant.people.service import find_creditor
from kulant.treatment import queries
from kulant.treatment.clerk import dismiss as say_no
from kulant.treatment.records import OVERRIDES
from kulant.treatment.views import proposals_json
from kulant.treatment.words import treatment_words

STATUSES = ("proposed", "approved", "dismissed", "sent", "blocked", "superseded")


app = typer.Typer(rich_markup_mode=None)


@app.command()
def proposals(
    status: Annotated[str | None, typer.Option(help="proposed, approved, dismissed, sent or blocked.")] = None,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """What Kulant proposes, with the reasons."""
    if status is not None and status not in STATUSES:
        raise Refusal("bad_status", f"--status {status!r} is not one of {', '.join(STATUSES)}")
    with looking(creditor) as look:
        found = queries.proposals(look.session, look.creditor.id, None if status is None else [status])
        shown = proposals_json(look.session, found)
    lines = [
        f"{one['id']:>5} {one['customer']:<12} {one['demand']:>14} {one['currency']} {one['status']:<9} "
        f"{treatment_words(one['treatment'])}: {one['reasons'][0]['text'] if one['reasons'] else ''}"
        for one in shown
    ]
    answer(shown, json, *lines)


@app.command()
def approve(
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID…")] = None,
    all: Annotated[bool, typer.Option("--all", help="Everything that is proposed.")] = False,
    by: Annotated[str, typer.Option("--by", metavar="USER", help="Who approves.")] = ACTOR,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """Approves proposals; they leave with the next `kulant deliver`. There is no undo period here."""
    if bool(ids) == all:
        raise typer.BadParameter("name the proposals, or give --all")
    with working(creditor, actor=by) as desk:
        session, creditor_id = desk.act.session, desk.creditor.id
        chosen = (
            queries.proposals(session, creditor_id, ["proposed"])
            if all
            else [queries.proposal_by_id(session, creditor_id, one) for one in ids or []]
        )
        named = [proposal.id for proposal in chosen]
        done = approve_all(desk.act, creditor=desk.creditor, proposal_ids=named, undo_seconds=None)
        done.all_or_nothing()
        shown = {"approved": [str(proposal.id) for proposal in chosen]}
    answer(shown, json, f"{len(chosen)} approved.")


@app.command()
def dismiss(
    id: Annotated[str, typer.Argument(metavar="ID")],
    reason: Annotated[str, typer.Option(help="Why not.")],
    code: Annotated[str | None, typer.Option("--code", help=f"One of {', '.join(OVERRIDES)}.")] = None,
    by: Annotated[str, typer.Option("--by", metavar="USER", help="Who dismisses.")] = ACTOR,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """Dismisses a proposal, with the reason."""
    with working(creditor, actor=by) as desk:
        proposal = queries.proposal_by_id(desk.act.session, desk.creditor.id, id)
        say_no(desk.act, proposal=proposal, reason=reason, override=code)
    answer({"dismissed": [str(proposal.id)], "reason": reason}, json, f"Proposal {proposal.id} dismissed.")


@app.command()
def deliver(
    now: Annotated[str | None, typer.Option(metavar="TIMESTAMP", help="As if it were this moment.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would leave, send nothing.")] = False,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """Passes everything approved through the send gate, sends it and archives it; says what was blocked and why."""
    from kulant.delivery.house import open_house  # what draws letters takes long to load
    from kulant.delivery.worker import deliver as carry_out

    moment = _moment(now) if now else datetime.now(UTC)
    if dry_run:
        _foretell(moment, creditor, json)
        return
    settings = ready_settings()
    with reading(settings.database_url) as session:
        found = find_creditor(session, creditor)
        refuse_while_paused(session)
    house = open_house(settings, actor=ACTOR, country=found.country)
    report = carry_out(house, creditor_id=found.id, now=moment)
    lines = [f"{len(report.sent)} sent, {len(report.blocked)} blocked, {len(report.failed)} failed."]
    if report.waiting:
        lines.append(f"{len(report.waiting)} wait for the turn of their mail host; deliver again in a minute.")
    lines += [f"  {one['customer']}: {one['blocked'][0]['text']}" for one in report.blocked if one.get("blocked")]
    lines += [f"  {one['customer']}: {one['error']}" for one in (*report.failed, *report.uncertain)]
    answer(asdict(report), json, *lines)


def _foretell(moment: datetime, creditor: str | None, json: bool) -> None:
    from kulant.delivery.foreseen import dry_run

    with looking(creditor) as look:
        act = Act(session=look.session, actor=ACTOR, today=look.today, now=datetime.now(UTC))
        shown = dry_run(act, creditor=look.creditor, now=moment)
    lines = [f"{len(shown['sent'])} would be sent, {len(shown['blocked'])} blocked. Nothing was sent."]
    lines += [f"  {one['customer']}: {one['blocked'][0]['text']}" for one in shown["blocked"]]
    answer(shown, json, *lines)


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refusal("bad_timestamp", f"--now is {text!r}; write it as 2026-11-22T09:00:00+01:00") from None


@app.command()
def letters(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where to; made when it is not there.")],
    batch: Annotated[bool, typer.Option("--batch", help="One file to print, and an address list.")] = False,
    for_supplier: Annotated[
        bool, typer.Option("--hand-off", help="For a print supplier: each letter, and an index with their hashes.")
    ] = False,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """Writes the archived letters as PDF files."""
    from kulant.letters.export import write_letters  # what joins PDF files takes long to load

    with looking(creditor) as look:
        storage = open_storage(look.settings.storage_url)
        written = write_letters(
            look.session,
            storage,
            out,
            batch,
            creditor_id=look.creditor.id,
            home=look.creditor.country,
            for_supplier=for_supplier,
        )
    shown = {"folder": str(written.folder), "files": list(written.files), "letters": written.letters}
    answer(shown, json, f"{written.letters} letters written to {written.folder}.")
