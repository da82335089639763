"""Letters in a creditor's own words: only words, never less than the law wants, never a threat."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kulant.core.errors import Refusal
from kulant.i18n import LANGUAGES, translator
from kulant.letters.apology import Wrong
from kulant.letters.lint import lint, stops
from kulant.letters.mail import event_of, render_mail
from kulant.letters.own_texts import OwnText, in_words
from kulant.letters.receipt import Received
from kulant.letters.sandbox import check_text, fill
from kulant.letters.shipped_texts import shipped_texts
from kulant.letters.text_example import compare
from kulant.letters.text_kind import TextKind
from kulant.letters.text_kinds import text_kind, text_kinds
from kulant.letters.wording import KINDS, worded_kinds
from tests.letters.samples import make_letter as letter
from tests.letters.samples import make_note, make_statement

REMINDER = text_kind("reminder")
NAMES, NUMBERS = REMINDER.names, REMINDER.numbers
NB = "\u00a0"
# What the words of a letter of the ladder need beside the variables of its text.
_EXAMPLE: dict[str, Any] = {"total": "12 500", "pay_by": "1. 12.", "number": "7", "partner": "", "parts": 3, "count": 2,
                            "country": "NO", "tone": "clear", "link": True, "adds": False}  # fmt: skip
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
        "{{ total and 'court' }}",
        "{{ '%s' % total }}",
        "{{ '{0.__class__}'.format(total) }}",
        "{{ self }}",
        "{{ total['__class__'] }}",
        "{{ 'a' * 999999999 }}",
        "{{ 10 ** 9999 }}",
        "{% filter upper %}x{% endfilter %}",
        "{% if count is defined %}x{% endif %}",
        "{% if count == 1 %}a{% else %}b{% endif %}" * 7,  # 128 ways to read it
        "{% if count == 1 or count == 1" + " or count == 1" * 60 + " %}x{% endif %}",  # costly to compile
        "x" * 3001,
    ],
)
def test_a_text_can_do_nothing_but_name_values_and_choose_between_wordings(hostile: str) -> None:
    with pytest.raises(Refusal):
        check_text(hostile, NAMES, numbers=NUMBERS)


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


@pytest.mark.parametrize("kind", text_kinds(), ids=lambda kind: str(kind.key))
def test_who_keeps_the_shipped_text_as_their_own_sends_the_very_same_letters(kind: TextKind) -> None:
    for language in ("nb", "de"):
        own = OwnText(1, shipped_texts(kind.key, language, "NO"))
        for ways in product(*kind.choices):
            known = {**_EXAMPLE, **kind.example}
            holds = {name: value for _, each in ways for name, value in each.items()}
            values = known | {
                name: known.get(name) or "A B" if str(value).startswith("{{") else value
                for name, value in holds.items()
            }
            shipped = kind.shipped(values, translator(language))
            assert in_words(own, values, replace(shipped, required=()))[0] == in_words(None, values, shipped)[0] | {
                "text_version": 1
            }
            assert in_words(own, values, shipped)[1] == shipped.short


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
    def seen(before: str, after: str) -> list[tuple[str, str]]:
        return [(piece.change, piece.text) for piece in compare(before, after)]

    assert seen("Please pay now.", "Please pay by Friday.") == [
        ("same", "Please pay "), ("removed", "now."), ("added", "by Friday."),
    ]  # fmt: skip
    # Words that change beside each other change together, and a variable is one word.
    assert seen("Receipt for you", "Our thanks") == [("removed", "Receipt for you"), ("added", "Our thanks")]
    assert ("removed", "{{ total }}.") in seen("Pay {{ total }}.", "Pay {{ count }}.")[1:] or (
        "removed", "{{ total }}"
    ) in seen("Pay {{ total }}.", "Pay {{ count }}.")  # fmt: skip


def test_texts_of_the_same_word_over_and_over_are_shown_one_after_the_other() -> None:
    assert [piece.change for piece in compare("a " * 1500, "a b " * 750)] == ["removed", "added"]


# What each kind must say


MUST_SAY = {
    "receipt_payment": ("We got money.", "{% if amount and day %}We got {{ amount }} on {{ day }}.{% endif %} Thanks."),
    "receipt_says_paid": ("We look.", "You paid{% if day %} on {{ day }}{% endif %}, you say."),
    "receipt_dispute": ("We look.", "We answer{% if answer_by %} by {{ answer_by }}{% endif %}."),
    "receipt_help": ("We help.", "We answer{% if answer_by %} by {{ answer_by }}{% endif %}."),
    "receipt_promise": ("Noted.", "{% if amount and day %}You pay {{ amount }} by {{ day }}.{% else %}Yes.{% endif %}"),
    "receipt_proposal": ("Noted.", "We answer{% if answer_by %} by {{ answer_by }}{% endif %}."),
    "receipt_plan_changed": ("Changed.", "Changed.{% if amount and day %} {{ amount }} by {{ day }}.{% endif %}"),
    "receipt_proposal_declined": ("We cannot.", "{{ words }}"),
    "apology_crossed": (
        "Our letter of {{ letter_on }} was wrong.",
        "Our letter of {{ letter_on }} was wrong.{% if taken_back %} We took back {{ taken_back }}.{% endif %}",
    ),
    "apology_mistake": ("Sorry.", "Sorry.{% if taken_back %} We took back {{ taken_back }}.{% endif %}"),
    "instalment_reminder": ("{{ amount }} is next.", "{{ amount }} is due on {{ due }}."),
    "instalment_late": ("{{ amount }} has not come.", "{{ amount }} was due on {{ due }}."),
    "instalment_smaller": (
        "{{ amount }} was due on {{ due }}. {{ smaller }}", "{{ amount }} {{ due }} {{ smaller }} {{ price }}",
    ),
    "thank_you": ("Thanks.", "Thanks.{% if dropped %} We dropped {{ dropped }}.{% endif %}"),
    "fresh_link": ("Your link.", "Your link works until {{ valid_until }}."),
    "statement": (
        "On {{ last }}{% if owed %} you owe {{ owed }}{% endif %}.",
        "On {{ last }} {% if credit %}we owe you {{ credit }}{% elif owed %}you owe {{ owed }}{% else %}0{% endif %}.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", MUST_SAY)
def test_every_confirmation_must_say_what_it_is_for(kind: str) -> None:
    lacking, complete = MUST_SAY[kind]
    text = {"heading": "A note", "lead": "Dear reader.", "short": ""}
    assert codes(text | {"body": lacking}, kind) == {"mandatory_gone"}
    assert codes(text | {"body": complete}, kind) == set()


def test_every_kind_of_document_has_a_text() -> None:
    assert {kind.document for kind in text_kinds()} == set(KINDS)
    assert set(MUST_SAY) == {kind.key for kind in text_kinds() if kind.key not in worded_kinds()}


def test_what_only_some_branches_say_is_not_said() -> None:
    assert "mandatory_gone" in codes(GOOD | {"body": "{% if count == 1 %}Pay {{ total }} by {{ pay_by }}.{% endif %}"})
    both = "{% if count == 1 %}Pay {{ total }} by {{ pay_by }}.{% else %}By {{ pay_by }} pay {{ total }}.{% endif %}"
    assert codes(GOOD | {"body": both}) == set()
    # Asking for a value is not saying it.
    assert "mandatory_gone" in codes(GOOD | {"body": "{% if total %}Pay{% endif %} by {{ pay_by }}."})


def test_what_may_be_unknown_is_only_named_where_it_is_asked_for() -> None:
    text = {"heading": "Thanks", "lead": "Thank you.", "short": ""}
    assert codes(text | {"body": "We got {{ amount }} on {{ day }}."}, "receipt_payment") == {"may_be_missing"}
    unasked = "{% if amount or day %}We got {{ amount }} on {{ day }}.{% endif %}"
    assert "may_be_missing" in codes(text | {"body": unasked}, "receipt_payment")
    turned = "{% if not amount or not day %}Thanks.{% else %}We got {{ amount }} on {{ day }}.{% endif %}"
    assert codes(text | {"body": turned}, "receipt_payment") == set()
    # Money to somebody's credit is never called a debt.
    debt = "On {{ last }} you owe us {{ owed }}{{ credit }}."
    assert "may_be_missing" in codes(text | {"body": debt}, "statement")


def test_a_note_in_own_words_keeps_the_programs_boxes_and_tells_a_wrong_reader_nothing() -> None:
    text = OwnText(
        3, {"heading": "Money came", "lead": "We got {{ amount }}.", "body": "{{ day }}: thanks.", "short": ""}
    )
    about = Received(what="payment", reference="R1", currency="GBP", amount_minor=500, day=date(2026, 11, 20))
    shipped, own = (make_note("receipt", "en", about=about, own=each) for each in (None, text))
    assert (own["heading"], own["lead"], own["paragraphs"]) == (
        "Money came",
        "We got £5.00.",
        [f"20{NB}November{NB}2026: thanks."],
    )
    assert own["text_version"] == 3
    assert {key for key in shipped if shipped[key] != own[key]} == {"heading", "lead", "paragraphs", "text_version"}
    assert "We got £5.00." in render_mail(event_of("receipt"), "en", own).text
    with pytest.raises(Refusal, match="customer"):
        check_text("Hello {{ customer }}", text_kind("fresh_link").names)


def test_an_own_apology_and_an_own_statement_say_what_is_so() -> None:
    sorry = "{% if taken_back %}We gave back {{ taken_back }}.{% else %}It cost you nothing.{% endif %}"
    text = OwnText(
        1, {"heading": "Sorry", "lead": "Our letter of {{ letter_on }} was wrong.", "body": sorry, "short": "Sorry."}
    )
    letter_on = date(2026, 11, 16)
    cost_nothing = make_note(
        "apology", "en", about=Wrong(what="crossed", letter_on=letter_on, currency="GBP"), own=text
    )
    assert cost_nothing["paragraphs"] == ["It cost you nothing."]
    assert "Sorry." in cost_nothing["short"]["text"]
    assert make_note("apology", "en", own=text)["paragraphs"] == ["We gave back £42.12."]
    lead = "On {{ last }} {% if credit %}we owe you {{ credit }}{% elif owed %}you owe {{ owed }}{% endif %}."
    text = OwnText(1, {"heading": "Your account", "lead": lead, "body": "One.\n\nTwo.", "short": ""})
    content = make_note("statement", "en", own=text)
    assert content["lead"] == f"On 23{NB}November{NB}2026 you owe £850.00."
    assert content["paragraphs"] == ["One.", "Two."]
    assert content["movements"] == make_note("statement", "en")["movements"]
    assert make_statement("GBP").closing_minor == 85_000


def test_an_empty_line_behind_a_condition_begins_a_paragraph() -> None:
    body = (
        "{% if count == 1 %}One.{% endif %}\n\n{% if count == 2 %}Two.{% endif %}\n \nPay {{ total }} by {{ pay_by }}."
    )
    paragraphs = letter("reminder", "en", own=OwnText(1, GOOD | {"body": body}))["paragraphs"]
    assert paragraphs[0] == "Two."
    assert paragraphs[1].startswith("Pay ")


def test_a_sum_in_danish_crowns_ends_a_sentence_with_one_stop() -> None:
    own = letter("reminder", "da", own=OwnText(1, GOOD | {"body": "Betal {{ total }}."}))
    assert own["paragraphs"][0].endswith("kr.") and not own["paragraphs"][0].endswith("..")
