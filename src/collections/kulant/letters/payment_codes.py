"""Codes that a bank's app reads to fill in a payment: the European code, Swish, the Swiss QR-bill. Pure.

Which of them a customer gets follows from the currency and what the creditor has set: ``payment_code`` chooses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

import segno
from markupsafe import Markup
from stdnum import iban as ibans

from kulant.core.errors import Refusal
from kulant.core.identifiers import check_swish
from kulant.core.money import decimal_string
from kulant.ledger import references
from kulant.letters import plain, qr_bill
from kulant.letters.qr_bill import Party
from kulant.people.models import Creditor

# What the European code and the Swiss one may ask for, in hundredths: 0.01 to 999,999,999.99.
LEAST, MOST = 1, 99_999_999_999
# The longest European code, in bytes of UTF-8 (EPC069-12).
_LONGEST_EPC = 331
_LONGEST_SWISH_MESSAGE = 50
# The white rim around a code, in its own modules (ISO/IEC 18004).
QUIET = 4
# In Swish messages: letters, figures and these.
_SWISH_SIGNS = r"[^0-9A-Za-zÀ-ÖØ-öø-ÿ !?(),.:-]"


@dataclass(frozen=True, slots=True)
class PaymentCode:
    """What stands in a code: ``epc``, ``swish`` or ``swiss``, and the text the app reads."""

    kind: str
    payload: str

    def svg(self, title: str, *, dark: str = "#000000") -> Markup:
        """The code as a drawing that says in words what it is."""
        return drawing(self.kind, self.payload, title, dark=dark)


def drawing(kind: str, payload: str, title: str, *, dark: str = "#000000") -> Markup:
    """A code's text as a square drawing. The Swiss one has its cross and no rim: the page keeps the room around it."""
    swiss = kind == "swiss"
    # The error correction is that of the specifications, and the text is UTF-8 whatever fits into less.
    code = segno.make(payload, error="m", micro=False, boost_error=False, encoding="utf-8")
    border = 0 if swiss else QUIET
    drawn = code.svg_inline(
        border=border, dark=dark, title=title, omitsize=True, svgclass=None, lineclass=None, unit=None
    )
    if swiss:
        cross = qr_bill.cross(int(code.symbol_size(border=0)[0]))
        drawn = drawn.replace("</svg>", f"{cross}</svg>")
    return Markup(drawn)


def payment_code(
    creditor: Creditor,
    amount_minor: int,
    currency: str,
    reference: str | None,
    *,
    debtor: Party | None = None,
) -> PaymentCode | None:
    """The code for paying that amount under that reference, where currency and creditor allow one; else none.

    ``debtor`` stands on a Swiss bill only. Data that no code can hold (an amount too large, an address without a
    postcode) mean that there is none; paying by hand always works.
    """
    number = iban_of(creditor)
    reference = plain.line(reference)
    try:
        if currency == "SEK" and creditor.swish:
            return PaymentCode("swish", swish_text(creditor.swish, amount_minor, reference))
        if number and number[:2] in qr_bill.COUNTRIES and currency in qr_bill.CURRENCIES:
            bill = qr_bill.bill(creditor, number, amount_minor, currency, reference, debtor)
            return PaymentCode("swiss", bill.text())
        if number and currency == "EUR":
            name = plain.line(creditor.name)
            return PaymentCode(
                "epc",
                epc_text(name, number, amount_minor, reference, bic=creditor.bic, country=creditor.country),
            )
    except Refusal:
        return None
    return None


def iban_of(creditor: Creditor) -> str | None:
    """The creditor's IBAN without spaces: the one set for codes, or the bank account where that is one."""
    for given in (creditor.iban, creditor.bank_account):
        if given and ibans.is_valid(given):
            return str(ibans.compact(given))
    return None


def check_amount(amount_minor: int) -> None:
    """Refuses what no code may ask for."""
    if not LEAST <= amount_minor <= MOST:
        raise Refusal("amount_outside_code", "a payment code asks for 0.01 to 999,999,999.99")


def epc_text(
    name: str, iban: str, amount_minor: int, reference: str, *, bic: str | None = None, country: str | None = None
) -> str:
    """The European code, version 002 of EPC069-12 ("GiroCode" in Germany), for a payment in euro.

    A reference by ISO 11649 stands in its own field, a Finnish one is wrapped in such a one; any other is plain text.
    """
    check_amount(amount_minor)
    if not ibans.is_valid(iban):
        raise Refusal("bad_iban", f"{iban!r} is no IBAN")
    structured = _creditor_reference(reference, country)
    text = "" if structured else reference[:140]
    lines = [
        "BCD", "002", "1", "SCT", (bic or "").replace(" ", ""), name[:70], ibans.compact(iban),
        f"EUR{decimal_string(amount_minor, 'EUR')}", "", structured, text,
    ]  # fmt: skip
    while len("\n".join(lines).encode()) > _LONGEST_EPC:
        lines[-1] = lines[-1][:-1]
    return "\n".join(lines).rstrip("\n")


def _creditor_reference(reference: str, country: str | None) -> str:
    """The reference as ISO 11649 has it, or nothing when it is of no such kind."""
    text = references.compact(reference)
    if references.is_rf(text):
        return text
    if country == "FI" and references.is_viite(text):
        return references.make("rf", text.lstrip("0"))
    return ""


def swish_text(number: str, amount_minor: int, message: str) -> str:
    """The code of Swish for a payment that is filled in and fixed: payee, amount in kronor, message, lock mask 0."""
    check_amount(amount_minor)
    kronor = decimal_string(amount_minor, "SEK").replace(".", ",")
    allowed = re.sub(_SWISH_SIGNS, " ", message)[:_LONGEST_SWISH_MESSAGE].strip()
    return f"C{check_swish(number)};{kronor};{quote(allowed, safe='')};0"
