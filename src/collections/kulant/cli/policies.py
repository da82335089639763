"""Ladders from the shell: checked, tried against today's ledger, put in force, looked at, switched off."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from kulant.cli.console import answer, looking, working
from kulant.cli.options import CreditorCode, JsonFlag
from kulant.core.errors import NotFound, Refusal
from kulant.treatment.act_views import ladder_json
from kulant.treatment.coverage import coverage
from kulant.treatment.ladder import parse_policy, standard_text
from kulant.treatment.ladder_queries import newest_of_each, versions
from kulant.treatment.ladder_text import ladder_sentences
from kulant.treatment.models import Ladder
from kulant.treatment.policies import apply_policy, check_policy, ladders_in_force, switch_off, take_back
from kulant.treatment.trial import SAMPLE, summary, trial_json, try_policy

app = typer.Typer(rich_markup_mode=None)
policy = typer.Typer(help="Dunning ladders.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(policy, name="policy")

File = Annotated[Path, typer.Argument(metavar="FILE", help="A ladder as YAML; see examples/standard.yaml.")]
Why = Annotated[str, typer.Option("--reason", help="Why; kept with the version.")]


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Refusal("no_file", f"{file} cannot be read: {error.strerror}") from None


@policy.command("apply")
def policy_apply(file: File, reason: Why = "", creditor: CreditorCode = None, json: JsonFlag = False) -> None:
    """Checks a ladder and puts it in force; the version before is kept."""
    text = _read(file)
    with working(creditor) as desk:
        ladder = apply_policy(desk.act, creditor=desk.creditor, text=text, why=reason)
        shown = ladder_json(ladder)
    answer(shown, json, f"Ladder {ladder.name} version {ladder.version} is in force.")


@policy.command("try")
def policy_try(
    file: File,
    every: Annotated[
        bool, typer.Option("--all", help=f"Every customer, not {SAMPLE} spread over all of them.")
    ] = False,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """What a ladder would propose today, and for whom that is another step than now; nothing is stored."""
    text = _read(file)
    with looking(creditor) as look:
        checked = check_policy(look.session, creditor=look.creditor, text=text, today=look.today)
        if checked.policy is None or checked.mistakes:
            raise Refusal("bad_ladder", "; ".join(checked.mistakes))
        trial = try_policy(
            look.session,
            creditor=look.creditor,
            policy=checked.policy,
            today=look.today,
            at_most=None if every else SAMPLE,
        )
    lines = [f"  {one.number:<12} {one.name[:28]:<28} {one.before.words} -> {one.after.words}" for one in trial.changes]
    answer(trial_json(trial), json, summary(trial), *lines)


@policy.command("list")
def policy_list(creditor: CreditorCode = None, json: JsonFlag = False) -> None:
    """The ladders in force and those switched off, and how many customers each is for."""
    with looking(creditor) as look:
        in_force = ladders_in_force(look.session, look.creditor.id)
        covered = coverage(look.session, creditor=look.creditor, ladders=in_force)
        rows = newest_of_each(look.session, look.creditor.id)
        shown = [ladder_json(row) | {"customers": covered.by_ladder[row.name] if row.active else 0} for row in rows]
        if not any(row.active for row in rows):
            name = in_force[0].policy.name
            shown.append({"ladder": name, "version": 0, "active": True, "customers": covered.by_ladder[name]})
    lines = [
        f"{one['ladder']:<20} version {one['version']}, {'in force' if one['active'] else 'switched off'}, "
        f"{one['customers']} customers"
        for one in shown
    ]
    answer({"ladders": shown, "customers_without": covered.without}, json, *lines)


@policy.command("show")
def policy_show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The ladder; see: kulant policy list.")],
    version: Annotated[int | None, typer.Option(min=1, help="Another version than the newest.")] = None,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """A ladder's text, who applied it and why, and every version there ever was."""
    with looking(creditor) as look:
        try:
            found = versions(look.session, look.creditor.id, name)
        except NotFound:
            in_force = ladders_in_force(look.session, look.creditor.id)
            if version is None and [one.policy.name for one in in_force if one.row_id is None] == [name]:
                text = standard_text()
                answer(
                    {"ladder": name, "version": 0, "active": True, "yaml": text, "versions": []}, json, text.rstrip()
                )
                return
            raise
        row = next((one for one in found if one.version == (version or found[0].version)), None)
        if row is None:
            raise NotFound("no_version", f"the ladder {name} has no version {version}; it has {_numbers(found)}")
        in_words = ladder_sentences(parse_policy(row.yaml))
        shown = ladder_json(row) | {
            "yaml": row.yaml,
            "in_words": in_words,
            "versions": [ladder_json(one) for one in found],
        }
    answer(shown, json, row.yaml.rstrip())


def _numbers(found: Sequence[Ladder]) -> str:
    return ", ".join(str(row.version) for row in found)


@policy.command("back")
def policy_back(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    version: Annotated[int, typer.Option(min=1, help="The version whose text comes back in force.")],
    reason: Why,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """Puts an older version back in force, as a new version with the same text."""
    with working(creditor) as desk:
        found = versions(desk.act.session, desk.creditor.id, name)
        older = next((row for row in found if row.version == version), None)
        if older is None:
            raise NotFound("no_version", f"the ladder {name} has no version {version}; it has {_numbers(found)}")
        ladder = take_back(desk.act, creditor=desk.creditor, ladder=older, why=reason)
        shown = ladder_json(ladder)
    answer(shown, json, f"Version {version} of {name} is in force again, as version {ladder.version}.")


@policy.command("off")
def policy_off(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    reason: Why,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """Takes a ladder out of force; its customers get the next one that fits."""
    with working(creditor) as desk:
        shown = ladder_json(switch_off(desk.act, creditor=desk.creditor, name=name, why=reason))
    answer(shown, json, f"Ladder {name} is switched off.")
