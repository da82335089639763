"""Choosing otherwise, looking at a decision again, and saying why a customer is late, from the shell."""

from __future__ import annotations

import pytest

from tests.support.shell import Shell

INVOICES = (
    "customer_id,customer_name,currency,invoice_number,issue_date,due_date,amount\n"
    "K1,Fjordbakeriet AS,NOK,1001,2026-09-20,2026-10-20,12500.00\n"
)


@pytest.fixture
def late(empty: Shell) -> Shell:
    """A customer who is late, and the day's proposal."""
    empty.ok("import", empty.write("invoices.csv", INVOICES))
    empty.ok("run")
    return empty


def test_a_decision_is_shown_and_reckoned_again(late: Shell) -> None:
    shown = late("decision", "show", "1", "--replay", "--json").document
    assert (shown["proposed"], shown["treatment"], shown["customer"]) == ("reminder", "reminder", "K1")
    assert shown["replay"] == {
        "same": True,
        "why": "Reckoned again from the stored inputs it comes out the same.",
        "treatment": "reminder",
        "differs": [],
    }
    assert shown["inputs"]["invoices"][0]["open"] == "12500.00"
    assert "comes out the same" in late("decision", "show", "1", "--replay").out


def test_choosing_otherwise_needs_a_reason_and_is_remembered(late: Shell) -> None:
    refused = late("choose", "1", "call")
    assert refused.code == 1
    assert "needs a reason" in refused.err
    chosen = late("choose", "1", "call", "--code", "spoke_with_them", "--json").document
    assert (chosen["proposed"], chosen["treatment"]) == ("reminder", "call")
    late("approve", "1")
    decisions = late("decision", "show", "1", "--json").document["decisions"]
    assert [(one["act"], one["treatment"], one["override"]) for one in decisions] == [
        ("chosen", "call", "spoke_with_them"),
        ("approved", "call", "spoke_with_them"),
    ]
    assert late("decision", "show", "99").code == 1


def test_why_a_customer_is_late_is_said_shown_and_ended(late: Shell) -> None:
    shown = late("late", "K1", "--json").document
    assert shown["late_reason"] == "unknown"
    said = late("late", "K1", "--reason", "cash_gap", "--text", "a grant is late", "--json").document
    assert (said["late_reason"], said["text"], said["said_by"]) == ("cash_gap", "a grant is late", "clerk")
    assert late("late", "K1", "--reason", "lazy").code == 1
    assert late("late", "K1", "--end", "--json").document["late_reason"] == "unknown"
    assert late("late", "K1", "--end").code == 1
    assert late("late", "K1", "--end", "--reason", "forgot").code == 2
