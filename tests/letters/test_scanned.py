"""Whoever holds a phone over a printed letter gets what the letter says: pages drawn, seen in grey, and read back."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Any

import zxingcpp
from PIL import Image

from kulant.letters.render import render_pdf
from tests.letters.samples import LINK, make_creditor, make_letter

_DPI = 120  # a hasty print, or a phone held far away
_PER_MM = _DPI / 25.4

QR_IBAN, LI_IBAN = "CH4431999123000889012", "LI21088100002324013AA"


@dataclass(frozen=True, slots=True)
class Seen:
    """A code as a reader sees it, in millimetres of the page."""

    text: str
    left: float
    top: float
    width: float
    level: str  # of the error correction
    picture: Image.Image

    def white_around(self, rim: float) -> bool:
        """Whether nothing stands beside the code on any side for that many millimetres."""
        inner = [round(each * _PER_MM) for each in (self.left, self.top, self.left + self.width, self.top + self.width)]
        grow = round(rim * _PER_MM) - 1
        box = (inner[0] - grow, inner[1] - grow, inner[2] + grow, inner[3] + grow)
        around = self.picture.crop(box)
        around.paste(255, (grow - 1, grow - 1, around.width - grow + 1, around.height - grow + 1))
        return not any(around.histogram()[:252])


def seen(content: dict[str, Any]) -> list[Seen]:
    """Every code on the pages of the letter, from top to bottom."""
    drawn = render_pdf(content)
    found = []
    for page in range(1, drawn.pages + 1):
        command = ["pdftoppm", "-gray", "-r", str(_DPI), "-f", str(page), "-l", str(page), "-png", "-"]
        shot = subprocess.run(command, input=drawn.pdf, capture_output=True, check=True).stdout
        picture = Image.open(BytesIO(shot)).convert("L")
        found += [_of(code, picture) for code in zxingcpp.read_barcodes(picture)]
    return sorted(found, key=lambda code: code.top)


def _of(code: zxingcpp.Barcode, picture: Image.Image) -> Seen:
    at = code.position
    return Seen(
        text=code.text,
        left=at.top_left.x / _PER_MM,
        top=at.top_left.y / _PER_MM,
        width=(at.top_right.x - at.top_left.x) / _PER_MM,
        level=code.ec_level,
        picture=picture,
    )


@cache
def swedish() -> tuple[Seen, ...]:
    creditor = make_creditor("sv", swish="1231181189", address="Storgatan 8\n113 22 Stockholm")
    return tuple(seen(make_letter("reminder", "sv", creditor=creditor)))


@cache
def swiss() -> tuple[Seen, ...]:
    creditor = make_creditor(
        "de", name="Bäckerei Zürich & Söhne AG", country="CH", currency="CHF", bank_account=QR_IBAN,
        address="Musterweg 7a\n8000 Zürich",
    )  # fmt: skip
    return tuple(seen(make_letter("reminder", "de", creditor=creditor, address="Bahnhofstrasse 12\n8001 Zürich")))


def test_swish_is_filled_in_with_payee_amount_and_message() -> None:
    payee, amount, message, lock = swedish()[0].text.split(";")
    assert (payee, amount, message, lock) == ("C1231181189", "2601,01", "602243", "0")


def test_the_code_of_the_customers_page_opens_the_very_link_of_the_letter() -> None:
    assert [code.text for code in (swedish()[1], swiss()[0])] == [LINK, LINK]


def test_codes_keep_the_white_rim_that_readers_need() -> None:
    for code in swedish():
        modules = 17 + 4 * (5 if code.text == LINK else 3)  # versions 5 and 3 of the code
        assert code.white_around(4 * code.width / modules)


def test_the_codes_of_a_letter_stand_apart_so_that_a_phone_sees_one_at_a_time() -> None:
    pay, page = swedish()
    assert page.top - (pay.top + pay.width) > 10
    assert pay.left > 150 and page.left > 150
    assert pay.width > 20 and page.width > 20


def test_the_european_code_says_line_by_line_what_the_letter_says() -> None:
    creditor = make_creditor("de", name="Nordwind Söhne GmbH", bic="COBADEFF")
    letter = make_letter("reminder", "de", creditor=creditor, payment_reference="RE-2026/17")
    pay = seen(letter)[0]
    lines = pay.text.split("\n")
    named = (
        "service", "version", "charset", "kind", "bic", "name", "iban", "amount", "purpose", "reference", "text",
    )  # fmt: skip
    assert dict(zip(named, lines, strict=True)) == {
        "service": "BCD",
        "version": "002",
        "charset": "1",
        "kind": "SCT",
        "bic": "COBADEFF",
        "name": letter["creditor"]["name"],
        "iban": letter["creditor"]["bank_account"],
        "amount": "EUR2601.01",
        "purpose": "",
        "reference": "",
        "text": letter["facts"]["reference"],
    }
    assert pay.level == "M"


def test_a_finnish_payment_carries_its_viite_in_the_field_for_references() -> None:
    lines = seen(make_letter("reminder", "fi", payment_reference="1234561"))[0].text.split("\n")
    assert lines[6:] == ["FI2112345600000785", "EUR2601.01", "", "RF341234561"]


def test_the_swiss_bill_says_line_by_line_what_its_payment_part_says() -> None:
    bill = swiss()[1]
    assert bill.text.split("\n") == [
        "SPC", "0200", "1", QR_IBAN,
        "S", "Bäckerei Zürich & Söhne AG", "Musterweg", "7a", "8000", "Zürich", "CH",
        "", "", "", "", "", "", "",
        "2601.01", "CHF",
        "S", "Testbakeren AS", "Bahnhofstrasse", "12", "8001", "Zürich", "CH",
        "QRR", "000000000000000000006022432", "", "EPD",
    ]  # fmt: skip


def test_the_swiss_code_stands_where_it_is_prescribed_with_its_cross_and_nothing_near() -> None:
    bill = swiss()[1]
    assert (round(bill.left), round(bill.top), round(bill.width)) == (67, 209, 46)
    assert bill.level == "M"
    assert bill.white_around(5)
    middle = (bill.left + 23, bill.top + 23)

    def grey(right: float, down: float) -> int:
        at = (round((middle[0] + right) * _PER_MM), round((middle[1] + down) * _PER_MM))
        return bill.picture.crop((*at, at[0] + 1, at[1] + 1)).tobytes()[0]

    assert grey(0, 0) > 200 and grey(1.5, 0) > 200 and grey(0, -1.5) > 200  # the white cross
    assert grey(1.6, 1.6) < 60 and grey(-1.6, -1.6) < 60  # on its black square
    assert grey(3.28, 0) > 120  # within a white rim


def test_in_liechtenstein_a_reference_without_a_scheme_stands_in_the_message() -> None:
    creditor = make_creditor(
        "de", name="Rheintal AG", country="LI", currency="CHF", bank_account=LI_IBAN, address="Gasse 5\n9490 Vaduz"
    )
    lines = seen(make_letter("reminder", "de", creditor=creditor, payment_reference="Rechnung 12"))[-1].text.split("\n")
    assert (lines[3], lines[10], lines[18:20], lines[-4:]) == (
        LI_IBAN, "LI", ["2601.01", "CHF"], ["NON", "", "Rechnung 12", "EPD"],
    )  # fmt: skip
