"""What is wrong with a text that somebody wrote, before it may be sent: what stops it, what a careful hand would mend.

Pure. A stop keeps a text from being put in force: it cannot be read, threatens, leaves out what the letter is for, or
carries an address of its own (links and accounts are the program's). A warning is for the writer to weigh.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kulant.core.errors import Refusal
from kulant.letters.own_texts import HEADING_FIXED, MUST_NAME, NAMES, NUMBERS, PARTS, VARIABLES
from kulant.letters.readability import limit_of, lix
from kulant.letters.sandbox import check_text, fill, used_variables
from kulant.letters.threats import threats
from kulant.letters.unwelcome import unwelcome_words

STOP, WARNING = "stop", "warning"
LONGEST_HEADING = 60
LONGEST_SHORT = 160
_ADDRESS = re.compile(r"https?:|www\.|\b[\w.+-]+@[\w-]+\.[a-z]{2,}|<\s*/?\s*[a-z]", re.IGNORECASE)
_ACCOUNT = re.compile(r"\b[A-Z]{2}\d{2}[A-Z0-9 ]{10,}|\b\d{4}[. ]?\d{2}[. ]?\d{5}\b")
_SHOUT = re.compile(r"!!|!\s*$", re.MULTILINE)

# Values of about the length that letters have, to measure a text by.
_EXAMPLE: dict[str, object] = {
    "total": "12 500", "pay_by": "1. 12. 2026", "number": "10045", "numbers": "10045, 10046", "count": 2, "parts": 3,
    "partner": "A B", "creditor": "A B", "customer": "A B", "tone": "friendly", "private": False, "link": True,
    "adds": True,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a part of a text, in a sentence that says what to do."""

    weight: str  # stop | warning
    part: str
    code: str
    text: str


def lint(texts: Mapping[str, str], kind: str, language: str) -> list[Finding]:
    """Everything that is wrong with the text, what stops it first."""
    unreadable = list(_unreadable(texts))
    found = unreadable or [*_lacking(texts, kind), *_said(texts, kind, language)]
    return sorted(found, key=lambda one: (one.weight != STOP, list(PARTS).index(one.part)))


def stops(texts: Mapping[str, str], kind: str, language: str) -> list[Finding]:
    """What keeps the text from being put in force."""
    return [finding for finding in lint(texts, kind, language) if finding.weight == STOP]


def lix_of(texts: Mapping[str, str]) -> float:
    """The LIX of first sentence and what follows, filled with values of usual length."""
    return lix("\n".join(fill(texts.get(part, ""), _EXAMPLE) for part in ("lead", "body")))


def _unreadable(texts: Mapping[str, str]) -> Iterator[Finding]:
    for part, source in texts.items():
        if part not in PARTS:
            raise Refusal("no_such_part", f"a text has no part {part!r}; there are {', '.join(PARTS)}")
        try:
            check_text(source, NAMES, numbers=NUMBERS)
        except Refusal as refusal:
            yield Finding(STOP, part, refusal.code, f"{refusal.sentence[:1].upper()}{refusal.sentence[1:]}.")


def _lacking(texts: Mapping[str, str], kind: str) -> Iterator[Finding]:
    for part in ("heading", "lead"):
        if not texts.get(part, "").strip() and not (part == "heading" and kind in HEADING_FIXED):
            yield Finding(STOP, part, "empty", "This must not be empty.")
    named = used_variables(texts.get("lead", "")) | used_variables(texts.get("body", ""))
    for name in MUST_NAME[kind]:
        if name not in named:
            what = VARIABLES[name]
            yield Finding(STOP, "body", "mandatory_gone", f"The letter must say {what}: write {{{{ {name} }}}} in it.")


def _said(texts: Mapping[str, str], kind: str, language: str) -> Iterator[Finding]:
    for part, source in texts.items():
        ways = _ways(source)
        yield from _words(part, "\n".join(ways[1:]), kind, language)
        for word in sorted({word for text in ways for word in threats(text, language, kind)}):
            yield Finding(STOP, part, "threat", f"“{word}” reads as a threat, or belongs to a formal notice only.")
        if any(_ADDRESS.search(text) or _ACCOUNT.search(text) for text in ways):
            yield Finding(
                STOP, part, "address", "No links, accounts or markup: the letter carries the right ones itself."
            )
    if len(texts.get("heading", "")) > LONGEST_HEADING:
        yield Finding(WARNING, "heading", "long_heading", "A heading of one line is read; this one is longer.")
    if len(fill(texts.get("short", ""), _EXAMPLE)) > LONGEST_SHORT:
        yield Finding(WARNING, "short", "long_short", "A short text begins with one short sentence.")
    measured, limit = lix_of(texts), limit_of(kind, language)
    if measured > limit:
        said = f"The text has a LIX of {measured:.0f}; at most {limit:.0f} is easily read. Shorter sentences help most."
        yield Finding(WARNING, "body", "hard_to_read", said)


def _ways(source: str) -> list[str]:
    """The text as it was written, then as it may come out: in each tone, for one invoice and for several."""
    ways = ({"tone": tone, "count": count, "private": private, "adds": flag, "link": flag}
            for tone in ("warm", "friendly", "clear", "firm") for count in (1, 2) for private in (True, False)
            for flag in (True, False))  # fmt: skip
    filled = dict.fromkeys(fill(source, _EXAMPLE | way) for way in ways)
    return [source, *filled]


def _words(part: str, said: str, kind: str, language: str) -> Iterator[Finding]:
    for word in dict.fromkeys(unwelcome_words(said, language)):
        if not threats(word, language, kind):
            yield Finding(WARNING, part, "unwelcome", f"“{word}” is officialese, blame or shouting; say it plainer.")
    if _SHOUT.search(said):
        yield Finding(WARNING, part, "shouting", "An exclamation mark shouts in a letter about money.")
