"""A creditor's own texts in place of the shipped ones: heading, first sentence, what follows, the short opening.

Only the words that persuade are theirs. What the law wants said, the name of a formal notice, amounts, table, how to
pay and whom to call are the program's and stand in every letter, whatever a text says. Which texts there are, and what
each may name: ``text_kinds``. Pure but for ``own_text``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kulant.i18n import one_stop
from kulant.letters import plain
from kulant.letters.models import LetterText
from kulant.letters.sandbox import fill
from kulant.letters.wording import Case, Prose, case_values

# The parts of a text, with what each is called and what it is.
PARTS = {
    "heading": "Heading",
    "lead": "First sentence",
    "body": "What follows",
    "short": "Opening of the short text",
}
ABOUT_PARTS = {
    "heading": "what the letter is, in one line",
    "lead": "in bold",
    "body": "an empty line begins a new paragraph",
    "short": "for a phone; empty: the program’s own",
}
PARAGRAPHS = re.compile(r"\n[ \t]*\n")
# The law or its custom names these; a heading of one's own could hide what the letter is.
HEADING_FIXED = frozenset(("formal_notice", "hand_over"))


@dataclass(frozen=True, slots=True)
class OwnText:
    """A creditor's text of one kind of letter in one language. ``version``: none while it is being tried."""

    version: int | None
    texts: Mapping[str, str]


def own_text(session: Session, creditor_id: int, kind: str, language: str) -> OwnText | None:
    """The creditor's text in force; none where the shipped one stands."""
    row = session.execute(
        select(LetterText.version, LetterText.texts).where(
            LetterText.creditor_id == creditor_id,
            LetterText.kind == kind,
            LetterText.language == language,
            LetterText.status == "active",
        )
    ).one_or_none()
    return OwnText(row.version, dict(row.texts)) if row is not None else None


def in_words(own: OwnText | None, values: Mapping[str, object], shipped: Prose) -> tuple[dict[str, Any], str]:
    """Heading, first sentence and paragraphs of a document's content, and the opening of its short text.

    The shipped words, or those of the creditor in their place; what must be said follows unchanged.
    """
    said = shipped if own is None else _in_place(own, values, shipped)
    content = {
        "heading": said.heading,
        "lead": said.lead,
        "paragraphs": [paragraph for paragraph in said.paragraphs if paragraph],
        "text_version": own.version if own else None,
    }
    opening = _line(fill(own.texts.get("short", ""), values)) if own else ""
    return content, opening or said.short


def spoken(own: OwnText, kind: str, case: Case, shipped: Prose, *, creditor: str, customer: str) -> Prose:
    """The shipped words of a letter of the ladder with those of the creditor in their place."""
    return _in_place(own, case_values(case, creditor, customer), shipped, heading_fixed=kind in HEADING_FIXED)


def spoken_opening(own: OwnText, case: Case, *, creditor: str, customer: str) -> str | None:
    """The short text's first sentence by the creditor; none where they wrote none."""
    source = own.texts.get("short")
    return _line(fill(source, case_values(case, creditor, customer))) if source else None


def _in_place(own: OwnText, values: Mapping[str, object], shipped: Prose, *, heading_fixed: bool = False) -> Prose:
    heading = "" if heading_fixed else _line(fill(own.texts.get("heading", ""), values))
    lead = _line(fill(own.texts.get("lead", ""), values))
    body = fill(own.texts.get("body", ""), values)
    paragraphs = [_line(block) for block in PARAGRAPHS.split(body.replace("\r", ""))]
    return replace(
        shipped,
        heading=heading or shipped.heading,
        lead=lead or shipped.lead,
        paragraphs=(
            *shipped.required[: shipped.before],
            *filter(None, paragraphs),
            *shipped.required[shipped.before :],
        ),
    )


def _line(text: str) -> str:
    """One line of words. The no-break space stays where it is: an amount is not torn from its currency."""
    joined = "\u00a0".join(plain.line(part) for part in re.sub(r" *\u00a0 *", "\u00a0", text).split("\u00a0")).strip()
    return one_stop(joined)
