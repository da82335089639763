"""What a letter says, as plain data: everything the page shows, word for word, and the facts behind it.

The archive keeps this dictionary as JSON, and page, PDF and e-mail are drawn from it alone. So a letter can be drawn
again years later, whatever became of the texts, the customer's address or the ledger.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from kulant.core.errors import Refusal
from kulant.i18n import Translator, fallback, language_of, long_date, money, translator
from kulant.ledger.models import Contact, Customer
from kulant.letters import offers as parts
from kulant.letters import paying, plain
from kulant.letters.added import LetterCharge
from kulant.letters.address import address_lines, country_line, web_address, window_side
from kulant.letters.duties import Duty, duties
from kulant.letters.offers import LetterOffer
from kulant.letters.tables import LetterItem, agreed_table, items_table
from kulant.letters.wording import KINDS, Case, prose
from kulant.people.models import Creditor

__all__ = ["MAX_MESSAGE", "LetterCharge", "LetterItem", "LetterOffer", "build_letter"]

VERSION = 1
MAX_MESSAGE = 1200
_AGREED = "plan_agreement"
_THANKS = "thank_you"
_SETTLED = (_AGREED, _THANKS)


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
    charges_rest: bool = False,
) -> dict[str, Any]:
    """The letter of that kind as plain, JSON-storable data. Reads no database.

    ``pay_by`` is the day the letter asks for (for ``hand_over`` the day the case moves on). For ``plan_agreement`` the
    one offer given is what was agreed. ``charges`` is what this letter adds, ``must_say`` what the law wants said;
    ``charges_rest``: earlier charges are left out of what was agreed. Refuses a letter that does not add up.
    """
    _check(kind, items, charges, offers, total_minor)
    if kind == _AGREED:
        total_minor = offers[0].total_minor
    used = fallback(language or language_of(customer.language, customer.country, creditor.language))
    t = translator(used)
    link = web_address(portal_url)
    sender = _sender(creditor)
    duty = Duty(
        pay_by=long_date(pay_by, used),
        answers_to=sender["contact"]["name"] or sender["name"],
        collection_cost=None if collection_cost_minor is None else money(collection_cost_minor, currency, used),
        costs_first=costs_first,
    )
    words = prose(
        kind,
        Case(
            total=money(total_minor, currency, used),
            pay_by=long_date(pay_by, used),
            numbers=tuple(plain.line(item.number) for item in _asked(items)),
            parts=len(offers[0].schedule) if offers else 0,
            country=creditor.country,
            consumer_in=customer.country or creditor.country if customer.kind == "consumer" else None,
            partner=plain.line(partner) or None,
            has_link=link is not None,
            adds=bool(charges) or any(item.is_charge for item in items),
            duties=duties(must_say, duty, t),
        ),
        t,
    )
    own_numbers = {plain.line(customer.number), *(plain.line(item.number) for item in items)}
    reference = plain.line(payment_reference) or _own_reference(customer, items)
    # An invoice number is no KID, even where its last figure happens to fit.
    label = paying.reference_label(None if reference in own_numbers else reference, creditor.country, t)
    return {
        "version": VERSION,
        "kind": kind,
        "language": used,
        "on": on.isoformat(),
        "window": window_side(creditor.country),
        "creditor": sender,
        "recipient": _recipient(creditor, customer, contact, t),
        "particulars": _particulars(customer, on, t),
        "greeting": _greeting(customer, contact, t),
        "heading": words.heading,
        "lead": words.lead,
        "paragraphs": list(words.paragraphs),
        "message": _message(message),
        "table": agreed_table(offers[0], currency, t)
        if kind == _AGREED
        else items_table(items, total_minor, currency, t, settled=kind == _THANKS, charges=charges),
        "covers": _covers(items, charges_rest, t) if kind == _AGREED else None,
        "payment": None
        if kind == _THANKS
        else _payment(kind, creditor, [label, reference], total_minor, currency, pay_by, t),
        "offer": _offer(kind, link, offers, currency, t),
        "paid": None
        if kind in (*_SETTLED, "courtesy")
        else t.gettext("Have you already paid? Thank you, then please ignore this letter."),
        "sign_off": _sign_off(sender, t),
        "objection": None if kind in _SETTLED else _objection(t),
        "page_words": [t.gettext("Page"), t.gettext("of")],
        "facts": {
            "kind": kind,
            "date": on.isoformat(),
            "creditor": {"name": sender["name"], "organisation_number": sender["organisation_number"]},
            "customer": plain.line(customer.number),
            "currency": currency,
            "total_minor": total_minor,
            "pay_by": None if kind in _SETTLED else pay_by.isoformat(),
            "reference": reference,
            "items": [_fact(item) for item in items],
            "charges": [charge.as_fact() for charge in charges],
            "agreed": [[due.isoformat(), minor] for due, minor in offers[0].schedule] if kind == _AGREED else [],
        },
    }


def _check(
    kind: str,
    items: Sequence[LetterItem],
    charges: Sequence[LetterCharge],
    offers: Sequence[LetterOffer],
    total_minor: int,
) -> None:
    if kind not in KINDS:
        raise Refusal("no_such_letter", f"{kind!r} is no kind of letter; choose one of {', '.join(KINDS)}")
    if kind == _AGREED and len(offers) != 1:
        raise Refusal("no_agreement", "a plan agreement needs the one offer that was accepted")
    listed = sum(item.amount_minor for item in items) + sum(charge.amount_minor for charge in charges)
    if kind != _AGREED and items and listed != total_minor:
        raise Refusal(
            "letter_does_not_add_up",
            f"the rows of the letter come to {listed} but it asks for {total_minor} (minor units); propose it again",
        )


def _sender(creditor: Creditor) -> dict[str, Any]:
    return {
        "name": plain.line(creditor.name),
        "address": address_lines(creditor.address),
        "organisation_number": plain.line(creditor.organisation_number) or None,
        "phone": plain.line(creditor.phone) or None,
        "email": plain.line(creditor.email) or None,
        "website": plain.line(creditor.website) or None,
        "bank_account": plain.line(creditor.bank_account) or None,
        "contact": {
            "name": plain.line(creditor.contact_name) or None,
            "phone": plain.line(creditor.contact_phone or creditor.phone) or None,
            "email": plain.line(creditor.contact_email or creditor.email) or None,
        },
    }


def _recipient(creditor: Creditor, customer: Customer, contact: Contact | None, t: Translator) -> dict[str, Any]:
    name = plain.line(customer.name)
    person = plain.line(contact.name) if contact else ""
    extra = [t.gettext("Att. %(name)s", name=person)] if person and person != name else []
    country = country_line(customer.country, creditor.country)
    return {
        "name": name,
        "lines": [*extra, *address_lines(contact.address if contact else None), *([country] if country else [])],
        "customer_number": plain.line(customer.number),
    }


def _greeting(customer: Customer, contact: Contact | None, t: Translator) -> str:
    person = plain.line(contact.name) if contact else ""
    if not person and customer.kind == "consumer":
        person = plain.line(customer.name)
    return t.gettext("Dear %(name)s,", name=person) if person else t.gettext("Hello,")


def _particulars(customer: Customer, on: date, t: Translator) -> list[list[str]]:
    return [
        [t.gettext("Date"), long_date(on, t.language)],
        [t.gettext("Customer number"), plain.line(customer.number)],
    ]


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


def _payment(
    kind: str, creditor: Creditor, reference: list[str], total_minor: int, currency: str, pay_by: date, t: Translator
) -> dict[str, Any]:
    rows = []
    if creditor.bank_account:
        rows.append(list(paying.account(plain.line(creditor.bank_account), creditor.country, t)))
    rows.append(reference)
    if kind != _AGREED:
        rows.append([t.gettext("Amount"), money(total_minor, currency, t.language)])
        rows.append([t.gettext("Pay by"), long_date(pay_by, t.language)])
    heading = t.gettext("How to pay each part") if kind == _AGREED else t.gettext("How to pay")
    return {"heading": heading, "rows": rows}


def _offer(
    kind: str, link: str | None, offers: Sequence[LetterOffer], currency: str, t: Translator
) -> dict[str, Any] | None:
    if link is None or kind == _THANKS:
        return None
    lines: list[str] = []
    if kind == _AGREED:
        heading = t.gettext("Follow your plan")
        text = t.gettext("Your own page shows what is paid and what comes next.")
    elif offers:
        heading = (
            t.gettext("Choose what suits you")
            if kind == "plan_offer"
            else t.gettext("Is it hard to pay all of it now?")
        )
        text = parts.cost(offers, currency, t)
        lines = [parts.sentence(offer, currency, t) for offer in offers]
    else:
        heading = t.gettext("Do you need more time, or is something wrong?")
        text = t.gettext(
            "On your own page you see the invoices. There you can ask to pay in parts, tell us that you have paid, "
            "or tell us what is wrong."
        )
    return {
        "heading": heading,
        "text": text,
        "lines": lines,
        "action": t.gettext("Scan the code with your phone, or open:"),
        "button": t.gettext("Choose how to pay") if lines else t.gettext("Open your page"),
        "url": link,
        "code_title": t.gettext("Code that opens your page: %(link)s", link=link),
    }


def _sign_off(sender: dict[str, Any], t: Translator) -> dict[str, Any]:
    person = sender["contact"]
    named = person["name"] is not None
    return {
        "regards": t.gettext("Kind regards"),
        "name": person["name"] or sender["name"],
        "of": sender["name"] if named else None,
        "invitation": t.gettext("Any questions? Call or write to me.")
        if named
        else t.gettext("Any questions? Call or write to us."),
        "phone": person["phone"],
        "email": person["email"],
    }


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
