"""What follows when mail comes back: the same document by post, once, and a task for a person.

A report counts by itself only when it names a message of ours by what nobody guesses. One that only names an address
may be anybody's: a person finds out, and nothing is sent until they have said that it is true.
"""

from __future__ import annotations

from datetime import timedelta

from kulant.core.errors import Refusal
from kulant.core.events import Event
from kulant.db import Act
from kulant.delivery import mail_queries as queries
from kulant.delivery.bounces import Failure
from kulant.delivery.corrections import begin_anew, must_begin_anew
from kulant.delivery.loose import ONLY_BY_MAIL
from kulant.delivery.models import Delivery, InboundMail
from kulant.delivery.notes import new_note, queue
from kulant.delivery.refused import refuse_address
from kulant.ledger.models import Customer
from kulant.ledger.queries import primary_contacts
from kulant.relationship.tasks import KeyedTask, add_keyed_task
from kulant.treatment.words import treatment_words

BOUNCED = "mail_bounced"  # the kind of task
UNSURE = "unsure"  # the kind of message
MEANS = ("came_back", "wrong_address")  # what a person may have found out
# Mail servers try for five days at most. What comes later takes back nothing that a letter charged.
COMES_BACK_WITHIN = timedelta(days=7)


def reported(act: Act, delivery: Delivery, failure: Failure) -> None:
    """A mail server says so of a message it names: it did not arrive, or is late."""
    if failure.hard:
        _came_back(act, delivery, failure, sure=_in_time(act, delivery))
    else:
        words = f"Mail to {delivery.recipient} is late, its server goes on trying."
        _about(act, delivery, "mail_delayed", words, failure.status)


def ask_whether(act: Act, mail: InboundMail, delivery: Delivery) -> None:
    """Somebody says so and names no message of ours: a person finds out."""
    customer = act.session.get_one(Customer, delivery.customer_id)
    text = (
        f"Find out whether mail to {customer.name} ({delivery.recipient}) came back. A report says so, but names no "
        "message of ours: anybody can write one. Nothing is sent until you have said in the mailbox that it is true."
    )
    task = KeyedTask(key=report_key(mail), text=text, due=act.today, customer_id=customer.id)
    add_keyed_task(act, creditor_id=delivery.creditor_id, kind=BOUNCED, task=task)


def report_key(mail: InboundMail) -> str:
    """What the task about such a report is known by."""
    return f"report:{mail.id}"


def confirmed(act: Act, mail: InboundMail, means: str) -> None:
    """A person has found out that it is true; ``wrong_address``: nothing else reaches that address either."""
    delivery = queries.delivery_numbered(act.session, mail.delivery_id)
    if means not in MEANS or delivery is None:
        raise Refusal("bad_meaning", f"a report is true or put away; say {' or '.join(MEANS)}, or nothing")
    mail.kind = "hard_bounce"
    _came_back(act, delivery, Failure(True, means == "wrong_address", None, "", (), ()), sure=True)


def _came_back(act: Act, delivery: Delivery, failure: Failure, *, sure: bool) -> None:
    """It did not arrive: the same document goes by post, once, and a person is told."""
    if delivery.bounced_on is not None:
        return
    delivery.bounced_on = act.today
    said = f": {failure.said}" if failure.said else ""
    _about(act, delivery, "mail_bounced", f"Mail to {delivery.recipient} came back{said}", failure.status)
    if failure.bad_address and delivery.recipient:
        refuse_address(
            act,
            creditor_id=delivery.creditor_id,
            customer_id=delivery.customer_id,
            address=delivery.recipient,
            why=f"mail came back{said}"[:500],
        )
    customer = act.session.get_one(Customer, delivery.customer_id)
    then = _instead(act, delivery, sure=sure)
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


def _about(act: Act, delivery: Delivery, kind: str, text: str, status: str | None) -> None:
    act.tell(
        Event(
            kind,
            text,
            creditor_id=delivery.creditor_id,
            customer_id=delivery.customer_id,
            data={"delivery": delivery.id, "document": delivery.document_id, "status": status},
        )
    )
