"""Offering a customer a plan: the ways of paying with what each is worth to both sides, and one of the clerk's own."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Query
from fastapi.responses import Response
from sqlalchemy.orm import Session

from kulant.core.errors import Refusal
from kulant.core.words import amount_words
from kulant.desk.account import read_date
from kulant.desk.flash import Flash, redirect
from kulant.desk.plan_words import SHAPES, ShownWay, shown_way
from kulant.desk.shell import ShellDep
from kulant.ledger import queries as ledger
from kulant.ledger.models import Customer
from kulant.people.models import Creditor
from kulant.people.service import check_currency
from kulant.plans import queries
from kulant.plans.choices import Wish
from kulant.plans.counter_proposals import consider
from kulant.plans.limits import PlanRules, plan_rules
from kulant.plans.links import make_link, portal_url
from kulant.plans.offering import allowed_cost, ground_of, offers_for
from kulant.plans.own_offers import offer_own
from kulant.plans.service import to_offer
from kulant.treatment.offer_values import plan_prior, value_of, values_of
from kulant.web.amounts import read_amount
from kulant.web.deps import ActDep, Reader, SettingsDep, Writer

router = APIRouter(prefix="/customers/{number:path}/plan")

Text = Annotated[str, Query(max_length=40)]
Field = Annotated[str, Form(max_length=40)]
QUARTERS = {"": "", "winter": "12,1,2", "spring": "3,4,5", "summer": "6,7,8", "autumn": "9,10,11"}


@dataclass(frozen=True, slots=True)
class Ways:
    """What may be offered for a claim: the usual ways, or those on offer, with their values."""

    claim_minor: int
    currency: str
    shown: list[ShownWay]
    plan_id: int | None = None
    nothing: str = ""  # why nothing can be offered
    costs: str = ""  # what plans cost by the limits, or why they cost nothing


@dataclass(frozen=True, slots=True)
class Tried:
    """A wish of the clerk's, worked out."""

    way: ShownWay | None = None
    dates: list[tuple[date, int]] = field(default_factory=list)
    beyond: list[str] = field(default_factory=list)
    refused: str = ""


def shown_ways(session: Session, creditor: Creditor, customer: Customer, currency: str, today: date) -> Ways:
    """The ways of paying as the clerk compares them."""
    running = queries.active_plan(session, customer.id, currency)
    beside = running.id if running else None
    claim = queries.claim(session, customer.id, currency, today, beside=beside).total_minor
    if claim <= 0:
        return Ways(0, currency, [], nothing="Nothing is overdue and undisputed, so there is nothing to divide.")
    standing = queries.current_offer(session, customer.id, currency, claim, today)
    prior = plan_prior(session, creditor=creditor, customer=customer, currency=currency, today=today)
    if standing is not None:
        rows = queries.offers_of(session, standing.id)
        ways = [
            shown_way(value_of(to_offer(row), claim, prior, today), currency, made_by=row.made_by, number=row.number)
            for row in rows
        ]
        return Ways(claim, currency, ways, standing.id, costs=_costs(session, creditor, customer, currency, today))
    usual = offers_for(session, creditor=creditor, customer=customer, currency=currency, claim_minor=claim, today=today)
    values = values_of(usual, claim, prior, today)
    costs = _costs(session, creditor, customer, currency, today)
    return Ways(claim, currency, [shown_way(value, currency) for value in values], costs=costs)


def _costs(session: Session, creditor: Creditor, customer: Customer, currency: str, today: date) -> str:
    limits = plan_rules(session, creditor.id)
    ground = ground_of(session, creditor=creditor, customer=customer, currency=currency, claim_minor=1, today=today)
    allowed = allowed_cost(session, creditor, customer, limits, ground.grade, currency, today)
    if allowed.refused:
        return allowed.refused
    if not (allowed.cost.rate or allowed.cost.fee_minor):
        return "Paying in parts costs this customer nothing extra."
    fee = f", and a fee of {amount_words(allowed.cost.fee_minor, currency)}" if allowed.cost.fee_minor else ""
    return f"Paying in parts costs {allowed.cost.rate / 100:g} % interest a year{fee}."


@router.get("")
def show(
    shell: ShellDep, session: Reader, number: str, currency: Annotated[str, Query(max_length=3)] = "",
    count: Text = "", monthly: Text = "", first_due: Text = "", day: Text = "", first: Text = "",
    shape: Text = "equal", quiet: Text = "", free: Text = "",
) -> Response:  # fmt: skip
    """The ways of paying compared, and the form for another one, worked out before it is offered."""
    creditor = shell.viewer.creditor
    customer = ledger.customer_by_number(session, creditor.id, number)
    late_in = ledger.overdue_currencies(session, customer.id, shell.today) or [creditor.currency]
    chosen = check_currency(currency) if currency else late_in[0]
    asked = {
        "count": count, "monthly": monthly, "first_due": first_due, "day": day, "first": first, "shape": shape,
        "quiet": quiet, "free": free,
    }  # fmt: skip
    ways = shown_ways(session, creditor, customer, chosen, shell.today)
    tried = None
    if any((count, monthly, first_due, day, first)) and not ways.nothing:
        tried = _try(session, creditor, customer, chosen, asked, shell.today)
    return shell.page(
        "desk/plan_offers.html",
        here="overdue",
        customer=customer,
        path=quote(customer.number, safe=""),
        ways=ways,
        currencies=late_in,
        running=queries.active_plan(session, customer.id, chosen),
        asked=asked,
        tried=tried,
        limits=plan_rules(session, creditor.id),
        shapes=list(SHAPES.items()),
        quarters=[("", "–"), *((name, name.capitalize()) for name in QUARTERS if name)],
        least=_least(plan_rules(session, creditor.id), chosen),
    )


def _least(limits: PlanRules, currency: str) -> str:
    return amount_words(limits.smallest_minor(currency), currency)


def _try(
    session: Session, creditor: Creditor, customer: Customer, currency: str, asked: dict[str, str], today: date
) -> Tried:
    try:
        wish = read_wish(asked, currency)
        found = consider(session, creditor=creditor, customer=customer, currency=currency, wish=wish, today=today)
    except Refusal as refusal:
        return Tried(refused=refusal.sentence)
    prior = plan_prior(session, creditor=creditor, customer=customer, currency=currency, today=today)
    value = value_of(found.offer, found.ground.claim_minor, prior, today)
    return Tried(shown_way(value, currency), list(found.offer.schedule), list(found.beyond))


def read_wish(asked: dict[str, str], currency: str) -> Wish:
    """A wish from the fields of the form."""
    quiet = QUARTERS.get(asked["quiet"], "")
    return Wish(
        count=_whole(asked["count"], "a number of payments") if not asked["monthly"] else None,
        monthly_minor=_sum(asked["monthly"], currency),
        first_due=read_date(asked["first_due"], "the day of the first payment"),
        day_of_month=_whole(asked["day"], "a day of the month"),
        first_minor=_sum(asked["first"], currency),
        shape=asked["shape"] or "equal",
        quiet_months=tuple(int(month) for month in quiet.split(",")) if quiet else (),
        free=bool(asked["free"]),
    )


def _whole(text: str, what: str) -> int | None:
    text = text.strip()
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 3:
        raise Refusal("bad_number", f"“{text[:20]}” is not {what}. Write a whole number like 6.")
    return int(text)


def _sum(text: str, currency: str) -> int | None:
    if not text.strip():
        return None
    minor = read_amount(text, currency)
    if minor is None or minor <= 0:
        raise Refusal("bad_amount", f"“{text[:20]}” is not an amount in {currency}. Write it as 1250.00.")
    return minor


@router.post("/own")
def own(
    act: ActDep, viewer: Writer, settings: SettingsDep, number: str,
    currency: Annotated[str, Form(max_length=3)],
    count: Field = "", monthly: Field = "", first_due: Field = "", day: Field = "", first: Field = "",
    shape: Field = "equal", quiet: Field = "", free: Field = "",
    why: Annotated[str, Form(max_length=2000)] = "",
) -> Response:  # fmt: skip
    """Puts the clerk's own way of paying on offer, or asks a second person about it."""
    customer = ledger.customer_by_number(act.session, viewer.creditor.id, number)
    asked = {
        "count": count, "monthly": monthly, "first_due": first_due, "day": day, "first": first, "shape": shape,
        "quiet": quiet, "free": free,
    }  # fmt: skip
    wish = read_wish(asked, check_currency(currency))
    plan, found = offer_own(act, creditor=viewer.creditor, customer=customer, currency=currency, wish=wish, why=why)
    if found.beyond:
        return redirect(settings, f"/plans/{plan.id}", Flash("A second person is asked.", "; ".join(found.beyond)))
    _, token = make_link(act, secret=settings.secret_key(), customer=customer, plan=plan)
    return redirect(settings, f"/plans/{plan.id}", Flash("The offer is ready.", portal_url(settings.base_url, token)))
