"""A customer's personal data erased, within what bookkeeping law wants kept (GDPR art. 17 and 18).

It is one transaction for one customer. What goes is deleted or emptied, what is kept is kept until its time is over
and is shown to nobody without a reason, and the row in ``erasure`` says by whom, when and why. Amounts and entries are
never touched. Files are thrown away after the commit, see ``privacy_files.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from kulant.core.errors import Conflict, NotFound, Refusal
from kulant.core.events import Event
from kulant.db import Act, Base
from kulant.delivery.models import Delivery
from kulant.delivery.privacy_blocks import in_the_way
from kulant.delivery.privacy_files import files_that_go
from kulant.delivery.privacy_keeping import kept_of
from kulant.delivery.privacy_nouns import GOES_TOO, NOUNS, Bundle, Noun
from kulant.delivery.privacy_traces import Terms, clear_traces, look_anew, scrub_kept, scrub_noun, terms_of
from kulant.law.retention import Kept
from kulant.ledger.erased import erasures_in_force, known_again, number_mark, pseudonym
from kulant.ledger.models import Contact, Customer
from kulant.ledger.models_erasure import Erasure
from kulant.ledger.queries import work_beside_others
from kulant.people.models import Creditor
from kulant.plans.models import Plan
from kulant.relationship.models_care import HardshipNote
from kulant.treatment.models import Proposal

What = Literal["all", "contact"]
_SILENTLY = {"synchronize_session": False}
_LIVE = ("proposed", "approved", "blocked")


@dataclass(frozen=True, slots=True)
class Outlook:
    """What an erasure would do, or has done."""

    what: What
    blocked: list[dict[str, str]]
    nouns: list[dict[str, Any]]

    @property
    def kept_until(self) -> date | None:
        """The last day on which anything of them is kept."""
        days = [date.fromisoformat(row["until"]) for row in self.nouns if row["until"]]
        return max(days, default=None)


def outlook(session: Session, creditor: Creditor, customer: Customer, today: date, *, what: What = "all") -> Outlook:
    """What stands in the way, and noun by noun what would be erased and what kept, until when and by which rule."""
    blocked = in_the_way(session, customer, contact_only=what == "contact")
    if what == "contact":
        return Outlook(what, blocked, _contact_nouns(session, customer.id))
    kept = kept_of(session, creditor, customer.id, today)
    rows = [(noun, _count(session, noun, customer.id)) for noun in NOUNS if noun.table != "erasure"]
    return Outlook(what, blocked, [_row(noun, count, kept) for noun, count in rows if count])


def _contact_nouns(session: Session, customer_id: int) -> list[dict[str, Any]]:
    count = session.scalar(select(func.count()).where(Contact.customer_id == customer_id)) or 0
    return [{"noun": "contact", "rows": count, "done": "emptied", "until": None, "rule": None, "unverified": False}]


def _row(noun: Noun, count: int, kept: dict[Bundle, Kept]) -> dict[str, Any]:
    held = kept.get(noun.bundle) if noun.bundle else None
    if noun.stays:
        held = None  # the row stays for good, for it holds nothing personal or is emptied of it
    done = "kept" if held else "emptied" if noun.stays and noun.blank else "kept" if noun.stays else "erased"
    return {
        "noun": noun.table,
        "rows": count,
        "done": done,
        "emptied": sorted(noun.blank),
        "until": held.until.isoformat() if held else None,
        "rule": held.rule if held else "it holds nothing personal" if noun.stays and not noun.blank else None,
        "unverified": bool(held and not held.verified),
    }


def _count(session: Session, noun: Noun, customer_id: int) -> int:
    return session.scalar(select(func.count()).select_from(noun.its).where(noun.of(customer_id))) or 0


def erase(act: Act, *, creditor: Creditor, customer: Customer, reason: str, secret: str, what: What = "all") -> Erasure:
    """Erases; done already, it gives what was done then and changes nothing. Refuses while a claim is open."""
    reason = " ".join(reason.split())
    if not reason:
        raise Refusal("no_reason", "Say why it is erased, e.g. that the customer asked for it and on which day.")
    work_beside_others(act.session, customer.id)
    act.session.flush()
    act.session.refresh(customer, with_for_update=True)
    if customer.erased_on is not None:
        return latest(act.session, customer)
    if what == "contact" and (before := _contact_gone(act.session, customer.id)) is not None:
        return before
    seen = outlook(act.session, creditor, customer, act.today, what=what)
    if seen.blocked:
        raise Conflict("erasure_blocked", _refusal(customer, seen))
    terms = terms_of(act.session, customer, contact_only=what == "contact")
    erasure = _begin(act, creditor, customer, what, terms.without(reason), secret)
    if what == "contact":
        _erase_contact(act.session, customer, terms)
    else:
        _erase_all(act, customer, terms, erasure)
    _end(act, customer, erasure, seen)
    return erasure


def _contact_gone(session: Session, customer_id: int) -> Erasure | None:
    """The erasure after which nothing has been said again of how to reach them."""
    known = or_(Contact.name.is_not(None), Contact.email.is_not(None), Contact.phone.is_not(None))
    if session.scalar(select(Contact.id).where(Contact.customer_id == customer_id, known).limit(1)) is not None:
        return None
    done = select(Erasure).where(Erasure.customer_id == customer_id, Erasure.ended_on.is_(None))
    return session.scalars(done.order_by(Erasure.id.desc())).first()


def _refusal(customer: Customer, seen: Outlook) -> str:
    why = "; ".join(each["text"] for each in seen.blocked)
    contact = "" if seen.what == "contact" else " How to reach them may go before: erase only that (contact)."
    return f"{customer.number} cannot be erased yet: {why}. Settle this first.{contact}"


def _begin(act: Act, creditor: Creditor, customer: Customer, what: What, reason: str, secret: str) -> Erasure:
    erasure = Erasure(
        creditor_id=creditor.id,
        customer_id=customer.id,
        what=what,
        on=act.today,
        at=act.now,
        by=act.actor[:120],
        reason=reason,
        number_mark=number_mark(secret, creditor.id, customer.number),
        at_work=True,
    )
    act.session.add(erasure)
    act.session.flush()
    return erasure


def _erase_contact(session: Session, customer: Customer, terms: Terms) -> None:
    """Everything but the postal address, which a claim still needs."""
    others = delete(Contact).where(Contact.customer_id == customer.id, Contact.is_primary.is_(False))
    session.execute(others, execution_options=_SILENTLY)
    for table, values in ((Contact, {"name": None, "email": None, "phone": None}), (HardshipNote, {"phone": None})):
        its: Any = table
        session.execute(update(its).where(its.customer_id == customer.id).values(values), execution_options=_SILENTLY)
    for noun in NOUNS:
        if noun.table not in ("customer", "contact", "document"):
            scrub_noun(session, noun, customer.id, terms)
    clear_traces(session, customer, terms)


def _erase_all(act: Act, customer: Customer, terms: Terms, erasure: Erasure) -> None:
    session = act.session
    clear_traces(session, customer, terms)
    erasure.files = files_that_go(session, customer.id)
    _end_what_waits(act, customer.id)
    going = {noun.table: noun for noun in NOUNS if noun.bundle is None and not noun.stays}
    for table in reversed(Base.metadata.sorted_tables):
        if table.name in going:
            session.execute(delete(table).where(going[table.name].of(customer.id)))
        elif table.name in GOES_TOO:
            session.execute(delete(table).where(table.c.customer_id == customer.id))
    for noun in NOUNS:
        if noun.blank:
            session.execute(update(noun.its).where(noun.of(customer.id)).values(noun.blank))
    scrub_kept(session, customer.id, terms)
    session.execute(
        update(Customer)
        .where(Customer.id == customer.id)
        .values(number=pseudonym(customer.id), name=f"Erased customer {customer.id}", erased_on=act.today),
        execution_options=_SILENTLY,
    )


def _end_what_waits(act: Act, customer_id: int) -> None:
    """Proposals, offers and letters that were held back come to nothing."""
    for table, where, values in (
        (Proposal, Proposal.status.in_(_LIVE), {"status": "superseded"}),
        (Plan, Plan.status == "offered", {"status": "cancelled", "ended_on": act.today}),
        (Delivery, Delivery.status.in_(("blocked", "failed")), {"status": "cancelled"}),
    ):
        its: Any = table
        statement = update(its).where(its.customer_id == customer_id, where).values(values)
        act.session.execute(statement, execution_options=_SILENTLY)


def _end(act: Act, customer: Customer, erasure: Erasure, seen: Outlook) -> None:
    erasure.report = seen.nouns
    ends = [date.fromisoformat(row["until"]) for row in seen.nouns if row["until"]]
    erasure.next_on = min(ends) + timedelta(days=1) if ends else None
    erasure.at_work = False
    act.session.flush()
    look_anew(act.session, customer.id)
    what = "Personal data" if erasure.what == "all" else "E-mail address, telephone number and contact persons"
    act.tell(
        Event(
            "customer_erased",
            f"{what} erased: {erasure.reason}",
            creditor_id=customer.creditor_id,
            customer_id=customer.id,
            data={"erasure": erasure.id, "what": erasure.what},
        )
    )


def latest(session: Session, customer: Customer) -> Erasure:
    """The erasure that counts of a customer who was erased."""
    found = session.scalars(
        select(Erasure).where(Erasure.customer_id == customer.id, Erasure.what == "all").order_by(Erasure.id.desc())
    ).first()
    if found is None:
        raise NotFound("no_erasure", f"{customer.number} was not erased.")
    return found


def find_customer(session: Session, creditor: Creditor, number: str, secret: str) -> Customer:
    """The customer of that number, also one who had it before they were erased; refuses when there is none."""
    customer = session.scalar(select(Customer).where(Customer.creditor_id == creditor.id, Customer.number == number))
    if customer is not None:
        return customer
    again = known_again(erasures_in_force(session, creditor.id), secret, creditor.id, [number])
    if number not in again:
        raise NotFound("no_customer", f"there is no customer {number!r}")
    return session.get_one(Customer, again[number].customer_id)


def take_in_again(act: Act, *, creditor: Creditor, number: str, reason: str, secret: str) -> Customer:
    """An erased customer who is one again: files may name them and say how to reach them from now on."""
    customer = find_customer(act.session, creditor, number, secret)
    rows = act.session.scalars(
        select(Erasure).where(Erasure.customer_id == customer.id, Erasure.ended_on.is_(None)).with_for_update()
    ).all()
    reason = " ".join(reason.split())
    if not rows:
        raise Conflict("not_erased", f"Nothing of {number} was erased; there is nothing to take in again.")
    if not reason:
        raise Refusal("no_reason", "Say why, e.g. that they have ordered again.")
    for row in rows:
        row.ended_on = act.today
    if customer.erased_on is not None:
        if number == customer.number:
            raise Refusal("which_number", "Name the number they have in your own system, not the one given here.")
        customer.number, customer.name, customer.erased_on = number, number, None
        customer.contact_opt_out = customer.no_dunning = False
    text = f"Taken in again after an erasure: {reason}"
    act.tell(Event("customer_taken_in_again", text, creditor_id=creditor.id, customer_id=customer.id))
    return customer
