"""The customer's page: what is owed and the doors from there. A GET never changes anything."""

from __future__ import annotations

from datetime import date

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from kulant.core.errors import NotFound
from kulant.letters.added import earlier_name
from kulant.letters.letterhead import look_of
from kulant.portal import account as accounts
from kulant.portal import receipts
from kulant.portal.changing import router as changing
from kulant.portal.doors import router as doors
from kulant.portal.forms import router as forms
from kulant.portal.look import small_logo
from kulant.portal.own import router as own
from kulant.portal.pages import HEADERS, CalmRoute, by_a_person, show, words
from kulant.portal.parts import router as parts
from kulant.portal.paying import router as paying
from kulant.portal.visit import Visit, VisitDep
from kulant.portal.wrong import router as wrong
from kulant.relationship.queries import holds_in_force

# The browser may keep it for itself: its address changes with what is in it.
KEPT = HEADERS | {"Cache-Control": "private, max-age=604800, immutable"}

router = APIRouter(
    prefix="/p/{token}", route_class=CalmRoute, include_in_schema=False, dependencies=[Depends(by_a_person)]
)


@router.get("")
def start(request: Request, visit: VisitDep) -> Response:
    """Who we are, what is owed, and what the customer can do."""
    read = accounts.read_accounts(visit)
    context = {
        "accounts": read,
        "told": _told(visit),
        "charged": _charged(visit, read),
        "disputes": accounts.disputes_of(visit),
        "proposal": receipts.newest(visit, "own"),
        "declined": receipts.declined(visit),
    }
    return show(request, visit, "start", context)


def _told(visit: Visit) -> date | None:
    """Until when nothing is sent because of what the customer said here: it was paid, or cannot be paid now."""
    holds = holds_in_force(visit.session, [visit.customer.id], visit.today)
    return max((hold.until for hold in holds if hold.code in ("says_paid", "hardship")), default=None)


@router.get("/logo")
def logo(visit: VisitDep) -> Response:
    """The creditor's logo, which was drawn anew when it was taken."""
    look = look_of(visit.session, visit.creditor.id)
    if look.logo is None:
        raise NotFound("no_logo", "there is no logo")
    content, kind = small_logo(look.logo)
    return Response(content, media_type=kind, headers=KEPT)


router.include_router(paying)
router.include_router(parts)
router.include_router(own)
router.include_router(changing)
router.include_router(doors)
router.include_router(wrong)
router.include_router(forms)


def _charged(visit: Visit, read: list[accounts.Account]) -> dict[int, str]:
    """What letters have charged, in words, by item."""
    charges = [charge for account in read for charge in account.charges]
    return {charge.id: earlier_name(charge.kind, charge.issue_date or visit.today, words(visit)) for charge in charges}
