"""The Swiss QR-bill: what its code holds and what its payment part says, by the Swiss Implementation Guidelines. Pure.

Version 0200 of the code with structured addresses, the only ones taken since November 2025.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from kulant.core.errors import Refusal
from kulant.core.money import decimal_string
from kulant.ledger import references
from kulant.letters import plain
from kulant.letters.address import address_lines
from kulant.people.models import Creditor

COUNTRIES = ("CH", "LI")  # whose IBANs such a bill is paid to
CURRENCIES = ("CHF", "EUR")
LEAST, MOST = 1, 99_999_999_999
# The place of the bank's number in an IBAN, and the numbers that stand for accounts with QR references.
_QR_BANKS = range(30_000, 32_000)

# The headings are prescribed word for word in German, French, Italian and English; other customers get English.
WORDS = {
    "de": {
        "receipt": "Empfangsschein", "part": "Zahlteil", "account": "Konto / Zahlbar an", "reference": "Referenz",
        "more": "Zusätzliche Informationen", "payable_by": "Zahlbar durch",
        "payable_by_blank": "Zahlbar durch (Name/Adresse)", "currency": "Währung", "amount": "Betrag",
        "acceptance": "Annahmestelle", "separate": "Vor der Einzahlung abzutrennen", "code": "Swiss QR Code",
    },
    "en": {
        "receipt": "Receipt", "part": "Payment part", "account": "Account / Payable to", "reference": "Reference",
        "more": "Additional information", "payable_by": "Payable by",
        "payable_by_blank": "Payable by (name/address)", "currency": "Currency", "amount": "Amount",
        "acceptance": "Acceptance point", "separate": "Separate before paying in", "code": "Swiss QR Code",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Party:
    """Who pays or is paid, with a structured address."""

    name: str
    street: str
    number: str
    postcode: str
    town: str
    country: str

    def fields(self) -> list[str]:
        """The seven lines of the code."""
        return ["S", self.name[:70], self.street[:70], self.number[:16], self.postcode[:16], self.town[:35],
                self.country]  # fmt: skip

    def lines(self) -> list[str]:
        """As it is printed."""
        abroad = f"{self.country}-" if self.country not in COUNTRIES else ""
        road = f"{self.street} {self.number}".strip()
        return [line for line in (self.name, road, f"{abroad}{self.postcode} {self.town}") if line]


@dataclass(frozen=True, slots=True)
class Bill:
    """Everything a QR-bill says."""

    iban: str
    creditor: Party
    amount_minor: int
    currency: str
    debtor: Party | None
    kind: str  # QRR | SCOR | NON
    reference: str
    message: str

    def text(self) -> str:
        """The text of the code, line by line."""
        debtor = self.debtor.fields() if self.debtor else [""] * 7
        return "\n".join(
            [
                "SPC", "0200", "1", self.iban, *self.creditor.fields(), *[""] * 7,
                decimal_string(self.amount_minor, self.currency), self.currency, *debtor,
                self.kind, self.reference, self.message, "EPD",
            ]
        )  # fmt: skip

    def as_content(self, language: str) -> dict[str, Any]:
        """The payment part as plain data: its words, and what stands under them."""
        amount = decimal_string(self.amount_minor, self.currency)
        whole, point, cents = amount.partition(".")
        return {
            "words": WORDS["de" if language == "de" else "en"],
            "account": [" ".join(re.findall(".{1,4}", self.iban)), *self.creditor.lines()],
            "reference": printed_reference(self.kind, self.reference),
            "message": self.message,
            "debtor": self.debtor.lines() if self.debtor else [],
            "currency": self.currency,
            "amount": f"{int(whole):,}".replace(",", "\u00a0") + point + cents,
            "payload": self.text(),
        }


def bill(creditor: Creditor, iban: str, amount_minor: int, currency: str, reference: str, debtor: Party | None) -> Bill:
    """The bill for that amount; refuses what the guidelines do not allow."""
    if not LEAST <= amount_minor <= MOST:
        raise Refusal("amount_outside_code", "a QR-bill asks for 0.01 to 999,999,999.99")
    payee = party(plain.line(creditor.name), address_lines(creditor.address), creditor.country)
    if payee is None:
        raise Refusal("no_structured_address", "a QR-bill needs the creditor's street, postcode and town")
    kind, number = reference_of(iban, reference)
    message = "" if number else _allowed(reference)[:140]
    return Bill(iban, payee, amount_minor, currency, debtor, kind, number, message)


def reference_of(iban: str, reference: str) -> tuple[str, str]:
    """Kind and figures of the reference: QRR goes with a QR-IBAN and only there, SCOR and NON with any other.

    A number that is no QR reference yet is filled up and given its check digit; what holds other signs cannot be paid
    into a QR-IBAN.
    """
    text = references.compact(reference)
    if is_qr_iban(iban):
        return "QRR", text if references.is_qrr(text) else references.make_qrr(text)
    return ("SCOR", text) if references.is_rf(text) else ("NON", "")


def is_qr_iban(iban: str) -> bool:
    """Whether the account takes payments with a QR reference only."""
    return iban[:2] in COUNTRIES and iban[4:9].isdecimal() and int(iban[4:9]) in _QR_BANKS


def printed_reference(kind: str, reference: str) -> str:
    """As it is printed: a QR reference in fives from the right, a creditor reference in fours."""
    if kind == "QRR":
        return " ".join([reference[:2], *re.findall(".{5}", reference[2:])])
    return " ".join(re.findall(".{1,4}", reference))


def party(name: str, lines: list[str], country: str) -> Party | None:
    """The structured address in the lines of an envelope; none where postcode or town cannot be told."""
    for place in range(len(lines) - 1, -1, -1):
        found = re.fullmatch(r"(?:[A-Z]{1,2}-)?(\d{3} \d{2}|\d{4,5}) (\S.*)", lines[place])
        if found:
            road = lines[place - 1] if place else ""
            street = re.fullmatch(r"(\D.*?)\s+(\d+\s?[A-Za-z]?(?:[-/]\d+[A-Za-z]?)?)", road)
            street_name, number = (street[1], street[2]) if street else (road, "")
            return Party(
                name=_allowed(name)[:70],
                street=_allowed(street_name)[:70],
                number=_allowed(number)[:16],
                postcode=found[1],
                town=_allowed(found[2])[:35],
                country=country,
            )
    return None


def _allowed(text: str) -> str:
    """The signs a bill may hold: Latin letters with their marks, figures, common punctuation."""
    return re.sub(r"[^\x20-\x7e\u00a0-\u017f\u0218-\u021b\u20ac]", "?", plain.line(text))


def cross(modules: int) -> str:
    """The Swiss cross in the middle of a code so many modules wide, which stands for 46 mm."""
    unit = modules / 46

    def rect(width: float, height: float, colour: str) -> str:
        left, top = (modules - width * unit) / 2, (modules - height * unit) / 2
        return (
            f'<rect x="{left:.3f}" y="{top:.3f}" width="{width * unit:.3f}" height="{height * unit:.3f}" '
            f'fill="{colour}"/>'
        )

    white, black = "#fff", "#000"
    return rect(7, 7, white) + rect(6.1, 6.1, black) + rect(1.17, 3.9, white) + rect(3.9, 1.17, white)
