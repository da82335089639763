"""How to pay: account and reference under the names people know them by in that country."""

from __future__ import annotations

import re
from typing import Any

from kulant.i18n import Translator, money
from kulant.ledger import references
from kulant.letters import plain, qr_bill
from kulant.letters.payment_codes import iban_of, payment_code
from kulant.people.models import Creditor


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


def code(
    creditor: Creditor, minor: int, currency: str, reference: str, t: Translator, *, payer: dict[str, Any] | None = None
) -> dict[str, Any] | None:
    """The code for paying that sum, with what it is called beside it; none where country and creditor have none.

    A Swiss one stands on its payment part, which says in prescribed words what the code holds.
    """
    home = payer or {}
    debtor = qr_bill.party(home.get("name", ""), home.get("lines", []), home.get("country", ""))
    found = payment_code(creditor, minor, currency, reference, debtor=debtor)
    if found is None:
        return None
    label = {
        "epc": t.gettext("Scan with your bank's app"),
        "swish": t.gettext("Scan with Swish"),
        "swiss": t.gettext("The payment part is on the last page."),
    }
    title = t.gettext(
        "Code for paying %(amount)s to %(name)s",
        amount=money(minor, currency, t.language),
        name=plain.line(creditor.name),
    )
    part = None
    if found.kind == "swiss":
        bill = qr_bill.bill(creditor, iban_of(creditor) or "", minor, currency, reference, debtor)
        part = bill.as_content(t.language)
    return {
        "kind": found.kind,
        "payload": found.payload,
        "label": label[found.kind],
        "title": title,
        "part": part,
    }
