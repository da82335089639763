"""What stands where on the sheet: the address in the window, codes to pay by, sums carried on; and what may not."""

from __future__ import annotations

import html
import re
from io import BytesIO
from typing import Any

import pikepdf
import pytest
from PIL import Image
from pypdf import PdfReader

from kulant.letters import render
from kulant.letters.address import WINDOWS, window_side
from kulant.letters.letterhead import Look
from kulant.letters.logos import Picture, take_logo
from kulant.letters.render import render_html, render_pdf
from tests.letters.samples import LINK, make_creditor, make_items, make_letter

POINTS_PER_MM = 72 / 25.4
RIM = 2  # millimetres that a sheet may slip in its envelope


def _pages(pdf: bytes) -> list[str]:
    return [page.extract_text().replace("\u00a0", " ") for page in PdfReader(BytesIO(pdf)).pages]


def _places(pdf: bytes, number: int = 0) -> list[tuple[str, float, float]]:
    """Every run of text of a page with where it begins, in millimetres from the left and upper edge."""
    page = PdfReader(BytesIO(pdf)).pages[number]
    height = float(page.mediabox.height)
    found: list[tuple[str, float, float]] = []

    def visit(text: str, user: list[float], matrix: list[float], _font: Any, _size: float) -> None:
        if text.strip():
            x = user[0] * matrix[4] + user[2] * matrix[5] + user[4]
            y = user[1] * matrix[4] + user[3] * matrix[5] + user[5]
            found.append((text.strip(), x / POINTS_PER_MM, (height - y) / POINTS_PER_MM))

    page.extract_text(visitor_text=visit)
    return found


@pytest.fixture(scope="module")
def logo() -> Picture:
    out = BytesIO()
    Image.new("RGB", (900, 240), "#223a70").save(out, "PNG")
    return take_logo(out.getvalue())


@pytest.fixture(scope="module")
def look(logo: Picture) -> dict[str, Any]:
    return Look(
        colour="#ffcc00",
        typeface="source-serif",
        logo=logo.content,
        logo_sha256=logo.sha256,
        logo_size=(logo.width, logo.height),
    ).as_content()


# --- The window ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("country", "side"),
    [("NO", "left"), ("DK", "left"), ("FI", "left"), ("DE", "left"), ("GB", "left"), ("SE", "right"), ("CH", "right")],
)
def test_each_country_has_its_window_on_its_side(country: str, side: str) -> None:
    assert window_side(country) == side


@pytest.mark.parametrize(("language", "side"), [("nb", "left"), ("sv", "right")])
@pytest.mark.parametrize("dressed", [False, True])
def test_every_line_of_the_address_lies_in_the_window_and_nothing_else_does(
    language: str, side: str, dressed: bool, look: dict[str, Any], logo: Picture
) -> None:
    letter = make_letter(language=language, customer_country="DK", address="Kajen 4\nBygning 7\n8000 Aarhus")
    pdf = render_pdf(letter | ({"look": look} if dressed else {}), logo=logo.content if dressed else None).pdf
    left, top, width, height = WINDOWS[side]
    inside = [words for words, x, y in _places(pdf) if left - RIM < x < left + width and top - RIM < y < top + height]
    sender = letter["creditor"]
    assert sorted(inside) == sorted(
        [
            " · ".join([sender["name"], *sender["address"]]),
            letter["recipient"]["name"],
            *letter["recipient"]["lines"],
        ]
    )
    for words, x, y in _places(pdf):
        if words in (letter["recipient"]["name"], *letter["recipient"]["lines"]):
            assert left + RIM < x < left + width - 10
            assert top + RIM < y < top + height - RIM


def test_the_marks_to_fold_by_stand_at_the_edge_of_the_first_page_only() -> None:
    with pikepdf.open(BytesIO(render_pdf(make_letter(items=make_items(40))).pdf)) as file:
        marks = [_edges(page) for page in file.pages]
    assert marks == [[105, 148.5], []]


def _edges(page: Any) -> list[float]:
    """How far down lines begin at the paper's left edge, in millimetres."""
    depth: list[float] = []
    matrices = [pikepdf.Matrix()]
    for operands, operator in pikepdf.parse_content_stream(page):
        name = str(operator)
        if name == "q":
            matrices.append(matrices[-1])
        elif name == "Q":
            matrices.pop()
        elif name == "cm":
            matrices[-1] = pikepdf.Matrix(*(float(each) for each in operands)) @ matrices[-1]
        elif name == "re":
            x, y, width, _height = (float(each) for each in operands)
            x0, y0 = matrices[-1].transform((x, y))
            x1, _ = matrices[-1].transform((x + width, y))
            if min(x0, x1) < 1 and 2 < abs(x1 - x0) / POINTS_PER_MM < 6:
                depth.append((float(page.mediabox[3]) - y0) / POINTS_PER_MM)
    return sorted({round(each * 2) / 2 for each in depth})


# --- The creditor's look ---------------------------------------------------------------------------


def test_a_letter_in_its_creditors_look_carries_the_logo_the_typeface_and_no_pale_words(
    look: dict[str, Any], logo: Picture
) -> None:
    letter = make_letter() | {"look": look}
    drawn = render_pdf(letter, logo=logo.content)
    assert drawn.pages == 1
    with pikepdf.open(BytesIO(drawn.pdf)) as file:
        images = file.pages[0].get_images()
        assert [(int(one.Width), int(one.Height)) for one in images.values()] == [(900, 240)]
        assert not any("/Interpolate" in one and one.Interpolate for one in images.values())  # PDF/A forbids it
        fonts = [str(font.BaseFont) for font in file.pages[0].Resources.Font.values()]
        for font in file.pages[0].Resources.Font.values():
            descriptor = font.DescendantFonts[0].FontDescriptor
            assert "/FontFile2" in descriptor or "/FontFile3" in descriptor
    assert fonts
    assert all(re.fullmatch(r"/[A-Z]{6}\+Source-Serif.*", font) for font in fonts)  # six letters: a subset
    assert "Nordlys Engros AS" in _figures(drawn.pdf)  # who cannot see the logo hears the name
    assert not any(y < 30 for _, _, y in _places(drawn.pdf))
    assert look["text_colour"] in render_html(letter)
    assert "#ffcc00" not in render_html(letter)


def test_a_letter_with_a_logo_is_the_same_bytes_whether_it_was_drawn_first_or_later(
    look: dict[str, Any], logo: Picture
) -> None:
    letter = make_letter() | {"look": look}
    first = render_pdf(letter, logo=logo.content).sha256
    render._unpacked.clear()
    assert render_pdf(letter, logo=logo.content).sha256 == first


def test_without_the_logos_bytes_the_name_stands_in_its_place(look: dict[str, Any]) -> None:
    with_name = _places(render_pdf(make_letter() | {"look": look}).pdf)
    assert any(words == "Nordlys Engros AS" and y < 30 for words, _, y in with_name)


# --- What is read -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["formal_notice", "plan_agreement", "receipt"])
def test_the_text_taken_from_the_file_is_the_text_that_was_meant(kind: str) -> None:
    letter = make_letter(kind)
    page = re.sub(r"<svg.*?</svg>|<head>.*?</head>|<caption>.*?</caption>", " ", render_html(letter), flags=re.DOTALL)
    meant = html.unescape(re.sub(r"<[^>]+>", " ", page)) + "Side 1 av 1"
    caption = letter["table"]["caption"] if letter["table"] else ""
    read = " ".join(_pages(render_pdf(letter).pdf))
    assert sorted("".join((meant + caption).split())) == sorted("".join(read.split()))


# --- One page, laid out once -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "count", "times"), [("reminder", 2, 1), ("formal_notice", 10, 1), ("reminder", 16, 1)]
)
def test_how_tight_a_letter_is_set_is_known_before_it_is_drawn(
    kind: str, count: int, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid_out: list[str] = []
    lay_out = render._laid_out

    def counted(content: dict[str, Any], setting: str = "", **more: Any) -> Any:
        laid_out.append(setting)
        return lay_out(content, setting, **more)

    monkeypatch.setattr(render, "_laid_out", counted)
    letter = make_letter(kind, items=make_items(count))
    assert render_pdf(letter).pages == (1 if count < 15 else 2)
    assert len(laid_out) == times


# --- Codes to pay by -------------------------------------------------------------------------------

GERMAN, QR_IBAN = "DE89370400440532013000", "CH4431999123000889012"


def _figures(pdf: bytes) -> list[str]:
    """What the drawings of a letter are called."""
    found: list[str] = []

    def walk(node: Any) -> None:
        node = node.get_object()
        for each in node if isinstance(node, list) else [node]:
            each = each.get_object() if hasattr(each, "get_object") else each
            if isinstance(each, dict):
                if each.get("/S") == "/Figure":
                    found.append(str(each.get("/Alt")))
                if "/K" in each:
                    walk(each["/K"])

    walk(PdfReader(BytesIO(pdf)).trailer["/Root"]["/StructTreeRoot"]["/K"])
    return found


@pytest.mark.parametrize(
    ("creditor", "language", "label"),
    [
        (make_creditor("en", country="DE", currency="EUR", bank_account=GERMAN), "en", "Scan with your bank's app"),
        (make_creditor("sv", swish="1231181189"), "en", "Scan with Swish"),
    ],
)
def test_a_code_to_pay_by_stands_beside_the_code_of_the_customers_page_each_named(
    creditor: Any, language: str, label: str
) -> None:
    letter = make_letter(creditor=creditor, written_in=language, items=make_items(3))
    drawn = render_pdf(letter)
    assert drawn.pages == 1
    assert label in _pages(drawn.pdf)[0]
    paying, page = _figures(drawn.pdf)
    assert paying.startswith("Code for paying")
    assert LINK in page
    assert letter["payment"]["code"]["title"] == paying


def test_a_creditor_without_iban_or_swish_has_letters_without_such_a_code() -> None:
    assert make_letter()["payment"]["code"] is None
    assert len(_figures(render_pdf(make_letter()).pdf)) == 1


def test_a_swiss_letter_ends_with_the_payment_part_in_its_prescribed_words_and_places() -> None:
    creditor = make_creditor(
        "en", name="Seeblick AG", country="CH", currency="CHF", bank_account=QR_IBAN, address="Musterweg 7\n8000 Zürich"
    )
    letter = make_letter(creditor=creditor, written_in="de", address="Bahnhofstrasse 12\n8001 Zürich")
    drawn = render_pdf(letter)
    assert drawn.pages == 2
    last = _pages(drawn.pdf)[1]
    for words in (
        "Empfangsschein", "Zahlteil", "Konto / Zahlbar an", "Referenz", "Zahlbar durch", "Währung", "Betrag",
        "Annahmestelle", "Vor der Einzahlung abzutrennen", "CH44 3199 9123 0008 8901 2",
        "00 00000 00000 00000 00060 22432", "2 601.01", "Bahnhofstrasse 12",
    ):  # fmt: skip
        assert words in last
    titles = {words: (x, y) for words, x, y in _places(drawn.pdf, 1) if words in ("Empfangsschein", "Zahlteil")}
    left, top = titles["Empfangsschein"]
    assert left == pytest.approx(5, abs=0.6)
    assert 192 + 5 < top < 192 + 10
    assert titles["Zahlteil"][0] == pytest.approx(62 + 5, abs=0.6)
    faces: set[str] = set()

    def visit(text: str, _user: Any, _matrix: Any, font: Any, _size: float) -> None:
        if text.strip():
            faces.add(str(font["/BaseFont"]).partition("+")[2])

    PdfReader(BytesIO(drawn.pdf)).pages[1].extract_text(visitor_text=visit)
    assert faces == {"Arimo", "Arimo-Bold"}  # Liberation Sans by its other name; few others are allowed there


# --- Sums carried on -------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [120, 400])
def test_a_long_table_carries_its_sum_from_page_to_page_and_lists_every_row_once(count: int) -> None:
    items = make_items(count)
    pages = _pages(render_pdf(make_letter(written_in="en", items=items)).pdf)
    assert len(pages) > count // 45
    listed: list[str] = []
    for page in pages:
        brought = re.search(r"Brought forward\s+([\d,.]+)", page)
        assert (brought[1] if brought else "0.00") == _written(sum(_amount(number) for number in listed))
        listed += re.findall(r"^(1\d{4}) ", page, re.MULTILINE)
        carried = re.search(r"Carried forward\s+([\d,.]+)", page)
        if len(listed) < count:
            assert carried is not None
            assert carried[1] == _written(sum(_amount(number) for number in listed))
        else:
            assert carried is None
            break
    assert listed == [item.number for item in items]
    assert all("forward" not in page for page in pages[pages.index(page) + 1 :])


def _amount(number: str) -> int:
    return 125_000 + (int(number) - 10001) * 10_101


def _written(minor: int) -> str:
    return f"{minor / 100:,.2f}"


# --- What may not ----------------------------------------------------------------------------------

EVIL = (
    "<img src=file:///etc/passwd>",
    "<link rel=stylesheet href=http://127.0.0.1:1/x.css>",
    "</p><style>*{display:none}</style>",
    "<svg><image href='data:image/png;base64,iVBORw0KGgo='/></svg>",
    "<object data='file:///etc/hostname'></object>",
    '" onload="alert(1)" style="background:url(http://127.0.0.1:1/y)',
    "{% include '/etc/passwd' %}{{ cycler.__init__.__globals__ }}",
    "url(http://127.0.0.1:1/z) @import 'http://127.0.0.1:1/w.css';",
)


def test_whatever_a_customer_is_called_it_is_words_and_nothing_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    fetch = render._Pictures.fetch

    def watched(self: Any, url: str, headers: Any = None) -> Any:
        asked.append(url)
        return fetch(self, url, headers)

    monkeypatch.setattr(render._Pictures, "fetch", watched)
    letter = make_letter(name=EVIL[0], address="\n".join(EVIL[1:5]), message="\n".join(EVIL), contact_name=EVIL[5])
    text = " ".join(" ".join(_pages(render_pdf(letter).pdf)).split())
    for words in EVIL:
        assert "".join(words.split()) in "".join(text.split())
    assert asked == []


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "http://127.0.0.1:1/x", "data:text/plain,x", "kulant:logo/other", "//127.0.0.1/x", ""]
)
def test_a_page_gets_its_own_logo_and_nothing_else(url: str, look: dict[str, Any], logo: Picture) -> None:
    pictures = render._Pictures({"look": look}, logo.content)
    assert pictures.fetch(f"kulant:logo/{logo.sha256}").read() == logo.content
    with pytest.raises(ValueError, match="may not load"):
        pictures.fetch(url)


def test_a_template_that_asks_for_files_and_addresses_gets_none(look: dict[str, Any], logo: Picture) -> None:
    page = render_html(make_letter()).replace(
        "</main>",
        "<img src='file:///etc/passwd' alt='a'><img src='http://127.0.0.1:1/x.png' alt='b'>"
        "<style>@import 'http://127.0.0.1:1/y.css'; main { background: url(file:///etc/hostname) }</style></main>",
    )
    document = render._document(page, ("letters.css",), render._Pictures({"look": look}, logo.content))
    pdf = document.write_pdf()
    assert b"root:" not in pdf
    with pikepdf.open(BytesIO(pdf)) as file:
        assert all(not each.get_images() for each in file.pages)
