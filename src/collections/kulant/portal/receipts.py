"""What the customer told us, as we keep it: the page that confirms it, its PDF, and what the e-mail says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, TypeGuard

from sqlalchemy import select

from kulant.core.calendar import add_business_days
from kulant.delivery.portal_mail import confirmation, newest_confirmed
from kulant.ledger.models import Dispute, OpenItem
from kulant.letters import archive
from kulant.letters.storage import open_storage
from kulant.plans.models import CounterProposal
from kulant.portal.visit import Visit
from kulant.relationship import hardship, searching
from kulant.relationship.models import Hold
from kulant.relationship.models_care import HardshipNote
from kulant.relationship.queries import holds_in_force

PROPOSAL_ANSWER_DAYS = 1  # business days
ANSWER_SHOWN_DAYS = 30
_PROPOSAL = "proposal"


@dataclass(frozen=True, slots=True)
class Told:
    """Something the customer told us that holds today. ``key`` is what it is confirmed under, once."""

    what: str  # says_paid | dispute | help | proposal: as receipts call it
    reference: str
    key: str
    quiet_until: date | None = None
    answer_by: date | None = None
    day: date | None = None
    currency: str | None = None
    amount_minor: int | None = None
    invoices: tuple[str, ...] = ()
    owner: str | None = None

    @property
    def received(self) -> dict[str, Any]:
        """What a receipt is made from: days in ISO form."""
        return {
            "what": self.what,
            "reference": self.reference,
            "quiet_until": _iso(self.quiet_until),
            "answer_by": _iso(self.answer_by),
            "day": _iso(self.day),
            "currency": self.currency,
            "amount_minor": self.amount_minor,
            "invoices": list(self.invoices),
        }


def says_paid(hold: Hold) -> Told:
    """That it was paid."""
    return Told("says_paid", f"P-{hold.id}", f"says_paid:{hold.id}", quiet_until=hold.until, day=hold.paid_on)


def disputed(disputes: list[Dispute], items: dict[int, OpenItem]) -> Told | None:
    """That something is wrong: all that was told together."""
    if not disputes:
        return None
    first = disputes[0]
    return Told(
        "dispute",
        f"D-{first.id}",
        f"dispute:{first.id}",
        answer_by=first.answer_by,
        invoices=tuple(items[one.item_id].number for one in disputes if one.item_id in items),
        owner=first.owner,
    )


def asked_for_help(note: HardshipNote, quiet_until: date) -> Told:
    """That it cannot be paid now. Nothing of what was said in confidence."""
    return Told(
        "help",
        f"H-{note.id}",
        f"help:{note.id}",
        quiet_until=quiet_until,
        answer_by=note.answer_by,
        owner=note.owner,
    )


def proposed(proposal: CounterProposal, answer_by: date) -> Told:
    """That another plan would suit better."""
    amounts = [amount for _, amount in proposal.consequence.get("schedule", [])]
    return Told(
        "proposal",
        f"F-{proposal.id}",
        f"proposal:{proposal.id}",
        answer_by=answer_by,
        currency=proposal.currency,
        amount_minor=amounts[0] if amounts else None,
    )


def newest(visit: Visit, what: str) -> Told | None:
    """What of this kind holds today, as it stands in the database; none when nothing was told."""
    session, customer = visit.session, visit.customer
    if what == "paid":
        hold = _hold(visit, searching.CODE)
        return says_paid(hold) if hold else None
    if what == "help":
        note, hold = hardship.open_note(session, customer.id), _hold(visit, hardship.CODE)
        return asked_for_help(note, hold.until) if note and hold else None
    if what == "wrong":
        return disputed(*_newest_disputes(visit))
    if what == "own":
        last = _newest_proposal(visit)
        return proposed(last, proposal_answer_by(last.made_on, visit.creditor.country)) if _waits(last) else None
    return None


def declined(visit: Visit) -> CounterProposal | None:
    """What we answered lately to a plan of the customer's own that we could not agree to, while it is the last word."""
    last = _newest_proposal(visit)
    if last is None or last.status != "declined" or last.decided_on is None:
        return None
    return last if (visit.today - last.decided_on).days <= ANSWER_SHOWN_DAYS else None


def _waits(proposal: CounterProposal | None) -> TypeGuard[CounterProposal]:
    return proposal is not None and proposal.status == "waiting"


def _newest_proposal(visit: Visit) -> CounterProposal | None:
    """The customer's newest proposal; read once for a page."""
    if _PROPOSAL not in visit.memo:
        visit.memo[_PROPOSAL] = visit.session.scalar(
            select(CounterProposal)
            .where(CounterProposal.customer_id == visit.customer.id)
            .order_by(CounterProposal.id.desc())
            .limit(1)
        )
    newest_one: CounterProposal | None = visit.memo[_PROPOSAL]
    return newest_one


def pdf_of(visit: Visit, told: Told) -> bytes | None:
    """The receipt as it was archived, byte for byte; none in the moment before a worker has drawn it."""
    document = confirmation(visit.session, visit.customer.id, told.key)
    return archive.read(open_storage(visit.settings.storage_url), document) if document else None


def _hold(visit: Visit, code: str) -> Hold | None:
    in_force = holds_in_force(visit.session, [visit.customer.id], visit.today)
    return next((hold for hold in in_force if hold.code == code and hold.item_id is None), None)


def _newest_disputes(visit: Visit) -> tuple[list[Dispute], dict[int, OpenItem]]:
    """The open disputes that the customer told us of last, all at once: each time is confirmed under its first."""
    first = newest_confirmed(visit.session, visit.customer.id, "dispute")
    rows = visit.session.execute(
        select(Dispute, OpenItem)
        .join(OpenItem, OpenItem.id == Dispute.item_id)
        .where(Dispute.customer_id == visit.customer.id, Dispute.source == "portal", Dispute.resolved_on.is_(None))
        .where(Dispute.id >= (first or 0))
        .order_by(Dispute.id)
    ).all()
    return [one for one, _ in rows], {item.id: item for _, item in rows}


def proposal_answer_by(since: date, country: str) -> date:
    """A person answers a plan of the customer's own within a working day, and then says so."""
    return add_business_days(since, PROPOSAL_ANSWER_DAYS, country)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
