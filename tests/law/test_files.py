"""The countries' files: whole, checked, and every figure with its source."""

from __future__ import annotations

import json
from datetime import date
from importlib.resources import files
from typing import Any

import pytest
import yaml

from kulant.core.calendar import HOLIDAYS, PUBLIC
from kulant.core.errors import Refusal
from kulant.law.book import COUNTRIES, parse, read_law, survey
from kulant.law.overview import unverified
from kulant.law.schema import schema_text
from tests.support.json_schema import mistakes

DATA = files("kulant.law") / "data"
NORWAY = (DATA / "no.yaml").read_text("utf-8")


class Editor(yaml.SafeLoader):
    """YAML as an editor reads it: numbers are numbers, days and NO are text."""


Editor.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":timestamp", ":bool"))]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def as_an_editor_reads(text: str) -> Any:
    found = yaml.load(text, Loader=Editor)

    def yes_and_no(part: Any) -> Any:
        if isinstance(part, dict):
            return {key: yes_and_no(one) for key, one in part.items()}
        if isinstance(part, list):
            return [yes_and_no(one) for one in part]
        return {"true": True, "false": False}.get(part, part) if isinstance(part, str) else part

    return yes_and_no(found)


def test_the_schema_that_editors_use_is_the_one_files_are_read_by() -> None:
    assert (DATA / "schema.json").read_text("utf-8") == schema_text(), "run: kulant law schema > law/data/schema.json"


@pytest.mark.parametrize("country", COUNTRIES)
def test_a_file_keeps_to_the_schema(country: str) -> None:
    schema = json.loads((DATA / "schema.json").read_text("utf-8"))
    text = (DATA / f"{country.lower()}.yaml").read_text("utf-8")
    assert list(mistakes(as_an_editor_reads(text), schema, schema)) == []
    assert text.startswith("# yaml-language-server: $schema=schema.json\n")


def test_an_editor_is_told_of_a_mistake() -> None:
    schema = json.loads(schema_text())
    for before, after in (
        ("rate: 12.25", "rate: [12]"),
        ("confidence: verified", "confidence: sure"),
        ("since: 2026-07-01, rate", "since: today, rate"),
        ("currency: NOK", "currency: NOK\ncolour: red"),
        ("wait_days: 14", "wait_days: -1"),
    ):
        assert before in NORWAY
        wrong = as_an_editor_reads(NORWAY.replace(before, after, 1))
        assert list(mistakes(wrong, schema, schema)), after


@pytest.mark.parametrize("country", COUNTRIES)
def test_the_calendar_counts_the_holidays_the_law_names(country: str) -> None:
    named = read_law(country).file.holidays
    if named is None:
        assert country == "EU"
        return
    assert (named.categories, frozenset(named.without)) == HOLIDAYS.get(country, PUBLIC)


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


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("a: &a [x, x, x]\nb: &b [*a, *a, *a]\nc: [*b, *b, *b]\n", "write it out"),
        ("[" * 50_000, "nested too deeply"),
        ("country: NO\n" * 10_000, "100,000 characters"),
        ("\n".join(f"key{n}: x" for n in range(8_000)), "Field required"),
        ("? [a, b]\n: x\n", "no key"),
    ],
)
def test_a_file_that_is_none_is_refused_before_it_costs_anything(text: str, named: str) -> None:
    with pytest.raises(Refusal, match=named):
        parse(text, "yaml")


def test_the_list_of_unverified_figures_names_as_many_as_are_counted() -> None:
    named = sum(len(line.split(": ", 1)[1].split(", ")) for line in unverified())
    assert named == sum(one.unverified for one in survey())
