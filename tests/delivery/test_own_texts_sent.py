"""What a creditor wrote is what really leaves: message, PDF, short text and archive; and what was shown was that."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from pypdf import PdfReader
from sqlalchemy import select

from kulant.db import Act
from kulant.delivery.notes import new_note, queue
from kulant.delivery.text_occasions import customers_with
from kulant.delivery.text_trial import Trial, try_text
from kulant.delivery.writing_notes import write_note
from kulant.letters import archive
from kulant.letters.models import Document, LetterText
from kulant.letters.own_texts import OwnText
from kulant.letters.storage import open_storage
from kulant.letters.text_kinds import text_kind, text_kinds
from kulant.letters.text_versions import approve_text, as_own, discard_draft, put_forward, reset_text, save_draft
from kulant.plans.service import accept_offer, make_offers
from tests.delivery.conftest import Desk

TEXTS = {
    "receipt_payment": {
        "heading": "Your money came",
        "lead": "{% if amount and day %}We have {{ amount }} of {{ day }}.{% else %}We have your money.{% endif %}",
        "body": "Thank you, {{ customer }}.{% if left %} There is {{ left }} to go.{% endif %}",
        "short": "Your money came.",
    },
    "apology_crossed": {
        "heading": "We were wrong",
        "lead": "You had paid before our letter of {{ letter_on }}.",
        "body": "{% if taken_back %}We gave back {{ taken_back }}.{% else %}It cost you nothing.{% endif %}",
        "short": "We were wrong.",
    },
    "instalment_late": {
        "heading": "Your plan",
        "lead": "Part {{ part }} of {{ parts }}, {{ amount }}, was for {{ due }}.",
        "body": "All is well until {{ pay_by }}.",
        "short": "",
    },
    "fresh_link": {
        "heading": "A link for you",
        "lead": "Here it is, until {{ valid_until }}.",
        "body": "Yours, {{ creditor }}.",
        "short": "",
    },
    "statement": {
        "heading": "How it stands",
        "lead": "On {{ last }}{% if credit %} we owe you {{ credit }}{% elif owed %} you owe {{ owed }}{% endif %}.",
        "body": "Since {{ first }}.",
        "short": "",
    },
}  # fmt: skip
NOTES: dict[str, tuple[str, dict[str, Any]]] = {
    "receipt_payment": ("receipt", {
        "what": "payment", "reference": "P-1", "currency": "NOK", "amount_minor": 5000, "day": "2026-11-20",
        "left_minor": 700,
    }),
    "apology_crossed": ("apology", {
        "what": "crossed", "currency": "NOK", "letter_on": "2026-11-16", "invoices": ["C1-F1"],
        "taken_back": [{"kind": "fee", "amount_minor": 3800}],
    }),
    "instalment_late": ("instalment_reminder", {
        "number": 2, "count": 3, "due": "2026-11-20", "amount_minor": 9000, "left_after_minor": 9000,
        "currency": "NOK", "reference": "PLAN1", "pay_by": "2026-11-27", "occasion": "nudge", "offer": [],
    }),
    "fresh_link": ("fresh_link", {"days": 30}),
    "statement": ("statement", {"currency": "NOK", "first": "2026-10-01", "last": "2026-11-23"}),
}  # fmt: skip


def put_in_force(act: Act, desk: Desk, kind: str, texts: dict[str, str]) -> LetterText:
    """Written by one, approved by another."""
    row = save_draft(act, creditor=desk.creditor(act), kind=kind, language="en", texts=texts, why="")
    put_forward(act, row=row)
    act.actor = "another"
    return approve_text(act, row=row)


def test_what_a_creditor_wrote_is_what_leaves_and_what_the_archive_keeps(desk: Desk) -> None:
    desk.owe("9000.00", email="c1@example.com")
    for kind, texts in TEXTS.items():
        with desk.doing() as act:
            put_in_force(act, desk, kind, texts)
    with desk.doing() as act:
        customer = desk.customer(act)
        offered = make_offers(act, creditor=desk.creditor(act), customer=customer, currency="NOK")
        plan = accept_offer(act, plan=offered, offer=2, name="Kari")
        for key, (kind, context) in NOTES.items():
            context = context | {"language": "en"} | ({"plan": plan.id} if kind == "instalment_reminder" else {})
            note = new_note(act, customer=customer, kind=kind, key=key, recipient="c1@example.com", context=context)
            queue(act, note)
    assert len(desk.deliver().sent) == len(NOTES)
    said = {" ".join(message["Subject"].split()): message for message in desk.mail.messages}
    bodies = [message.get_body(("plain",)).get_content() for message in said.values()]  # type: ignore[union-attr]
    for words in (
        "We have NOK\u00a050.00 of 20\u00a0November\u00a02026.", "There is NOK\u00a07.00 to go.",
        "We gave back NOK\u00a038.00.", "Part 2 of 3, NOK\u00a090.00, was for 20\u00a0November\u00a02026.",
        "Here it is, until 23\u00a0December\u00a02026.", "Since 1\u00a0October\u00a02026.",
        "On 23\u00a0November\u00a02026 you owe NOK\u00a09,000.00.",
    ):  # fmt: skip
        assert sum(words in body for body in bodies) == 1, words
    with desk.doing() as act:
        documents = {row.content["heading"]: row for row in act.session.scalars(select(Document))}
        storage = open_storage(desk.settings.storage_url)
        kept = {heading: archive.read(storage, row) for heading, row in documents.items()}
    assert documents["Your money came"].content["text_version"] == 1
    assert documents["Your money came"].content["short"]["text"].startswith("Nordlys Engros AS: Your money came.")
    receipt = next(message for subject, message in said.items() if subject.startswith("Your money came"))
    [attached] = [part.get_content() for part in receipt.iter_attachments()]
    assert attached == kept["Your money came"]
    for heading, words in (
        ("Your money came", "There is"),
        ("We were wrong", "We gave back"),
        ("How it stands", "Since"),
    ):
        page = "".join(page.extract_text() for page in PdfReader(BytesIO(kept[heading])).pages)
        assert heading in page and words in page
    # Who tries the text with that customer is shown the very note that left.
    with desk.doing() as act:
        creditor, customer = desk.creditor(act), desk.customer(act)
        for key, (kind, _) in NOTES.items():
            assert customers_with(act.session, creditor.id, kind, key, 5) == [customer]
            own = as_own(act.session.scalars(select(LetterText).where(LetterText.kind == key)).one())
            trial = Trial(act=act, creditor=creditor, customer=customer, kind=text_kind(key), language="en", own=own)
            shown = try_text(trial).content
            if key not in ("fresh_link", "statement"):  # these are made anew each day
                left = documents[TEXTS[key]["heading"]].content
                for part in ("heading", "lead", "paragraphs", "summary", "payment", "text_version"):
                    assert shown[part] == left[part], (key, part)
        assert not act.session.new


def test_a_text_can_be_tried_for_every_kind_before_anything_has_happened(desk: Desk) -> None:
    desk.owe("1000.00", "2000.00")
    with desk.doing() as act:
        for kind in text_kinds():
            trial = Trial(
                act=act, creditor=desk.creditor(act), customer=desk.customer(act), kind=kind, language="de", own=None
            )
            tried = try_text(trial)
            assert tried.content["language"] == "de"
            assert tried.content["heading"] and tried.content["lead"] and tried.told
        assert not act.session.new and not act.session.dirty


def test_the_friendly_note_before_the_due_date_is_written_by_the_creditors_text_too(desk: Desk) -> None:
    desk.owe("1000.00")
    text = {"heading": "Soon", "lead": "{{ total }} is for {{ pay_by }}.", "body": "Thanks.", "short": ""}
    with desk.doing() as act:
        put_in_force(act, desk, "courtesy", text)
        context = {"items": [desk.invoice(act).id], "due": "2026-11-26", "language": "en"}
        note = new_note(act, customer=desk.customer(act), kind="courtesy", key="c", recipient="x@y.z", context=context)
        content = write_note(act, delivery=queue(act, note), base_url="https://kulant.example", secret="secret")
        assert content["lead"] == "NOK\u00a01,000.00 is for 26\u00a0November\u00a02026."


def test_a_draft_that_is_put_away_and_a_text_taken_back_leave_the_shipped_one(desk: Desk) -> None:
    with desk.doing() as act:
        row = save_draft(act, creditor=desk.creditor(act), kind="thank_you", language="en", texts={}, why="")
        assert discard_draft(act, row=row).status == "retired"
        put_in_force(act, desk, "fresh_link", TEXTS["fresh_link"])
        assert reset_text(act, creditor=desk.creditor(act), kind="fresh_link", language="en").status == "retired"
        assert as_own(row) == OwnText(1, dict.fromkeys(("heading", "lead", "body", "short"), ""))
