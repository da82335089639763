"""What a letter says follows from the case and from nothing else."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kulant.core.errors import Refusal
from kulant.letters.content import MAX_MESSAGE, LetterItem
from kulant.letters.offers import LetterOffer
from kulant.letters.wording import KINDS
from tests.letters.samples import LANGUAGES, LINK, make_creditor, make_items, make_letter


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_letter_is_plain_data_that_survives_the_archive(kind: str, language: str) -> None:
    letter = make_letter(kind, language)
    assert json.loads(json.dumps(letter, ensure_ascii=False)) == letter


def test_a_reminder_says_what_is_asked_by_when_and_how_to_pay() -> None:
    letter = make_letter(items=make_items(1))
    assert letter["heading"] == "Betalingspåminnelse"
    assert letter["lead"] == "Vi kan ikke se at faktura 10001 er betalt ennå."
    assert letter["paragraphs"][0].endswith("Vi ber deg betale kr\u00a01\u00a0250,00 innen 7.\u00a0desember\u00a02026.")
    assert letter["payment"]["rows"] == [
        ["Til konto", "1234 56 78903"],
        ["KID", "602243"],
        ["Beløp", "kr\u00a01\u00a0250,00"],
        ["Betal innen", "7.\u00a0desember\u00a02026"],
    ]
    assert letter["paid"] == "Har du alt betalt? Takk, da kan du se bort fra brevet."


def test_credits_stand_as_deductions_and_the_rows_add_up_to_the_demand() -> None:
    credit = LetterItem("90001", -50_000, issued=date(2026, 11, 1), kind="credit_note")
    table = make_letter(items=[*make_items(1), credit])["table"]
    assert table["rows"][1]["about"] == "Kreditnota"
    assert table["rows"][1]["amount"] == "−500,00"
    assert table["total"] == "750,00"


def test_a_letter_that_does_not_add_up_is_refused() -> None:
    with pytest.raises(Refusal) as refusal:
        make_letter(items=make_items(2), total_minor=1)
    assert refusal.value.code == "letter_does_not_add_up"


def test_an_unknown_kind_of_letter_is_refused() -> None:
    with pytest.raises(Refusal, match="choose one of courtesy"):
        make_letter("threat")


def test_offers_stand_in_one_line_each_with_what_they_cost() -> None:
    offer = make_letter(items=make_items(1))["offer"]
    assert offer["lines"] == [
        "Alt på én gang, innen 7.\u00a0desember",
        "3 deler på kr\u00a0416,67, den første 1.\u00a0desember",
    ]
    assert offer["text"] == "Du kan dele opp betalingen. Det koster ikke noe ekstra."
    assert offer["url"] == LINK


def test_a_larger_first_part_and_its_interest_are_told() -> None:
    days = [date(2026, 12, 1), date(2027, 1, 1), date(2027, 2, 1)]
    offer = LetterOffer(tuple(zip(days, [50_000, 40_000, 39_950], strict=True)), interest_minor=4_950)
    said = make_letter(items=make_items(1), offers=[offer])["offer"]
    assert said["lines"] == ["kr\u00a0500,00 den 1.\u00a0desember, så 2 deler på kr\u00a0400,00"]
    assert said["text"] == "Du kan dele opp betalingen. Det koster høyst kr\u00a049,50 ekstra."


def test_offers_are_read_from_the_stored_schedule() -> None:
    offer = LetterOffer.of([["2026-12-01", 100], ["2027-01-01", 50]])
    assert offer.total_minor == 150
    assert offer.schedule[1] == (date(2027, 1, 1), 50)


def test_without_a_link_there_is_no_box_but_there_is_a_way_to_object() -> None:
    letter = make_letter(portal_url=None)
    assert letter["offer"] is None
    assert letter["objection"]["heading"] == "Er noe feil?"


def test_a_link_without_offers_still_opens_the_three_doors() -> None:
    text = make_letter(language="en", offers=[])["offer"]["text"]
    assert all(door in text for door in ("pay in parts", "have paid", "what is wrong"))


def test_a_courtesy_note_is_no_reminder() -> None:
    for language, word in (("nb", "påminn"), ("da", "påmind"), ("sv", "påminn"), ("en", "remind")):
        assert word not in json.dumps(make_letter("courtesy", language), ensure_ascii=False).lower()


@pytest.mark.parametrize(
    ("language", "heading"),
    [
        ("nb", "Inkassovarsel"),
        ("da", "Inkassovarsel"),
        ("sv", "Inkassokrav"),
        ("en", "Notice before debt collection (Letter of Claim)"),
    ],
)
def test_a_formal_notice_says_so_in_its_heading_and_names_the_consequence_once(language: str, heading: str) -> None:
    letter = make_letter("formal_notice", language)
    assert letter["heading"] == heading
    assert len(letter["paragraphs"]) == 2


def test_an_english_notice_from_norway_keeps_the_name_the_law_gives_it() -> None:
    letter = make_letter("formal_notice", "en", creditor=make_creditor("nb"))
    assert letter["heading"] == "Notice before debt collection (inkassovarsel)"


def test_a_consumer_is_told_where_advice_is_free() -> None:
    assert "NAV gir gratis råd" in make_letter("formal_notice", customer_kind="consumer")["paragraphs"][-1]
    assert "NAV" not in json.dumps(make_letter("formal_notice"))


def test_a_case_that_goes_on_says_who_takes_it_over() -> None:
    assert "vår inkassopartner" in make_letter("hand_over")["lead"]
    assert "Prøve Inkasso AS" in make_letter("hand_over", partner="Prøve Inkasso AS")["lead"]


def test_an_agreement_lists_its_dates_and_amounts() -> None:
    letter = make_letter("plan_agreement", items=make_items(2))
    assert [row["due"] for row in letter["table"]["rows"]] == [
        "1.\u00a0desember\u00a02026",
        "1.\u00a0januar\u00a02027",
        "1.\u00a0februar\u00a02027",
    ]
    assert letter["covers"] == "Avtalen gjelder fakturaene 10001, 10002."
    assert letter["facts"]["agreed"][0][0] == "2026-12-01"
    assert letter["paid"] is None


def test_a_thank_you_asks_for_nothing_and_sells_nothing() -> None:
    letter = make_letter("thank_you", items=[], total_minor=100_000, offers=[])
    assert (letter["payment"], letter["offer"], letter["objection"]) == (None, None, None)


def test_without_a_reference_the_invoice_or_the_customer_is_named() -> None:
    assert make_letter(items=make_items(1), payment_reference=None)["facts"]["reference"] == "10001"
    assert make_letter(items=make_items(2), payment_reference=None)["facts"]["reference"] == "C1001"


def test_a_swedish_reference_and_account_go_by_their_own_names() -> None:
    labels = [label for label, _ in make_letter(language="sv")["payment"]["rows"]]
    assert labels[:2] == ["Bankgiro", "OCR-nummer"]


def test_a_reference_with_a_wrong_check_digit_is_not_called_kid() -> None:
    labels = [label for label, _ in make_letter(payment_reference="602244")["payment"]["rows"]]
    assert labels[1] == "Referanse"


def test_an_invoice_number_is_never_called_kid() -> None:
    items = [LetterItem("1008", 100)]
    assert make_letter(items=items, payment_reference="1008")["payment"]["rows"][1] == ["Referanse", "1008"]
    assert make_letter(items=items, payment_reference="602243")["payment"]["rows"][1] == ["KID", "602243"]


def test_an_agreement_with_interest_asks_for_all_its_parts() -> None:
    offer = LetterOffer(((date(2026, 12, 1), 60_000), (date(2027, 1, 1), 45_000)), interest_minor=5_000)
    letter = make_letter("plan_agreement", items=[LetterItem("10001", 100_000)], total_minor=100_000, offers=[offer])
    assert letter["facts"]["total_minor"] == 105_000
    assert letter["table"]["note"] == "Av dette er kr\u00a050,00 renter."


def test_a_letter_across_the_border_names_the_country() -> None:
    assert make_letter(customer_country="SE")["recipient"]["lines"][-1] == "SVERIGE"
    assert make_letter()["recipient"]["lines"][-1] == "6413 Molde"


def test_without_a_given_language_the_customers_country_decides_then_the_creditor() -> None:
    assert make_letter(written_in=None, customer_country="DK")["language"] == "da"
    assert make_letter(written_in=None, customer_country="IS")["language"] == "nb"
    assert make_letter(written_in="fi")["language"] == "fi"
    assert make_letter(written_in="is")["language"] == "en"


def test_a_message_too_long_for_a_letter_is_refused_with_its_length() -> None:
    with pytest.raises(Refusal, match=f"at most {MAX_MESSAGE}"):
        make_letter(message="x" * (MAX_MESSAGE + 1))


def test_a_link_that_is_not_for_the_web_is_refused() -> None:
    with pytest.raises(Refusal) as refusal:
        make_letter(portal_url="javascript:alert(1)")
    assert refusal.value.code == "bad_link"


@given(st.text(max_size=80), st.text(max_size=120), st.text(max_size=200))
def test_whatever_people_are_called_the_letter_stays_printable(name: str, address: str, message: str) -> None:
    letter = make_letter(name=name, contact_name=name, address=address, message=message)
    written = json.dumps(letter, ensure_ascii=False)
    written.encode("utf-8")
    said = [letter["recipient"]["name"], letter["greeting"], *letter["recipient"]["lines"], *letter["message"]]
    assert all(
        character.isprintable() or character in "\u00a0\u3000" or ord(character) > 255
        for text in said
        for character in text
    )
    assert len(letter["recipient"]["lines"]) <= 7
