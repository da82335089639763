"""What needs no database: the decision and the law as pure functions."""

from __future__ import annotations

import json as jsonlib
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from kulant.cli.options import JsonFlag
from kulant.core.errors import Refusal
from kulant.settings import Settings
from kulant.treatment.decision import propose

# What one call takes: more would answer after minutes, or not at all for want of memory.
LARGEST = 32 * 2**20
MOST = 50_000

Answer = dict[str, Any]

app = typer.Typer(rich_markup_mode=None)


@app.command("propose")
def propose_facts(
    facts: Annotated[str, typer.Option("--facts", metavar="FILE|-", help="Facts as JSON, one object or an array.")],
    json: JsonFlag = False,
) -> None:
    """The pure decision: facts in, treatment out. Needs no database."""
    settings = Settings.from_environment()
    answers = propose(_read_json(facts), default_today=settings.fixed_today)
    for one in _in_words(answers, json):
        typer.echo(f"{one['treatment']} (firmness {one['firmness']})")
        for reason in one["reasons"]:
            typer.echo(f"  {reason['text']}")


@app.command("claim")
def claim_facts(
    facts: Annotated[str, typer.Option("--facts", metavar="FILE|-", help="Claims as JSON, one object or an array.")],
    json: JsonFlag = False,
) -> None:
    """The pure law: interest, fees, compensation, waiting times. Needs no database."""
    from kulant.law.claim import claim  # the other decision does without the law book

    settings = Settings.from_environment()
    answers = claim(_read_json(facts), default_today=settings.fixed_today)
    for one in _in_words(answers, json):
        fees = [f"{fee['kind']} {fee['amount']} ({fee['date']})" for fee in one["fees"]]
        parts = [f"principal {one['principal']}", f"interest {one['interest']}", *fees]
        typer.echo(f"{one['total']} = {' + '.join([*parts, 'compensation ' + one['compensation']])}")
        for part in one["segments"]:
            typer.echo(f"  {part['from']} to {part['to']}: {part['base']} at {part['rate']} % = {part['amount']}")


def _in_words(answers: Answer | list[Answer], json: bool) -> list[Answer]:
    """The answers to say in words; none once they are printed as JSON."""
    if json:
        # One line: thousands of answers are read by programs.
        typer.echo(jsonlib.dumps(answers, ensure_ascii=False))
        return []
    return answers if isinstance(answers, list) else [answers]


def _read_json(source: str) -> object:
    try:
        with sys.stdin.buffer if source == "-" else Path(source).open("rb") as file:
            raw = file.read(LARGEST + 1)
        if len(raw) > LARGEST:
            raise Refusal(
                "too_much", f"the facts are larger than {LARGEST // 2**20} MB; divide them into several calls"
            )
        found = jsonlib.loads(raw.decode("utf-8-sig"))
        if isinstance(found, list) and len(found) > MOST:
            raise Refusal("too_much", f"{len(found)} facts are too many for one call; give at most {MOST}")
        return found
    except OSError as error:
        raise Refusal("no_file", f"{source} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise Refusal("bad_json", f"the facts are not JSON: {error}") from None
