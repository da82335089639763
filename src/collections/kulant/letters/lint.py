"""What is wrong with a text that somebody wrote, before it may be sent: what stops it, what a careful hand would mend.

Pure. A stop keeps a text from being put in force: it cannot be read, threatens, leaves out what the letter is for,
speaks of something that may not be there, or carries an address of its own (links and accounts are the program's). A
warning is for the writer to weigh. Every way the text can come out is looked at, whatever its conditions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kulant.core.errors import Refusal
from kulant.letters.disguise import foreign_letters
from kulant.letters.own_addresses import has_address
from kulant.letters.own_texts import PARAGRAPHS, PARTS
from kulant.letters.readability import limit_of, lix
from kulant.letters.sandbox import check_text, fill, tree_of
from kulant.letters.text_kind import Must, TextKind
from kulant.letters.text_kinds import text_kind
from kulant.letters.text_paths import always_says, unguarded, ways
from kulant.letters.threats import threats
from kulant.letters.unwelcome import unwelcome_words

STOP, WARNING = "stop", "warning"
LONGEST_HEADING = 60
LONGEST_SHORT = 200  # with sender and link that is three messages of a phone at most
_FEW_WORDS, _ROOM = 50, 10.0
_SHOUT = re.compile(r"!!|!\s*$", re.MULTILINE)
_SAID_TOGETHER = ("lead", "body")  # the parts that every form of the letter shows
_NO_ADDRESSES = (
    "No links, accounts, long numbers or markup: the letter carries the right ones itself, your phone number too."
)
# What stands for a variable where words are looked at: no figure and no word of its own.
_A_VALUE = "Abc"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a part of a text, in a sentence that says what to do."""

    weight: str  # stop | warning
    part: str
    code: str
    text: str


def lint(texts: Mapping[str, str], key: str, language: str) -> list[Finding]:
    """Everything that is wrong with the text of that kind, what stops it first."""
    kind = text_kind(key)
    unreadable = list(_unreadable(texts, kind))
    found = unreadable or [*_lacking(texts, kind), *_said(texts, kind, language)]
    return sorted(found, key=lambda one: (one.weight != STOP, list(PARTS).index(one.part)))


def stops(texts: Mapping[str, str], key: str, language: str) -> list[Finding]:
    """What keeps the text from being put in force."""
    return [finding for finding in lint(texts, key, language) if finding.weight == STOP]


def lix_of(texts: Mapping[str, str], key: str) -> float:
    """The LIX of first sentence and what follows, filled with values of usual length."""
    return lix("\n".join(fill(texts.get(part, ""), text_kind(key).example) for part in _SAID_TOGETHER))


def lix_limit(texts: Mapping[str, str], key: str, language: str) -> float:
    """The highest LIX the text may have; a few words are measured roughly, and get room for it."""
    kind = text_kind(key)
    words = sum(len(fill(texts.get(part, ""), kind.example).split()) for part in _SAID_TOGETHER)
    return limit_of(kind.document, language) + (_ROOM if words < _FEW_WORDS else 0.0)


def _unreadable(texts: Mapping[str, str], kind: TextKind) -> Iterator[Finding]:
    for part, source in texts.items():
        if part not in PARTS:
            raise Refusal("no_such_part", f"a text has no part {part!r}; there are {', '.join(PARTS)}")
        try:
            check_text(source, kind.names, numbers=kind.numbers)
        except Refusal as refusal:
            yield Finding(STOP, part, refusal.code, f"{refusal.sentence[:1].upper()}{refusal.sentence[1:]}.")


def _lacking(texts: Mapping[str, str], kind: TextKind) -> Iterator[Finding]:
    for part in ("heading", "lead"):
        if not texts.get(part, "").strip() and not (part == "heading" and kind.heading_fixed):
            yield Finding(STOP, part, "empty", "This must not be empty.")
    trees = [tree_of(texts.get(part, "")) for part in _SAID_TOGETHER]
    for must in kind.must:
        if not any(always_says(tree, must.name, given=must.given, lacking=must.lacking) for tree in trees):
            yield Finding(STOP, "body", "mandatory_gone", _must_say(must, kind))
    for part, source in texts.items():
        for name in unguarded(tree_of(source), kind.optional):
            said = (
                f"{{{{ {name} }}}} is not always known: write {{% if {name} %}} before the sentence that names it "
                "and {% endif %} behind it."
            )
            yield Finding(STOP, part, "may_be_missing", said)


def _must_say(must: Must, kind: TextKind) -> str:
    known = "Whenever it is known, the" if must.name in kind.optional else "The"
    what = kind.variables[must.name]
    return f"{known} letter must say {what}: write {{{{ {must.name} }}}}, in every branch of a condition."


def _said(texts: Mapping[str, str], kind: TextKind, language: str) -> Iterator[Finding]:
    for part, source in texts.items():
        said = _stretches(part, source, kind)
        yield from _hidden(part, source)
        yield from _words(part, said, kind.document, language)
        for word in threats(said, language, kind.document):
            yield Finding(STOP, part, "threat", f"“{word}” reads as a threat, or belongs to a formal notice only.")
        if has_address(said):
            yield Finding(STOP, part, "address", _NO_ADDRESSES)
    if any(len(way) > LONGEST_HEADING for way in ways(tree_of(texts.get("heading", "")), kind.example)):
        yield Finding(WARNING, "heading", "long_heading", "A heading of one line is read; this one is longer.")
    if len(fill(texts.get("short", ""), kind.example)) > LONGEST_SHORT:
        yield Finding(WARNING, "short", "long_short", "A short text begins with one short sentence.")
    measured, limit = lix_of(texts, kind.key), lix_limit(texts, kind.key, language)
    if measured > limit:
        words = f"The text has a LIX of {measured:.0f}; at most {limit:.0f} is easily read. Shorten its sentences."
        yield Finding(WARNING, "body", "hard_to_read", words)


def _stretches(part: str, source: str, kind: TextKind) -> str:
    """Every line or paragraph the part can come out as, each once; a mark between them joins nothing."""
    said = ways(tree_of(source), dict.fromkeys(kind.names, _A_VALUE))
    if part == "body":
        said = [paragraph for way in said for paragraph in PARAGRAPHS.split(way)]
    return "\n¦\n".join(dict.fromkeys(said))


def _hidden(part: str, source: str) -> Iterator[Finding]:
    found = foreign_letters(source)
    if found:
        letters = " ".join(found[:10])
        yield Finding(
            STOP, part, "foreign_letter",
            f"Letters of another alphabet, which only look like ours or are drawn: {letters}. Type them anew.",
        )  # fmt: skip


def _words(part: str, said: str, document: str, language: str) -> Iterator[Finding]:
    for word in dict.fromkeys(unwelcome_words(said, language)):
        if not threats(word, language, document):
            yield Finding(WARNING, part, "unwelcome", f"“{word}” is officialese, blame or shouting; say it plainer.")
    if _SHOUT.search(said):
        yield Finding(WARNING, part, "shouting", "An exclamation mark shouts in a letter about money.")
