"""Words that threaten or put to shame, in each language: no text of a letter may have them. Pure.

Beside ``unwelcome`` (words that read badly) these are a hard stop for whoever edits a text: a letter that frightens may
be unlawful (good collection practice, e.g. inkassoloven § 8 in Norway) and loses the customer. Before the formal notice
a text may not speak of collection at all: a notice never hides in a reminder.
"""

from __future__ import annotations

import re
from functools import cache

from kulant.letters.disguise import undisguised

# A word with a space behind it is looked for whole, the others at the beginning of a word.
NEVER = {
    "nb": (
        "tvangs", "namsmann", "utlegg", "rettslig", "rettssak", "politiet", "politianmeld", "betalingsanmerkning",
        "svartelist", "kredittvurdering", "konkurs", "uten ytterligere varsel", "siste sjanse", "skam", "naboer",
        "arbeidsgiver", "trekk i lønn",
        "advokat", "fengsel", "saksøk", "stevning",
    ),
    "nn": (
        "tvangs", "namsmann", "utlegg", "rettsleg", "rettssak", "politiet", "politimeld", "betalingsmerknad",
        "svartelist", "kredittvurdering", "konkurs", "utan ytterlegare varsel", "siste sjanse", "skam", "naboar",
        "arbeidsgivar", "trekk i løn",
        "advokat", "fengsel", "saksøk",
    ),
    "da": (
        "tvangs", "foged", "udlæg", "retslig", "retssag", "politiet", "politianmeld", "rki ", "debitorregist",
        "sortlist", "konkurs", "uden yderligere varsel", "sidste chance", "skam", "naboer", "arbejdsgiver",
        "lønindehold",
        "advokat", "fængsel", "sagsøg", "stævning",
    ),
    "sv": (
        "tvångs", "kronofogd", "utmätning", "rättsliga åtgärder", "domstol", "polisen", "polisanmäl",
        "betalningsanmärkning", "svartlist", "konkurs", "utan ytterligare", "sista chansen", "skam", "grannar",
        "arbetsgivare", "löneutmätning",
        "advokat", "fängelse", "stämning ", "rättegång",
    ),
    "fi": (
        "ulosot", "ulosmit", "käräjä", "oikeustoim", "haaste", "poliisi", "maksuhäiriö", "luottotie",
        "mustalle listalle", "konkurssi", "ilman eri ilmoitusta", "viimeinen mahdollisuus", "häpe", "naapuri",
        "työnantaja",
        "asianaja", "vankila", "oikeuteen", "lakimie",
    ),
    "en": (
        "bailiff", "court ", "legal action", "legal proceedings", "sue ", "police", "blacklist", "credit rating",
        "credit score", "bankrupt", "without further notice", "last chance", "ashamed", "shame", "neighbour",
        "employer", "seize", "enforcement",
        "black list", "credit record", "credit file", "lawyer", "solicitor", "prosecut", "prison", "jail", "repossess",
    ),
    "de": (
        "gericht", "zwangsvollstreck", "pfänd", "mahnbescheid", "rechtliche schritte", "klage ", "verklag", "polizei",
        "schufa", "schwarze liste", "insolvenz", "ohne weitere ankündigung", "letzte chance", "schäm", "nachbar",
        "arbeitgeber", "lohnpfänd",
        "anwalt", "anwält", "gefängnis", "eintreib",
    ),
}  # fmt: skip
COLLECTION = {
    "nb": ("inkasso",), "nn": ("inkasso",), "da": ("inkasso",), "sv": ("inkasso",), "fi": ("perin", "maksuvaatimus"),
    "en": ("debt collect", "collection agency", "hand over", "collector"), "de": ("inkasso",),
}  # fmt: skip
# In these letters the step to collection is said, for it is what they are about.
_SPEAKS_OF_COLLECTION = frozenset(("formal_notice", "hand_over"))


# Whoever reads one of these reads the others: a threat in the neighbour's spelling is understood.
_READ_BY_ALL = ("nb", "nn", "da")


def threats(text: str, language: str, kind: str) -> list[str]:
    """The words in the text that threaten in that language and kind of letter, however they are disguised."""
    words: list[str] = []
    for tongue in _READ_BY_ALL if language in _READ_BY_ALL else (language,):
        words += NEVER.get(tongue, ())
        if kind not in _SPEAKS_OF_COLLECTION:
            words += COLLECTION.get(tongue, ())
    known = tuple(dict.fromkeys(words))
    said = [each for each in undisguised(text) if _any_of(known).search(each)]
    return list(dict.fromkeys(word.strip() for word in known if any(_any_of((word,)).search(each) for each in said)))


@cache
def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(
        r"\b(?:" + "|".join(re.escape(w.strip()) + (r"\b" if w.endswith(" ") else "") for w in words) + ")"
    )
