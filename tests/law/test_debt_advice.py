"""Independent advice: for people, by the country they live in, and each entry says how it is known."""

from __future__ import annotations

from kulant.law.debt_advice import advisers, advisers_for, unverified


def test_people_are_named_somebody_in_each_country_and_companies_nobody() -> None:
    assert [one.phone for one in advisers_for("consumer", "no")] == ["55 55 33 39"]
    assert all(advisers_for("consumer", country) for country in ("NO", "DK", "SE", "FI", "DE"))
    assert advisers_for("business", "NO") == advisers_for("consumer", "US") == ()


def test_what_no_source_was_read_for_is_listed_and_has_no_number_to_call() -> None:
    unsure = [one for rows in advisers().values() for one in rows if one.confidence != "verified"]
    assert len(unsure) == len(unverified()) > 0
    assert [one.phone for one in unsure] == [None] * len(unsure)
