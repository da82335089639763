"""The ``kulant`` command: its list of commands, and how every error becomes one line."""

from __future__ import annotations

import sys
import traceback
import warnings
from importlib import import_module
from typing import Any

import typer
from sqlalchemy.exc import OperationalError
from typer._click.exceptions import UsageError
from typer.core import TyperGroup

from kulant import __version__
from kulant.cli.errors import refuse
from kulant.core.errors import Refusal

# Which module has which command. Only the one that is asked for is loaded: the letters, the web app and the
# mathematics take seconds to import, and most commands need none of them.
COMMANDS = {
    "demo": "operating", "serve": "operating", "worker": "operating", "doctor": "operating",
    "db": "setup", "creditor": "setup", "user": "setup", "policy": "setup",
    "import": "imports",
    "run": "runs", "worklist": "runs", "explain": "runs",
    "proposals": "decisions", "approve": "decisions", "dismiss": "decisions", "deliver": "decisions",
    "letters": "decisions",
    "hold": "acts", "release": "acts", "dispute": "acts", "resolve": "acts", "promise": "acts", "note": "acts",
    "plan": "plans",
    "propose": "pure",
}  # fmt: skip


class Commands(TyperGroup):
    """The commands, each loaded when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Their names, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name; none when there is none."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"kulant.cli.{COMMANDS[cmd_name]}")
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
        code = app(standalone_mode=False)
    except UsageError as error:
        path = error.ctx.command_path if error.ctx else "kulant"
        refuse(f"{error.format_message().rstrip('.')}; see: {path} --help")
        sys.exit(2)
    except Refusal as refusal:
        refuse(refusal.sentence)
        sys.exit(1)
    except OperationalError as error:
        refuse(f"the database cannot be used: {error.orig}; check KULANT_DATABASE_URL")
        sys.exit(1)
    except (typer.Abort, KeyboardInterrupt):
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)
    except Exception as error:  # a defect of ours: still one line, with the place for whoever mends it
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{place.name}, line {place.lineno}"
        refuse(f"a defect in Kulant ({type(error).__name__}: {error}) at {where}; please report it")
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)
