"""A British letter of claim to a person brings the forms with it: to read, to fill in by hand, to send back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pypdf
import pytest

from kulant.core.errors import Refusal
from kulant.law.book import law_book
from kulant.law.debt_advice import advisers_for
from kulant.law.ladder_rules import must_say
from kulant.letters import pre_action
from kulant.letters.address_list import index_csv
from kulant.letters.duties import missing, wanted
from kulant.letters.mail import render_mail
from kulant.letters.models import Document
from kulant.letters.print_batch import place
from kulant.letters.render import render_pdf
from tests.letters.samples import TODAY, make_creditor, make_letter

ADDRESS = "1 Example Quay\nHull\nHU1 1AA"


def claim(language: str = "en", **changes: Any) -> dict[str, Any]:
    """A letter of claim to a consumer."""
    creditor = changes.pop("creditor", None) or make_creditor("en", address=ADDRESS)
    said = wanted("formal_notice", must_say("GB", TODAY, "consumer", "formal_notice"))
    usual = {"creditor": creditor, "customer_kind": "consumer", "name": "Alex Example", "must_say": said}
    return make_letter("formal_notice", language, **usual | changes)


def test_the_law_s_forms_are_those_that_are_enclosed() -> None:
    notice = law_book("GB").rules_on(TODAY).notice
    assert notice is not None
    assert tuple(one.form for one in notice.encloses) == pre_action.FORMS
    letter = claim()
    assert tuple(form["key"] for form in letter["enclosures"]) == pre_action.FORMS
    assert letter["facts"]["enclosures"] == list(pre_action.FORMS)


def test_a_letter_without_one_of_them_is_refused() -> None:
    letter = claim()
    for gone in range(3):
        fewer = [form for place, form in enumerate(letter["enclosures"]) if place != gone]
        assert missing(letter | {"enclosures": fewer}) == ["reply_forms"]
    assert missing({name: value for name, value in letter.items() if name != "enclosures"}) == ["reply_forms"]
    nowhere = [form | {"back": None} for form in letter["enclosures"]]
    assert missing(letter | {"enclosures": nowhere}) == ["reply_forms"]
    with pytest.raises(Refusal, match="enclosed forms"):
        claim(creditor=make_creditor("en", address=None, email=None, contact_email=None))


@pytest.mark.parametrize(
    ("kind", "name", "person"),
    [
        ("consumer", "Harbour Lights Ltd", True),
        ("business", "Alex Example, Joinery", True),
        ("business", "Alex Limited Editions", True),
        ("business", "Example Joinery Ltd", False),
        ("business", "EXAMPLE HOLDINGS P.L.C.", False),
        ("business", "Example & Partners LLP.", False),
        ("business", "Eksempel AS", False),
        ("business", "Sarah Jonas", True),
    ],
)
def test_whoever_may_be_a_person_gets_them(kind: str, name: str, person: bool) -> None:
    assert pre_action.may_be_a_person(kind, name) is person


def test_the_forms_say_whom_to_answer_by_when_and_who_helps_free_of_charge() -> None:
    sheet, reply, money = claim()["enclosures"]
    [shown] = [block for part in sheet["parts"] for block in part["blocks"] if block["form"] == "advisers"]
    assert [row[0] for row in shown["rows"]] == [one.name for one in advisers_for("consumer", "GB")]
    assert sheet["parts"][0]["heading"] == "Please answer by 7\u00a0December\u00a02026"
    for form in (reply, money):
        assert form["back"]["lines"][:4] == ["Harbour Wholesale Ltd", "1 Example Quay", "Hull", "HU1 1AA"]
    letters = [block["letter"] for part in reply["parts"] for block in part["blocks"] if block["form"] == "box"]
    assert letters == list("ABCDEFGHIJK")


def test_a_customer_s_name_is_no_blank_to_fill() -> None:
    letter = claim(creditor=make_creditor("en", address=ADDRESS, name="{total} & <b>Sons</b>"), name="{creditor}")
    assert letter["enclosures"][0]["lead"].startswith("{total} & <b>Sons</b> says that you owe £2,601.01.")
    assert dict(letter["enclosures"][1]["about"])["From"] == "{creditor} (C1001)"


def test_they_are_pages_of_the_same_pdf_in_english_whatever_the_letter_speaks() -> None:
    drawn = render_pdf(claim("nb"))
    reader = pypdf.PdfReader(BytesIO(drawn.pdf))
    pages = [page.extract_text() for page in reader.pages]
    assert drawn.pages == 6
    starts = {title: page for title in TITLES for page, text in enumerate(pages, 1) if title in text.split("\n")}
    assert starts == {"Information sheet": 2, "Reply form": 3, "Your money: a financial statement": 5}
    assert "Hei" in pages[0] or "Kjære" in pages[0]
    assert "0800 138 1111" in pages[1] and "0808 808 4000" in pages[1]
    assert all(f"{page} " in pages[page - 1] for page in range(1, 7))
    tagged = Counter(_tags(reader.trailer["/Root"]["/StructTreeRoot"]))
    assert tagged["/H1"] == 4 and tagged["/TH"] > 40 and tagged["/LI"] > 10


def _tags(element: Any) -> Iterator[str]:
    """Every tag of a tree, by its name."""
    element = element.get_object() if isinstance(element, pypdf.generic.IndirectObject) else element
    if isinstance(element, list):
        for each in element:
            yield from _tags(each)
    elif isinstance(element, dict):
        yield str(element.get("/S"))
        yield from _tags(element.get("/K", []))


TITLES = ("Information sheet", "Reply form", "Your money: a financial statement")


def test_the_message_and_the_index_for_the_printer_name_them() -> None:
    letter = claim()
    mail = render_mail("letter", "en", letter)
    for said in (mail.text, mail.html):
        assert "Enclosed: Information sheet; Reply form; Your money: a financial statement" in said
    document = Document(id=1, kind="formal_notice", on=TODAY, content=letter, sha256="0" * 64, pages=6)
    [placed] = place([document])
    assert placed.sheets == 3
    assert "information_sheet reply_form financial_statement" in index_csv([("1.pdf", placed)])
