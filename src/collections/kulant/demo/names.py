"""Words for fictional names: no place, company or person here exists, and every mail domain ends in ``.example``."""

from __future__ import annotations

import unicodedata
from itertools import product
from random import Random

MANAGERS = ("Demo: Ingrid", "Demo: Aksel", "Demo: Sunniva")

_PLACES = {
    "NO": (
        "Trollodden", "Huldrevik", "Nissehaugen", "Eventyrsund", "Sagafoss", "Månetoppen", "Tusseladden", "Alvestrand",
        "Draugholmen", "Kråkesølvbukta", "Stjerneskudd", "Solkattvika", "Brumlehei", "Fabelneset", "Regnbuefoss",
        "Skrømtåsen", "Vettefjord", "Perlemorvik", "Lyktemannsund", "Tåkeheimen", "Askeladdvik", "Gullkorndal",
        "Vindfløya", "Snøkrystallen",
    ),
    "SE": ("Trollköpinge", "Sagolunden", "Månskensviken", "Näckensfors", "Älvdansen", "Drömsjöby", "Stjärnfallsö"),
    "DK": ("Nissekøbing", "Eventyrballe", "Troldstrupby", "Måneskinshavn", "Regnbuebæk", "Elverhøjby"),
    "FI": ("Satumaan", "Peikkolinnan"),
    "GB": ("Puddlewick", "Moonharbour"),
}  # fmt: skip
_TRADES = {
    "NO": (
        "Kafé", "Bakeri AS", "Båtbyggeri AS", "Bygg AS", "Hotell AS", "Rørservice AS", "Snekkeri", "Fiskemat AS",
        "Gartneri", "Malermester", "Elektro AS", "Gjestehus", "Kro", "Trevare AS", "Hagesenter", "Verksted",
    ),
    "SE": ("Bageri AB", "Snickeri AB", "Hotell AB", "Båtvarv AB", "Kafé", "Bygg AB"),
    "DK": ("Kro ApS", "Bageri", "Tømrer ApS", "Bådebyggeri ApS", "Café"),
    "FI": ("Kahvila Oy", "Rakennus Oy"),
    "GB": ("Chandlery Ltd", "Tea Rooms"),
}  # fmt: skip
_STREETS = {"NO": "Eksempelveien", "SE": "Exempelgatan", "DK": "Prøvegade", "FI": "Esimerkkitie", "GB": "Sample Street"}
_ZIP = {"NO": "0000 {}", "SE": "000 00 {}", "DK": "0000 {}", "FI": "00000 {}", "GB": "{}\nZZ99 9ZZ"}
_DIAL = {"NO": "+47 00 00 00 {:02d}", "SE": "+46 00 000 00 {:02d}", "DK": "+45 00 00 00 {:02d}",
         "FI": "+358 00 000 00{:02d}", "GB": "+44 0000 0000{:02d}"}  # fmt: skip
_LETTERS = str.maketrans({"ø": "o", "æ": "ae", "å": "a", "ö": "o", "ä": "a"})

LANGUAGE = {"NO": "nb", "SE": "sv", "DK": "da", "FI": "fi", "GB": "en"}
CURRENCY = {"NO": "NOK", "SE": "SEK", "DK": "DKK", "FI": "EUR", "GB": "GBP"}


def company_names(country: str, rng: Random) -> list[str]:
    """Every place with every trade of the country, shuffled: more names than the demo needs."""
    names = [f"{place} {trade}" for place, trade in product(_PLACES[country], _TRADES[country])]
    rng.shuffle(names)
    return names


def address(name: str, country: str, house: int) -> str:
    """An address in a place that does not exist, under a postal code that does not either."""
    place = name.split()[0]
    return f"{_STREETS[country]} {house}\n{_ZIP[country].format(place)}"


def phone(country: str, index: int) -> str:
    """A number nobody can have: subscribers' numbers never begin with so many zeros."""
    return _DIAL[country].format(index % 100)


def mail(name: str) -> str:
    """An address under ``.example``, which never leads anywhere."""
    plain = unicodedata.normalize("NFKD", name.lower().translate(_LETTERS)).encode("ascii", "ignore").decode()
    words = [word for word in "".join(c if c.isalnum() else " " for c in plain).split() if len(word) > 2]
    return f"faktura@{'-'.join(words[:2])}.example"
