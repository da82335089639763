"""A short text fits into three text messages, names the creditor, says what is asked, and always carries the link."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kulant.letters.short_text import MOST_PARTS
from kulant.letters.wording import KINDS
from tests.letters.samples import LANGUAGES, LINK, make_creditor, make_items, make_letter


def short(kind: str = "reminder", language: str = "en", **changes: Any) -> dict[str, Any]:
    """The short text of such a letter."""
    found: dict[str, Any] = make_letter(kind, language, **changes)["short"]
    return found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_document_has_one_in_every_language(kind: str, language: str) -> None:
    found = short(kind, language)
    name = make_creditor(language).name
    assert found["text"].startswith(f"{name}: ")
    assert found["parts"] <= MOST_PARTS
    assert found["alphabet"] == "GSM-7"
    assert "  " not in found["text"]
    if kind != "apology" and kind != "thank_you":
        assert found["text"].endswith(LINK)


def test_a_reminder_s_asks_once_and_says_how() -> None:
    assert short(items=make_items(1))["text"] == (
        "Harbour Wholesale Ltd: We cannot see that invoice 10001 has been paid yet. Please pay £1,250.00 by "
        "7 December 2026. To account 1234 5678, Reference 602243. Already paid? Thank you, then ignore this. "
        f"Questions? Call +47 22 00 00 01. Your page: {LINK}"
    )


def test_several_invoices_are_named_all_or_none() -> None:
    few, many = short(items=make_items(3))["text"], short(items=make_items(40))["text"]
    assert all(f"{10001 + place}: " in few for place in range(3))
    assert not any(f"{10001 + place}: " in many for place in range(40))
    assert "these 40 invoices" in many
    total = sum(item.amount_minor for item in make_items(40))
    assert f"£{total // 100:,}.{total % 100:02}" in many


def test_without_a_link_it_says_how_to_pay() -> None:
    assert short(portal_url=None)["text"].count("To account 1234 5678, Reference 602243.") == 1


def test_an_odd_letter_in_a_name_costs_room_but_neither_amount_nor_link() -> None:
    found = short(creditor=make_creditor("en", name="Łódź Trading"))
    assert found["parts"] <= MOST_PARTS
    assert "£2,601.01 by 7 December 2026" in found["text"]
    assert found["text"].endswith(LINK)


@given(st.text(min_size=1, max_size=120), st.sampled_from(KINDS), st.integers(0, 120))
@settings(max_examples=80, deadline=None)
def test_whatever_the_name_and_however_long_the_link_it_fits(name: str, kind: str, longer: int) -> None:
    link = LINK + "x" * longer
    found = short(kind, creditor=make_creditor("en", name=name), portal_url=link)
    places = len(found["text"].encode("utf-16-be")) // 2
    assert found["parts"] <= MOST_PARTS
    assert places <= MOST_PARTS * (153 if found["alphabet"] == "GSM-7" else 67)
    if kind not in ("apology", "thank_you"):
        assert found["text"].endswith(link)
