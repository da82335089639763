"""The languages people are written to in: texts, money and dates.

Texts are asked for in English. The catalogues are the ``.po`` files under ``locale``, read when first needed;
a text that a catalogue lacks comes out in English rather than not at all. Money and dates follow the language
the texts are really in, so that a page is never half in one language and half in another.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import lru_cache
from gettext import GNUTranslations
from io import BytesIO
from typing import Literal

from babel import Locale
from babel.dates import format_date
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from kulant.core.money import minor_digits, round_half_up, to_decimal
from kulant.paths import resource_dir

LanguageCode = Literal["nb", "nn", "da", "sv", "fi", "en", "de"]

# Every language people are written to in, and what its own readers call it.
LANGUAGES_BY_NAME: dict[str, str] = {
    "nb": "Norsk bokmål",
    "nn": "Norsk nynorsk",
    "da": "Dansk",
    "sv": "Svenska",
    "fi": "Suomi",
    "en": "English",
    "de": "Deutsch",
}
LANGUAGES = tuple(LANGUAGES_BY_NAME)

# Read well enough by those who are offered no texts in their own; everyone else is served in English.
_FALLBACKS = {"no": "nb", "fo": "da", "kl": "da", "gsw": "de"}
_LOCALES = {"nb": "nb_NO", "nn": "nn_NO", "da": "da_DK", "sv": "sv_SE", "fi": "fi_FI", "en": "en_GB", "de": "de_DE"}
_SHORT_DATES = {
    "nb": "dd.MM.y", "nn": "dd.MM.y", "da": "dd.MM.y", "sv": "y-MM-dd", "fi": "d.M.y", "en": "d MMM y", "de": "dd.MM.y",
}  # fmt: skip
_DAYS = {
    "nb": "d. MMMM", "nn": "d. MMMM", "da": "d. MMMM", "sv": "d MMMM", "fi": "d. MMMM", "en": "d MMMM", "de": "d. MMMM",
}  # fmt: skip
# The home currency is written as at home, every other one by its code: "kr" alone could be any of four.
_HOME_MONEY = {
    ("nb", "NOK"): "kr\u00a0{}",
    ("nn", "NOK"): "kr\u00a0{}",
    ("da", "DKK"): "{}\u00a0kr.",
    ("sv", "SEK"): "{}\u00a0kr",
    ("fi", "EUR"): "{}\u00a0€",
    ("en", "GBP"): "£{}",
    ("de", "EUR"): "{}\u00a0€",
    ("de", "CHF"): "CHF\u00a0{}",
}
# Amounts in francs are written as in Switzerland and Liechtenstein, whoever reads them: 1’250.00.
_FIGURES_LIKE = {("de", "CHF"): "de_CH"}
_UNDIVIDED = "ISK"  # has no smaller units
_FOREIGN_MONEY = {"nb": "{code}\u00a0{amount}", "nn": "{code}\u00a0{amount}", "en": "{code}\u00a0{amount}"}
# The language most people of a country read first. Countries with several and no such one are left out.
_COUNTRY_LANGUAGES = {
    "NO": "nb", "SJ": "nb",
    "DK": "da", "FO": "da", "GL": "da",
    "SE": "sv", "AX": "sv",
    "FI": "fi",
    "DE": "de", "AT": "de", "CH": "de", "LI": "de",
    "GB": "en", "IE": "en",
}  # fmt: skip


def fallback(language: str | None) -> str:
    """The language really used for the one asked for: ``no`` and ``nb-NO`` are ``nb``, unknown ones English."""
    wanted = (language or "en").lower().replace("_", "-").partition("-")[0]
    found = _FALLBACKS.get(wanted, wanted)
    return found if found in LANGUAGES else "en"


def language_of(stored: str | None, country: str | None, default: str = "en") -> str:
    """A customer's language: the stored one, else the country's, else the creditor's own.

    A creditor that writes Nynorsk writes it to everyone in Norway who has not asked for Bokmål.
    """
    if stored:
        return stored
    home = _COUNTRY_LANGUAGES.get((country or "").upper())
    return "nn" if home == "nb" and default == "nn" else home or default


class Translator:
    """Texts in one language. Named values are put into the text after it was translated."""

    def __init__(self, language: str, catalogue: GNUTranslations) -> None:
        self.language = language
        self._catalogue = catalogue

    def gettext(self, message: str, /, **values: object) -> str:
        """The text in this language, or as it stands when the catalogue lacks it."""
        text = self._catalogue.gettext(message)
        return one_stop(text % values) if values else text

    def ngettext(self, singular: str, plural: str, number: int, /, **values: object) -> str:
        """The text in the form that fits the number, which it may name as ``%(num)s``."""
        return one_stop(self._catalogue.ngettext(singular, plural, number) % {"num": number, **values})


def one_stop(text: str) -> str:
    """A sentence that ends in a Danish amount needs no second full stop: its ``kr.`` has one."""
    return text.replace("kr..", "kr.")


@lru_cache(maxsize=32)
def translator(language: str) -> Translator:
    """The translator for a language; catalogues are read once per process."""
    used = fallback(language)
    file = resource_dir("locale") / used / "LC_MESSAGES" / "kulant.po"
    if file.is_file():
        with file.open("rb") as source:
            catalogue = read_po(source, locale=used, abort_invalid=True)
    else:
        catalogue = Catalog(locale=used)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translator(used, GNUTranslations(compiled))


def amount(minor: int, currency: str, language: str) -> str:
    """The amount without its currency, with no-break spaces and a true minus: ``12 500,00``."""
    digits = minor_digits(currency)
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    locale = _FIGURES_LIKE.get((fallback(language), currency)) or _locale(language)
    text = format_decimal(to_decimal(minor, currency), format=pattern, locale=locale)
    # Most fonts lack the narrow no-break space, and a hyphen in front of a figure is easily overlooked.
    return text.replace("\u202f", "\u00a0").replace("-", "\u2212")


def whole_amount(minor: int, currency: str, language: str) -> str:
    """The amount rounded to whole units, without its currency, for lists and expectations: ``12 500``."""
    return amount(round_half_up(to_decimal(minor, currency)), _UNDIVIDED, language)


def money(minor: int, currency: str, language: str) -> str:
    """The amount with its currency, as written in that language: ``kr 12 500,00``, ``12 500,00 SEK``."""
    used = fallback(language)
    figures = amount(minor, currency, used)
    home = _HOME_MONEY.get((used, currency))
    if home:
        return home.format(figures)
    return _FOREIGN_MONEY.get(used, "{amount}\u00a0{code}").format(amount=figures, code=currency)


def percent(rate: Decimal, language: str, currency: str | None = None) -> str:
    """A rate with its sign, two decimals at least: ``12,25 %``; with the point or comma of amounts in that currency."""
    locale = _FIGURES_LIKE.get((fallback(language), currency or "")) or _locale(language)
    figures = format_decimal(rate, format="0.00##", locale=locale)
    return f"{figures}%" if fallback(language) == "en" else f"{figures}\u00a0%"


def long_date(day: date, language: str) -> str:
    """The date as one says it, kept together on its line: ``22. november 2026``."""
    return format_date(day, "long", locale=_locale(language)).replace(" ", "\u00a0")


def short_date(day: date, language: str) -> str:
    """The date for tables, in figures where that cannot be misread: ``22.11.2026``, ``22 Nov 2026``."""
    return format_date(day, _SHORT_DATES[fallback(language)], locale=_locale(language))


def day_and_month(day: date, language: str) -> str:
    """The day without its year, for dates near by, kept together on its line: ``1. desember``."""
    return format_date(day, _DAYS[fallback(language)], locale=_locale(language)).replace(" ", "\u00a0")


def territory(country: str, language: str) -> str:
    """The country's name in that language, or its code when it has none."""
    return str(_locale(language).territories.get(country.upper(), country.upper()))


@lru_cache(maxsize=16)
def _locale(language: str) -> Locale:
    return Locale.parse(_LOCALES[fallback(language)])
