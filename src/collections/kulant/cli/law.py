"""The law from the shell: what is known, entering and confirming figures, checking a file a lawyer has edited."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from kulant.cli.console import ACTOR, answer, parse_date, ready_settings
from kulant.cli.options import JsonFlag
from kulant.core.errors import Refusal
from kulant.core.words import day_words
from kulant.db import reading
from kulant.law.book import COUNTRIES, law_book, parse, read_law
from kulant.law.entries import enter, entered, entry_json, set_regime
from kulant.law.overview import SURE, as_json, differences, in_force
from kulant.law.overview import figures as all_figures
from kulant.law.schema import schema_text
from kulant.people.models import AuditEntry
from kulant.people.service import check_length
from kulant.transaction import doing

LARGEST_FILE = 2**20

app = typer.Typer(rich_markup_mode=None)
law = typer.Typer(help="The law Kulant computes by.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(law, name="law")

Where = Annotated[str, typer.Argument(metavar="COUNTRY", help=f"One of {', '.join(COUNTRIES)}.")]
Read = Annotated[str, typer.Option("--source", help="Where it was read: a page, a law, a regulation.")]
By = Annotated[str, typer.Option("--by", metavar="USER", help="Who enters it.")]


@law.command()
def show(
    country: Annotated[str | None, typer.Argument(metavar="[COUNTRY]", help="All countries when left out.")] = None,
    json: JsonFlag = False,
) -> None:
    """The figures in force, each with its source and how sure it is; --json also has those of earlier days."""
    settings = ready_settings()
    with reading(settings.database_url) as session:
        rows = entered(session)
    books = [law_book(one, rows) for one in ([country] if country else COUNTRIES)]
    shown: list[dict[str, Any]] = []
    lines: list[str] = []
    for book in books:
        today = settings.today(book.country)
        shown.append(as_json(book, today))
        lines.append(f"{book.file.name}: known from {book.file.known_from} to {book.known_to}")
        for one in in_force(all_figures(book), today):
            mark = "" if one.verified else f"  [{SURE[one.confidence]}]"
            lines.append(f"  {one.what:<32} {one.since}  {one.value:<28} {one.title}{mark}")
        lines += [f"  due: {one['text']}" for one in shown[-1]["due"]]
    answer(shown[0] if country else shown, json, *lines)


@law.command("enter")
def enter_figure(
    country: Where,
    figure: Annotated[str, typer.Argument(metavar="FIGURE", help="Its name in: kulant law show COUNTRY.")],
    since: Annotated[str, typer.Argument(metavar="DATE", help="The first day it holds.")],
    value: Annotated[str, typer.Argument(metavar="VALUE", help="As the law names it, e.g. 12.25.")],
    source: Read,
    by: By = ACTOR,
    json: JsonFlag = False,
) -> None:
    """Enters the figure of a new period, confirms one as it stands, or corrects it. Counts from today on."""
    day = parse_date(since, "DATE")
    settings = ready_settings()
    check_length("actor", by, AuditEntry)
    with doing(settings, actor=by, country=country) as act:
        made = enter(act, country=country, what=figure, since=day, value=value, source=source)
        known_to = law_book(country, entered(act.session)).known_to
        shown = entry_json(made) | {"known_to": known_to.isoformat()}
    text = f"{figure} of {country} from {day_words(day)} is {made.value}. The law is known to {day_words(known_to)}."
    answer(shown, json, text)


@law.command()
def regime(
    country: Where,
    begins: Annotated[str, typer.Argument(metavar="DATE|unset", help="Its first day; unset leaves it open again.")],
    source: Read,
    not_before: Annotated[
        bool, typer.Option("--not-before", help="It does not begin before that day; its first day stays open.")
    ] = False,
    by: By = ACTOR,
    json: JsonFlag = False,
) -> None:
    """Says when a coming law begins that replaces the one in force."""
    day = None if begins == "unset" else parse_date(begins, "DATE")
    settings = ready_settings()
    check_length("actor", by, AuditEntry)
    with doing(settings, actor=by, country=country) as act:
        made = set_regime(act, country=country, since=day, source=source, not_before=not_before)
        book = law_book(country, entered(act.session))
        shown = entry_json(made) | {"known_to": book.known_to.isoformat()}
    said = "is open" if day is None else f"{made.value} {day_words(day)}"
    answer(shown, json, f"{book.file.regimes[-1].name}: {said}. The law is known to {day_words(book.known_to)}.")


@law.command()
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A country's file, e.g. no.yaml.")],
    json: JsonFlag = False,
) -> None:
    """Checks a file a lawyer has edited, and says what it changes against the one in use. Needs no database."""
    try:
        with file.open("rb") as opened:
            raw = opened.read(LARGEST_FILE + 1)
    except OSError as error:
        raise Refusal("no_file", f"{file} cannot be read: {error.strerror}") from None
    if len(raw) > LARGEST_FILE:
        raise Refusal("too_much", f"{file} is larger than {LARGEST_FILE // 2**20} MB, which no country's file is")
    try:
        found = parse(raw.decode("utf-8-sig"), file.name)
    except UnicodeDecodeError:
        raise Refusal("bad_law", f"{file} is not text in UTF-8") from None
    if found.country not in COUNTRIES:
        raise Refusal("no_law", f"{found.country} has no file yet; known are {', '.join(COUNTRIES)}")
    changes = list(differences(read_law(found.country).file, found))
    shown = {"file": str(file), "country": found.country, "changes": changes}
    answer(shown, json, f"{file} is in order ({found.name}).", *(changes or ["It says what the file in use says."]))


@law.command()
def schema() -> None:
    """Prints the JSON Schema of a country's file, for editors that check while one writes."""
    typer.echo(schema_text(), nl=False)
