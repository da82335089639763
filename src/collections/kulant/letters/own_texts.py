"""A creditor's own texts in place of the shipped ones: heading, first sentence, what follows, the short opening.

Only the words that persuade are theirs. What the law wants said, the name of a formal notice, amounts, table, how to
pay and whom to call are the program's and stand in every letter, whatever a text says. Pure but for ``own_text``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from kulant.i18n import translator
from kulant.letters import plain
from kulant.letters.models import LetterText
from kulant.letters.sandbox import fill
from kulant.letters.tone import Level
from kulant.letters.wording import Case, Prose, prose, short_opening

# The parts of a text, with what each is.
PARTS = {
    "heading": "Heading: what the letter is",
    "lead": "First sentence, in bold",
    "body": "What follows; an empty line begins a new paragraph",
    "short": "First sentence of the short text",
}
# The law or its custom names these; a heading of one's own could hide what the letter is.
HEADING_FIXED = frozenset(("formal_notice", "hand_over"))

# The values a text may name, with what each holds.
VARIABLES = {
    "total": "what is asked for, with its currency",
    "pay_by": "the day it asks for",
    "number": "the first invoice's number",
    "numbers": "every invoice's number",
    "count": "how many invoices",
    "parts": "how many payments were agreed",
    "partner": "who collects, where the letter hands over",
    "creditor": "your company's name",
    "customer": "the customer's name",
    "tone": "warm, friendly, clear or firm",
    "private": "whether the customer is a private person",
    "link": "whether the letter has a link to the customer's page",
    "adds": "whether the letter charges more than the invoices",
}
NAMES = frozenset(VARIABLES)
NUMBERS = frozenset(("count", "parts"))  # those that may be compared by size

# What a text must name somewhere, so that a letter says what it asks for in its own words.
MUST_NAME = {
    "courtesy": ("total", "pay_by"),
    "reminder": ("total", "pay_by"),
    "fee_reminder": ("total", "pay_by"),
    "final_reminder": ("total", "pay_by"),
    "formal_notice": ("total", "pay_by"),
    "hand_over": ("pay_by", "partner"),
    "plan_offer": ("total",),
    "plan_agreement": ("total",),
}


@dataclass(frozen=True, slots=True)
class OwnText:
    """A creditor's text of one kind of letter in one language. ``version``: none while it is being tried."""

    version: int | None
    texts: Mapping[str, str]


def own_text(session: Session, creditor_id: int, kind: str, language: str) -> OwnText | None:
    """The creditor's text in force; none where the shipped one stands."""
    row = session.scalar(
        select(LetterText).where(
            LetterText.creditor_id == creditor_id,
            LetterText.kind == kind,
            LetterText.language == language,
            LetterText.status == "active",
        )
    )
    return OwnText(row.version, dict(row.texts)) if row is not None else None


def spoken(own: OwnText, kind: str, case: Case, shipped: Prose, *, creditor: str, customer: str) -> Prose:
    """The shipped words with those of the creditor in their place; what must be said follows unchanged."""
    values = _values(case, creditor, customer)
    heading = "" if kind in HEADING_FIXED else _line(fill(own.texts.get("heading", ""), values))
    lead = _line(fill(own.texts.get("lead", ""), values))
    body = fill(own.texts.get("body", ""), values)
    paragraphs = [_line(block) for block in body.replace("\r", "").split("\n\n")]
    return replace(
        shipped,
        heading=heading or shipped.heading,
        lead=lead or shipped.lead,
        paragraphs=(*filter(None, paragraphs), *shipped.required),
    )


def spoken_opening(own: OwnText, case: Case, *, creditor: str, customer: str) -> str | None:
    """The short text's first sentence by the creditor; none where they wrote none."""
    source = own.texts.get("short")
    return _line(fill(source, _values(case, creditor, customer))) if source else None


def _line(text: str) -> str:
    """One line of words. The no-break space stays where it is: an amount is not torn from its currency."""
    return "\u00a0".join(plain.line(part) for part in re.sub(r" *\u00a0 *", "\u00a0", text).split("\u00a0")).strip()


def _values(case: Case, creditor: str, customer: str) -> dict[str, object]:
    return {
        "total": case.total,
        "pay_by": case.pay_by,
        "number": case.numbers[0] if case.numbers else "",
        "numbers": ", ".join(case.numbers),
        "count": len(case.numbers),
        "parts": case.parts,
        "partner": case.partner or "",
        "creditor": plain.line(creditor),
        "customer": plain.line(customer),
        "tone": case.tone.word,
        "private": case.consumer_in is not None,
        "link": case.has_link,
        "adds": case.adds,
    }


# A number no sentence holds by itself: it stands for "so many" where the shipped text counts.
_MANY = 97


@lru_cache(maxsize=256)
def shipped_texts(kind: str, language: str, country: str) -> Mapping[str, str]:
    """The shipped text of a kind as a creditor would write it, with variables, to begin an own one from."""
    t = translator(language)
    few = Case(
        total="{{ total }}", pay_by="{{ pay_by }}", numbers=("{{ number }}",), parts=_MANY, country=country,
        partner="{{ partner }}", has_link=True, adds=True, tone=Level.CLEAR,
    )  # fmt: skip
    many = replace(few, numbers=("{{ number }}",) * _MANY)
    one, more = prose(kind, few, t), prose(kind, many, t)
    texts = {
        "heading": one.heading,
        "lead": _either(one.lead, more.lead),
        "body": "\n\n".join(text for text in one.paragraphs if text not in one.required),
        "short": _either(short_opening(kind, few, t), short_opening(kind, many, t)),
    }
    return {part: text.replace(str(_MANY), "{{ parts }}") for part, text in texts.items()}


def _either(one: str, more: str) -> str:
    if one == more:
        return one
    return f"{{% if count == 1 %}}{one}{{% else %}}{more.replace(str(_MANY), '{{ count }}')}{{% endif %}}"
