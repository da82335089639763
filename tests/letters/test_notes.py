"""Documents that belong to no step of a ladder: before an instalment, receipts, apologies, thanks, new links."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from kulant.core.errors import Refusal
from kulant.letters.apology import TakenBack, Wrong
from kulant.letters.fresh_link import fresh_link
from kulant.letters.instalment_reminder import InstalmentDue
from kulant.letters.mail import event_of, render_mail
from kulant.letters.readability import limit_of, lix, spoken_text
from kulant.letters.receipt import Received
from kulant.letters.render import render_html
from kulant.letters.thanks import KeptPlan
from kulant.letters.unwelcome import unwelcome_words
from tests.letters.samples import (
    LANGUAGES,
    LINK,
    NOTES,
    make_creditor,
    make_items,
    make_letter,
    make_note,
    make_parties,
)

NB = "\u00a0"
PART = InstalmentDue(
    number=2, count=3, due=date(2026, 12, 7), amount_minor=86_701, left_after_minor=86_699, currency="GBP",
    reference="602243", can_move=True,
)  # fmt: skip
CROSSED = Wrong(
    what="crossed", letter_on=date(2026, 11, 16), currency="GBP", invoices=("10001",), paid_on=date(2026, 11, 13),
    paid_minor=125_000, taken_back=(TakenBack("fee", 3_800), TakenBack("interest", 412), TakenBack("interest", 88)),
)  # fmt: skip
SAID = ("payment", "promise", "says_paid", "dispute", "help", "proposal", "plan_changed")


def received(what: str, **values: Any) -> Received:
    """Something that was received, with everything that may be known about it."""
    usual = {
        "reference": "K-20417", "currency": "GBP", "amount_minor": 125_000, "day": date(2026, 11, 20),
        "invoices": ("10001",), "quiet_until": date(2026, 11, 30), "answer_by": date(2026, 11, 26), "left_minor": 5_000,
    }  # fmt: skip
    return Received(what=what, **usual | values)  # type: ignore[arg-type]


def words(content: dict[str, Any]) -> str:
    """Heading, first sentence and paragraphs."""
    return " ".join([content["heading"], content["lead"], *content["paragraphs"]])


# Before an instalment


def test_the_note_before_an_instalment_says_which_when_how_much_and_what_is_left() -> None:
    note = make_note("instalment_reminder", "en", about=PART)
    assert note["lead"] == "On 7\u00a0December\u00a02026 part 2 of 3 of your plan is due: £867.01."
    assert "After it, £866.99 of the plan is left." in note["paragraphs"]
    assert ["Amount", "£867.01"] in note["payment"]["rows"]
    assert ["Pay by", "7\u00a0December\u00a02026"] in note["payment"]["rows"]
    assert "move this payment" in note["offer"]["text"]
    assert "remind" not in words(note).lower()


def test_the_last_part_says_that_everything_is_paid_with_it() -> None:
    note = make_note("instalment_reminder", "en", about=replace(PART, number=3, left_after_minor=0, can_move=False))
    assert "It is the last one. With it, everything in the plan is paid." in note["paragraphs"]
    assert note["offer"]["heading"] == "Follow your plan"


# Apologies


def test_an_apology_says_what_was_wrong_when_it_was_paid_and_what_is_taken_back() -> None:
    letter = make_note("apology", "en", about=CROSSED)
    assert (
        letter["lead"]
        == "Our letter of 16\u00a0November\u00a02026 asked for what you had already paid. That was our mistake."
    )
    paid = "You paid £1,250.00 for invoice 10001 on 13\u00a0November\u00a02026, before the letter left."
    assert letter["paragraphs"][0] == paid
    assert letter["summary"]["rows"] == [["Fee", "£38.00"], ["Interest", "£5.00"], ["In all", "£43.00"]]
    assert letter["sign_off"]["name"] == "Test Kontakt"
    assert (letter["payment"], letter["offer"], letter["table"], letter["paid"]) == (None, None, None, None)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_apology_makes_no_excuses(language: str) -> None:
    said = words(make_note("apology", language)).lower()
    excuses = (
        "because",
        "system",
        "unfortunately",
        "dessverre",
        "fordi",
        "desværre",
        "tyvärr",
        "leider",
        "valitettavasti",
    )
    assert not [excuse for excuse in excuses if excuse in said]


def test_an_apology_for_a_letter_that_cost_nothing_says_so() -> None:
    said = make_note("apology", "en", about=replace(CROSSED, taken_back=(), others=True))
    assert said["summary"] is None
    assert "You need not do anything. The letter has cost you nothing." in said["paragraphs"]
    assert "The other invoices in that letter are not touched by this." in said["paragraphs"]


def test_a_mistake_is_told_in_the_clerk_s_own_words() -> None:
    about = Wrong(what="mistake", letter_on=None, currency="GBP", words="We sent the goods\nto the wrong shop.")
    letter = make_note("apology", "en", about=about)
    assert letter["lead"] == "We made a mistake, and we are sorry."
    assert letter["message"] == ["We sent the goods", "to the wrong shop."]


def test_an_apology_for_nothing_is_refused() -> None:
    with pytest.raises(Refusal, match="crossed a payment"):
        make_note("apology", "en", about=Wrong(what="crossed", letter_on=None, currency="GBP"))


# Receipts


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("what", SAID)
def test_every_receipt_names_its_reference_and_is_easy_to_read(what: str, language: str) -> None:
    content = make_note("receipt", language, about=received(what))
    assert content["summary"]["rows"][0][1] == "K-20417"
    assert content["facts"]["what"] == what
    text = spoken_text(content)
    assert lix(text) <= limit_of("receipt", language)
    assert unwelcome_words(text, language) == []
    assert "K-20417" in content["short"]["text"]
    mail = render_mail(event_of("receipt"), language, content)
    assert "K-20417" in mail.text and "K-20417" in mail.html
    assert content["payment"] is None


def test_a_receipt_says_what_happens_next() -> None:
    def next_steps(what: str, **values: Any) -> list[str]:
        steps: list[str] = make_note("receipt", "en", about=received(what, **values))["paragraphs"]
        return steps

    assert next_steps("says_paid")[-1] == "Until 30\u00a0November\u00a02026 we send you no reminders."
    assert next_steps("dispute")[-1] == "A person reads it and answers you by 26\u00a0November\u00a02026."
    assert next_steps("payment") == ["Of these invoices, £50.00 is still open."]
    assert next_steps("payment", left_minor=0)[0].startswith("With it, everything it was for is paid.")
    assert "We will find a way together." in next_steps("help")[0]
    assert next_steps("proposal")[-1] == "Until you have our answer, we send you no reminders."
    assert next_steps("plan_changed") == [
        "The next payment is £1,250.00 by 20\u00a0November\u00a02026.",
        "In all, £50.00 of the plan is left.",
    ]


def test_a_receipt_needs_no_more_than_what_was_told_and_its_reference() -> None:
    for what in SAID:
        content = make_note("receipt", "en", about=Received(what=what, reference="R1"))
        assert content["summary"]["rows"] == [["Your reference", "R1"]]


def test_nothing_else_gets_a_receipt() -> None:
    with pytest.raises(Refusal, match="payment, promise, says_paid"):
        make_note("receipt", "en", about=received("shout"))


def test_a_receipt_is_read_from_a_delivery_s_context() -> None:
    context = {"what": "promise", "reference": "R1", "currency": "NOK", "amount_minor": 500, "day": "2026-12-01"}
    assert Received.of(context) == Received(
        what="promise", reference="R1", currency="NOK", amount_minor=500, day=date(2026, 12, 1)
    )


# Thanks and new links


def test_the_thank_you_tells_what_was_paid_and_what_was_dropped_and_sells_nothing() -> None:
    kept = KeptPlan(total_minor=260_101, currency="GBP", payments=3, reference="602243", invoices=("10001", "10002"),
                    dropped_minor=3_800)  # fmt: skip
    letter = make_note("thank_you", "en", about=kept)
    assert letter["summary"]["rows"] == [["In all", "£2,601.01"], ["Payments", "3"], ["Invoices", "10001, 10002"]]
    assert "As agreed, we have dropped £38.00 in fees and interest from earlier letters." in letter["paragraphs"]
    assert (letter["payment"], letter["offer"], letter["objection"]) == (None, None, None)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_new_link_tells_a_wrong_reader_nothing(language: str) -> None:
    content = make_letter("fresh_link", language)
    mail = render_mail("fresh_link", language, content)
    for secret in ("Testbakeren", "Kari", "C1001", "Testgata"):
        assert secret not in mail.text + mail.html + mail.subject
        assert secret not in json.dumps(content["facts"]) + json.dumps(content["short"])
    assert set(content["facts"]) == {"kind", "date", "creditor"}
    assert LINK in mail.text
    assert not any(figure in mail.text for figure in ("kr", "£", "€")[1:])


def test_a_new_link_without_a_link_is_refused() -> None:
    with pytest.raises(Refusal, match="needs the link"):
        fresh_link(make_parties("en"), portal_url=None, valid_until=date(2027, 1, 1))


def test_the_mail_about_an_instalment_says_how_to_pay_and_brings_no_pdf() -> None:
    content = make_letter("instalment_reminder", "nb")
    mail = render_mail("instalment_reminder", "nb", content)
    for label, value in content["payment"]["rows"]:
        assert f"{label}: {value}" in mail.text
    assert "PDF" not in mail.text


def test_the_mail_of_a_letter_lists_its_invoices_while_they_are_few() -> None:
    few = render_mail("letter", "en", make_letter("reminder", "en"))
    assert "10002, due 3 Nov 2026: £1,351.01" in few.text
    assert "listed in the letter" not in few.text
    many = render_mail("letter", "en", make_letter("reminder", "en", items=make_items(13)))
    assert "10002, due" not in many.text
    assert "The invoices are listed in the letter." in many.text


def test_a_document_archived_before_there_were_tones_and_short_texts_is_still_shown() -> None:
    newer = ("tone", "short", "summary", "required", "must_say", "text_version")
    for kind in ("reminder", "plan_agreement", "thank_you"):
        old = {key: value for key, value in make_letter(kind, "nb").items() if key not in newer} | {"version": 1}
        assert old["heading"] in render_html(old)
        assert old["heading"] in render_mail(event_of(kind), "nb", old).text


def test_a_name_can_slip_neither_a_tag_nor_a_header_into_any_note() -> None:
    creditor = make_creditor("en", name="Evil\r\nBcc: all@example.com<script>")
    for kind in NOTES:
        content = make_note(kind, "en", creditor=creditor, name="<b>Bold</b> Ltd")
        mail = render_mail(event_of(kind), "en", content)
        assert "\n" not in mail.subject
        assert "<script" not in mail.html
        assert "<b>" not in mail.html
