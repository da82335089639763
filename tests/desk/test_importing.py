"""A file through the browser: looked at, tried, taken in, its bad rows handed back."""

from __future__ import annotations

import re

from tests.desk.conftest import Clerk

INVOICES = (
    "customer_id;customer_name;currency;invoice_number;due_date;amount\n"
    "N1;Nykunde AS;NOK;9001;2026-10-01;1250,00\n"
    "N1;Nykunde AS;NOK;9002;2026-13-45;10,00\n"
    "N2;=HYPERLINK();NOK;9003;2026-10-01;900,00\n"
)
OTHER = "Kundenr;Fakturanr;Forfall;Restbeløp\nN1;7001;01.10.2026;1250,00\n"


def ticket(page: str) -> str:
    found = re.search(r'name="ticket" value="([^"]+)"', page)
    assert found, page
    return found[1]


def look(clerk: Clerk, text: str, name: str = "invoices.csv"):  # type: ignore[no-untyped-def]
    return clerk.post("/import/look", data={"csrf": clerk.token()}, files={"file": (name, text.encode())})


def test_looking_takes_nothing_in_and_importing_does(clerk: Clerk) -> None:
    good = "\n".join(INVOICES.splitlines()[:2]) + "\n"
    page = look(clerk, good).text
    assert "Invoices and credit notes" in page
    assert "What would happen" in page
    assert "Nykunde" not in clerk.get("/").text
    done = clerk.submit("/import/take", ticket=ticket(page), format="invoices-csv", target="invoices-csv")
    assert re.fullmatch(r"/import/\d+", done.url.path)
    assert "Every row was taken in." in done.text
    assert "Nykunde" in clerk.get("/").text
    again = clerk.submit("/import/take", ticket=ticket(page), format="invoices-csv", target="invoices-csv").text
    assert re.search(r"Unchanged</dt><dd class=\"figure\">1<", again)


def test_bad_rows_come_back_as_a_file(clerk: Clerk) -> None:
    text = INVOICES.replace("=HYPERLINK()", "Andre AS").replace("2026-13-45", "someday")
    page = look(clerk, text).text
    done = clerk.submit("/import/take", ticket=ticket(page), format="invoices-csv", target="invoices-csv")
    assert "Rejected rows" in done.text
    rejected = clerk.get(f"{done.url.path}/rejected.csv")
    assert rejected.headers["content-type"].startswith("text/csv")
    assert "someday" in rejected.text


def test_a_table_of_its_own_kind_is_mapped_on_the_page(clerk: Clerk) -> None:
    page = look(clerk, OTHER, "restanse.csv").text
    assert "Say which column is what" in page
    assert "Still to be said" in page
    fields = {"field-0": "customer_id", "field-1": "invoice_number", "field-2": "due_date", "field-3": "amount"}
    send = {"ticket": ticket(page), "format": "mapped", "target": "invoices-csv", **fields}
    lacking = clerk.submit("/import/take", **send)
    assert lacking.status_code == 422
    tried = clerk.submit("/import/take", **send, **{"constant-currency": "NOK"}, decision="check")
    assert "What would happen" in tried.text
    done = clerk.submit("/import/take", **send, **{"constant-currency": "NOK"}, name="Restanse")
    assert "Every row was taken in." in done.text
    again = look(clerk, OTHER, "restanse.csv").text
    assert "Still to be said" not in again
    assert 'value="Restanse"' in again
    assert "What would happen" in again


def test_what_is_no_table_is_refused_in_words(clerk: Clerk) -> None:
    for content in ("", "just one column\n1\n", "%PDF-1.7 nothing here"):
        answer = look(clerk, content)
        assert answer.status_code in (400, 413, 422), content
        assert 'role="alert"' in answer.text or "<h1>" in answer.text


def test_a_ticket_of_somebody_else_finds_nothing(clerk: Clerk) -> None:
    assert (
        "not here any more"
        in clerk.submit("/import/take", ticket="made up", format="invoices-csv", target="invoices-csv").text
    )
