"""The demo's files: the same CSV a wholesaler's order system and bank would hand over."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from io import BytesIO, StringIO

from kulant.core.money import decimal_string
from kulant.demo.customers import Profile
from kulant.demo.invoices import Bill, Receipt
from kulant.demo.talk import Contact


def customers_csv(profiles: Iterable[Profile], today: date) -> BytesIO:
    """Everybody the wholesaler sells to."""
    columns = (
        "customer_id", "name", "kind", "country", "language", "email", "phone", "address", "customer_since",
        "account_manager", "segment", "acquisition_cost", "credit_limit", "strategic", "no_dunning",
    )  # fmt: skip
    return _csv(columns, (_customer(profile, today) for profile in profiles))


def _customer(profile: Profile, today: date) -> Sequence[str]:
    story = profile.story
    return (
        profile.number, story.name, story.kind, story.country, profile.language, profile.email, profile.phone,
        profile.address, (today - timedelta(days=profile.since_days)).isoformat(), profile.manager, profile.segment,
        f"{profile.acquisition_cost}.00", f"{profile.credit_limit}.00", _flag(story.strategic), _flag(story.no_dunning),
    )  # fmt: skip


def interactions_csv(contacts: Iterable[Contact], today: date) -> BytesIO:
    """The contact book of the years before: who spoke with whom, what was complained of, how new customers liked it."""
    columns = (
        "interaction_id", "customer_id", "date", "kind", "direction", "text", "by", "answered_date", "outcome",
        "expected", "got",
    )  # fmt: skip
    ordered = sorted(contacts, key=lambda one: (-one.days_ago, one.profile.number, one.text))
    return _csv(columns, (_contact(place, one, today) for place, one in enumerate(ordered, start=1)))


def _contact(place: int, one: Contact, today: date) -> Sequence[str]:
    answered = (today - timedelta(days=one.answered_days_ago)).isoformat() if one.answered_days_ago else ""
    return (
        f"CRM{place:05d}", one.profile.number, (today - timedelta(days=one.days_ago)).isoformat(), one.kind,
        one.direction, one.text, one.profile.manager or "Demo: clerk", answered, one.outcome, one.expected, one.got,
    )  # fmt: skip


def invoices_csv(bills: Iterable[Bill]) -> BytesIO:
    """Invoices and credit notes."""
    columns = (
        "customer_id", "customer_name", "currency", "invoice_number", "kind", "issue_date", "due_date", "amount",
        "margin", "payment_reference", "credits_invoice",
    )  # fmt: skip
    return _csv(columns, (_bill(bill) for bill in bills))


def _bill(bill: Bill) -> Sequence[str]:
    currency, is_credit = bill.profile.currency, bill.amount_minor < 0
    return (
        bill.profile.number, bill.profile.story.name, currency, bill.number,
        "credit_note" if is_credit else "invoice", bill.issued.isoformat(), bill.due.isoformat(),
        decimal_string(abs(bill.amount_minor), currency), decimal_string(bill.margin_minor, currency),
        "" if is_credit else bill.reference, bill.credits_number,
    )  # fmt: skip


def payments_csv(receipts: Iterable[Receipt]) -> BytesIO:
    """Lines of the bank account."""
    columns = (
        "payment_id", "date", "amount", "currency", "customer_id", "invoice_number", "reference", "reverses",
    )  # fmt: skip
    return _csv(columns, (_receipt(receipt) for receipt in receipts))


def _receipt(receipt: Receipt) -> Sequence[str]:
    return (
        receipt.number, receipt.on.isoformat(), decimal_string(receipt.amount_minor, receipt.currency),
        receipt.currency, receipt.customer, receipt.invoice, receipt.reference, receipt.reverses,
    )  # fmt: skip


def _flag(value: bool) -> str:
    return "yes" if value else "no"


def _csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> BytesIO:
    text = StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return BytesIO(text.getvalue().encode())
