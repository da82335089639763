"""The cash forecast as a program or somebody at a terminal gets it."""

from __future__ import annotations

import pytest

from tests.support.shell import Shell

ITEM = {"invoice", "customer", "currency", "due", "open", "p_late", "expected_days_late"}


def test_the_forecast_lists_every_open_invoice_due_or_not(shell: Shell) -> None:
    shown = shell.json("report", "forecast")
    assert shown["model"] == "history"
    assert {one["invoice"] for one in shown["items"]} == {"1001", "1002", "2001", "3001"}
    assert all(set(one) == ITEM for one in shown["items"])
    assert [set(one) for one in shown["weeks"]] == [{"from", "expected", "low", "high"}] * 12
    assert (shown["currency"], shown["weeks"][0]["from"]) == ("NOK", "2026-11-20")
    assert shown["currencies"][0]["currency"] == "NOK"
    late = {one["invoice"]: one for one in shown["items"]}
    assert (late["1001"]["customer"], late["1001"]["open"], late["1001"]["p_late"]) == ("A1", "48000.00", 1.0)
    # The credit note of the Danish customer covers a part of what they owe.
    [danish] = [one for one in shown["currencies"] if one["currency"] == "DKK"]
    assert danish["not_by_habit"]["covered"] == "200.00"


def test_an_earlier_day_knows_nothing_of_later_payments(shell: Shell) -> None:
    before = shell.json("report", "forecast", KULANT_TODAY="2026-10-15")
    assert {one["invoice"] for one in before["items"]} == {"1001", "1002", "2001", "3001"}
    payments = "payment_id,date,amount,currency,customer_id,invoice_number\nP1,2026-11-02,48000.00,NOK,A1,1001\n"
    shell.ok("import", shell.write("payments.csv", payments))
    assert shell.json("report", "forecast", KULANT_TODAY="2026-10-15") == before
    assert "1001" not in {one["invoice"] for one in shell.json("report", "forecast")["items"]}


def test_the_trace_lists_what_is_behind_each_week(shell: Shell) -> None:
    shown = shell.json("report", "forecast", "--trace")
    nok = [one for one in shown["items"] if one["currency"] == "NOK"]
    for place, week in enumerate(shown["weeks"]):
        parts = [float(one["expected_by_week"][place]) for one in nok]
        assert sum(parts) == pytest.approx(float(week["expected"]), abs=0.02)
    lines = shell.ok("report", "forecast", "--trace")
    assert "week from" in lines
    assert "invoice 1001" in lines
    assert "Cash forecast of Nordlys Engros AS on 2026-11-20, by own history" in lines


def test_an_empty_ledger_has_a_forecast_too(empty: Shell) -> None:
    shown = empty.json("report", "forecast")
    assert (shown["weeks"], shown["items"], shown["model"]) == ([], [], "history")
    assert "No invoice is open." in empty.ok("report", "forecast")
