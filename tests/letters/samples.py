"""Letters to test with, made from plain rows that no database has seen."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from kulant.ledger.allocation import Order
from kulant.ledger.models import Contact, Customer
from kulant.ledger.statement import Movement, Part, Remaining, Statement, build
from kulant.letters.apology import TakenBack, Wrong, apology
from kulant.letters.content import LetterItem, build_letter
from kulant.letters.fresh_link import fresh_link
from kulant.letters.instalment_reminder import InstalmentDue, instalment_reminder
from kulant.letters.offers import LetterOffer
from kulant.letters.one_time_code import one_time_code
from kulant.letters.receipt import Received, receipt
from kulant.letters.sheet import Parties
from kulant.letters.statement import statement_content
from kulant.letters.thanks import KeptPlan, thank_you
from kulant.people.models import Creditor

TODAY = date(2026, 11, 23)
PAY_BY = date(2026, 12, 7)
LINK = "https://pay.nordlys.example/p/h3Jk9qT2vXw8LrZ5mN1cY7bD4sF6gA0p"

_CREDITORS: dict[str, dict[str, Any]] = {
    "nb": {"name": "Nordlys Engros AS", "country": "NO", "currency": "NOK", "bank_account": "12345678903"},
    "nn": {"name": "Fjordvarer AS", "country": "NO", "currency": "NOK", "bank_account": "12345678903"},
    "da": {"name": "Havnens Grossist A/S", "country": "DK", "currency": "DKK", "bank_account": "1234 0001234567"},
    "sv": {"name": "Norrsken Handel AB", "country": "SE", "currency": "SEK", "bank_account": "5050-1055"},
    "fi": {"name": "Pohjoistuuli Oy", "country": "FI", "currency": "EUR", "bank_account": "FI2112345600000785"},
    "en": {"name": "Harbour Wholesale Ltd", "country": "GB", "currency": "GBP", "bank_account": "1234 5678"},
    "de": {"name": "Nordwind GmbH", "country": "DE", "currency": "EUR", "bank_account": "DE89370400440532013000"},
}
LANGUAGES = tuple(_CREDITORS)


def make_creditor(language: str = "nb", **fields: Any) -> Creditor:
    """A fictional creditor in the country of that language."""
    common = {
        "code": "TEST",
        "language": language,
        "organisation_number": "900 000 001",
        "address": "Prøveveien 1\n0001 Oslo",
        "email": "post@nordlys.example",
        "phone": "+47 22 00 00 00",
        "website": "nordlys.example",
        "contact_name": "Test Kontakt",
        "contact_phone": "+47 22 00 00 01",
        "contact_email": "kontakt@nordlys.example",
    }
    return Creditor(**common | _CREDITORS[language] | fields)


def make_items(count: int = 2, late: int = 20) -> list[LetterItem]:
    """So many invoices of different amounts."""
    return [
        LetterItem(
            number=str(10001 + index),
            amount_minor=125_000 + index * 10_101,
            issued=TODAY - timedelta(days=late + 30),
            due=TODAY - timedelta(days=late),
            days_late=late,
        )
        for index in range(count)
    ]


def make_offers(total_minor: int) -> list[LetterOffer]:
    """All at once in two weeks, or in three parts from the first of next month."""
    third = -(-total_minor // 3)
    days = (date(2026, 12, 1), date(2027, 1, 1), date(2027, 2, 1))
    return [
        LetterOffer(((PAY_BY, total_minor),)),
        LetterOffer(tuple(zip(days, (third, third, total_minor - 2 * third), strict=True))),
    ]


NOTES = ("instalment_reminder", "thank_you", "apology", "receipt", "fresh_link", "one_time_code", "statement")


def make_parties(language: str = "nb", **changes: Any) -> Parties:
    """The creditor of that language and a fictional customer."""
    creditor = changes.pop("creditor", None) or make_creditor(language)
    customer = Customer(
        number="C1001",
        name=changes.pop("name", "Testbakeren AS"),
        kind=changes.pop("customer_kind", "business"),
        country=creditor.country,
        language=None,
    )
    contact = Contact(name="Kari Testesen", address="Testgata 17\n6413 Molde")
    return Parties(
        creditor=creditor, customer=customer, contact=contact, on=TODAY, language=changes.pop("written_in", language)
    )


def make_note(kind: str, language: str = "nb", **changes: Any) -> dict[str, Any]:
    """A document that asks for nothing late; what it tells of may be given as ``about``, a text as ``own``."""
    to, link = make_parties(language, **changes), changes.get("portal_url", LINK)
    about, own, currency = changes.get("about"), changes.get("own"), to.creditor.currency
    if kind == "instalment_reminder":
        usual = InstalmentDue(
            number=2, count=3, due=PAY_BY, amount_minor=86_701, left_after_minor=86_699, currency=currency,
            reference="602243", can_move=True,
        )  # fmt: skip
        return instalment_reminder(to, about or usual, portal_url=link, own=own)
    if kind == "thank_you":
        kept = KeptPlan(
            total_minor=260_101, currency=currency, payments=3, reference="602243", invoices=("10001", "10002"),
            dropped_minor=3_800,
        )  # fmt: skip
        return thank_you(to, about or kept, own=own)
    if kind == "apology":
        crossed = Wrong(
            what="crossed", letter_on=date(2026, 11, 16), currency=currency, invoices=("10001",), paid_minor=125_000,
            paid_on=date(2026, 11, 13), taken_back=(TakenBack("fee", 3_800), TakenBack("interest", 412)),
        )  # fmt: skip
        return apology(to, about or crossed, own=own)
    if kind == "receipt":
        said = Received(
            what="says_paid", reference="K-20417", currency=currency, amount_minor=125_000, day=date(2026, 11, 20),
            invoices=("10001",), quiet_until=date(2026, 11, 30), answer_by=date(2026, 11, 26),
        )  # fmt: skip
        return receipt(to, about or said, portal_url=link, own=own)
    if kind == "fresh_link":
        return fresh_link(to, portal_url=link, valid_until=date(2027, 1, 22), own=own)
    if kind == "one_time_code":
        return one_time_code(to, code="417203", minutes=10)
    found = make_statement(currency)
    return statement_content(
        found, creditor=to.creditor, customer=to.customer, contact=to.contact, portal_url=link, own=own
    )


def make_statement(currency: str) -> Statement:
    """A statement of one invoice, partly paid."""
    issued, due = date(2026, 10, 1), date(2026, 10, 31)
    moves = [
        Movement(1, issued, 1, "invoice", "10001", 125_000, due=due),
        Movement(2, due, 2, "payment", "P77", -40_000, parts=(Part(1, "invoice", "10001", 40_000),)),
    ]
    return build(
        currency=currency,
        period=(date(2026, 10, 1), TODAY),
        opening_minor=0,
        movements=moves,
        remaining=[Remaining(1, "invoice", "10001", due, 23, 85_000)],
        order=Order("principal_first", "the rule"),
    )


def make_letter(kind: str = "reminder", language: str = "nb", **changes: Any) -> dict[str, Any]:
    """A letter of that kind in that language; any argument of ``build_letter`` can be given, and rows' fields."""
    if kind in NOTES:
        return make_note(kind, language, **changes)
    creditor = changes.pop("creditor", None) or make_creditor(language)
    name = changes.pop("name", "Testbakeren AS")
    customer = Customer(
        number=changes.pop("number", "C1001"),
        name=name,
        kind=changes.pop("customer_kind", "business"),
        country=changes.pop("customer_country", creditor.country),
        language=None,
    )
    address = changes.pop("address", "Testgata 17\n6413 Molde")
    contact = Contact(name=changes.pop("contact_name", "Kari Testesen"), address=address)
    items = changes.pop("items", make_items())
    total = changes.pop("total_minor", sum(item.amount_minor for item in items))
    offers = changes.pop("offers", make_offers(total))
    if kind == "plan_agreement":
        offers = offers[-1:]
    return build_letter(
        **{
            "creditor": creditor,
            "customer": customer,
            "contact": contact,
            "kind": kind,
            "language": changes.pop("written_in", language),
            "on": TODAY,
            "items": items,
            "total_minor": total,
            "currency": creditor.currency,
            "payment_reference": "602243",
            "pay_by": PAY_BY,
            "portal_url": LINK,
            "offers": offers,
            **changes,
        }
    )
