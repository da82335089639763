"""The ``kulant`` command: its list of commands, and how every error becomes one line."""

from __future__ import annotations

import sys
import traceback
import warnings
from importlib import import_module
from typing import Any, NoReturn

import typer
from sqlalchemy.exc import DatabaseError, DataError, OperationalError
from typer._click.exceptions import NoArgsIsHelpError, UsageError
from typer.core import TyperGroup

from kulant import __version__
from kulant.cli.errors import refuse
from kulant.core.errors import Refusal

# Which module has which command, and what it does. Only the one that is asked for is loaded: the letters, the web app
# and the mathematics take seconds to import, and most commands need none of them. The list of commands needs none.
COMMANDS = {
    "demo": ("operating", "Loads a fresh demo portfolio, then serves it."),
    "serve": ("operating", "Serves the desk and the portal."),
    "worker": ("operating", "Carries out the outbox until it is stopped."),
    "mailbox": ("operating", "Reads what came back and what customers answered."),
    "doctor": ("operating", "Checks everything Kulant stands on and says what to do."),
    "backup": ("keeping", "Writes everything to one file, while everybody goes on working."),
    "restore": ("keeping", "Brings a backup into an empty database."),
    "sending": ("keeping", "Whether anything leaves: look, pause, resume."),
    "db": ("setup", "The database schema."),
    "creditor": ("setup", "The companies that are owed money."),
    "user": ("setup", "The people who log in."),
    "token": ("tokens", "Keys with which programs call the API."),
    "policy": ("policies", "Dunning ladders: apply, try, look at versions."),
    "rules": ("rules", "The rules of care: look at them, set others."),
    "import": ("imports", "Imports files: invoices, payments, customers, contacts."),
    "payments": ("payments", "Payments: what waits for a place, with suggestions."),
    "match": ("payments", "Places a payment with invoices or a customer."),
    "unmatch": ("payments", "Takes a payment back from what it pays."),
    "write-off": ("payments", "Gives up what is open of an invoice."),
    "refund": ("payments", "Records money paid back to a customer."),
    "move": ("payments", "Moves a payment to another customer."),
    "run": ("runs", "The daily run: settles, scores, proposes."),
    "worklist": ("runs", "The overdue list in priority order."),
    "explain": ("runs", "Why, and why not, item by item."),
    "proposals": ("decisions", "What Kulant proposes, with the reasons."),
    "approve": ("decisions", "Approves proposals; they leave with the next deliver."),
    "dismiss": ("decisions", "Dismisses a proposal, with the reason."),
    "choose": ("choices", "Chooses another option of a proposal, with the reason."),
    "decision": ("choices", "A stored decision, reckoned again if asked."),
    "late": ("late", "Why a customer pays late: set, end, evidence."),
    "deliver": ("decisions", "Sends what is approved, through the send gate."),
    "letters": ("decisions", "Writes the archived letters as PDF files."),
    "letterhead": ("letterhead", "How letters and the portal look: logo, colour, envelope."),
    "hold": ("acts", "Lets nothing go out to a customer, or for an invoice."),
    "release": ("acts", "Ends the holds on a customer or an invoice."),
    "dispute": ("acts", "Stops asking for an invoice, or a part of it."),
    "resolve": ("acts", "Resolves a dispute, or answers complaints and requests."),
    "promise": ("acts", "Records a promise to pay."),
    "note": ("acts", "Puts a note on the timeline."),
    "timeline": ("care", "All that happened with a customer."),
    "commitment": ("care", "What we promised customers."),
    "strike": ("care", "Our own mistakes, by customer."),
    "privacy": ("privacy", "Personal data: a copy of everything, erasure."),
    "lost": ("losses", "Writes down that a customer left and why."),
    "plan": ("plans", "Payment plans."),
    "webhook": ("webhooks", "Addresses that are told what happens, signed."),
    "propose": ("pure", "The pure decision: facts in, treatment out."),
    "report": ("reports", "Reports for the business date, each figure traceable."),
    "statement": ("reports", "A customer's statement of account, also as PDF."),
    "trace": ("reports", "How an item's figure came about."),
    "rates": ("reports", "Exchange rates, for reports only."),
    "export": ("books", "What Kulant posted, for the accounting system."),
    "claim": ("pure", "The pure law: interest, fees, compensation, waiting times."),
    "law": ("law", "The law Kulant computes by: look, enter, confirm, check a file."),
}


class Commands(TyperGroup):
    """The commands, each loaded when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Their names, in the order of the help."""
        return list(COMMANDS)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The list in the help, without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, does) for name, (_, does) in COMMANDS.items()])

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name; none when there is none."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"kulant.cli.{COMMANDS[cmd_name][0]}")
        # A Typer with one command is not a group unless it has a callback.
        module.app.callback()(_several)
        return typer.main.get_group(module.app).get_command(ctx, cmd_name)


def _several() -> None:
    """Commands of one module."""


app = typer.Typer(
    cls=Commands,
    name="kulant",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Gets overdue invoices paid without losing the customer.",
)


@app.callback(invoke_without_command=True)
def _top(
    context: typer.Context,
    version: bool = typer.Option(False, "--version", help="Print the version and stop."),
) -> None:
    if version:
        typer.echo(f"kulant {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def main() -> None:
    """Runs a command. Exit 1: refused or bad input; exit 2: the command was used wrongly. Never a traceback."""
    warnings.filterwarnings("ignore")
    try:
        code = app(_arguments(), prog_name="kulant", standalone_mode=False)
    except UsageError as error:
        path = error.ctx.command_path if error.ctx else "kulant"
        what = "Missing command" if isinstance(error, NoArgsIsHelpError) else error.format_message().rstrip(".")
        refuse(f"{what}; see: {path} --help")
        sys.exit(2)
    except Refusal as refusal:
        refuse(refusal.sentence)
        sys.exit(1)
    except DataError as error:
        refuse(f"a value is too long or too large to be kept: {error.orig}")
        sys.exit(1)
    except DatabaseError as error:
        if not isinstance(error, OperationalError) and type(error) is not DatabaseError:
            _own_up(error.orig or error)
        refuse(f"the database cannot be used: {error.orig}; check KULANT_DATABASE_URL")
        sys.exit(1)
    except (typer.Abort, KeyboardInterrupt):
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)
    except Exception as error:
        _own_up(error)
    sys.exit(code if isinstance(code, int) else 0)


def _arguments() -> list[str]:
    """What was typed; refused when it is no text in the terminal's encoding or holds what no text holds."""
    given = sys.argv[1:]
    for one in given:
        if "\x00" in one or any("\ud800" <= character <= "\udfff" for character in one):
            raise UsageError("an argument is not text in UTF-8")
    return given


def _own_up(error: BaseException) -> NoReturn:
    """A defect of ours: still one line, with the place for whoever mends it."""
    place = traceback.extract_tb(error.__traceback__)[-1:]
    where = f" at {place[0].name}, line {place[0].lineno}" if place else ""
    refuse(f"a defect in Kulant ({type(error).__name__}: {error}){where}; please report it")
    sys.exit(1)
