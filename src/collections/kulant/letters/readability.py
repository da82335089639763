"""How easily a text is read: LIX, and the words that Kulant's letters never use.

LIX = words per sentence + per cent of words longer than six letters. Below 30 is very easy, 30-40 easy, 40-50 medium,
50-60 hard, above 60 officialese. It says little about texts of fewer than 50 words.
"""

from __future__ import annotations

import re
from typing import Any

# A reminder is read by a tired person; a formal notice has words of the law in it.
LIMIT = 35.0
FORMAL_LIMIT = 40.0
_FORMAL = frozenset({"formal_notice", "hand_over"})

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_LONG = 6

# Officialese, blame and threats. Each is looked for at the beginning of a word, in any case.
NEVER = {
    "nb": (
        "ovennevnte", "undertegnede", "utestående", "mellomværende", "fordring", "oss i hende", "innfri", "mislighold",
        "snarest", "omgående", "rettslige skritt", "rettslig inndriv", "tvangs", "namsmann", "betalingsanmerkning",
        "advar", "konsekvens", "uansvarlig", "unndra", "uten ytterligere varsel", "vedkommende", "anmode", "herved",
    ),
    "da": (
        "ovennævnte", "undertegnede", "tilgodehavende", "mellemværende", "fordring", "erlægge", "misligehold",
        "misligholdelse", "omgående", "snarest", "retslige skridt", "fogedret", "rki", "advar", "konsekvens",
        "uden yderligere varsel", "vedkommende", "anmode", "hermed",
    ),
    "sv": (
        "ovannämnda", "undertecknad", "fordran", "mellanhavande", "erlägga", "oss tillhanda", "omgående", "snarast",
        "rättsliga åtgärder", "utmätning", "betalningsanmärkning", "varna", "konsekvens", "försumm",
        "utan ytterligare", "vederbörande", "härmed", "anmodas",
    ),
    "en": (
        "aforementioned", "undersigned", "hereby", "herewith", "outstanding balance", "default", "legal action",
        "immediately", "forthwith", "failure to", "final warning", "warn", "bailiff", "blacklist", "credit rating",
        "without further notice", "consequence", "demand that", "pursuant", "remit",
    ),
}  # fmt: skip


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
    ends = re.sub(r"0\.(?= [a-zæøåäö])", "0", figures_joined)
    parts = re.split(r"[.!?:](?=\s|$)|\n", ends)
    return max(1, sum(1 for part in parts if _WORD.search(part)))


def unwelcome_words(text: str, language: str) -> list[str]:
    """The words in the text that letters in that language never use, and words shouted in capitals."""
    lowered = text.lower()
    found = [word for word in NEVER.get(language, ()) if re.search(rf"\b{re.escape(word)}", lowered)]
    shouted = [word for word in _WORD.findall(text) if len(word) > 4 and word.isupper()]
    return found + shouted


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


def limit_of(kind: str) -> float:
    """The highest LIX that kind of letter may have."""
    return FORMAL_LIMIT if kind in _FORMAL else LIMIT
