"""The rules of care: every threshold with what it does, changed by managers, read by everybody, with its history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite, nan
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from kulant.core.errors import Refusal
from kulant.core.money import decimal_string
from kulant.desk.flash import Flash, redirect
from kulant.desk.shell import ShellDep
from kulant.people.models import Creditor
from kulant.people.service import check_currency
from kulant.relationship.models_view import RuleBookVersion
from kulant.relationship.rule_words import BY_FIELD, GROUPS, Words, change_words, value_words
from kulant.relationship.rulebook import (
    Phase,
    RuleBook,
    changes,
    read_rules,
    rules_of,
    rules_of_version,
    set_rules,
    versions,
)
from kulant.relationship.save_desk import GRADES
from kulant.web.amounts import read_amount
from kulant.web.deps import ActDep, RawForm, Reader, SettingsDep, Writer

router = APIRouter(prefix="/settings/rules")

PHASES_AT_MOST = 8
_SHOWN = 40  # characters of a mistake that are repeated


@dataclass(frozen=True, slots=True)
class ShownRule:
    """A rule on the page: its words, its value in words and as a form takes it."""

    words: Words
    said: str
    plain: str
    flag: bool


@dataclass(frozen=True, slots=True)
class ShownVersion:
    """A version of the rules and what it changed."""

    row: RuleBookVersion
    changed: list[str]


@router.get("")
def show(shell: ShellDep, session: Reader) -> Response:
    """The rules in force, and every version before them."""
    creditor = shell.viewer.creditor
    rules = rules_of(session, creditor.id)
    plain = rules.model_dump(mode="json")
    blank = [dict.fromkeys(Phase.model_fields, "") | {"kindness": 1.0}] if len(rules.phases) < PHASES_AT_MOST else []
    return shell.page(
        "desk/rules.html",
        here="settings",
        groups=[(name, [_shown(words, plain) for words in some]) for name, some in GROUPS],
        phases=[*plain["phases"], *blank],
        named=[(grade, rules.save_desk.get(grade, "")) for grade in GRADES],
        costs=_costs_text(rules, creditor),
        history=_history(versions(session, creditor.id)),
        may_change=shell.viewer.may_manage,
    )


def _shown(words: Words, plain: Mapping[str, Any]) -> ShownRule:
    value = plain[words.field]
    written = f"{100 * value:.6g}" if words.unit == "%" else f"{value:g}" if isinstance(value, int | float) else ""
    return ShownRule(words, value_words(words.field, value), written, isinstance(value, bool))


def _costs_text(rules: RuleBook, creditor: Creditor) -> str:
    lines = [
        f"{currency} {decimal_string(minor, currency)}" for currency, minor in sorted(rules.replacement_cost.items())
    ]
    return "\n".join(lines) or f"{creditor.currency} "


def _history(rows: Any) -> list[ShownVersion]:
    """Each version beside the one before it; the first beside the rules as they come."""
    shown = []
    for row, before in zip(rows, [*rows[1:], None], strict=False):
        former = rules_of_version(before) if before is not None else RuleBook()
        shown.append(ShownVersion(row, [change_words(one) for one in changes(former, rules_of_version(row))]))
    return shown


@router.post("")
def change(act: ActDep, viewer: Writer, settings: SettingsDep, form: RawForm) -> Response:
    """Puts what the form says in force, as a new version."""
    viewer.require_manager("the rules of care")
    given = {name: str(value) for name, value in form.multi_items()}
    now = rules_of(act.session, viewer.creditor.id)
    rules = read_rules(_given(given, now), now, {field: words.title for field, words in BY_FIELD.items()})
    made = set_rules(act, creditor=viewer.creditor, rules=rules, why=given.get("why", ""))
    said = "The next daily run looks at every customer by them."
    return redirect(settings, "/settings/rules", Flash(f"Rules in force: version {made.version}.", said))


def _given(form: Mapping[str, str], now: RuleBook) -> dict[str, Any]:
    """The rules as the form says them; what it leaves out stays as it is."""
    given: dict[str, Any] = {}
    for _, some in GROUPS:
        for words in some:
            value = getattr(now, words.field)
            if isinstance(value, bool):
                given[words.field] = words.field in form
            elif words.field in form and isinstance(value, int | float):
                given[words.field] = _number(form[words.field], words, whole=isinstance(value, int))
    if "phase-0-code" in form:
        given["phases"] = _phases(form)
    given["save_desk"] = {
        grade: form[f"save-{grade}"].strip() for grade in GRADES if form.get(f"save-{grade}", "").strip()
    }
    if "replacement_cost" in form:
        given["replacement_cost"] = _costs(form["replacement_cost"])
    return given


def _number(text: str, words: Words, *, whole: bool) -> int | float:
    written = text.strip().replace(",", ".").replace("\u00a0", "")
    try:
        number = float(written)
    except ValueError:
        number = nan
    if not isfinite(number):
        raise Refusal("bad_rules", f"{words.title}: “{text[:_SHOWN]}” is not a number.")
    if words.unit == "%":
        return round(number / 100, 6)
    if whole and number != int(number):
        raise Refusal("bad_rules", f"{words.title}: write a whole number, not “{text[:_SHOWN]}”.")
    return int(number) if whole else number


def _phases(form: Mapping[str, str]) -> list[dict[str, Any]]:
    """The phases in the order of the page; a row without a name is none."""
    found = []
    for place in range(PHASES_AT_MOST):
        said = {
            part: form.get(f"phase-{place}-{part}", "").strip()
            for part in ("code", "name", "purchases", "paid", "active", "kindness")
        }
        if not said["name"]:
            continue
        words = Words("phases", f"Phase {said['name']}", "", "")
        found.append(
            {
                "code": said["code"] or _code(said["name"]),
                "name": said["name"],
                "after_purchases": _number(said["purchases"] or "0", words, whole=True),
                "after_paid_invoices": _number(said["paid"] or "0", words, whole=True),
                "active_below": _number(said["active"], words, whole=False) / 100 if said["active"] else None,
                "kindness": _number(said["kindness"] or "1", words, whole=False),
            }
        )
    return found


def _code(name: str) -> str:
    """A code made of a name: its letters a to z, the rest underlines."""
    kept = "".join(letter if "a" <= letter <= "z" else "_" for letter in name.casefold())
    return "_".join(part for part in kept.split("_") if part)[:40] or "phase"


def _costs(text: str) -> dict[str, int]:
    """Lines like ``NOK 25000.00``."""
    costs = {}
    for line in text.splitlines():
        currency, _, amount = line.strip().partition(" ")
        if not amount.strip():
            continue
        check_currency(currency)
        minor = read_amount(amount, currency)
        if minor is None or minor < 0:
            raise Refusal(
                "bad_amount", f"“{line.strip()[:_SHOWN]}” is no cost. Write the currency and the amount: NOK 25000.00"
            )
        costs[currency] = minor
    return costs
