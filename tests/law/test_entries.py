"""People enter, confirm and correct figures of the law; each entry counts from its day on and never before."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kulant.core.errors import Refusal
from kulant.db import Act
from kulant.law.book import COUNTRIES, Law, law_book, law_of, read_law
from kulant.law.claim import compute
from kulant.law.entered import BEGINS, NOT_BEFORE, UNSET, Entered
from kulant.law.entries import enter, entered, set_regime
from kulant.law.facts import Facts, Invoice
from kulant.law.figures import LONGEST_VALUE, listed
from kulant.people.models import AuditEntry
from kulant.transaction import keep_events

NEW_YEAR, SUMMER = date(2027, 1, 1), date(2027, 7, 1)


def put(act: Act, country: str, what: str, since: date, value: str, source: str = "the gazette") -> None:
    enter(act, country=country, what=what, since=since, value=value, source=source)


def law_on(act: Act, country: str, day: date) -> Law:
    return law_of(country, day, entered(act.session))


def figure(act: Act, country: str, what: str, since: date) -> Any:
    [found] = [
        one for one in listed(law_book(country, entered(act.session)).file) if (one.what, one.since) == (what, since)
    ]
    return found


def test_nothing_is_computed_past_the_last_rate_until_the_next_one_is_entered(act: Act) -> None:
    with pytest.raises(Refusal, match="31 December 2026"):
        law_on(act, "DK", NEW_YEAR)
    put(act, "DK", "rate:everyone", NEW_YEAR, "9,75")
    assert law_on(act, "DK", NEW_YEAR).rate_on("consumer", NEW_YEAR).shown == "9.75"
    with pytest.raises(Refusal, match="30 June 2027"):
        law_on(act, "DK", SUMMER)


def test_a_country_with_two_rates_needs_both(act: Act) -> None:
    put(act, "DE", "rate:business", NEW_YEAR, "10.52")
    with pytest.raises(Refusal, match="31 December 2026"):
        law_on(act, "DE", NEW_YEAR)
    put(act, "DE", "rate:consumer", NEW_YEAR, "6.52")
    assert law_on(act, "DE", NEW_YEAR).known_to == date(2027, 6, 30)


def test_norways_rate_for_2027_asks_first_which_law_is_in_force(act: Act) -> None:
    with pytest.raises(Refusal, match="kulant law regime NO"):
        put(act, "NO", "rate:everyone", NEW_YEAR, "12.00")
    set_regime(act, country="NO", since=NEW_YEAR, source="royal decree")
    put(act, "NO", "rate:everyone", NEW_YEAR, "12.00")
    rules = law_on(act, "NO", NEW_YEAR).rules_on(NEW_YEAR)
    assert rules.forbids("formal_notice") and not rules.fees and rules.notice is None


def test_a_regime_put_off_leaves_the_old_law_in_force_until_then(act: Act) -> None:
    set_regime(act, country="NO", since=SUMMER, source="press release", not_before=True)
    put(act, "NO", "rate:everyone", NEW_YEAR, "12.00")
    assert law_on(act, "NO", date(2027, 6, 30)).rules_on(date(2027, 6, 30)).notice
    with pytest.raises(Refusal, match="not decided"):
        law_on(act, "NO", SUMMER)
    set_regime(act, country="NO", since=None, source="the press release was withdrawn")
    with pytest.raises(Refusal, match="31 December 2026"):
        law_on(act, "NO", NEW_YEAR)


def test_a_confirmed_figure_is_verified_by_whoever_confirmed_it(act: Act) -> None:
    assert figure(act, "DK", "rate:everyone", date(2026, 7, 1)).known.confidence == "derived"
    put(act, "DK", "rate:everyone", date(2026, 7, 1), "10.00", source="nationalbanken.dk, 1 July 2026")
    confirmed = figure(act, "DK", "rate:everyone", date(2026, 7, 1)).known
    law = law_book("DK", entered(act.session))
    assert (confirmed.confidence, law.file.sources[confirmed.source].what) == (
        "verified",
        "nationalbanken.dk, 1 July 2026",
    )
    assert confirmed.note == "confirmed by test clerk on 23 November 2026"


def test_what_is_no_number_can_be_confirmed_only_as_it_stands(act: Act) -> None:
    put(act, "FI", "limitation", date(2018, 1, 1), "3 years, reminder renews")
    assert figure(act, "FI", "limitation", date(2018, 1, 1)).known.confidence == "verified"
    with pytest.raises(Refusal, match="only be confirmed"):
        put(act, "FI", "limitation", date(2018, 1, 1), "4 years")


def test_a_correction_counts_from_the_day_it_was_entered(act: Act) -> None:
    half = date(2026, 7, 1)
    put(act, "SE", "rate:everyone", half, "9.50")
    assert law_on(act, "SE", act.today).rate_on("business", half).shown == "9.50"
    assert law_on(act, "SE", date(2026, 11, 22)).rate_on("business", half).shown == "10.00"
    put(act, "SE", "rate:everyone", half, "10.00")
    assert law_on(act, "SE", act.today).rate_on("business", half).shown == "10.00"


@pytest.mark.parametrize(
    ("country", "what", "since", "value", "named"),
    [
        ("FR", "rate:everyone", NEW_YEAR, "10", "FR is not known"),
        ("NO", "rate:business", NEW_YEAR, "10", "no figure"),
        ("DK", "rate:everyone", date(2027, 2, 1), "10", "1 January or 1 July"),
        ("DK", "rate:everyone", SUMMER, "10", "enter that one first"),
        ("DK", "rate:everyone", date(2017, 7, 1), "10", "before 1 January 2018"),
        ("DK", "rate:everyone", NEW_YEAR, "much", "no number"),
        ("DK", "rate:everyone", NEW_YEAR, "nan", "cannot be"),
        ("DK", "rate:everyone", NEW_YEAR, "9.12345", "cannot be"),
        ("DK", "rate:everyone", NEW_YEAR, "97.5", "points from"),
        ("GB", "compensation:above", NEW_YEAR, "100", "for the file"),
    ],
)
def test_what_cannot_be_entered(act: Act, country: str, what: str, since: date, value: str, named: str) -> None:
    with pytest.raises(Refusal) as refused:
        put(act, country, what, since, value)
    assert named in refused.value.sentence


def test_a_figure_needs_a_source(act: Act) -> None:
    with pytest.raises(Refusal, match="where it was read"):
        put(act, "DK", "rate:everyone", NEW_YEAR, "9.75", source="  ")
    with pytest.raises(Refusal, match="no other regime"):
        set_regime(act, country="DK", since=NEW_YEAR, source="x")


def test_every_entry_stands_in_the_audit_trail(act: Act) -> None:
    put(act, "DK", "rate:everyone", NEW_YEAR, "9.75")
    set_regime(act, country="NO", since=NEW_YEAR, source="royal decree")
    keep_events(act)
    act.session.flush()
    lines = [one.text for one in act.session.query(AuditEntry) if one.action == "law_entered"]
    assert lines == [
        "Law of Denmark: late interest from 1 January 2027 entered: 9.75.",
        "Law of Norway: inkassoloven of 2026 begins 1 January 2027.",
    ]


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_figure_has_a_name_of_its_own_that_an_entry_can_keep(country: str) -> None:
    figures = list(listed(read_law(country).file))
    assert len({(one.what, one.since) for one in figures}) == len(figures)
    assert all(len(one.what) <= 60 and len(one.value) <= LONGEST_VALUE and one.title for one in figures)


@st.composite
def entries(draw: st.DrawFn) -> Entered:
    country = draw(st.sampled_from(["NO", "DK", "DE"]))
    numbers = [one for one in listed(read_law(country).file) if one.number]
    one = draw(st.sampled_from(numbers))
    since = draw(st.sampled_from([one.since, NEW_YEAR]))
    value = f"{draw(st.integers(0, 2000)) / 100:.2f}"
    made = draw(st.dates(date(2026, 10, 1), date(2026, 12, 31)))
    what = one.what
    if country == "NO" and draw(st.booleans()):
        what, value = "regime:inkassolov-2026", draw(st.sampled_from([BEGINS, NOT_BEFORE, UNSET]))
        since = draw(st.dates(date(2026, 11, 1), SUMMER))
    return Entered(draw(st.integers(1, 10**6)), country, what, since, value, "a source", made, "somebody")


@given(st.lists(entries(), max_size=6, unique_by=lambda one: one.id), st.dates(date(2026, 7, 2), date(2026, 12, 31)))
def test_what_was_entered_never_changes_the_answer_for_an_earlier_day(rows: list[Entered], day: date) -> None:
    for country in ("NO", "DK", "DE"):
        before = tuple(one for one in rows if one.on <= day)
        assert owed(country, day, tuple(rows)) == owed(country, day, before)


def owed(country: str, day: date, rows: tuple[Entered, ...]) -> object:
    invoice = Invoice("1", 1_000_000, date(2026, 2, 1))
    try:
        law = law_of(country, day, rows)
        claim = compute(
            Facts(
                law=law,
                debtor="business",
                currency=law.file.currency,
                as_of=day,
                invoices=(invoice,),
                agreed_interest=True,
            )
        )
    except Refusal as refusal:
        return refusal.sentence
    return claim.interest, claim.compensation
