"""The countries' files: whole, checked, and every figure with its source."""

from __future__ import annotations

from datetime import date
from importlib.resources import files

import pytest

from kulant.core.errors import Refusal
from kulant.law.book import COUNTRIES, parse, read_law, survey

NORWAY = (files("kulant.law") / "data" / "no.yaml").read_text("utf-8")


@pytest.mark.parametrize("country", COUNTRIES)
def test_a_file_is_whole(country: str) -> None:
    file = read_law(country).file
    assert file.country == country
    used = {source for source in file.sources if source in str(file).replace(str(file.sources), "")}
    assert used == set(file.sources)
    halves = [(row.since.year, row.since.month) for row in max(file.interest.rates.values(), key=len)]
    assert halves == [(year, month) for year in range(2018, 2027) for month in (1, 7)]


def test_what_the_keeper_of_the_files_is_told() -> None:
    found = {one.country: one for one in survey()}
    assert tuple(found) == COUNTRIES
    assert all(0 < one.unverified < one.figures for one in found.values())
    assert found["NL"].rates_to == {"business": date(2026, 12, 31), "consumer": date(2026, 6, 30)}


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        ("rate: 12.25, source: NO-SEED", "rate: much, source: NO-SEED", "rate"),
        ("rate: 12.25, source: NO-SEED", "rate: 12.25, source: HEARSAY", "HEARSAY"),
        ("since: 2026-07-01, rate", "since: 2026-08-01, rate", "1 January or 1 July"),
        ("since: 2026-07-01, rate", "since: 2026-01-01, rate", "each half-year once"),
        ("since: 2026-07-01, rate", "since: 2027-07-01, rate", "known_to"),
        ("confidence: verified", "confidence: certain", "confidence"),
        ("currency: NOK", "currency: NOK\ncurrency: EUR", "twice"),
        ("currency: NOK", "currency: NOK\ncolour: red", "colour"),
        ("currency: NOK", "currency: [", "no.yaml"),
    ],
)
def test_a_mistake_in_a_file_is_named(before: str, after: str, named: str) -> None:
    assert before in NORWAY
    with pytest.raises(Refusal) as refused:
        parse(NORWAY.replace(before, after), "no.yaml")
    assert named in refused.value.sentence
