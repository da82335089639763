"""The notice before debt collection goes by its country's own name and never lacks what the law wants it to say."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from html import unescape
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
from kulant.letters.duties import missing, wanted
from kulant.letters.mail import render_mail
from kulant.letters.notice import notice_heading, notice_name
from kulant.letters.render import render_html
from kulant.treatment.deadlines import pay_by
from tests.letters.samples import LINK, TODAY, make_creditor, make_items, make_letter

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
    whole = notice(
        creditor=creditor, must_say=wanted, collection_cost_minor=4000, days_from_receipt=14, customer_kind=debtor
    )
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


@pytest.mark.parametrize("country", [*COUNTRIES, "CH", "AT"])
@pytest.mark.parametrize("debtor", get_args(Debtor))
def test_page_message_and_short_text_all_say_it(country: str, debtor: Any) -> None:
    by_law = must_say(country, TODAY, debtor, "formal_notice")
    creditor = make_creditor("en", country=country, currency="EUR")
    letter = notice(
        creditor=creditor,
        must_say=wanted("formal_notice", by_law),
        collection_cost_minor=4000,
        days_from_receipt=14,
        customer_kind=debtor,
    )
    assert missing(letter) == []
    mail = render_mail("letter", "en", letter)
    for shown in (_words(render_html(letter)), _words(mail.html), " ".join(mail.text.split())):
        for said in (
            *letter["required"], "Harbour Wholesale Ltd", "10001", "10002", "1,250.00", "1,351.01", "25.00", "12.25",
            "4 Nov 2026", "EUR 2,626.01", "7 December 2026", "+47 22 00 00 01", "kontakt@nordlys.example",
            notice_heading(country, translator("en")), letter["payment"]["rows"][0][1],
        ):  # fmt: skip
            assert " ".join(said.split()) in shown, said
    short = letter["short"]["text"]
    for said in (notice_heading(country, translator("en")), "EUR 2,626.01", "7 December 2026", LINK):
        assert said in short


def _words(page: str) -> str:
    return " ".join(unescape(re.sub(r"<(style|svg)\b.*?</\1>|<[^>]+>", " ", page, flags=re.DOTALL)).split())


def test_the_dutch_letter_counts_from_the_day_after_it_came_and_names_the_exact_cost() -> None:
    said = wanted("formal_notice", must_say("NL", TODAY, "consumer", "formal_notice"))
    given = {
        "must_say": said,
        "creditor": make_creditor("en", country="NL", currency="EUR"),
        "customer_kind": "consumer",
    }
    letter = " ".join(notice(**given, collection_cost_minor=4000, days_from_receipt=14)["paragraphs"])
    assert "You have 14 days, counted from the day after you got this letter." in letter
    assert "After that day, debt collection adds EUR\u00a040.00. No VAT comes on top of that." in letter
    for left_out in ({"collection_cost_minor": None}, {"days_from_receipt": None}):
        with pytest.raises(Refusal, match="letter to say what it does not"):
            notice(**given, **{"collection_cost_minor": 4000, "days_from_receipt": 14} | left_out)


def test_a_german_consumer_is_told_of_the_thirty_days_and_a_business_is_not() -> None:
    creditor = make_creditor("de")
    said = {debtor: must_say("DE", TODAY, debtor, "formal_notice") for debtor in get_args(Debtor)}
    told = {debtor: " ".join(notice(creditor=creditor, must_say=said[debtor])["paragraphs"]) for debtor in said}
    assert "late in law (Verzug)" in told["business"] and "286 (3)" not in told["business"]
    assert "30 days after you got this list" in told["consumer"] and "286 (3) BGB" in told["consumer"]


@pytest.mark.parametrize(
    ("country", "first_too_late"),
    [("NO", 15), ("DK", 11), ("SE", 9), ("FI", 15), ("GB", 31), ("NL", 17)],
)
def test_the_day_it_names_leaves_the_time_the_law_gives(country: str, first_too_late: int) -> None:
    monday = date(2026, 3, 2)
    assert (pay_by("formal_notice", monday, country) - monday).days >= first_too_late - 1


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
