"""What was sent is kept exactly as it was, and nothing else takes its place."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path

import pikepdf
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from kulant.core.cells import harmless
from kulant.core.errors import Conflict, NotFound, Refusal
from kulant.db import Act
from kulant.ledger.models import Customer
from kulant.letters import queries
from kulant.letters.archive import Proof, prove, read, store
from kulant.letters.export import write_letters
from kulant.letters.models import Document
from kulant.letters.render import render_pdf
from kulant.letters.storage import Storage, open_storage
from kulant.people.models import Creditor
from tests.letters.samples import make_items, make_letter
from tests.support.factories import create_customer


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return open_storage(f"file:{tmp_path / 'documents'}")


def _archive(
    act: Act, creditor: Creditor, storage: Storage, key: str = "proposal:17", number: str = "C1001", count: int = 1,
    address: str = "Testgata 17\n6413 Molde", kind: str = "reminder",
) -> Document:  # fmt: skip
    known = act.session.scalar(select(Customer).where(Customer.number == number))
    customer = known or create_customer(act, creditor, number)
    content = make_letter(kind, items=make_items(count), number=number, address=address)
    return store(
        act,
        storage=storage,
        creditor=creditor,
        customer=customer,
        key=key,
        content=content,
        rendered=render_pdf(content),
    )


def test_a_stored_letter_comes_back_bit_for_bit(act: Act, creditor: Creditor, storage: Storage) -> None:
    document = _archive(act, creditor, storage)
    assert read(storage, document) == render_pdf(document.content).pdf
    assert (document.kind, document.language, document.pages) == ("reminder", "nb", 1)
    assert act.events[-1].kind == "document_archived"


def test_storing_the_same_letter_again_changes_nothing(act: Act, creditor: Creditor, storage: Storage) -> None:
    first = _archive(act, creditor, storage)
    events = len(act.events)
    assert _archive(act, creditor, storage).id == first.id
    assert len(act.events) == events


def test_another_letter_under_the_same_key_is_refused(act: Act, creditor: Creditor, storage: Storage) -> None:
    _archive(act, creditor, storage)
    with pytest.raises(Conflict) as refusal:
        _archive(act, creditor, storage, count=2)
    assert refusal.value.code == "document_exists"


def test_an_altered_file_is_noticed(act: Act, creditor: Creditor, storage: Storage, tmp_path: Path) -> None:
    document = _archive(act, creditor, storage)
    file = tmp_path / "documents" / document.sha256[:2] / f"{document.sha256}.pdf"
    file.write_bytes(file.read_bytes() + b" ")
    with pytest.raises(Refusal) as refusal:
        read(storage, document)
    assert refusal.value.code == "document_altered"


@pytest.mark.parametrize(
    "change", ["UPDATE document SET sha256 = 'x'", "UPDATE document SET dated = '2020-01-01'", "DELETE FROM document"]
)
def test_the_database_itself_refuses_to_change_or_lose_a_document(
    act: Act, creditor: Creditor, storage: Storage, change: str
) -> None:
    document = _archive(act, creditor, storage)
    with pytest.raises(IntegrityError, match="what a customer got is never changed"), act.session.begin_nested():
        act.session.execute(text(change))
    act.session.expire(document)
    assert read(storage, document) == render_pdf(document.content).pdf


def test_every_document_can_be_proved_to_be_what_was_sent(
    act: Act, creditor: Creditor, storage: Storage, tmp_path: Path
) -> None:
    first, second = (_archive(act, creditor, storage, f"proposal:{n}", count=n) for n in (1, 2))
    assert prove(act.session, storage, newest=None) == Proof(2, ())
    place = tmp_path / "documents"
    altered = place / first.sha256[:2] / f"{first.sha256}.pdf"
    altered.write_bytes(altered.read_bytes() + b" ")
    (place / second.sha256[:2] / f"{second.sha256}.pdf").unlink()
    assert prove(act.session, storage, newest=1).wrong == (f"document {second.id} is missing ({second.sha256})",)
    assert prove(act.session, storage, newest=None).wrong == (
        f"document {second.id} is missing ({second.sha256})",
        f"document {first.id} was altered ({first.sha256})",
    )


def test_a_missing_file_is_told_in_words(act: Act, creditor: Creditor, storage: Storage, tmp_path: Path) -> None:
    document = _archive(act, creditor, storage)
    (tmp_path / "documents" / document.sha256[:2] / f"{document.sha256}.pdf").unlink()
    with pytest.raises(NotFound, match="restore it from a backup"):
        read(storage, document)


def test_a_letter_is_found_by_its_own_creditor_only(act: Act, creditor: Creditor, storage: Storage) -> None:
    document = _archive(act, creditor, storage)
    assert queries.document_by_id(act.session, creditor.id, document.id) is document
    with pytest.raises(NotFound, match="no document"):
        queries.document_by_id(act.session, creditor.id + 1, document.id)


def test_a_damaged_copy_is_replaced_and_no_half_file_is_left(storage: Storage, tmp_path: Path) -> None:
    digest = storage.put(b"%PDF-letter")
    place = tmp_path / "documents" / digest[:2] / f"{digest}.pdf"
    place.write_bytes(b"half")
    assert storage.put(b"%PDF-letter") == digest
    assert storage.get(digest) == b"%PDF-letter"
    assert [file.name for file in place.parent.iterdir()] == [place.name]


@pytest.mark.parametrize("digest", ["../../etc/passwd", "", "A" * 64])
def test_only_hashes_name_documents(storage: Storage, digest: str) -> None:
    with pytest.raises(NotFound):
        storage.get(digest)


def test_a_folder_that_cannot_be_written_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    blocked = open_storage(f"file:{tmp_path / 'file' / 'documents'}")
    with pytest.raises(Refusal, match="cannot keep a document"):
        blocked.put(b"x")
    with pytest.raises(Refusal, match="cannot write"):
        blocked.check()


def test_letters_are_written_under_names_that_say_what_they_are(
    act: Act, creditor: Creditor, storage: Storage, tmp_path: Path
) -> None:
    document = _archive(act, creditor, storage)
    hostile = _archive(act, creditor, storage, key="proposal:18", number="../../A 7")
    written = write_letters(act.session, storage, tmp_path / "out")
    assert written.files == (
        f"2026-11-23_C1001_reminder_{document.id}.pdf",
        f"2026-11-23_A-7_reminder_{hostile.id}.pdf",
    )
    assert (tmp_path / "out" / written.files[0]).read_bytes() == read(storage, document)


def test_a_batch_is_one_file_sorted_by_postcode_with_its_addresses(
    act: Act, creditor: Creditor, storage: Storage, tmp_path: Path
) -> None:
    _archive(act, creditor, storage, key="proposal:1", number="FAR", address="Ytterst 1\n9990 Båtsfjord")
    _archive(act, creditor, storage, key="proposal:2", number="=NEAR()", address="Midt 1\n0155 Oslo", count=40)
    written = write_letters(act.session, storage, tmp_path / "out", batch=True)
    assert written.files == ("print.pdf", "addresses.csv")
    with pikepdf.open(tmp_path / "out" / "print.pdf") as pile:
        assert len(pile.pages) == 3
    listed = (tmp_path / "out" / "addresses.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(StringIO(listed), delimiter=";"))
    assert [(row["pages"], row["customer"], row["postcode"]) for row in rows] == [
        ("1-2", "'=NEAR()", "0155"),
        ("3", "FAR", "9990"),
    ]


def test_a_supplier_gets_a_folder_of_letters_with_their_index(
    act: Act, creditor: Creditor, storage: Storage, tmp_path: Path
) -> None:
    document = _archive(act, creditor, storage)
    written = write_letters(act.session, storage, tmp_path / "out", home="NO", for_supplier=True)
    assert written.files == (f"00001_2026-11-23_C1001_reminder_{document.id}.pdf", "index.csv")
    assert (tmp_path / "out" / written.files[0]).read_bytes() == read(storage, document)
    with pytest.raises(Refusal, match="--batch or --hand-off"):
        write_letters(act.session, storage, tmp_path / "out", batch=True, for_supplier=True)


def test_a_batch_of_nothing_writes_nothing(act: Act, storage: Storage, tmp_path: Path) -> None:
    assert write_letters(act.session, storage, tmp_path / "out", batch=True).files == ()


@pytest.mark.parametrize("cell", ["=1+1", "+47 22", "-x", "@sum", "\t=1", " =1"])
def test_no_cell_is_taken_for_a_formula(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["-12.50", "Oslo", "12", ""])
def test_ordinary_cells_stay_as_they_are(cell: str) -> None:
    assert harmless(cell) == cell
