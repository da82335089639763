"""The verbs of the stories: each is the real use case, done on that day by whoever does it in the house."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from kulant.db import Act
from kulant.delivery.acceptance import accept_plan
from kulant.delivery.outbox import approve
from kulant.delivery.plan_proposals import propose_own
from kulant.demo.customers import Profile
from kulant.demo.invoices import Bill, Receipt
from kulant.demo.play import Play, Stage
from kulant.demo.stage_care import VERBS as CARE
from kulant.demo.stories import Scene
from kulant.ledger import queries as ledger
from kulant.ledger.models import OpenItem
from kulant.ledger.service import open_dispute
from kulant.people.models import Creditor
from kulant.plans import queries as plans
from kulant.plans.choices import Wish
from kulant.plans.links import make_link
from kulant.plans.service import break_plan, cancel_plan, make_offers
from kulant.relationship import from_customer
from kulant.relationship import service as relationship
from kulant.relationship.concerns import answer_concern
from kulant.relationship.queries import open_concerns, open_tasks
from kulant.relationship.tasks import finish_task
from kulant.treatment import clerk

# What waits in the outbox stays there while somebody looks around, although a worker is running.
OUTBOX_UNDO_SECONDS = 6 * 60 * 60
FIRST_CREDIT_NOTE = 310_001


def play(act: Act, stage: Stage, creditor: Creditor, profile: Profile, scene: Scene) -> None:
    """Plays one scene."""
    customer = ledger.customer_by_number(act.session, creditor.id, profile.number)
    VERBS[scene.verb](Play(act, stage, creditor, customer, profile, scene))


def is_customers(scene: Scene) -> bool:
    """Whether the customer does it, and not the clerk."""
    return scene.verb in ("accept", "says_paid", "hardship", "own_plan", "portal_dispute")


def _approve(one: Play) -> None:
    approve(one.act, creditor=one.creditor, proposal=one.proposal, undo_seconds=None)


def _queue(one: Play) -> None:
    approve(one.act, creditor=one.creditor, proposal=one.proposal, undo_seconds=OUTBOX_UNDO_SECONDS)


def _dismiss(one: Play) -> None:
    clerk.dismiss(one.act, proposal=one.proposal, reason=one.scene.text)


def _note(one: Play) -> None:
    relationship.add_note(one.act, customer=one.customer, kind=one.scene.verb, text=one.scene.text)


def _answer(one: Play) -> None:
    [concern, *_] = open_concerns(one.act.session, [one.customer.id])
    answer_concern(one.act, concern=concern, answer=one.scene.text)


def _promise(one: Play) -> None:
    relationship.make_promise(
        one.act,
        customer=one.customer,
        currency=one.profile.currency,
        amount_minor=one.amount_minor,
        due=one.act.today + timedelta(days=one.scene.days),
    )


def _hold(one: Play) -> None:
    until = one.act.today + timedelta(days=one.scene.days)
    relationship.place_hold(one.act, customer=one.customer, until=until, reason=one.scene.text)


def _dispute(one: Play) -> None:
    item = ledger.document_by_number(one.act.session, one.creditor.id, one.bill.number)
    open_dispute(one.act, item=item, reason=one.scene.text)


def _portal_dispute(one: Play) -> None:
    item = ledger.document_by_number(one.act.session, one.creditor.id, one.bill.number)
    complaint = from_customer.Complaint([(item, one.amount_minor)], one.scene.text)
    from_customer.complain(one.act, creditor=one.creditor, customer=one.customer, complaint=complaint)


def _says_paid(one: Play) -> None:
    paid_on = one.act.today - timedelta(days=one.scene.days)
    from_customer.say_paid(
        one.act, creditor=one.creditor, customer=one.customer, paid_on=paid_on, details=one.scene.text
    )


def _hardship(one: Play) -> None:
    from_customer.ask_for_help(
        one.act, creditor=one.creditor, customer=one.customer, phone=one.profile.phone, words=one.scene.text
    )


def _own_plan(one: Play) -> None:
    propose_own(
        one.act,
        creditor=one.creditor,
        customer=one.customer,
        currency=one.profile.currency,
        wish=Wish(monthly_minor=one.amount_minor, day_of_month=1),
        name=one.customer.name,
        words=one.scene.text,
        evidence={"way": "portal"},
    )


def _offer(one: Play) -> None:
    plan = make_offers(one.act, creditor=one.creditor, customer=one.customer, currency=one.profile.currency)
    make_link(one.act, secret=one.stage.settings.secret_key(), customer=one.customer, plan=plan)


def _accept(one: Play) -> None:
    """Accepts the newest offer; so many of its payments will be made on time. ``days`` names the day of the month."""
    scene, session = one.scene, one.act.session
    [plan, *_] = plans.offered_plans(session, one.customer.id, one.profile.currency)
    day = (one.stage.today - timedelta(days=scene.days)).day if scene.days else None
    accept_plan(one.act, plan=plan, offer=scene.nth, name=scene.text, evidence={"way": "portal"}, day_of_month=day)
    for part in plans.instalments_of(session, plan.id)[: scene.kept]:
        paid_on = part.due - timedelta(days=1)
        one.stage.pay(Receipt(paid_on, part.amount_minor, plan.currency, reference=plan.reference))


def _cancel_plan(one: Play) -> None:
    plan = plans.active_plan(one.act.session, one.customer.id, one.profile.currency)
    if plan is not None:
        cancel_plan(one.act, plan=plan, reason=one.scene.text)


def _give_up(one: Play) -> None:
    plan = plans.active_plan(one.act.session, one.customer.id, one.profile.currency)
    if plan is not None:
        break_plan(one.act, plan=plan, reason=one.scene.text)


def _pay(one: Play) -> None:
    one.stage.pay(Receipt(one.act.today, one.amount_minor, one.profile.currency, reference=one.bill.reference))


def _tick(one: Play) -> None:
    """The clerk ticks off what there was to do for the customer."""
    for task in open_tasks(one.act.session, one.creditor.id, customer_id=one.customer.id):
        finish_task(one.act, creditor=one.creditor, task_id=task.id)


def _charge_back(one: Play) -> None:
    """The bank takes back what paid the invoice."""
    [entry, *_] = ledger.allocations_of(
        one.act.session, ledger.document_by_number(one.act.session, one.creditor.id, one.bill.number).id
    )
    payment = one.act.session.get_one(OpenItem, entry.against_item_id)
    one.stage.pay(Receipt(one.act.today, payment.amount_minor, payment.currency, reverses=payment.number))


def _loose(one: Play) -> None:
    one.stage.pay(Receipt(one.act.today, one.amount_minor, one.profile.currency, reference=one.scene.text))


def _credit(one: Play) -> None:
    number = str(FIRST_CREDIT_NOTE + len(one.stage.credit_notes))
    today, minor = one.act.today, one.amount_minor
    one.stage.credit_notes.append(Bill(one.profile, today, today, -minor, -minor // 4, number=number))


VERBS: dict[str, Callable[[Play], None]] = {
    **dict.fromkeys(relationship.NOTE_KINDS, _note),
    **CARE,
    "approve": _approve,
    "queue": _queue,
    "dismiss": _dismiss,
    "answer": _answer,
    "promise": _promise,
    "hold": _hold,
    "dispute": _dispute,
    "portal_dispute": _portal_dispute,
    "says_paid": _says_paid,
    "hardship": _hardship,
    "own_plan": _own_plan,
    "offer": _offer,
    "accept": _accept,
    "cancel_plan": _cancel_plan,
    "give_up": _give_up,
    "pay": _pay,
    "tick": _tick,
    "chargeback": _charge_back,
    "loose": _loose,
    "credit": _credit,
}
