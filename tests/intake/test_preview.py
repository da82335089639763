"""What a person sees before an import."""

from __future__ import annotations

import pytest

from kulant.core.errors import Refusal
from kulant.db import Act
from kulant.intake import queries
from kulant.intake.mapping import parse_mapping
from kulant.intake.preview import preview
from kulant.intake.service import save_mapping
from kulant.people.models import Creditor
from tests.intake.files import a_file

FOREIGN = """
Rapport: åpne poster
Kunde nr.;Kundenavn;Faktura nr;Fakturadato;Forfallsdato;Beløp;Restbeløp;Valuta;KID;Landkode;Merknad
10;Blåbær AS;1001;01.10.2026;31.10.2026;1.500,00;1.500,00;NOK;100112;391;ring
"""


def test_a_known_file_needs_no_mapping() -> None:
    seen = preview(a_file("payment_id,date,amount,currency\nP1,2026-01-01,5,NOK\n"), file_name="p.csv")
    assert (seen.format, seen.target, seen.missing, seen.header_row) == ("payments-csv", "payments-csv", [], 1)
    assert seen.guesses["amount"].confidence == 1


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1252", "utf-16"])
def test_columns_of_a_foreign_file_are_guessed(encoding: str) -> None:
    seen = preview(a_file(FOREIGN, encoding), file_name="reskontro.csv")
    assert (seen.format, seen.target, seen.header_row, seen.delimiter) == ("mapped", "invoices-csv", 2, ";")
    assert {column: guess.field for column, guess in seen.guesses.items()} == {
        "Kunde nr.": "customer_id",
        "Kundenavn": "customer_name",
        "Faktura nr": "invoice_number",
        "Fakturadato": "issue_date",
        "Forfallsdato": "due_date",
        "Beløp": "amount",
        "Restbeløp": "open_amount",
        "Valuta": "currency",
        "KID": "payment_reference",
    }, "a country code that is no country is not guessed"
    assert seen.missing == []
    assert seen.rows[0].cells[:2] == ["10", "Blåbær AS"]
    assert seen.mapping_data()["skip_rows"] == 1
    assert "disputed" in seen.fields()


def test_ten_rows_are_shown() -> None:
    text = "customer_id,name\n" + "".join(f"K{n},Kunde {n}\n" for n in range(50))
    assert len(preview(a_file(text), file_name="c.csv").rows) == 10


def test_the_target_may_be_chosen() -> None:
    seen = preview(a_file("nr,navn,valuta\n1,En,NOK\n"), file_name="c.csv", format="customers-csv")
    assert (seen.format, seen.target) == ("mapped", "customers-csv")


def test_a_mapping_is_shown_as_it_is() -> None:
    mapping = parse_mapping("format: customers-csv\ncolumns: {a: customer_id, b: name}\n")
    seen = preview(a_file("a,b,c\n1,2,3\n"), file_name="c.csv", mapping=mapping)
    assert (seen.target, seen.missing) == ("customers-csv", [])
    assert {column: guess.field for column, guess in seen.guesses.items()} == {"a": "customer_id", "b": "name"}


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04xl/", b"only one column\n1\n", b"a,\x00\n"])
def test_what_is_no_table_is_refused(content: bytes) -> None:
    with pytest.raises(Refusal):
        preview(a_file(content), file_name="x.csv")


def test_a_saved_mapping_is_found_again_for_files_with_the_same_columns(act: Act, creditor: Creditor) -> None:
    mapping = parse_mapping("format: customers-csv\ncolumns: {a: customer_id, b: name}\n")
    save_mapping(act, creditor=creditor, name=" Our system ", mapping=mapping, columns=["a", "b", "c"])
    save_mapping(act, creditor=creditor, name="Our system", mapping=mapping, columns=["a", "b"])
    assert queries.fitting_mapping(act.session, creditor.id, ["a", "b", "c"]) is None
    found = queries.fitting_mapping(act.session, creditor.id, ["a", "b"])
    assert found is not None
    assert (found.name, parse_mapping(found.yaml)) == ("Our system", mapping)
    with pytest.raises(Refusal):
        save_mapping(act, creditor=creditor, name=" ", mapping=mapping, columns=[])
