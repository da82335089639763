"""What customers propose themselves: worked out and priced at once, agreed at once inside the limits.

What goes beyond them waits for a clerk, who sees what it would mean. The acceptance itself, with all that it stops, is
the delivery room's (``delivery/plan_proposals.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from kulant.core.errors import Conflict, Refusal
from kulant.core.events import Event
from kulant.core.words import amount_words
from kulant.db import Act
from kulant.ledger.models import Customer
from kulant.people.models import Creditor
from kulant.plans import queries
from kulant.plans.choices import Ground, Wish, average_days, beyond_limits, wished
from kulant.plans.models import CounterProposal, Plan
from kulant.plans.offering import ground_of
from kulant.plans.rules import Offer
from kulant.plans.service import add_offer, new_plan, offer_anew

MOST_WORDS = 2000


@dataclass(frozen=True, slots=True)
class Considered:
    """What a customer's own plan would be: the payments with their price, and what of it goes beyond the limits."""

    offer: Offer
    beyond: tuple[str, ...]
    ground: Ground

    @property
    def at_once(self) -> bool:
        """Whether it can be agreed without asking anybody."""
        return not self.beyond

    @property
    def consequence(self) -> dict[str, Any]:
        """What it would mean for both sides, as plain data."""
        offer, today = self.offer, self.ground.today
        return {
            "schedule": [[due.isoformat(), amount] for due, amount in offer.schedule],
            "total_minor": offer.total_minor,
            "extra_minor": offer.extra_minor,
            "claim_minor": self.ground.claim_minor,
            "count": offer.instalments,
            "last_due": offer.last_due.isoformat(),
            "average_days": average_days(offer, today),
            "beyond": list(self.beyond),
        }


def consider(
    session: Session, *, creditor: Creditor, customer: Customer, currency: str, wish: Wish, today: date
) -> Considered:
    """Works out what the customer wishes, for the page on which they confirm it; nothing is written.

    Refused, in a sentence for people, where nobody could pay like that or nothing is owed.
    """
    running = queries.active_plan(session, customer.id, currency)
    beside = running.id if running else None
    claim_minor = queries.claim(session, customer.id, currency, today, beside=beside).total_minor
    if claim_minor <= 0:
        raise Refusal("nothing_owed", "nothing is overdue that a plan could cover")
    ground = ground_of(
        session, creditor=creditor, customer=customer, currency=currency, claim_minor=claim_minor, today=today
    )
    offer = wished(ground, wish)
    return Considered(offer, tuple(beyond_limits(ground, offer, free=wish.free)), ground)


def keep_proposal(
    act: Act, *, customer: Customer, currency: str, wish: Wish, considered: Considered, words: str,
    name: str, evidence: Mapping[str, Any] | None,
) -> CounterProposal:  # fmt: skip
    """Keeps what the customer proposed and what it would mean; one that waits already is withdrawn for it."""
    queries.lock_account(act.session, customer.id, currency)
    for older in queries.proposals_of(act.session, customer.id):
        if older.status == "waiting" and older.currency == currency:
            older.status, older.decided_on, older.decided_by = "withdrawn", act.today, act.actor
    kept = CounterProposal(
        creditor_id=customer.creditor_id,
        customer_id=customer.id,
        currency=currency,
        wanted=wish_json(wish) | {"name": name, "evidence": dict(evidence or {})},
        words=words[:MOST_WORDS] or None,
        status="waiting",
        consequence=considered.consequence,
        made_on=act.today,
    )
    act.session.add(kept)
    act.session.flush()
    offer = considered.offer
    amount = amount_words(offer.amounts[0], currency)
    act.tell(
        Event(
            "plan_proposed",
            f"{name} proposes {offer.instalments} payments, the first of {amount}."
            + (f" In their words: {kept.words}" if kept.words else ""),
            creditor_id=kept.creditor_id,
            customer_id=kept.customer_id,
            data={"proposal": kept.id, "consequence": kept.consequence},
            direction="in",
        )
    )
    return kept


def plan_of_proposal(act: Act, *, kept: CounterProposal, considered: Considered, approval: str | None = None) -> Plan:
    """A plan on offer that holds what the customer proposed, as its last way of paying.

    While another plan runs, the proposed one would take its place.
    """
    creditor = act.session.get_one(Creditor, kept.creditor_id)
    customer = act.session.get_one(Customer, kept.customer_id)
    active = queries.active_plan(act.session, customer.id, kept.currency)
    if active is not None:
        plan = offer_anew(act, plan=active)
        plan.approval = approval
    else:
        plan = new_plan(
            act, creditor=creditor, customer=customer, currency=kept.currency,
            claim_minor=considered.ground.claim_minor, offers=(), approval=approval,
        )  # fmt: skip
    add_offer(act, plan, considered.offer, made_by="customer")
    kept.plan_id = plan.id
    act.session.flush()
    return plan


def still_waits(kept: CounterProposal) -> None:
    """Refuses to answer what somebody has answered already."""
    if kept.status != "waiting":
        raise Conflict("proposal_answered", f"this proposal is {kept.status} already; look at the customer's page")


def consider_again(act: Act, kept: CounterProposal) -> Considered:
    """The proposal as it would be agreed today, for the same claim and at no higher price than the customer saw.

    Whoever proposed it agreed to that and to nothing else: where what is owed has changed since, or it would cost them
    more, it is refused. A price that the limits have asked for only since then is not taken.
    """
    shown, wish = kept.consequence, wish_from(kept.wanted)
    if wish.first_due is not None and wish.first_due <= act.today:
        wish = replace(wish, first_due=None, day_of_month=wish.day_of_month or wish.first_due.day)
    considered = _consider_kept(act, kept, wish)
    if considered.offer.extra_minor > shown["extra_minor"] == 0:
        considered = _consider_kept(act, kept, replace(wish, free=True))
    if considered.ground.claim_minor != shown["claim_minor"]:
        claims = (shown["claim_minor"], considered.ground.claim_minor)
        before, now = (amount_words(minor, kept.currency) for minor in claims)
        raise Conflict(
            "claim_changed",
            f"what is owed has changed since it was proposed: it was {before}, now it is {now}; "
            "decline it with words, or offer a plan for what is owed now",
        )
    if considered.offer.extra_minor > shown["extra_minor"]:
        raise Conflict(
            "price_changed",
            "it would cost the customer more than they were shown; decline it with what you can agree to instead",
        )
    return considered


def _consider_kept(act: Act, kept: CounterProposal, wish: Wish) -> Considered:
    return consider(
        act.session,
        creditor=act.session.get_one(Creditor, kept.creditor_id),
        customer=act.session.get_one(Customer, kept.customer_id),
        currency=kept.currency,
        wish=wish,
        today=act.today,
    )


def answered(act: Act, kept: CounterProposal, status: str, answer: str) -> CounterProposal:
    """Writes the answer down and tells of it."""
    kept.status, kept.decided_on, kept.decided_by = status, act.today, act.actor
    kept.answer = answer.strip()[:MOST_WORDS] or None
    words = {"accepted": "was accepted", "declined": "was declined", "withdrawn": "was taken back"}[status]
    act.tell(
        Event(
            f"plan_proposal_{status}",
            f"The customer's own plan {words}" + (f": {kept.answer}" if kept.answer else "."),
            creditor_id=kept.creditor_id,
            customer_id=kept.customer_id,
            data={"proposal": kept.id, "plan": kept.plan_id},
        )
    )
    act.session.flush()
    return kept


def wish_json(wish: Wish) -> dict[str, Any]:
    """A wish as plain data."""
    given = {key: value for key, value in _fields(wish).items() if value not in (None, (), False)}
    if wish.first_due is not None:
        given["first_due"] = wish.first_due.isoformat()
    return given | ({"quiet_months": list(wish.quiet_months)} if wish.quiet_months else {})


def wish_from(stored: Mapping[str, Any]) -> Wish:
    """A wish from plain data."""
    given = {key: stored[key] for key in _fields(Wish()) if key in stored}
    if "first_due" in given:
        given["first_due"] = date.fromisoformat(given["first_due"])
    if "quiet_months" in given:
        given["quiet_months"] = tuple(given["quiet_months"])
    return Wish(**given)


def _fields(wish: Wish) -> dict[str, Any]:
    return {name: getattr(wish, name) for name in Wish.__dataclass_fields__}
