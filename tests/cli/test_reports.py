"""Reports, statements, traces, rates and the export, as somebody at a terminal gets them."""

from __future__ import annotations

from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session

from kulant.db import engine_for
from kulant.people.models import AuditEntry
from tests.support.shell import Shell

PAYMENTS = "payment_id,date,amount,currency,customer_id,reference\nP1,2026-11-10,500.00,NOK,A1,10024\n"


@pytest.fixture
def paid(shell: Shell) -> Shell:
    """The small ledger with a part of invoice 1002 paid."""
    shell.ok("import", shell.write("payments.csv", PAYMENTS))
    return shell


def test_ageing_shows_each_currency_by_itself_and_what_it_was_worth(paid: Shell) -> None:
    shown = paid.json("report", "ageing")
    sums = {one["currency"]: one for one in shown["currencies"]}
    assert list(sums) == ["NOK", "DKK", "SEK"]
    assert sums["NOK"]["open"] == "49500.00"
    assert sums["NOK"]["in_home_currency"] is None
    assert sums["DKK"]["credits"] == "-200.00"
    assert sums["SEK"]["in_home_currency"]["because"] == "no rate for SEK known on 2026-11-20"
    paid.ok("rates", "set", "SEK", "2026-11-18", "1.0345", "--source", "Norges Bank")
    [sek] = [one for one in paid.json("report", "ageing")["currencies"] if one["currency"] == "SEK"]
    assert sek["in_home_currency"] == {
        "currency": "NOK", "open": "1551.75", "rate": "1.0345", "rate_date": "2026-11-18", "because": None,
    }  # fmt: skip


def test_every_figure_of_the_report_is_the_sum_of_the_items_traced(paid: Shell) -> None:
    for row in paid.json("report", "ageing", "--trace")["customers"]:
        assert len(row["trace"]) == row["items"]
        for age, figure in (row["ageing"] | {"credits": row["credits"]}).items():
            behind = [float(one["open"]) for one in row["trace"] if one["age"] == age]
            assert sum(behind) == pytest.approx(float(figure))


def test_the_report_of_an_earlier_day_knows_nothing_of_later_payments(paid: Shell) -> None:
    earlier = paid.json("report", "ageing", KULANT_TODAY="2026-11-09")
    [alfa] = [one for one in earlier["customers"] if one["customer"] == "A1"]
    assert alfa["open"] == "50000.00"
    assert alfa["ageing"]["1-30"] == "2000.00"


def test_a_statement_leads_from_the_opening_to_the_closing_balance(paid: Shell) -> None:
    shown = paid.json("statement", "A1", "--from", "2026-09-15", "--to", "2026-11-20")
    [nok] = shown["statements"]
    assert (nok["opening"], nok["debits"], nok["credits"], nok["closing"]) == (
        "48000.00", "2000.00", "500.00", "49500.00",
    )  # fmt: skip
    assert [(one["item"], one["balance"]) for one in nok["movements"]] == [("1002", "50000.00"), ("P1", "49500.00")]
    assert nok["movements"][1]["allocated"][0]["item"] == "1002"
    assert nok["allocation_order"]["text"]
    assert "closing balance" in paid.ok("statement", "A1")


def test_a_statement_is_written_as_a_pdf_and_the_download_is_on_record(paid: Shell) -> None:
    file = paid.folder / "b2.pdf"
    paid.ok("statement", "B2", "--pdf", file)
    assert "Kontoutdrag" in PdfReader(BytesIO(file.read_bytes())).pages[0].extract_text()
    with Session(engine_for(paid.database_url)) as session:
        assert session.scalars(select(AuditEntry.text).where(AuditEntry.action == "statement_written")).one()


def test_a_payment_is_traced_to_what_it_paid_and_the_file_it_came_in(paid: Shell) -> None:
    shown = paid.json("trace", "P1")
    assert [(one["kind"], one["amount"], one["against"]) for one in shown["entries"]] == [
        ("post", "-500.00", None),
        ("allocate", "500.00", "1002"),
    ]
    assert [one["file"] for one in shown["imports"]] == ["payments.csv"]
    invoice = paid.json("trace", "1002")
    assert invoice["entries"][-1]["open_after"] == "1500.00" == invoice["open"]
    assert {one["by"] for one in invoice["entries"]} == {"command line"}


def test_rates_come_in_by_file_and_a_wrong_file_changes_nothing(empty: Shell) -> None:
    good = "currency,date,rate\nUSD,2026-11-20,10.85\nEUR,2026-11-20,11.7\n"
    assert empty.json("rates", "import", empty.write("rates.csv", good))["changed"] == 2
    assert empty.json("rates", "import", empty.write("rates.csv", good))["unchanged"] == 2
    bad = good.replace("10.85", "11.00").replace("11.7", "much")
    assert "line 3" in empty.refused("rates", "import", empty.write("bad.csv", bad))
    assert [one["rate"] for one in empty.json("rates", "list")] == ["11.7", "10.85"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("rates", "set", "NOK", "2026-11-20", "1"), "own currency"),
        (("rates", "set", "USD", "2026-11-20", "10,8500001"), "six decimals"),
        (("rates", "set", "USD", "20.11.2026", "10.85"), "YYYY-MM-DD"),
        (("statement", "A1", "--to", "2026-12-24"), "business date"),
        (("statement", "A1", "--from", "2026-11-02", "--to", "2026-11-01"), "swap"),
        (("trace", "nothing"), "there is no invoice"),
        (("export", "--from", "2026-11-02", "--to", "2026-11-01"), "swap"),
        (("export", "--from", "2026-11-01", "--to", "2026-11-02", "--format", "pdf"), "csv or sie"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(shell: Shell, words: tuple[str, ...], says: str) -> None:
    assert says in shell.refused(*words)


def test_an_item_of_a_file_taken_in_in_several_batches_is_traced_to_it(
    empty: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kulant.intake.runs.BATCH", 2)
    rows = "".join(f"K{n},NOK,{n},2026-11-01,100.00\n" for n in range(7))
    empty.ok("import", empty.write("many.csv", "customer_id,currency,invoice_number,due_date,amount\n" + rows))
    for number in ("0", "3", "6"):
        shown = empty.json("trace", number)
        assert [one["file"] for one in shown["imports"]] == ["many.csv"]
        assert {one["by"] for one in shown["entries"]} == {"command line"}
    [ledger] = [one for one in empty.json("doctor")["checks"] if one["check"] == "ledger"]
    assert ledger["status"] == "ok"
