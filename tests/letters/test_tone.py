"""The tone of a letter: its own, warmer for who means more to us, never firmer; the law speaks the same in each."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kulant.letters.duties import missing
from kulant.letters.readability import limit_of, lix, spoken_text
from kulant.letters.tone import BASE, FORMAL, Level, Relationship, Tone, tone
from kulant.letters.unwelcome import unwelcome_words
from kulant.letters.wording import KINDS
from tests.letters.samples import LANGUAGES, make_letter

# From what is worth least to what is worth most; of an unknown grade nothing is assumed.
GRADES = (None, "D", "C", "B", "A")
DOCUMENTS = tuple(BASE)

relationships = st.builds(
    Relationship,
    grade=st.sampled_from(GRADES),
    phase=st.sampled_from((None, "Buying")),
    gentle_phase=st.booleans(),
    since=st.sampled_from((None, 2019)),
    ceiling=st.sampled_from((None, *DOCUMENTS)),
    consumer=st.booleans(),
)


@given(st.sampled_from(KINDS), relationships, st.sampled_from(GRADES))
@settings(max_examples=300)
def test_a_customer_worth_more_never_reads_a_firmer_letter(
    document: str, known: Relationship, other: str | None
) -> None:
    less, more = sorted((known.grade, other), key=GRADES.index)
    assert tone(document, replace(known, grade=more)).level <= tone(document, replace(known, grade=less)).level


@given(st.sampled_from(KINDS), relationships)
@settings(max_examples=300)
def test_nothing_known_of_a_customer_makes_a_letter_firmer(document: str, known: Relationship) -> None:
    found = tone(document, known).level
    assert found <= tone(document).level
    assert tone(document, replace(known, gentle_phase=True)).level <= found
    assert found <= tone(document, replace(known, ceiling=None)).level
    assert known.ceiling is None or document not in BASE or found <= BASE[known.ceiling]


@given(relationships)
def test_a_softer_step_is_never_worded_more_firmly_than_a_harder_one(known: Relationship) -> None:
    known = replace(known, consumer=False)
    levels = [tone(document, known).level for document in DOCUMENTS]
    assert levels == sorted(levels)


def test_an_unknown_grade_reads_like_the_lowest_and_both_like_the_document_itself() -> None:
    for document in DOCUMENTS:
        assert {tone(document, Relationship(grade=grade)).level for grade in (None, "D", "C")} == {BASE[document]}


def test_what_a_consumer_is_worth_has_no_say_in_a_formal_step() -> None:
    for document in FORMAL:
        assert tone(document, Relationship(grade="A", consumer=True)).level is Level.FIRM
        assert tone(document, Relationship(grade="A")).level is Level.FRIENDLY
    assert tone("reminder", Relationship(grade="A", consumer=True)).level is Level.WARM


def test_the_clerk_reads_what_made_the_tone() -> None:
    known = Relationship(grade="A", phase="Using and paying", since=2019)
    assert tone("reminder", known).words() == "warm: a reminder, customer since 2019, grade A, phase Using and paying"
    capped = Relationship(ceiling="reminder", ceiling_for="customers of the segment key")
    said = tone("final_reminder", capped).words()
    assert said == "friendly: a final reminder, customers of the segment key get nothing firmer"
    assert "no say in a formal step" in tone("formal_notice", Relationship(grade="A", consumer=True)).words()


def test_the_letter_keeps_its_tone_and_the_reader_does_not_see_it() -> None:
    letter = make_letter("reminder", "en", tone=tone("reminder", Relationship(grade="A")))
    assert letter["tone"] == {"level": "warm", "why": "warm: a reminder, grade A"}
    assert "tone" not in letter["facts"]
    assert "grade" not in str({key: value for key, value in letter.items() if key != "tone"})


def test_a_warm_reminder_says_that_we_are_glad_and_asks_for_the_same() -> None:
    usual, warm = (make_letter("reminder", "en", tone=Tone(level)) for level in (Level.FRIENDLY, Level.WARM))
    assert "We are glad to have you as our customer." in warm["paragraphs"]
    assert "We are glad to have you as our customer." not in usual["paragraphs"]
    for part in ("heading", "lead", "table", "payment", "facts"):
        assert warm[part] == usual[part]


def test_a_gentler_last_reminder_offers_help_before_it_asks() -> None:
    clear = make_letter("final_reminder", "en")
    friendly = make_letter("final_reminder", "en", tone=Tone(Level.FRIENDLY))
    assert clear["lead"].startswith("We have written to you before")
    assert "we would like to help" in friendly["lead"]


@pytest.mark.parametrize("kind", DOCUMENTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_in_every_tone_a_letter_is_easy_to_read_and_says_what_it_must(kind: str, language: str) -> None:
    said = []
    for level in Level:
        wanted = ("collection_follows", "deadline", "right_to_object") if kind == "formal_notice" else ()
        letter = make_letter(kind, language, tone=Tone(level), must_say=wanted)
        text = spoken_text(letter)
        assert lix(text) <= limit_of(kind, language)
        assert unwelcome_words(text, language) == []
        assert missing(letter) == []
        said.append(letter["required"])
    assert all(one == said[0] for one in said)
