"""Interest, fees and compensation in a letter, and what the law of each country wants said."""

from __future__ import annotations

import json
from datetime import date
from typing import Any, get_args

import pytest

from kulant.core.errors import Refusal
from kulant.law.book import COUNTRIES, law_book
from kulant.law.ladder_rules import must_say
from kulant.law.model import BOTH, Content
from kulant.letters.added import LetterCharge
from kulant.letters.content import LetterItem
from kulant.letters.duties import _SENTENCES, SHOWN
from kulant.letters.mail import render_mail
from kulant.letters.readability import limit_of, lix, spoken_text
from kulant.letters.render import render_pdf
from kulant.letters.unwelcome import unwelcome_words
from tests.letters.samples import LANGUAGES, TODAY, make_creditor, make_items, make_letter

NB = "\u00a0"


def interest(amount: int, first: date, last: date, *, rate: str = "12.25", base: int = 125_000) -> LetterCharge:
    return LetterCharge(
        kind="interest",
        invoice="10001",
        amount_minor=amount,
        rule="forsinkelsesrenteloven 2 and 3",
        first=first,
        last=last,
        days=(last - first).days + 1,
        rate=rate,
        base_minor=base,
    )


OLD = interest(2466, date(2026, 6, 1), date(2026, 6, 30), rate="12.00")
NEW = interest(6125, date(2026, 7, 1), date(2026, 11, 23))


def fee(document: str = "fee_reminder") -> LetterCharge:
    return LetterCharge(kind="fee", invoice="10001", amount_minor=3800, rule="inkassoforskriften", document=document)


def compensation() -> LetterCharge:
    return LetterCharge(kind="compensation", invoice="10001", amount_minor=43000, rule="forsinkelsesrenteloven 3 a")


def letter(*charges: LetterCharge, kind: str = "fee_reminder", language: str = "nb", **changes: Any) -> dict[str, Any]:
    items = changes.pop("items", make_items(1))
    total = sum(item.amount_minor for item in items) + sum(charge.amount_minor for charge in charges)
    return make_letter(kind, language, items=items, charges=charges, total_minor=total, **changes)


def lines(content: dict[str, Any]) -> list[tuple[str, str | None, str]]:
    rows = content["table"]["rows"]
    return [(row["number"], row["about"], row["amount"]) for row in rows if row["form"] != "item"]


def test_interest_says_its_rate_its_days_and_its_base_and_each_fee_has_a_line() -> None:
    content = letter(OLD, NEW, fee(), compensation())
    assert lines(content) == [
        ("Forsinkelsesrente", f"12,00{NB}% fra 01.06.2026 til 30.06.2026 av kr{NB}1{NB}250,00", "24,66"),
        ("Forsinkelsesrente", f"12,25{NB}% fra 01.07.2026 til 23.11.2026 av kr{NB}1{NB}250,00", "61,25"),
        ("Purregebyr", None, "38,00"),
        ("Kompensasjon for sen betaling", None, "430,00"),
    ]
    assert content["table"]["total"] == f"1{NB}803,91"
    assert content["table"]["note"] is None
    assert content["facts"]["charges"][1] | {"rule": ""} == {
        "kind": "interest",
        "invoice": "10001",
        "amount_minor": 6125,
        "rule": "",
        "from": "2026-07-01",
        "to": "2026-11-23",
        "days": 146,
        "rate": "12.25",
        "base_minor": 125_000,
    }


def test_several_invoices_have_a_sum_of_their_own_before_what_is_added() -> None:
    content = letter(NEW, items=make_items(2))
    assert lines(content)[0] == ("Fakturaene til sammen", None, f"2{NB}601,01")
    assert lines(content)[1][0] == "Forsinkelsesrente, 10001"


def test_interest_of_earlier_letters_is_shown_as_one_line_for_each_rate() -> None:
    earlier = LetterItem("interest:1:10001", 2466, issued=date(2026, 6, 30), kind="interest", lines=(OLD,))
    again = interest(1000, date(2026, 7, 1), date(2026, 8, 31))
    second = LetterItem("interest:2:10001", 1000, issued=date(2026, 8, 31), kind="interest", lines=(again,))
    rest = interest(1500, date(2026, 9, 1), date(2026, 11, 23))
    content = letter(rest, items=[*make_items(1), earlier, second])
    assert [(about, amount) for _, about, amount in lines(content)] == [
        (f"12,00{NB}% fra 01.06.2026 til 30.06.2026 av kr{NB}1{NB}250,00", "24,66"),
        (f"12,25{NB}% fra 01.07.2026 til 23.11.2026 av kr{NB}1{NB}250,00", "25,00"),
    ]


def test_what_an_earlier_letter_charged_is_named_by_that_letter() -> None:
    earlier = LetterItem("fee:1", 3800, issued=date(2026, 10, 1), due=date(2026, 10, 15), kind="fee", invoice="10001")
    partly = LetterItem("interest:1:10001", 500, issued=date(2026, 10, 1), kind="interest", invoice="10001")
    content = letter(items=[*make_items(1), earlier, partly], kind="reminder")
    assert lines(content) == [
        ("Gebyr fra brevet vårt av 1.\u00a0oktober\u00a02026", None, "38,00"),
        ("Renter fra brevet vårt av 1.\u00a0oktober\u00a02026", "faktura 10001", "5,00"),
    ]
    assert content["lead"] == "Vi kan ikke se at faktura 10001 er betalt ennå."


def test_a_reminder_with_a_fee_says_so_and_without_one_is_a_plain_reminder() -> None:
    assert letter(fee())["heading"] == "Betalingspåminnelse med tillegg"
    assert letter()["heading"] == "Betalingspåminnelse"
    assert letter()["table"]["note"] == "Vi har ikke lagt til gebyr eller renter."


def test_charges_that_are_not_part_of_the_total_are_refused() -> None:
    with pytest.raises(Refusal) as refusal:
        make_letter(items=make_items(1), charges=[fee()], total_minor=125_000)
    assert refusal.value.code == "letter_does_not_add_up"


def test_the_e_mail_names_what_is_added() -> None:
    content = letter(NEW, fee())
    mail = render_mail("letter", "nb", content)
    for text in (mail.text, mail.html.replace("&nbsp;", NB)):
        assert f"12,25{NB}% fra 01.07.2026 til 23.11.2026" in text
        assert "kr 38,00" in text.replace(NB, " ")


def test_a_letter_with_charges_can_be_drawn_and_one_archived_before_there_were_any_too() -> None:
    content = letter(OLD, NEW, fee(), items=make_items(2))
    assert render_pdf(content).pages == 1
    plain = [row for row in content["table"]["rows"] if row["form"] == "item"]
    content["table"]["rows"] = [{key: value for key, value in row.items() if key != "form"} for row in plain]
    assert render_pdf(content).pages == 1


# What the law wants said


def test_everything_a_law_may_want_said_is_said_or_shown() -> None:
    assert set(get_args(Content)) == SHOWN | set(_SENTENCES)
    assert not SHOWN & set(_SENTENCES)


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize("debtor", BOTH)
def test_every_country_s_notice_says_what_it_must(country: str, debtor: Any) -> None:
    wanted = must_say(country, TODAY, debtor, "formal_notice")
    content = letter(
        NEW,
        fee("formal_notice"),
        kind="formal_notice",
        must_say=wanted,
        collection_cost_minor=4000,
        language="en",
        days_from_receipt=14,
    )
    said = " ".join(content["paragraphs"])
    sentences = {
        "no_further_cost": "costs you nothing more",
        "collection_cost": "debt collection adds £40.00",
        "right_to_object": "You may object. If you do not agree, tell Test Kontakt by 7\u00a0December\u00a02026.",
        "agreement": "our agreement with you",
        "reply_forms": "We enclose an information sheet, a reply form",
        "allocation_order": "If you pay a part",
    }
    assert {key for key, words in sentences.items() if words in said} == set(wanted) & set(sentences)
    shown = json.dumps(content, ensure_ascii=False)
    for words in (
        "10001",
        "Late interest",
        "12.25%",
        "1 Jul 2026",
        "7\u00a0December\u00a02026",
        "debt collection",
        "Pay by",
    ):
        assert words in shown
    assert content["facts"]["pay_by"] == "2026-12-07"


def test_a_notice_goes_by_the_name_the_law_gives_it() -> None:
    for country in COUNTRIES:
        notice = law_book(country).rules_on(TODAY).notice
        if notice is not None:
            creditor = {"country": country, "currency": law_book(country).file.currency}
            heading = letter(kind="formal_notice", language="en", creditor=make_creditor("en", **creditor))["heading"]
            assert heading == f"Notice before debt collection ({notice.name})"


def test_the_order_of_part_payments_is_told_as_it_is() -> None:
    invoices_first = letter(fee(), must_say=("allocation_order",))["paragraphs"][-1]
    costs_first = letter(fee(), must_say=("allocation_order",), costs_first=True)["paragraphs"][-1]
    assert invoices_first == "Betaler du en del, går den først til fakturaene."
    assert costs_first == "Betaler du en del, går den først til gebyr og renter."


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["reminder", "fee_reminder", "final_reminder", "formal_notice", "hand_over"])
def test_letters_that_ask_for_more_stay_easy_to_read(kind: str, language: str) -> None:
    everything = tuple(_SENTENCES)
    for wanted in ((), everything):
        text = spoken_text(letter(NEW, fee(kind), kind=kind, language=language, must_say=wanted,
                                  collection_cost_minor=4000, days_from_receipt=14))  # fmt: skip
        assert lix(text) <= limit_of(kind, language)
        assert unwelcome_words(text, language) == []
