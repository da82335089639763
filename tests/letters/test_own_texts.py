"""Letters in a creditor's own words: only words, never less than the law wants, never a threat."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kulant.core.errors import Refusal
from kulant.i18n import LANGUAGES
from kulant.letters.lint import lint, stops
from kulant.letters.own_texts import OwnText
from kulant.letters.sandbox import check_text, fill
from kulant.letters.shipped_texts import shipped_texts
from kulant.letters.text_example import compare
from kulant.letters.text_kinds import text_kind, text_kinds
from tests.letters.samples import make_letter as letter

REMINDER = text_kind("reminder")
NAMES, NUMBERS = REMINDER.names, REMINDER.numbers
GOOD = {
    "heading": "A friendly note",
    "lead": "Invoice {{ number }} is still open.",
    "body": "Please pay {{ total }} by {{ pay_by }}.\n\n{% if tone == 'warm' %}We are glad to have you.{% endif %}",
    "short": "Please pay {{ total }}.",
}


@pytest.mark.parametrize(
    "hostile",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ total.__init__ }}",
        "{{ total|upper }}",
        "{{ range(10) }}",
        "{% for n in total %}x{% endfor %}",
        "{% set x = 1 %}",
        "{% include 'letters/letter.html' %}",
        "{% macro m() %}{% endmacro %}",
        "{{ total ~ total }}",
        "{{ total * 1000000 }}",
        "{{ secret }}",
        "{{ [total] }}",
        "{{ total[0] }}",
        "{% if total %}",
        "{{ " + "(" * 900 + "total" + ")" * 900 + " }}",
        "{% if total %}" * 60 + "{% endif %}" * 60,
        "{% if " + "not " * 300 + "total %}x{% endif %}",
        "{% if total > 5 %}x{% endif %}",  # would fail when the letter is written: a sum is words there
        "{% if parts > 3 and total > 5 %}x{% endif %}",
        "{% if 'a' in count %}x{% endif %}",
        "x" * 3001,
    ],
)
def test_a_text_can_do_nothing_but_name_values_and_choose_between_wordings(hostile: str) -> None:
    with pytest.raises(Refusal):
        check_text(hostile, NAMES)


@settings(max_examples=200)
@given(st.text(alphabet=st.sampled_from("{}%# totalifendnumber|.()[]'\"=<x\n"), max_size=60))
def test_whatever_is_typed_is_either_refused_or_comes_out_as_words(typed: str) -> None:
    try:
        check_text(typed, NAMES)
    except Refusal:
        return
    values = dict.fromkeys(NAMES, "v")
    assert isinstance(fill(typed, values), str)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_shipped_texts_would_pass_the_check_they_set(language: str) -> None:
    for kind in text_kinds():
        assert lint(shipped_texts(kind.key, language, "NO"), kind.key, language) == []


def codes(texts: dict[str, str], kind: str = "reminder", language: str = "en") -> set[str]:
    return {finding.code for finding in stops(texts, kind, language)}


def test_an_address_is_seen_however_it_is_put_together() -> None:
    for hidden in ("www{# #}.elsewhere.example", "{{ 'www' }}.elsewhere.example", "a@{{ 'b' }}.example"):
        assert codes(GOOD | {"body": f"{GOOD['body']} {hidden}"}) == {"address"}, hidden


def test_numbers_may_be_compared_by_size() -> None:
    plan = text_kind("plan_agreement")
    check_text("{% if count > 1 and parts <= 6 %}several{% endif %}", plan.names, numbers=plan.numbers)


def test_a_text_in_order_is_not_stopped() -> None:
    assert lint(GOOD, "reminder", "en") == []


def test_a_text_that_leaves_out_what_the_letter_is_for_is_stopped() -> None:
    assert codes(GOOD | {"body": "Please pay by {{ pay_by }}."}) == {"mandatory_gone"}
    assert codes(GOOD | {"lead": ""}) == {"empty"}
    assert codes(GOOD, "hand_over") == {"mandatory_gone"}  # who collects


@pytest.mark.parametrize(
    ("language", "threat"),
    [
        ("en", "We will take you to court."), ("nb", "Saken går til inkasso."), ("nn", "Det blir tvangssal."),
        ("da", "Sagen går til inkasso."), ("sv", "Kronofogden kommer."), ("fi", "Asia menee ulosottoon."),
        ("de", "Das Gericht wird entscheiden."),
    ],
)  # fmt: skip
def test_a_threat_stops_a_reminder_in_every_language_also_where_only_some_would_read_it(
    language: str, threat: str
) -> None:
    assert "threat" in codes(GOOD | {"body": f"{GOOD['body']}\n\n{threat}"}, language=language)
    hidden = f"{GOOD['body']}{{% if adds and tone == 'firm' %}} {threat}{{% endif %}}"
    assert "threat" in codes(GOOD | {"body": hidden}, language=language)


def test_a_formal_notice_may_speak_of_collection_and_not_of_courts() -> None:
    assert "threat" not in codes(GOOD | {"short": "It goes to debt collection."}, "formal_notice")
    assert "threat" in codes(GOOD | {"short": "It goes to court."}, "formal_notice")


@pytest.mark.parametrize(
    "smuggled", ["http://pay.example", "pay at www.pay.example", "<b>now</b>", "NO93 8601 1117 947"]
)
def test_links_accounts_and_markup_are_the_programs(smuggled: str) -> None:
    assert "address" in codes(GOOD | {"short": smuggled})


def test_officialese_shouting_and_long_sentences_are_for_the_writer_to_weigh() -> None:
    hard = (
        "Hereby, notwithstanding considerable organisational difficulties, administrative responsibilities continue!!"
    )
    found = {finding.code for finding in lint(GOOD | {"body": f"{GOOD['body']} {hard}"}, "reminder", "en")}
    assert {"unwelcome", "shouting", "hard_to_read"} <= found
    assert not codes(GOOD | {"body": f"{GOOD['body']} {hard}"})


def test_a_letter_in_own_words_keeps_all_that_must_be_said() -> None:
    shipped = letter("formal_notice", "nb")
    own = letter("formal_notice", "nb", own=OwnText(4, GOOD | {"heading": "Kos dere"}))
    assert own["heading"] == shipped["heading"]  # the notice's own name
    assert own["required"] == shipped["required"]
    assert all(sentence in own["paragraphs"] for sentence in shipped["required"])
    assert (own["table"], own["payment"], own["facts"]) == (shipped["table"], shipped["payment"], shipped["facts"])
    assert own["lead"].startswith("Invoice ")
    assert own["text_version"] == 4


def test_a_customers_name_is_words_whatever_it_looks_like() -> None:
    texts = GOOD | {"lead": "{{ customer }}: {{ total }}"}
    own = letter("reminder", "en", own=OwnText(1, texts), name="{{ 7*7 }}<script>")
    assert own["lead"].startswith("{{ 7*7 }}<script>: ")


def test_two_texts_are_compared_word_by_word() -> None:
    pieces = [(piece.change, piece.text) for piece in compare("Please pay now.", "Please pay by Friday.")]
    assert pieces == [("same", "Please pay "), ("removed", "now."), ("added", "by Friday.")]
