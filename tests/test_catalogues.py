"""Every text that customers read exists in every written language, says the same values, and none is left over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

import kulant
from kulant.i18n import LANGUAGES
from kulant.letters import wording
from kulant.letters.unwelcome import unwelcome_words
from kulant.paths import resource_dir

WRITTEN = [code for code in LANGUAGES if code != "en"]
ROOMS = ("plans", "letters", "delivery", "portal")
TEMPLATES = ("letters", "mail", "portal")
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}

# The list on top of a pile of letters is read by whoever prints it, in English like the desk; the look is markup alone.
NOT_FOR_CUSTOMERS = {"addresses.html", "look.html"}
# Marks and figures need no translation.
UNTRANSLATED = re.compile(r"[\d\W]*")


def _templates() -> Iterator[Path]:
    for folder in TEMPLATES:
        found = sorted((resource_dir("templates") / folder).rglob("*"))
        yield from (file for file in found if file.is_file() and file.name not in NOT_FOR_CUSTOMERS)


@cache
def asked_for() -> frozenset[tuple[str, ...]]:
    """Every text the code and the templates ask for, with its plural where it has one."""
    found: set[tuple[str, ...]] = {(text,) for text in wording._ADVICE.values()}
    package = Path(kulant.__path__[0])
    for file in (file for room in ROOMS for file in sorted((package / room).glob("*.py"))):
        for _, message, _, _ in extract_from_file("python", file, keywords=KEYWORDS):
            found.add((message,) if isinstance(message, str) else tuple(message))
    for file in _templates():
        with file.open("rb") as source:
            for _, function, message, _ in babel_extract(source, KEYWORDS, [], {}):
                parts = [message] if isinstance(message, str) else [part for part in message if isinstance(part, str)]
                found.add(tuple(parts[: 2 if function == "ngettext" else 1]))
    return frozenset(found)


@cache
def catalogue(language: str) -> Catalog:
    with (resource_dir("locale") / language / "LC_MESSAGES" / "kulant.po").open("rb") as source:
        return read_po(source, locale=language, abort_invalid=True)


def listed(language: str) -> dict[tuple[str, ...], tuple[str, ...]]:
    """The catalogue as texts and what they become, each with its plural where it has one."""
    as_tuple = {str: lambda text: (text,), tuple: tuple, list: tuple}
    return {
        as_tuple[type(message.id)](message.id): as_tuple[type(message.string)](message.string)
        for message in catalogue(language)
        if message.id
    }


def values(text: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)s", text))


def test_there_is_much_to_say() -> None:
    assert len(asked_for()) > 200


def test_no_text_is_asked_for_where_it_cannot_be_found() -> None:
    # What stands inside an f-string is not seen by whoever looks for texts, and would stay English for ever.
    package = Path(kulant.__path__[0])
    sources = {file: file.read_text(encoding="utf-8") for room in ROOMS for file in (package / room).glob("*.py")}
    assert [file.name for file, text in sources.items() if re.search(r"""f"[^"\n]*gettext\('""", text)] == []


@pytest.mark.parametrize("language", WRITTEN)
def test_every_text_is_translated(language: str) -> None:
    texts = listed(language)
    single = {part for parts in texts for part in parts}
    assert [parts for parts in sorted(asked_for()) if parts not in texts and not single.issuperset(parts)] == []
    assert [parts for parts, said in texts.items() if not all(said)] == []
    assert [message.id for message in catalogue(language) if message.fuzzy and message.id] == []


@pytest.mark.parametrize("language", WRITTEN)
def test_no_text_is_left_over_from_earlier(language: str) -> None:
    asked = {parts[0] for parts in asked_for()}
    assert [parts[0] for parts in listed(language) if parts[0] not in asked] == []
    assert list(catalogue(language).obsolete) == []


@pytest.mark.parametrize("language", WRITTEN)
def test_a_translation_names_exactly_the_values_it_is_given(language: str) -> None:
    for parts, said in listed(language).items():
        for text, translated in zip(parts, said, strict=True):
            assert values(translated) == values(text), text
            assert not re.search(r"%(?!\(\w+\)s|%)", translated) or "%" in text, text


@pytest.mark.parametrize("language", WRITTEN)
def test_every_text_is_listed_once(language: str) -> None:
    source = (resource_dir("locale") / language / "LC_MESSAGES" / "kulant.po").read_text(encoding="utf-8")
    ids = re.findall(r'^msgid (".+")$', source, flags=re.MULTILINE)
    assert sorted(ids) == sorted(set(ids))


def test_no_template_says_anything_that_is_not_translated() -> None:
    bare = []
    for file in _templates():
        text = re.sub(r"(?s)\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", file.read_text(encoding="utf-8"))
        said = re.findall(r'(?:aria-label|title|alt|placeholder)="([^"]*)"', text)
        said += re.sub(r'(?s)<!--.*?-->|<style.*?</style>|<[^>]*>|[\w-]+="[^"]*"|&\w+;', " ", text).split()
        bare += [f"{file.name}: {words}" for words in said if not UNTRANSLATED.fullmatch(words)]
    assert bare == []


@pytest.mark.parametrize("language", WRITTEN)
def test_no_text_uses_a_word_that_letters_never_use(language: str) -> None:
    used = {text: unwelcome_words(text, language) for said in listed(language).values() for text in said}
    assert {text: words for text, words in used.items() if words} == {}


def test_no_text_in_english_uses_a_word_that_letters_never_use() -> None:
    used = {text: unwelcome_words(text, "en") for parts in asked_for() for text in parts}
    assert {text: words for text, words in used.items() if words} == {}


def test_german_texts_read_right_in_switzerland_too() -> None:
    sharp = [text for said in listed("de").values() for text in said if "ß" in text]
    assert sharp == ["Freundliche Grüße"]  # the letter's frame writes it with ss for senders there
