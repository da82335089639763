"""Words, links and accounts that somebody hides from the check of a text, and honest words that must pass it."""

from __future__ import annotations

import pytest

from kulant.letters.disguise import without_unseen
from kulant.letters.lint import stops

TEXT = {"heading": "A note", "lead": "Invoice {{ number }} is open.", "short": ""}


def codes(words: str, language: str = "en") -> set[str]:
    """What stops a reminder that says these words."""
    body = f"{words}\n\nPlease pay {{{{ total }}}} by {{{{ pay_by }}}}."
    return {finding.code for finding in stops(TEXT | {"body": body}, "reminder", language)}


@pytest.mark.parametrize(
    "threat",
    [
        "c\u200bourt", "c\u00adourt", "c o u r t", "C.O.U.R.T", "co-urt", "c0urt", "COURT", "c\u0332ourt", "çöurt",
        "without\nfurther\u00a0notice", "{{ 'co' }}{{ 'urt' }}", "co{# #}urt", "{% raw %}court{% endraw %}",
        "co{% if tone == 'zzz' %}urt{% endif %}", "{% if customer == 'Bob' %}Police{% endif %}",
        "{% if count == 77 %}{% else %}We call your employer{% endif %}", "x {% if link -%} co {%- endif -%} urt",
    ],
)  # fmt: skip
def test_a_threat_is_found_however_it_is_disguised(threat: str) -> None:
    assert "threat" in codes(f"You will see the {threat}.")


@pytest.mark.parametrize(
    "letters", ["c\u043eurt", "bl\u0430cklist", "\U0001d41cou", "ｃｏｕｒｔ", "ⓒⓞⓤⓡⓣ", "ᴄourt", "αβγ"]
)
def test_letters_that_only_look_like_ours_stop_a_text(letters: str) -> None:
    assert "foreign_letter" in codes(f"You will see the {letters}.")


@pytest.mark.parametrize(
    ("language", "threat"), [("nb", "1nkasso"), ("sv", "kr0nofogd"), ("nb", "fogeden"), ("de", "Anwält*e")]
)
def test_a_threat_is_found_in_the_neighbours_spelling_and_with_figures_for_letters(language: str, threat: str) -> None:
    assert "threat" in codes(f"Nå kommer {threat}.", language)


@pytest.mark.parametrize(
    "address",
    [
        "kulant-pay.com", "bit.ly/x", "www\u200b.evil.example", "evil。com", "evil[.]com", "hxxps://evil",
        "mailto:a@b.no", "no9386011117947", "NO93-8601-1117-947", "8601.11.17947", "8601\n11 17947",
        "８６０１１１１７９４７", "5050-1055", "Vipps 12345", "konto 1234 56", "192.168.0.1", "<!-- x",
        "{{ creditor }}.com", "a@{{ number }}.example", "{% if count == 9 %}www{% endif %}.evil.example",
    ],
)  # fmt: skip
def test_a_link_or_an_account_is_found_however_it_is_written(address: str) -> None:
    assert "address" in codes(f"Pay here: {address} now.")


@pytest.mark.parametrize(
    ("language", "honest"),
    [
        ("nb", "Ring oss på 22 33 44 55, kl. 9-15. Du har rett til å klage, f.eks. innen 14 dager."),
        ("nn", "Betal no, eller ring oss. Du kan òg skrive."),
        ("da", "Ring til os på 12 34 56 78, f.eks. i dag kl. 9-15. Har du ret, så retter vi det."),
        ("sv", "Vi svarar m.fl. före kl. 15, år 2026. Hör av dig till oss."),
        ("fi", "Soita meille klo 9-15. Autamme mielellämme, jos lasku on väärä."),
        ("en", "Café “Zoë” – we're open 9-5, Mon–Fri… 50 % is fine; your next order, too."),
        ("de", "Rufen Sie uns an: 030 123456, z. B. um 9.30 Uhr. Wir helfen gern, Straße für Straße."),
    ],
)
def test_honest_words_are_not_stopped(language: str, honest: str) -> None:
    assert codes(honest, language) == set()


def test_marks_that_office_programs_leave_are_taken_out_and_words_stay() -> None:
    assert without_unseen("Ring\u00ad oss\u200b i dag\r\nTakk\ufeff") == "Ring oss i dag\nTakk"
    assert without_unseen("a\u030a: 12\u00a0500") == "å: 12\u00a0500"
