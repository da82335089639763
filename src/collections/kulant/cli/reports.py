"""Figures and what they rest on: reports, statements of account, traces, exchange rates."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.orm import Session

from kulant.cli import report_forecast, report_insight
from kulant.cli.console import answer, looking, parse_currency, parse_date, working
from kulant.cli.options import CreditorCode, JsonFlag
from kulant.core.errors import Refusal
from kulant.core.events import Event
from kulant.core.words import figures
from kulant.insight.ageing import CREDITS, Report, ageing_report, items_behind, report_json
from kulant.insight.item_history import history, history_json
from kulant.ledger import exchange
from kulant.ledger.models import Customer
from kulant.ledger.queries import customer_by_number
from kulant.ledger.rules import BUCKETS
from kulant.ledger.statement import Statement, currencies, period, statement
from kulant.ledger.trace import find_item
from kulant.letters.statement import customer_statement, statement_json
from kulant.people.models import Creditor

app = typer.Typer(rich_markup_mode=None)
report = typer.Typer(help="Reports for the business date.", no_args_is_help=True, rich_markup_mode=None)
rates = typer.Typer(help="Exchange rates, for reports only.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(report, name="report")
app.add_typer(rates, name="rates")

CustomerNumber = Annotated[str, typer.Argument(metavar="CUSTOMER", help="The customer's number.")]


@report.callback()
def _reports() -> None:
    """Reports for the business date."""


for _name, _command in report_insight.COMMANDS.items():
    report.command(_name)(_command)
report.command("forecast")(report_forecast.show_forecast)


@report.command("ageing")
def ageing(
    creditor: CreditorCode = None,
    trace: Annotated[bool, typer.Option("--trace", help="List the items behind each figure.")] = False,
    json: JsonFlag = False,
) -> None:
    """What is owed by age, per customer and currency, at the business date."""
    with looking(creditor) as look:
        found = ageing_report(look.session, look.creditor, look.today)
        behind = items_behind(look.session, look.creditor, look.today) if trace else None
        shown = report_json(found, behind)
    answer(shown, json, *_ageing_lines(found, shown))


def _ageing_lines(found: Report, shown: dict[str, Any]) -> list[str]:
    head = " ".join(f"{name:>14}" for name in ("open", *BUCKETS, CREDITS))
    lines = [f"Ageing of {found.creditor.name} on {found.day}", f"{'':<32} {head}"]
    for row in (*shown["customers"], *shown["currencies"]):
        name = f"{row['customer']} {row['name']}" if "customer" in row else f"All in {row['currency']}"
        amounts = (row["open"], *row["ageing"].values(), row["credits"])
        lines.append(f"{name[:27]:<28} {row['currency']} " + " ".join(f"{one:>14}" for one in amounts))
        for one in row.get("trace", ()):
            lines.append(f"    {one['item']:<24} {one['kind']:<12} due {one['due'] or '-':<10} {one['open']:>14}")
        plans = row.get("in_plans")
        if isinstance(plans, dict) and plans["plans"]:
            by_plan = " ".join(f"{one:>14}" for one in plans["ageing_by_plan"].values())
            what = f"  paid by {plans['plans']} plans, by plan age"
            lines.append(f"{what:<32} {plans['open']:>14} {by_plan}")
        for one in plans if isinstance(plans, list) else ():
            said = f"{one['days_contract']} days since due, {one['days_plan']} on the plan"
            lines.append(f"    plan {one['plan']} ({one['status']}): {one['open']}, {said}")
        home = row.get("in_home_currency")
        if home:
            worth = f"{home['open']} {home['currency']} at {home['rate']} of {home['rate_date']}"
            lines.append(f"    in {home['currency']}: {home['because'] or worth}")
    return lines


@app.command("statement")
def show_statement(
    customer: CustomerNumber,
    first: Annotated[str | None, typer.Option("--from", metavar="DATE", help="By default two months back.")] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="DATE", help="By default the business date.")] = None,
    currency: Annotated[str | None, typer.Option(help="Needed where the customer has several.")] = None,
    pdf: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it as a PDF, in their language.")] = None,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """A customer's statement of account: how the balance came about over a period."""
    if pdf is not None:
        shown = _write_pdf(customer, creditor, first, last, currency, pdf)
        answer(shown, json, f"Statement of {customer} written to {pdf}.")
        return
    with looking(creditor) as look:
        found = customer_by_number(look.session, look.creditor.id, customer)
        days = period(look.today, _day(first, "--from"), _day(last, "--to"))
        chosen = [parse_currency(currency)] if currency else currencies(look.session, found) or [look.creditor.currency]
        statements = [statement(look.session, look.creditor, found, one, *days) for one in chosen]
        shown = {
            "creditor": look.creditor.code,
            "customer": found.number,
            "name": found.name,
            "from": days[0].isoformat(),
            "to": days[1].isoformat(),
            "statements": [statement_json(one) for one in statements],
        }
    answer(shown, json, *(line for one in statements for line in _statement_lines(found, one)))


def _write_pdf(
    customer: str, creditor: str | None, first: str | None, last: str | None, currency: str | None, file: Path
) -> dict[str, Any]:
    with working(creditor) as desk:
        act, owner = desk.act, desk.creditor
        found = customer_by_number(act.session, owner.id, customer)
        days = period(act.today, _day(first, "--from"), _day(last, "--to"))
        chosen = parse_currency(currency) if currency else _only_currency(act.session, owner, found)
        drawn = customer_statement(act.session, creditor=owner, customer=found, currency=chosen, period=days)
        try:
            file.write_bytes(drawn.pdf)
        except OSError as error:
            raise Refusal("cannot_write", f"cannot write {file}: {error.strerror}") from None
        act.tell(
            Event(
                "statement_written",
                f"Statement of account in {chosen} from {days[0]} to {days[1]} written as PDF.",
                creditor_id=owner.id,
                customer_id=found.id,
                data={
                    "currency": chosen,
                    "from": days[0].isoformat(),
                    "to": days[1].isoformat(),
                    "sha256": drawn.sha256,
                },
            )
        )
    return {"customer": customer, "currency": chosen, "file": str(file), "pages": drawn.pages, "sha256": drawn.sha256}


def _only_currency(session: Session, creditor: Creditor, customer: Customer) -> str:
    found = currencies(session, customer) or [creditor.currency]
    if len(found) > 1:
        raise Refusal("which_currency", f"{customer.number} has {' and '.join(found)}; choose one with --currency")
    return found[0]


def _day(text: str | None, option: str) -> date | None:
    return parse_date(text, option) if text else None


def _statement_lines(customer: Customer, one: Statement) -> list[str]:
    lines = [f"{customer.number} {customer.name}, {one.currency}, {one.first} to {one.last}"]

    def row(day: str, what: str, debit: str, credit: str, balance: int) -> str:
        return f"  {day:<11} {what[:38]:<38} {debit:>14} {credit:>14} {figures(balance, one.currency):>14}"

    lines.append(row("", "opening balance", "", "", one.opening_minor))
    for move, balance in one.lines:
        debit = figures(move.debit_minor, one.currency) if move.debit_minor else ""
        credit = figures(move.credit_minor, one.currency) if move.credit_minor else ""
        lines.append(row(move.on.isoformat(), f"{move.kind.replace('_', ' ')} {move.number}", debit, credit, balance))
        for part in move.parts if move.amount_minor < 0 else ():
            lines.append(f"{'':<16}{figures(part.amount_minor, one.currency)} to {part.number}")
    lines.append(row("", "closing balance", "", "", one.closing_minor))
    return [*lines, f"  Payments go to {one.order.words} ({one.order.because})."]


@app.command("trace")
def show_trace(
    number: Annotated[str, typer.Argument(metavar="INVOICE|PAYMENT", help="Its number.")],
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """How an item's figure came about: entries, allocations, reversals, the file, the letters."""
    with looking(creditor) as look:
        shown = history_json(history(look.session, find_item(look.session, look.creditor.id, number)))
    lines = [f"{shown['kind']} {shown['item']}: {shown['open']} {shown['currency']} open of {shown['amount']}"]
    for one in shown["entries"]:
        other = f" {one['against']}" if one["against"] else ""
        undone = f", undone by {one['reversed_by']}" if one["reversed_by"] else ""
        lines.append(
            f"  {one['id']:>8} {one['date']} {one['kind'] + other:<32} {one['amount']:>14} {one['open_after']:>14}"
            f"  {one['by'] or ''}{undone}"
        )
    lines += [f"  came in by {one['file']} ({one['format']}) on {one['date']}" for one in shown["imports"]]
    lines += [f"  {one['document'].replace('_', ' ')} sent on {one['date']}" for one in shown["letters"]]
    answer(shown, json, *lines)


@rates.command("set")
def rates_set(
    currency: Annotated[str, typer.Argument(metavar="CURRENCY")],
    day: Annotated[str, typer.Argument(metavar="DATE", help="The day from which the rate holds.")],
    rate: Annotated[str, typer.Argument(metavar="RATE", help="What one unit is worth in the creditor's currency.")],
    source: Annotated[str, typer.Option(help="Where the rate is from.")] = "entered by hand",
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """Enters what a currency was worth on a day, or corrects it."""
    new = exchange.NewRate(parse_currency(currency), parse_date(day, "DATE"), exchange.read_rate(rate), source)
    with working(creditor) as desk:
        exchange.set_rates(desk.act, creditor=desk.creditor, rates=[new])
        row = exchange.rate_on(desk.act.session, desk.creditor, new.currency, new.on)
        shown = exchange.rate_json(row, desk.creditor)
    answer(shown, json, f"1 {new.currency} is {shown['rate']} {shown['home_currency']} from {new.on}.")


@rates.command("list")
def rates_list(
    currency: Annotated[str | None, typer.Option()] = None, creditor: CreditorCode = None, json: JsonFlag = False
) -> None:
    """Every rate known, the newest first."""
    with looking(creditor) as look:
        found = exchange.all_rates(look.session, look.creditor, parse_currency(currency) if currency else None)
        shown = [exchange.rate_json(row, look.creditor) for row in found]
    lines = [
        f"{one['date']}  1 {one['currency']} = {one['rate']} {one['home_currency']}  {one['source']}" for one in shown
    ]
    answer(shown, json, *(lines or ["No rates are known."]))


@rates.command("import")
def rates_import(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV with the columns currency, date, rate.")],
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """Takes in a CSV file of rates; all of them or, when one is wrong, none."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            new = exchange.read_rates(lines, source=file.name)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
        raise Refusal("no_file", f"{file} cannot be read: {reason}") from None
    with working(creditor) as desk:
        changed = exchange.set_rates(desk.act, creditor=desk.creditor, rates=new)
    shown = {"file": file.name, "read": len(new), "changed": changed, "unchanged": len(new) - changed}
    answer(shown, json, f"{len(new)} rates read, {changed} changed.")
