"""Letters to test with, made from plain rows that no database has seen."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from kulant.ledger.models import Contact, Customer
from kulant.letters.content import LetterItem, build_letter
from kulant.letters.offers import LetterOffer
from kulant.people.models import Creditor

TODAY = date(2026, 11, 23)
PAY_BY = date(2026, 12, 7)
LINK = "https://pay.nordlys.example/p/h3Jk9qT2vXw8LrZ5mN1cY7bD4sF6gA0p"

_CREDITORS: dict[str, dict[str, Any]] = {
    "nb": {"name": "Nordlys Engros AS", "country": "NO", "currency": "NOK", "bank_account": "12345678903"},
    "da": {"name": "Havnens Grossist A/S", "country": "DK", "currency": "DKK", "bank_account": "1234 0001234567"},
    "sv": {"name": "Norrsken Handel AB", "country": "SE", "currency": "SEK", "bank_account": "5050-1055"},
    "en": {"name": "Harbour Wholesale Ltd", "country": "GB", "currency": "GBP", "bank_account": "1234 5678"},
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


def make_letter(kind: str = "reminder", language: str = "nb", **changes: Any) -> dict[str, Any]:
    """A letter of that kind in that language; any argument of ``build_letter`` can be given, and rows' fields."""
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
