"""Letters on paper wait for a printer, are in one batch only, and their customers' timelines know when it is."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image
from pypdf import PdfReader
from sqlalchemy import select

from kulant.core.errors import Conflict, NotFound, Refusal
from kulant.delivery import printing
from kulant.letters.letterhead import set_letterhead
from kulant.letters.models import Document, PrintBatch
from kulant.letters.storage import open_storage
from kulant.relationship.models import TimelineEvent
from kulant.treatment.policies import apply_policy
from tests.delivery.conftest import LADDER, Desk


@pytest.fixture
def paper(desk: Desk) -> Desk:
    """Three letters on paper, all sent, in a look of the creditor's own."""
    logo = BytesIO()
    Image.new("RGB", (400, 120), "#b25f00").save(logo, "PNG")
    with desk.doing() as act:
        set_letterhead(act, creditor=desk.creditor(act), colour="#b25f00", logo=logo.getvalue())
        text = LADDER.replace("document: reminder,", "document: reminder, channel: letter,")
        apply_policy(act, creditor=desk.creditor(act), text=text)
    for number, address in (
        ("C1", "Ytterst 1\n9990 Båtsfjord"),
        ("C2", "Midt 1\n0155 Oslo"),
        ("C3", "By 3\n5003 Bergen"),
    ):
        desk.owe("1000.00", number=number, name=f"Kunde {number}", address=address)
    desk.run()
    desk.approve()
    assert len(desk.deliver().sent) == 3
    return desk


def _batch(desk: Desk, ids: list[int], printer: str = "Office printer") -> PrintBatch:
    storage = open_storage(desk.settings.storage_url)
    with desk.doing() as act:
        pile = printing.pile(act.session, storage, creditor=desk.creditor(act), delivery_ids=ids)
        return printing.make_batch(act, creditor=desk.creditor(act), printer=printer, letters=pile)


def _waiting(desk: Desk) -> list[tuple[int, str]]:
    with desk.doing() as act:
        found = printing.waiting(act.session, desk.creditor(act))
    return [(one.delivery.id, one.document.content["recipient"]["name"]) for one in found]


def test_what_waits_is_sorted_as_the_post_sorts_and_leaves_the_list_with_its_batch(paper: Desk) -> None:
    waiting = _waiting(paper)
    assert [name for _, name in waiting] == ["Kunde C2", "Kunde C3", "Kunde C1"]
    batch = _batch(paper, [waiting[0][0], waiting[2][0]])
    assert (batch.letters, batch.sheets, batch.printer, batch.made_by) == (2, 2, "Office printer", "test clerk")
    assert _waiting(paper) == [waiting[1]]
    pages = PdfReader(BytesIO(open_storage(paper.settings.storage_url).get(batch.sha256))).pages
    assert "Kunde C2" in pages[0].extract_text()
    assert "Kunde C1" in pages[2].extract_text()
    assert [len(pages[number].images) for number in (0, 2)] == [1, 1]  # the creditor's logo


def test_what_was_sent_says_in_which_look(paper: Desk) -> None:
    with paper.doing() as act:
        looks = [document.content["look"] for document in act.session.scalars(select(Document))]
    assert {(look["colour"], look["logo"]["width"]) for look in looks} == {("#b25f00", 400)}


def test_the_same_letters_again_are_the_same_batch_and_none_is_printed_twice(paper: Desk) -> None:
    ids = [number for number, _ in _waiting(paper)]
    batch = _batch(paper, ids[:2])
    assert _batch(paper, ids[:2], printer="Another").id == batch.id
    for again in (ids, ids[:1], ids[1:]):
        with pytest.raises(Conflict) as refusal:
            _batch(paper, again)
        assert refusal.value.code == "in_a_batch"
    assert _waiting(paper) == [(ids[2], "Kunde C1")]


def test_marked_as_printed_once_it_stands_on_each_customers_timeline(paper: Desk) -> None:
    batch = _batch(paper, [number for number, _ in _waiting(paper)])
    with paper.doing() as act:
        printing.mark_printed(act, batch=printing.batch_by_id(act.session, paper.creditor_id, batch.id))
    sent = {each.document_id for each in paper.deliveries()}
    with paper.doing() as act:
        told = act.session.scalars(select(TimelineEvent).where(TimelineEvent.kind == "letter_printed")).all()
        assert len(told) == 3
        assert {row.data["document"] for row in told} == sent
        again = printing.batch_by_id(act.session, paper.creditor_id, batch.id)
        assert again.printed_by == "test clerk"
        with pytest.raises(Conflict, match="already"):
            printing.mark_printed(act, batch=again)


def test_a_batch_needs_letters_of_ones_own_and_a_printer(paper: Desk) -> None:
    ids = [number for number, _ in _waiting(paper)]
    with pytest.raises(Refusal, match="at least one"):
        _batch(paper, [])
    with pytest.raises(Refusal, match="which printer"):
        _batch(paper, ids, printer="  ")
    with pytest.raises(NotFound, match="not there"):
        _batch(paper, [*ids, 999])
    with paper.doing() as act, pytest.raises(NotFound):
        printing.batch_by_id(act.session, paper.creditor_id, 1)
    paper.set_delivery(status="cancelled")
    with pytest.raises(NotFound, match="not there"):  # what was taken back is not printed, whatever a form says
        _batch(paper, ids)
