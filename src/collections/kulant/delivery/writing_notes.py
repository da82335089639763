"""What deliveries say that belong to no proposal: about plans, receipts, apologies, new links, statements.

Each is written from its kind and its context (``docs/letters.md`` names the keys); links are made here, so that the
same delivery written again carries the same link.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from kulant.core.errors import Refusal
from kulant.db import Act
from kulant.delivery.agreement import agreement_content
from kulant.delivery.courtesy import courtesy_content
from kulant.delivery.models import Delivery
from kulant.delivery.note_queries import dropped_with
from kulant.ledger.models import Customer
from kulant.ledger.queries import primary_contacts
from kulant.ledger.statement import statement
from kulant.letters import apology as apologies
from kulant.letters import late_instalment as late
from kulant.letters import receipt as receipts
from kulant.letters.apology import Wrong, apology
from kulant.letters.fresh_link import fresh_link
from kulant.letters.instalment_reminder import InstalmentDue, instalment_reminder
from kulant.letters.late_instalment import OCCASIONS, late_instalment
from kulant.letters.one_time_code import one_time_code
from kulant.letters.own_texts import OwnText, own_text
from kulant.letters.plan_answer import WHAT, plan_answer
from kulant.letters.receipt import Received, receipt
from kulant.letters.sheet import Parties
from kulant.letters.statement import statement_content
from kulant.letters.thanks import KeptPlan, thank_you
from kulant.people.models import Creditor
from kulant.plans.changes import may_still
from kulant.plans.changing import running
from kulant.plans.links import VALID_DAYS, make_link, portal_url
from kulant.plans.models import Plan, PortalLink
from kulant.plans.models_portal import OneTimeCode
from kulant.plans.one_time_codes import VALID_FOR, code_text
from kulant.plans.queries import instalments_of, items_of, plan_by_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A delivery on its way to words, and what its link needs."""

    act: Act
    delivery: Delivery
    to: Parties
    base_url: str
    secret: str

    @property
    def context(self) -> dict[str, Any]:
        """What the delivery was queued with."""
        return self.delivery.context

    def plan(self) -> Plan | None:
        """The plan it is about, where it is about one."""
        number = self.context.get("plan")
        return None if number is None else plan_by_id(self.act.session, self.delivery.creditor_id, number)

    def may_move(self) -> bool:
        """Whether the instalment can still be moved; asked when the note leaves, for the customer may have done so."""
        return may_still(running(self.act.session, _plan_of(self), self.act.today), "move")

    def own(self, text: str) -> OwnText | None:
        """The creditor's text of that name in force, in the language of the note."""
        return own_text(self.act.session, self.delivery.creditor_id, text, self.to.written_in)

    def link(self, days: int = VALID_DAYS) -> tuple[PortalLink, str]:
        """The link the delivery carries, and its address."""
        link, token = make_link(
            self.act,
            secret=self.secret,
            customer=self.to.customer,
            plan=self.plan(),
            days=days,
            nonce=f"delivery-{self.delivery.id}",
        )
        return link, portal_url(self.base_url, token)


def write_note(act: Act, *, delivery: Delivery, base_url: str, secret: str) -> dict[str, Any]:
    """The content of a delivery of such a kind."""
    customer = act.session.get_one(Customer, delivery.customer_id)
    to = Parties(
        creditor=act.session.get_one(Creditor, delivery.creditor_id),
        customer=customer,
        contact=primary_contacts(act.session, [customer.id]).get(customer.id),
        on=act.today,
        language=delivery.context.get("language"),
    )
    return words_of(Note(act=act, delivery=delivery, to=to, base_url=base_url, secret=secret))


def words_of(note: Note) -> dict[str, Any]:
    """What the note says."""
    write = _WRITERS.get(note.delivery.kind)
    if write is None:
        raise Refusal("no_such_note", f"nothing is known to write for a delivery of the kind {note.delivery.kind!r}")
    return write(note)


def _agreed(note: Note) -> dict[str, Any]:
    return agreement_content(note.act.session, _plan_of(note))


def _thanks(note: Note) -> dict[str, Any]:
    plan, session = _plan_of(note), note.act.session
    paid = [part.amount_minor for part in instalments_of(session, plan.id) if part.amount_minor]
    kept = KeptPlan(
        total_minor=sum(paid),
        currency=plan.currency,
        payments=len(paid),
        reference=plan.reference,
        invoices=tuple(item.number for _, item in items_of(session, plan.id)),
        dropped_minor=dropped_with(session, plan),
    )
    return thank_you(note.to, kept, own=note.own("thank_you"))


def _instalment(note: Note) -> dict[str, Any]:
    _, url = note.link()
    if note.context.get("occasion") in OCCASIONS:
        return late_instalment(note.to, note.context, portal_url=url, own=note.own(late.text_of(note.context)))
    part = InstalmentDue.of(note.context | {"can_move": note.may_move()})
    return instalment_reminder(note.to, part, portal_url=url, own=note.own("instalment_reminder"))


def _courtesy(note: Note) -> dict[str, Any]:
    return courtesy_content(note.act, note.to, note.delivery)


def _apology(note: Note) -> dict[str, Any]:
    wrong = Wrong.of(note.context)
    return apology(note.to, wrong, own=note.own(apologies.text_of(wrong.what)))


def _receipt(note: Note) -> dict[str, Any]:
    _, url = note.link()
    own = note.own(receipts.text_of(note.context["what"]))
    if note.context["what"] == WHAT:
        words, reference = note.context["words"], note.context["reference"]
        return plan_answer(note.to, words=words, reference=reference, portal_url=url, own=own)
    return receipt(note.to, Received.of(note.context), portal_url=url, own=own)


def _fresh_link(note: Note) -> dict[str, Any]:
    link, url = note.link(note.context.get("days", VALID_DAYS))
    return fresh_link(note.to, portal_url=url, valid_until=link.expires_on, own=note.own("fresh_link"))


def _one_time_code(note: Note) -> dict[str, Any]:
    code = note.act.session.get_one(OneTimeCode, note.context["code"])
    if code.expires_at <= note.act.now:
        raise Refusal("code_expired", "the code is no longer good for anything, so it is not sent")
    minutes = int(VALID_FOR.total_seconds()) // 60
    return one_time_code(note.to, code=code_text(note.secret, code), minutes=minutes)


def _statement(note: Note) -> dict[str, Any]:
    to, context = note.to, note.context
    first, last = date.fromisoformat(context["first"]), date.fromisoformat(context["last"])
    found = statement(note.act.session, to.creditor, to.customer, context["currency"], first, last)
    return statement_content(
        found,
        creditor=to.creditor,
        customer=to.customer,
        contact=to.contact,
        own=note.own("statement"),
        language=to.language,
    )


def _plan_of(note: Note) -> Plan:
    plan = note.plan()
    if plan is None:
        raise Refusal("no_plan", f"a delivery of the kind {note.delivery.kind!r} needs the plan it is about")
    return plan


_WRITERS: dict[str, Callable[[Note], dict[str, Any]]] = {
    "plan_accepted": _agreed,
    "thank_you": _thanks,
    "instalment_reminder": _instalment,
    "apology": _apology,
    "courtesy": _courtesy,
    "receipt": _receipt,
    "fresh_link": _fresh_link,
    "one_time_code": _one_time_code,
    "statement": _statement,
}
