"""What is enclosed with a British letter of claim to a person: an information sheet, a reply form, a budget form. Pure.

The Pre-Action Protocol for Debt Claims (paragraph 3.1, annexes 1 and 2) wants all three sent along whenever the debtor
is an individual, sole traders included. The words and the layout are our own, the contents those of the annexes. They
are in English whatever the letter's language is: the forms go back to a British creditor, and perhaps to a court there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from kulant.i18n import long_date, money
from kulant.law.debt_advice import Adviser, advisers_for
from kulant.letters import pre_action_words as words

FORMS = ("information_sheet", "reply_form", "financial_statement")
LANGUAGE = "en"
_COUNTRY = "GB"

# A name that ends like this is a company's or a partnership's, not a person's.
_COMPANY = re.compile(
    r"\b(ltd|limited|p\.?l\.?c|l\.?l\.?p|public limited company|cic|cio|cyf|cyfyngedig|ccc|pac|inc|corp|gmbh|ag|ab|as|"
    r"a/s|aps|oy|oyj|b\.?v|n\.?v|s\.?a|s\.?r\.?l|council|university|nhs trust)\.?\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What the forms say of this claim, written as the letter writes it, in English."""

    creditor: str
    answers_to: tuple[str, ...]  # where the reply goes: name and postal address, line by line
    email: str | None
    customer: str
    reference: str
    dated: str
    answer_by: str
    total: str
    advisers: tuple[Adviser, ...]


def may_be_a_person(kind: str, name: str) -> bool:
    """Whether the debtor is, or for all we know may be, an individual: consumers, and firms that are no company.

    >>> may_be_a_person("business", "Quayside Chandlery Ltd"), may_be_a_person("business", "J. Example, Plumbing")
    (False, True)
    """
    return kind != "business" or _COMPANY.search(name) is None


def claim_of(content: dict[str, Any]) -> Claim:
    """What the forms say, as the letter itself says it."""
    facts, sender = content["facts"], content["creditor"]
    return Claim(
        creditor=sender["name"],
        answers_to=(sender["name"], *sender["address"]),
        email=sender["contact"]["email"],
        customer=f"{content['recipient']['name']} ({facts['customer']})",
        reference=facts["reference"],
        dated=long_date(date.fromisoformat(content["on"]), LANGUAGE),
        answer_by=long_date(date.fromisoformat(facts["pay_by"]), LANGUAGE),
        total=money(facts["total_minor"], facts["currency"], LANGUAGE),
        advisers=advisers_for("consumer", _COUNTRY),
    )


def enclosures(claim: Claim) -> list[dict[str, Any]]:
    """The three forms as plain data, in the order of the pages."""
    told = {
        "creditor": claim.creditor,
        "answer_by": claim.answer_by,
        "dated": claim.dated,
        "total": claim.total,
        "reference": claim.reference,
    }
    about = [
        ["Letter dated", claim.dated],
        ["Claimed by", claim.creditor],
        ["From", claim.customer],
        ["Reference", claim.reference],
        ["Amount claimed", claim.total],
    ]
    back = [*claim.answers_to, *([claim.email] if claim.email else [])]
    return [
        _form("information_sheet", words.INFORMATION, told, advisers=claim.advisers),
        _form("reply_form", words.REPLY, told, about=about, back=back),
        _form("financial_statement", words.MONEY, told, about=about[2:4], back=back),
    ]


def _form(
    key: str,
    written: words.Form,
    told: dict[str, str],
    *,
    about: list[list[str]] | None = None,
    back: list[str] | None = None,
    advisers: tuple[Adviser, ...] = (),
) -> dict[str, Any]:
    return {
        "key": key,
        "language": LANGUAGE,
        "title": written.title,
        "lead": _filled(written.lead, told),
        "about": about or [],
        "parts": [_part(part, told, advisers) for part in written.parts],
        "back": {"heading": "Send this form to", "lines": back} if back else None,
    }


def _part(part: words.Part, told: dict[str, str], advisers: tuple[Adviser, ...]) -> dict[str, Any]:
    blocks = [_filled(block, told) for block in part.blocks]
    if part.names_advisers:
        rows = [[one.name, one.phone or "", one.website] for one in advisers]
        blocks.append({"form": "advisers", "head": ["Who", "Telephone", "On the web"], "rows": rows})
    return {"heading": _filled(part.heading, told), "blocks": blocks}


def _filled(part: Any, told: dict[str, str]) -> Any:
    """The words with what is known of the claim in them; what a customer is called is never read as a blank to fill."""
    if isinstance(part, str):
        return re.sub(r"\{(\w+)\}", lambda found: told[found[1]], part)
    if isinstance(part, dict):
        return {name: _filled(value, told) for name, value in part.items()}
    return [_filled(each, told) for each in part] if isinstance(part, list | tuple) else part


def lacks(content: dict[str, Any]) -> list[str]:
    """The forms that are not with the letter, or that do not say where they are sent back to."""
    found = {form["key"]: form for form in content.get("enclosures", [])}
    whole = {key for key, form in found.items() if form["parts"] and (key == FORMS[0] or _has_address(form))}
    return [key for key in FORMS if key not in whole]


def _has_address(form: dict[str, Any]) -> bool:
    return form["back"] is not None and len(form["back"]["lines"]) > 1
