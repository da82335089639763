"""The ladder's editor: its text and its steps, what is wrong in it, what it would do today, and putting it in force."""

from __future__ import annotations

from itertools import chain, count
from typing import Annotated

from fastapi import APIRouter, Form, Query
from fastapi.responses import Response

from kulant.desk.flash import Flash, redirect
from kulant.desk.shell import Shell, ShellDep
from kulant.treatment.ladder import Policy, read_policy, standard_policy, standard_text
from kulant.treatment.ladder_queries import ladder_by_id, newest_of_each
from kulant.treatment.ladder_steps import StepRow, step_rows, with_steps
from kulant.treatment.ladder_text import ladder_sentences
from kulant.treatment.ladder_yaml import LARGEST
from kulant.treatment.policies import Checked, apply_policy, check_policy
from kulant.treatment.trial import Trial, summary, try_policy
from kulant.web.deps import ActDep, Reader, SettingsDep, Writer

router = APIRouter(prefix="/ladder")


# So many of the changes a trial finds are listed.
LISTED = 200

Text = Annotated[str, Form(max_length=LARGEST)]
Reason = Annotated[str, Form(max_length=1000)]
Cell = Annotated[list[str], Form(max_length=60)]


@router.get("/edit")
def edit(shell: ShellDep, session: Reader, version: Annotated[int, Query(ge=0, lt=2**63)] = 0) -> Response:
    """The text of a version (0: a new ladder, begun with the steps of the one that comes with Kulant)."""
    shell.viewer.require_manager("ladders")
    creditor = shell.viewer.creditor
    text = ladder_by_id(session, creditor.id, version).yaml if version else _begun(shell, session)
    return _page(shell, text)


def _begun(shell: Shell, session: Reader) -> str:
    """A text to begin with: under a name that is not taken, so that nothing in force is replaced unawares."""
    creditor = shell.viewer.creditor
    taken = {row.name for row in newest_of_each(session, creditor.id)}
    standard = standard_policy().name
    name = next(one for one in chain((standard, "new"), (f"new {n}" for n in count(2))) if one not in taken)
    body = standard_text()[standard_text().index("ladder:") :]
    body = body.replace("country: NO\n", f"country: {creditor.country}\n", 1)
    return body.replace(f"ladder: {standard}", f"ladder: {name}", 1)


def _page(
    shell: Shell, text: str, *, why: str = "", checked: Checked | None = None, trial: Trial | None = None
) -> Response:
    policy = read_policy(text)
    known = policy if isinstance(policy, Policy) else None
    return shell.page(
        "desk/ladder_edit.html",
        here="ladder",
        text=text,
        why=why,
        name=known.name if known else "",
        rows=[*step_rows(known), StepRow(origin="previous_step")] if known else [],
        checked=checked,
        sentences=ladder_sentences(known) if known and checked else [],
        trial=trial,
        said=summary(trial) if trial else "",
        listed=trial.changes[:LISTED] if trial else [],
        status=200,
    )


@router.post("/check")
def check(shell: ShellDep, session: Reader, _: Writer, yaml: Text = "", why: Reason = "") -> Response:
    """Every mistake in the text, and what the law forbids in it."""
    shell.viewer.require_manager("ladders")
    text = _lines(yaml)
    return _page(shell, text, why=why, checked=_checked(shell, session, text))


@router.post("/try")
def try_it(shell: ShellDep, session: Reader, _: Writer, yaml: Text = "", why: Reason = "") -> Response:
    """What the ladder would propose today, and for whom that is another step than now; nothing is stored."""
    shell.viewer.require_manager("ladders")
    text = _lines(yaml)
    checked = _checked(shell, session, text)
    trial = None
    if checked.policy is not None and not checked.mistakes:
        trial = try_policy(session, creditor=shell.viewer.creditor, policy=checked.policy, today=shell.today)
    return _page(shell, text, why=why, checked=checked, trial=trial)


@router.post("/steps")
def take_steps(
    shell: ShellDep,
    session: Reader,
    _: Writer,
    code: Cell,
    document: Cell,
    days: Cell,
    origin: Cell,
    channel: Cell,
    fee: Cell,
    approval: Cell,
    minimum: Cell,
    yaml: Text = "",
    why: Reason = "",
    month_end: Annotated[list[int] | None, Form(max_length=60)] = None,
    left_out: Annotated[list[int] | None, Form(max_length=60)] = None,
) -> Response:
    """Takes the steps of the form over into the text."""
    shell.viewer.require_manager("ladders")
    cells = zip(code, document, days, origin, channel, fee, approval, minimum, strict=False)
    rows = [
        StepRow(one[0], one[1], one[2], one[3], n in (month_end or ()), one[4], one[5], one[6], one[7])
        for n, one in enumerate(cells)
        if n not in (left_out or ())
    ]
    text = with_steps(_lines(yaml), [row for row in rows if not row.is_empty])
    return _page(shell, text, why=why, checked=_checked(shell, session, text))


@router.post("/apply")
def put_in_force(act: ActDep, shell: ShellDep, settings: SettingsDep, yaml: Text = "", why: Reason = "") -> Response:
    """Puts the ladder in force, as a new version, with the reason; a mistake in it is shown instead."""
    shell.viewer.require_manager("ladders")
    text = _lines(yaml)
    checked = _checked(shell, act.session, text)
    if checked.mistakes:
        return _page(shell, text, why=why, checked=checked)
    if not why.strip():
        needed = Checked(checked.policy, ("Give a reason: others should understand later why the ladder changed.",))
        return _page(shell, text, checked=needed)
    ladder = apply_policy(act, creditor=shell.viewer.creditor, text=text, why=why)
    said = f"Ladder {ladder.name} version {ladder.version} is in force."
    return redirect(settings, "/ladder", Flash(said, "The next daily run proposes by it."))


def _checked(shell: Shell, session: Reader, text: str) -> Checked:
    return check_policy(session, creditor=shell.viewer.creditor, text=text, today=shell.today)


def _lines(text: str) -> str:
    """As a file has it; browsers send line ends of their own."""
    return text.replace("\r\n", "\n")
