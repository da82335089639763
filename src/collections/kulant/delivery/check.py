"""Gathers what the send gate wants to know about letters, one at the moment of sending or many beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from kulant.core.zones import zone_of
from kulant.db import Act
from kulant.delivery.gate import blocks
from kulant.delivery.gate_facts import Block, ContactCap, GateFacts, Line, QuietTimes
from kulant.delivery.gate_known import Known, house_of
from kulant.delivery.law_check import LawKnown
from kulant.delivery.models import Delivery
from kulant.delivery.sending_rules import SendingRules, sending_rules
from kulant.ledger.charges import CHARGES
from kulant.ledger.models import Customer
from kulant.ledger.service import disputed_minor
from kulant.people.models import Creditor
from kulant.treatment.ceiling import Ceiling, ceiling_of
from kulant.treatment.ladder import Policy
from kulant.treatment.models import Proposal
from kulant.treatment.policies import ladder_for, ladders_in_force, policy_of

_AT_A_TIME = 500


@dataclass(frozen=True, slots=True)
class Letter:
    """What the gate is asked about: a proposal and the way it would leave."""

    proposal: Proposal
    channel: str  # email | letter | task
    address: str | None = None  # of an e-mail


def gate(act: Act, *, creditor: Creditor, delivery: Delivery, proposal: Proposal, now: datetime) -> list[Block]:
    """Every reason why this proposal's letter may not leave at this moment."""
    letter = Letter(proposal, delivery.channel, delivery.recipient)
    return gate_all(act, creditor=creditor, letters=[letter], now=now)[proposal.id]


def gate_all(act: Act, *, creditor: Creditor, letters: Sequence[Letter], now: datetime) -> dict[int, list[Block]]:
    """Every reason why each of these may not leave at that moment, by proposal. Statements do not grow with them."""
    house = house_of(act.session, creditor)
    found = {}
    for start in range(0, len(letters), _AT_A_TIME):
        some = letters[start : start + _AT_A_TIME]
        addresses = {letter.address.lower() for letter in some if letter.address and letter.channel == "email"}
        known = Known(act.session, house, [letter.proposal for letter in some], act.today, addresses)
        law = LawKnown(known)
        for letter in some:
            found[letter.proposal.id] = blocks(_facts(known, law, letter, now))
    return found


def _facts(known: Known, law: LawKnown, letter: Letter, now: datetime) -> GateFacts:
    """The facts of the gate, as the ledger and the relationship are now."""
    proposal, creditor = letter.proposal, known.house.creditor
    customer = known.customers[proposal.customer_id]
    country = customer.country or creditor.country
    policy = _policy_now(known, customer, proposal)
    rules = known.house.sending
    listed = known.listed.get(proposal.id, ())
    return GateFacts(
        today=known.today,
        local_time=now.astimezone(zone_of(country, creditor.country)),
        country=country,
        currency=proposal.currency,
        channel="call" if proposal.channel == "call" else letter.channel,
        lines=_lines(known, proposal),
        credits_deducted_minor=sum(row.asked_minor for row, _ in listed if row.asked_minor < 0),
        credits_now_minor=known.credits.get((customer.id, proposal.currency), 0),
        loose_payments=known.loose.get(proposal.currency, ()),
        customer_held_until=known.customers_held.get(customer.id),
        no_dunning=customer.no_dunning,
        promise_due=known.promised.get(customer.id),
        complaint_open=customer.id in known.complaining,
        document=proposal.document,
        ceiling=_ceiling(known, customer, policy),
        strikes=known.strikes.get(customer.id, 0),
        strikes_stop=known.house.care.strikes_stop,
        open_gap=customer.id in known.gaps,
        unread_since=known.unread.get(customer.id),
        refused_since=known.refused.get((letter.address or "").lower()),
        late_reason=known.late_reasons.get(customer.id),
        contacts=known.heard.get(customer.id, ()) if _cap(policy) else (),
        cap=_cap(policy),
        quiet=quiet_times(policy, rules),
        newest_bank_data=known.house.newest_bank_data,
        bank_data_max_age_days=_bank_data_age(policy, rules),
        law=law.facts(proposal),
    )


def _policy_now(known: Known, customer: Customer, proposal: Proposal) -> Policy:
    """The customer's ladder as it is now, for it may have changed since the proposal was made."""
    now = ladder_for(customer, known.house.creditor, known.house.ladders)
    return now.policy if now is not None else policy_of(known.session, proposal)


def _ceiling(known: Known, customer: Customer, policy: Policy) -> Ceiling | None:
    if policy.tone_ceiling is None:
        return None
    score, standing = known.scores.get(customer.id), known.standings.get(customer.id)
    return ceiling_of(
        policy,
        segment=customer.segment,
        grade=score.grade if score else None,
        phase=standing.phase if standing else None,
    )


def _lines(known: Known, proposal: Proposal) -> list[Line]:
    """What is asked for; an earlier charge shares the fate of its invoice."""
    held, in_plan = known.items_held, known.in_plans
    return [
        Line(
            number=item.number,
            asked_minor=row.asked_minor,
            open_minor=item.open_minor,
            disputed_minor=disputed_minor(known.disputes.get(item.id), item),
            in_plan=item.id in in_plan or item.belongs_to_id in in_plan,
            held_until=held.get(item.id) or held.get(item.belongs_to_id),
            what="The charge" if item.kind in CHARGES else "Invoice",
        )
        for row, item in known.listed.get(proposal.id, ())
        if row.asked_minor > 0
    ]


def _cap(policy: Policy) -> ContactCap | None:
    cap = policy.contact.max_contacts if policy.contact else None
    return ContactCap(cap.count, cap.days) if cap else None


def quiet_times(policy: Policy | None, rules: SendingRules) -> QuietTimes:
    """What the ladder says of quiet times; where it is silent, the creditor's rules."""
    contact = policy.contact if policy else None
    said = contact.model_fields_set if contact is not None else set()
    opens, closes = (contact.hours if contact else None) or (rules.opens, rules.closes)
    return QuietTimes(
        opens=opens,
        closes=closes,
        weekdays_only=contact.weekdays_only if contact and "weekdays_only" in said else rules.weekdays_only,
        holidays=contact.holidays if contact and "holidays" in said else rules.holidays,
        days=rules.quiet_days,
    )


def quiet_times_of(session: Session, creditor: Creditor, customer: Customer) -> QuietTimes:
    """The quiet times of one customer: their ladder's, or the creditor's own."""
    ladder = ladder_for(customer, creditor, ladders_in_force(session, creditor.id))
    return quiet_times(ladder.policy if ladder else None, sending_rules(session, creditor.id))


def _bank_data_age(policy: Policy, rules: SendingRules) -> int | None:
    own = policy.bank_data_max_age_days
    return rules.bank_data_max_age_days if own is None else own
