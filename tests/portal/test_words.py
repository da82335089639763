"""The portal's texts are easy for a tired person to read in every language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file
from jinja2.ext import babel_extract

from kulant.i18n import LANGUAGES, translator
from kulant.letters.readability import limit_of, lix
from kulant.letters.unwelcome import unwelcome_words
from kulant.paths import resource_dir

WRITTEN = [code for code in LANGUAGES if code != "en"]


def texts() -> Iterator[tuple[str, ...]]:
    """Every text of the templates and the code, with its plural where it has one."""
    for template in sorted(resource_dir("templates").glob("portal/*.html")):
        with template.open("rb") as source:
            for _, function, message, _ in babel_extract(source, {"_": None, "ngettext": (1, 2)}, [], {}):
                parts = (message,) if isinstance(message, str) else tuple(m for m in message if isinstance(m, str))
                yield parts[:2] if function == "ngettext" else parts[:1]
    package = Path(__file__).resolve().parents[2] / "src" / "collections" / "kulant" / "portal"
    for module in sorted(package.glob("*.py")):
        for _, message, _, _ in extract_from_file("python", module, keywords={"gettext": None}):
            yield (message,) if isinstance(message, str) else tuple(message)


def said(parts: tuple[str, ...], language: str) -> list[str]:
    t = translator(language)
    if len(parts) == 1:
        return [t.gettext(parts[0])]
    return [re.sub(r"%\(\w+\)s", "5", t._catalogue.ngettext(*parts, number)) for number in (1, 5)]


@pytest.mark.parametrize("language", WRITTEN)
def test_a_tired_person_can_read_it(language: str) -> None:
    sentences = [line for parts in texts() for line in said(parts, language) if line.rstrip().endswith((".", "?"))]
    spoken = re.sub(r"%\(\w+\)s", "5", "\n".join(sentences))
    assert lix(spoken) <= limit_of("reminder", language)
    assert unwelcome_words(spoken, language) == []
