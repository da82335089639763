"""The overdue list: one row per customer, as the address says, and the customer opened beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from kulant.core.money import round_half_up, to_decimal
from kulant.desk.case import Case, open_case
from kulant.desk.narrowing import narrowed, narrowers, phases
from kulant.desk.shell import Shell, ShellDep
from kulant.desk.view import PER_PAGE, ListView, ViewDep
from kulant.desk.wording import sentence_case
from kulant.insight.ageing import home_amounts
from kulant.insight.list_file import FORMATS, list_file
from kulant.insight.portfolio import ledger_is_empty, totals
from kulant.insight.worklist import Row, in_full, overview
from kulant.ledger.queries import documents_by_number, newest_payment_date
from kulant.people.models import Creditor
from kulant.relationship.rulebook import rules_of
from kulant.settings import Settings
from kulant.web.deps import Reader, SettingsDep, Today, ViewerDep
from kulant.web.templating import asked_for

router = APIRouter()

_LETTERS = ("courtesy", "reminder", "fee_reminder", "final_reminder", "formal_notice", "payment_plan")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the list: its words, how it is set, and what sorting by it means."""

    words: str
    style: str = ""
    sort: str = ""
    order: str = "descending"


STATES: tuple[tuple[str, str, Callable[[Row], bool]], ...] = (
    ("all", "All", lambda row: True),
    ("proposed", "To decide", lambda row: row.proposal_status == "proposed"),
    ("approved", "In the outbox", lambda row: row.proposal_status == "approved"),
    ("blocked", "Blocked", lambda row: row.proposal_status == "blocked"),
    ("plans", "Plans", lambda row: row.plan is not None),
    ("promises", "Promises", lambda row: row.promise is not None),
    ("holds", "On hold", lambda row: row.hold is not None),
    ("disputes", "Disputes", lambda row: row.dispute is not None),
)

_ORDERS: dict[str, Callable[[Row], Any]] = {
    "overdue": lambda row: -row.overdue_minor,
    "open": lambda row: -row.open_minor,
    "days": lambda row: -row.days_overdue,
    "value": lambda row: -(row.value_12m_minor or 0),
    "name": lambda row: row.name.casefold(),
}


def _found(session: Reader, creditor: Creditor, rows: Sequence[Row], view: ListView) -> list[Row]:
    """The rows that fit the search and the grade; the states are counted among these."""
    rows = [row for row in rows if not view.grade or row.grade == view.grade]
    if not view.q:
        return rows
    sought = view.q.casefold()
    owners = {item.customer_id for item in documents_by_number(session, creditor.id, [view.q]).values()}
    return [
        row
        for row in rows
        if sought in row.name.casefold() or sought in row.number.casefold() or row.customer_id in owners
    ]


def _in_order(rows: Sequence[Row], view: ListView) -> list[Row]:
    key = _ORDERS.get(view.sort)
    return sorted(rows, key=key) if key else list(rows)


def columns(currency: str) -> list[Column]:
    """The columns; the currency stands once in the head, and in a row only where it is another."""
    return [
        Column("Customer", "customer", "name", "ascending"),
        Column(f"Overdue, {currency}", "number overdue", "overdue"),
        Column("Worth, 12 months", "number value", "value"),
        Column("Age of the debt", "age", "days"),
        Column("Last 12", "habit-cell"),
        Column("Proposed step", "step", "priority"),
        Column("Notes", "badges"),
    ]


def _shown_in(state: str) -> Callable[[Row], bool]:
    return next(keep for code, _, keep in STATES if code == state)


def _house_currency(creditor: Creditor, rows: Sequence[Row]) -> str:
    """The creditor's currency, unless every row is in one other."""
    currencies = {row.currency for row in rows}
    return currencies.pop() if len(currencies) == 1 else creditor.currency


def _list_context(session: Reader, shell: Shell, view: ListView) -> dict[str, Any]:
    creditor = shell.viewer.creditor
    everything = overview(session, creditor, shell.today)
    rules = rules_of(session, creditor.id)
    found = _found(session, creditor, everything, view)
    fitting = narrowed(found, view, rules)
    levels = priority_levels(everything)
    shown = _shown_in(view.state)
    ordered = _in_order([row for row in fitting if shown(row)], view)
    start = (view.page - 1) * PER_PAGE
    rows = in_full(session, shell.today, ordered[start : start + PER_PAGE])
    house = _house_currency(creditor, rows)
    bank_date = newest_payment_date(session, creditor.id)
    sums = totals(session, creditor, shell.today)
    return {
        "view": view,
        "rows": [ShownRow(row, levels[row.customer_id, row.currency]) for row in rows],
        "columns": columns(house),
        "house_currency": house,
        "pages": -(-len(ordered) // PER_PAGE),
        "states": [(code, words, sum(map(keep, fitting))) for code, words, keep in STATES],
        "narrowers": narrowers(ordered, view, rules),
        "phases": phases([row for row in narrowed(found, replace(view, phase=""), rules) if shown(row)], view, rules),
        "strikes_stop": rules.strikes_stop,
        "totals": sums,
        "homes": home_amounts(session, creditor, shell.today, {one.currency: one.open_minor for one in sums}),
        "waiting": sum(row.proposal_status == "proposed" for row in everything),
        "bank_date": bank_date,
        "bank_age": (shell.today - bank_date).days if bank_date else None,
        "anything": bool(everything),
        "ledger_empty": not everything and ledger_is_empty(session, creditor),
    }


class ShownRow:
    """A row as the list draws it: what insight knows, and a few words made of it."""

    def __init__(self, row: Row, level: int) -> None:
        self._row = row
        self.words = sentence_case(row.treatment_text or "nothing today")
        self.letter = row.treatment in _LETTERS
        self.level = level
        self.plan_broken = row.plan is not None and "broken" in row.plan
        self.why_in_full = sentence_case(", ".join(reason["text"] for reason in row.value_reasons[:2]))
        self.why = _in_short(self.why_in_full)
        self.owed_minor = row.open_minor - row.credits_minor
        self.overdue_units = round_half_up(to_decimal(row.overdue_minor, row.currency))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._row, name)


def _in_short(why: str) -> str:
    """The reasons of the value in the width of a column; the whole sentence stands in the case."""
    if "as often as the median customer, the same margin" in why:
        return why.replace(
            " as often as the median customer, the same margin per purchase", " as often, the same margin"
        )
    return why.replace("as often as the median customer", "as often").replace("margin per purchase", "margin")


def priority_levels(rows: Sequence[Row]) -> dict[tuple[int, str], int]:
    """Three bars for the accounts that make up half of all urgency, two up to 80 %, one up to 95 %."""
    total = sum(row.priority for row in rows) or 1
    levels, before = {}, 0
    for row in sorted(rows, key=lambda row: -row.priority):
        share = before / total
        levels[row.customer_id, row.currency] = 3 if share < 0.5 else 2 if share < 0.8 else 1 if share < 0.95 else 0
        before += row.priority
    return levels


@router.get("/")
def overdue(shell: ShellDep, session: Reader, settings: SettingsDep, view: ViewDep) -> Response:
    """The list, with the chosen customer beside it; htmx asks for one of the two sides only."""
    if asked_for(shell.request, "panel"):
        return shell.part("desk/parts/panel.html", view=view, customer=_case(session, shell, settings, view))
    context = _list_context(session, shell, view)
    if asked_for(shell.request, "list"):
        answer = shell.part("desk/parts/list.html", **context)
        answer.headers["HX-Replace-Url"] = view.url()
        return answer
    if asked_for(shell.request, "list-side"):
        return shell.part("desk/parts/list_side.html", **context)
    return shell.page("desk/overdue.html", here="overdue", customer=_case(session, shell, settings, view), **context)


@router.get("/overdue.{form}")
def export(viewer: ViewerDep, today: Today, session: Reader, view: ViewDep, form: str) -> Response:
    """The list as the address narrows and orders it, all pages of it, as CSV or XLSX."""
    creditor = viewer.creditor
    found = _found(session, creditor, overview(session, creditor, today), view)
    fitting = narrowed(found, view, rules_of(session, creditor.id))
    shown = _shown_in(view.state)
    rows = in_full(session, today, _in_order([row for row in fitting if shown(row)], view))
    name = f'attachment; filename="overdue-{today}.{form}"'
    return Response(list_file(form, rows), media_type=FORMATS[form], headers={"Content-Disposition": name})


def _case(session: Reader, shell: Shell, settings: Settings, view: ListView) -> Case | None:
    if not view.customer:
        return None
    return open_case(session, shell.viewer.creditor, view.customer, settings=settings, today=shell.today, view=view)
