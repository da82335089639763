"""What follows from a message: a bounce sends the letter by post, a reply waits to be read, nobody's goes to a person.

Each message is taken in once, by its Message-ID, in one transaction with everything that follows from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kulant.core.errors import Conflict, Refusal
from kulant.core.events import Event
from kulant.db import Act
from kulant.delivery import mail_queries as queries
from kulant.delivery.bounce_address import BounceAddress
from kulant.delivery.bounces import Failure, failure_of
from kulant.delivery.closing import settle_uncertain
from kulant.delivery.coming_back import UNSURE, ask_whether, confirmed, report_key, reported
from kulant.delivery.mail_incoming import NOT_READABLE, Incoming, clean
from kulant.delivery.models import Delivery, InboundMail
from kulant.delivery.refused import UNSUBSCRIBED, refuse_address
from kulant.ledger.models import Customer
from kulant.ledger.queries import primary_contacts
from kulant.relationship.service import add_note
from kulant.relationship.tasks import KeyedTask, add_keyed_task, tick_off

READ = "read_reply"  # the kind of task
_ON_TIMELINE = 300  # characters of a reply


@dataclass(frozen=True, slots=True)
class _Whose:
    creditor_id: int | None
    customer_id: int | None
    delivery: Delivery | None
    named: bool = False  # by a Message-ID of ours or by the address it came to, neither of which anybody guesses


def take_in(
    act: Act, *, incoming: Incoming, received_at: datetime, bounces: BounceAddress | None = None
) -> InboundMail | None:
    """Takes a message in with what follows from it; none when it was taken in before.

    ``bounces``: the address that messages come back to, which names the one that did.
    """
    if queries.is_taken(act.session, incoming.message_id):
        return None
    failure = failure_of(incoming)
    whose = _whose(act, incoming, failure, bounces)
    mail = InboundMail(
        creditor_id=whose.creditor_id,
        customer_id=whose.customer_id,
        delivery_id=whose.delivery.id if whose.delivery else None,
        message_id=incoming.message_id,
        kind=_kind(act, incoming, failure, whose),
        sender=incoming.sender,
        subject=incoming.subject,
        text=incoming.text or (failure.said if failure else ""),
        received_at=received_at,
        taken_at=act.now,
    )
    act.session.add(mail)
    act.session.flush()
    _follow(act, mail, incoming, failure, whose)
    return mail


def take_unreadable(act: Act, *, message_id: str, received_at: datetime) -> None:
    """Keeps a place for a message that cannot be read at all, so that a person looks into the mailbox."""
    if not queries.is_taken(act.session, message_id):
        mail = InboundMail(
            creditor_id=queries.creditor_at(act.session, []), message_id=message_id, kind="unknown", sender="",
            subject="", text=NOT_READABLE, received_at=received_at, taken_at=act.now,
        )  # fmt: skip
        act.session.add(mail)


def _whose(act: Act, incoming: Incoming, failure: Failure | None, bounces: BounceAddress | None) -> _Whose:
    """By the address it came to or the message it answers; a report also by whom it is about, a reply by who wrote it,
    if that is one customer.
    """
    came_to = bounces.named_in(incoming.to) if bounces else None
    named = (*failure.messages, *incoming.refers_to) if failure else incoming.refers_to
    delivery = queries.delivery_numbered(act.session, came_to) or queries.delivery_of(act.session, named)
    if delivery is not None:
        return _Whose(delivery.creditor_id, delivery.customer_id, delivery, named=True)
    if failure is not None:
        delivery = queries.last_delivery_to(act.session, failure.recipients, act.now)
    if delivery is not None:
        return _Whose(delivery.creditor_id, delivery.customer_id, delivery)
    at = queries.creditor_at(act.session, incoming.to)
    if failure is None and incoming.sender:
        wrote = [one for one in queries.customers_with(act.session, incoming.sender) if at in (None, one.creditor_id)]
        if len(wrote) == 1:
            return _Whose(wrote[0].creditor_id, wrote[0].id, None)
    return _Whose(at, None, None)


def _kind(act: Act, incoming: Incoming, failure: Failure | None, whose: _Whose) -> str:
    if failure is not None and whose.delivery is not None:
        if whose.named or not failure.hard:
            return "hard_bounce" if failure.hard else "soft_bounce"
        return "automatic" if queries.is_asked_about(act.session, whose.delivery) else UNSURE
    if failure is not None or incoming.automatic or (incoming.unsubscribes and whose.customer_id is not None):
        return "automatic"  # nobody has to answer it
    return "reply" if whose.customer_id is not None else "unknown"


def _follow(act: Act, mail: InboundMail, incoming: Incoming, failure: Failure | None, whose: _Whose) -> None:
    delivery = whose.delivery
    if delivery is not None and whose.named and delivery.status == "uncertain":
        settle_uncertain(act, delivery=delivery, arrived=True)  # who answers it has had it; and so has a server
    if mail.kind == UNSURE and delivery is not None:
        ask_whether(act, mail, delivery)
    elif failure is not None and delivery is not None:
        if mail.kind != "automatic":
            reported(act, delivery, failure)
    elif mail.kind == "reply":
        _wait_to_be_read(act, mail)
    elif whose.customer_id is not None and incoming.unsubscribes:
        _leave_alone(act, mail)
    elif whose.customer_id is not None:
        _tell(act, mail, "mail_automatic", f"An automatic answer came from {mail.sender}: {mail.subject}")


def _wait_to_be_read(act: Act, mail: InboundMail) -> None:
    """A customer wrote: it stands on the timeline, and nothing automatic goes out until somebody has read it."""
    if mail.creditor_id is None or mail.customer_id is None:
        return
    first = clean(" ".join(mail.text.split()), _ON_TIMELINE)
    _tell(act, mail, "email", f"E-mail from {mail.sender}: {mail.subject or '(no subject)'}. {first}".strip())
    customer = act.session.get_one(Customer, mail.customer_id)
    text = f"Read what {customer.name} wrote: {mail.subject or '(no subject)'}. Nothing automatic goes out until then."
    task = KeyedTask(key=_task_key(mail), text=text, due=act.today, customer_id=customer.id)
    add_keyed_task(act, creditor_id=mail.creditor_id, kind=READ, task=task)


def _task_key(mail: InboundMail) -> str:
    return f"mail:{mail.id}"


def _leave_alone(act: Act, mail: InboundMail) -> None:
    """They said no to e-mail. Only for the address it came from, so that nobody says it for another."""
    contact = primary_contacts(act.session, [mail.customer_id or 0]).get(mail.customer_id or 0)
    if mail.creditor_id is None or contact is None or (contact.email or "").lower() != mail.sender:
        return
    refuse_address(
        act, creditor_id=mail.creditor_id, customer_id=mail.customer_id, address=mail.sender, why=UNSUBSCRIBED
    )


def _tell(act: Act, mail: InboundMail, kind: str, text: str) -> None:
    act.tell(
        Event(
            kind,
            text,
            creditor_id=mail.creditor_id,
            customer_id=mail.customer_id,
            data={"mail": mail.id, "delivery": mail.delivery_id},
            direction="in",
            on=min(mail.received_at.date(), act.today),
            by=mail.sender,
        )
    )


def mark_read(act: Act, *, mail: InboundMail, means: str = "", words: str = "") -> None:
    """Somebody has read it: sending goes on. ``means``: ``request`` or ``complaint`` when it is one, which then waits
    for an answer; of a report that names no message of ours ``came_back`` or ``wrong_address`` when it is true.
    ``words``: what it asks for, else the beginning of the message.
    """
    act.session.refresh(mail, with_for_update=True)
    if mail.kind not in queries.WAITS:
        raise Refusal("not_waiting", "this message waits for nobody")
    if mail.read_at is not None:
        raise Conflict("read_already", f"{mail.read_by} has read this already")
    mail.read_at, mail.read_by = act.now, act.actor
    if mail.creditor_id is None:
        return
    tick_off(act, creditor_id=mail.creditor_id, key=report_key(mail) if mail.kind == UNSURE else _task_key(mail))
    if mail.customer_id is None:
        return
    act.tell(
        Event(
            "mail_read",
            f"The e-mail “{mail.subject or '(no subject)'}” was read.",
            creditor_id=mail.creditor_id,
            customer_id=mail.customer_id,
            data={"mail": mail.id},
        )
    )
    if means and mail.kind == UNSURE:
        confirmed(act, mail, means)
    elif means:
        _as_concern(act, mail, means, words)


def _as_concern(act: Act, mail: InboundMail, means: str, words: str) -> None:
    if means not in ("request", "complaint"):
        raise Refusal("bad_meaning", "a message is a request, a complaint, or neither")
    customer = act.session.get_one(Customer, mail.customer_id)
    text = words.strip() or clean(" ".join((mail.subject + ". " + mail.text).split()), 1000)
    add_note(act, customer=customer, kind=means, text=text)


def give_mail(act: Act, *, mail: InboundMail, customer: Customer) -> None:
    """A person knows whose message it is: it becomes the customer's reply, and waits to be read."""
    act.session.refresh(mail, with_for_update=True)
    if mail.kind != "unknown":
        raise Conflict("known_already", "it is known already whose message this is")
    mail.kind, mail.creditor_id, mail.customer_id = "reply", customer.creditor_id, customer.id
    _wait_to_be_read(act, mail)
    act.session.flush()
