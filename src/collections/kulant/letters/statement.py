"""The statement of account as the customer reads it: in their language, drawn as letters are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from kulant.core.money import decimal_string
from kulant.i18n import Translator, amount, long_date, money, short_date
from kulant.ledger.models import Contact, Customer
from kulant.ledger.queries import primary_contacts
from kulant.ledger.rules import BUCKETS
from kulant.ledger.statement import Movement, Remaining, Statement, statement
from kulant.letters import plain
from kulant.letters.letterhead import dressed
from kulant.letters.own_texts import OwnText, in_words, own_text
from kulant.letters.pages import environment
from kulant.letters.render import Rendered, logo_address, render_sheets
from kulant.letters.sheet import Parties, finished, link_box
from kulant.letters.wording import Prose
from kulant.people.models import Creditor

KIND = "statement"


def customer_statement(
    session: Session, *, creditor: Creditor, customer: Customer, currency: str, period: tuple[date, date]
) -> Rendered:
    """The PDF of a customer's statement."""
    contact = primary_contacts(session, [customer.id]).get(customer.id)
    found = statement(session, creditor, customer, currency, *period)
    to = Parties(creditor=creditor, customer=customer, contact=contact, on=found.last)
    own = own_text(session, creditor.id, KIND, to.written_in)
    content = statement_content(found, creditor=creditor, customer=customer, contact=contact, own=own)
    content, logo = dressed(session, creditor.id, content)
    return render_statement(content, logo=logo)


def render_statement(content: dict[str, Any], *, logo: bytes | None = None) -> Rendered:
    """The statement as PDF/A-3, tagged, with its figures attached as JSON; over as many pages as it takes."""
    address = logo_address(content) if logo else None
    page = environment().get_template("letters/statement.html").render(statement=content, logo=address)
    attached = ("statement.json", "The figures of this statement, for programs")
    return render_sheets(page, content, stylesheet="statement.css", attached=attached, logo=logo)


def statement_content(
    found: Statement,
    *,
    creditor: Creditor,
    customer: Customer,
    contact: Contact | None,
    portal_url: str | None = None,
    own: OwnText | None = None,
    language: str | None = None,
) -> dict[str, Any]:
    """Every word and figure of the page, as plain data. Reads no database.

    ``own``: the creditor's text in place of the shipped one; ``language``: another than the customer's own.
    """
    to = Parties(creditor=creditor, customer=customer, contact=contact, on=found.last, language=language)
    content, t = to.sheet(KIND)
    values = _values(to, found, t)
    said, opening = in_words(own, values, statement_words(values, t))
    content |= {
        **said,
        "creditor": content["creditor"] | _asking(creditor),
        "particulars": _particulars(found, customer, t),
        "ages": _ages(found, t),
        "movements": _movements(found, t),
        "open": _open(found, t),
        "order": _order(found, t),
        "help": t.gettext("Does something look wrong? Tell us, and we will look at it together."),
        "offer": link_box(
            t.gettext("Your own page"), t.gettext("There you see where things stand, at any time."), portal_url, t
        ),
        "facts": content["facts"] | statement_json(found) | {"customer": customer.number, "creditor": creditor.code},
    }
    return finished(content, opening, t)


def _asking(creditor: Creditor) -> dict[str, Any]:
    """What stands in the foot, and whom to ask."""
    facts = [creditor.organisation_number, creditor.phone, creditor.email, creditor.website]
    asking = [
        creditor.contact_name,
        creditor.contact_phone or creditor.phone,
        creditor.contact_email or creditor.email,
    ]
    return {
        "facts": [plain.line(one) for one in facts if one],
        "asking": [plain.line(one) for one in asking if one],
    }


def _particulars(found: Statement, customer: Customer, t: Translator) -> list[list[str]]:
    days = f"{short_date(found.first, t.language)} – {short_date(found.last, t.language)}"
    return [
        [t.gettext("Period"), days],
        [t.gettext("Customer number"), plain.line(customer.number)],
        [t.gettext("Currency"), found.currency],
    ]


def _values(to: Parties, found: Statement, t: Translator) -> dict[str, Any]:
    """What the sentences speak of, written in the letter's language; what is nothing is empty."""

    def figure(minor: int) -> str:
        return money(minor, found.currency, t.language) if minor > 0 else ""

    closing = found.closing_minor
    return to.names() | {
        "first": long_date(found.first, t.language),
        "last": long_date(found.last, t.language),
        "owed": figure(closing),
        "overdue": figure(min(found.ageing.overdue, closing)),
        "credit": figure(-closing),
    }


def statement_words(v: Mapping[str, Any], t: Translator) -> Prose:
    """The shipped words."""
    if v["credit"]:
        lead = t.gettext("On %(day)s you have %(total)s to your credit with us.", day=v["last"], total=v["credit"])
    elif not v["owed"]:
        lead = t.gettext("On %(day)s you owe us nothing.", day=v["last"])
    elif not v["overdue"]:
        lead = t.gettext("On %(day)s you owe us %(total)s. None of it is past due.", day=v["last"], total=v["owed"])
    else:
        lead = t.gettext(
            "On %(day)s you owe us %(total)s. Of this, %(overdue)s is past due.",
            day=v["last"],
            total=v["owed"],
            overdue=v["overdue"],
        )
    note = t.gettext("This statement asks for nothing new. It shows what has been booked.")
    return Prose(t.gettext("Statement of account"), lead, (note,), short=lead)


def _ages(found: Statement, t: Translator) -> dict[str, Any]:
    heads = [
        t.gettext("Not yet due"),
        t.gettext("1–30 days late"),
        t.gettext("31–60 days"),
        t.gettext("61–90 days"),
        t.gettext("Over 90 days"),
        t.gettext("To your credit"),
        t.gettext("Balance"),
    ]
    sums = [*found.ageing.buckets, found.ageing.credits, found.closing_minor]
    return {
        "caption": t.gettext("The balance by age"),
        "head": heads,
        "row": [amount(minor, found.currency, t.language) if minor else "–" for minor in sums],
    }


def _movements(found: Statement, t: Translator) -> dict[str, Any]:
    def figure(minor: int) -> str:
        return amount(minor, found.currency, t.language)

    return {
        "caption": t.gettext("What was booked"),
        "head": [
            t.gettext("Date"),
            t.gettext("Document"),
            t.gettext("Owed"),
            t.gettext("Paid or credited"),
            t.gettext("Balance"),
        ],
        "opening": [t.gettext("Opening balance"), figure(found.opening_minor)],
        "rows": [
            {
                "day": short_date(move.on, t.language),
                "what": _what(move, t),
                "about": _about(move, found.currency, t),
                "debit": figure(move.debit_minor) if move.debit_minor else "",
                "credit": figure(move.credit_minor) if move.credit_minor else "",
                "balance": figure(balance),
            }
            for move, balance in found.lines
        ],
        "nothing": t.gettext("Nothing was booked in this period."),
        "closing": [
            t.gettext("Closing balance"),
            figure(found.debits_minor),
            figure(found.credits_minor),
            figure(found.closing_minor),
        ],
    }


def _kind(kind: str, t: Translator) -> str:
    return {
        "invoice": t.gettext("Invoice"),
        "credit_note": t.gettext("Credit note"),
        "payment": t.gettext("Payment received"),
        "chargeback": t.gettext("Payment returned"),
        "refund": t.gettext("Paid out"),
        "fee": t.gettext("Fee"),
        "interest": t.gettext("Interest"),
        "compensation": t.gettext("Compensation for late payment"),
        "write_off": t.gettext("Written off"),
        "deduction": t.gettext("Deduction"),
        "transfer": t.gettext("Moved between accounts"),
    }[kind]


def _what(move: Movement, t: Translator) -> str:
    # The number of a charge or adjustment is ours alone and says nothing to the customer.
    ours = move.kind in ("fee", "interest", "compensation", "write_off", "deduction", "transfer")
    words = _kind(move.kind, t) if ours else f"{_kind(move.kind, t)} {plain.line(move.number)}"
    return t.gettext("%(what)s, undone", what=words) if move.reversal else words


def _about(move: Movement, currency: str, t: Translator) -> list[str]:
    said = []
    if move.amount_minor > 0 and move.due and not move.reversal:
        said.append(t.gettext("due %(day)s", day=short_date(move.due, t.language)))
    if move.about and not move.parts:
        said.append(t.gettext("for %(number)s", number=plain.line(move.about)))
    for part in move.parts if move.amount_minor < 0 else ():
        figure = amount(part.amount_minor, currency, t.language)
        said.append(t.gettext("%(amount)s for %(number)s", amount=figure, number=plain.line(part.number)))
    return said


def _open(found: Statement, t: Translator) -> dict[str, Any] | None:
    if not found.remaining:
        return None
    return {
        "caption": t.gettext("Open on %(day)s", day=long_date(found.last, t.language)),
        "head": [t.gettext("Document"), t.gettext("Due"), t.gettext("Days late"), t.gettext("Open")],
        "rows": [_open_row(item, found.currency, t) for item in found.remaining],
    }


def _open_row(item: Remaining, currency: str, t: Translator) -> list[str]:
    due = short_date(item.due, t.language) if item.due and item.open_minor > 0 else ""
    late = str(item.days_late) if item.days_late else ""
    ours = item.number.startswith(("fee:", "interest:", "compensation:"))
    name = _kind(item.kind, t) if ours else f"{_kind(item.kind, t)} {plain.line(item.number)}"
    return [name, due, late, amount(item.open_minor, currency, t.language)]


def _order(found: Statement, t: Translator) -> str:
    if found.order.code == "costs_first":
        return t.gettext(
            "A payment that names nothing goes to the oldest invoice first: to its fees, its interest, then itself."
        )
    return t.gettext(
        "A payment that names nothing goes to the oldest invoice first, and to fees and interest after all invoices."
    )


def statement_json(found: Statement) -> dict[str, Any]:
    """The statement as ``kulant statement --json`` prints it, and as the PDF carries it."""

    def figure(minor: int) -> str:
        return decimal_string(minor, found.currency)

    return {
        "currency": found.currency,
        "from": found.first.isoformat(),
        "to": found.last.isoformat(),
        "opening": figure(found.opening_minor),
        "movements": [
            {
                "date": move.on.isoformat(),
                "item": move.number,
                "id": move.item_id,
                "kind": move.kind,
                "reversal": move.reversal,
                "debit": figure(move.debit_minor),
                "credit": figure(move.credit_minor),
                "balance": figure(balance),
                "allocated": [
                    {"item": part.number, "id": part.item_id, "amount": figure(part.amount_minor)}
                    for part in move.parts
                ],
            }
            for move, balance in found.lines
        ],
        "debits": figure(found.debits_minor),
        "credits": figure(found.credits_minor),
        "closing": figure(found.closing_minor),
        "ageing": {name: figure(minor) for name, minor in zip(BUCKETS, found.ageing.buckets, strict=True)}
        | {"credits": figure(found.ageing.credits)},
        "open_items": [
            {
                "item": item.number,
                "id": item.item_id,
                "due": item.due.isoformat() if item.due else None,
                "days_late": item.days_late,
                "open": figure(item.open_minor),
            }
            for item in found.remaining
        ],
        "allocation_order": {"order": found.order.code, "text": found.order.words, "because": found.order.because},
    }
