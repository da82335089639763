"""Matching: payments that wait on the left, what they may be for on the right; one key for each act."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form
from fastapi.responses import Response
from starlette.datastructures import FormData

from kulant.core.errors import Conflict, NotFound, Refusal
from kulant.core.words import amount_words
from kulant.db import Act
from kulant.delivery.plan_events import follow_plans
from kulant.desk.flash import Flash, redirect
from kulant.desk.payment_view import PaymentView, PaymentViewDep, next_waiting, open_payment, shown_lines
from kulant.desk.shell import ShellDep
from kulant.ledger import placing
from kulant.ledger import queries as ledger
from kulant.ledger.adjustments import move, write_off
from kulant.ledger.allocation import allocation_order
from kulant.ledger.models import OpenItem
from kulant.ledger.suggestions import Suggestion, suggest
from kulant.people.models import Creditor
from kulant.web.amounts import read_amount
from kulant.web.deps import ActDep, RawForm, Reader, RowId, SettingsDep, Viewer, Writer, safe_back
from kulant.web.templating import asked_for

router = APIRouter(prefix="/payments")

Back = Annotated[str, Form()]
Reason = Annotated[str, Form(max_length=500)]
MANAGERS = ("manager", "admin")


@router.get("")
def show(shell: ShellDep, session: Reader, view: PaymentViewDep) -> Response:
    """The list and the payment chosen; htmx asks for the payment alone."""
    creditor = shell.viewer.creditor
    opened = open_payment(session, creditor, view, today=shell.today) if view.payment else None
    context: dict[str, Any] = {"view": view, "payment": opened, "order": allocation_order(creditor)}
    context["small"] = creditor.small_balance.get(opened.item.currency, 0) if opened else 0
    if asked_for(shell.request, "panel"):
        return shell.part("desk/parts/payment_panel.html", **context)
    lines, counts = shown_lines(session, creditor, view)
    return shell.page("desk/payments.html", here="payments", lines=lines, shown=counts, **context)


@router.post("/{payment_id}/accept")
def accept(
    act: ActDep, viewer: Writer, settings: SettingsDep, payment_id: RowId,
    key: Annotated[str, Form(max_length=2000)], rest: Annotated[str, Form()] = "", back: Back = "/payments",
) -> Response:  # fmt: skip
    """Does what a suggestion says, if it still holds; ``rest``: what it is short of is let go."""
    payment = placing.payment_to_place(act, creditor=viewer.creditor, payment_id=payment_id)
    suggestions = suggest(act.session, creditor=viewer.creditor, payment=payment, today=act.today)
    chosen = next((one for one in suggestions if one.key == key), None)
    if chosen is None:
        raise Conflict("changed", "That suggestion does not hold any more: something was paid meanwhile. Look again.")
    _follow(act, viewer, payment, chosen, let_go=rest == "yes")
    return _done(act, viewer, settings, payment, back, _said(payment, chosen))


def _follow(act: Act, viewer: Viewer, payment: OpenItem, chosen: Suggestion, *, let_go: bool) -> None:
    creditor = viewer.creditor
    if chosen.returns is not None:
        placing.return_payment(act, creditor=creditor, returned=payment, payment=chosen.returns)
    elif payment.open_minor > 0:
        placing.pay_out_of_credit(act, creditor=creditor, returned=payment, customer=chosen.customer)
    elif not chosen.parts:
        placing.keep_as_credit(act, creditor=creditor, payment=payment, customer=chosen.customer)
    else:
        tolerated = let_go and chosen.tolerated
        placing.place(act, creditor=creditor, payment=payment, split=chosen.parts, settle_rest=tolerated)
        short = [item for item, _ in chosen.parts if item.open_minor > 0]
        if let_go and short:
            write_off(
                act,
                creditor=creditor,
                items=short,
                reason=f"rest of payment {payment.number}",
                manager=viewer.role in MANAGERS,
            )


def _said(payment: OpenItem, chosen: Suggestion) -> str:
    amount = amount_words(abs(payment.amount_minor), payment.currency)
    numbers = ", ".join(item.number for item, _ in chosen.parts)
    return f"{amount} placed with {chosen.customer.name}{f': {numbers}' if numbers else ''}."


@router.post("/{payment_id}/split")
def split(
    form: RawForm,
    act: ActDep, viewer: Writer, settings: SettingsDep, payment_id: RowId, back: Back = "/payments",
) -> Response:  # fmt: skip
    """Gives each invoice the amount written beside it; the rest stays the customer's credit."""
    payment = placing.payment_to_place(act, creditor=viewer.creditor, payment_id=payment_id)
    parts = _parts(act, viewer.creditor, payment, form)
    if not parts:
        raise Refusal("no_amounts", "Write an amount beside at least one invoice.")
    if sum(amount for _, amount in parts) > -payment.open_minor:
        left = amount_words(-payment.open_minor, payment.currency)
        raise Refusal("too_much", f"These amounts are more than the payment has left, which is {left}.")
    placing.place(act, creditor=viewer.creditor, payment=payment, split=parts)
    said = f"Payment split over {len(parts)} {'item' if len(parts) == 1 else 'items'}."
    return _done(act, viewer, settings, payment, back, said)


def _parts(act: Act, creditor: Creditor, payment: OpenItem, form: FormData) -> list[tuple[OpenItem, int]]:
    parts = []
    for name, value in form.items():
        item_id = name.removeprefix("amount-")
        if name == item_id or not item_id.isdecimal() or len(item_id) > 18 or not str(value).strip():
            continue
        item = act.session.get(OpenItem, int(item_id))
        minor = read_amount(str(value), payment.currency)
        if item is None or item.creditor_id != creditor.id or item.customer_id is None:
            raise NotFound("no_item", "One of these items is not there any more. Look again.")
        if minor is None:
            raise Refusal("bad_amount", f"“{value}” is not an amount in {payment.currency}. Write it as 1250.00.")
        if minor > item.open_minor:
            owed = amount_words(max(0, item.open_minor), item.currency)
            raise Refusal("too_much", f"{item.number} is open with {owed}; it cannot take more.")
        if minor:
            parts.append((item, minor))
    return parts


@router.post("/{payment_id}/park")
def park(
    act: ActDep, viewer: Writer, settings: SettingsDep, payment_id: RowId, reason: Reason, back: Back = "/payments"
) -> Response:
    """Puts the payment aside with a reason."""
    payment = placing.payment_to_place(act, creditor=viewer.creditor, payment_id=payment_id)
    placing.park(act, creditor=viewer.creditor, payment=payment, reason=reason)
    return _done(act, viewer, settings, payment, back, "Put aside. It stands under Parked.", undo=False)


@router.post("/{payment_id}/unpark")
def unpark(act: ActDep, viewer: Writer, settings: SettingsDep, payment_id: RowId) -> Response:
    """Takes it up again."""
    payment = placing.payment_to_place(act, creditor=viewer.creditor, payment_id=payment_id)
    placing.unpark(act, creditor=viewer.creditor, payment=payment)
    return redirect(settings, f"/payments?payment={payment.id}", Flash("Taken up again.", tone=""))


@router.post("/{payment_id}/move")
def send_move(
    act: ActDep, viewer: Writer, settings: SettingsDep, payment_id: RowId,
    customer: Annotated[str, Form(max_length=80)], reason: Reason = "", back: Back = "/payments",
) -> Response:  # fmt: skip
    """The money is that customer's: given when it was nobody's, moved with its history when it was another's."""
    payment = placing.payment_to_place(act, creditor=viewer.creditor, payment_id=payment_id)
    to = ledger.customer_by_number(act.session, viewer.creditor.id, customer)
    if payment.customer_id is None:
        placing.keep_as_credit(act, creditor=viewer.creditor, payment=payment, customer=to)
        said = f"Given to {to.name} as credit."
    else:
        move(act, creditor=viewer.creditor, payment=payment, to=to, reason=reason)
        said = f"Moved to {to.name}."
    return _done(act, viewer, settings, payment, back, said)


@router.post("/{payment_id}/undo")
def undo(act: ActDep, viewer: Writer, settings: SettingsDep, payment_id: RowId, back: Back = "/payments") -> Response:
    """Takes the payment back from all it pays."""
    payment = placing.payment_to_place(act, creditor=viewer.creditor, payment_id=payment_id)
    placing.unmatch(act, creditor=viewer.creditor, payment=payment)
    follow_plans(act, viewer.creditor)
    where = f"/payments?payment={payment.id}" if back.startswith("/payments") else safe_back(back)
    return redirect(settings, where, Flash(f"Payment {payment.number} is taken back and waits again.", tone=""))


def _done(
    act: Act, viewer: Viewer, settings: SettingsDep, payment: OpenItem, back: str, said: str, *, undo: bool = True
) -> Response:
    """On to the next payment that waits, with the way back from this one."""
    follow_plans(act, viewer.creditor)
    act.session.flush()
    following = next_waiting(act.session, viewer.creditor, payment)
    if not safe_back(back).startswith("/payments"):
        return redirect(settings, safe_back(back), Flash(said))
    view = PaymentView(payment=following.id if following else None, last=payment.id if undo else None)
    return redirect(settings, view.url(), Flash(said, back=view.url()))
