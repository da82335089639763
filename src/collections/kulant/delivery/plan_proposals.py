"""A customer's own plan, from proposal to answer: agreed at once inside the limits, else the clerk's to decide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kulant.core.calendar import add_business_days
from kulant.core.errors import Conflict, Refusal
from kulant.core.words import amount_words
from kulant.db import Act
from kulant.delivery.acceptance import accept_plan
from kulant.delivery.portal_mail import confirm
from kulant.i18n import language_of
from kulant.ledger.models import Customer
from kulant.letters.plan_answer import WHAT
from kulant.people.models import Creditor
from kulant.plans import counter_proposals as proposals
from kulant.plans import queries
from kulant.plans.choices import Wish
from kulant.plans.counter_proposals import Considered
from kulant.plans.models import CounterProposal, Plan
from kulant.plans.states import RUNNING
from kulant.relationship.from_customer import wait_for_us
from kulant.relationship.late_reasons import CUSTOMER, set_reason
from kulant.relationship.tasks import KeyedTask, add_keyed_task, tick_off

TASK = "own_plan"


def propose_own(
    act: Act,
    *,
    creditor: Creditor,
    customer: Customer,
    currency: str,
    wish: Wish,
    name: str,
    words: str = "",
    shown: Mapping[str, Any] | None = None,
    evidence: Mapping[str, Any] | None = None,
) -> CounterProposal:
    """The customer proposes how to pay and agrees to it in the same breath.

    Inside the limits the plan is accepted at once (``status`` accepted, ``plan_id`` set) with all that follows; beyond
    them it waits for a clerk, who has a task to answer within one working day, and nothing goes out until then.
    ``shown``: the ``consequence`` that was on the page; when it would come out otherwise by now, nothing is agreed.
    The same proposal sent twice is one; another takes the place of one that waits.
    """
    queries.lock_account(act.session, customer.id, currency)
    considered = proposals.consider(
        act.session, creditor=creditor, customer=customer, currency=currency, wish=wish, today=act.today
    )
    if shown is not None and considered.consequence != dict(shown):
        raise Conflict("claim_changed", "something has changed since it was shown; look at it once more")
    for older in queries.proposals_of(act.session, customer.id):
        if _is_the_same(act, older, considered):
            return older
        tick_off(act, creditor_id=creditor.id, key=_task_key(older))
    kept = proposals.keep_proposal(
        act, customer=customer, currency=currency, wish=wish, considered=considered, words=words, name=name,
        evidence=evidence,
    )  # fmt: skip
    if considered.at_once:
        return _accept(act, kept, considered, answer="")
    set_reason(act, customer=customer, code="cash_gap", text=words, said_by=CUSTOMER)
    wait_for_us(act, creditor=creditor, customer=customer)
    add_keyed_task(
        act,
        creditor_id=creditor.id,
        kind=TASK,
        task=KeyedTask(
            key=_task_key(kept),
            text=_task_words(customer, considered),
            due=add_business_days(act.today, 1, creditor.country),
            customer_id=customer.id,
        ),
    )
    return kept


def _is_the_same(act: Act, older: CounterProposal, considered: Considered) -> bool:
    """Whether the customer has proposed just that today, and it waits or is what they pay by."""
    if older.made_on != act.today or older.consequence != considered.consequence:
        return False
    plan = act.session.get(Plan, older.plan_id) if older.status == "accepted" and older.plan_id else None
    return older.status == "waiting" or (plan is not None and plan.status in RUNNING)


def decide_proposal(act: Act, *, kept: CounterProposal, accept: bool, answer: str, manager: bool) -> CounterProposal:
    """A clerk answers: refused with words for the customer, or accepted as proposed, dated today, for the same claim
    and at no higher price than they were shown.

    What goes beyond the limits only a manager accepts.
    """
    queries.lock_account(act.session, kept.customer_id, kept.currency)
    act.session.refresh(kept, with_for_update=True)
    proposals.still_waits(kept)
    tick_off(act, creditor_id=kept.creditor_id, key=_task_key(kept))
    if not accept:
        if not answer.strip():
            raise Refusal("no_answer", "say to the customer why, and what you can agree to instead")
        proposals.answered(act, kept, "declined", answer)
        _mail_answer(act, kept)
        return kept
    considered = proposals.consider_again(act, kept)
    if considered.beyond and not manager:
        raise Refusal(
            "needs_manager", f"this goes beyond the limits ({'; '.join(considered.beyond)}); a manager accepts it",
            status=403,
        )  # fmt: skip
    return _accept(act, kept, considered, answer)


def _mail_answer(act: Act, kept: CounterProposal) -> None:
    """The customer is told in the clerk's words; an acceptance is confirmed with the agreement itself."""
    customer = act.session.get_one(Customer, kept.customer_id)
    creditor = act.session.get_one(Creditor, kept.creditor_id)
    confirm(
        act,
        customer=customer,
        key=f"proposal:{kept.id}:answer",
        received={"what": WHAT, "reference": f"P{kept.id}", "words": kept.answer or ""},
        language=language_of(customer.language, customer.country, creditor.language),
    )


def _accept(act: Act, kept: CounterProposal, considered: Considered, answer: str) -> CounterProposal:
    plan = proposals.plan_of_proposal(act, kept=kept, considered=considered)
    number = queries.offers_of(act.session, plan.id)[-1].number
    evidence = {**kept.wanted.get("evidence", {}), "proposal": kept.id}
    accept_plan(act, plan=plan, offer=number, name=kept.wanted["name"], evidence=evidence)
    return proposals.answered(act, kept, "accepted", answer)


def _task_key(kept: CounterProposal) -> str:
    return f"own_plan:{kept.id}"


def _task_words(customer: Customer, considered: Considered) -> str:
    offer, currency = considered.offer, considered.ground.currency
    first, claim = (amount_words(minor, currency) for minor in (offer.amounts[0], considered.ground.claim_minor))
    beyond = "; ".join(considered.beyond)
    proposed = f"{customer.name} proposes to pay {claim} in {offer.instalments} payments of {first}."
    return f"{proposed} Beyond the limits: {beyond}."
