"""The letterhead is seen before it is kept, and letters on paper become batches a printer can work with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from PIL import Image
from pypdf import PdfReader
from sqlalchemy import select

from kulant.app import create_app
from kulant.db import Base, engine_for
from kulant.delivery.house import open_house
from kulant.delivery.outbox import approve
from kulant.delivery.worker import deliver
from kulant.ledger.models import Contact
from kulant.letters.letterhead import Look, look_of
from kulant.people.models import AuditEntry
from kulant.people.service import find_creditor
from kulant.settings import Settings
from kulant.transaction import doing
from kulant.treatment.models import Proposal
from tests.desk.conftest import Clerk
from tests.support import factories as make


@pytest.fixture
def database_url(tmp_path: Path) -> Iterator[str]:
    """Pages only: what they call is tested on both databases where it stands."""
    url = f"sqlite:///{tmp_path / 'kulant.db'}"
    Base.metadata.create_all(engine_for(url))
    yield url
    engine_for(url).dispose()


@pytest.fixture
def manager(portfolio: Settings) -> Clerk:
    with doing(portfolio, actor="seed") as act:
        make.create_user(act, find_creditor(act.session, "NORD"), name="boss", role="manager")
    return Clerk(create_app(portfolio), raise_server_exceptions=False).log_in("boss")


def _look(settings: Settings) -> Look:
    with doing(settings, actor="test") as act:
        return look_of(act.session, find_creditor(act.session, "NORD").id)


def _logo() -> bytes:
    out = BytesIO()
    Image.new("RGB", (400, 120), "#b25f00").save(out, "PNG")
    return out.getvalue()


def test_a_manager_tries_a_look_on_the_example_and_keeps_it(manager: Clerk, portfolio: Settings) -> None:
    tried = manager.get("/letterhead", params={"colour": "#ffcc00", "typeface": "source-serif"}).text
    assert "Too pale for words" in tried
    assert "not kept yet" in tried
    assert _look(portfolio) == Look()
    example = re.search(r'src="(/letterhead/example\?[^"]+)"', tried)
    assert example
    shown = manager.get(example[1].replace("&amp;", "&"))
    assert "face-source-serif" in shown.text
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    manager.submit("/letterhead", colour="#ffcc00", typeface="source-serif")
    assert (_look(portfolio).colour, _look(portfolio).typeface) == ("#ffcc00", "source-serif")
    with doing(portfolio, actor="test") as act:
        entry = act.session.scalars(select(AuditEntry).where(AuditEntry.action == "letterhead_set")).one()
        assert (entry.actor, entry.data["colour"]) == ("boss", "#ffcc00")


def test_a_logo_is_taken_in_shown_and_taken_away(manager: Clerk, portfolio: Settings) -> None:
    files = {"file": ("logo.png", _logo(), "image/png")}
    answer = manager.post("/letterhead/logo", data={"csrf": manager.token()}, files=files)
    assert "Logo kept" in answer.text
    address = re.search(r'src="(/letterhead/logo/[0-9a-f]{64})"', answer.text)
    assert address
    assert manager.get(address[1]).content == _look(portfolio).logo
    assert address[1] in manager.get("/letterhead/example").text
    images = PdfReader(BytesIO(manager.get("/letterhead/example.pdf").content)).pages[0].images
    assert len(images) == 1
    manager.submit("/letterhead/logo/away")
    assert _look(portfolio).logo is None
    assert manager.get("/letterhead/logo/" + "0" * 64).status_code == 404


def test_what_is_no_picture_is_refused_in_words(manager: Clerk, portfolio: Settings) -> None:
    files = {"file": ("logo.png", b"<svg onload='alert(1)'>", "image/png")}
    answer = manager.post("/letterhead/logo", data={"csrf": manager.token()}, files=files)
    assert answer.status_code == 400
    assert "PNG or JPEG" in answer.text
    assert _look(portfolio).logo is None


def test_payment_codes_are_kept_checked_and_taken_back(manager: Clerk, portfolio: Settings) -> None:
    wrong = manager.submit("/letterhead/codes", iban="NO00 0000 0000 000", bic="", swish="")
    assert wrong.status_code == 400
    manager.submit("/letterhead/codes", iban="NO93 8601 1117 947", bic="DNBANOKK", swish="123 118 11 89")
    with doing(portfolio, actor="test") as act:
        found = find_creditor(act.session, "NORD")
        assert (found.iban, found.bic, found.swish) == ("NO9386011117947", "DNBANOKK", "1231181189")
    manager.submit("/letterhead/codes")
    with doing(portfolio, actor="test") as act:
        found = find_creditor(act.session, "NORD")
        assert (found.iban, found.bic, found.swish) == (None, None, None)


def test_a_clerk_sees_the_letterhead_and_cannot_change_it(clerk: Clerk, portfolio: Settings) -> None:
    page = clerk.get("/letterhead").text
    assert "Example letter" in page
    assert "Keep the payment codes" not in page
    assert clerk.submit("/letterhead", colour="#ffcc00", typeface="source-serif").status_code == 403
    assert _look(portfolio) == Look()


@pytest.fixture
def paper(portfolio: Settings) -> Settings:
    """Both customers of Nordlys Engros without e-mail: their letters are on paper."""
    with doing(portfolio, actor="seed") as act:
        nord = find_creditor(act.session, "NORD")
        for contact in act.session.scalars(select(Contact)):
            contact.email = None
        act.session.flush()
        for proposal in act.session.scalars(select(Proposal).where(Proposal.creditor_id == nord.id)):
            proposal.channel = "letter"
            approve(act, creditor=nord, proposal=proposal, undo_seconds=None)
        number = nord.id
    assert len(deliver(open_house(portfolio, actor="worker"), creditor_id=number, now=datetime.now(UTC)).sent) == 2
    return portfolio


def test_letters_on_paper_become_a_batch_with_its_files_and_are_marked_as_printed(
    paper: Settings, clerk: Clerk
) -> None:
    page = clerk.get("/printing").text
    assert "Fjordbakeriet AS" in page
    ids = re.findall(r'name="delivery" value="(\d+)"', page)
    assert len(ids) == 2
    made = clerk.submit("/printing", printer="Office printer", delivery=ids).text
    assert "No letter waits to be printed" in made
    batch = re.search(r'href="/printing/(\d+)/letters.pdf"', made)
    assert batch
    folder = f"/printing/{batch[1]}"
    assert len(PdfReader(BytesIO(clerk.get(f"{folder}/letters.pdf").content)).pages) == 3
    assert "Brattli Bygg AS" in clerk.get(f"{folder}/addresses.csv").text
    assert clerk.get(f"{folder}/addresses.pdf").content.startswith(b"%PDF")
    zipped = clerk.get(f"{folder}/hand-off.zip")
    assert zipped.content == clerk.get(f"{folder}/hand-off.zip").content
    with ZipFile(BytesIO(zipped.content)) as files:
        names = files.namelist()
    assert names[-1] == "index.csv"
    assert len(names) == 3
    assert "Batch" in clerk.submit(f"{folder}/printed").text
    assert "Mark as printed" not in clerk.get("/printing").text
    assert clerk.submit(f"{folder}/printed").status_code == 409


def test_another_creditors_clerk_finds_neither_letters_nor_batches(paper: Settings, stranger: Clerk) -> None:
    other = stranger.log_in("other")
    assert "Fjordbakeriet" not in other.get("/printing").text
    assert other.get("/printing/1/letters.pdf").status_code == 404


def test_who_only_looks_makes_no_batch(paper: Settings, stranger: Clerk) -> None:
    looker = stranger.log_in("looker")
    assert "Make a batch" not in looker.get("/printing").text
    assert looker.submit("/printing", printer="x", delivery=["1"]).status_code == 403


def test_a_manager_sets_the_return_address_and_the_side_of_the_window(manager: Clerk, portfolio: Settings) -> None:
    assert "As is usual in the country (left)" in manager.get("/letterhead").text
    kept = manager.submit("/letterhead/envelope", return_address="Postboks 12, 0101 Oslo", window="right").text
    assert "Envelope kept." in kept and 'value="Postboks 12, 0101 Oslo"' in kept
    example = manager.get("/letterhead/example").text
    assert "window-right" in example and "Postboks 12, 0101 Oslo" in example
    assert manager.submit("/letterhead/envelope", return_address="x" * 290).status_code == 400
    with doing(portfolio, actor="test") as act:
        assert look_of(act.session, find_creditor(act.session, "NORD").id).window == "right"
