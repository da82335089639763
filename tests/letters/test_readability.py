"""Every letter that is shipped is easy to read and free of officialese, blame and threats."""

from __future__ import annotations

import pytest

from kulant.letters.readability import limit_of, lix, spoken_text
from kulant.letters.unwelcome import NEVER, unwelcome_words
from kulant.letters.wording import KINDS
from tests.letters.samples import LANGUAGES, make_letter

FRIENDLY = (
    "Hei Kari. Vi ser at faktura 10234 på 48 000 kroner ikke er betalt ennå. Den skulle vært betalt 1. mars. Har du "
    "alt betalt, kan du se bort fra denne meldingen. Passer det dårlig å betale alt nå? Da kan du dele opp beløpet. "
    "Velg en plan som passer for dere på lenken under, eller ring meg på 22 00 00 00. Hilsen Ola Nilsen"
)
LEGALESE = (
    "Undertegnede tillater seg herved å meddele at ovennevnte utestående mellomværende, til tross for gjentatte "
    "betalingsoppfordringer, fortsatt henstår uoppgjort. Dersom fordringen ikke innfris omgående, vil rettslige skritt "
    "bli igangsatt uten ytterligere varsel."
)
FINNISH_LEGALESE = (
    "Edellä mainittu erääntynyt saatavamme on toistuvista maksukehotuksista huolimatta edelleen suorittamatta. "
    "Kehotamme velallista viipymättä suorittamaan saatavamme täysimääräisesti, tai käynnistämme oikeudelliset "
    "perintätoimenpiteet ilman eri ilmoitusta."
)
GERMAN_LEGALESE = (
    "Trotz mehrfacher Zahlungsaufforderungen wurde die obengenannte Forderung bislang nicht ausgeglichen. Wir fordern "
    "Sie hiermit letztmalig auf, den ausstehenden Gesamtbetrag unverzüglich zu begleichen, widrigenfalls gerichtliche "
    "Schritte ohne weitere Ankündigung eingeleitet werden."
)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("with_offers", [True, False])
@pytest.mark.parametrize("customer_kind", ["business", "consumer"])
def test_every_shipped_letter_is_easy_to_read(kind: str, language: str, with_offers: bool, customer_kind: str) -> None:
    changes = {} if with_offers or kind == "plan_agreement" else {"offers": []}
    text = spoken_text(make_letter(kind, language, customer_kind=customer_kind, **changes))
    assert lix(text) <= limit_of(kind, language)
    assert unwelcome_words(text, language) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_no_heading_shouts_or_threatens(kind: str, language: str) -> None:
    heading = make_letter(kind, language)["heading"]
    assert unwelcome_words(heading, language) == []
    assert not heading.isupper()


def test_friendly_words_score_low_and_legalese_high() -> None:
    assert 10 < lix(FRIENDLY) < 15
    assert lix(LEGALESE) > 55
    assert {"ovennevnte", "undertegnede", "fordring"} <= set(unwelcome_words(LEGALESE, "nb"))


def test_figures_are_no_words_and_a_date_ends_no_sentence() -> None:
    assert lix("Betal kr 12.500,00 innen 7. desember. Ring oss.") == lix("Betal kr innen desember. Ring oss.")


def test_shouting_is_noticed() -> None:
    assert unwelcome_words("Betal STRAKS, KID 602243", "nb") == ["STRAKS"]


def test_a_german_date_and_a_danish_amount_end_no_sentence() -> None:
    assert lix("Bitte zahlen Sie bis zum 7. Dezember 2026. Danke.") == lix("Bitte zahlen Sie bis zum Dezember. Danke.")
    assert lix("Betal 1.000,00 kr. den 1. maj. Tak.") == lix("Betal kr den maj. Tak.")


def test_finnish_words_are_longer_and_its_limits_higher() -> None:
    assert limit_of("reminder", "fi") == limit_of("reminder", "nb") + 25
    assert lix(FINNISH_LEGALESE) > limit_of("formal_notice", "fi")
    assert {"viipymättä", "saatavamme"} <= set(unwelcome_words(FINNISH_LEGALESE, "fi"))


def test_german_officialese_is_hard_and_unwelcome() -> None:
    assert lix(GERMAN_LEGALESE) > limit_of("formal_notice", "de")
    assert {"forderung", "unverzüglich", "begleich"} <= set(unwelcome_words(GERMAN_LEGALESE, "de"))


def test_an_empty_text_is_easy() -> None:
    assert lix("") == 0.0


def test_every_language_has_its_list() -> None:
    assert all(len(NEVER[language]) >= 15 for language in LANGUAGES)
