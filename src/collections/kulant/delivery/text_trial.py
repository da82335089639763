"""A text that is being tried, as a real customer would get it: from what really happened, else from an honest example.

A letter is written from the proposal that waits for the customer; a note from the newest one the customer got or is to
get; a receipt from money that really came. Where nothing of the kind has happened, the customer's own invoices are
taken and the rest is made up, and it says so. Nothing is kept or sent, and a link in it opens nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from kulant.core.calendar import add_business_days, add_months
from kulant.core.errors import Refusal
from kulant.core.words import day_words
from kulant.db import Act
from kulant.delivery.models import Delivery
from kulant.delivery.text_occasions import newest_note, newest_payment, waiting_proposal
from kulant.delivery.writing_notes import Note, words_of
from kulant.ledger.models import Customer
from kulant.ledger.queries import primary_contacts
from kulant.ledger.statement import currencies, period
from kulant.letters import apology, receipt
from kulant.letters.own_texts import OwnText
from kulant.letters.plan_answer import WHAT
from kulant.letters.proposal_letter import Trying, proposal_letter
from kulant.letters.sheet import Parties
from kulant.letters.text_example import EXAMPLE_LINK, example_letter, owed
from kulant.letters.text_kind import TextKind
from kulant.letters.thanks import KeptPlan, thank_you
from kulant.letters.wording import has_words
from kulant.people.models import Creditor
from kulant.plans.links import VALID_DAYS
from kulant.plans.models import PortalLink
from kulant.plans.rules import make_offers

_OPENS_NOTHING = "a link made with this opens nothing"
_FEE_MINOR = 3_500
_PARTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """With whom a text is tried, in which language. ``own``: none for the shipped one; ``act`` lends its session."""

    act: Act
    creditor: Creditor
    customer: Customer
    kind: TextKind
    language: str
    own: OwnText | None


@dataclass(frozen=True, slots=True)
class Tried:
    """A document as it would be written, and what it is written from, in a sentence."""

    content: dict[str, Any]
    told: str


def try_text(trial: Trial) -> Tried:
    """The document the customer would get; refuses for a customer about whom there is nothing to write."""
    if has_words(trial.kind.key):
        return _letter(trial)
    context, told = _happened(trial) or _made_up(trial)
    if trial.kind.key == "thank_you" and "plan" not in context:
        return Tried(thank_you(_parties(trial), KeptPlan(**context), own=trial.own), told)
    delivery = Delivery(kind=trial.kind.document, creditor_id=trial.creditor.id, context=context)
    note = _TriedNote(
        act=trial.act, delivery=delivery, to=_parties(trial), base_url="", secret=_OPENS_NOTHING, tried=trial.own
    )
    return Tried(words_of(note), told)


@dataclass(frozen=True, kw_only=True)
class _TriedNote(Note):
    """A note written by the text that is being tried, with a link that is not made."""

    tried: OwnText | None

    def own(self, text: str) -> OwnText | None:
        return self.tried

    def may_move(self) -> bool:
        try:
            return "plan" not in self.context or super().may_move()
        except Refusal:
            return False  # the plan has come to its end since

    def link(self, days: int = VALID_DAYS) -> tuple[PortalLink, str]:
        return PortalLink(expires_on=self.to.on + timedelta(days=days)), EXAMPLE_LINK


def _parties(trial: Trial) -> Parties:
    contact = primary_contacts(trial.act.session, [trial.customer.id]).get(trial.customer.id)
    return Parties(
        creditor=trial.creditor,
        customer=trial.customer,
        contact=contact,
        on=trial.act.today,
        language=trial.language,
    )


def _letter(trial: Trial) -> Tried:
    session, customer, today = trial.act.session, trial.customer, trial.act.today
    proposal = waiting_proposal(session, customer, trial.kind.key)
    if proposal is not None:
        content = proposal_letter(
            session,
            creditor=trial.creditor,
            proposal=proposal,
            on=today,
            base_url=EXAMPLE_LINK.partition("/p/")[0],
            secret=_OPENS_NOTHING,
            trying=Trying(trial.own, trial.language),
        )
        return Tried(content, f"The letter that waits for {customer.name}, as it would leave today.")
    content = example_letter(
        session,
        creditor=trial.creditor,
        customer=customer,
        kind=trial.kind.key,
        language=trial.language,
        own=trial.own,
        on=today,
    )
    return Tried(content, f"No such letter waits for {customer.name}: an example about what they owe today.")


def _happened(trial: Trial) -> tuple[dict[str, Any], str] | None:
    """What a note of the kind is written from, where it has happened for this customer."""
    session, customer, today = trial.act.session, trial.customer, trial.act.today
    if trial.kind.key == "fresh_link":
        return {"days": VALID_DAYS}, f"As {customer.name} would get it today; the link shown opens nothing."
    if trial.kind.key == "statement":
        known = currencies(session, customer)
        if not known:
            raise Refusal("nothing_booked", f"nothing was ever booked for {customer.name}; choose another customer")
        first, last = period(today, None, None)
        context = {"currency": known[0], "first": first.isoformat(), "last": last.isoformat()}
        return context, f"The statement {customer.name} would get today."
    note = newest_note(session, customer, trial.kind.document, trial.kind.key)
    if note is not None:
        when = f"of {day_words(note.sent_on)}" if note.sent_on else "that is about to leave"
        return dict(note.context), f"As in the message to {customer.name} {when}."
    payment = newest_payment(session, customer) if trial.kind.key == receipt.text_of("payment") else None
    if payment is None:
        return None
    day = day_words(date.fromisoformat(payment["day"]))
    return payment, f"About the payment {payment['reference']} of {customer.name}, {day}."


def _made_up(trial: Trial) -> tuple[dict[str, Any], str]:
    """The customer's own invoices, with the rest of it made up."""
    items = owed(trial.act.session, trial.customer, trial.act.today)
    told = f"Nothing of the kind has happened for {trial.customer.name}: their own invoice, the rest is made up."
    document, today = trial.kind.document, trial.act.today
    first = items[0]
    if document == apology.KIND:
        return _mistake(trial, first.number, first.open_minor, first.currency), told
    if document == receipt.KIND:
        return _told(trial, first.number, first.open_minor, first.currency), told
    total = sum(item.open_minor for item in items)
    part = -(-total // _PARTS)
    if document == "thank_you":
        return {
            "total_minor": total, "currency": first.currency, "payments": _PARTS, "reference": first.number,
            "invoices": tuple(item.number for item in items), "dropped_minor": _FEE_MINOR,
        }, told  # fmt: skip
    late = trial.kind.key != document
    due = today - timedelta(days=2) if late else add_business_days(today, 3, trial.creditor.country)
    offers = make_offers(2 * part, first.currency, add_months(today, 1), trial.creditor.country)
    return {
        "number": 2, "count": _PARTS, "due": due.isoformat(), "amount_minor": part, "currency": first.currency,
        "left_after_minor": total - 2 * part, "reference": first.payment_reference or first.number,
        "can_move": not late, "pay_by": (today + timedelta(days=5)).isoformat(), "occasion": "nudge" if late else None,
        "offer": [[day.isoformat(), minor] for day, minor in offers[-1].schedule]
        if trial.kind.key == "instalment_smaller" else [],
    }, told  # fmt: skip


def _mistake(trial: Trial, number: str, minor: int, currency: str) -> dict[str, Any]:
    today = trial.act.today
    happened = {
        "letter_on": (today - timedelta(days=3)).isoformat(),
        "currency": currency,
        "taken_back": [{"kind": "fee", "amount_minor": _FEE_MINOR}],
    }
    if trial.kind.key == apology.text_of(apology.MISTAKE):
        return happened | {"what": apology.MISTAKE, "words": "…"}
    paid_on = (today - timedelta(days=5)).isoformat()
    return happened | {"what": apology.CROSSED, "invoices": [number], "paid_on": paid_on, "paid_minor": minor}


def _told(trial: Trial, number: str, minor: int, currency: str) -> dict[str, Any]:
    today, what = trial.act.today, trial.kind.key.removeprefix(f"{receipt.KIND}_")
    days = {"says_paid": -2, "payment": -1}.get(what, 14)
    return {
        "what": what,
        "reference": "R-20417",
        "currency": currency,
        "amount_minor": -(-minor // 6) if what == "proposal" else minor,
        "day": (today + timedelta(days=days)).isoformat(),
        "invoices": [number],
        "quiet_until": (today + timedelta(days=14)).isoformat(),
        "answer_by": add_business_days(today, 2, trial.creditor.country).isoformat(),
        "left_minor": minor if what == "plan_changed" else 0,
        **({"words": "…"} if what == WHAT else {}),
    }
