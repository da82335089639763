"""The letter a proposal will become: the same words in the desk's preview and in what is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from kulant.core.errors import Refusal
from kulant.i18n import translator
from kulant.law.book import COUNTRIES, Law, law_book
from kulant.law.entries import entered
from kulant.law.fees import collection_cost
from kulant.law.ladder_rules import must_say
from kulant.law.model import Debtor
from kulant.ledger import references
from kulant.ledger.allocation import COSTS_FIRST, allocation_order
from kulant.ledger.charges import CHARGES, letter_of
from kulant.ledger.models import Customer, OpenItem
from kulant.ledger.queries import primary_contacts
from kulant.ledger.rules import days_late
from kulant.letters import plain
from kulant.letters.content import LetterCharge, LetterItem, build_letter
from kulant.letters.customer_tone import customer_tone
from kulant.letters.duties import wanted
from kulant.letters.offers import LetterOffer
from kulant.letters.own_texts import OwnText, own_text
from kulant.letters.pre_action import may_be_a_person
from kulant.letters.sheet import translator_for
from kulant.letters.tone import Tone
from kulant.people.models import Creditor
from kulant.plans.links import code_of, entry_url, portal_url, token_for
from kulant.plans.offering import offers_for
from kulant.plans.queries import offers_of
from kulant.plans.service import standing_offer, to_offer
from kulant.treatment.charged import debtor_kind
from kulant.treatment.deadlines import pay_by
from kulant.treatment.models import Proposal, ProposalItem
from kulant.treatment.policies import policy_of
from kulant.treatment.queries import invoice_numbers, proposal_items, proposals_of_charges

# Treatments without a document of their own that still send one.
LETTER_OF_TREATMENT = {"payment_plan": "plan_offer"}


@dataclass(frozen=True, slots=True)
class Trying:
    """A text that is being tried, in its language; none for the shipped one."""

    own: OwnText | None
    language: str


def letter_kind(proposal: Proposal) -> str | None:
    """Which letter the proposal sends; none for a call, a task or a hold."""
    if proposal.channel in ("call", "task"):
        return None
    return proposal.document or LETTER_OF_TREATMENT.get(proposal.treatment)


def proposal_letter(
    session: Session,
    *,
    creditor: Creditor,
    proposal: Proposal,
    on: date,
    base_url: str,
    secret: str,
    trying: Trying | None = None,
) -> dict[str, Any]:
    """The letter as plain data, as it would leave on that day; refuses for a proposal that sends none.

    Written by the creditor's text in force, unless another is being tried.
    """
    kind = letter_kind(proposal)
    if kind is None:
        raise Refusal("no_letter", "this proposal sends no letter")
    customer = session.get_one(Customer, proposal.customer_id)
    listed = proposal_items(session, [proposal.id]).get(proposal.id, [])
    invoices = invoice_numbers(session, [item for _, item in listed])
    reckoned = _reckoned(session, [item for _, item in listed])
    language = trying.language if trying else translator_for(proposal.language, customer, creditor).language
    content = build_letter(
        creditor=creditor,
        customer=customer,
        contact=primary_contacts(session, [customer.id]).get(customer.id),
        kind=kind,
        language=language,
        on=on,
        items=[_row(row, item, on, invoices, reckoned) for row, item in listed],
        total_minor=proposal.demand_minor,
        currency=proposal.currency,
        payment_reference=payment_reference(creditor, proposal, listed),
        pay_by=pay_by(kind, on, creditor.country),
        portal_url=portal_url(base_url, token_for(secret, link_nonce(proposal))),
        offers=_offers(session, creditor, customer, proposal, listed, on),
        message=proposal.message,
        charges=[LetterCharge.of(line, kind) for line in proposal.charges],
        tone=proposal_tone(session, proposal=proposal, customer=customer),
        own=trying.own if trying else own_text(session, creditor.id, kind, language),
        **said_by_law(
            session,
            creditor=creditor,
            customer=customer,
            kind=kind,
            principal_minor=sum(row.asked_minor for row, item in listed if item.kind not in CHARGES),
            charged=bool(proposal.charges) or any(item.kind in CHARGES for _, item in listed),
            on=on,
        ),
    )
    return _with_code(content, customer, code_of(secret, link_nonce(proposal)), entry_url(base_url))


def _with_code(content: dict[str, Any], customer: Customer, code: str, address: str) -> dict[str, Any]:
    """The letter with the code for those who can neither scan nor open the link; nothing where it has no link."""
    if content["offer"] is None:
        return content
    typed = translator(content["language"]).gettext(
        "Or open %(address)s: customer number %(number)s, code %(code)s.",
        number=plain.line(customer.number),
        code=code,
        address=address.partition("://")[2],
    )
    return content | {"offer": content["offer"] | {"typed": typed}}


def proposal_tone(session: Session, *, proposal: Proposal, customer: Customer) -> Tone:
    """The tone of the letter: by its document, the grade of that day, and how the relationship stands."""
    return customer_tone(
        session,
        customer=customer,
        document=letter_kind(proposal) or "",
        grade=proposal.grade,
        policy=policy_of(session, proposal),
    )


def said_by_law(
    session: Session,
    *,
    creditor: Creditor,
    customer: Customer,
    kind: str,
    principal_minor: int,
    charged: bool,
    on: date,
) -> dict[str, Any]:
    """What the law wants the letter to say, and what its sentences need.

    ``principal_minor``: what is asked of the invoices alone; ``charged``: the letter asks for more than that.
    """
    debtor, entries = debtor_kind(customer.kind), entered(session)
    said = must_say(creditor.country, on, debtor, kind, charged=charged, entered=entries)
    if charged and creditor.country in COUNTRIES:
        said = (*said, "allocation_order")
    if not may_be_a_person(customer.kind, customer.name):
        said = tuple(each for each in said if each != "reply_forms")
    law = law_book(creditor.country, entries) if creditor.country in COUNTRIES else None
    notice = law.rules_on(on).notice if law else None
    return {
        "must_say": wanted(kind, said),
        "costs_first": allocation_order(creditor).code == COSTS_FIRST,
        "collection_cost_minor": _collection_cost(law, debtor, principal_minor, on)
        if law and "collection_cost" in said
        else None,
        "days_from_receipt": notice.days_from_receipt if notice else None,
    }


def _collection_cost(law: Law, debtor: Debtor, principal: int, on: date) -> int | None:
    """What handing the case over would cost the customer, where the law has a scale for it."""
    for fee in law.rules_on(on).fees:
        if fee.document == "hand_over" and debtor in fee.debtors and fee.scale is not None:
            return collection_cost(fee.scale, max(0, principal))
    return None


def link_nonce(proposal: Proposal) -> str:
    """What the proposal's portal link is derived from, so that preview and letter carry the same link."""
    return f"proposal-{proposal.id}"


def asked_debts(listed: Sequence[tuple[ProposalItem, OpenItem]]) -> list[OpenItem]:
    """What the letter asks for. An earlier charge goes with its invoice where the letter asks for that too."""
    asked = [item for row, item in listed if row.asked_minor > 0]
    invoices = {item.id for item in asked}
    return [item for item in asked if item.belongs_to_id not in invoices]


def invoice_reference(creditor: Creditor, listed: Sequence[tuple[ProposalItem, OpenItem]]) -> str | None:
    """The only invoice's own reference, which pays its charges too; none where the letter needs one of its own."""
    debts = asked_debts(listed)
    if len(debts) != 1:
        return None
    # Where the bank wants references of a scheme, it takes no invoice number for one.
    return debts[0].payment_reference or (None if creditor.reference_scheme else debts[0].number)


def payment_reference(creditor: Creditor, proposal: Proposal, listed: Sequence[tuple[ProposalItem, OpenItem]]) -> str:
    """The reference the letter is paid by: its only invoice's, else one that stands for all it asks for."""
    own = invoice_reference(creditor, listed)
    return own or references.make_own(creditor.reference_scheme, 9, proposal.id)


def _reckoned(session: Session, items: Sequence[OpenItem]) -> dict[int, tuple[LetterCharge, ...]]:
    """How the interest of earlier letters was reckoned, by item; what is partly paid is shown as a rest instead."""
    whole = {item.id: item for item in items if item.kind == "interest" and item.open_minor == item.amount_minor}
    letters = {letter.id: letter for letter in proposals_of_charges(session, list(whole.values()))}
    found = {}
    for item in whole.values():
        letter = letters.get(letter_of(item))
        lines = [line for line in letter.charges if _is_of(line, item)] if letter else []
        if sum(line["amount_minor"] for line in lines) == item.amount_minor:
            found[item.id] = tuple(LetterCharge.of(line, "") for line in lines)
    return found


def _is_of(line: dict[str, Any], item: OpenItem) -> bool:
    return bool(line["kind"] == item.kind and line["item"] == item.belongs_to_id)


def _row(
    row: ProposalItem,
    item: OpenItem,
    on: date,
    invoices: Mapping[int, str],
    reckoned: Mapping[int, tuple[LetterCharge, ...]],
) -> LetterItem:
    return LetterItem(
        number=item.number,
        amount_minor=row.asked_minor,
        issued=item.issue_date,
        due=item.due_date,
        days_late=days_late(item.due_date, on),
        kind=item.kind,
        invoice=invoices.get(item.belongs_to_id) if item.belongs_to_id else None,
        lines=reckoned.get(item.id, ()),
    )


def _offers(
    session: Session,
    creditor: Creditor,
    customer: Customer,
    proposal: Proposal,
    listed: Sequence[tuple[ProposalItem, OpenItem]],
    on: date,
) -> list[LetterOffer]:
    """The plans the customer may choose on their page: of the invoices alone, without what letters have charged."""
    principal = sum(row.asked_minor for row, item in listed if item.kind not in CHARGES)
    standing = standing_offer(session, customer.id, proposal.currency, principal, on)
    offers = (
        [to_offer(row) for row in offers_of(session, standing.id)]
        if standing
        else offers_for(
            session, creditor=creditor, customer=customer, currency=proposal.currency, claim_minor=principal, today=on
        )
    )
    return [LetterOffer(offer.schedule, offer.extra_minor) for offer in offers if offer.instalments > 1]
