"""Setting up: the schema, creditors, users, ladders."""

from __future__ import annotations

import secrets
from typing import Annotated

import typer

from kulant.cli.console import ACTOR, answer, ready_settings
from kulant.cli.options import JsonFlag
from kulant.core.errors import Refusal
from kulant.core.money import to_minor
from kulant.i18n import LANGUAGES
from kulant.ledger.references import check_scheme
from kulant.people.service import add_user, check_currency, find_creditor, set_creditor
from kulant.people.views import creditor_json
from kulant.schema import upgrade
from kulant.settings import Settings
from kulant.transaction import doing

app = typer.Typer(rich_markup_mode=None)
db = typer.Typer(help="The database schema.", no_args_is_help=True, rich_markup_mode=None)
creditor = typer.Typer(help="The companies that are owed money.", no_args_is_help=True, rich_markup_mode=None)
user = typer.Typer(help="The people who log in.", no_args_is_help=True, rich_markup_mode=None)
for _name, _part in (("db", db), ("creditor", creditor), ("user", user)):
    app.add_typer(_part, name=_name)


@db.command("upgrade")
def db_upgrade() -> None:
    """Migrates the database to the newest schema."""
    settings = Settings.from_environment()
    upgrade(settings.database_url)
    typer.echo("The database has the newest schema.")


@creditor.command("set")
def creditor_set(
    code: Annotated[str, typer.Argument(metavar="CODE", help="A short code of your own, e.g. NORD.")],
    name: Annotated[str | None, typer.Option()] = None,
    country: Annotated[str | None, typer.Option(help="Two letters, e.g. NO.")] = None,
    currency: Annotated[str | None, typer.Option(help="Three letters; by default the country's.")] = None,
    language: Annotated[str | None, typer.Option(help=f"One of {', '.join(LANGUAGES)}.")] = None,
    organisation_number: Annotated[str | None, typer.Option()] = None,
    address: Annotated[str | None, typer.Option(help="Lines separated by \\n or a comma.")] = None,
    email: Annotated[str | None, typer.Option()] = None,
    phone: Annotated[str | None, typer.Option()] = None,
    website: Annotated[str | None, typer.Option()] = None,
    bank_account: Annotated[str | None, typer.Option()] = None,
    iban: Annotated[str | None, typer.Option(help="For payment codes in euro and francs; none: no such code.")] = None,
    bic: Annotated[str | None, typer.Option(help="The bank's, for payment codes; none: without.")] = None,
    swish: Annotated[str | None, typer.Option(help="For Swish codes in kronor; none: no such code.")] = None,
    contact_name: Annotated[str | None, typer.Option(help="The named person customers may call.")] = None,
    contact_phone: Annotated[str | None, typer.Option()] = None,
    contact_email: Annotated[str | None, typer.Option()] = None,
    undo_seconds: Annotated[int | None, typer.Option(help="How long an approval at the desk can be undone.")] = None,
    payment_days: Annotated[int | None, typer.Option(help="Of an invoice that names no due date; 14 at first.")] = None,
    reference_scheme: Annotated[
        str | None, typer.Option(help="How payment references are made, e.g. kid:mod10:12; none: not made.")
    ] = None,
    allocation_order: Annotated[
        str | None, typer.Option(help="principal_first or costs_first; country: as the country has it.")
    ] = None,
    small_balance: Annotated[
        list[str] | None, typer.Option(metavar="CUR=AMOUNT", help="Written off up to it, e.g. NOK=10.00.")
    ] = None,
    bank_fee_tolerance: Annotated[
        list[str] | None, typer.Option(metavar="CUR=AMOUNT", help="A payment may be short by it, e.g. EUR=5.00.")
    ] = None,
    account: Annotated[
        list[str] | None, typer.Option(metavar="NAME=NUMBER", help="Of your bookkeeping, e.g. receivable=1500.")
    ] = None,
    fee_agreed: Annotated[
        bool | None, typer.Option("--fee-agreed/--no-fee-agreed", help="Reminder fees stand in your terms of sale.")
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Creates a creditor, or changes what is given of an existing one."""
    settings = ready_settings()
    if reference_scheme not in (None, "none"):
        check_scheme(reference_scheme)
    with doing(settings, actor=ACTOR, country=country or "NO") as act:
        found = set_creditor(
            act,
            code=code,
            name=name,
            country=country,
            currency=currency,
            language=language,
            organisation_number=organisation_number,
            address=address.replace("\\n", "\n") if address else None,
            email=email,
            phone=phone,
            website=website,
            bank_account=bank_account,
            iban=iban,
            bic=bic,
            swish=swish,
            contact_name=contact_name,
            contact_phone=contact_phone,
            contact_email=contact_email,
            undo_seconds=undo_seconds,
            payment_days=payment_days,
            reference_scheme=reference_scheme,
            allocation_order=allocation_order,
            small_balance=_limits(small_balance),
            bank_fee_tolerance=_limits(bank_fee_tolerance),
            accounts=_pairs(account),
            fee_agreed=fee_agreed,
        )
        shown = creditor_json(found)
    answer(shown, json, f"Creditor {found.code}: {found.name}, {found.country}, {found.currency}, {found.language}.")


def _pairs(given: list[str] | None) -> dict[str, str] | None:
    """``NAME=VALUE`` as typed; none where nothing was."""
    if not given:
        return None
    pairs = [one.partition("=") for one in given]
    for name, sign, value in pairs:
        if not (name and sign and value):
            raise Refusal("bad_pair", f"{name}{sign}{value} is not understood; write NAME=VALUE, e.g. NOK=10.00")
    return {name.strip(): value.strip() for name, _, value in pairs}


def _limits(given: list[str] | None) -> dict[str, int] | None:
    """Amounts by currency, in minor units."""
    pairs = _pairs(given)
    if pairs is None:
        return None
    try:
        return {currency: to_minor(amount, check_currency(currency)) for currency, amount in pairs.items()}
    except ValueError as error:
        raise Refusal("bad_amount", f"{error}; write the limit as NOK=10.00") from None


@user.command("add")
def user_add(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    role: Annotated[str, typer.Option(help="clerk, manager, account_manager, viewer or admin.")],
    creditor: Annotated[
        list[str] | None, typer.Option("--creditor", metavar="CODE", help="May be given several times.")
    ] = None,
    password: Annotated[
        str | None, typer.Option(help="Made up and printed when left out.", envvar="KULANT_PASSWORD")
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Adds a person who may log in to the desk."""
    settings = ready_settings()
    made_up = None if password else secrets.token_urlsafe(12)
    with doing(settings, actor=ACTOR) as act:
        chosen = [find_creditor(act.session, code) for code in creditor or []]
        if not chosen and role != "admin":
            chosen = [find_creditor(act.session)]
        add_user(act, name=name, role=role, password=password or str(made_up), creditors=chosen)
        codes = [one.code for one in chosen]
    shown = {"name": name, "role": role, "creditors": codes} | ({"password": made_up} if made_up else {})
    answer(shown, json, f"User {name} may log in as {role}." + (f" Password: {made_up}" if made_up else ""))
