"""``kulant law``: looking at the law, entering a rate, deciding when an act begins, checking an edited file."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from tests.support.shell import Shell

NORWAY = (files("kulant.law") / "data" / "no.yaml").read_text("utf-8")
RATE = ("law", "enter", "NO", "rate:everyone", "2027-01-01", "12.00", "--source", "regulation of 10 December")


def test_every_figure_is_shown_with_its_source_and_how_sure_it_is(empty: Shell) -> None:
    shown = empty.json("law", "show", "SE")
    assert (shown["country"], shown["known_to"]) == ("SE", "2026-12-31")
    assert all(one["source"] and one["where"] and one["good_for"] for one in shown["figures"])
    unsure = [one["figure"] for one in shown["figures"] if one["confidence"] == "memory"]
    assert "rate:everyone" in unsure and "allocation" in unsure
    assert "unverified: remembered" in empty.ok("law", "show", "SE")
    assert len(empty.json("law", "show")) == 8


def test_a_rate_is_entered_and_the_coming_act_decided_first(empty: Shell) -> None:
    assert "kulant law regime NO" in empty.refused(*RATE)
    decided = empty.json("law", "regime", "NO", "2027-01-01", "--source", "royal decree", "--by", "anne")
    assert (decided["value"], decided["entered_by"], decided["known_to"]) == ("begins", "anne", "2026-12-31")
    assert empty.json(*RATE)["known_to"] == "2027-06-30"
    assert "12.00" in empty.ok("law", "show", "NO")
    assert "known to 31 December 2026" in empty.ok("law", "regime", "NO", "unset", "--source", "withdrawn")


def test_what_cannot_be_entered_is_one_line(empty: Shell) -> None:
    assert "no figure" in empty.refused("law", "enter", "NO", "rate:all", "2027-01-01", "10", "--source", "x")
    assert "YYYY-MM-DD" in empty.refused("law", "enter", "NO", "rate:everyone", "tomorrow", "10", "--source", "x")
    assert "FR is not known" in empty.refused("law", "show", "FR")


def test_an_edited_file_is_checked_without_a_database(bare: Shell) -> None:
    same = bare.json("law", "check", bare.write("no.yaml", NORWAY))
    assert (same["country"], same["changes"]) == ("NO", [])
    edited = NORWAY.replace("{since: 2026-07-01, rate: 12.25", "{since: 2026-07-01, rate: 12.50")
    assert bare.json("law", "check", bare.write("edited.yaml", edited))["changes"] == [
        "changed: rate:everyone from 2026-07-01: 12.50 instead of 12.25"
    ]
    wrong = bare.write("wrong.yaml", NORWAY.replace("rate: 12.25, source: NO-SEED", "rate: 12.25, source: HEARSAY"))
    assert "HEARSAY" in bare.refused("law", "check", wrong)
    assert "cannot be read" in bare.refused("law", "check", "nowhere.yaml")


def test_the_schema_is_printed_for_editors(bare: Shell) -> None:
    assert json.loads(bare.ok("law", "schema"))["title"] == "Country"


def test_the_doctor_names_every_unverified_figure_and_every_entry(empty: Shell) -> None:
    def law() -> dict[str, Any]:
        [found] = [one for one in empty.json("doctor")["checks"] if one["check"] == "law"]
        return dict(found)

    before = law()
    assert "DK rate:everyone (derived): 2026-07-01" in before["details"]
    assert "NO inkassoloven of 2026: first day open, signalled 2027-01-01" in before["details"]
    assert "NL consumer to 2026-06-30" in str(before["text"])
    empty.ok("law", "enter", "DK", "rate:everyone", "2026-07-01", "10.00", "--source", "nationalbanken.dk")
    after = law()
    assert "DK rate:everyone (derived): 2026-07-01" not in after["details"]
    assert any("entered: DK rate:everyone from 2026-07-01: 10.00" in one for one in after["details"])
    assert "DK rate:everyone" in empty.ok("doctor")
