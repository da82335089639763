"""The kind ladder of a late plan, in the outbox: a nudge the day after, an offer of smaller payments some days later.

Each leaves once for an instalment and its day. Where e-mail reaches the customer both go by e-mail. Elsewhere one
letter says both, for a second would come after the call; that call then waits until the letter may have arrived. Where
a letter could not arrive in time, or nobody knows where to send it, a person calls on the day of the offer already.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from kulant.core.calendar import add_business_days
from kulant.core.errors import Refusal
from kulant.db import Act
from kulant.delivery.closing import ON_ITS_WAY
from kulant.delivery.models import Delivery
from kulant.delivery.notes import new_note
from kulant.delivery.queries import refused_addresses
from kulant.i18n import language_of
from kulant.ledger.bulk import among
from kulant.ledger.models import Contact, Customer
from kulant.ledger.queries import customers_by_id, primary_contacts
from kulant.ledger.reach import email_address
from kulant.people.models import Creditor
from kulant.plans import queries
from kulant.plans.changes import Change, Wanted, may_still, reshape_counts, work_out
from kulant.plans.changing import running
from kulant.plans.late_plans import Notice
from kulant.plans.limits import PlanRules, plan_rules
from kulant.plans.models import Instalment, Plan

KIND = "instalment_reminder"
POST = "post"  # in the key of the one letter
CALL_WAITS_DAYS = 5  # for a letter on its way, so long after the day of the call


@dataclass(frozen=True, slots=True)
class Told:
    """What became of the notices of a run: how many were queued, and whom only a person reaches in time."""

    queued: int
    unreached: tuple[Notice, ...]


def queue_notices(act: Act, creditor: Creditor, notices: Sequence[Notice]) -> Told:
    """Puts those into the outbox that are not there yet."""
    if not notices:
        return Told(0, ())
    reach = _reach(act, creditor, {one.customer_id for one in notices})
    parts = {part.id: part for part in queries.instalments_by_ids(act.session, [one.instalment_id for one in notices])}
    keyed = {_key(one, parts[one.instalment_id], reach[one.customer_id]): one for one in notices}
    there = set(act.session.scalars(select(Delivery.key).where(among(act.session, Delivery.key, list(keyed)))))
    new = {key: one for key, one in keyed.items() if key not in there}
    limits = plan_rules(act.session, creditor.id)
    plans = {plan.id: plan for plan in queries.plans_by_ids(act.session, [one.plan_id for one in new.values()])}
    queued, unreached = 0, []
    for key, one in new.items():
        way, part = reach[one.customer_id], parts[one.instalment_id]
        if way.posted and not (way.address and arrives_in_time(act.today, part.due, limits, creditor.country)):
            unreached.append(one)
            continue
        act.session.add(_note(act, creditor, plans[one.plan_id], part, one.occasion, way, limits, key))
        queued += 1
    act.session.flush()
    return Told(queued, tuple(one for one in unreached if one.occasion == "reshape"))


@dataclass(frozen=True, slots=True)
class _Reach:
    """How a customer is reached: by e-mail, else by post, if there is an address."""

    customer: Customer
    posted: bool
    address: str | None


def _reach(act: Act, creditor: Creditor, ids: Collection[int]) -> dict[int, _Reach]:
    customers, contacts = customers_by_id(act.session, ids), primary_contacts(act.session, ids)
    emails = {each: email_address(customers[each], contacts.get(each)) for each in ids}
    refused = refused_addresses(act.session, creditor.id, [email for email in emails.values() if email])
    return {
        each: _Reach(customers[each], False, email)
        if email and email.lower() not in refused
        else _Reach(customers[each], True, _postal(contacts.get(each)))
        for each, email in emails.items()
    }


def _postal(contact: Contact | None) -> str | None:
    return (contact.address or "").strip() or None if contact else None


def _note(
    act: Act, creditor: Creditor, plan: Plan, part: Instalment, occasion: str, way: _Reach, limits: PlanRules, key: str
) -> Delivery:
    """The row of the outbox; a letter says at once what e-mails say one after the other."""
    context = _context(act, creditor, way.customer, plan, part, "reshape" if way.posted else occasion)
    if way.posted:
        context["pay_by"] = _last_call(part.due, limits).isoformat()
    channel = "letter" if way.posted else "email"
    return new_note(
        act, customer=way.customer, kind=KIND, key=key, recipient=way.address, context=context, channel=channel
    )


def _last_call(due: date, limits: PlanRules) -> date:
    """The last day on which a person calls about an instalment: the day of the call, or later while a letter is on its
    way."""
    return due + timedelta(days=limits.grace_days + CALL_WAITS_DAYS)


def arrives_in_time(today: date, due: date, limits: PlanRules, country: str) -> bool:
    """Whether a letter that leaves today is there before somebody calls at the latest."""
    return add_business_days(today, ON_ITS_WAY, country) <= _last_call(due, limits)


def arrivals(act: Act, creditor: Creditor, late: Iterable[tuple[Plan, Instalment]]) -> Mapping[int, date]:
    """By instalment: when the letter about it may have arrived, where one has left."""
    keys = {_key_of(plan.id, POST, part): part.id for plan, part in late}
    if not keys:
        return {}
    rows = act.session.execute(
        select(Delivery.key, Delivery.sent_on).where(
            among(act.session, Delivery.key, list(keys)), Delivery.status == "sent"
        )
    )
    return {keys[key]: add_business_days(on, ON_ITS_WAY, creditor.country) for key, on in rows if on}


def _key(one: Notice, part: Instalment, way: _Reach) -> str:
    return _key_of(one.plan_id, POST if way.posted else one.occasion, part)


def _key_of(plan_id: int, occasion: str, part: Instalment) -> str:
    return f"plan:{plan_id}:{occasion}:{part.id}:{part.due.isoformat()}"


def _context(
    act: Act, creditor: Creditor, customer: Customer, plan: Plan, part: Instalment, occasion: str
) -> dict[str, Any]:
    """What the message is written from; the names are those of ``letters.instalment_reminder.InstalmentDue``."""
    parts = queries.instalments_of(act.session, plan.id)
    left = sum(other.amount_minor - other.paid_minor for other in parts)
    state = running(act.session, plan, act.today)
    gentler = _gentler(act, plan) if occasion == "reshape" else None
    return {
        "plan": plan.id,
        "instalment": part.id,
        "occasion": occasion,
        "number": part.number,
        "count": len(parts),
        "due": part.due.isoformat(),
        "amount_minor": part.amount_minor - part.paid_minor,
        "left_after_minor": left - (part.amount_minor - part.paid_minor),
        "pay_by": max(act.today, part.due + timedelta(days=state.limits.grace_days)).isoformat(),
        "currency": plan.currency,
        "reference": plan.reference,
        "can_move": may_still(state, "move"),
        "offer": [[due.isoformat(), minor] for due, minor in _ahead(gentler)] if gentler else [],
        "cost_minor": gentler.cost_minor if gentler else 0,
        "language": language_of(customer.language, customer.country, creditor.language),
    }


def _gentler(act: Act, plan: Plan) -> Change | None:
    """What is left in more and smaller payments, where the limits allow it once more."""
    state = running(act.session, plan, act.today)
    counts = reshape_counts(state)
    if not counts or not may_still(state, "reshape"):
        return None
    try:
        return work_out(state, Wanted("reshape", count=counts[-1]))
    except Refusal:
        return None


def _ahead(change: Change) -> list[tuple[Any, int]]:
    before = set(change.before)
    return [payment for payment in change.after if payment not in before and payment[1] > 0]
