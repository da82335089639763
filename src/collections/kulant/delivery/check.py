"""Gathers what the send gate wants to know about a proposal's letter, at the moment of sending."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from kulant.core.zones import zone_of
from kulant.db import Act
from kulant.delivery import queries
from kulant.delivery.gate import Block, ContactCap, GateFacts, Line, QuietTimes, blocks
from kulant.delivery.law_check import law_facts
from kulant.delivery.models import Delivery
from kulant.ledger import queries as ledger
from kulant.ledger.charges import CHARGES
from kulant.ledger.models import Customer, Dispute, OpenItem
from kulant.ledger.service import disputed_minor
from kulant.people.models import Creditor
from kulant.relationship import queries as relationship
from kulant.relationship.care_queries import standings, strikes_since
from kulant.relationship.expectations import check_of, is_open_gap
from kulant.relationship.late_reasons import reason_on
from kulant.relationship.pressure_queries import contacts
from kulant.relationship.rulebook import RuleBook, rules_of
from kulant.relationship.strikes import counting_since
from kulant.treatment import queries as treatment
from kulant.treatment.ceiling import Ceiling, ceiling_of
from kulant.treatment.ladder import Policy
from kulant.treatment.models import Proposal, ProposalItem
from kulant.treatment.policies import ladder_for, ladders_in_force, policy_of


def gate(act: Act, *, creditor: Creditor, delivery: Delivery, proposal: Proposal, now: datetime) -> list[Block]:
    """Every reason why this proposal's letter may not leave at this moment."""
    return blocks(gather(act, creditor=creditor, delivery=delivery, proposal=proposal, now=now))


def gather(act: Act, *, creditor: Creditor, delivery: Delivery, proposal: Proposal, now: datetime) -> GateFacts:
    """The facts of the gate, read from the ledger and the relationship as they are now."""
    session, account = act.session, [proposal.customer_id]
    customer = session.get_one(Customer, proposal.customer_id)
    country = customer.country or creditor.country
    policy = _policy_now(act, creditor, customer, proposal)
    rules = rules_of(session, creditor.id)
    holds = relationship.holds_in_force(session, account, act.today)
    promises = [p for p in relationship.promises(session, account) if p.status == "open" and p.due >= act.today]
    listed = treatment.proposal_items(session, [proposal.id]).get(proposal.id, [])
    disputes = ledger.open_disputes(session, account)
    credit = sum(row.asked_minor for row, _ in listed if row.asked_minor < 0)
    held: dict[int | None, date] = {hold.item_id: hold.until for hold in holds if hold.item_id is not None}
    return GateFacts(
        today=act.today,
        local_time=now.astimezone(zone_of(country, creditor.country)),
        country=country,
        currency=proposal.currency,
        channel="call" if proposal.channel == "call" else delivery.channel,
        lines=_lines(act, proposal, listed, disputes, held),
        credits_deducted_minor=credit,
        credits_now_minor=queries.credit_now(session, proposal.customer_id, proposal.currency, act.today),
        loose_payments=queries.loose_payments(session, creditor.id, proposal.currency),
        customer_held_until=max((hold.until for hold in holds if hold.item_id is None), default=None),
        no_dunning=customer.no_dunning,
        promise_due=max((promise.due for promise in promises), default=None),
        complaint_open=any(concern.kind == "complaint" for concern in relationship.open_concerns(session, account)),
        document=proposal.document,
        ceiling=_ceiling(act, customer, policy),
        strikes=strikes_since(session, account, counting_since(act.today, rules), act.today).get(customer.id, 0),
        strikes_stop=rules.strikes_stop,
        open_gap=_open_gap(act, customer, rules),
        late_reason=reason_on(session, customer.id, act.today),
        contacts=_contacts(act, proposal, policy),
        cap=_cap(policy),
        quiet=_quiet(policy),
        newest_bank_data=ledger.newest_payment_date(session, creditor.id),
        bank_data_max_age_days=policy.bank_data_max_age_days,
        law=law_facts(act, creditor=creditor, customer=customer, proposal=proposal, listed=listed, disputes=disputes),
    )


def _policy_now(act: Act, creditor: Creditor, customer: Customer, proposal: Proposal) -> Policy:
    """The customer's ladder as it is now, for it may have changed since the proposal was made."""
    now = ladder_for(customer, creditor, ladders_in_force(act.session, creditor.id))
    return now.policy if now is not None else policy_of(act.session, proposal)


def _open_gap(act: Act, customer: Customer, rules: RuleBook) -> bool:
    check = check_of(act.session, customer.id)
    return check is not None and is_open_gap(check, rules)


def _ceiling(act: Act, customer: Customer, policy: Policy) -> Ceiling | None:
    if policy.tone_ceiling is None:
        return None
    score = relationship.scores(act.session, [customer.id]).get(customer.id)
    standing = standings(act.session, [customer.id]).get(customer.id)
    return ceiling_of(
        policy,
        segment=customer.segment,
        grade=score.grade if score else None,
        phase=standing.phase if standing else None,
    )


def _lines(
    act: Act,
    proposal: Proposal,
    listed: Sequence[tuple[ProposalItem, OpenItem]],
    disputes: Mapping[int, Dispute],
    held: Mapping[int | None, date],
) -> list[Line]:
    """What is asked for; an earlier charge shares the fate of its invoice."""
    in_plan = treatment.items_in_active_plans(act.session, [proposal.customer_id])
    return [
        Line(
            number=item.number,
            asked_minor=row.asked_minor,
            open_minor=item.open_minor,
            disputed_minor=disputed_minor(disputes.get(item.id), item),
            in_plan=item.id in in_plan or item.belongs_to_id in in_plan,
            held_until=held.get(item.id) or held.get(item.belongs_to_id),
            what="The charge" if item.kind in CHARGES else "Invoice",
        )
        for row, item in listed
        if row.asked_minor > 0
    ]


def _contacts(act: Act, proposal: Proposal, policy: Policy) -> list[date]:
    cap = _cap(policy)
    if cap is None:
        return []
    heard = contacts(act.session, [proposal.customer_id], act.today, cap.days)
    return [one.on for one in heard.get(proposal.customer_id, ())]


def _cap(policy: Policy) -> ContactCap | None:
    cap = policy.contact.max_contacts if policy.contact else None
    return ContactCap(cap.count, cap.days) if cap else None


def _quiet(policy: Policy) -> QuietTimes:
    contact = policy.contact
    if contact is None:
        return QuietTimes()
    opens, closes = contact.hours if contact.hours else (None, None)
    return QuietTimes(opens, closes, contact.weekdays_only, contact.holidays)
