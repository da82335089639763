"""Each kind of document is the file that archives and screen readers are promised: PDF/A-3a and PDF/UA-1."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from itertools import pairwise
from typing import Any

import pikepdf
import pytest
from pypdf import PdfReader

from kulant.letters.render import render_pdf
from kulant.letters.statement import render_statement
from tests.letters.samples import make_creditor, make_items, make_letter

# What may stand directly in a table and in its parts (ISO 32000-1, 14.8.4.3.4).
_MAY_HOLD = {
    "/Table": {"/Caption", "/THead", "/TBody"},
    "/THead": {"/TR"},
    "/TBody": {"/TR"},
    "/TR": {"/TH", "/TD"},
    "/L": {"/LI"},
}


def _contents() -> dict[str, dict[str, Any]]:
    swiss = make_creditor(
        "de", country="CH", currency="CHF", bank_account="CH4431999123000889012", address="Weg 7\n8000 Zürich"
    )
    return {
        "reminder": make_letter("reminder", "nn"),
        "of two pages": make_letter("formal_notice", "fi", items=make_items(30), customer_kind="consumer"),
        "with a code to pay by": make_letter("plan_offer", "sv", creditor=make_creditor("sv", swish="1231181189")),
        "with a Swiss part": make_letter("reminder", "de", creditor=swiss, address="Gasse 1\n8001 Zürich"),
        "agreement": make_letter("plan_agreement", "da"),
        "apology": make_letter("apology", "en"),
        "statement": make_letter("statement", "nb"),
    }


@pytest.fixture(scope="module", params=_contents())
def file(request: pytest.FixtureRequest) -> Iterator[pikepdf.Pdf]:
    """One of the documents, drawn."""
    content = _contents()[request.param]
    drawn = render_statement(content) if content["kind"] == "statement" else render_pdf(content)
    with pikepdf.open(BytesIO(drawn.pdf)) as opened:
        yield opened


def _elements(node: Any) -> Iterator[Any]:
    """Every element of the tree of tags, in the order it is read."""
    if isinstance(node, pikepdf.Array):
        for each in node:
            yield from _elements(each)
    elif isinstance(node, pikepdf.Dictionary) and "/S" in node:
        yield node
        yield from _elements(node.get("/K", pikepdf.Array()))


def _tree(file: pikepdf.Pdf) -> list[Any]:
    return list(_elements(file.Root.StructTreeRoot.K))


def test_it_says_in_its_one_description_what_it_is(file: pikepdf.Pdf) -> None:
    assert file.Root.Metadata.read_bytes().count(b"<rdf:RDF") == 1
    with file.open_metadata() as said:
        assert (said["pdfaid:part"], said["pdfaid:conformance"], said["pdfuaid:part"]) == ("3", "A", "1")
        assert said["dc:title"] == file.docinfo["/Title"]
    assert file.Root.MarkInfo.Marked
    assert file.Root.ViewerPreferences.DisplayDocTitle
    assert len(str(file.Root.Lang)) == 2
    assert "/ID" in file.trailer and not file.is_encrypted


def test_its_colours_mean_the_same_everywhere(file: pikepdf.Pdf) -> None:
    [intent] = list(file.Root.OutputIntents)
    assert intent.S == "/GTS_PDFA1"
    profile = intent.DestOutputProfile
    assert profile.N == 3 and profile.read_bytes()[36:40] == b"acsp"


def test_its_facts_are_attached_once_and_related(file: pikepdf.Pdf) -> None:
    [facts] = list(file.Root.AF)
    assert facts.AFRelationship == "/Data"
    assert str(facts.F) == str(facts.UF) and str(facts.UF).endswith(".json")
    assert facts.Desc
    assert facts.EF.F.Subtype == "/application/json"
    assert "/ModDate" in facts.EF.F.Params


def test_its_typefaces_come_along_and_every_glyph_has_its_letter(file: pikepdf.Pdf) -> None:
    for page in file.pages:
        for font in page.Resources.Font.values():
            [drawn] = list(font.DescendantFonts)
            assert {"/FontFile2", "/FontFile3"} & set(drawn.FontDescriptor.keys())
            assert "/ToUnicode" in font


def test_everything_on_a_page_is_read_or_is_page_furniture(file: pikepdf.Pdf) -> None:
    told = {element.objgen for element in _tree(file)}
    owners = dict(zip(*(list(file.Root.StructTreeRoot.ParentTree.Nums)[part::2] for part in (0, 1)), strict=True))
    for page in file.pages:
        open_marks = 0
        for step in pikepdf.parse_content_stream(page):
            values = step.operands
            match str(step.operator):
                case "BDC" | "BMC":
                    open_marks += 1
                    if len(values) == 2 and "/MCID" in values[1]:
                        owner = owners[page.obj.StructParents][values[1].MCID]
                        assert owner.objgen in told
                case "EMC":
                    open_marks -= 1
                case "Tj" | "TJ" | "f" | "f*" | "S" | "B" | "sh" | "Do":
                    assert open_marks > 0
        assert open_marks == 0
        assert page.obj.Tabs == "/S"


def test_links_say_where_they_lead_and_are_printed(file: pikepdf.Pdf) -> None:
    for link in (each for page in file.pages for each in page.obj.get("/Annots", ())):
        assert str(link.Contents) == str(link.A.URI)
        assert link.F == 4
        assert "/StructParent" in link


def test_pictures_are_described_and_headings_leave_out_no_level(file: pikepdf.Pdf) -> None:
    assert all(str(each.Alt) for each in _tree(file) if each.S == "/Figure")
    levels = [int(str(each.S)[2]) for each in _tree(file) if str(each.S) in ("/H1", "/H2", "/H3")]
    assert levels[0] == 1
    assert all(deeper - level <= 1 for level, deeper in pairwise(levels))


def test_tables_hold_what_tables_hold_and_heads_say_of_what(file: pikepdf.Pdf) -> None:
    for element in _tree(file):
        kids = [str(kid.S) for kid in element.get("/K", ()) if isinstance(kid, pikepdf.Dictionary) and "/S" in kid]
        allowed = _MAY_HOLD.get(str(element.S))
        assert allowed is None or set(kids) <= allowed
        assert "/Caption" not in kids[1:] or element.S != "/Table"
        if element.S == "/THead":
            assert {str(head.A.Scope) for row in element.K for head in row.K} == {"/Column"}
        if element.S == "/TBody":
            assert {str(cell.A.Scope) for row in element.K for cell in row.K if cell.S == "/TH"} <= {"/Row"}


@pytest.mark.parametrize("words", [60, 90])
def test_what_moves_to_the_next_page_is_there_once(words: int) -> None:
    letter = make_letter("formal_notice", "de", message="Ein freundliches Wort. " * (words // 3), items=make_items(4))
    drawn = render_pdf(letter)
    assert drawn.pages == 2
    with pikepdf.open(BytesIO(drawn.pdf)) as opened:
        tags = [str(each.S) for each in _tree(opened)]
    assert tags.count("/H1") == 1
    assert tags.count("/H2") == 3  # how to pay, another way, and what to do when something is wrong
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(drawn.pdf)).pages)
    assert text.count(letter["sign_off"]["invitation"]) == 1
