"""A program is answered what the shell prints: the same shapes, made by the same functions."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from fastapi.testclient import TestClient

from kulant.app import create_app
from kulant.settings import Settings
from tests.api.conftest import Program
from tests.cli.conftest import LEDGER, bare, empty, migrated, shell  # noqa: F401
from tests.support.shell import Shell

PAYMENTS = (
    "payment_id,date,amount,currency,customer_id,reference\nP1,2026-11-18,500.00,NOK,,what is this\n"
    "P2,2026-11-18,2000.00,NOK,A1,10024\n"
)


@pytest.fixture
def program(shell: Shell) -> Iterator[Program]:  # noqa: F811
    """A program on the ledger of the terminal, on the same day."""
    shell.ok("user", "add", "boss", "--role", "admin")
    shell.ok("import", shell.write("payments.csv", PAYMENTS))
    shell.ok("run")
    made = shell.json("token", "create", "--user", "boss", "--scope", "read,import,act,decide,admin")
    with patch.dict(os.environ, shell.environment), TestClient(create_app(Settings.from_environment())) as client:
        yield Program(client, made["token"])


def test_what_is_looked_at_is_the_same(program: Program, shell: Shell) -> None:  # noqa: F811
    offered = program.ok("POST", "/customers/B2/plans", json={})
    program.ok("POST", "/rates", json={"rates": [{"currency": "EUR", "date": "2026-11-01", "rate": "11.7425"}]})
    for words, path in (
        ("worklist", "/worklist"),
        ("proposals", "/proposals"),
        ("proposals --status proposed", "/proposals?status=proposed"),
    ):
        assert program.ok("GET", path) == {"data": shell.json(*words.split()), "next": None}
    for words, path in (
        ("explain A1", "/customers/A1/explain"),
        ("payments --unmatched", "/payments?suggestions=true"),
        ("report ageing", "/reports/ageing"),
        ("report ageing --trace", "/reports/ageing?trace=true"),
        ("statement A1", "/customers/A1/statement"),
        ("statement A1 --from 2026-09-01 --to 2026-09-30", "/customers/A1/statement?from=2026-09-01&to=2026-09-30"),
        ("trace 1001", "/items/1001/trace"),
        ("rates list", "/rates"),
        ("letterhead show", "/letterhead"),
        ("law show", "/law"),
        ("law show NO", "/law/NO"),
        (f"plan show {offered['id']}", f"/plans/{offered['id']}"),
        ("token list", "/tokens"),
        ("late A1", "/customers/A1/late"),
        ("decision show 1", "/proposals/1/decision"),
        ("decision show 1 --replay", "/proposals/1/decision?replay=true"),
    ):
        assert _without_use(program.ok("GET", path)) == _without_use(shell.json(*words.split())), words
    books = shell.json("export", "--from", "2026-01-01", "--to", "2026-12-31")
    assert program.ok("GET", "/books?from=2026-01-01&to=2026-12-31").items() <= books.items()


def _without_use(shown: Any) -> Any:
    if isinstance(shown, list):
        return [_without_use(one) for one in shown]
    return {key: value for key, value in shown.items() if key != "last_used_at"} if isinstance(shown, dict) else shown


def test_what_is_done_is_answered_alike(program: Program, shell: Shell) -> None:  # noqa: F811
    """Each act is done once here and once there, on something else; the answers have the same fields."""
    acts: list[tuple[str, str, dict[str, Any] | None]] = [
        ("note A1 --kind call --text hello", "/customers/B2/notes", {"kind": "call", "text": "hello"}),
        ("note A1 --kind complaint --text broken", "/customers/B2/notes", {"kind": "complaint", "text": "broken"}),
        ("resolve A1", "/customers/B2/concerns/resolve", {}),
        ("hold A1 --until 2026-12-01 --reason wait", "/customers/B2/holds", {"until": "2026-12-01", "reason": "wait"}),
        ("release A1", "/customers/B2/release", None),
        ("hold 1001 --until 2026-12-01 --reason wait", "/invoices/2001/holds", {"until": "2026-12-01", "reason": "w"}),
        ("release 1001", "/invoices/2001/release", None),
        ("dispute 1001 --amount 10 --reason odd", "/invoices/2001/disputes", {"amount": "10.00", "reason": "odd"}),
        ("resolve 1001 --outcome fine", "/invoices/2001/disputes/resolve", {"outcome": "fine"}),
        (
            "promise A1 --amount 10 --date 2026-12-01",
            "/customers/B2/promises",
            {"amount": "10.00", "date": "2026-12-01"},
        ),
        ("plan offer A1", "/customers/B2/plans", {}),
        ("plan accept 1 --offer 2", "/plans/2/accept", {"offer": "2"}),
        ("plan cancel 1", "/plans/2/cancel", {}),
        ("match P1 1001", "/payments/P2/unmatch", None),
        ("unmatch P1", "/payments/P2/match", {"customer": "A1"}),
        ("move P1 --to B2 --reason theirs", "/payments/P2/move", {"to": "B2", "reason": "theirs"}),
        (
            "refund B2 --amount 5 --currency NOK --reason twice",
            "/customers/B2/refunds",
            {"amount": "5.00", "currency": "NOK", "reason": "twice"},
        ),
        ("write-off 1002 --reason small", "/invoices/3001/write-off", {"reason": "small"}),
        ("late A1 --reason forgot", "/customers/B2/late", {"reason": "forgot"}),
        ("late A1 --end", "/customers/B2/late/end", None),
        ("lost A1 --reason moved", "/customers/B2/lost", {"reason": "moved"}),
        ("lost A1 --back", "/customers/B2/lost/back", None),
        ("run", "/run", {}),
        ("run --dry-run", "/run", {"dry_run": True}),
        ("deliver", "/deliver", {}),
    ]
    for words, path, body in acts:
        told = program.ok("POST", path, **({} if body is None else {"json": body}))
        printed = shell.json(*words.split())
        assert set(told) == set(printed), words


def test_setting_up_is_answered_alike(program: Program, shell: Shell) -> None:  # noqa: F811
    there = shell.json("creditor", "set", "NORD", "--small-balance", "NOK=10.00", "--payment-days", "10")
    here = program.ok("PUT", "/creditors/NORD", json={"small_balance": {"NOK": "10.00"}, "payment_days": 10})
    assert here == there == program.ok("GET", "/creditors")[0]
    ladder = "ladder: mine\nsteps:\n  - {code: a, document: reminder, after: {days: 10}}\n"
    applied = program.ok("POST", "/policies", json={"yaml": ladder})
    assert applied == shell.json("policy", "apply", shell.write("mine.yaml", ladder))
    for words, path in (("list", "/policies"), ("show mine", "/policies/mine")):
        assert program.ok("GET", path) == shell.json("policy", *words.split())
    tried = program.ok("POST", "/policies/try", json={"yaml": ladder.replace("10", "90")})
    assert tried == shell.json("policy", "try", shell.write("later.yaml", ladder.replace("10", "90")))
    program.ok("POST", "/policies", json={"yaml": ladder.replace("10", "12"), "reason": "gentler"})
    assert program.ok("POST", "/policies/mine/back", json={"version": 1, "reason": "too gentle"})["version"] == 3
    assert program.ok("POST", "/policies/mine/off", json={"reason": "not used"})["active"] is False
    user = {"name": "kari", "role": "clerk", "password": "a long password"}
    assert program.ok("POST", "/users", json=user) == {"name": "kari", "role": "clerk", "creditors": ["NORD"]}
    assert program.client.post("/login", data=user).status_code == 200
    law = program.ok("GET", "/law/NO")["figures"]
    figure = next(one for one in law if one["figure"].startswith("rate:"))
    assert program.refused("POST", f"/law/NO/figures/{figure['figure']}", 400, json={
        "since": "2031-01-01", "value": "9.99", "source": "nowhere",
    })["detail"]  # fmt: skip
    checks = {one["check"] for one in program.ok("GET", "/doctor")["checks"]}
    assert checks == {one["check"] for one in shell.json("doctor")["checks"]}


def test_a_decision_and_a_claim_are_the_same(program: Program, shell: Shell) -> None:  # noqa: F811
    facts = shell.write(
        "facts.json",
        '[{"today":"2026-11-22","country":"NO","customer_kind":"business","currency":"NOK","invoices":'
        '[{"number":"1","due":"2026-10-01","amount":"12500.00","open":"12500.00"}]}]',
    )
    claims = shell.write(
        "claims.json",
        '{"country":"NO","debtor":"business","currency":"NOK","as_of":"2026-01-31","invoices":'
        '[{"number":"1","principal":"100000.00","due":"2025-12-15"}]}',
    )
    for name, file in (("propose", facts), ("claim", claims)):
        sent = {"content": Path(file).read_bytes(), "headers": {"Content-Type": "application/json"}}
        assert program.ok("POST", f"/{name}", **sent) == shell.json(name, "--facts", file)


def test_an_import_tells_what_the_shell_tells(program: Program, shell: Shell) -> None:  # noqa: F811
    again = program.ok("POST", "/imports", files={"file": ("ledger.csv", LEDGER.encode())})
    assert again["result"] == shell.json("import", shell.folder / "ledger.csv")
    tried = program.ok("POST", "/imports?dry_run=true", files={"file": ("ledger.csv", LEDGER.encode())})
    assert tried["id"] is None
    assert tried["result"] == shell.json("import", "--dry-run", shell.folder / "ledger.csv")
    mapping = "format: payments-csv\ncolumns: {no: payment_id, day: date, sum: amount, currency: currency}\n"
    taken = program.ok(
        "POST", "/imports",
        files={"file": ("own.csv", b"no,day,sum,currency\nQ1,2026-11-19,5.00,NOK\n")}, data={"mapping": mapping},
    )  # fmt: skip
    assert (taken["format"], taken["result"]["created"]) == ("mapped", 1)


def test_a_letter_is_downloaded_as_it_was_sent(program: Program, shell: Shell) -> None:  # noqa: F811
    program.ok("POST", "/proposals/approve", json={"all": True})
    program.ok("POST", "/deliver", json={})
    [first, *_] = program.ok("GET", "/documents")["data"]
    assert program.ok("GET", f"/documents/{first['id']}") == first
    shell.ok("letters", "--out", shell.folder / "letters")
    file = program("GET", f"/documents/{first['id']}/file")
    assert file.headers["content-type"] == "application/pdf"
    assert file.content in [one.read_bytes() for one in (shell.folder / "letters").glob("*.pdf")]
    statement = program("GET", "/customers/A1/statement.pdf?currency=NOK")
    assert statement.content.startswith(b"%PDF-")
    books = program("GET", f"/books/file?from=2026-01-01&to={date(2026, 12, 31)}")
    assert books.headers["content-type"].startswith("text/csv")
