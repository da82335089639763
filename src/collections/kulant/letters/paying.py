"""How to pay: account and reference under the names people know them by in that country."""

from __future__ import annotations

import re

from stdnum import luhn

from kulant.i18n import Translator


def account(number: str, country: str, t: Translator) -> tuple[str, str]:
    """Label and grouped figures of a bank account: Bankgiro, Plusgiro, IBAN, or simply an account."""
    compact = re.sub(r"[\s.]", "", number)
    if re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{10,30}", compact):
        return "IBAN", " ".join(re.findall(".{1,4}", compact))
    if country == "SE" and re.fullmatch(r"\d{3,4}-\d{4}", compact):
        return "Bankgiro", compact
    if country == "SE" and re.fullmatch(r"\d{1,7}-\d", compact):
        return "Plusgiro", compact
    if country == "NO" and re.fullmatch(r"\d{11}", compact):
        return t.gettext("To account"), f"{compact[:4]} {compact[4:6]} {compact[6:]}"
    return t.gettext("To account"), number


def reference_label(reference: str | None, country: str, t: Translator) -> str:
    """What the payer's bank calls such a reference: KID in Norway, OCR in Sweden, when its check digit is right."""
    if reference is None:
        return t.gettext("Reference")
    if country == "NO" and is_kid(reference):
        return "KID"
    if country == "SE" and re.fullmatch(r"\d{2,25}", reference) and luhn.is_valid(reference):
        return t.gettext("OCR number")
    return t.gettext("Reference")


def is_kid(reference: str) -> bool:
    """Whether the reference is a Norwegian KID: 2 to 25 digits ending in a check digit by modulus 10 or 11."""
    if not re.fullmatch(r"\d{1,24}[\d-]", reference):
        return False
    return (reference.isdigit() and bool(luhn.is_valid(reference))) or _mod11(reference[:-1]) == reference[-1]


def _mod11(digits: str) -> str:
    weighted = sum(int(digit) * (2 + place % 6) for place, digit in enumerate(reversed(digits)))
    check = (11 - weighted % 11) % 11
    return "-" if check == 10 else str(check)
