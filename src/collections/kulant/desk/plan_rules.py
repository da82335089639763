"""The limits of payment plans: read by everybody, set by managers, with every version before them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from kulant.core.errors import Refusal
from kulant.core.money import to_minor
from kulant.desk.flash import Flash, redirect
from kulant.desk.shell import ShellDep
from kulant.people.models_rules import CreditorRules
from kulant.people.rules_kept import versions
from kulant.plans.limits import NAME, PlanRules, keep_plan_rules, plan_rules, read_plan_rules
from kulant.web.deps import ActDep, RawForm, Reader, SettingsDep, Writer

router = APIRouter(prefix="/settings/plans")


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit as the page shows it."""

    field: str
    title: str
    help: str = ""
    unit: str = ""


GROUPS = (
    (
        "What may be agreed without a second person",
        (
            Limit("most_instalments", "Payments at most"),
            Limit("most_days", "Days at most", "From the agreement to the last payment."),
            Limit("smallest_instalment", "Smallest payment", "By currency, one a line: NOK 500. Empty: the usual."),
            Limit("first_payment_percent", "First payment at least", "Of the claim.", "%"),
            Limit("first_within_days", "First payment within days"),
            Limit("largest_claim", "Largest claim", "By currency. Above it a second person answers own wishes."),
            Limit("offer_days", "Days to think about an offer"),
        ),
    ),
    (
        "What paying in parts costs",
        (
            Limit("interest", "Interest", "none, statutory, or percent a year. The law's rate is always the most."),
            Limit(
                "interest_free_grades",
                "Grades without interest",
                "Like A B. While any is named, private people are free.",
            ),
            Limit("fee", "Fee", "none, statutory, or an amount. What the law does not name is not taken."),
        ),
    ),
    (
        "What the customer may change alone in a plan",
        (
            Limit("move_days", "Days a payment may be moved"),
            Limit("moves", "Moves"),
            Limit("skips", "Months skipped"),
            Limit("day_changes", "Changes of the day"),
            Limit("reshapes", "Times divided anew"),
        ),
    ),
    (
        "When a plan is late",
        (
            Limit("nudge_day", "A nudge, days after the due date"),
            Limit("reshape_day", "An offer of smaller payments, days after"),
            Limit("grace_days", "Days of grace", "After them the plan is late and a person calls."),
            Limit("misses_to_decide", "Misses until a person decides", "The program never gives a plan up."),
        ),
    ),
)
TITLES = {limit.field: limit.title for _, limits in GROUPS for limit in limits}
_BY_CURRENCY = ("smallest_instalment", "largest_claim")
_WORDS = ("interest", "fee")


@router.get("")
def show(shell: ShellDep, session: Reader) -> Response:
    """The limits in force, and what each version changed."""
    creditor = shell.viewer.creditor
    rules = plan_rules(session, creditor.id)
    return shell.page(
        "desk/plan_rules.html",
        here="settings",
        groups=[(title, [(limit, written(rules, limit.field)) for limit in limits]) for title, limits in GROUPS],
        history=_history(versions(session, creditor.id, NAME)),
        may_change=shell.viewer.may_manage,
    )


def written(rules: PlanRules, field: str) -> str:
    """A limit as a form takes it."""
    value = getattr(rules, field)
    if field in _BY_CURRENCY:
        return "\n".join(f"{currency} {amount}" for currency, amount in sorted(value.items()))
    return " ".join(value) if isinstance(value, tuple) else str(value)


def _history(rows: Any) -> list[tuple[CreditorRules, list[str]]]:
    shown = []
    for row, before in zip(rows, [*rows[1:], None], strict=False):
        now = PlanRules.model_validate(row.rules)
        then = PlanRules.model_validate(before.rules) if before is not None else PlanRules()
        changed = [
            f"{TITLES[field]}: {written(then, field) or '–'} → {written(now, field) or '–'}"
            for field in TITLES
            if getattr(now, field) != getattr(then, field)
        ]
        shown.append((row, changed))
    return shown


@router.post("")
def change(act: ActDep, viewer: Writer, settings: SettingsDep, form: RawForm) -> Response:
    """Puts what the form says in force, as a new version."""
    viewer.require_manager("the limits of plans")
    given = {name: str(value) for name, value in form.multi_items()}
    now = plan_rules(act.session, viewer.creditor.id)
    rules = read_plan_rules(read(given), now, TITLES)
    kept = keep_plan_rules(act, creditor=viewer.creditor, rules=rules, why=given.get("why", ""))
    said = "Offers made from now on follow them; what is agreed stays as it is."
    return redirect(settings, "/settings/plans", Flash(f"Limits of plans in force: version {kept.version}.", said))


def read(given: Mapping[str, str]) -> dict[str, Any]:
    """The limits as the form says them; what it leaves out stays as it is."""
    found: dict[str, Any] = {}
    for field in TITLES.keys() & given.keys():
        text = given[field].strip()
        if field in _BY_CURRENCY:
            found[field] = _by_currency(text, TITLES[field])
        elif field == "interest_free_grades":
            found[field] = tuple(text.upper().replace(",", " ").split())
        elif field in _WORDS:
            found[field] = text.lower().rstrip("% ").replace(",", ".") or "none"
        else:
            found[field] = text
    return found


def _by_currency(text: str, title: str) -> dict[str, Decimal]:
    found = {}
    for line in text.splitlines():
        words = line.split(maxsplit=1)
        if not words:
            continue
        try:
            currency, amount = words[0].upper(), words[1]
            to_minor(amount.replace(" ", ""), currency)
            found[currency] = Decimal(amount.replace(" ", ""))
        except (IndexError, ArithmeticError, Refusal):
            raise Refusal("bad_rules", f"{title}: “{line[:40]}” is not a currency and an amount like NOK 500") from None
    return found
