"""Gathers what the send gate wants to know about a proposal's letter, at the moment of sending."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from kulant.db import Act
from kulant.delivery import queries
from kulant.delivery.gate import Block, ContactCap, GateFacts, Line, QuietTimes, blocks
from kulant.delivery.models import Delivery
from kulant.ledger import queries as ledger
from kulant.ledger.models import Customer, OpenItem
from kulant.ledger.service import disputed_minor
from kulant.people.models import Creditor
from kulant.relationship import queries as relationship
from kulant.settings import TIME_ZONES
from kulant.treatment import queries as treatment
from kulant.treatment.ladder import Policy
from kulant.treatment.models import Proposal, ProposalItem
from kulant.treatment.policies import policy_of


def gate(act: Act, *, creditor: Creditor, delivery: Delivery, proposal: Proposal, now: datetime) -> list[Block]:
    """Every reason why this proposal's letter may not leave at this moment."""
    policy = policy_of(act.session, proposal)
    return blocks(gather(act, creditor=creditor, delivery=delivery, proposal=proposal, policy=policy, now=now))


def gather(
    act: Act, *, creditor: Creditor, delivery: Delivery, proposal: Proposal, policy: Policy, now: datetime
) -> GateFacts:
    """The facts of the gate, read from the ledger and the relationship as they are now."""
    session, account = act.session, [proposal.customer_id]
    customer = session.get_one(Customer, proposal.customer_id)
    holds = relationship.holds_in_force(session, account, act.today)
    promises = [p for p in relationship.promises(session, account) if p.status == "open" and p.due >= act.today]
    credit = sum(row.asked_minor for row, _ in _listed(act, proposal) if row.asked_minor < 0)
    return GateFacts(
        today=act.today,
        local_time=now.astimezone(ZoneInfo(TIME_ZONES.get(creditor.country, "Europe/Oslo"))),
        country=creditor.country,
        currency=proposal.currency,
        channel=delivery.channel,
        lines=_lines(act, proposal, {hold.item_id: hold.until for hold in holds if hold.item_id is not None}),
        credits_deducted_minor=credit,
        credits_now_minor=queries.credit_now(session, proposal.customer_id, proposal.currency, act.today),
        loose_payments=queries.loose_payments(session, creditor.id, proposal.currency),
        customer_held_until=max((hold.until for hold in holds if hold.item_id is None), default=None),
        no_dunning=customer.no_dunning,
        promise_due=max((promise.due for promise in promises), default=None),
        complaint_open=any(concern.kind == "complaint" for concern in relationship.open_concerns(session, account)),
        contacts=_contacts(act, proposal, policy),
        cap=_cap(policy),
        quiet=_quiet(policy),
        newest_bank_data=ledger.newest_payment_date(session, creditor.id),
        bank_data_max_age_days=policy.bank_data_max_age_days,
    )


def _listed(act: Act, proposal: Proposal) -> list[tuple[ProposalItem, OpenItem]]:
    return treatment.proposal_items(act.session, [proposal.id]).get(proposal.id, [])


def _lines(act: Act, proposal: Proposal, held: dict[int, date]) -> list[Line]:
    disputes = ledger.open_disputes(act.session, [proposal.customer_id])
    in_plan = treatment.items_in_active_plans(act.session, [proposal.customer_id])
    return [
        Line(
            number=item.number,
            asked_minor=row.asked_minor,
            open_minor=item.open_minor,
            disputed_minor=disputed_minor(disputes.get(item.id), item),
            in_plan=item.id in in_plan,
            held_until=held.get(item.id),
        )
        for row, item in _listed(act, proposal)
        if row.asked_minor > 0
    ]


def _contacts(act: Act, proposal: Proposal, policy: Policy) -> list[date]:
    cap = _cap(policy)
    if cap is None:
        return []
    return queries.contacts(act.session, proposal.customer_id, act.today - timedelta(days=cap.days))


def _cap(policy: Policy) -> ContactCap | None:
    cap = policy.contact.max_contacts if policy.contact else None
    return ContactCap(cap.count, cap.days) if cap else None


def _quiet(policy: Policy) -> QuietTimes:
    contact = policy.contact
    if contact is None:
        return QuietTimes()
    opens, closes = contact.hours if contact.hours else (None, None)
    return QuietTimes(opens, closes, contact.weekdays_only, contact.holidays)
