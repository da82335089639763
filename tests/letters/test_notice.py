"""The notice before debt collection goes by its country's own name and never lacks what the law wants it to say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kulant.core.errors import Refusal
from kulant.i18n import translator
from kulant.law.book import COUNTRIES, law_book
from kulant.law.ladder_rules import must_say
from kulant.law.model import Debtor
from kulant.letters.added import LetterCharge
from kulant.letters.duties import missing
from kulant.letters.notice import notice_heading, notice_name
from tests.letters.samples import TODAY, make_creditor, make_items, make_letter

INTEREST = LetterCharge.of(
    {
        "kind": "interest", "invoice": "10001", "amount_minor": 2500, "rule": "law", "from": "2026-11-04",
        "to": "2026-11-23", "days": 20, "rate": "12.25", "base_minor": 125_000,
    },
    "formal_notice",
)  # fmt: skip
EVERYTHING = ("creditor", "claim", "principal", "interest", "costs", "interest_rate", "interest_from", "interest_base",
              "total", "how_to_pay", "deadline", "object_to", "statement", "right_to_object", "collection_follows",
              "no_further_cost", "agreement", "allocation_order")  # fmt: skip


def notice(**changes: Any) -> dict[str, Any]:
    """A formal notice with interest that must say everything."""
    items = make_items(2)
    total = sum(item.amount_minor for item in items) + INTEREST.amount_minor
    usual = {"items": items, "charges": [INTEREST], "total_minor": total, "must_say": EVERYTHING}
    return make_letter("formal_notice", "en", **usual | changes)


@pytest.mark.parametrize(
    ("country", "language", "heading"),
    [
        ("NO", "nb", "Inkassovarsel"),
        ("NO", "nn", "Inkassovarsel"),
        ("NO", "en", "Notice before debt collection (inkassovarsel)"),
        ("DK", "da", "Inkassovarsel"),
        ("SE", "sv", "Inkassokrav"),
        ("FI", "fi", "Maksuvaatimus"),
        ("FI", "sv", "Betalningskrav"),
        ("FI", "en", "Notice before debt collection (maksuvaatimus)"),
        ("DE", "de", "Mahnung"),
        ("DE", "en", "Notice before debt collection (Mahnung)"),
        ("NL", "en", "Notice before debt collection (veertiendagenbrief)"),
        ("GB", "en", "Notice before debt collection (Letter of Claim)"),
        ("FR", "en", "Notice before debt collection"),
    ],
)
def test_it_goes_by_the_country_s_own_name(country: str, language: str, heading: str) -> None:
    assert notice_heading(country, translator(language)) == heading


def test_no_formal_notice_hides_as_a_reminder() -> None:
    for country in (*COUNTRIES, "FR"):
        for language in ("nb", "nn", "da", "sv", "fi", "en", "de"):
            heading = notice_heading(country, translator(language))
            assert heading != translator(language).gettext("Payment reminder")


def test_its_name_is_the_law_s() -> None:
    for country in COUNTRIES:
        rules = law_book(country).rules_on(TODAY)
        if rules.notice is not None:
            assert notice_name(country, "en") == rules.notice.name


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize("debtor", get_args(Debtor))
def test_in_every_country_nothing_is_missing_and_whatever_is_cut_out_is_missed(country: str, debtor: Any) -> None:
    wanted = must_say(country, TODAY, debtor, "formal_notice")
    creditor = make_creditor("en", country=country, currency="EUR")
    whole = notice(creditor=creditor, must_say=wanted, collection_cost_minor=4000, customer_kind=debtor)
    assert missing(whole) == []
    assert list(whole["must_say"]) == list(wanted)
    for sentence in whole["required"]:
        cut = whole | {"paragraphs": [each for each in whole["paragraphs"] if each != sentence]}
        assert missing(cut)
    for key, part, lost in [
        ("principal", "table", None),
        ("total", "table", None),
        ("deadline", "payment", None),
        ("creditor", "creditor", whole["creditor"] | {"name": ""}),
    ]:
        assert (key in missing(whole | {part: lost})) == (key in wanted)


def test_interest_that_is_not_reckoned_in_the_open_is_missed() -> None:
    whole = notice()
    rows = [row | {"about": None} for row in whole["table"]["rows"]]
    lacking = missing(whole | {"table": whole["table"] | {"rows": rows}})
    assert {"interest_rate", "interest_from", "interest_base"} <= set(lacking)
    without = [row for row in whole["table"]["rows"] if row["form"] != "charge"]
    assert {"interest", "costs"} <= set(missing(whole | {"table": whole["table"] | {"rows": without}}))


def test_a_notice_that_cannot_say_what_it_must_is_refused_in_words() -> None:
    with pytest.raises(Refusal, match="the exact cost of collection") as refusal:
        notice(must_say=("deadline", "collection_cost"), collection_cost_minor=None)
    assert refusal.value.code == "letter_lacks"
    with pytest.raises(Refusal, match="how to pay"):
        notice(creditor=make_creditor("en", bank_account=None), portal_url=None, must_say=("how_to_pay",))


def test_advice_about_money_is_named_for_consumers_of_each_country() -> None:
    for country in ("NO", "DK", "SE", "FI", "DE", "GB"):
        creditor = make_creditor("en", country=country)
        assert "advice about money" in " ".join(notice(creditor=creditor, customer_kind="consumer")["paragraphs"])
        assert "advice about money" not in " ".join(notice(creditor=creditor)["paragraphs"])


@given(st.lists(st.integers(1, 10**7), min_size=1, max_size=200), st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_however_many_rows_there_are_they_come_to_the_total(amounts: list[int], interest: int) -> None:
    [one] = make_items(1)
    items = [replace(one, number=str(place), amount_minor=minor) for place, minor in enumerate(amounts)]
    charges = [replace(INTEREST, amount_minor=interest)] if interest else []
    letter = notice(items=items, charges=charges, total_minor=sum(amounts) + interest, must_say=())
    figures = [_minor(row["amount"]) for row in letter["table"]["rows"] if row["form"] != "subtotal"]
    assert len(figures) == len(amounts) + len(charges)
    assert sum(figures) == _minor(letter["table"]["total"]) == letter["facts"]["total_minor"]
    subtotals = [_minor(row["amount"]) for row in letter["table"]["rows"] if row["form"] == "subtotal"]
    assert subtotals == ([sum(amounts)] if charges and len(amounts) > 1 else [])


def _minor(written: str) -> int:
    return int(written.replace(",", "").replace(".", ""))
