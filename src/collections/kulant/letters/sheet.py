"""What every document has in common: who writes to whom, the greeting, how to pay, who signs. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from kulant.i18n import Translator, fallback, language_of, long_date, money, translator
from kulant.ledger.models import Contact, Customer
from kulant.letters import paying, plain
from kulant.letters.address import address_lines, country_line, web_address, window_side
from kulant.letters.short_text import short_text
from kulant.letters.tone import tone
from kulant.people.models import Creditor

# 2: also the tone, what the law wants said, a box of facts, and the short text.
VERSION = 2

Pairs = list[list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parties:
    """Who writes to whom, on which day. ``language``: another than the customer's own."""

    creditor: Creditor
    customer: Customer
    contact: Contact | None
    on: date
    language: str | None = None

    def sheet(self, kind: str) -> tuple[dict[str, Any], Translator]:
        """An empty document of that kind, and the translator into its language."""
        t = translator_for(self.language, self.customer, self.creditor)
        content = blank_sheet(
            kind=kind, creditor=self.creditor, customer=self.customer, contact=self.contact, on=self.on, t=t
        )
        return content, t

    @property
    def written_in(self) -> str:
        """The language the document will be in."""
        return translator_for(self.language, self.customer, self.creditor).language

    def names(self) -> dict[str, Any]:
        """Who writes to whom, for the sentences of a text."""
        return {"creditor": plain.line(self.creditor.name), "customer": plain.line(self.customer.name)}


def translator_for(language: str | None, customer: Customer, creditor: Creditor) -> Translator:
    """The language asked for, else the customer's, their country's, or the creditor's own."""
    return translator(fallback(language or language_of(customer.language, customer.country, creditor.language)))


def blank_sheet(
    *, kind: str, creditor: Creditor, customer: Customer, contact: Contact | None, on: date, t: Translator
) -> dict[str, Any]:
    """A document that says nothing yet: its frame is there, and every part that it may have is empty."""
    sender = _sender(creditor)
    return {
        "version": VERSION,
        "kind": kind,
        "language": t.language,
        "on": on.isoformat(),
        "window": window_side(creditor.country),
        "creditor": sender,
        "recipient": _recipient(creditor, customer, contact, t),
        "particulars": [
            [t.gettext("Date"), long_date(on, t.language)],
            [t.gettext("Customer number"), plain.line(customer.number)],
        ],
        "greeting": _greeting(customer, contact, t),
        "heading": "",
        "lead": "",
        "paragraphs": [],
        "required": [],
        "must_say": {},
        "tone": tone(kind).as_content(),
        "message": [],
        "table": None,
        "covers": None,
        "summary": None,
        "payment": None,
        "offer": None,
        "paid": None,
        "sign_off": _sign_off(sender, creditor.country, t),
        "objection": None,
        "page_words": [t.gettext("Page"), t.gettext("of")],
        "short": None,
        "facts": {
            "kind": kind,
            "date": on.isoformat(),
            "creditor": {"name": sender["name"], "organisation_number": sender["organisation_number"]},
            "customer": plain.line(customer.number),
        },
    }


def finished(content: dict[str, Any], opening: str, t: Translator) -> dict[str, Any]:
    """The document with its short text, which begins with that sentence."""
    return content | {"short": short_text(content, opening, t).as_content()}


def summary(heading: str, rows: Pairs) -> dict[str, Any]:
    """A box of a few facts, each under its name."""
    return {"heading": heading, "rows": rows}


def payment_box(
    creditor: Creditor,
    reference: list[str],
    t: Translator,
    *,
    heading: str | None = None,
    asked: tuple[int, str, date | None] | None = None,
    payer: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """How to pay: account and reference; and how much in which currency by when, where one sum is asked for.

    Such a sum gets the code that banks' apps read, where there is one; ``payer``, a recipient, stands on a Swiss bill.
    """
    rows = []
    if creditor.bank_account:
        rows.append(list(paying.account(plain.line(creditor.bank_account), creditor.country, t)))
    rows.append(reference)
    if asked is not None:
        minor, currency, pay_by = asked
        rows.append([t.gettext("Amount"), money(minor, currency, t.language)])
        if pay_by is not None:
            rows.append([t.gettext("Pay by"), long_date(pay_by, t.language)])
    code = paying.code(creditor, *asked[:2], reference[1], t, payer=payer) if asked else None
    return {"heading": heading or t.gettext("How to pay"), "rows": rows, "code": code}


def link_box(heading: str, text: str, link: str | None, t: Translator) -> dict[str, Any] | None:
    """The customer's own page, to scan or to open; none without a link."""
    url = web_address(link)
    if url is None:
        return None
    return {
        "heading": heading,
        "text": text,
        "lines": [],
        "action": t.gettext("Scan the code with your phone, or open:"),
        "button": t.gettext("Open your page"),
        "url": url,
        "code_title": t.gettext("Code that opens your page: %(link)s", link=url),
    }


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
        "country": customer.country or creditor.country,
    }


def _greeting(customer: Customer, contact: Contact | None, t: Translator) -> str:
    person = plain.line(contact.name) if contact else ""
    if not person and customer.kind == "consumer":
        person = plain.line(customer.name)
    return t.gettext("Dear %(name)s,", name=person) if person else t.gettext("Hello,")


def _sign_off(sender: dict[str, Any], country: str, t: Translator) -> dict[str, Any]:
    person = sender["contact"]
    named = person["name"] is not None
    regards = t.gettext("Kind regards")
    return {
        # Swiss German has no ß; no other German text of ours has one.
        "regards": regards.replace("ß", "ss") if country in ("CH", "LI") else regards,
        "name": person["name"] or sender["name"],
        "of": sender["name"] if named else None,
        "invitation": t.gettext("Any questions? Call or write to me.")
        if named
        else t.gettext("Any questions? Call or write to us."),
        "phone": person["phone"],
        "email": person["email"],
    }
