"""What leaves by itself because its day has come: a note before an instalment, a friendly note before the due date.

Part of the daily run, in a fixed number of statements. Each occasion is queued once, by its key, also after days on
which nothing ran; whether it may still leave is asked again when it does (``loose``). Both go by e-mail alone: post
would come after the day they are about.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from kulant.db import Act, canonical_json
from kulant.delivery import occasion_queries as queries
from kulant.delivery.models import Delivery
from kulant.delivery.queries import refused_addresses
from kulant.delivery.sending_rules import SendingRules, sending_rules
from kulant.i18n import language_of
from kulant.ledger.bulk import among, insert_rows, reserve_ids
from kulant.ledger.models import Contact, Customer, OpenItem
from kulant.ledger.queries import customers_by_id, primary_contacts
from kulant.ledger.reach import email_address
from kulant.people.models import Creditor
from kulant.plans.models import Instalment, Plan

INSTALMENT, COURTESY = "instalment_reminder", "courtesy"
COURTESY_PAUSE_DAYS = 7  # one customer gets no second friendly note sooner


_NEW = (
    "id", "creditor_id", "customer_id", "key", "kind", "channel", "recipient", "status", "context", "not_before",
    "approved_on", "attempts", "blocked", "created_at",
)  # fmt: skip


def queue_occasions(act: Act, creditor: Creditor) -> int:
    """Queues what is due today; returns how many messages that are. Run again, it queues nothing."""
    rules = sending_rules(act.session, creditor.id)
    return _instalments(act, creditor, rules) + _courtesies(act, creditor, rules)


def _instalments(act: Act, creditor: Creditor, rules: SendingRules) -> int:
    """The next instalment of plans that are kept, some days before its day; not where it is paid or was just agreed."""
    days = rules.instalment_reminder_days
    if days is None:
        return 0
    due = [
        (plan, part)
        for plan, part in queries.instalments_due(act.session, creditor.id, act.today, act.today + timedelta(days=days))
        if plan.accepted_on is not None and plan.accepted_on < part.due - timedelta(days=days)
    ]
    parts: dict[int, list[Instalment]] = defaultdict(list)
    for part in queries.parts_of(act.session, {plan.id for plan, _ in due}):
        parts[part.plan_id].append(part)
    wanted = {
        f"instalment:{part.id}:{part.due.isoformat()}": (plan.customer_id, _instalment(plan, part, parts[plan.id]))
        for plan, part in due
    }
    queued = _queue(act, creditor, INSTALMENT, wanted)
    for _, part in due:
        part.reminded_on = act.today
    return queued


def _instalment(plan: Plan, part: Instalment, parts: Sequence[Instalment]) -> dict[str, Any]:
    """What the note is written from; the names are those of ``letters.instalment_reminder.InstalmentDue``."""
    left = sum(each.amount_minor - each.paid_minor for each in parts)
    rest = part.amount_minor - part.paid_minor
    return {
        "plan": plan.id,
        "instalment": part.id,
        "number": part.number,
        "count": len(parts),
        "due": part.due.isoformat(),
        "amount_minor": rest,
        "left_after_minor": left - rest,
        "currency": plan.currency,
        "reference": plan.reference,
    }


def _courtesies(act: Act, creditor: Creditor, rules: SendingRules) -> int:
    """A friendly note about what is due soon, to customers of the chosen segments: one for each, about one day."""
    if not rules.courtesy_segments:
        return 0
    last = act.today + timedelta(days=rules.courtesy_days_before)
    items = queries.due_soon(act.session, creditor.id, rules.courtesy_segments, act.today, last)
    customers = {item.customer_id for item in items if item.customer_id is not None}
    told = queries.courtesies_of(act.session, customers)
    lately = act.today - timedelta(days=COURTESY_PAUSE_DAYS)
    rest = {customer_id for customer_id, on, _ in told if on > lately}
    named = {item_id for _, _, context in told for item_id in context.get("items", ())}
    spared = rest | queries.spared(act.session, customers, act.today)
    by_account: dict[tuple[int, str], list[OpenItem]] = defaultdict(list)
    for item in items:  # soonest first
        if item.customer_id is None or item.customer_id in spared or item.id in named:
            continue
        account = by_account[item.customer_id, item.currency]
        if not account or account[0].due_date == item.due_date:
            account.append(item)
    wanted = {
        f"courtesy:{customer_id}:{currency}:{act.today.isoformat()}": (customer_id, _courtesy(found))
        for (customer_id, currency), found in by_account.items()
    }
    return _queue(act, creditor, COURTESY, wanted)


def _courtesy(items: Sequence[OpenItem]) -> dict[str, Any]:
    """What the note names; it is dropped when any of it has changed by the time it leaves."""
    due = items[0].due_date
    return {
        "items": [item.id for item in items],
        "open": [[item.id, item.open_minor] for item in items],
        "due": due.isoformat() if due else None,
        "currency": items[0].currency,
    }


def _queue(act: Act, creditor: Creditor, kind: str, wanted: dict[str, tuple[int, dict[str, Any]]]) -> int:
    """Queues those of these messages that are not queued yet and that e-mail can bring."""
    known = select(Delivery.key).where(among(act.session, Delivery.key, list(wanted)))
    there = set(act.session.scalars(known)) if wanted else set()
    new = {key: one for key, one in wanted.items() if key not in there}
    ids = sorted({customer_id for customer_id, _ in new.values()})
    if not ids:
        return 0
    customers, contacts = customers_by_id(act.session, ids), primary_contacts(act.session, ids)
    reached = _reached(act, creditor, customers.values(), contacts)
    at = act.now + timedelta(seconds=creditor.undo_seconds)
    chosen = [(key, one, context) for key, (one, context) in new.items() if one in reached]
    numbers = reserve_ids(act.session, Delivery, len(chosen))
    rows = [
        (
            number, creditor.id, one, key, kind, "email", reached[one], "approved",
            canonical_json(context | {"language": _language(customers[one], creditor)}), at, act.today, 0, "[]",
            act.now,
        )
        for number, (key, one, context) in zip(numbers, chosen, strict=True)
    ]  # fmt: skip
    if rows:
        insert_rows(act.session, Delivery, _NEW, rows)
    return len(rows)


def _reached(
    act: Act, creditor: Creditor, customers: Collection[Customer], contacts: dict[int, Contact]
) -> dict[int, str]:
    emails = {each.id: email_address(each, contacts.get(each.id)) for each in customers}
    refused = refused_addresses(act.session, creditor.id, [email for email in emails.values() if email])
    return {each: email for each, email in emails.items() if email and email.lower() not in refused}


def _language(customer: Customer, creditor: Creditor) -> str:
    return language_of(customer.language, customer.country, creditor.language)
