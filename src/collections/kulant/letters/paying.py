"""How to pay: account and reference under the names people know them by in that country."""

from __future__ import annotations

import re

from kulant.i18n import Translator
from kulant.ledger import references


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
    """What the payer's bank calls such a reference (KID, OCR, FIK, viite, RF) when its check digits are right."""
    kind = references.kind_of(reference, country) if reference is not None else None
    if kind == "OCR":
        return t.gettext("OCR number")
    return {"KID": "KID", "FIK": "FIK", "viite": "Viite", "RF": "RF"}.get(kind or "") or t.gettext("Reference")
