"""What the notice before debt collection is called: each country's own name, which no translation replaces. Pure."""

from __future__ import annotations

from kulant.i18n import Translator

_SCANDINAVIAN = ("nb", "nn", "da", "sv")

# The name by the language it is said in, and by itself where the country has one only.
_NAMES: dict[str, dict[str, str]] = {
    "NO": {"": "inkassovarsel"},
    "DK": {"": "inkassovarsel"},
    "SE": {"": "inkassokrav"},
    "FI": {"": "maksuvaatimus", "sv": "betalningskrav"},
    "NL": {"": "veertiendagenbrief"},
    "GB": {"": "Letter of Claim"},
    # No statute names it there; a Mahnung with a day is what puts the debtor in default.
    "DE": {"": "Mahnung"},
    "AT": {"": "Mahnung"},
    "CH": {"": "Mahnung"},
}
# Only in these languages does the name stand for the thing without being explained.
_UNDERSTOOD = {
    "NO": _SCANDINAVIAN,
    "DK": _SCANDINAVIAN,
    "SE": _SCANDINAVIAN,
    "FI": ("fi", "sv"),
    "DE": ("de",),
    "AT": ("de",),
    "CH": ("de",),
}


def notice_name(country: str, language: str) -> str | None:
    """The notice's name in that country, for a letter in that language; none where it has no name of its own."""
    names = _NAMES.get(country.upper())
    return None if names is None else names.get(language, names[""])


def notice_heading(country: str, t: Translator) -> str:
    """The heading that says what the letter is: the country's name for it, explained where it would be foreign."""
    name = notice_name(country, t.language)
    plain = t.gettext("Notice before debt collection")
    if name is None:
        return plain
    understood = t.language in _UNDERSTOOD.get(country.upper(), ())
    return name[:1].upper() + name[1:] if understood else f"{plain} ({name})"
