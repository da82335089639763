"""``kulant claim``: a claim in, what is owed out, no database; what is not known is one line and exit 1."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.shell import Shell

CLAIM: dict[str, Any] = {
    "country": "NO",
    "debtor": "business",
    "currency": "NOK",
    "as_of": "2026-01-31",
    "invoices": [
        {
            "number": "1",
            "principal": "100000.00",
            "due": "2025-12-15",
            "payments": [{"date": "2026-01-10", "amount": "0.00"}],
        }
    ],
    "steps_sent": [{"document": "fee_reminder", "date": "2026-01-05"}],
    "agreed": {"interest": True, "reminder_fee": True},
}


def ask(shell: Shell, facts: object) -> Any:
    """The answer to a claim on standard input."""
    return shell.json("claim", "--facts", "-", stdin=json.dumps(facts).encode())


def test_the_contracts_example(bare: Shell) -> None:
    answer = ask(bare, CLAIM)
    # 16 days at 12.25 % are 536.986301, 31 days at 12.00 % are 1019.178082.
    assert (answer["interest"], answer["compensation"], answer["total"]) == ("1556.16", "460.00", "102016.16")
    assert answer["fees"] == []
    assert not (bare.folder / "kulant.db").exists()


def test_from_a_file_in_words_and_in_order(bare: Shell) -> None:
    file = bare.write("claims.json", json.dumps([CLAIM, CLAIM | {"debtor": "consumer"}]))
    first, second = bare.json("claim", "--facts", file)
    assert (first["compensation"], second["compensation"]) == ("460.00", "0.00")
    assert bare.ok("claim", "--facts", file).startswith("102016.16 = principal 100000.00 + interest 1556.16")


def test_without_a_day_it_is_the_business_date(bare: Shell) -> None:
    facts = {key: value for key, value in CLAIM.items() if key != "as_of"}
    assert ask(bare, facts)["segments"][-1]["to"] == "2026-11-20"
    bare.today = ""
    assert "as_of" in bare.refused("claim", "--facts", "-", stdin=json.dumps(facts).encode())


@pytest.mark.parametrize(
    ("change", "named"),
    [({"country": "FR"}, "FR"), ({"as_of": "2027-01-01"}, "31 December 2026"), ({"country": {}}, "country")],
)
def test_what_is_not_known_is_refused_in_one_line(bare: Shell, change: dict[str, Any], named: str) -> None:
    assert named in bare.refused("claim", "--facts", "-", stdin=json.dumps(CLAIM | change).encode())


@pytest.mark.parametrize("text", [b"", b"{", b"null", b"3", b"[1]", b"[[]]", b"\xff\xfe\x00"])
def test_what_is_no_claim_is_refused(bare: Shell, text: bytes) -> None:
    bare.refused("claim", "--facts", "-", stdin=text)
