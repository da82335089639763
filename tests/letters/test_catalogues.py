"""Every text of letters and e-mail exists in every written language, with the same values in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.extract import extract, extract_from_file
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

from kulant.letters import wording
from kulant.paths import resource_dir

ROOM = Path(wording.__file__).parent


def _asked_for() -> Iterator[str]:
    for file in sorted(ROOM.glob("*.py")):
        for _, message, _, _ in extract_from_file("python", file):
            yield from [message] if isinstance(message, str) else [part for part in message if isinstance(part, str)]
    for file in sorted((resource_dir("templates") / "mail").rglob("*.*")):
        with file.open("rb") as source:
            for _, message, _, _ in extract(babel_extract, source, options={"newstyle_gettext": "true"}):
                assert isinstance(message, str)
                yield message
    yield from wording._ADVICE.values()


def _catalogue(language: str) -> dict[str, Any]:
    with (resource_dir("locale") / language / "LC_MESSAGES" / "kulant.po").open("rb") as source:
        catalogue = read_po(source, locale=language, abort_invalid=True)
    texts: dict[str, Any] = {}
    for message in catalogue:
        if message.id and isinstance(message.id, tuple):
            texts |= dict(zip(message.id, message.string, strict=True))
        elif message.id:
            texts[message.id] = message.string
    return texts


@pytest.mark.parametrize("language", ["nb", "da", "sv"])
def test_no_text_of_a_letter_is_missing(language: str) -> None:
    texts = _catalogue(language)
    wanted = set(_asked_for())
    assert len(wanted) > 80
    assert [message for message in sorted(wanted) if not texts.get(message)] == []


@pytest.mark.parametrize("language", ["nb", "da", "sv"])
def test_a_translation_names_only_values_that_it_is_given(language: str) -> None:
    for message, text in _catalogue(language).items():
        given = set(re.findall(r"%\((\w+)\)s", message))
        assert set(re.findall(r"%\((\w+)\)s", text)) <= given | {"num"}, message
        assert not re.search(r"%(?!\(\w+\)s|%)", text) or "%" in message, message


@pytest.mark.parametrize("language", ["nb", "da", "sv"])
def test_every_text_is_listed_once(language: str) -> None:
    source = (resource_dir("locale") / language / "LC_MESSAGES" / "kulant.po").read_text(encoding="utf-8")
    listed = re.findall(r'^msgid (".+")$', source, flags=re.MULTILINE)
    assert sorted(listed) == sorted(set(listed))
