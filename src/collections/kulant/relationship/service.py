"""What the clerk and the customer do to the relationship: notes, holds, promises."""

from __future__ import annotations

from datetime import date
from typing import Any

from kulant.core.errors import NotFound, Refusal
from kulant.core.events import Event
from kulant.core.money import decimal_string
from kulant.core.words import amount_words, day_words
from kulant.db import Act
from kulant.ledger.models import Customer, OpenItem
from kulant.people.models import Creditor
from kulant.relationship import queries
from kulant.relationship.concerns import KINDS as CONCERNS
from kulant.relationship.concerns import open_concern
from kulant.relationship.late_reasons import reason_on
from kulant.relationship.models import Concern, Hold, Promise, Score
from kulant.relationship.said import said

NOTE_KINDS = ("call", "meeting", "email", "visit", "complaint", "request", "note")


def add_note(
    act: Act,
    *,
    customer: Customer,
    kind: str,
    text: str,
    direction: str | None = None,
    owner: str = "",
    answer_by: date | None = None,
) -> Concern | None:
    """Puts a note on the timeline. A complaint or request also opens a concern that waits for our answer.

    ``direction``: ``in`` where the customer came to us, as complaints and requests do unless said otherwise, and
    ``out`` where we went to them. ``owner`` and ``answer_by`` are of a concern; without them it is the account
    manager's, and due when the rules say.
    """
    if kind not in NOTE_KINDS:
        raise Refusal("bad_kind", f"kind {kind!r} is not one of {', '.join(NOTE_KINDS)}")
    if direction not in (None, "in", "out"):
        raise Refusal("bad_direction", f"direction {direction!r} is neither in nor out")
    text = said(text, "a note")
    data: dict[str, Any] = {}
    concern = None
    if kind in CONCERNS:
        concern = open_concern(act, customer=customer, kind=kind, text=text, owner=owner, answer_by=answer_by)
        data = {"concern": concern.id, "answer_by": str(concern.answer_by), "owner": concern.owner}
        direction = direction or "in"
    act.tell(
        Event(
            kind,
            text,
            creditor_id=customer.creditor_id,
            customer_id=customer.id,
            direction=None if kind == "note" else direction,
            data=data,
        )
    )
    return concern


def place_hold(
    act: Act,
    *,
    customer: Customer,
    until: date,
    reason: str,
    code: str = "clerk",
    item: OpenItem | None = None,
) -> Hold:
    """Stops everything from going out to the customer, or for one item, up to and including that day."""
    if until < act.today:
        raise Refusal(
            "hold_in_the_past",
            f"a hold until {day_words(until)} would be over already; give a day from {day_words(act.today)} on",
        )
    hold = Hold(
        creditor_id=customer.creditor_id,
        customer_id=customer.id,
        item_id=item.id if item else None,
        code=code,
        reason=said(reason, "a reason"),
        placed_on=act.today,
        until=until,
    )
    act.session.add(hold)
    act.session.flush()
    what = f"Invoice {item.number}" if item else "Customer"
    act.tell(
        Event(
            "hold_placed",
            f"{what} on hold until {day_words(until)}: {hold.reason}",
            creditor_id=customer.creditor_id,
            customer_id=customer.id,
            item_id=hold.item_id,
            data={"hold": hold.id, "until": until.isoformat(), "code": code},
        )
    )
    return hold


def release_holds(act: Act, *, customer: Customer, item: OpenItem | None = None) -> list[Hold]:
    """Ends the holds in force on the customer (with an item: on that item only); refuses when there is none."""
    in_force = queries.holds_in_force(act.session, [customer.id], act.today)
    released = [hold for hold in in_force if item is None or hold.item_id == item.id]
    if not released:
        name = f"invoice {item.number}" if item else f"customer {customer.number}"
        raise NotFound("no_hold", f"{name} is not on hold")
    for hold in released:
        hold.released_on = act.today
        act.tell(
            Event(
                "hold_released",
                f"Hold released: {hold.reason}",
                creditor_id=customer.creditor_id,
                customer_id=customer.id,
                item_id=hold.item_id,
                data={"hold": hold.id},
            )
        )
    return released


def make_promise(act: Act, *, customer: Customer, currency: str, amount_minor: int, due: date) -> Promise:
    """Records that the customer promised to pay so much by that day; nothing goes out until then."""
    if amount_minor <= 0:
        raise Refusal("bad_amount", "the promised amount must be above zero")
    if due < act.today:
        raise Refusal(
            "promise_in_the_past",
            f"the promised day {day_words(due)} has passed; give a day from {day_words(act.today)} on",
        )
    promise = Promise(
        creditor_id=customer.creditor_id,
        customer_id=customer.id,
        currency=currency,
        amount_minor=amount_minor,
        made_on=act.today,
        due=due,
        status="open",
        late_reason=reason_on(act.session, customer.id, act.today),
        grade=score.grade if (score := act.session.get(Score, customer.id)) else None,
    )
    act.session.add(promise)
    act.session.flush()
    act.tell(
        Event(
            "promise_made",
            f"Promised to pay {amount_words(amount_minor, currency)} by {day_words(due)}.",
            creditor_id=customer.creditor_id,
            customer_id=customer.id,
            data={"promise": promise.id, "amount": decimal_string(amount_minor, currency), "due": due.isoformat()},
        )
    )
    return promise


def settle_promises(act: Act, *, creditor: Creditor) -> int:
    """Marks open promises kept when that much was paid since they were made, broken once their day has passed.

    Payments are given to a customer's promises in the order they were made, those kept before first, so one payment
    keeps one promise only. Returns how many changed.
    """
    waiting = queries.open_promises(act.session, creditor.id)
    customers = {promise.customer_id for promise in waiting}
    paid = {account: sorted(days) for account, days in queries.paid_by_day(act.session, customers).items()}
    for promise in queries.promises(act.session, customers):
        if promise.status == "kept":
            _use_up(paid.get((promise.customer_id, promise.currency), []), promise)
    changed = 0
    for promise in waiting:
        received = paid.get((promise.customer_id, promise.currency), [])
        if sum(minor for day, minor in received if promise.made_on <= day <= promise.due) >= promise.amount_minor:
            _use_up(received, promise)
            changed += _settle(act, promise, "kept")
        elif act.today > promise.due:
            changed += _settle(act, promise, "broken")
    return changed


def _use_up(received: list[tuple[date, int]], promise: Promise) -> None:
    """Takes what a kept promise was kept with out of what was received, the earliest money first."""
    left = promise.amount_minor
    for place, (day, minor) in enumerate(received):
        if promise.made_on <= day <= promise.due and minor > 0:
            part = min(left, minor)
            received[place] = (day, minor - part)
            left -= part


def _settle(act: Act, promise: Promise, status: str) -> int:
    promise.status = status
    promise.settled_on = act.today
    amount = amount_words(promise.amount_minor, promise.currency)
    act.tell(
        Event(
            f"promise_{status}",
            f"The promise of {amount} by {day_words(promise.due)} was {status}.",
            creditor_id=promise.creditor_id,
            customer_id=promise.customer_id,
            data={"promise": promise.id},
        )
    )
    return 1
