"""Tables of text: any encoding and delimiter, and nothing that only pretends to be one."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from decimal import Decimal

import pytest

from kulant.core.errors import Refusal
from kulant.intake.preview import preview
from kulant.intake.reading import open_file
from kulant.intake.records import Ignored, InvoiceRecord, Rejection
from tests.intake.files import CONTEXT, a_file, errors, open_text, read

INVOICES = """
customer_id;customer_name;currency;invoice_number;issue_date;due_date;amount
K1;"Blåbær & Sønn; AS";NOK;1001;01.10.2026;31.10.2026;1 500,00
K2;Ægir AB;SEK;1002;02.10.2026;01.11.2026;"2.500,50"
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "windows-1252"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_any_encoding_and_delimiter(encoding: str, delimiter: str) -> None:
    text = INVOICES.replace("Sønn; AS", "Sønn% AS").replace("1 500,00", '"1 500,00"')
    inside = "/" if delimiter == "\t" else delimiter
    text = text.replace(";", delimiter).replace("%", inside)
    first, second = read(text, encoding)
    assert first.customer.name == f"Blåbær & Sønn{inside} AS"
    assert second.customer.name == "Ægir AB"
    assert (first.amount_minor, second.amount_minor) == (150000, 250050)
    assert first.row == 2


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_any_line_end(ending: str) -> None:
    assert len(read(INVOICES.strip().replace("\n", ending) + ending)) == 2


def test_a_line_that_states_the_delimiter_is_none_of_the_rows() -> None:
    assert [one.row for one in read("sep=;\n" + INVOICES.lstrip())] == [2, 3]


def test_rows_are_numbered_as_a_spreadsheet_does() -> None:
    text = """
customer_id,name,address
K1,One,"Veien 1
0001 Oslo"

K2,Two,Veien 2
"""
    first, second = read(text)
    assert (first.row, second.row) == (2, 4)
    assert first.details.address == "Veien 1\n0001 Oslo"


def test_a_table_without_rows_is_a_table() -> None:
    assert read("customer_id,name\n") == []


def test_header_names_may_be_written_loosely() -> None:
    assert len(read("Customer ID,NAME \nK1,One\n")) == 1


TITLED = """
Åpne poster per 22.11.2026
Eksempel AS;Side 1

customer_id;currency;invoice_number;due_date;amount
K1;NOK;1001;31.10.2026;1500,00
Total;;;;1500,00
I alt NOK;;;
"""


@pytest.mark.parametrize("format_name", [None, "invoices-csv"])
def test_a_header_below_titles_is_found_and_totals_are_left_out(format_name: str | None) -> None:
    records = read(TITLED, format_name=format_name)
    assert [(type(one), one.row) for one in records] == [(InvoiceRecord, 5), (Ignored, 6), (Ignored, 7)]
    assert preview(a_file(TITLED), file_name="x.csv").header_row == 4


@pytest.mark.parametrize("word", ["Total", "SUM:", "Summa", "Gesamt EUR", "I alt", "Yhteensä", "Grand total", "Delsum"])
def test_words_for_a_sum(word: str) -> None:
    table = "customer_id,currency,invoice_number,due_date,amount\nK1,NOK,1,2026-01-31,5.00\n"
    assert isinstance(read(f"{table}{word},NOK,,,5.00\n")[1], Ignored)
    assert isinstance(read(f"{table}{word},NOK,2,2026-01-31,5.00\n")[1], InvoiceRecord), "a customer may be called so"
    assert isinstance(read(f"{table}{word} Energi AS,NOK,,,5.00\n")[1], Rejection)


def test_a_customer_called_total_is_a_customer() -> None:
    assert read("customer_id,name\nTotal,Total Norge AS\n")[0].details.name == "Total Norge AS"


def test_equal_rows_are_two_rows() -> None:
    row = "K1,NOK,{},2026-01-31,5.00\n"
    table = "customer_id,currency,invoice_number,due_date,amount\n" + row.format(1) + row.format(2) + row.format(1)
    assert [one.number for one in read(table)] == ["1", "2", "1"]


def test_ragged_rows_are_rejected_and_the_others_go_in() -> None:
    records = read("customer_id,name\nK1,One\nK2\nK3,Three,Four\nK4,Four,,\nK5,Five\n")
    assert errors(records) == [(3, ""), (4, "")]
    assert "has 1 cell where the header has 2" in records[1].error
    assert len(records) == 5


def test_a_quote_in_the_wrong_place_is_that_rows_fault() -> None:
    records = read('customer_id,name\nK1,"One" AS\nK2,Two\nK3,5" pipe\n')
    assert errors(records) == [(2, "")]
    assert records[2].details.name == '5" pipe'


def test_a_quote_that_swallows_rows_refuses_the_file() -> None:
    with pytest.raises(Refusal, match="row 2"):
        read('customer_id,name\nK1,"One\nK2,Two\nK3,"Three"\n')


def test_a_trailing_delimiter_in_the_header_is_no_column() -> None:
    assert len(read("customer_id,name,\nK1,One,\nK2,Two\n")) == 2


def test_quoted_numbers_of_spreadsheets_keep_their_zeros() -> None:
    assert read('customer_id,name\n"=""00123""",One\n')[0].details.number == "00123"


def test_ids_that_became_decimal_numbers_are_whole_again() -> None:
    records = read("customer_id,name\n1001.0,One\n1002.0,Two\n")
    assert [one.details.number for one in records] == ["1001", "1002"]
    records = read("customer_id,name\n1001.0,One\nA1,Two\n")
    assert records[0].details.number == "1001.0"


def test_amounts_with_thousands_follow_the_rest_of_the_file() -> None:
    text = "customer_id,currency,invoice_number,due_date,amount\nK1,NOK,1,2026-01-01,{}\nK1,NOK,2,2026-01-01,{}\n"
    assert [one.amount_minor for one in read(text.format('"1.500"', '"10,25"'))] == [150000, 1025]
    assert [one.amount_minor for one in read(text.format('"1,500"', "10.25"))] == [150000, 1025]
    with pytest.raises(Refusal, match="thousands or decimals"):
        read(text.format("1.500", "2.500"))


def test_too_many_decimals_are_never_rounded() -> None:
    text = "customer_id,currency,invoice_number,due_date,amount\nK1,NOK,1,2026-01-01,10.005\nK1,NOK,2,2026-01-01,9.5\n"
    records = read(text.replace("10.005", "1000.0055"))
    assert errors(records) == [(2, "amount")]
    assert "more decimals than NOK has" in records[0].error


def test_unknown_columns_are_named_not_lost() -> None:
    assert open_text("customer_id,name,shoe_size\nK1,One,44\n").layout.ignored == ("shoe_size",)


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("customer_id,name,adress", "did you mean address"),
        ("customer_id,name,email,email", "email occurs more than once"),
        ("customer_id,currency,invoice_number,amount", "due_date"),
        ("a,b,c", "of no known format"),
        ("just one thing", "of no known format"),
    ],
)
def test_wrong_columns_refuse_the_file(header: str, said: str) -> None:
    with pytest.raises(Refusal, match=said):
        read(f"{header}\n1,2,3,4\n")


def test_a_file_of_another_format_than_asked_is_refused() -> None:
    with pytest.raises(Refusal, match="not payments-csv"):
        read("customer_id,name\nK1,One\n", format_name="payments-csv")
    with pytest.raises(Refusal, match="no format 'edi'"):
        read("customer_id,name\nK1,One\n", format_name="edi")
    with pytest.raises(Refusal, match="needs a mapping"):
        read("customer_id,name\nK1,One\n", format_name="mapped")


def zipped(name: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, "0" * 1000)
    return buffer.getvalue()


HEADER = b"customer_id,name\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\n\n\n", "no row that names its columns"),
        (zipped("anything.txt"), "zip archive"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b'{"a": 1}', "JSON"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (HEADER + b"K1,\x00\x00\n", "binary"),
        (HEADER + b"K1,a\x07b\n", "binary"),
        (HEADER + b"K1,\x81\n", "not text"),
        (HEADER + b'K1,"One\n', "cut off"),
        (HEADER + b"K1,One\nK2", "cut off"),
        (HEADER + "K1,Blåbær\nK2,Blåb".encode() + b"\xc3", "cut off"),
        (HEADER + b"K1," + b"x" * 1_500_000 + b"\n", "longer than a million"),
        (HEADER + b'K1,"' + b"x" * 200_000 + b'"\n', "quote in row 2"),
        (HEADER + b"K1,=1+1\n", "formula"),
        (HEADER + b"K1,\"@SUM(1+9)*cmd|' /C calc'!A0\"\n", "formula"),
        (HEADER + b"\n" * 200_000, "blank lines on end"),
        (b"\xff\xfe\x00\x00a\x00\x00\x00", "UTF-32"),
        (b"\xff\xfe" + "customer_id,name\n".encode("utf-16-le") + b"\x00\xd8\n\x00", "not text"),
        (b",".join(b"c%d" % n for n in range(600)) + b"\n", "more than 500 columns"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else None,
)
def test_what_is_no_sound_table_is_refused_whole(content: bytes, said: str) -> None:
    with pytest.raises(Refusal, match=said):
        read(content)


class EndlessLine(io.RawIOBase):
    """A gigabyte without a line end, made while it is read."""

    def __init__(self, head: bytes, fill: bytes) -> None:
        self.head, self.fill, self.at = head, fill, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self.at = offset
        return offset

    def read(self, size: int = -1) -> bytes:
        if self.at >= 1 << 30:
            return b""
        start, self.at = self.at, self.at + size
        return (
            (self.head + self.fill * (size // len(self.fill) + 1))[:size]
            if start == 0
            else self.fill * (size // len(self.fill))
        )


ENDLESS = pytest.mark.parametrize("fill", [b"x", b"\x00", b'"', b",", b"\n", b'""', b'"\n'])


def refused(fill: bytes) -> None:
    """Opens an endless file, which is refused."""
    with pytest.raises(Refusal):
        open_file(EndlessLine(HEADER, fill), context=CONTEXT)  # type: ignore[arg-type]


@ENDLESS
def test_a_gigabyte_of_nothing_is_refused(fill: bytes) -> None:
    refused(fill)


@pytest.mark.parametrize("fill", [b"x", b'"', b",", b"\n"])
def test_a_gigabyte_of_nothing_takes_little_memory(fill: bytes) -> None:
    tracemalloc.start()
    refused(fill)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 40_000_000


def test_the_sum_of_a_file_survives_its_reading() -> None:
    rows = [(n, Decimal(n * 37 % 100_000) / 100) for n in range(1, 3000)]
    body = "".join(f"K{n % 7};NOK;{n};2026-01-31;{str(amount).replace('.', ',')}\n" for n, amount in rows)
    records = read("customer_id;currency;invoice_number;due_date;amount\n" + body)
    assert all(isinstance(one, InvoiceRecord) for one in records)
    assert sum(one.amount_minor for one in records) == sum(int(amount * 100) for _, amount in rows)
