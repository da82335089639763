"""Payment plans that wait for a person: offers beyond the limits, customers' own proposals, plans that are late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import Response
from sqlalchemy.orm import Session

from kulant.core.errors import Refusal
from kulant.core.words import amount_words
from kulant.delivery.plan_proposals import decide_proposal
from kulant.desk.flash import Flash, redirect
from kulant.desk.plan_words import ShownWay, offer_words, shown_way
from kulant.desk.shell import ShellDep
from kulant.ledger.models import Customer
from kulant.ledger.queries import customers_by_id
from kulant.people.models import Creditor
from kulant.plans import queries
from kulant.plans.models import CounterProposal, Plan
from kulant.plans.offering import offers_for
from kulant.plans.rules import Offer, Payment
from kulant.plans.service import to_offer
from kulant.treatment.offer_values import plan_prior, value_of, values_of
from kulant.web.deps import ActDep, Reader, RowId, SettingsDep, Writer

router = APIRouter(prefix="/plans")


@dataclass(frozen=True, slots=True)
class Priced:
    """A way of paying that somebody answers for, and what it means beside the best of the usual ways."""

    way: ShownWay
    schedule: tuple[Payment, ...]
    usual: str  # the best usual way, in words
    more_minor: int  # what is expected more than of that one; below zero: less
    later_days: int  # by so many days the money comes later on average; below zero: sooner


@dataclass(frozen=True, slots=True)
class Asked:
    """An offer that waits for a second person."""

    plan: Plan
    customer: Customer
    priced: Priced
    own: bool  # whoever looks made it


@dataclass(frozen=True, slots=True)
class Proposed:
    """What a customer proposes, and what it would mean."""

    kept: CounterProposal
    customer: Customer
    priced: Priced
    beyond: list[str]


@router.get("")
def show(shell: ShellDep, session: Reader) -> Response:
    """What waits for whom, oldest first."""
    creditor = shell.viewer.creditor
    return shell.page(
        "desk/plans.html",
        here="tasks",
        asked=_asked(session, creditor, shell.viewer.name, shell.today),
        proposed=_proposed(session, creditor, shell.today),
        late=queries.late_plans(session, creditor.id),
        may_approve=shell.viewer.may_manage,
    )


def _asked(session: Session, creditor: Creditor, viewer: str, today: date) -> list[Asked]:
    plans = queries.waiting_for_approval(session, creditor.id)
    customers = customers_by_id(session, {plan.customer_id for plan in plans})
    shown = []
    for plan in plans:
        customer = customers[plan.customer_id]
        row = queries.offers_of(session, plan.id)[-1]
        priced = _priced(session, creditor, customer, to_offer(row), plan.claim_minor, plan.currency, today)
        shown.append(Asked(plan, customer, priced, plan.offered_by == viewer))
    return shown


def _proposed(session: Session, creditor: Creditor, today: date) -> list[Proposed]:
    waiting = queries.waiting_proposals(session, creditor.id)
    customers = customers_by_id(session, {kept.customer_id for kept in waiting})
    shown = []
    for kept in waiting:
        said, customer = kept.consequence, customers[kept.customer_id]
        schedule = tuple((date.fromisoformat(due), int(minor)) for due, minor in said["schedule"])
        offer = Offer(len(schedule), schedule, said["total_minor"], said["extra_minor"])
        priced = _priced(session, creditor, customer, offer, said["claim_minor"], kept.currency, today)
        shown.append(Proposed(kept, customer, priced, said["beyond"]))
    return shown


def _priced(
    session: Session, creditor: Creditor, customer: Customer, offer: Offer, claim_minor: int, currency: str, today: date
) -> Priced:
    prior = plan_prior(session, creditor=creditor, customer=customer, currency=currency, today=today)
    value = value_of(offer, claim_minor, prior, today)
    usual = offers_for(
        session, creditor=creditor, customer=customer, currency=currency, claim_minor=claim_minor, today=today
    )
    best = max(values_of(usual, claim_minor, prior, today), key=lambda one: one.expected_minor)
    return Priced(
        way=shown_way(value, currency),
        schedule=offer.schedule,
        usual=offer_words(best.offer, currency),
        more_minor=value.expected_minor - best.expected_minor,
        later_days=value.days - best.days,
    )


@router.post("/proposals/{proposal_id}/{answer}")
def answer(
    act: ActDep, viewer: Writer, settings: SettingsDep, proposal_id: RowId, answer: str,
    words: Annotated[str, Form(max_length=2000)] = "",
) -> Response:  # fmt: skip
    """Accepts what a customer proposed, dated today, or declines it with words for them."""
    if answer not in ("accept", "decline"):
        raise Refusal("no_answer", "Accept the proposal or decline it.", status=404)
    kept = queries.proposal_by_id(act.session, viewer.creditor.id, proposal_id)
    decide_proposal(act, kept=kept, accept=answer == "accept", answer=words, manager=viewer.may_manage)
    if answer == "decline":
        return redirect(
            settings, "/plans", Flash("The proposal is declined.", "The customer sees your words on their page.")
        )
    amount = amount_words(int(kept.consequence["claim_minor"]), kept.currency)
    return redirect(settings, f"/plans/{kept.plan_id}", Flash("The plan is agreed as proposed.", amount))
