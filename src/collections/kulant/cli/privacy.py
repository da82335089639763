"""Personal data from the shell: a copy of everything, erasure, what goes when its time is over."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import IO, Annotated

import typer

from kulant.cli.console import ACTOR, Desk, answer, looking, working
from kulant.cli.options import CreditorCode, JsonFlag
from kulant.core.errors import Refusal
from kulant.delivery.privacy import What, erase, find_customer, outlook, take_in_again
from kulant.delivery.privacy_export import Subject, json_parts, tell_of_export, write_zip
from kulant.delivery.privacy_files import throw_away
from kulant.delivery.privacy_keeping import set_financial_year_end
from kulant.delivery.privacy_purge import due, purge
from kulant.delivery.privacy_views import erasure_json, noun_lines, outlook_json
from kulant.letters.storage import open_storage, open_uploads

privacy = typer.Typer(help="Personal data: a copy of it, and its erasure.", no_args_is_help=True, rich_markup_mode=None)
app = typer.Typer(rich_markup_mode=None)
app.add_typer(privacy, name="privacy")

Number = Annotated[str, typer.Argument(metavar="CUSTOMER", help="The customer's number.")]
By = Annotated[str, typer.Option("--by", metavar="USER", help="Who does it.")]
Reason = Annotated[str, typer.Option(metavar="TEXT", help="Why, e.g. that they asked for it and on which day.")]


@privacy.command("export")
def export(
    customer: Number,
    out: Annotated[str, typer.Option(metavar="FILE", help="Where the ZIP goes; - for standard output.")] = "",
    by: By = ACTOR,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """Writes everything known of a customer: a ZIP with the documents and an index, or with --json one document."""
    if json and out:
        raise Refusal("one_way_only", "choose --out for the ZIP or --json for one document on standard output")
    with working(creditor, actor=by) as desk:
        found = find_customer(desk.act.session, desk.creditor, customer, desk.settings.secret_key())
        tell_of_export(desk.act, found)
        number = found.number
    with looking(creditor) as look:
        found = find_customer(look.session, look.creditor, number, look.settings.secret_key())
        url = look.settings.storage_url
        subject = Subject(look.session, look.creditor, found, look.today, open_storage(url), open_uploads(url))
        if json:
            for part in json_parts(subject):
                sys.stdout.write(part)
            return
        _write(subject, out or f"personal-data-{_plain(number)}.zip")


def _write(subject: Subject, out: str) -> None:
    if out == "-":
        write_zip(subject, sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return
    try:
        with _private(Path(out)) as file:
            write_zip(subject, file)
    except OSError as error:
        raise Refusal("cannot_write", f"cannot write {out}: {error.strerror}; choose another file with --out") from None
    typer.echo(f"Everything known of {subject.customer.number} is in {out}. It is personal: pass it on with care.")


def _private(file: Path) -> IO[bytes]:
    """A file that only whoever makes it can read."""
    return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def _plain(number: str) -> str:
    return "".join(sign if sign.isalnum() else "-" for sign in number)


@privacy.command("erase")
def erase_one(
    customer: Number,
    reason: Reason = "",
    only: Annotated[
        str, typer.Option(metavar="WHAT", help="all, or contact: only e-mail, telephone and contact persons.")
    ] = "all",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would go and what is kept.")] = False,
    by: By = ACTOR,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """Erases a customer's personal data, within what bookkeeping law wants kept. Refused while a claim is open."""
    what: What = _what(only)
    if dry_run:
        with looking(creditor) as look:
            found = find_customer(look.session, look.creditor, customer, look.settings.secret_key())
            seen = outlook(look.session, look.creditor, found, look.today, what=what)
            shown = outlook_json(found, seen, look.today)
        stands = [f"Stands in the way: {each['text']}" for each in seen.blocked]
        answer(shown, json, *stands, *noun_lines(seen.nouns))
        return
    with working(creditor, actor=by) as desk:
        found = find_customer(desk.act.session, desk.creditor, customer, desk.settings.secret_key())
        again = found.erased_on is not None
        done = erase(
            desk.act,
            creditor=desk.creditor,
            customer=found,
            reason=reason,
            secret=desk.settings.secret_key(),
            what=what,
        )
        shown = erasure_json(done, again=again)
    _finish(desk)
    first = f"{customer} was erased on {done.on} already." if again else f"Erased: {customer}."
    if what == "all" and not again:
        first = f"Erased: {customer} is {found.number} from now on."
    answer(shown, json, first, *noun_lines(done.report))


def _what(only: str) -> What:
    if only == "all":
        return "all"
    if only == "contact":
        return "contact"
    raise Refusal("bad_what", f"--only is all or contact, not {only!r}")


def _finish(desk: Desk) -> None:
    """After the commit: the files of what is gone."""
    throw_away(desk.settings, actor="erasure", country=desk.creditor.country)


@privacy.command("readmit")
def readmit(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="The number they have in your own system.")],
    reason: Reason = "",
    by: By = ACTOR,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """Takes an erased customer in again, who has become one anew: files may say how to reach them from now on."""
    with working(creditor, actor=by) as desk:
        secret = desk.settings.secret_key()
        taken = take_in_again(desk.act, creditor=desk.creditor, number=customer, reason=reason, secret=secret)
        shown = {"customer": taken.number, "date": desk.act.today.isoformat(), "reason": reason}
    answer(shown, json, f"{customer} is a customer again. The next file brings name and address.")


@privacy.command("purge")
def purge_now(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say whose time is over, remove nothing.")] = False,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """Removes what was kept of erased customers and whose time is over. The daily run does the same."""
    if dry_run:
        with looking(creditor) as look:
            over = [f"erased-{one.customer_id}" for one in due(look.session, look.creditor.id, look.today)]
        answer({"date": look.today.isoformat(), "dry_run": True, "due": over}, json, *(over or ["Nothing is due."]))
        return
    with working(creditor, actor="erasure") as desk:
        gone = purge(desk.act, creditor=desk.creditor)
        today = desk.act.today
    _finish(desk)
    lines = [f"{one['customer']}: {', '.join(one['nouns']).replace('_', ' ')}" for one in gone]
    answer({"date": today.isoformat(), "dry_run": False, "purged": gone}, json, *(lines or ["Nothing is due."]))


@privacy.command("year-end")
def year_end(
    day: Annotated[str, typer.Argument(metavar="MM-DD", help="The last day of the financial year, e.g. 06-30.")],
    by: By = ACTOR,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """Says when the creditor's financial year ends: from then on the law counts how long something is kept."""
    with working(creditor, actor=by) as desk:
        set_financial_year_end(desk.act, creditor=desk.creditor, day=day)
    answer({"creditor": desk.creditor.code, "financial_year_ends": day}, json, f"The financial year ends on {day}.")
