"""How easily a text is read: LIX, with limits that fit its language.

LIX = words per sentence + per cent of words longer than six letters. Below 30 is very easy, 30-40 easy, 40-50 medium,
50-60 hard, above 60 officialese. It says little about texts of fewer than 50 words.

That scale was made for Swedish and serves its neighbours, English and German as well. Finnish says with endings what
they say with small words: fewer words, most of them longer. The same letter that has a LIX of 15 to 25 in the six
others has one of 40 to 50 in Finnish, with sentences of five words, so what is easy there begins 25 higher.
"""

from __future__ import annotations

import re
from typing import Any

# A reminder is read by a tired person; a formal notice has words of the law in it.
LIMIT = 35.0
FORMAL_LIMIT = 40.0
_FORMAL = frozenset({"formal_notice", "hand_over"})
_HIGHER = {"fi": 25.0}

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_LONG = 6
# A date or an amount goes on behind its full stop: "1. mars", "den 7. Dezember", "1.000,00 kr. den".
_MONTHS_DE = "Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember"
_NO_END = re.compile(rf"(?<=0)\.(?= (?:[a-zæøåäö]|{_MONTHS_DE}))|(?<=\bkr)\.(?= [a-zæøå])")


def lix(text: str) -> float:
    """The LIX of a text. Figures are no words, and the full stop of a date or an amount ends no sentence.

    >>> round(lix("Vi ser at fakturaen ikke er betalt. Ring oss."), 1)
    15.6
    """
    words = _WORD.findall(text)
    if not words:
        return 0.0
    long_words = sum(1 for word in words if len(word) > _LONG)
    return len(words) / _sentences(text) + 100 * long_words / len(words)


def _sentences(text: str) -> int:
    # "1. mars" and "12.500,00" hold no end of a sentence; a new line always is one.
    figures_joined = re.sub(r"\d+(?:[.,:/\u00a0 -]+\d+)*", "0", text)
    parts = re.split(r"[.!?:](?=\s|$)|\n", _NO_END.sub("", figures_joined))
    return max(1, sum(1 for part in parts if _WORD.search(part)))


def spoken_text(content: dict[str, Any]) -> str:
    """The sentences of a letter, without table, address and figures to pay with."""
    offer, objection = content["offer"], content["objection"]
    said = [content["lead"], *content["paragraphs"], content["covers"], *content["message"], content["paid"]]
    if content["table"]:
        said.append(content["table"]["note"])
    if offer:
        said += [offer["heading"], offer["text"], *offer["lines"], offer["action"]]
    if objection:
        said += [objection["heading"], objection["text"]]
    said.append(content["sign_off"]["invitation"])
    return "\n".join(sentence for sentence in said if sentence)


def limit_of(kind: str, language: str) -> float:
    """The highest LIX that kind of letter may have in that language."""
    return (FORMAL_LIMIT if kind in _FORMAL else LIMIT) + _HIGHER.get(language, 0.0)
