"""The ladders in force, told in sentences, and as the YAML they were applied from."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.responses import Response

from kulant.core.words import day_words
from kulant.desk.shell import ShellDep
from kulant.treatment.ladder_text import ladder_sentences
from kulant.treatment.policies import LadderInForce, ladders_in_force
from kulant.treatment.queries import active_ladders
from kulant.web.deps import Reader

router = APIRouter(prefix="/ladder")


@dataclass(frozen=True, slots=True)
class ShownLadder:
    """A ladder in words."""

    name: str
    origin: str
    for_whom: str
    steps: list[str]
    limits: list[str]
    yaml: str


@router.get("")
def show(shell: ShellDep, session: Reader) -> Response:
    """Every ladder of the creditor."""
    creditor = shell.viewer.creditor
    rows = {row.id: row for row in active_ladders(session, creditor.id)}
    shown = []
    for ladder in ladders_in_force(session, creditor.id):
        row = rows.get(ladder.row_id) if ladder.row_id else None
        origin = (
            f"Version {row.version}, in force since {day_words(row.applied_on)}, applied by {row.applied_by}."
            if row
            else "The ladder that comes with Kulant; none of your own has been applied."
        )
        shown.append(_shown(ladder, origin, row.yaml if row else ""))
    return shell.page("desk/ladder.html", here="ladder", ladders=shown)


def _shown(ladder: LadderInForce, origin: str, yaml: str) -> ShownLadder:
    sentences = ladder_sentences(ladder.policy)
    last_step = 1 + len(ladder.policy.steps)
    name = ladder.policy.name
    return ShownLadder(
        name[:1].upper() + name[1:], origin, sentences[0], sentences[1:last_step], sentences[last_step:], yaml
    )
