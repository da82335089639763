"""Something is wrong: with how much of which invoices, why, in the customer's words, with a file where there is one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from fastapi.responses import Response
from starlette.datastructures import FormData

from kulant.i18n import Translator
from kulant.ledger.models import OpenItem
from kulant.ledger.queries import open_disputes
from kulant.portal import account as accounts
from kulant.portal import receipts
from kulant.portal.doors import confirmed
from kulant.portal.fields import read_words
from kulant.portal.files import keep_file, read_file
from kulant.portal.pages import CalmRoute, Problems, check_seal, go, show_form, words
from kulant.portal.visit import Visit, VisitDep, acting
from kulant.relationship import from_customer
from kulant.web.amounts import read_amount

router = APIRouter(route_class=CalmRoute, include_in_schema=False)

Text = Annotated[str, Form()]
Upload = Annotated[UploadFile | None, File()]


@dataclass(frozen=True, slots=True)
class Filled:
    """The form as the customer filled it in: the invoices ticked, and by invoice how much of it is wrong."""

    chosen: tuple[str, ...] = ()
    amounts: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    details: str = ""


def reasons(t: Translator) -> dict[str, tuple[str, str]]:
    """What may be wrong: by code, what the customer reads and what the clerk reads."""
    return {
        "not_received": (t.gettext("I have not received it"), "Not received"),
        "price": (t.gettext("The price or the amount is wrong"), "Price or amount is wrong"),
        "faulty": (t.gettext("There was something wrong with what I got"), "Goods or service at fault"),
        "returned": (t.gettext("I sent it back or cancelled it"), "Returned or cancelled"),
        "not_mine": (t.gettext("The invoice is not mine"), "Not this customer's invoice"),
        "other": (t.gettext("Something else"), "Something else"),
    }


def disputable(visit: Visit) -> list[OpenItem]:
    """Overdue invoices that are not disputed yet, in every currency, and those a plan covers."""
    read = accounts.read_accounts(visit)
    late = [part.item for account in read for part in account.claim.items]
    planned = [item for account in read if account.active_plan for item in account.active_plan.items]
    disputed = open_disputes(visit.session, [visit.customer.id])
    return [
        item for item in [*late, *planned] if item.kind == "invoice" and item.open_minor > 0 and item.id not in disputed
    ]


@router.get("/wrong")
def what_is_wrong(request: Request, visit: VisitDep) -> Response:
    """Which invoices, and what is wrong with them."""
    return _show(request, visit, Filled())


def _show(request: Request, visit: Visit, filled: Filled, problems: Problems | None = None) -> Response:
    items = disputable(visit)
    context = {
        "items": items,
        "reasons": reasons(words(visit)),
        "filled": filled,
        "helper": from_customer.helper_of(visit.creditor, visit.customer),
    }
    shown = {"items": [each.id for each in items]}
    return show_form(request, visit, "wrong", context, problems=problems, shown=shown)


async def read_form(request: Request) -> FormData:
    """The whole form: each invoice has a field of its own for the amount."""
    return await request.form(max_files=1, max_fields=1000)


@router.post("/wrong")
def tell_wrong(
    request: Request,
    visit: VisitDep,
    form: Annotated[FormData, Depends(read_form)],
    sealed: Text = "",
    item: Annotated[list[str] | None, Form()] = None,
    reason: Text = "",
    details: Text = "",
    file: Upload = None,
) -> Response:
    """The customer says something is wrong."""
    t = words(visit)
    shown, problems = check_seal(visit, "wrong", sealed)
    items, offered = disputable(visit), shown.get("items", [])
    amounts = {str(each.id): str(form.get(f"amount_{each.id}", "")) for each in items}
    chosen = tuple(item or []) if len(offered) != 1 else (str(offered[0]),)  # the only one needs no tick
    filled = Filled(chosen, amounts, reason, read_words(details))
    given, wrong = read_file(file, t)
    parts, more = _read_parts(t, items, filled)
    if (set(chosen) & set(map(str, offered))) - {str(each.id) for each in items}:
        changed = t.gettext("Something has changed since you opened the page. Please check it once more.")
        more = [("form", changed)]
    problems += more + _problems_of_reason(t, filled) + wrong
    if problems:
        return _show(request, visit, filled, problems)
    said = reasons(t)[reason][1] + (f": {filled.details}" if filled.details else "")
    with acting(visit, request) as (act, here):
        asked = [(each, parts[each.id]) for each in disputable(here) if each.id in parts]
        complaint = from_customer.Complaint(asked, said)
        disputes = from_customer.complain(act, creditor=here.creditor, customer=here.customer, complaint=complaint)
        keep_file(act, here, "dispute", given)
        told = receipts.disputed(disputes, {each.id: each for each, _ in asked})
        if told is not None:
            confirmed(act, here, told)
    return go(visit, "done/wrong")


def _read_parts(t: Translator, items: list[OpenItem], filled: Filled) -> tuple[dict[int, int | None], Problems]:
    """How much of which invoice is wrong; all of it where the amount is left empty."""
    parts: dict[int, int | None] = {}
    problems: Problems = []
    for item in items:
        typed = filled.amounts.get(str(item.id), "").strip()
        if str(item.id) not in filled.chosen:
            continue
        minor = read_amount(typed, item.currency) if typed else None
        if typed and (minor is None or not 0 < minor <= item.open_minor):
            said = t.gettext("Write an amount that is not more than the invoice.")
            problems.append((f"amount_{item.id}", said))
        parts[item.id] = None if minor == item.open_minor else minor
    if not parts:
        problems.append(("item", t.gettext("Choose at least one invoice.")))
    return parts, problems


def _problems_of_reason(t: Translator, filled: Filled) -> Problems:
    if filled.reason not in reasons(t):
        return [("reason", t.gettext("Choose what is wrong."))]
    if filled.reason == "other" and not filled.details:
        return [("details", t.gettext("Tell us in a few words what is wrong."))]
    return []
