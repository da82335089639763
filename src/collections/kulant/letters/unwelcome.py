"""The words Kulant's letters never use, in each language: officialese, blame and threats. Pure.

They are kept together here, so that whoever reads one language can judge it at a glance. Each is looked for at the
beginning of a word, in any case, so that ``konsekvens`` finds *konsekvenser* too.
"""

from __future__ import annotations

import re

NEVER: dict[str, tuple[str, ...]] = {
    "nb": (
        "ovennevnte", "undertegnede", "utestående", "mellomværende", "fordring", "oss i hende", "innfri", "mislighold",
        "snarest", "omgående", "rettslige skritt", "rettslig inndriv", "tvangs", "namsmann", "betalingsanmerkning",
        "advar", "konsekvens", "uansvarlig", "unndra", "uten ytterligere varsel", "vedkommende", "anmode", "herved",
    ),
    "nn": (
        "ovannemnde", "underteikna", "uteståande", "mellomvære", "fordring", "oss i hende", "innfri", "mishald",
        "misleghald", "snarast", "omgåande", "rettslege skritt", "rettsleg inndriv", "tvangs", "namsmann",
        "betalingsmerknad", "åtvar", "konsekvens", "uansvarleg", "unndra", "utan ytterlegare varsel", "vedkomande",
        "oppmod", "herved",
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
    "fi": (
        "edellä mainit", "yllä mainit", "allekirjoittan", "saatavamme", "saatavan", "viipymättä", "välittömästi",
        "ulosot", "oikeustoim", "haaste", "maksuhäiriö", "luottotie", "laiminly", "velvoi", "velallinen", "seuraamu",
        "uhalla", "varoitus", "varoitamme", "täten", "kehota", "vaadimme", "ilman eri ilmoitusta", "asianomai",
        "tiedoksenne",
    ),
    "en": (
        "aforementioned", "undersigned", "hereby", "herewith", "outstanding balance", "default", "legal action",
        "immediately", "forthwith", "failure to", "final warning", "warn", "bailiff", "blacklist", "credit rating",
        "without further notice", "consequence", "demand that", "pursuant", "remit",
    ),
    "de": (
        "oben genannt", "obengenannt", "obig", "unterzeichn", "hiermit", "hierdurch", "forderung", "außenstände",
        "ausstehend", "begleich", "unverzüglich", "umgehend", "schnellstmöglich", "säumig", "zahlungspflichtig",
        "versäum",
        "rechtliche schritte", "gerichtlich", "gerichtsvollzieher", "zwangsvollstreck", "mahnbescheid", "schufa",
        "konsequenz", "warn", "letztmalig", "widrigenfalls", "ohne weitere ankündigung", "aufforder", "gemäß",
        "bezüglich", "zwecks",
    ),
}  # fmt: skip

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


def unwelcome_words(text: str, language: str) -> list[str]:
    """The words in the text that letters in that language never use, and words shouted in capitals."""
    lowered = text.lower()
    found = [word for word in NEVER.get(language, ()) if re.search(rf"\b{re.escape(word)}", lowered)]
    shouted = [word for word in _WORD.findall(text) if len(word) > 4 and word.isupper()]
    return found + shouted
