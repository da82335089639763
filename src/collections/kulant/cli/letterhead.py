"""The letterhead in the shell: what letters look like, and setting it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from kulant.cli.console import answer, looking, working
from kulant.cli.options import CreditorCode, JsonFlag
from kulant.core.errors import Refusal
from kulant.letters.letterhead import TYPEFACES, letterhead_json, look_of, set_letterhead
from kulant.letters.logos import LARGEST_FILE

app = typer.Typer(rich_markup_mode=None)
letterhead = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="How letters and the portal look.")
app.add_typer(letterhead, name="letterhead")

Taken = "; none: taken back."


@letterhead.command()
def show(creditor: CreditorCode = None, json: JsonFlag = False) -> None:
    """How letters and the customers' pages look, and what letters have to go without."""
    with looking(creditor) as look:
        shown = letterhead_json(look_of(look.session, look.creditor.id), look.creditor)
    answer(shown, json, *_lines(shown))


@letterhead.command("set")
def set_(
    logo: Annotated[
        str | None, typer.Option(metavar="FILE", help=f"PNG or JPEG, up to {LARGEST_FILE // 1024} kB{Taken}")
    ] = None,
    colour: Annotated[str | None, typer.Option(metavar="#RRGGBB", help=f"Of headings and links{Taken}")] = None,
    typeface: Annotated[str | None, typer.Option(help=f"{' or '.join(TYPEFACES)}{Taken}")] = None,
    return_address: Annotated[
        str | None, typer.Option(help=f"The small line over the recipient, where mail comes back to{Taken}")
    ] = None,
    window: Annotated[
        str | None, typer.Option(help="Of the envelopes: left or right; none: as is usual in the country.")
    ] = None,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """Changes what is given. A logo is drawn anew; a colour too pale for words is darkened where words are."""
    given: dict[str, Any] = {"colour": colour, "typeface": typeface, "return_address": return_address, "window": window}
    fields: dict[str, Any] = {name: "" if text == "none" else text for name, text in given.items()}
    if logo == "none":
        fields["without_logo"] = True
    elif logo is not None:
        fields["logo"] = _picture(Path(logo))
    with working(creditor) as desk:
        shown = letterhead_json(set_letterhead(desk.act, creditor=desk.creditor, **fields), desk.creditor)
    answer(shown, json, *_lines(shown))


def _picture(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(LARGEST_FILE + 1)
    except OSError as error:
        raise Refusal("no_file", f"{file} cannot be read: {error.strerror or error}") from None


def _lines(shown: dict[str, Any]) -> list[str]:
    logo, tone = shown["logo"], shown["text_colour"]
    darker = f"; words in {tone}, its nearest tone that can be read" if tone != shown["colour"] else ""
    return [
        f"Colour          {shown['colour']}{darker}",
        f"Typeface        {shown['typeface']}",
        f"Logo            {logo['width']} by {logo['height']} pixels" if logo else "Logo            none: the name",
        f"Return address  {shown['return_address'] or 'name and address of the creditor'}",
        f"Window          {shown['window'] or 'as is usual in the country'}",
        *(f"Letters have to go without {what}." for what in shown["lacks"]),
    ]
