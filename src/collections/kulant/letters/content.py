"""What a letter says, as plain data: everything the page shows, word for word, and the facts behind it.

The archive keeps this dictionary as JSON, and page, PDF and e-mail are drawn from it alone. So a letter can be drawn
again years later, whatever became of the texts, the customer's address or the ledger.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from kulant.core.errors import Refusal
from kulant.i18n import Translator, long_date, money
from kulant.law.model import CONTENTS
from kulant.ledger.models import Contact, Customer
from kulant.letters import offers as parts
from kulant.letters import paying, plain, pre_action
from kulant.letters.added import LetterCharge
from kulant.letters.duties import Duty, duties, missing
from kulant.letters.offers import LetterOffer
from kulant.letters.own_texts import OwnText, spoken, spoken_opening
from kulant.letters.sheet import blank_sheet, finished, link_box, payment_box, translator_for
from kulant.letters.tables import LetterItem, agreed_table, items_table
from kulant.letters.tone import Tone
from kulant.letters.tone import tone as tone_of
from kulant.letters.wording import Case, Prose, has_words, prose, short_opening, worded_kinds
from kulant.people.models import Creditor

__all__ = ["MAX_MESSAGE", "LetterCharge", "LetterItem", "LetterOffer", "build_letter"]

MAX_MESSAGE = 1200
_AGREED = "plan_agreement"


def build_letter(
    *,
    creditor: Creditor,
    customer: Customer,
    contact: Contact | None,
    kind: str,
    language: str | None,
    on: date,
    items: Sequence[LetterItem],
    total_minor: int,
    currency: str,
    payment_reference: str | None,
    pay_by: date,
    portal_url: str | None = None,
    offers: Sequence[LetterOffer] = (),
    message: str | None = None,
    partner: str | None = None,
    charges: Sequence[LetterCharge] = (),
    must_say: Collection[str] = (),
    costs_first: bool = False,
    collection_cost_minor: int | None = None,
    days_from_receipt: int | None = None,
    charges_rest: bool = False,
    tone: Tone | None = None,
    own: OwnText | None = None,
) -> dict[str, Any]:
    """The letter of that kind as plain, JSON-storable data. Reads no database.

    ``pay_by`` is the day the letter asks for (for ``hand_over`` the day the case moves on). For ``plan_agreement`` the
    one offer given is what was agreed. ``charges`` is what this letter adds, ``must_say`` what the law wants said;
    ``days_from_receipt``: the time that must be given from the day after the letter arrived.
    ``charges_rest``: earlier charges are left out of what was agreed. ``tone``: the document's own unless given.
    ``own``: the creditor's text in place of the shipped one.
    Refuses a letter that does not add up, and one that lacks what it must say.
    """
    _check(kind, items, charges, offers, total_minor)
    agreed = offers[0] if kind == _AGREED else None
    total_minor = agreed.total_minor if agreed else total_minor
    t = translator_for(language, customer, creditor)
    content = blank_sheet(kind=kind, creditor=creditor, customer=customer, contact=contact, on=on, t=t)
    offer = _offer(kind, portal_url, offers, currency, t)
    tone = tone or tone_of(kind)
    cost = None if collection_cost_minor is None else money(collection_cost_minor, currency, t.language)
    answers_to = content["creditor"]["contact"]["name"] or content["creditor"]["name"]
    duty = Duty(
        long_date(pay_by, t.language),
        answers_to,
        answer_to=", ".join([content["creditor"]["name"], *content["creditor"]["address"]]),
        collection_cost=cost,
        days_from_receipt=days_from_receipt,
        costs_first=costs_first,
        interest_goes_on="interest" in {one.kind for one in charges} | {item.kind for item in items},
    )
    said = duties(must_say, duty, t)
    case = Case(
        total=money(total_minor, currency, t.language),
        pay_by=long_date(pay_by, t.language),
        numbers=tuple(plain.line(item.number) for item in _asked(items)),
        parts=len(offers[0].schedule) if offers else 0,
        country=creditor.country,
        consumer_in=customer.country or creditor.country if customer.kind == "consumer" else None,
        partner=plain.line(partner) or None,
        has_link=offer is not None,
        adds=bool(charges) or any(item.is_charge for item in items),
        duties=tuple(said.values()),
        tone=tone.level,
    )
    words, opening = _words(own, kind, case, creditor, customer, t)
    reference = _reference(payment_reference, creditor, customer, items, t)
    content |= {
        "heading": words.heading,
        "lead": words.lead,
        "paragraphs": list(words.paragraphs),
        "required": list(words.required),
        "must_say": {key: said.get(key, "") for key in must_say},
        "tone": tone.as_content(),
        "text_version": own.version if own else None,
        "message": _message(message),
        "offer": offer,
        **(
            _agreement(creditor, agreed, items, currency, reference, charges_rest, t)
            if agreed
            else {
                "table": items_table(items, total_minor, currency, t, charges=charges),
                "payment": payment_box(
                    creditor, reference, t, asked=(total_minor, currency, pay_by), payer=content["recipient"]
                ),
                "paid": _paid(kind, t),
                "objection": _objection(t),
            }
        ),
    }
    content["facts"] |= {
        "currency": currency,
        "total_minor": total_minor,
        "pay_by": None if agreed else pay_by.isoformat(),
        "reference": reference[1],
        "items": [_fact(item) for item in items],
        "charges": [charge.as_fact() for charge in charges],
        "agreed": [[due.isoformat(), minor] for due, minor in agreed.schedule] if agreed else [],
    }
    if "reply_forms" in must_say:
        content |= _enclosed(content, t)
    _check_duties(content, creditor)
    return finished(content, opening, t)


def _words(
    own: OwnText | None, kind: str, case: Case, creditor: Creditor, customer: Customer, t: Translator
) -> tuple[Prose, str]:
    """The words of the letter and the first sentence of its short text: the creditor's own where they have some."""
    words, opening = prose(kind, case, t), short_opening(kind, case, t)
    if own is None:
        return words, opening
    names = {"creditor": creditor.name, "customer": customer.name}
    return spoken(own, kind, case, words, **names), spoken_opening(own, case, **names) or opening


def _reference(
    given: str | None, creditor: Creditor, customer: Customer, items: Sequence[LetterItem], t: Translator
) -> list[str]:
    """The reference to pay with, under the name it goes by."""
    own_numbers = {plain.line(customer.number), *(plain.line(item.number) for item in items)}
    reference = plain.line(given) or _own_reference(customer, items)
    # An invoice number is no KID, even where its last figure happens to fit.
    label = paying.reference_label(None if reference in own_numbers else reference, creditor.country, t)
    return [label, reference]


def _agreement(
    creditor: Creditor,
    agreed: LetterOffer,
    items: Sequence[LetterItem],
    currency: str,
    reference: list[str],
    charges_rest: bool,
    t: Translator,
) -> dict[str, Any]:
    """What an agreement shows in place of invoices to pay: its payments, what they cover, how each is paid."""
    return {
        "table": agreed_table(agreed, currency, t),
        "covers": _covers(items, charges_rest, t),
        "payment": payment_box(creditor, reference, t, heading=t.gettext("How to pay each part")),
    }


def _enclosed(content: dict[str, Any], t: Translator) -> dict[str, Any]:
    """The forms that go with the letter, and the line under it that names them."""
    forms = pre_action.enclosures(pre_action.claim_of(content))
    content["facts"]["enclosures"] = [form["key"] for form in forms]
    named = "; ".join(form["title"] for form in forms)
    return {"enclosures": forms, "enclosed": t.gettext("Enclosed: %(what)s", what=named)}


def _paid(kind: str, t: Translator) -> str | None:
    if kind == "courtesy":
        return None
    return t.gettext("Have you already paid? Thank you, then please ignore this letter.")


def _check_duties(content: dict[str, Any], creditor: Creditor) -> None:
    lacking = missing(content)
    if lacking:
        names = ", ".join(CONTENTS.get(each, each) for each in lacking)
        raise Refusal(
            "letter_lacks",
            f"the law ({creditor.country}) wants this letter to say what it does not: {names}; "
            "complete the creditor's details and its texts",
        )


def _check(
    kind: str,
    items: Sequence[LetterItem],
    charges: Sequence[LetterCharge],
    offers: Sequence[LetterOffer],
    total_minor: int,
) -> None:
    if not has_words(kind):
        raise Refusal("no_such_letter", f"{kind!r} is no kind of letter; choose one of {', '.join(worded_kinds())}")
    if kind == _AGREED and len(offers) != 1:
        raise Refusal("no_agreement", "a plan agreement needs the one offer that was accepted")
    listed = sum(item.amount_minor for item in items) + sum(charge.amount_minor for charge in charges)
    if kind != _AGREED and items and listed != total_minor:
        raise Refusal(
            "letter_does_not_add_up",
            f"the rows of the letter come to {listed} but it asks for {total_minor} (minor units); propose it again",
        )


def _asked(items: Sequence[LetterItem]) -> list[LetterItem]:
    """The invoices something is asked of; what earlier letters charged goes along with them."""
    return [item for item in items if item.amount_minor > 0 and not item.is_charge]


def _own_reference(customer: Customer, items: Sequence[LetterItem]) -> str:
    """Without a payment reference the invoice's number serves, or the customer's when there are several."""
    asked = _asked(items)
    return plain.line(asked[0].number if len(asked) == 1 else customer.number)


def _message(message: str | None) -> list[str]:
    if message and len(message) > MAX_MESSAGE:
        raise Refusal(
            "message_too_long", f"the message has {len(message)} characters; a letter takes at most {MAX_MESSAGE}"
        )
    return plain.lines(message)


def _covers(items: Sequence[LetterItem], charges_rest: bool, t: Translator) -> str | None:
    numbers = [plain.line(item.number) for item in _asked(items)]
    if not numbers:
        return None
    if len(numbers) > 12:
        covered = t.gettext("The plan covers %(count)s invoices.", count=len(numbers))
    else:
        covered = t.ngettext(
            "The plan covers invoice %(numbers)s.",
            "The plan covers the invoices %(numbers)s.",
            len(numbers),
            numbers=", ".join(numbers),
        )
    rest = t.gettext("Fees and interest from earlier letters are not part of it. We drop them when the plan is kept.")
    return f"{covered} {rest}" if charges_rest else covered


def _offer(
    kind: str, link: str | None, offers: Sequence[LetterOffer], currency: str, t: Translator
) -> dict[str, Any] | None:
    if kind == _AGREED:
        text = t.gettext("Your own page shows what is paid and what comes next.")
        return link_box(t.gettext("Follow your plan"), text, link, t)
    if not offers:
        text = t.gettext(
            "On your own page you see the invoices. There you can ask to pay in parts, tell us that you have paid, "
            "or tell us what is wrong."
        )
        return link_box(t.gettext("Do you need more time, or is something wrong?"), text, link, t)
    heading = (
        t.gettext("Choose what suits you") if kind == "plan_offer" else t.gettext("Is it hard to pay all of it now?")
    )
    box = link_box(heading, parts.cost(offers, currency, t), link, t)
    if box is None:
        return None
    lines = [parts.sentence(offer, currency, t) for offer in offers]
    return box | {"lines": lines, "button": t.gettext("Choose how to pay")}


def _objection(t: Translator) -> dict[str, str]:
    return {
        "heading": t.gettext("Is something wrong?"),
        "text": t.gettext(
            "If you do not agree with an invoice or an amount, please tell us. "
            "We will not ask for that part until we have looked into it."
        ),
    }


def _fact(item: LetterItem) -> dict[str, Any]:
    return {
        "number": plain.line(item.number),
        "kind": item.kind,
        "issued": item.issued.isoformat() if item.issued else None,
        "due": item.due.isoformat() if item.due else None,
        "amount_minor": item.amount_minor,
    }
