"""The customer's page: what is owed and the doors from there. A GET never changes anything."""

from __future__ import annotations

from datetime import date

from fastapi import APIRouter, Request
from fastapi.responses import Response

from kulant.letters import paying
from kulant.letters.added import earlier_name
from kulant.portal import account as accounts
from kulant.portal.doors import router as doors
from kulant.portal.pages import CalmRoute, show, words
from kulant.portal.parts import router as parts
from kulant.portal.visit import Visit, VisitDep
from kulant.relationship.queries import holds_in_force

router = APIRouter(prefix="/p/{token}", route_class=CalmRoute, include_in_schema=False)


@router.get("")
def start(request: Request, visit: VisitDep) -> Response:
    """Who we are, what is owed, and what the customer can do."""
    read = accounts.read_accounts(visit)
    return show(request, visit, "start", {"accounts": read, "told": _told(visit), "charged": _charged(visit, read)})


def _told(visit: Visit) -> date | None:
    """Until when nothing is sent because of what the customer said here: it was paid, or cannot be paid now."""
    holds = holds_in_force(visit.session, [visit.customer.id], visit.today)
    return max((hold.until for hold in holds if hold.code in ("says_paid", "hardship")), default=None)


@router.get("/pay")
def pay(request: Request, visit: VisitDep) -> Response:
    """Account, reference and amount."""
    t = words(visit)
    number = visit.creditor.bank_account
    account_row = paying.account(number, visit.creditor.country, t) if number else None
    payments = [(each, accounts.payment_lines(visit, each, t)) for each in accounts.read_accounts(visit)]
    return show(
        request,
        visit,
        "pay",
        {"payments": [pair for pair in payments if pair[1]], "account_row": account_row},
    )


router.include_router(parts)
router.include_router(doors)


def _charged(visit: Visit, read: list[accounts.Account]) -> dict[int, str]:
    """What letters have charged, in words, by item."""
    charges = [charge for account in read for charge in account.charges]
    return {charge.id: earlier_name(charge.kind, charge.issue_date or visit.today, words(visit)) for charge in charges}
