"""Pay now: account, reference and amount to copy, a code to scan, and a payment provider's page where there is one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool

from kulant.core.errors import Refusal
from kulant.delivery import payment_orders as orders
from kulant.delivery.payment_provider import Order, PaymentProvider, open_provider
from kulant.letters import paying
from kulant.letters.payment_codes import payment_code
from kulant.people.models import Creditor
from kulant.plans.models_portal import PaymentOrder
from kulant.portal import account as accounts
from kulant.portal import limits
from kulant.portal.account import Account, PaymentLine
from kulant.portal.pages import (
    HEADERS,
    CalmRoute,
    Problems,
    bare,
    by_hand,
    check_seal,
    require_own_page,
    show_form,
    words,
)
from kulant.portal.visit import Visit, VisitDep, acting, reader_language
from kulant.settings import Settings
from kulant.transaction import doing
from kulant.web.deps import Reader, SettingsDep

router = APIRouter(route_class=CalmRoute, include_in_schema=False)
public = APIRouter(route_class=CalmRoute, include_in_schema=False)

Text = Annotated[str, Form()]


@dataclass(frozen=True, slots=True)
class Slip:
    """What is to be paid in one currency: each payment to make, and a code for it where a bank's app reads one."""

    account: Account
    lines: list[PaymentLine]
    codes: list[Markup | None]

    @property
    def total_minor(self) -> int:
        """All payments together."""
        return sum(line.amount_minor for line in self.lines)


def provider_of(settings: Settings) -> PaymentProvider | None:
    """The payment provider, where the operator has named one."""
    return open_provider(settings.payment_url, settings.payment_key)


@router.get("/pay")
def pay(request: Request, visit: VisitDep) -> Response:
    """Account, reference and amount."""
    return _show(request, visit, None)


def _show(request: Request, visit: Visit, problems: Problems | None) -> Response:
    t = words(visit)
    number = visit.creditor.bank_account
    account_row = paying.account(number, visit.creditor.country, t) if number else None
    slips = _slips(visit)
    provider = provider_of(visit.settings)
    shown = {"asked": [[slip.account.currency, slip.total_minor] for slip in slips]}
    context = {"slips": slips, "account_row": account_row, "online": provider is not None}
    site = provider.site if provider else ""
    return show_form(request, visit, "pay", context, problems=problems, shown=shown, also_to=site)


def _slips(visit: Visit) -> list[Slip]:
    t = words(visit)
    found = []
    for account in accounts.read_accounts(visit):
        lines = accounts.payment_lines(visit, account, t)
        if lines:
            found.append(Slip(account, lines, [_code(visit, account.currency, line) for line in lines]))
    return found


def _code(visit: Visit, currency: str, line: PaymentLine) -> Markup | None:
    code = payment_code(visit.creditor, line.amount_minor, currency, line.reference)
    title = words(visit).gettext("Code for your bank's app")
    return code.svg(title) if code is not None else None


@router.post("/pay")
def pay_online(request: Request, visit: VisitDep, sealed: Text = "", currency: Text = "", mine: Text = "") -> Response:
    """Begins a payment on the provider's page and leads there; nothing has been paid by that."""
    provider, t = provider_of(visit.settings), words(visit)
    shown, problems = check_seal(visit, "pay", sealed)
    slip = next((slip for slip in _slips(visit) if slip.account.currency == currency), None)
    if provider is None or slip is None:
        return _show(request, visit, problems)
    if not problems and [currency, slip.total_minor] not in shown.get("asked", []):
        problems = [("form", t.gettext("Something has changed since you opened the page. Please check it once more."))]
    if not problems and not by_hand(request, mine):
        problems = [("mine", t.gettext("Tick the box to go on."))]
    if problems:
        return _show(request, visit, problems)
    order = _begin(request, visit, provider, slip)
    if order.provider_id is not None:  # begun before, perhaps on another page: it may be paid, or over, by now
        status = _ask(visit.settings, provider, order)
        if status == orders.PAID:
            return RedirectResponse(f"/pay/{order.key}?lang={visit.language}", 303, HEADERS)
        if status in (orders.FAILED, orders.EXPIRED):
            order = _begin(request, visit, provider, slip)
    try:
        begun = provider.begin(_asked(visit, order))
    except Refusal:
        silent = t.gettext("The payment page does not answer right now. You can pay from your bank instead.")
        return _show(request, visit, [("form", silent)])
    with acting(visit, request) as (act, _):
        orders.note_begun(act, key=order.key, begun=begun)
    return RedirectResponse(begun.url, 303, HEADERS)


def _begin(request: Request, visit: Visit, provider: PaymentProvider, slip: Slip) -> PaymentOrder:
    with acting(visit, request) as (act, here):
        if not limits.within(act, here.settings, limits.PAID_BY_LINK, here.link.id):
            raise limits.too_often()
        asked = [*(part.item for part in slip.account.asked), *slip.account.charges]
        return orders.begin_order(
            act,
            customer=here.customer,
            provider=provider,
            currency=slip.account.currency,
            amount_minor=slip.total_minor,
            reference=slip.lines[0].reference if len(slip.lines) == 1 else None,
            items=asked + list(slip.account.active_plan.items if slip.account.active_plan else ()),
            language=here.language,
        )


def _asked(visit: Visit, order: PaymentOrder) -> Order:
    """What the provider is told: never the customer's link, which opens their page."""
    base = visit.settings.base_url.rstrip("/")
    return Order(
        key=order.key,
        merchant=visit.creditor.code,
        amount_minor=order.amount_minor,
        currency=order.currency,
        reference=order.reference,
        language=visit.language,
        return_url=f"{base}/pay/{order.key}?lang={visit.language}",
        notify_url=f"{base}/webhooks/payments",
    )


@public.get("/pay/{key}")
def back_from_provider(request: Request, session: Reader, key: str) -> Response:
    """Where the provider sends the customer back to: says how it stands, as far as we have heard."""
    order = orders.order_by_key(session, key)
    creditor = session.get(Creditor, order.creditor_id) if order else None
    context = {"order": order, "creditor": creditor, "key": key}
    return bare(request, "order", reader_language(request), context, status=200 if order else 404)


@public.post("/pay/{key}")
def look_again(request: Request, settings: SettingsDep, session: Reader, key: str) -> Response:
    """Asks the provider how the payment stands."""
    require_own_page(request)
    provider, order = provider_of(settings), orders.order_by_key(session, key)
    if provider is not None and order is not None and order.provider_id and order.status in orders.UNHEARD:
        with doing(settings, actor="payment provider") as act:
            allowed = limits.within(act, settings, limits.PAID_BY_LINK, "look", order.key)
        if allowed:
            _ask(settings, provider, order)
    query = request.url.query
    return RedirectResponse(f"/pay/{key}" + (f"?{query}" if query else ""), 303, HEADERS)


def _ask(settings: Settings, provider: PaymentProvider, order: PaymentOrder) -> str | None:
    """How it stands, as the provider says, and none when it says nothing; what we have not heard is taken down.

    The question goes out before the transaction begins: nobody waits for another's network.
    """
    try:
        word = provider.status(order.provider_id or "")
    except Refusal:
        return None  # the page goes on to say that we have not heard
    if word.key != order.key:
        return None
    with doing(settings, actor=f"{provider.name} (payment provider)") as act:
        orders.settle(act, provider=provider, word=word)
    return word.status


@public.post("/webhooks/payments")
async def hear(request: Request, settings: SettingsDep) -> Response:
    """The provider tells by itself how a payment stands. Unsigned words are refused before anything is looked up."""
    body = await request.body()
    return await run_in_threadpool(_heard, settings, dict(request.headers), body)


def _heard(settings: Settings, headers: dict[str, str], body: bytes) -> Response:
    provider = provider_of(settings)
    if provider is None:
        return PlainTextResponse("no payment provider\n", 404)
    try:
        word = provider.read(headers, body, now=datetime.now(UTC))
    except Refusal as refusal:
        return PlainTextResponse(f"{refusal.sentence}\n", refusal.status)
    with doing(settings, actor=f"{provider.name} (payment provider)") as act:
        orders.settle(act, provider=provider, word=word)
    return PlainTextResponse("noted\n")
