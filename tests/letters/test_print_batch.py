"""A pile of letters: sorted as the post sorts, each on a sheet of its own, every one still readable by everybody."""

from __future__ import annotations

import csv
from hashlib import sha256
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pypdf import PdfReader

from kulant.letters.address import postcode
from kulant.letters.address_list import address_csv, address_pages, index_csv
from kulant.letters.export import hand_off
from kulant.letters.models import Document
from kulant.letters.print_batch import Placed, in_post_order, join, place, sheets
from kulant.letters.render import render_pdf
from kulant.letters.storage import Storage, open_storage
from tests.letters.samples import TODAY, make_items, make_letter

# Who gets a letter: customer number, address, country, invoices.
PILE = (
    ("FAR", "Ytterst 1\n9990 Båtsfjord", "NO", 1),
    ("LONG", "Midt 1\n0155 Oslo", "NO", 30),
    ("SWEDE", "Storgatan 11\n113 22 Stockholm", "SE", 1),
    ("NOWHERE", "Et sted", "NO", 1),
    ("DANE", "Kajen 4\n8000 Aarhus", "DK", 1),
)


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Storage:
    return open_storage(f"file:{tmp_path_factory.mktemp('documents')}")


@pytest.fixture(scope="module")
def pile(storage: Storage) -> list[Document]:
    """The letters as archived, in the order of the post."""
    documents = []
    for number, (customer, address, country, count) in enumerate(PILE, start=1):
        content = make_letter(
            number=customer, name=f"{customer} AS", address=address, customer_country=country, items=make_items(count)
        )
        drawn = render_pdf(content)
        documents.append(
            Document(
                id=number, key=customer, kind="reminder", language="nb", on=TODAY, content=content,
                sha256=storage.put(drawn.pdf), pages=drawn.pages,
            )
        )  # fmt: skip
    return in_post_order(documents, "NO")


@pytest.fixture(scope="module")
def joined(pile: list[Document], storage: Storage) -> bytes:
    return join(storage.get(document.sha256) for document in pile)


def test_letters_at_home_come_first_then_other_countries_each_by_postcode(pile: list[Document]) -> None:
    assert [document.key for document in pile] == ["NOWHERE", "LONG", "FAR", "DANE", "SWEDE"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("0155 Oslo", "0155"),
        ("SE-113 22 Stockholm", "11322"),
        ("1012 AB Amsterdam", "1012AB"),
        ("London EC1A 1BB", "EC1A1BB"),
        ("20457 Hamburg", "20457"),
        ("CH-8000 Zürich", "8000"),
        ("Et sted", ""),
    ],
)
def test_a_postcode_is_seen_as_each_country_writes_it(line: str, code: str) -> None:
    assert postcode(["Gate 1", line]) == code


def test_every_letter_begins_on_the_front_of_a_sheet(pile: list[Document], joined: bytes) -> None:
    placed = place(pile)
    assert [(one.first, one.last) for one in placed] == [(1, 1), (3, 4), (5, 5), (7, 7), (9, 9)]
    assert sheets(placed) == 5
    pages = PdfReader(BytesIO(joined)).pages
    assert len(pages) == 9
    for one in placed:
        assert one.document.content["recipient"]["name"] in pages[one.first - 1].extract_text()
    for blank in (2, 6, 8):
        page = pages[blank - 1]
        assert page.extract_text() == ""
        assert (round(page.mediabox.width), round(page.mediabox.height)) == (595, 842)


def test_what_is_read_from_the_pile_is_what_stands_in_each_letter(
    pile: list[Document], joined: bytes, storage: Storage
) -> None:
    pages = PdfReader(BytesIO(joined)).pages
    for one in place(pile):
        single = PdfReader(BytesIO(storage.get(one.document.sha256)))
        for place_in, page in enumerate(single.pages, start=one.first - 1):
            assert pages[place_in].extract_text() == page.extract_text()


def test_a_screen_reader_finds_every_letters_tags_in_the_pile(
    pile: list[Document], joined: bytes, storage: Storage
) -> None:
    with pikepdf.open(BytesIO(joined)) as file:
        assert file.Root.MarkInfo.Marked
        own = {page.obj.objgen for page in file.pages}
        tags, places = _tags(file)
        assert {place.objgen for place in places} <= own
        numbers = [int(page.obj["/StructParents"]) for page in file.pages if "/StructParents" in page.obj]
        kept = [int(key) for key in list(file.Root.StructTreeRoot.ParentTree.Nums)[::2]]
        assert kept == sorted(set(kept))
        assert set(numbers) <= set(kept)
        assert len(numbers) == len(set(numbers)) == sum(document.pages for document in pile)
    single = []
    for document in pile:
        with pikepdf.open(BytesIO(storage.get(document.sha256))) as letter:
            single += _tags(letter)[0]
    assert sorted(tags) == sorted(single)


def _tags(file: pikepdf.Pdf) -> tuple[list[str], list[Any]]:
    """The name of every tag of a file, and the pages they say they stand on."""
    tags: list[str] = []
    places: list[Any] = []

    def walk(node: Any) -> None:
        if isinstance(node, pikepdf.Array):
            for kid in node:
                walk(kid)
        elif isinstance(node, pikepdf.Dictionary):
            if "/S" in node:
                tags.append(str(node.S))
            if "/Pg" in node:
                places.append(node.Pg)
            if "/K" in node:
                walk(node.K)

    walk(file.Root.StructTreeRoot.K)
    return tags, places


def test_the_same_pile_is_always_the_same_bytes(pile: list[Document], joined: bytes, storage: Storage) -> None:
    assert join(storage.get(document.sha256) for document in pile) == joined


def test_the_list_of_addresses_follows_the_pile(pile: list[Document]) -> None:
    rows = list(csv.DictReader(StringIO(address_csv(place(pile))), delimiter=";"))
    assert [(row["customer"], row["pages"], row["sheets"], row["postcode"], row["country"]) for row in rows] == [
        ("NOWHERE", "1", "1", "", "NO"),
        ("LONG", "3-4", "1", "0155", "NO"),
        ("FAR", "5", "1", "9990", "NO"),
        ("DANE", "7", "1", "8000", "DK"),
        ("SWEDE", "9", "1", "11322", "SE"),
    ]
    drawn = address_pages(place(pile), title="Print batch 1, Office printer", on=TODAY)
    text = PdfReader(BytesIO(drawn.pdf)).pages[0].extract_text()
    for words in ("Print batch 1, Office printer", "5 letters on 5 sheets", "FAR AS", "Båtsfjord", "9990", "3-4"):
        assert words in text


def test_a_supplier_gets_each_letter_as_it_is_archived_and_an_index_to_check_them_by(
    pile: list[Document], storage: Storage
) -> None:
    files = dict(hand_off(storage, pile))
    index = files.pop("index.csv").decode("utf-8-sig")
    rows = list(csv.DictReader(StringIO(index), delimiter=";"))
    assert [row["file"] for row in rows] == list(files)
    assert all(sha256(files[row["file"]]).hexdigest() == row["sha256"] for row in rows)
    first = rows[1]
    assert (first["name"], first["line1"], first["line2"], first["line3"]) == (
        "LONG AS", "v/ Kari Testesen", "Midt 1", "0155 Oslo",
    )  # fmt: skip
    assert (first["position"], first["pages"], first["sides"]) == ("2", "2", "duplex")


def test_no_cell_of_the_index_is_taken_for_a_formula(pile: list[Document]) -> None:
    content = pile[0].content | {"recipient": pile[0].content["recipient"] | {"name": "=cmd|' /C calc'!A0"}}
    hostile = Document(
        id=9, kind="reminder", on=TODAY, content=content, sha256="0" * 64, pages=1, key="x", language="nb"
    )
    assert ";'=cmd|" in index_csv([("a.pdf", Placed(hostile, 1, 1))])


def test_a_pile_of_nothing_is_an_empty_file(tmp_path: Path) -> None:
    assert list(hand_off(open_storage(f"file:{tmp_path}"), [])) == []
    assert place([]) == []
