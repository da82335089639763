"""Why, and why not: each invoice of a customer today, beside what the run before had said, and every verdict since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from fastapi import APIRouter
from fastapi.responses import Response

from kulant.desk.pressure import shown_pressure
from kulant.desk.shell import ShellDep
from kulant.ledger.queries import customer_by_number
from kulant.treatment.explain import Account, Explanation, explain
from kulant.treatment.stops import Reason
from kulant.treatment.verdict_queries import history
from kulant.treatment.verdicts import as_said
from kulant.treatment.why import Changed, ItemSaid, Said, changes
from kulant.web.deps import Reader

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Side:
    """What one run said of an invoice; ``reasons`` holds only those of its own, the account's stand above."""

    words: str
    reasons: Sequence[Reason]


@dataclass(frozen=True, slots=True)
class Line:
    """An invoice, today and before."""

    number: str
    item_id: int | None
    due: date | None
    open_minor: int | None
    now: Side | None
    before: Side | None
    changed: bool


@dataclass(frozen=True, slots=True)
class ShownAccount:
    """One currency of the customer."""

    account: Account
    lines: Sequence[Line]
    changed_treatment: bool
    changed_reasons: bool


@dataclass(frozen=True, slots=True)
class Past:
    """A verdict of the past, and from which day on it stood."""

    since: date
    said: Said
    changed: Sequence[Changed]


@router.get("/customers/{number:path}/why")
def show_why(shell: ShellDep, session: Reader, number: str) -> Response:
    """Why and why not, item by item, beside the run before."""
    creditor = shell.viewer.creditor
    customer = customer_by_number(session, creditor.id, number)
    told = explain(session, creditor=creditor, customer=customer, today=shell.today)
    verdicts = history(session, customer.id, shell.today)
    said = as_said(session, verdicts)
    return shell.page(
        "desk/why.html",
        here="overdue",
        customer=customer,
        case=f"/?customer={quote(customer.number, safe='')}",
        ladder=told.ladder,
        because=told.ladder_because,
        accounts=[_shown(told, account) for account in told.accounts],
        past=[_past(n, verdict.since, said) for n, verdict in enumerate(verdicts)],
        pressure=shown_pressure(session, creditor=creditor, customer=customer, today=shell.today),
    )


def _past(place: int, since: date, said: Sequence[Said]) -> Past:
    """The verdict of that place, newest first, and what it changed of the one before it on the same account."""
    own = said[place]
    older = next((one for one in said[place + 1 :] if one.currency == own.currency), None)
    invoices = (
        [change for change in changes(older, own) if change.what not in ("treatment", "reasons")] if older else []
    )
    return Past(since, own, invoices)


def _shown(told: Explanation, account: Account) -> ShownAccount:
    what = {change.what for change in account.changed}
    before = {item.invoice: item for item in account.before.items} if account.before else {}
    items = {
        judged.debt.item.number: judged.debt.item
        for judgement in told.judgements
        if judgement.case.currency == account.currency
        for judged in judgement.items
    }
    lines = []
    for said in account.now.items:
        item, earlier = items[said.invoice], before.pop(said.invoice, None)
        lines.append(
            Line(
                said.invoice,
                item.id,
                item.due_date,
                item.open_minor,
                _side(said, account.now),
                _side(earlier, account.before) if earlier and account.before else None,
                said.invoice in what,
            )
        )
    lines += [
        Line(number, None, None, None, None, _side(said, account.before) if account.before else None, True)
        for number, said in before.items()
    ]
    return ShownAccount(account, lines, "treatment" in what, "reasons" in what)


def _side(said: ItemSaid, of: Said) -> Side:
    shared = {reason.code for reason in of.reasons}
    # A sentence that says no more than the decision's own words is left out.
    own = [one for one in said.because if one.code not in shared and one.text.lower() != f"{said.words.lower()}."]
    return Side(said.words, own)
