"""Whatever is typed wrongly: one line that says what and what to do, exit 1 or 2, and nothing changed."""

from __future__ import annotations

import os
import socket
import zipfile
from pathlib import Path

import pytest

from tests.support.shell import Shell, the_refusal

LONG = "x" * 100_000
HUGE = "9" * 30
STEP = "steps:\n  - {code: a, document: reminder, after: {days: 10}%s}\n"


@pytest.mark.parametrize("amount", ["1e5", "NaN", "-5", "0", "1.234", "", "abc", "1_0", "12,50", HUGE, "1e999999999"])
def test_a_promise_or_dispute_of_no_real_amount(shell: Shell, amount: str) -> None:
    shell.refused("promise", "A1", "--amount", amount, "--date", "2026-12-01")
    shell.refused("dispute", "1001", "--amount", amount, "--reason", "too much")


@pytest.mark.parametrize("day", ["x", "", "2026-02-30", "20261201", "2026-W50-1", "2020-01-01", "9999-12-31"])
def test_a_day_that_is_none(shell: Shell, day: str) -> None:
    shell.refused("hold", "A1", "--until", day, "--reason", "asked to wait")
    shell.refused("promise", "A1", "--amount", "10", "--date", day)


@pytest.mark.parametrize(
    "command",
    [
        ("explain", "nobody"),
        ("explain", LONG),
        ("approve", "abc"),
        ("approve", HUGE),
        ("dismiss", "999", "--reason", "no"),
        ("hold", "nobody", "--until", "2026-12-01", "--reason", "r"),
        ("hold", "A1", "--until", "2026-12-01", "--reason", ""),
        ("hold", "A1", "--until", "2026-12-01", "--reason", LONG),
        ("release", "A1"),
        ("dispute", "nothing", "--reason", "r"),
        ("dispute", "1001", "--amount", "48000.01", "--reason", "r"),
        ("dispute", "3002", "--reason", "a credit note"),
        ("dispute", "901", "--reason", "paid already"),
        ("resolve", "1001"),
        ("resolve", "A1"),
        ("promise", "A1", "--amount", "10", "--date", "2026-12-01", "--currency", "kroner"),
        ("note", "A1", "--kind", "gossip", "--text", "t"),
        ("note", "A1", "--kind", "note", "--text", ""),
        ("note", "A1", "--kind", "note", "--text", LONG),
        ("note", "A1", "--kind", "note", "--text", "hi", "--by", LONG),
        ("plan", "offer", "nobody"),
        ("plan", "offer", "A1", "--currency", "USD"),
        ("plan", "show", HUGE),
        ("plan", "accept", "1", "--offer", "x"),
        ("plan", "cancel", "zz"),
        ("user", "add", "ola", "--role", "boss"),
        ("user", "add", "", "--role", "clerk"),
        ("user", "add", LONG, "--role", "clerk"),
        ("user", "add", "ola", "--role", "clerk", "--password", "short"),
        ("user", "add", "ola", "--role", "clerk", "--creditor", "none"),
        ("creditor", "set", "NEW", "--country", "NO"),
        ("creditor", "set", "NORD", "--name", LONG),
        ("creditor", "set", "NORD", "--country", "Norge"),
        ("creditor", "set", "NORD", "--currency", "kr"),
        ("creditor", "set", "NORD", "--language", "no"),
        ("creditor", "set", "NORD", "--undo-seconds", HUGE),
        ("creditor", "set", "NORD", "--undo-seconds", "-1"),
        ("proposals", "--status", "lost"),
        ("worklist", "--creditor", "none"),
        ("run", "--creditor", "none"),
        ("deliver", "--now", "soon"),
        ("deliver", "--now", "9999-12-31T23:59:59-12:00"),
        ("letters", "--out", "/proc/nowhere"),
        ("policy", "apply", "no such file"),
        ("policy", "apply", "/tmp"),
        ("import", "no such file"),
        ("import", "/tmp"),
        ("propose", "--facts", "no such file"),
        ("propose", "--facts", "/tmp"),
    ],
    ids=lambda command: " ".join(command)[:50],
)
def test_what_cannot_be_done(shell: Shell, command: tuple[str, ...]) -> None:
    before = shell.ok("explain", "A1")
    shell.refused(*command)
    assert shell.ok("explain", "A1") == before


@pytest.mark.parametrize(
    "command",
    [
        ("bogus",),
        ("plan",),
        ("plan", "bogus"),
        ("explain",),
        ("approve",),
        ("approve", "1", "--all"),
        ("dismiss", "1"),
        ("worklist", "--limit", "0"),
        ("worklist", "--limit", "many"),
        ("run", "extra"),
        ("run", "--bogus"),
        ("import",),
        ("serve", "--port", "99999999"),
        ("demo", "--port", "x"),
        ("propose",),
        ("note", "A1", "--kind", "note", "--text", "a\udcffb"),
        ("explain", "A\x001"),
    ],
    ids=lambda command: ascii(" ".join(command)),
)
def test_commands_used_wrongly_end_with_2(shell: Shell, command: tuple[str, ...]) -> None:
    shell.refused(*command, code=2)


@pytest.mark.parametrize(
    ("variable", "value", "command"),
    [
        ("KULANT_TODAY", "yesterday", ("run",)),
        ("KULANT_TODAY", "2026-13-01", ("run",)),
        ("KULANT_TODAY", "9999-12-31", ("run",)),
        ("KULANT_DATABASE_URL", "rubbish", ("worklist",)),
        ("KULANT_DATABASE_URL", "mysql://127.0.0.1/x", ("worklist",)),
        ("KULANT_DATABASE_URL", "postgresql+psycopg://127.0.0.1:abc/x", ("worklist",)),
        ("KULANT_DATABASE_URL", "postgresql+psycopg://127.0.0.1:1/x", ("worklist",)),
        ("KULANT_DATABASE_URL", "postgresql+psycopg://127.0.0.1:1/x", ("db", "upgrade")),
        ("KULANT_DATABASE_URL", "sqlite:////nowhere/at/all.db", ("worklist",)),
        ("KULANT_DATABASE_URL", f"sqlite:///{__file__}", ("worklist",)),
        ("KULANT_DATABASE_URL", "postgresql+psycopg://127.0.0.1:1/x", ("demo", "--no-serve")),
        ("KULANT_SMTP_URL", "rubbish", ("deliver",)),
        ("KULANT_SMTP_URL", "smtp://127.0.0.1:abc", ("deliver",)),
        ("KULANT_STORAGE_URL", "ftp://bucket/letters", ("deliver",)),
        ("KULANT_STORAGE_URL", "ftp://bucket/letters", ("letters", "--out", "out")),
        ("KULANT_BASE_URL", "pay.example.com", ("plan", "offer", "A1")),
        ("KULANT_BASE_URL", "http://[", ("plan", "offer", "A1")),
    ],
)
def test_settings_that_cannot_be_used(shell: Shell, variable: str, value: str, command: tuple[str, ...]) -> None:
    line = shell.refused(*command, **{variable: value})
    assert variable in line or "demo" in line


def test_a_database_without_tables(bare: Shell) -> None:
    assert "kulant db upgrade" in bare.refused("worklist")
    assert "kulant db upgrade" in the_refusal(bare.in_new_process("run", "--json"))


def test_no_creditor_yet_and_too_many(bare: Shell) -> None:
    bare.ok("db", "upgrade")
    assert "kulant creditor set" in bare.refused("worklist")
    for code in ("ONE", "TWO"):
        bare.ok("creditor", "set", code, "--name", code, "--country", "NO")
    assert "ONE, TWO" in bare.refused("worklist")
    assert len(bare.json("run")) == 2


@pytest.mark.parametrize(
    ("ladder", "says"),
    [
        ("ladder: s\n" + STEP % ", fee: statutory", "fee: none"),
        ("ladder: s\n" + STEP % ', fee: "5.00"', "fee: none"),
        ("ladder: s\ninterest: 12\n" + STEP % "", "known are 'none' or 'statutory'"),
        ("ladder: s\nminimum_balance: {NOK: 1e999999999}\n" + STEP % "", "minimum_balance"),
        ("ladder: s\nstups: []\n", "stups"),
        ("ladder: [", "line"),
        ("a: &x 1\nb: *x\n", "anchors"),
        ("[" * 10_000, "nested"),
        ("", "ladder"),
        ("\0", "YAML"),
    ],
)
def test_ladders_that_are_none(empty: Shell, ladder: str, says: str) -> None:
    assert says in empty.refused("policy", "apply", empty.write("ladder.yaml", ladder))


def test_files_that_are_not_what_their_names_say(empty: Shell) -> None:
    with zipfile.ZipFile(empty.folder / "book.xlsx", "w") as book:
        book.writestr("[Content_Types].xml", "<Types/>")
        book.writestr("xl/workbook.xml", "<workbook/>")
    empty.write("scan.pdf", b"%PDF-1.7\n%\xe2\xe3\n")
    empty.write("noise.csv", os.urandom(5000))
    empty.write("nothing.csv", "")
    for name in ("book.xlsx", "scan.pdf", "noise.csv", "nothing.csv"):
        empty.refused("import", empty.folder / name)
    assert "no UBL e-invoice" in empty.refused("import", empty.folder / "scan.pdf", "--format", "ubl")


@pytest.mark.parametrize(
    "name",
    [
        "camt/camt052.v2.xml",
        "camt/camt053.v2.wrong.xml",
        "mt940/mBank/mt942.sta",
        "ocr_giro/avtalegiro_agreements.txt",
        "cdnow/cdnow_customers_summary.csv",
        "highradius_open/dd-mm-yyyy.csv",
        "ibm_ar/accounts_receivable.csv",
    ],
)
def test_real_files_that_are_no_claims_or_need_a_mapping(empty: Shell, shared_data: Path, name: str) -> None:
    empty.refused("import", shared_data / name)


def test_of_several_files_the_good_ones_go_in(shell: Shell) -> None:
    answer = shell("import", shell.folder / "ledger.csv", "nowhere.csv", "--json")
    assert answer.code == 1
    assert [one["unchanged"] for one in answer.document] == [8]
    assert answer.err.count("\n") == 1 and "nowhere.csv" in answer.err


def test_a_port_that_is_taken(shell: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = the_refusal(shell.in_new_process("serve", "--port", port))
    assert f"127.0.0.1:{port}" in line and "--port" in line
