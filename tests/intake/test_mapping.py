"""Any table through a mapping."""

from __future__ import annotations

from datetime import date

import pytest

from kulant.core.errors import Refusal
from kulant.intake.mapping import parse_mapping
from kulant.intake.records import Ignored
from tests.intake.files import errors, read

LEDGER = """
Reskontro per 31.10.2026;;;;;
Utskrift: 01.11.2026;;;;;

Kundenr;Navn;Fakturanr;Forfall;Restbeløp;Omtvistet
10;Blåbær AS;1001;31.10.2026;1.500,00;X
11;Total Energi AS;1002;01.11.2026;2.500,00;
;;;;4.000,00;
Sum;;;;4.000,00;
"""
MAPPING = """
format: invoices-csv
columns:
  Kundenr: customer_id
  Navn: customer_name
  Fakturanr: invoice_number
  Forfall: due_date
  Restbeløp: amount
  Omtvistet: disputed
constants: {currency: NOK, country: NO}
values:
  disputed: {X: yes}
"""


def test_a_ledger_report_with_title_rows_and_a_total() -> None:
    records = read(LEDGER, "windows-1252", mapping=MAPPING)
    assert errors(records) == [(7, "customer_id")], "a row without a customer is no total unless it says so"
    first, second, _, total = records
    assert isinstance(total, Ignored)
    assert (first.row, first.customer.number, first.customer.country, first.amount_minor) == (5, "10", "NO", 150000)
    assert (first.due_date, first.disputed) == (date(2026, 10, 31), True)
    assert (second.customer.name, second.disputed) == ("Total Energi AS", None)


def test_rows_to_skip_may_be_counted() -> None:
    mapping = MAPPING + "skip_rows: 3\nskip_last_rows: 2\n"
    assert len(read(LEDGER, mapping=mapping)) == 2


def test_what_yaml_would_make_of_words_does_not_matter() -> None:
    mapping = parse_mapping("format: customers-csv\ncolumns: {1: customer_id, no: name}\nconstants: {country: NO}\n")
    assert mapping.constants == {"country": "NO"}
    assert mapping.columns == {"1": "customer_id", "no": "name"}


def test_stated_dates_and_decimals_end_every_doubt() -> None:
    text = 'c,n,d,a\nK1,1,01/02/2026,"1,500"\nK1,2,2026-01-02,5\n'
    mapping = (
        "format: invoices-csv\ncolumns: {c: customer_id, n: invoice_number, d: due_date, a: amount}\n"
        'constants: {currency: NOK}\ndates: "%d/%m/%Y"\ndecimal: "."\n'
    )
    first, second = read(text, mapping=mapping)
    assert (first.due_date, first.amount_minor) == (date(2026, 2, 1), 150000)
    assert second.error == "“2026-01-02” is not a date written as %d/%m/%Y"
    by_field = mapping.replace('dates: "%d/%m/%Y"', 'dates: {due_date: "%m/%d/%Y"}')
    assert read(text, mapping=by_field)[0].due_date == date(2026, 1, 2)


def test_lost_zeros_are_put_back_and_addresses_put_together() -> None:
    text = "id,name,street,zip,town\n12.0,En,Veien 1,0155,Oslo\n345.0,To,,,Bergen\n"
    mapping = (
        "format: customers-csv\ncolumns: {id: customer_id, name: name, street: address, zip: address, town: address}\n"
        "pad: {customer_id: 6}\n"
    )
    first, second = (one.details for one in read(text, mapping=mapping))
    assert (first.number, first.address) == ("000012", "Veien 1\n0155 Oslo")
    assert (second.number, second.address) == ("000345", "Bergen")


def test_repeated_and_nameless_columns_can_be_named() -> None:
    text = ",date,date,name\n1,2026-01-01,2026-02-01,En\n"
    mapping = 'format: customers-csv\ncolumns: {(column 1): customer_id, "date (2)": customer_since, name: name}\n'
    assert read(text, mapping=mapping)[0].customer_since == date(2026, 2, 1)


def test_a_constant_fills_an_empty_cell() -> None:
    text = "c,cur,n,d,a\nK1,,1,2026-01-02,5\nK1,SEK,2,2026-01-02,5\n"
    mapping = (
        "format: invoices-csv\nconstants: {currency: NOK}\n"
        "columns: {c: customer_id, cur: currency, n: invoice_number, d: due_date, a: amount}\n"
    )
    assert [one.currency for one in read(text, mapping=mapping)] == ["NOK", "SEK"]


def test_a_column_the_file_does_not_have_refuses_it() -> None:
    with pytest.raises(Refusal, match="does not have: Kundenr"):
        read("a;b\n1;2\n", mapping=MAPPING)


def test_a_new_column_is_noticed_where_the_mapping_lists_what_to_ignore() -> None:
    mapping = "format: customers-csv\ncolumns: {a: customer_id, b: name}\nignore: [c]\n"
    assert len(read("a,b,c\n1,2,3\n", mapping=mapping)) == 1
    with pytest.raises(Refusal, match="d"):
        read("a,b,c,d\n1,2,3,4\n", mapping=mapping)


def test_a_mapping_is_for_one_format() -> None:
    with pytest.raises(Refusal, match="mapping is for invoices-csv"):
        read(LEDGER, mapping=MAPPING, format_name="customers-csv")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no keys"),
        ("- a\n- b", "no keys"),
        ("format: [", "not well-formed YAML"),
        ("format: ubl\ncolumns: {a: b}", "format"),
        ("format: customers-csv\ncolumns: {a: customer_id}", "no column or constant gives name"),
        ("format: customers-csv\ncolumns: {a: customer_id, b: nam}", "nam is no field"),
        ("format: customers-csv\ncolumns: {a: name, b: name, c: customer_id}", "more than one column"),
        ("format: customers-csv\ncolumns: {a: name, b: customer_id}\ndates: '%d.%m'", "no date format"),
        ("format: customers-csv\ncolumns: {a: name, b: customer_id}\ndates: {name: '%d.%m.%Y'}", "is not"),
        ("format: customers-csv\ncolumns: {a: name, b: customer_id}\npad: {name: 3}", "pad is for"),
        ("format: customers-csv\ncolumns: {a: name, b: customer_id}\nencoding: rot13", "encoding is one of"),
        ("format: customers-csv\ncolumns: {a: name, b: customer_id}\ndelimiter: x", "delimiter is one of"),
        ("format: customers-csv\ncolumns: {a: name, b: customer_id}\ncolour: red", "colour"),
        ("a: &a [x]\nb: *a", "aliases"),
        ("x" * 100_001, "longer than"),
        ("!!python/object/apply:os.system ['true']", "no keys"),
        ("[" * 50_000, "nested"),
    ],
)
def test_what_is_no_mapping_is_refused_with_its_reason(text: str, said: str) -> None:
    with pytest.raises(Refusal, match=said):
        parse_mapping(text)


def test_a_mapping_written_out_reads_back() -> None:
    mapping = parse_mapping(MAPPING + 'dates: "%d.%m.%Y"\ndecimal: ","\ndelimiter: tab\nignore: [x]\nskip_rows: 3\n')
    assert parse_mapping(mapping.as_yaml()) == mapping
