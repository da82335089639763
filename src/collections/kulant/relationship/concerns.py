"""Complaints and requests: each has an owner, a day by which we answer, an answer and, of a complaint, how it ended."""

from __future__ import annotations

from datetime import date

from kulant.core.calendar import add_business_days
from kulant.core.errors import Conflict, Refusal
from kulant.core.events import Event
from kulant.core.words import day_words
from kulant.db import Act
from kulant.ledger.models import Customer, Dispute
from kulant.ledger.service import resolve_dispute
from kulant.people.models import Creditor
from kulant.relationship.commitments import named
from kulant.relationship.models import Concern
from kulant.relationship.rulebook import RuleBook, rules_of
from kulant.relationship.said import said
from kulant.relationship.strikes import NewStrike, add_strikes
from kulant.relationship.tasks import KeyedTask, add_keyed_task, tick_off, working_day_before

TASK = "answer_due"
KEY = "concern:{}"  # of its task, and with what went wrong of a strike

KINDS = ("complaint", "request")
OUTCOMES = {"put_right": "Put right", "explained": "Explained", "rejected": "Rejected"}


def answer_day(kind: str, opened_on: date, rules: RuleBook, country: str) -> date:
    """The last day on which an answer is in time, counted in the creditor's working days."""
    days = rules.complaint_answer_days if kind == "complaint" else rules.request_answer_days
    return add_business_days(opened_on, days, country)


def open_concern(
    act: Act, *, customer: Customer, kind: str, text: str, owner: str = "", answer_by: date | None = None
) -> Concern:
    """Opens a complaint or a request that waits for our answer; without an owner it is the account manager's."""
    if kind not in KINDS:
        raise Refusal("bad_kind", f"what waits for an answer is one of {', '.join(KINDS)}, not {kind!r}")
    if answer_by is not None and answer_by < act.today:
        raise Refusal(
            "answer_in_the_past",
            f"an answer by {day_words(answer_by)} would be late already; give a day from {day_words(act.today)} on",
        )
    country = act.session.get_one(Creditor, customer.creditor_id).country
    rules = rules_of(act.session, customer.creditor_id)
    concern = Concern(
        creditor_id=customer.creditor_id,
        customer_id=customer.id,
        kind=kind,
        text=said(text, f"a {kind}"),
        opened_on=act.today,
        answer_by=answer_by or answer_day(kind, act.today, rules, country),
        owner=named(owner) or customer.account_manager,
    )
    act.session.add(concern)
    act.session.flush()
    add_keyed_task(act, creditor_id=customer.creditor_id, kind=TASK, task=concern_task(concern, country))
    return concern


def concern_task(concern: Concern, country: str) -> KeyedTask:
    """What its owner has to do by the day before the last."""
    by = f" by {day_words(concern.answer_by)}" if concern.answer_by else ""
    owner = f" ({concern.owner})" if concern.owner else ""
    before = working_day_before(concern.answer_by, country) if concern.answer_by else concern.opened_on
    return KeyedTask(
        key=KEY.format(concern.id),
        text=f"Answer the {concern.kind} of {day_words(concern.opened_on)}{by}{owner}: {concern.text}",
        due=max(before, concern.opened_on),
        customer_id=concern.customer_id,
    )


def answer_concern(
    act: Act, *, concern: Concern, answer: str, outcome: str | None = None, our_error: bool = False
) -> None:
    """Closes a complaint or request with the answer that was given; a complaint may say how it ended.

    ``our_error``: we were at fault, which counts as a strike against us.
    """
    if concern.answered_on is not None:
        raise Refusal("answered_already", "this was answered already")
    if outcome is not None and concern.kind != "complaint":
        raise Refusal("no_outcome", "only a complaint ends put right, explained or rejected")
    if outcome is not None and outcome not in OUTCOMES:
        raise Refusal("bad_outcome", f"a complaint ends as one of {', '.join(OUTCOMES)}, not {outcome!r}")
    concern.answer = said(answer, "an answer")
    concern.answered_on, concern.outcome = act.today, outcome
    tick_off(act, creditor_id=concern.creditor_id, key=KEY.format(concern.id))
    ended = f" ({OUTCOMES[outcome].lower()})" if outcome else ""
    act.tell(
        Event(
            f"{concern.kind}_answered",
            f"{concern.kind.capitalize()} answered{ended}: {concern.answer}",
            creditor_id=concern.creditor_id,
            customer_id=concern.customer_id,
            direction="out",
            data={"concern": concern.id, "outcome": outcome},
        )
    )
    if our_error:
        _count(act, concern.creditor_id, concern.customer_id, f"{KEY.format(concern.id)}:error", concern.text)


def settle_dispute(act: Act, *, dispute: Dispute, outcome: str, our_error: bool = False) -> None:
    """Ends the dispute of an invoice; where the error was ours, it counts as a strike against us."""
    resolve_dispute(act, dispute=dispute, outcome=said(outcome, "how it ended"))
    tick_off(act, creditor_id=dispute.creditor_id, key=f"dispute:{dispute.id}")
    if our_error:
        _count(act, dispute.creditor_id, dispute.customer_id, f"dispute:{dispute.id}", dispute.reason, dispute.item_id)


def _count(act: Act, creditor_id: int, customer_id: int, key: str, text: str, item_id: int | None = None) -> None:
    strike = NewStrike(customer_id=customer_id, code="invoice_error", on=act.today, text=text, key=key, item_id=item_id)
    add_strikes(act, creditor_id=creditor_id, strikes=[strike])


def give_concern(act: Act, *, concern: Concern, owner: str) -> None:
    """Gives a complaint or request to somebody else."""
    name = named(owner)
    if not name:
        raise Refusal("no_owner", "name the person who answers")
    if concern.answered_on is not None:
        raise Conflict("answered_already", "this was answered already; nobody needs to take care of it")
    if name == concern.owner:
        return
    concern.owner = name
    act.tell(
        Event(
            "concern_given",
            f"{concern.kind.capitalize()} given to {name}: {concern.text}",
            creditor_id=concern.creditor_id,
            customer_id=concern.customer_id,
            data={"concern": concern.id, "owner": name},
        )
    )
