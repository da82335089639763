"""The ladders in force, told in sentences, whom each is for, and every version there ever was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Query
from fastapi.responses import Response

from kulant.core.words import day_words
from kulant.desk.flash import Flash, redirect
from kulant.desk.shell import ShellDep
from kulant.treatment.coverage import coverage
from kulant.treatment.ladder_diff import side_by_side
from kulant.treatment.ladder_queries import ladder_by_id, newest_of_each, versions
from kulant.treatment.ladder_text import CONSUMERS, ladder_sentences
from kulant.treatment.models import Ladder
from kulant.treatment.policies import LadderInForce, ladders_in_force, switch_off, take_back
from kulant.treatment.queries import active_ladders
from kulant.web.deps import ActDep, Reader, RowId, SettingsDep

router = APIRouter(prefix="/ladder")

Reason = Annotated[str, Form(max_length=1000)]


@dataclass(frozen=True, slots=True)
class ShownLadder:
    """A ladder in words."""

    row: Ladder | None
    name: str
    origin: str
    why: str | None
    customers: int
    for_whom: str
    steps: list[str]
    limits: list[str]
    yaml: str


@router.get("")
def show(shell: ShellDep, session: Reader) -> Response:
    """Every ladder of the creditor."""
    creditor = shell.viewer.creditor
    rows = {row.id: row for row in active_ladders(session, creditor.id)}
    in_force = ladders_in_force(session, creditor.id)
    covered = coverage(session, creditor=creditor, ladders=in_force)
    shown = [
        _shown(ladder, rows.get(ladder.row_id) if ladder.row_id else None, covered.by_ladder[ladder.policy.name])
        for ladder in in_force
    ]
    return shell.page(
        "desk/ladder.html",
        here="ladder",
        ladders=shown,
        uncovered=covered.without,
        off=[row for row in newest_of_each(session, creditor.id) if not row.active],
        consumers=CONSUMERS,
        may_change=shell.viewer.may_manage,
    )


def _shown(ladder: LadderInForce, row: Ladder | None, customers: int) -> ShownLadder:
    sentences = ladder_sentences(ladder.policy)
    last_step = 1 + len(ladder.policy.steps)
    origin = (
        f"Version {row.version}, in force since {day_words(row.applied_on)}, applied by {row.applied_by}."
        if row
        else "The ladder that comes with Kulant; none of your own is in force."
    )
    return ShownLadder(
        row=row,
        name=ladder.policy.name[:1].upper() + ladder.policy.name[1:],
        origin=origin,
        why=row.why if row else None,
        customers=customers,
        for_whom=sentences[0],
        steps=sentences[1:last_step],
        limits=sentences[last_step:],
        yaml=row.yaml if row else "",
    )


@router.get("/versions")
def show_versions(
    shell: ShellDep,
    session: Reader,
    name: Annotated[str, Query(max_length=80)] = "",
    old: Annotated[int, Query(ge=0, lt=2**31)] = 0,
    new: Annotated[int, Query(ge=0, lt=2**31)] = 0,
) -> Response:
    """Every version of a ladder, who applied it and why; two of them line beside line."""
    found = versions(session, shell.viewer.creditor.id, name)
    newer = _version(found, new) or found[0]
    older = _version(found, old) or _version(found, newer.version - 1)
    return shell.page(
        "desk/ladder_versions.html",
        here="ladder",
        name=name,
        versions=found,
        newer=newer,
        older=older,
        pairs=side_by_side(older.yaml, newer.yaml) if older else [],
        may_change=shell.viewer.may_manage,
    )


def _version(found: Sequence[Ladder], number: int) -> Ladder | None:
    return next((row for row in found if row.version == number), None)


@router.post("/back")
def back_in_force(
    act: ActDep, shell: ShellDep, settings: SettingsDep, version: Annotated[RowId, Form()], why: Reason = ""
) -> Response:
    """Puts an older version back in force."""
    shell.viewer.require_manager("ladders")
    older = ladder_by_id(act.session, shell.viewer.creditor.id, version)
    ladder = take_back(act, creditor=shell.viewer.creditor, ladder=older, why=why)
    said = f"Version {older.version} is in force again, as version {ladder.version}."
    return redirect(settings, f"/ladder/versions?name={quote(ladder.name)}", Flash(said))


@router.post("/off")
def off(
    act: ActDep, shell: ShellDep, settings: SettingsDep, name: Annotated[str, Form(max_length=80)], why: Reason = ""
) -> Response:
    """Takes a ladder out of force."""
    shell.viewer.require_manager("ladders")
    ladder = switch_off(act, creditor=shell.viewer.creditor, name=name, why=why)
    return redirect(settings, "/ladder", Flash(f"Ladder {ladder.name} is switched off.", "Its versions are kept."))
