"""Payments from the shell: looked at, placed, taken back, written off, paid back, moved."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from kulant.ledger import queries
from kulant.ledger.models import OpenItem
from tests.support.shell import Shell

PAYMENTS = (
    "payment_id,date,amount,currency,customer_id,invoice_number,reference,reverses\n"
    "P1,2026-11-10,50000.00,NOK,A1,,,\n"
    "P2,2026-11-11,1500.00,SEK,,,who knows,\n"
    "P3,2026-11-12,50.00,NOK,,,,\n"
)


@pytest.fixture
def shell(shell: Shell) -> Shell:
    """A small ledger with three payments that nobody could place."""
    done = shell.json("import", shell.write("payments.csv", PAYMENTS))
    assert (done["matched"], done["unmatched"]) == (0, 3)
    return shell


def test_what_waits_is_listed_with_suggestions(shell: Shell) -> None:
    rows = shell.json("payments", "--unmatched")
    assert [row["payment"] for row in rows] == ["P1", "P2", "P3"]
    best = rows[0]["suggestions"][0]
    assert best["code"] == "sum"
    assert best["items"] == [{"invoice": "1001", "amount": "48000.00"}, {"invoice": "1002", "amount": "2000.00"}]
    assert rows[1]["suggestions"][0]["customer"] == "B2"
    assert "P1" in shell.ok("payments")


def test_a_payment_is_placed_split_taken_back_and_kept_as_credit(shell: Shell) -> None:
    placed = shell.json("match", "P1", "1001", "1002")
    assert (placed["left"], [one["invoice"] for one in placed["pays"]]) == ("0.00", ["1001", "1002"])
    listed = [(row["payment"], row["state"]) for row in shell.json("payments")]
    assert listed == [("P2", "unmatched"), ("P3", "unmatched"), ("P1", "matched")]
    assert shell.json("unmatch", "P1")["left"] == "50000.00"
    split = shell.json("match", "P1", "1001=100.00", "1002=50.00")
    assert (split["left"], split["pays"][0]["amount"]) == ("49850.00", "100.00")
    credit = shell.json("match", "P2", "--customer", "B2")
    assert (credit["customer"], credit["left"], credit["pays"]) == ("B2", "1500.00", [])


def test_an_invoice_is_written_off_with_a_reason(shell: Shell) -> None:
    done = shell.json("write-off", "1002", "--reason", "not worth a letter")
    assert (done["amount"], done["currency"]) == ("2000.00", "NOK")
    assert "nothing open" in shell.refused("write-off", "1002", "--reason", "again")


def test_credit_is_paid_back_and_no_more(shell: Shell) -> None:
    paid = shell.json("refund", "A1", "--amount", "1000", "--currency", "NOK", "--reason", "paid twice")
    assert paid["amount"] == "1000.00"
    assert "49,000.00" in shell.refused(
        "refund", "A1", "--amount", "49000.01", "--currency", "NOK", "--reason", "paid twice"
    )


def test_money_is_moved_and_then_placed_where_it_went(shell: Shell) -> None:
    moved = shell.json("move", "P1", "--to", "C3", "--reason", "sister company")
    assert (moved["to"], moved["left"]) == ("C3", "50000.00")
    assert shell.json("payments", "--unmatched")[-1]["payment"] == moved["credit"]
    back = shell.json("move", moved["credit"], "--to", "A1", "--reason", "it was theirs")
    assert shell.json("match", back["credit"], "1001")["left"] == "2000.00"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("match", "P9", "1001"), "no payment"),
        (("match", "P1"), "give the invoices"),
        (("match", "P1", "1001", "--customer", "A1"), "not both"),
        (("match", "P1", "1001=5", "1002"), "an amount for every invoice"),
        (("match", "P1", "1001=x"), "amount"),
        (("match", "P1", "nowhere"), "no invoice"),
        (("match", "P1", "2001"), "NOK"),
        (("unmatch", "P3"), "not matched"),
        (("move", "P1", "--to", "A1", "--reason", "x"), "already"),
        (("write-off", "1002", "--reason", " "), "say why"),
        (("refund", "C3", "--amount", "1", "--currency", "NOK", "--reason", "x"), "credit"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(shell: Shell, words: tuple[str, ...], said: str) -> None:
    assert said in shell.refused(*words)


@pytest.mark.parametrize(
    "words",
    [
        ("match", "P1", "1001"),
        ("unmatch", "P1"),
        ("write-off", "1002", "--reason", "small"),
        ("refund", "A1", "--amount", "1", "--currency", "NOK", "--reason", "twice"),
        ("move", "P1", "--to", "C3", "--reason", "theirs"),
    ],
)
def test_nothing_is_read_before_everybody_else_has_finished(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    """What was read before the wait would be what stood there before somebody else's change."""
    seen: list[int] = []

    def wait(session: Session, creditor_id: int) -> None:
        seen.append(sum(isinstance(one, OpenItem) for one in session.identity_map.values()))

    monkeypatch.setattr(queries, "work_alone", wait)
    shell(*words)
    assert seen[:1] == [0]
