"""``kulant propose``: facts in, a treatment out, no database, whatever is fed to it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.shell import Shell

FACTS: dict[str, Any] = {
    "today": "2026-11-22",
    "country": "NO",
    "customer_kind": "business",
    "currency": "NOK",
    "invoices": [
        {
            "number": "1001",
            "issued": "2026-09-01",
            "due": "2026-10-01",
            "amount": "12500.00",
            "open": "12500.00",
            "disputed": "0.00",
        }
    ],
    "history": [{"due": "2026-05-01", "paid": "2026-05-03", "amount": "9000.00"}],
    "relationship": {
        "customer_since": "2019-02-01",
        "value_12m": "84000.00",
        "last_contact": "2026-11-01",
        "open_complaints": 0,
        "strikes_24m": 0,
        "unanswered_requests": 0,
        "hardship": False,
        "insolvent": False,
        "strategic": False,
        "churn_risk": 0.1,
    },
    "steps_sent": [{"document": "reminder", "date": "2026-10-20"}],
    "promises": [{"amount": "5000.00", "due": "2026-11-10", "kept": False}],
    "plans": [{"status": "broken", "date": "2026-03-01"}],
    "unmatched_payments": "0.00",
}
ANSWER = {"treatment", "firmness", "document", "channel", "reasons", "options", "break_evens", "offers"}
OPTION = {
    *("treatment", "firmness", "allowed", "because", "recovery", "days", "cost", "concession", "churn_delta"),
    "expected_value",
}


def ask(shell: Shell, facts: object) -> Any:
    """The answer to facts on standard input."""
    return shell.json("propose", "--facts", "-", stdin=json.dumps(facts).encode())


def test_the_contracts_example_is_offered_a_plan(bare: Shell) -> None:
    answer = ask(bare, FACTS)
    assert set(answer) >= ANSWER
    assert (answer["treatment"], answer["firmness"], answer["document"], answer["channel"]) == (
        *("payment_plan", 2, None),
        "email",
    )
    assert all(set(option) >= OPTION for option in answer["options"])
    [notice] = [one for one in answer["break_evens"] if one["against"] == "formal_notice"]
    assert 0 <= notice["needs_recovery_at_least"] <= 1
    for offer in answer["offers"]:
        assert set(offer) >= {"instalments", "first_due", "amounts", "total", "interest"}
        assert sum(round(float(amount) * 100) for amount in offer["amounts"]) == 1250000
    assert not (bare.folder / "kulant.db").exists()


def test_an_array_is_answered_in_order(bare: Shell) -> None:
    nothing = FACTS | {"invoices": []}
    answers = ask(bare, [FACTS, nothing, FACTS])
    assert [one["treatment"] for one in answers] == ["payment_plan", "none", "payment_plan"]
    assert answers[0] == ask(bare, FACTS)
    assert ask(bare, []) == []


def test_from_a_file_and_in_words(bare: Shell) -> None:
    file = bare.write("facts.json", b"\xef\xbb\xbf" + json.dumps(FACTS).encode())
    assert bare.json("propose", "--facts", file) == ask(bare, FACTS)
    assert bare.ok("propose", "--facts", file).startswith("payment_plan (firmness 2)\n")
    assert bare.in_new_process("propose", "--facts", "-", "--json", stdin=file.read_bytes()).document


def test_without_a_day_it_is_the_business_date(bare: Shell) -> None:
    facts = {key: value for key, value in FACTS.items() if key != "today"}
    assert ask(bare, facts)["treatment"] == "payment_plan"
    bare.today = ""
    assert "today" in bare.refused("propose", "--facts", "-", stdin=json.dumps(facts).encode())


def test_thousands_in_one_call(bare: Shell) -> None:
    assert len(ask(bare, [FACTS] * 1000)) == 1000


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"null",
        b"3",
        b"[1]",
        b"\xff\xfe\x00",
        b"NaN",
        b"[" * 10_000 + b"]" * 10_000,
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        b"1" + b"0" * 5000,
        b'{"today":"2026-11-22","unmatched_payments":NaN}',
        b'{"today":"2026-11-22","unmatched_payments":1e400}',
        b'{"today":"2026-11-22","relationship":{"churn_risk":NaN}}',
        b"[" + b"{}," * (17 * 2**20) + b"{}]",
        b"[" + b"1," * 50_001 + b"1]",
    ],
    ids=lambda text: text[:20].decode(errors="replace"),
)
def test_what_is_no_facts_is_refused_at_once(bare: Shell, text: bytes) -> None:
    bare.refused("propose", "--facts", "-", stdin=text)


@pytest.mark.parametrize("key", ["open", "amount", "disputed"])
@pytest.mark.parametrize("amount", ["1e5", "NaN", "1.234", "", "12,50", "9" * 30, True, [], {}])
def test_an_amount_that_is_none_is_named(bare: Shell, key: str, amount: object) -> None:
    facts = FACTS | {"invoices": [FACTS["invoices"][0] | {key: amount}]}
    assert f"invoices[0].{key}" in bare.refused("propose", "--facts", "-", stdin=json.dumps(facts).encode())
