"""The clerk decides: approve, edit or dismiss a proposal, one or many, and see the letter before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query
from fastapi.responses import Response

from kulant.core.errors import Conflict, Refusal
from kulant.delivery.outbox import approve, approve_all
from kulant.desk.flash import Flash, redirect
from kulant.desk.foreseen import ask, held_words
from kulant.desk.proposal import sends_letter
from kulant.desk.shell import ShellDep
from kulant.desk.wording import title_of
from kulant.ledger.models import Customer
from kulant.ledger.queries import customers_by_id
from kulant.treatment.clerk import dismiss, edit
from kulant.treatment.models import Proposal
from kulant.treatment.queries import proposal_by_id, proposals_by_ids
from kulant.treatment.records import OVERRIDES
from kulant.web.deps import ActDep, Reader, RowId, SettingsDep, Writer, safe_back
from kulant.web.templating import asked_for

router = APIRouter()

MOST_AT_ONCE = 1000
Back = Annotated[str, Form()]
Code = Annotated[str, Form(max_length=30)]
Ids = Annotated[list[RowId], Form(max_length=MOST_AT_ONCE)]
Chosen = Annotated[str, Form(pattern=rf"^([0-9]{{1,18}} ?){{0,{MOST_AT_ONCE}}}$")]


@router.post("/proposals/{proposal_id}/approve")
def send_approve(act: ActDep, viewer: Writer, settings: SettingsDep, proposal_id: RowId, back: Back = "/") -> Response:
    """Puts the step into the outbox, where it can be undone for a while."""
    creditor = viewer.creditor
    proposal = proposal_by_id(act.session, creditor.id, proposal_id)
    approve(act, creditor=creditor, proposal=proposal, undo_seconds=creditor.undo_seconds)
    said = Flash(
        f"Approved: {title_of(proposal.treatment).lower()}.", _leaves(creditor.undo_seconds), undo=[proposal.id]
    )
    return redirect(settings, safe_back(back), said)


def _leaves(seconds: int) -> str:
    return f"It waits {seconds} seconds in the outbox before it leaves." if seconds else "It is in the outbox."


@router.post("/proposals/{proposal_id}/dismiss")
def send_dismiss(
    act: ActDep, viewer: Writer, settings: SettingsDep, proposal_id: RowId,
    reason: Annotated[str, Form(max_length=1000)] = "", code: Code = "", back: Back = "/",
) -> Response:  # fmt: skip
    """Says no, and why."""
    proposal = proposal_by_id(act.session, viewer.creditor.id, proposal_id)
    dismiss(act, proposal=proposal, reason=reason, override=code or None)
    return redirect(settings, safe_back(back), Flash(f"Dismissed: {title_of(proposal.treatment).lower()}."))


@router.post("/proposals/{proposal_id}/edit")
def send_edit(
    act: ActDep, viewer: Writer, settings: SettingsDep, proposal_id: RowId,
    treatment: Annotated[str, Form(max_length=40)] = "", channel: Annotated[str, Form(max_length=10)] = "",
    language: Annotated[str, Form(max_length=2)] = "", message: Annotated[str, Form(max_length=2000)] = "",
    code: Code = "", reason: Annotated[str, Form(max_length=1000)] = "",
    back: Back = "/",
) -> Response:  # fmt: skip
    """Another allowed step, another channel or language, a sentence of one's own."""
    proposal = proposal_by_id(act.session, viewer.creditor.id, proposal_id)
    other = treatment if treatment != proposal.treatment else ""
    # Another step brings its own channel; the one in the form still belonged to the old step.
    edit(
        act,
        proposal=proposal,
        treatment=other or None,
        channel=channel if channel and not (other and channel == proposal.channel) else None,
        language=language or None,
        message=message,
        override=code or None,
        reason=reason or None,
    )
    return redirect(settings, safe_back(back), Flash("Changed. It waits for your approval.", tone=""))


@dataclass(frozen=True, slots=True)
class Batch:
    """What approving or dismissing many would do, before it is done."""

    proposals: Sequence[tuple[Proposal, Customer]]
    letters: int
    calls: int
    sums: list[tuple[str, int]]
    kinds: list[tuple[str, int]]


def _batch(session: Reader, creditor_id: int, ids: Sequence[int]) -> Batch:
    found = proposals_by_ids(session, creditor_id, ids)
    customers = customers_by_id(session, {proposal.customer_id for proposal in found})
    sums: dict[str, int] = defaultdict(int)
    kinds: dict[str, int] = defaultdict(int)
    for proposal in found:
        sums[proposal.currency] += proposal.demand_minor
        kinds[title_of(proposal.treatment)] += 1
    letters = sum(map(sends_letter, found))
    return Batch(
        sorted(
            ((proposal, customers[proposal.customer_id]) for proposal in found),
            key=lambda pair: (pair[0].currency, -pair[0].demand_minor),
        ),
        letters,
        len(found) - letters,
        sorted(sums.items()),
        sorted(kinds.items(), key=lambda kind: -kind[1]),
    )


@router.get("/bulk")
def show_bulk(
    shell: ShellDep, session: Reader,
    proposal: Annotated[list[RowId], Query(max_length=MOST_AT_ONCE)] = [],  # noqa: B006
    act: str = "approve", back: str = "/",
) -> Response:  # fmt: skip
    """The sum and the letters, before anything is confirmed."""
    batch = _batch(session, shell.viewer.creditor.id, proposal)
    context: dict[str, Any] = {
        "batch": batch,
        "act": "dismiss" if act == "dismiss" else "approve",
        "back": safe_back(back),
    }
    context["overrides"] = [("", "Choose a reason"), *OVERRIDES.items()]
    if context["act"] == "approve":
        context["held"] = held_words(ask(shell, session, [proposal for proposal, _ in batch.proposals]))
    context["titles"] = {each.treatment: title_of(each.treatment) for each, _ in batch.proposals}
    if asked_for(shell.request, "panel"):
        return shell.part("desk/parts/bulk.html", **context)
    return shell.page("desk/bulk.html", here="overdue", **context)


@router.post("/bulk")
def send_bulk(
    act: ActDep, viewer: Writer, settings: SettingsDep, proposal: Ids = [], chosen: Chosen = "",  # noqa: B006
    decision: Annotated[str, Form()] = "approve", reason: Annotated[str, Form(max_length=1000)] = "", code: Code = "",
    back: Back = "/",
) -> Response:  # fmt: skip
    """Approves or dismisses all that were ticked; what was decided meanwhile is left as it is and said so.

    ``chosen``: the ids in one field, for a form of more than a thousand fields is refused before anybody looks at it.
    """
    proposal = [*proposal, *map(int, chosen.split())]
    if not proposal:
        raise Refusal("nothing_ticked", "Nothing is ticked. Tick the customers first.")
    creditor = viewer.creditor
    if decision == "dismiss":
        done, passed = _dismiss_all(act, creditor.id, proposal, reason, code or None)
    else:
        approved = approve_all(act, creditor=creditor, proposal_ids=proposal, undo_seconds=creditor.undo_seconds)
        done, passed = approved.ids, len(approved.refused)
    word = "dismissed" if decision == "dismiss" else "approved"
    detail = f"{passed} had been decided already and were left as they are." if passed else ""
    if decision != "dismiss" and not detail and len(done) == 1:
        detail = _leaves(creditor.undo_seconds)
    elif decision != "dismiss" and not detail:
        detail = (
            _leaves(creditor.undo_seconds).replace("It ", "They ").replace("waits", "wait").replace(" is ", " are ")
        )
        detail = detail.replace("before it leaves", "before they leave")
    undo = done if decision != "dismiss" else ()
    return redirect(settings, safe_back(back), Flash(f"{len(done)} {word}.", detail, undo=undo))


def _dismiss_all(
    act: ActDep, creditor_id: int, ids: Sequence[int], reason: str, code: str | None
) -> tuple[list[int], int]:
    """Which were dismissed, and how many had been decided already."""
    done, passed = [], 0
    for each in proposals_by_ids(act.session, creditor_id, ids):
        try:
            dismiss(act, proposal=each, reason=reason, override=code)
            done.append(each.id)
        except Conflict:
            passed += 1
    return done, passed
