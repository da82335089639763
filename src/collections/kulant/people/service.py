"""Use cases on creditors and users."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from pwdlib import PasswordHash
from sqlalchemy import select
from sqlalchemy.orm import Session

from kulant.core.errors import NotFound, Refusal
from kulant.core.events import Event
from kulant.core.identifiers import check_account, check_bic, check_iban, check_organisation_number, check_swish
from kulant.db import Act, Base
from kulant.i18n import LANGUAGES
from kulant.people.models import Creditor, User, UserCreditor

ROLES = ("clerk", "manager", "account_manager", "viewer", "admin")

# Currency and language a creditor starts with, by country.
_HOME = {
    "NO": ("NOK", "nb"), "DK": ("DKK", "da"), "SE": ("SEK", "sv"), "FI": ("EUR", "fi"), "DE": ("EUR", "de"),
    "AT": ("EUR", "de"), "CH": ("CHF", "de"), "LI": ("CHF", "de"), "GB": ("GBP", "en"), "IE": ("EUR", "en"),
    "NL": ("EUR", "en"), "IS": ("ISK", "en"),
}  # fmt: skip

LONGEST_UNDO = 86_400  # seconds
LONGEST_TERMS = 365  # days
ALLOCATION_ORDERS = ("principal_first", "costs_first")

# What a creditor's books call the accounts that exports post to.
ACCOUNTS = ("receivable", "fee", "interest", "compensation", "write_off", "bank_fee", "bank")

# The words that take a setting back to not being set.
_NOT_SET = {"reference_scheme": "none", "allocation_order": "country", "iban": "none", "bic": "none", "swish": "none"}

_hasher = PasswordHash.recommended()


def set_creditor(act: Act, *, code: str, **fields: Any) -> Creditor:
    """Creates the creditor of that code, or changes what is given; fields left out stay as they are."""
    changes = {name: value for name, value in fields.items() if value is not None}
    taken_back = {name for name, word in _NOT_SET.items() if changes.get(name) == word}
    _check_creditor(code, {name: value for name, value in changes.items() if name not in taken_back})
    changes |= dict.fromkeys(taken_back)
    creditor = act.session.scalar(select(Creditor).where(Creditor.code == code))
    _check_numbers(changes, creditor)
    if creditor is None:
        creditor = _new_creditor(act, code, changes)
        verb = "created"
    else:
        changes = {name: value for name, value in changes.items() if getattr(creditor, name) != value}
        for name, value in changes.items():
            setattr(creditor, name, value)
        verb = "changed"
    act.session.flush()
    if changes:
        act.tell(Event(f"creditor_{verb}", f"Creditor {code} {verb}.", creditor_id=creditor.id, data=dict(changes)))
    return creditor


def _new_creditor(act: Act, code: str, given: dict[str, Any]) -> Creditor:
    if not given.get("name") or not given.get("country"):
        raise Refusal("creditor_incomplete", f"creditor {code} is new: give --name and --country")
    currency, language = _HOME.get(given["country"], ("EUR", "en"))
    creditor = Creditor(code=code, created_at=act.now, **{"currency": currency, "language": language} | given)
    act.session.add(creditor)
    return creditor


def _check_creditor(code: str, fields: dict[str, Any]) -> None:
    if not code.strip() or ("name" in fields and not fields["name"].strip()):
        raise Refusal("creditor_incomplete", "a creditor needs a code and a name")
    country, currency, language = (fields.get(name) for name in ("country", "currency", "language"))
    if country is not None and not (
        len(country) == 2 and country.isascii() and country.isalpha() and country.isupper()
    ):
        raise Refusal("bad_country", f"country {country!r} is not a two-letter code such as NO, DK or SE")
    if currency is not None:
        check_currency(currency)
    if language is not None and language not in LANGUAGES:
        raise Refusal("bad_language", f"language {language!r} is not one of {', '.join(LANGUAGES)}")
    if not 0 <= fields.get("undo_seconds", 0) <= LONGEST_UNDO:
        raise Refusal("bad_undo_seconds", f"undo_seconds must be from 0 to {LONGEST_UNDO} (a day)")
    _check_money_rules(fields)
    for name, value in {"code": code, **fields}.items():
        if isinstance(value, str):
            check_length(name, value, Creditor)


def _check_numbers(changes: dict[str, Any], creditor: Creditor | None) -> None:
    """A wrong figure in the account would send every customer's money nowhere."""
    country = changes.get("country") or (creditor.country if creditor else "")
    if changes.get("bank_account"):
        check_account(country, changes["bank_account"])
    if changes.get("organisation_number"):
        check_organisation_number(country, changes["organisation_number"])
    for name, check in (("iban", check_iban), ("bic", check_bic), ("swish", check_swish)):
        if changes.get(name):
            changes[name] = check(changes[name])


def _check_money_rules(fields: dict[str, Any]) -> None:
    if not 0 <= fields.get("payment_days", 0) <= LONGEST_TERMS:
        raise Refusal("bad_payment_days", f"payment_days must be from 0 to {LONGEST_TERMS}")
    order = fields.get("allocation_order")
    if order is not None and order not in ALLOCATION_ORDERS:
        raise Refusal("bad_order", f"allocation_order {order!r} is not {' or '.join(ALLOCATION_ORDERS)}, or country")
    for limit in ("small_balance", "bank_fee_tolerance"):
        for currency, minor in fields.get(limit, {}).items():
            check_currency(currency)
            if minor < 0:
                raise Refusal("bad_amount", f"{limit} of {currency} must not be below zero")
    for account in fields.get("accounts", {}):
        if account not in ACCOUNTS:
            raise Refusal("bad_account", f"account {account!r} is not one of {', '.join(ACCOUNTS)}")


def check_currency(currency: str) -> str:
    """The currency's code; refuses what cannot be one."""
    if not (len(currency) == 3 and currency.isascii() and currency.isalpha() and currency.isupper()):
        raise Refusal("bad_currency", f"currency {currency!r} is not a three-letter code such as NOK or EUR")
    return currency


def check_length(name: str, value: str, table: type[Base]) -> None:
    """Refuses a text that is longer than its column; SQLite would take it, PostgreSQL would not."""
    longest = getattr(table.__table__.c[name].type, "length", None)
    if longest is not None and len(value) > longest:
        raise Refusal("too_long", f"{name} has {len(value)} characters; it may have at most {longest}")


def find_creditor(session: Session, code: str | None = None) -> Creditor:
    """The creditor of that code; without a code, the only one there is."""
    if code is not None:
        creditor = session.scalar(select(Creditor).where(Creditor.code == code))
        if creditor is None:
            raise NotFound(
                "no_creditor", f"there is no creditor {code!r}; create it with: kulant creditor set {code} …"
            )
        return creditor
    creditors = session.scalars(select(Creditor).order_by(Creditor.code).limit(20)).all()
    if not creditors:
        raise NotFound(
            "no_creditor",
            "there is no creditor yet; create one with: kulant creditor set CODE --name … --country NO",
        )
    if len(creditors) > 1:
        raise Refusal("which_creditor", f"say which creditor with --creditor: {', '.join(c.code for c in creditors)}")
    return creditors[0]


def creditor_codes(session: Session) -> list[str]:
    """The codes of all creditors, in order."""
    return list(session.scalars(select(Creditor.code).order_by(Creditor.code)))


def creditors_of(session: Session, user: User) -> list[Creditor]:
    """The creditors a user may see: an admin all, others those they were given."""
    query = select(Creditor).order_by(Creditor.name, Creditor.id)
    if user.role != "admin":
        query = query.join(UserCreditor, UserCreditor.creditor_id == Creditor.id).where(UserCreditor.user_id == user.id)
    return list(session.scalars(query))


def add_user(
    act: Act,
    *,
    name: str,
    role: str,
    password: str,
    creditors: Sequence[Creditor] = (),
    display_name: str | None = None,
) -> User:
    """A new user with a log-in name, a role and the creditors they may see."""
    if role not in ROLES:
        raise Refusal("bad_role", f"role {role!r} is not one of {', '.join(ROLES)}")
    name = name.strip()  # as it is looked up at log-in
    if not name:
        raise Refusal("no_name", "the user needs a name to log in with")
    check_length("name", name, User)
    if len(password) < 8:
        raise Refusal("weak_password", "the password needs at least 8 characters")
    if act.session.scalar(select(User.id).where(User.name == name)) is not None:
        raise Refusal("user_exists", f"there is already a user {name!r}")
    user = User(
        name=name,
        display_name=display_name or name,
        role=role,
        password_hash=_hasher.hash(password),
        created_at=act.now,
    )
    act.session.add(user)
    act.session.flush()
    act.session.add_all(UserCreditor(user_id=user.id, creditor_id=creditor.id) for creditor in creditors)
    act.tell(
        Event(
            "user_added",
            f"User {name} added as {role}.",
            creditor_id=creditors[0].id if creditors else None,
            data={"user": name, "role": role, "creditors": [creditor.code for creditor in creditors]},
        )
    )
    return user


def verify_password(user: User | None, password: str) -> bool:
    """Whether the password is the user's; takes as long for a user who does not exist."""
    stored = user.password_hash if user is not None and user.active else _unusable_hash()
    return _hasher.verify(password, stored) and user is not None


@lru_cache(maxsize=1)
def _unusable_hash() -> str:
    return _hasher.hash("no user has this password")
