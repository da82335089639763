"""Whether what belongs to no proposal may leave now: thanks, apologies, courtesies, the same letter once more by post.

They ask for nothing late, so most of the send gate is not for them. But a thank-you to somebody who has just complained
or a friendly note about an invoice that was paid this morning, mail to an address that is not written to or at night,
is as wrong as a reminder. What has lost its point is dropped and says why; what only comes at the wrong hour waits.
"""

from __future__ import annotations

from datetime import date, datetime, time

from kulant.core.events import Event
from kulant.core.zones import zone_of
from kulant.db import Act
from kulant.delivery import loose_plans, queries
from kulant.delivery.check import Letter, gate_all, quiet_times_of
from kulant.delivery.closing import close, fail
from kulant.delivery.corrections import count_from_today
from kulant.delivery.gate_time import opening_after
from kulant.delivery.models import Delivery
from kulant.delivery.notes import ARCHIVE
from kulant.delivery.refused import refuse_address, usable_email, without_address
from kulant.ledger import queries as ledger
from kulant.ledger.models import Customer, OpenItem
from kulant.ledger.queries import primary_contacts
from kulant.people.models import Creditor
from kulant.plans.models_portal import OneTimeCode
from kulant.relationship import queries as relationship
from kulant.treatment import queries as treatment
from kulant.treatment.models import Proposal
from kulant.treatment.words import treatment_words

# What Kulant sends by itself. What customers ask for (a new link, a receipt) leaves at once, whatever the hour.
OCCASIONS = ("courtesy", "thank_you", "instalment_reminder", "apology")

# What of the gate still matters for a letter that has left once already and came back.
_STILL_WRONG = frozenset(
    {
        "paid", "amount_changed", "unmatched_money", "disputed", "plan", "promise", "hold", "no_dunning", "complaint",
    }
)  # fmt: skip


def ends_early(act: Act, delivery: Delivery, now: datetime) -> str | None:
    """What becomes of a delivery before it is written: ``sent``, ``failed``, ``dropped``, ``waits``; none: write it.

    Asked by the worker for every delivery it has taken, after the gate.
    """
    nowhere = without_address(act.session, delivery)
    if nowhere is not None:
        fail(act, delivery=delivery, why=nowhere)
        return "failed"
    if delivery.proposal_id is not None:
        return None
    if "again" in delivery.context:
        return _once_more(act, delivery, now)
    return _occasion(act, delivery, now)


def _once_more(act: Act, delivery: Delivery, now: datetime) -> str:
    """The same document by post: it is archived already, so it is only let out, unless it has become wrong."""
    first = act.session.get_one(Delivery, delivery.context["again"])
    if first.proposal_id is not None:
        proposal = act.session.get_one(Proposal, first.proposal_id)
        creditor = act.session.get_one(Creditor, delivery.creditor_id)
        letters = [Letter(proposal, "letter")]
        found = gate_all(act, creditor=creditor, letters=letters, now=now)[proposal.id]
        wrong = [block.text for block in found if block.code in _STILL_WRONG]
        if wrong:
            drop(act, delivery, f"It is not sent by post once more: {wrong[0]}")
            return "dropped"
        count_from_today(act, proposal.id)
    close(act, delivery=delivery)
    return "sent"


def _occasion(act: Act, delivery: Delivery, now: datetime) -> str | None:
    customer = act.session.get_one(Customer, delivery.customer_id)
    if delivery.channel == "email" and not _readdressed(act, delivery, customer):
        drop(act, delivery, "It would only make sense as e-mail, and none reaches this customer.")
        return "dropped"
    if delivery.kind == "one_time_code" and _code_is_over(act, delivery):
        drop(act, delivery, "Another code was asked for after it, or its time is over.")
        return "dropped"
    if delivery.kind not in OCCASIONS:
        return None
    pointless = why_not(act, delivery, customer)
    if pointless is not None:
        drop(act, delivery, pointless)
        return "dropped"
    later = _quiet_until(act, delivery, customer, now)
    if later is not None:
        delivery.status, delivery.lease_until, delivery.not_before = "approved", None, later
        return "waits"
    return None


def _code_is_over(act: Act, delivery: Delivery) -> bool:
    code = act.session.get(OneTimeCode, delivery.context["code"])
    return code is None or code.expires_at <= act.now


def _readdressed(act: Act, delivery: Delivery, customer: Customer) -> bool:
    """Goes to the address the customer has now; by post where none is written to. False: it has nowhere to go."""
    contact = primary_contacts(act.session, [customer.id]).get(customer.id)
    email = usable_email(act.session, customer, contact)
    if email is not None:
        delivery.recipient = email
        return True
    address = (contact.address or "").strip() if contact else ""
    if delivery.kind in KEPT_ANYWAY:
        delivery.channel, delivery.recipient = ARCHIVE, None
        return True
    if not address or delivery.kind in ONLY_BY_MAIL:
        return False
    delivery.channel, delivery.recipient = "letter", address
    return True


# Worth nothing on paper days later, or meant for somebody who has a screen; all else goes by post when mail comes back.
ONLY_BY_MAIL = frozenset(
    {"courtesy", "thank_you", "receipt", "instalment_reminder", "fresh_link", "one_time_code", "plan_accepted"}
)


# What a customer may fetch from their own page: it is drawn and archived even where no e-mail reaches them.
KEPT_ANYWAY = frozenset({"receipt", "plan_accepted"})


def why_not(act: Act, delivery: Delivery, customer: Customer) -> str | None:
    """Why what was right when it was queued is not right any more; none while it is."""
    session, one = act.session, [customer.id]
    if delivery.kind == "apology":
        return None  # we were wrong: that is said whatever else is going on
    if any(hold.item_id is None for hold in relationship.holds_in_force(session, one, act.today)):
        return "The customer is on hold, so nothing goes out."
    if delivery.kind == "instalment_reminder":
        return loose_plans.why_not(act, delivery, customer)
    if queries.unread_replies(session, one) or relationship.open_concerns(session, one):
        return "The customer waits for an answer of ours; that comes first."
    return _nothing_due(act, delivery) if delivery.kind == "courtesy" else None


def _nothing_due(act: Act, delivery: Delivery) -> str | None:
    """A friendly note names what is due; when any of it is paid, disputed or in a plan by now, it would be wrong."""
    ids = delivery.context.get("items", [])
    items = [act.session.get(OpenItem, item_id) for item_id in ids]
    open_now = [[item.id, item.open_minor] for item in items if item is not None and item.open_minor > 0]
    if open_now != delivery.context.get("open", open_now) or len(open_now) != len(ids):
        return "What it names is not open as it was any more."
    customers = [delivery.customer_id]
    if set(ledger.open_disputes(act.session, customers)) & set(ids):
        return "An invoice it names is disputed."
    if set(treatment.items_in_active_plans(act.session, customers)) & set(ids):
        return "An invoice it names is being paid by a payment plan."
    due = date.fromisoformat(delivery.context["due"])
    return "What it names is overdue by now." if due < act.today else None


def _quiet_until(act: Act, delivery: Delivery, customer: Customer, now: datetime) -> datetime | None:
    """The moment from which it may reach the customer; none when that is now."""
    creditor = act.session.get_one(Creditor, delivery.creditor_id)
    country = customer.country or creditor.country
    local = now.astimezone(zone_of(country, creditor.country))
    if loose_plans.is_late_note(delivery) and (free := loose_plans.heard_enough_until(act, customer)):
        return datetime.combine(free, time(0), tzinfo=local.tzinfo)
    quiet = quiet_times_of(act.session, creditor, customer)
    return opening_after(quiet, act.today, local, country, email=delivery.channel == "email")


def drop(act: Act, delivery: Delivery, why: str) -> None:
    """It has lost its point: it does not leave, and the timeline says why."""
    delivery.status, delivery.lease_until, delivery.error = "cancelled", None, why
    act.tell(
        Event(
            "sending_dropped",
            f"Not sent: {treatment_words(delivery.kind)}. {why}",
            creditor_id=delivery.creditor_id,
            customer_id=delivery.customer_id,
            data={"delivery": delivery.id, "kind": delivery.kind},
        )
    )


def refused_by_server(act: Act, delivery: Delivery, *, why: str, bad_address: bool) -> None:
    """The mail server takes this message never: the letter goes by post, if there is an address; a person is told."""
    contact = primary_contacts(act.session, [delivery.customer_id]).get(delivery.customer_id)
    address = (contact.address or "").strip() if contact else ""
    by_post = bool(address) and delivery.kind not in ONLY_BY_MAIL
    then = " It goes by post instead; ask them for an address that works." if by_post else ""
    refused = delivery.recipient
    fail(act, delivery=delivery, why=f"{why}.{then}" if then else why)
    if by_post:
        delivery.status, delivery.channel, delivery.recipient = "approved", "letter", address
        delivery.not_before = act.now
    elif delivery.kind in KEPT_ANYWAY and delivery.document_id is None:
        delivery.status, delivery.channel, delivery.recipient = "approved", ARCHIVE, None
        delivery.not_before = act.now
    if bad_address and refused:
        refuse_address(
            act,
            creditor_id=delivery.creditor_id,
            customer_id=delivery.customer_id,
            address=refused,
            why=f"the mail server takes nothing for it ({why})"[:500],
        )
