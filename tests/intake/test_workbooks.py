"""Workbooks: the same tables as text, as a clerk sees them."""

from __future__ import annotations

import io
import subprocess
import zipfile
from datetime import date, datetime, time
from typing import Any

import pytest

from kulant.core.errors import Refusal
from kulant.db import Act
from kulant.intake.preview import preview
from kulant.intake.records import Ignored, InvoiceRecord
from kulant.intake.workbook_cells import as_text
from kulant.people.models import Creditor
from tests.intake.files import counts, open_text, read, take
from tests.intake.workbooks import changed, ods, xlsx

INVOICE = ["customer_id", "customer_name", "currency", "invoice_number", "issue_date", "due_date", "amount", "disputed"]
MAPPING = """
format: invoices-csv
columns: {Kundenr: customer_id, Fakturanr: invoice_number, Forfall: due_date, Beløp: amount}
constants: {currency: NOK}
"""


ROWS: list[list[Any]] = [
    INVOICE,
    ["007", "Blåbær; Sønn AS", "NOK", 1001.0, date(2026, 10, 1), date(2026, 10, 31), 1500, True],
    [1002, "Ægir AB", "SEK", "1002", date(2026, 10, 2), date(2026, 11, 1), 1500.5, False],
    ["K3", "Tre", "NOK", 1003, None, date(2026, 11, 2), 0.1 + 0.2, None],
]


@pytest.mark.parametrize("content", [xlsx({"Faktura": ROWS}), ods(ROWS)], ids=["xlsx", "ods"])
def test_cells_are_read_as_a_clerk_sees_them(content: bytes) -> None:
    first, second, third = read(content)
    assert (first.customer.number, first.customer.name) == ("007", "Blåbær; Sønn AS")
    assert (first.number, second.number, second.customer.number) == ("1001", "1002", "1002")
    assert (first.issue_date, first.due_date) == (date(2026, 10, 1), date(2026, 10, 31))
    assert [one.amount_minor for one in (first, second, third)] == [150000, 150050, 30]
    assert [one.disputed for one in (first, second, third)] == [True, False, None]
    assert [one.row for one in (first, second, third)] == [2, 3, 4]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (1500.0, "1500"),
        (1500.5, "1500.5"),
        (-12.25, "-12.25"),
        (0.1 + 0.2, "0.3"),
        (1.234, "1.2340"),
        (-0.0, "0"),
        (0.00001, "0.00001"),
        (1.930438491e18, "1.93043849100000E+18"),
        (True, "TRUE"),
        (date(2026, 2, 3), "2026-02-03"),
        (datetime.fromisoformat("2026-02-03 00:00"), "2026-02-03"),
        (datetime.fromisoformat("2026-02-03 04:05"), "2026-02-03 04:05:00"),
        (time(4, 5), "04:05:00"),
        ("0012", "0012"),
        ("a\x0bb", "a b"),
        ("", ""),
    ],
)
def test_every_kind_of_cell(cell: Any, text: str) -> None:
    assert as_text(cell) == text


def test_a_number_with_three_decimals_is_no_thousand() -> None:
    rows = [row[:7] for row in ROWS[:2]]
    rows[1][6] = 1.234
    assert "more decimals" in read(xlsx({"A": rows}))[0].error


def test_a_number_a_spreadsheet_has_rounded_is_no_invoice_number() -> None:
    rows = [row[:] for row in ROWS[:2]]
    rows[1][3] = 1234567890123456789
    assert "shortened" in read(xlsx({"A": rows}))[0].error


def test_a_title_above_and_a_total_below_are_no_rows() -> None:
    rows = [["Åpne poster"], ["Skrevet ut", date(2026, 11, 22)], [], *ROWS, [None] * 8, ["Total", *[None] * 5, 3000.8]]
    records = read(xlsx({"Faktura": rows}))
    assert [one.row for one in records] == [5, 6, 7, 9]
    assert isinstance(records[3], Ignored)
    assert all(isinstance(one, InvoiceRecord) for one in records[:3])


def test_a_mapping_reads_a_workbook_too() -> None:
    rows = [
        ["Kundenr", "Fakturanr", "Forfall", "Beløp"],
        [10, 55, date(2026, 1, 31), "1 500,00"],
        [11, 56, "3.2.2026", 5],
    ]
    for content in (xlsx({"Ark": rows}), ods(rows)):
        first, second = read(content, mapping=MAPPING)
        assert (first.customer.number, first.due_date, first.amount_minor) == ("10", date(2026, 1, 31), 150000)
        assert second.due_date == date(2026, 2, 3)
        stated, other = read(content, mapping=MAPPING + 'dates: "%d.%m.%Y"\ndecimal: ","\n')
        assert (stated.due_date, other.due_date) == (date(2026, 1, 31), date(2026, 2, 3))


def test_the_sheet_with_known_columns_is_taken() -> None:
    content = xlsx({"Info": [["Om", "denne", "filen"]], "Faktura": ROWS})
    assert len(read(content)) == 3
    assert preview(io.BytesIO(content), file_name="f.xlsx").sheet == "Faktura"


def test_a_hidden_sheet_is_not_looked_at() -> None:
    assert len(read(xlsx({"Ny": ROWS[:2], "Gammel": ROWS}, hidden=("Gammel",)))) == 1


def test_of_two_sheets_one_must_be_named() -> None:
    rows = [["Kundenr", "Fakturanr", "Forfall", "Beløp"], [10, 55, date(2026, 1, 31), 5]]
    content = xlsx({"Januar": rows, "Februar": [*rows, [11, 56, date(2026, 2, 28), 6]]})
    with pytest.raises(Refusal, match=r"Januar, Februar.*more than one"):
        read(content, mapping=MAPPING)
    assert len(read(content, mapping=MAPPING + "sheet: februar\n")) == 2
    with pytest.raises(Refusal, match=r"no sheet Mars.*Januar, Februar"):
        read(content, mapping=MAPPING + "sheet: Mars\n")


def test_a_workbook_is_looked_at_before_it_is_imported() -> None:
    rows = [["Reskontro"], ["Kundenr", "Navn", "Fakturanr", "Forfall", "Beløp", "Valuta"]]
    rows.append([10, "Blåbær AS", 55, date(2026, 1, 31), 1500.5, "NOK"])  # type: ignore[list-item]
    for content in (xlsx({"Ark1": rows}), ods(rows)):
        seen = preview(io.BytesIO(content), file_name="R.XLS")
        assert (seen.format, seen.target, seen.header_row, seen.sheet, seen.missing) == (
            "mapped", "invoices-csv", 2, "Ark1", [],
        )  # fmt: skip
        assert seen.rows[0].cells == ["10", "Blåbær AS", "55", "2026-01-31", "1500.5", "NOK"]
        assert seen.guesses["Forfall"].field == "due_date"


def test_the_process_that_opens_a_workbook_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KULANT_SECRET_KEY", "the key of everything")
    started: list[dict[str, str]] = []
    run = subprocess.run

    def watched(*words: Any, env: dict[str, str], **options: Any) -> Any:
        started.append(env)
        return run(*words, env=env, **options)

    monkeypatch.setattr(subprocess, "run", watched)
    assert read(xlsx({"Faktura": ROWS}))
    assert started
    assert not any("the key of everything" in value for env in started for value in env.values())


def test_the_same_workbook_has_the_same_hash() -> None:
    content = xlsx({"Faktura": ROWS})
    assert open_text(content).sha256 == open_text(content).sha256
    assert len(open_text(content).sha256) == 64


def test_records_may_be_asked_for_again() -> None:
    reading = open_text(xlsx({"Faktura": ROWS}))
    assert list(reading.records()) == list(reading.records())


def test_a_list_to_choose_from_is_no_formula() -> None:
    content = xlsx({"Faktura": ROWS})
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    choices = b"<extLst><ext><x14:dataValidation><x14:formula1><xm:f>Ark2!A1</xm:f></x14:formula1></x14:dataValidation>"
    listed = sheet.replace(b"</worksheet>", choices + b"</ext></extLst></worksheet>")
    assert len(read(changed(content, {"xl/worksheets/sheet1.xml": listed}))) == 3


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (changed(xlsx({"A": ROWS}), {"xl/vbaProject.bin": b"x"}), "macros"),
        (changed(xlsx({"A": ROWS}), {"xl/externalLinks/externalLink1.xml": b"<x/>"}), "refers to other files"),
        (changed(xlsx({"A": ROWS}), {"xl/embeddings/more.XLSX": b"x"}), "holds another file"),
        (changed(xlsx({"A": ROWS}), {"xl/workbook.bin": b"x"})[:-30], "cut off"),
        (
            ods(body='<table:table-row><table:table-cell/><table:table-cell table:formula="of:=1"/></table:table-row>'),
            "B1",
        ),
        (ods(parts={"META-INF/manifest.xml": "<manifest:manifest><manifest:encryption-data/>"}), "password"),
        (ods(mime="application/vnd.oasis.opendocument.text"), "text document"),
        (xlsx({"A": [], "B": []}), "no sheet with anything on it"),
        (xlsx({"A": [["a", "b"]]}), "of no known format"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_plain_workbook_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(Refusal, match=said):
        read(content)


def test_a_workbook_goes_into_the_ledger_and_again_changes_nothing(act: Act, creditor: Creditor) -> None:
    content = xlsx({"Faktura": [*ROWS, ["Sum", *[None] * 5, 3000.8]]})
    result = take(act, creditor, content)
    assert (counts(result), result["format"], result["ignored"]) == ((3, 0, 0, 0), "invoices-csv", 1)
    assert counts(take(act, creditor, content)) == (0, 0, 3, 0)
