"""Traces: a customer's name, addresses and number in texts that are kept of others or of nobody, and how they go."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Column, ColumnElement, String, Table, Text, delete, or_, select, type_coerce, update
from sqlalchemy.orm import Session

from kulant.db import Json, canonical_json
from kulant.delivery.models import Delivery, InboundMail, RefusedAddress
from kulant.delivery.privacy_nouns import NOUNS, STAFF, Noun
from kulant.delivery.webhook_models import WebhookEndpoint, WebhookMessage
from kulant.intake.models import ImportRun
from kulant.ledger.models import Contact, Customer, KnownPayer, OpenItem, PaymentDetail
from kulant.ledger.models_erasure import Erasure
from kulant.people.models import AuditEntry, IdempotentAnswer
from kulant.relationship.models import Task, TimelineEvent
from kulant.relationship.models_care import HardshipNote

GONE = "[erased]"
_SILENTLY = {"synchronize_session": False}
_SHORTEST = 3  # what is shorter stands in any text by chance
_SHORTEST_WORD = 4  # of a name, in texts about this very customer only


@dataclass(frozen=True)
class Terms:
    """What gives a person away: whole names, telephones and addresses, the words of their names, their number."""

    whole: frozenset[str]
    words: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    number: str | None = None

    @cached_property
    def everywhere(self) -> tuple[str, ...]:
        """What is looked for in texts that are not about this customer alone, the longest first."""
        return _sorted(term for term in self.whole | self.emails if len(term) >= _SHORTEST)

    @cached_property
    def at_home(self) -> tuple[str, ...]:
        """What is looked for in texts about this very customer."""
        words = (word for word in self.words if len(word) >= _SHORTEST_WORD)
        number = (self.number,) if self.number and len(self.number) >= _SHORTEST else ()
        return _sorted({*self.everywhere, *words, *number})

    def without(self, text: str, terms: Sequence[str] | None = None) -> str:
        """The text without them."""
        found = self.at_home if terms is None else terms
        return _pattern(found).sub(GONE, text) if found else text


def _sorted(terms: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(terms), key=lambda term: (-len(term), term)))


def _pattern(terms: Sequence[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, terms))})(?!\w)", re.IGNORECASE)


def terms_of(session: Session, customer: Customer, *, contact_only: bool = False) -> Terms:
    """What gives this customer away."""
    contacts = session.scalars(select(Contact).where(Contact.customer_id == customer.id)).all()
    emails: set[str | None] = {each.email for each in contacts} | set(
        session.scalars(select(Delivery.recipient).where(Delivery.customer_id == customer.id).distinct())
    )
    senders: set[str | None] = set(
        session.scalars(select(InboundMail.sender).where(InboundMail.customer_id == customer.id))
    )
    phones: set[str | None] = {each.phone for each in contacts}
    phones |= set(session.scalars(select(HardshipNote.phone).where(HardshipNote.customer_id == customer.id)))
    names: set[str | None] = {each.name for each in contacts}
    streets: set[str | None] = set()
    if not contact_only:
        names |= {customer.name} | _payers(session, customer.id)
        streets |= {line for each in contacts for line in _first_lines(each.address)}
    whole = {one.strip() for one in {*names, *phones, *streets} if one and one.strip()}
    words = {word for name in names if name for word in re.findall(r"\w+", name)}
    found = {one.strip() for one in {*emails, *senders} if one and "@" in one}
    number = None if contact_only else customer.number
    return Terms(frozenset(whole), frozenset(words), frozenset(found), number)


def _first_lines(address: str | None) -> list[str]:
    """The whole address and its street; the town alone gives nobody away."""
    return [address, address.splitlines()[0]] if address and address.strip() else []


def _payers(session: Session, customer_id: int) -> set[str | None]:
    """Names they paid under that nobody else has paid under."""
    others = select(KnownPayer.id).where(KnownPayer.customer_id != customer_id)
    names = session.scalars(
        select(PaymentDetail.payer_name)
        .join(OpenItem, OpenItem.id == PaymentDetail.item_id)
        .where(OpenItem.customer_id == customer_id)
        .distinct()
    )
    return {
        name
        for name in names
        if name and session.scalar(others.where(KnownPayer.key == f"name:{name.casefold()}").limit(1)) is None
    }


def clear_traces(session: Session, customer: Customer, terms: Terms) -> None:
    """Takes them out of what is kept of the whole creditor and of others: the audit trail, timelines, imports, answers
    and messages to programs, loose mail and tasks.
    """
    creditor_id = customer.creditor_id
    mine = or_(AuditEntry.creditor_id == creditor_id, AuditEntry.creditor_id.is_(None))
    own = _only_theirs(session, customer, terms)
    whose: list[tuple[Any, ColumnElement[bool]]] = [
        (AuditEntry, mine),
        (TimelineEvent, TimelineEvent.creditor_id == creditor_id),
        (Task, Task.creditor_id == creditor_id),
        (ImportRun, ImportRun.creditor_id == creditor_id),
    ]
    for model, where in whose:
        scrub(session, model.__table__, where, terms, own)
    if own:
        told = or_(*(IdempotentAnswer.body.icontains(term, autoescape=True) for term in own))
        session.execute(delete(IdempotentAnswer).where(told), execution_options=_SILENTLY)
    if terms.number:
        _clear_number(session, creditor_id, terms.number)
    _clear_mail(session, customer, terms)


def _only_theirs(session: Session, customer: Customer, terms: Terms) -> tuple[str, ...]:
    """Without names, addresses and telephones that another customer has as well: in texts they may mean that one."""
    others = (
        select(Customer.name, Contact.email, Contact.phone, Contact.name, Contact.address)
        .outerjoin(Contact, Contact.customer_id == Customer.id)
        .where(Customer.creditor_id == customer.creditor_id, Customer.id != customer.id)
    )
    found = terms.everywhere
    same = or_(*(column.in_(found) for column in (Customer.name, Contact.email, Contact.phone, Contact.name)),
               *(Contact.address.startswith(term, autoescape=True) for term in found))  # fmt: skip
    taken = {part for row in session.execute(others.where(same)) for part in row if part} if found else set()
    lines = {line for part in taken for line in (part, part.splitlines()[0])}
    return tuple(term for term in found if term not in lines)


def _clear_number(session: Session, creditor_id: int, number: str) -> None:
    """Their number, where something says that it is a customer's; elsewhere it may be any other number."""
    terms, named = Terms(frozenset()), f'"customer": {canonical_json(number)}'
    data = type_coerce(AuditEntry.__table__.c.data, Text)
    about = (AuditEntry.creditor_id == creditor_id) & data.contains(named, autoescape=True)
    scrub(session, AuditEntry.__table__, about, terms, (number,))  # type: ignore[arg-type]
    _clear_rejected(session, creditor_id, number)
    told = re.compile(rf'("customer":\s*){re.escape(canonical_json(number))}')
    messages = (
        select(WebhookMessage)
        .join(WebhookEndpoint, WebhookEndpoint.id == WebhookMessage.endpoint_id)
        .where(WebhookEndpoint.creditor_id == creditor_id, WebhookMessage.body.contains(number, autoescape=True))
    )
    for message in session.scalars(messages):
        message.body = told.sub(rf'\1"{GONE}"', message.body)


def _clear_rejected(session: Session, creditor_id: int, number: str) -> None:
    """Rejected rows of imports keep the value that was wrong: also a customer's number."""
    result = type_coerce(ImportRun.__table__.c.result, Text)
    runs = select(ImportRun).where(ImportRun.creditor_id == creditor_id, result.contains(number, autoescape=True))
    for run in session.scalars(runs):
        rejected = [
            one | {"value": GONE, "error": one["error"].replace(number, GONE)} if one["value"] == number else one
            for one in run.result.get("rejected", [])
        ]
        run.result = run.result | {"rejected": rejected}


def _clear_mail(session: Session, customer: Customer, terms: Terms) -> None:
    """Addresses nobody else has: mail of theirs that named no message of ours, and that they are not written to."""
    others = select(Contact.email).join(Customer, Customer.id == Contact.customer_id)
    taken = set(
        session.scalars(
            others.where(
                Customer.creditor_id == customer.creditor_id,
                Customer.id != customer.id,
                Contact.email.in_(terms.emails),
            )
        )
    )
    own = {email for email in terms.emails if email not in taken}
    small = {email.lower() for email in own}
    loose = InboundMail.customer_id.is_(None) & InboundMail.sender.in_(own | small)
    refused = (RefusedAddress.creditor_id == customer.creditor_id) & RefusedAddress.address.in_(small)
    for statement in (delete(InboundMail).where(loose), delete(RefusedAddress).where(refused)):
        session.execute(statement, execution_options=_SILENTLY)


def scrub_noun(session: Session, noun: Noun, customer_id: int, terms: Terms) -> None:
    """Takes them out of all texts of a noun about this customer."""
    scrub(session, noun.its, noun.of(customer_id), terms, terms.at_home)


# Free texts that bookkeeping keeps: why something was written off, what was ordered.
_KEPT_TEXTS = {"open_item": ("reason", "order_reference")}
_DOERS = STAFF | {"made_by"}  # what a customer does in the portal is done in their own name


def scrub_kept(session: Session, customer_id: int, terms: Terms) -> None:
    """Takes them out of what is kept: out of the few free texts, and of who did something."""
    for noun in NOUNS:
        if (noun.bundle is not None or noun.stays) and noun.table not in ("document", "erasure"):
            names = {*_KEPT_TEXTS.get(noun.table, ()), *(_DOERS & set(noun.its.c.keys()))}
            columns = [noun.its.c[name] for name in sorted(names)]
            scrub(session, noun.its, noun.of(customer_id), terms, terms.at_home, columns)


def scrub(
    session: Session,
    table: Table,
    where: ColumnElement[bool],
    terms: Terms,
    found: Sequence[str],
    columns: Sequence[Column[Any]] | None = None,
) -> None:
    """Writes those rows anew in which any of the terms stands; ``columns``: only these are looked at."""
    looked_at = table.columns if columns is None else columns
    texts = [column for column in looked_at if isinstance(column.type, String | Json)]
    if not found or not texts:
        return
    keys = list(table.primary_key.columns)
    plain = [type_coerce(column, Text) for column in texts]
    stands = or_(*(column.icontains(term, autoescape=True) for column in plain for term in found))
    for row in session.execute(select(*keys, *texts).where(where, stands)).all():
        before = dict(zip((column.name for column in texts), row[len(keys) :], strict=True))
        after = {name: _cleaned(value, terms, found) for name, value in before.items()}
        changed = {table.c[name]: value for name, value in after.items() if value != before[name]}
        if changed:
            this = [key == value for key, value in zip(keys, row, strict=False)]
            session.execute(update(table).where(*this).values(changed))


def look_anew(session: Session, customer_id: int) -> None:
    """What the session holds of this customer is read again when next asked for: it was changed behind its back."""
    for each in list(session):
        theirs = each.id == customer_id if isinstance(each, Customer) else _owner(each) == customer_id
        if theirs:
            session.expire(each)


def _owner(each: object) -> int | None:
    return None if isinstance(each, Erasure) else getattr(each, "customer_id", None)


def _cleaned(value: Any, terms: Terms, found: Sequence[str]) -> Any:
    if isinstance(value, str):
        return terms.without(value, found)
    if isinstance(value, dict):
        return {name: _cleaned(each, terms, found) for name, each in value.items()}
    return [_cleaned(each, terms, found) for each in value] if isinstance(value, list) else value
