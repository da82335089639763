"""Words made to look other than they read to a program: letters of other alphabets, marks that are not seen. Pure.

A text is held against lists of words (``threats``, ``unwelcome``), and whoever wants to hide one from them writes it
with a Cyrillic "о", a zero for it, spaces or invisible marks between its letters. All seven languages are written with
Latin letters, so others stop a text; the rest is undone before the words are looked for.
"""

from __future__ import annotations

import re
import unicodedata

# Letters the seven languages write, beside those that carry an accent in names and loanwords.
_OWN = frozenset("æøåäöüßéèêëáàóòôíìúùñç")
_LAST_LATIN = 0x024F  # the end of the block Latin Extended-B; small capitals, script and phonetic letters lie beyond
_BARE = str.maketrans({"ı": "i", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "ſ": "s", "ƒ": "f", "ø": "ø"})
_FIGURES = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "@": "a", "$": "s"})
_TOKEN = re.compile(r"[\w@$]+")
_APART = re.compile(r"(?<!\w)\w(?:[ ._*·'-]{1,3}\w(?!\w)){2,}")
_WITHIN = re.compile(r"(?<=[^\W\d_])[-_*·.'’](?=[^\W\d_])")


def foreign_letters(text: str) -> list[str]:
    """The letters in the text that belong to no alphabet our languages are written with, each once."""
    return list(dict.fromkeys(each for each in unicodedata.normalize("NFC", text) if _is_foreign(each)))


def _is_foreign(character: str) -> bool:
    if unicodedata.category(character)[0] != "L":
        # Figures and letters in circles, squares and brackets are neither letters nor figures to Unicode.
        return unicodedata.category(character) in ("So", "No", "Nl") and _spells(character)
    return ord(character) > _LAST_LATIN or not unicodedata.name(character, "").startswith("LATIN")


def _spells(character: str) -> bool:
    return any(each.isalnum() for each in unicodedata.normalize("NFKC", character))


def unseen_marks(text: str) -> bool:
    """Whether there are marks that nobody sees: they part a word for a program and not for a reader."""
    return any(
        unicodedata.category(each) in ("Cf", "Co", "Cs", "Cn") or (each < " " and each not in "\n\r\t") for each in text
    ) or bool(re.search(r"[\u115f\u1160\u3164\uffa0\u034f\ufe00-\ufe0f]", text))


def without_unseen(text: str) -> str:
    """The text as it was meant: without the invisible marks that office programs leave, each letter one character."""
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
    return "".join(each for each in composed if not unseen_marks(each))


def undisguised(text: str) -> list[str]:
    """The text in small letters, and as it would read with each disguise taken off."""
    plain = "".join(_bare(each) for each in unicodedata.normalize("NFKC", text).lower())
    seen = "".join(each for each in plain if each.isspace() or unicodedata.category(each)[0] not in ("M", "C"))
    spaced = re.sub(r"\s+", " ", seen)
    joined = _APART.sub(lambda found: re.sub(r"[ ._*·'-]", "", found.group()), spaced)
    figures = _TOKEN.sub(lambda found: _with_letters(found.group()), joined)
    together = _WITHIN.sub("", figures)
    unaccented = "".join(each for each in unicodedata.normalize("NFD", together) if not unicodedata.combining(each))
    return list(dict.fromkeys((spaced, joined, figures, together, unaccented)))


def _with_letters(word: str) -> str:
    """The word with letters for the figures that stand for them; a number stays one."""
    return word.translate(_FIGURES) if any(each.isalpha() for each in word) else word


def _bare(character: str) -> str:
    if character in _OWN or character.isascii():
        return character
    return "".join(
        each for each in unicodedata.normalize("NFD", character.translate(_BARE)) if not unicodedata.combining(each)
    )
