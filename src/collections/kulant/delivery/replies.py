"""What follows from a message: a bounce sends the letter by post, a reply waits to be read, nobody's goes to a person.

Each message is taken in once, by its Message-ID, in one transaction with everything that follows from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from kulant.core.errors import Conflict, Refusal
from kulant.core.events import Event
from kulant.db import Act
from kulant.delivery import mail_queries as queries
from kulant.delivery.bounces import Failure, failure_of
from kulant.delivery.closing import settle_uncertain
from kulant.delivery.corrections import begin_anew, must_begin_anew
from kulant.delivery.loose import ONLY_BY_MAIL
from kulant.delivery.mail_incoming import NOT_READABLE, Incoming, clean
from kulant.delivery.models import Delivery, InboundMail
from kulant.delivery.notes import new_note, queue
from kulant.delivery.refused import UNSUBSCRIBED, refuse_address
from kulant.ledger.models import Customer
from kulant.ledger.queries import primary_contacts
from kulant.relationship.service import add_note
from kulant.relationship.tasks import KeyedTask, add_keyed_task, tick_off
from kulant.treatment.words import treatment_words

READ = "read_reply"  # the kind of task
BOUNCED = "mail_bounced"
WAITS = ("reply", "unknown")  # kinds that wait for a person
_ON_TIMELINE = 300  # characters of a reply
# Mail servers try for five days at most. Anybody can write a report; one that comes later, or names no message of ours,
# takes back nothing that a letter charged.
COMES_BACK_WITHIN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class _Whose:
    creditor_id: int | None
    customer_id: int | None
    delivery: Delivery | None
    named: bool = False  # by a Message-ID of ours, which nobody guesses


def take_in(act: Act, *, incoming: Incoming, received_at: datetime) -> InboundMail | None:
    """Takes a message in with what follows from it; none when it was taken in before."""
    if queries.is_taken(act.session, incoming.message_id):
        return None
    failure = failure_of(incoming)
    whose = _whose(act, incoming, failure)
    mail = InboundMail(
        creditor_id=whose.creditor_id,
        customer_id=whose.customer_id,
        delivery_id=whose.delivery.id if whose.delivery else None,
        message_id=incoming.message_id,
        kind=_kind(incoming, failure, whose),
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


def _whose(act: Act, incoming: Incoming, failure: Failure | None) -> _Whose:
    """By the message it answers; a report also by the address, a reply by who wrote it, if that is one customer."""
    named = (*failure.messages, *incoming.refers_to) if failure else incoming.refers_to
    delivery = queries.delivery_of(act.session, named)
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


def _kind(incoming: Incoming, failure: Failure | None, whose: _Whose) -> str:
    if failure is not None and whose.delivery is not None:
        return "hard_bounce" if failure.hard else "soft_bounce"
    if failure is not None or incoming.automatic or (incoming.unsubscribes and whose.customer_id is not None):
        return "automatic"  # nobody has to answer it
    return "reply" if whose.customer_id is not None else "unknown"


def _follow(act: Act, mail: InboundMail, incoming: Incoming, failure: Failure | None, whose: _Whose) -> None:
    delivery = whose.delivery
    if delivery is not None and delivery.status == "uncertain":
        settle_uncertain(act, delivery=delivery, arrived=True)  # who answers it has had it; and so has a server
    if failure is not None and delivery is not None:
        if failure.hard:
            _came_back(act, delivery, failure, named=whose.named)
        else:
            _is_late(act, delivery, failure)
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


def _is_late(act: Act, delivery: Delivery, failure: Failure) -> None:
    _about(act, delivery, "mail_delayed", f"Mail to {delivery.recipient} is late, its server goes on trying.", failure)


def _came_back(act: Act, delivery: Delivery, failure: Failure, *, named: bool) -> None:
    """It did not arrive: the same document goes by post, once, and a person is told."""
    if delivery.bounced_on is not None:
        return
    delivery.bounced_on = act.today
    said = f": {failure.said}" if failure.said else ""
    _about(act, delivery, "mail_bounced", f"Mail to {delivery.recipient} came back{said}", failure)
    if failure.bad_address and delivery.recipient:
        refuse_address(
            act,
            creditor_id=delivery.creditor_id,
            customer_id=delivery.customer_id,
            address=delivery.recipient,
            why=f"mail came back{said}"[:500],
        )
    customer = act.session.get_one(Customer, delivery.customer_id)
    then = _instead(act, delivery, sure=named and _in_time(act, delivery))
    text = f"Mail to {customer.name} ({delivery.recipient}) came back. {then}; ask them for an address that works."
    task = KeyedTask(key=f"bounced:{delivery.id}", text=text, due=act.today, customer_id=customer.id)
    add_keyed_task(act, creditor_id=delivery.creditor_id, kind=BOUNCED, task=task)


def _in_time(act: Act, delivery: Delivery) -> bool:
    return delivery.handed_at is not None and delivery.handed_at >= act.now - COMES_BACK_WITHIN


def _instead(act: Act, delivery: Delivery, *, sure: bool) -> str:
    """What happens to what did not arrive, in words."""
    what = treatment_words(delivery.kind)
    if must_begin_anew(act, delivery):
        if not sure:
            return f"The {what} may have arrived all the same, so nothing of it is undone: find out"
        begin_anew(act, delivery)
        return f"The {what} is proposed anew by the next run, with its full time to pay"
    return f"The {what} goes by post" if _by_post(act, delivery) else f"The {what} reached nobody"


def _by_post(act: Act, delivery: Delivery) -> Delivery | None:
    """The same document as a letter; none where there is nothing to print or nowhere to send it."""
    contact = primary_contacts(act.session, [delivery.customer_id]).get(delivery.customer_id)
    address = (contact.address or "").strip() if contact else ""
    if not address or delivery.document_id is None or delivery.kind in ONLY_BY_MAIL:
        return None
    letter = new_note(
        act,
        customer=act.session.get_one(Customer, delivery.customer_id),
        kind=delivery.kind,
        key=f"post:{delivery.id}",
        channel="letter",
        recipient=address,
        context={"again": delivery.id},
        document_id=delivery.document_id,
    )
    return queue(act, letter)


def _about(act: Act, delivery: Delivery, kind: str, text: str, failure: Failure) -> None:
    act.tell(
        Event(
            kind,
            text,
            creditor_id=delivery.creditor_id,
            customer_id=delivery.customer_id,
            data={"delivery": delivery.id, "document": delivery.document_id, "status": failure.status},
        )
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
    for an answer; ``words``: what it asks for, else the beginning of the message.
    """
    act.session.refresh(mail, with_for_update=True)
    if mail.kind not in WAITS:
        raise Refusal("not_waiting", "this message waits for nobody")
    if mail.read_at is not None:
        raise Conflict("read_already", f"{mail.read_by} has read this already")
    mail.read_at, mail.read_by = act.now, act.actor
    if mail.creditor_id is None:
        return
    tick_off(act, creditor_id=mail.creditor_id, key=_task_key(mail))
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
    if means:
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
