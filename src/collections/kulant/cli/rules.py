"""The rules of care in the shell: what is in force, and putting others in force from a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kulant.cli.console import ACTOR, answer, looking, working
from kulant.cli.files import read_yaml
from kulant.cli.options import CreditorCode, JsonFlag
from kulant.relationship.rule_views import rules_json, rules_set_json
from kulant.relationship.rule_words import GROUPS, change_words, value_words
from kulant.relationship.rulebook import changes, read_rules, rules_of, set_rules

app = typer.Typer(rich_markup_mode=None)
rules_app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="The rules of care.")
app.add_typer(rules_app, name="rules")


@rules_app.command()
def show(creditor: CreditorCode = None, json: JsonFlag = False) -> None:
    """The rules in force, each with what it does, and the versions before them."""
    with looking(creditor) as look:
        shown = rules_json(look.session, look.creditor.id)
    plain = shown["rules"]
    lines = []
    for name, some in GROUPS:
        lines.append(name)
        for words in some:
            lines.append(f"  {words.field:<24} {value_words(words.field, plain[words.field]):<24} {words.does}")
    lines += [f"Version {one['version']} of {one['date']} by {one['by']}: {one['why']}" for one in shown["versions"]]
    answer(shown, json, *lines)


@rules_app.command("set")
def set_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="YAML: names of rules and their values.")],
    why: Annotated[str, typer.Option(help="Why they change; kept with the version.")] = "set from a file",
    by: Annotated[str, typer.Option("--by", metavar="USER", help="Who changes them.")] = ACTOR,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """Puts the rules of a file in force as a new version; rules it does not name stay as they are."""
    given = read_yaml(file, "a file of rules")
    with working(creditor, actor=by) as desk:
        before = rules_of(desk.act.session, desk.creditor.id)
        after = read_rules(given, before)
        made = set_rules(desk.act, creditor=desk.creditor, rules=after, why=why)
        shown = rules_set_json(made, before, after)
    changed = changes(before, after)
    answer(shown, json, f"Version {made.version} is in force.", *(f"  {change_words(one)}" for one in changed))
