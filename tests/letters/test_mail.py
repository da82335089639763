"""An e-mail says the same as its letter, shorter, and loads nothing from anywhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from kulant.core.errors import Refusal
from kulant.letters.mail import EVENT_OF_KIND, EVENTS, render_mail
from tests.letters.samples import LANGUAGES, LINK, make_creditor, make_letter

KIND_OF = {"letter": "reminder", **{event: kind for kind, event in EVENT_OF_KIND.items()}}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("event", EVENTS)
def test_every_event_has_a_subject_a_text_and_a_page_in_the_customers_language(event: str, language: str) -> None:
    letter = make_letter(KIND_OF[event], language)
    mail = render_mail(event, language, letter)
    assert 0 < len(mail.subject) <= 78
    assert "\n" not in mail.subject
    for part in (mail.text, mail.html):
        assert letter["heading"] in part
        assert letter["sign_off"]["name"] in part
    assert f'<html lang="{language}">' in mail.html
    assert "\n\n\n" not in mail.text


def test_the_subject_is_in_the_customers_language() -> None:
    subjects = [render_mail("letter", code, make_letter(language=code)).subject for code in LANGUAGES]
    assert subjects == [
        "Betalingspåminnelse – Nordlys Engros AS",
        "Betalingspåminning – Fjordvarer AS",
        "Betalingspåmindelse – Havnens Grossist A/S",
        "Betalningspåminnelse – Norrsken Handel AB",
        "Maksumuistutus – Pohjoistuuli Oy",
        "Payment reminder – Harbour Wholesale Ltd",
        "Zahlungserinnerung – Nordwind GmbH",
    ]


def test_a_letter_by_mail_has_amount_account_reference_and_link() -> None:
    mail = render_mail("letter", "nb", make_letter())
    for words in ("kr\u00a02\u00a0601,01", "1234 56 78903", "KID: 602243", LINK, "Brevet ligger ved som PDF"):
        assert words in mail.text
    assert f'href="{LINK}"' in mail.html


def test_nothing_is_said_to_be_attached_when_nothing_is() -> None:
    assert "PDF" not in render_mail("plan_accepted", "nb", make_letter("plan_agreement"), attached=False).text


def test_nobody_is_asked_to_answer_to_an_address_that_does_not_exist() -> None:
    creditor = make_creditor(email=None, contact_email=None)
    assert "svare på denne e-posten" not in render_mail("letter", "nb", make_letter(creditor=creditor)).text


@pytest.mark.parametrize("event", EVENTS)
def test_a_page_is_whole_and_loads_nothing(event: str) -> None:
    html = render_mail(event, "en", make_letter(KIND_OF[event], "en")).html
    assert not re.search(r"<(img|script|link|iframe|table)\b|url\(|@import", html)
    assert "prefers-color-scheme: dark" in html
    open_tags: list[str] = []

    class Balance(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag not in ("meta", "br"):
                open_tags.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert open_tags.pop() == tag

    Balance().feed(html)
    assert open_tags == []


def test_a_name_cannot_slip_a_header_or_a_tag_into_the_mail() -> None:
    creditor = make_creditor(name="Evil AS\r\nBcc: all@example.com<b>")
    mail = render_mail("letter", "nb", make_letter(creditor=creditor, name="<script>x</script>"))
    assert mail.subject == "Betalingspåminnelse – Evil AS Bcc: all@example.com<b>"
    assert "<script" not in mail.html
    assert "<b>" not in mail.html


def test_an_unknown_event_is_refused() -> None:
    with pytest.raises(Refusal, match="no kind of e-mail"):
        render_mail("threat", "nb", make_letter())
