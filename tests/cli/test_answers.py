"""Every command's answer to a program: one JSON document with the contract's names, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from kulant.cli.main import COMMANDS
from tests.cli.conftest import LEDGER, set_creditor
from tests.support.shell import Shell

IMPORTED = {"format", "file", "read", "created", "updated", "unchanged", "rejected", "matched", "unmatched"}
ROW = {
    *("customer", "name", "currency", "open", "overdue", "oldest_due", "days_overdue", "items", "ageing", "grade"),
    *("value_12m", "on_time_rate", "risk", "treatment", "reason", "priority", "hold", "plan", "owner"),
}
PROPOSAL = {
    *("id", "customer", "currency", "date", "treatment", "document", "channel", "language", "step", "demand", "fees"),
    *("interest", "items", "reasons", "options", "status", "blocked"),
}
GROUPS = {
    "db": ("upgrade",),
    "creditor": ("set",),
    "policy": ("apply",),
    "user": ("add",),
    "plan": ("offer", "show", "accept", "cancel"),
    "report": ("ageing",),
    "rates": ("set", "list", "import"),
    "sending": ("show", "pause", "resume"),
}

EVERY_COMMAND = """
db upgrade
creditor set NORD --name Nordlys --country NO --contact-email ar@nordlys.example --json
import ledger.csv --json
policy apply l.yaml --json
run --json
worklist --json
explain A1 --json
proposals --json
approve 1 --json
dismiss 2 --reason no --json
deliver --json
letters --out l --json
hold A1 --until 2026-12-01 --reason r --json
release A1 --json
dispute 2001 --reason r --json
resolve 2001 --json
promise A1 --amount 5 --date 2026-12-01 --json
note A1 --kind call --text t --json
plan offer A1 --json
plan accept 1 --offer 1 --json
plan show 1 --json
plan cancel 1 --json
propose --facts facts.json --json
report ageing --trace --json
statement A1 --json
trace 1001 --json
rates set USD 2026-11-20 10.85 --json
rates list --json
export --from 2026-11-01 --to 2026-11-30 --json
user add kari --role clerk --json
doctor --json
serve --help
demo --help
"""


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(bare: Shell, command: str) -> None:
    assert "Usage: kulant " + command in bare.ok(command, "--help")
    for part in GROUPS.get(command, ()):
        assert f"Usage: kulant {command} {part}" in bare.ok(command, part, "--help")


def test_without_a_command_all_of_them_are_listed(bare: Shell) -> None:
    shown = bare.ok()
    assert shown == bare.ok("--help")
    listed = [line.split()[0] for line in shown.partition("Commands:")[2].splitlines() if line.strip()]
    assert listed == list(COMMANDS)
    assert max(len(line) for line in shown.splitlines()) <= 80
    assert "..." not in shown.partition("Commands:")[2]
    assert bare.ok("--version").startswith("kulant ")


def test_a_morning_in_the_contracts_own_words(empty: Shell) -> None:
    shell, ledger = empty, empty.write("ledger.csv", LEDGER)
    tried = shell.json("import", ledger, "--dry-run")
    imported = shell.json("import", ledger)
    assert set(imported) >= IMPORTED
    assert (imported["format"], imported["read"], imported["created"]) == ("invoices-csv", 8, 8)
    assert tried["created"] == 8
    assert shell.json("import", ledger)["unchanged"] == 8

    tried = shell.json("run", "--dry-run")
    assert tried["proposed"] == 3
    assert shell.json("proposals") == []
    assert shell.json("run")["proposed"] == 3

    rows = shell.json("worklist")
    assert len(rows) == 3 and all(set(row) >= ROW for row in rows)
    [alfa] = [row for row in rows if row["customer"] == "A1"]
    assert (alfa["open"], alfa["overdue"], alfa["oldest_due"]) == ("50000.00", "50000.00", "2026-10-01")
    assert alfa["days_overdue"] == 50 and alfa["treatment"] == "reminder"
    assert alfa["ageing"] == {
        "current": "0.00",
        "1-30": "2000.00",
        "31-60": "48000.00",
        "61-90": "0.00",
        "90+": "0.00",
    }
    assert [row["customer"] for row in shell.json("worklist", "--limit", 1)] == [rows[0]["customer"]]

    proposals = shell.json("proposals", "--status", "proposed")
    assert all(set(one) >= PROPOSAL for one in proposals)
    by_customer = {one["customer"]: one for one in proposals}
    assert by_customer["A1"]["items"] == [
        {"invoice": "1001", "open": "48000.00", "due": "2026-10-01", "step": by_customer["A1"]["step"]},
        {"invoice": "1002", "open": "2000.00", "due": "2026-10-31", "step": by_customer["A1"]["step"]},
    ]
    assert (by_customer["B2"]["channel"], by_customer["B2"]["language"]) == ("letter", "sv")
    assert by_customer["C3"]["demand"] == "500.00"
    assert all(set(reason) == {"code", "text"} for one in proposals for reason in one["reasons"])

    explained = shell.json("explain", "A1")
    assert set(explained) >= {"customer", "date", "items", "relationship"}
    for item in explained["items"]:
        assert set(item) >= {"invoice", "open", "due", "step", "decision", "because"}
        assert item["because"] and all(set(reason) == {"code", "text"} for reason in item["because"])

    a1, b2, c3 = (by_customer[number]["id"] for number in ("A1", "B2", "C3"))
    assert all(isinstance(one, str) for one in (a1, b2, c3))
    assert shell.json("approve", a1, b2, "--by", "kari")["approved"] == [a1, b2]
    assert shell.json("dismiss", c3, "--reason", "will call myself")["dismissed"] == [c3]
    shell.refused("approve", c3)
    shell.refused("dismiss", a1.replace(a1, "0"), "--reason", "no such")
    sent = shell.json("deliver")
    assert len(sent["sent"]) == 2 and sent["blocked"] == []
    assert len(shell.mails()) == 1
    assert shell.json("deliver")["sent"] == []
    assert len(shell.mails()) == 1
    assert {one["id"] for one in shell.json("proposals", "--status", "sent")} == {a1, b2}

    written = shell.json("letters", "--out", shell.folder / "letters")
    assert written["letters"] == len(list((shell.folder / "letters").glob("*.pdf"))) == 2
    batch = shell.json("letters", "--out", shell.folder / "batch", "--batch")
    assert len(list((shell.folder / "batch").glob("*.pdf"))) == 1 and len(batch["files"]) >= 2


def test_the_clerks_acts(shell: Shell) -> None:
    held = shell.json("hold", "A1", "--until", "2026-12-01", "--reason", "asked to wait")
    assert held["customer"] == "A1" and held["until"] == "2026-12-01"
    shell.ok("run")
    assert [one["customer"] for one in shell.json("proposals")] == ["B2", "C3"]
    assert shell.json("worklist")[0]["hold"] or any(row["hold"] for row in shell.json("worklist"))
    assert shell.json("release", "A1")["released"]
    assert shell.json("hold", "1001", "--until", "2026-12-01", "--reason", "delivery missing")["invoice"] == "1001"
    assert shell.json("release", "1001")["invoice"] == "1001"

    disputed = shell.json("dispute", "1001", "--amount", "8000", "--reason", "boxes missing")
    assert disputed["amount"] == "8000.00"
    shell.ok("run")
    [proposal] = [one for one in shell.json("proposals") if one["customer"] == "A1"]
    assert proposal["demand"] == "42000.00"
    shell.json("resolve", "1001", "--outcome", "credited")

    promised = shell.json("promise", "B2", "--amount", "1500", "--date", "2026-12-01")
    assert (promised["amount"], promised["currency"]) == ("1500.00", "SEK")
    for kind in ("call", "meeting", "email", "note", "complaint", "request"):
        assert shell.json("note", "A1", "--kind", kind, "--text", "æøå 😀\nsecond line")["kind"] == kind
    assert shell.json("resolve", "A1")["resolved"] == 2
    user = shell.json("user", "add", "kari", "--role", "clerk")
    assert user["name"] == "kari" and len(user["password"]) >= 12
    shell.refused("user", "add", "kari", "--role", "clerk")


def test_a_plan_from_offer_to_cancelled(shell: Shell) -> None:
    offered = shell.json("plan", "offer", "A1")
    assert set(offered) >= {"id", "link", "offers"}
    assert offered["link"].startswith("http://127.0.0.1:8000/p/")
    for offer in offered["offers"]:
        assert set(offer) >= {"id", "instalments", "first_due", "amounts", "total", "interest"}
        assert len(offer["amounts"]) == offer["instalments"]
    chosen = offered["offers"][-1]
    accepted = shell.json("plan", "accept", offered["id"], "--offer", chosen["id"])
    assert accepted["status"] == "accepted"
    assert [one["amount"] for one in accepted["instalments"]] == chosen["amounts"]
    assert all(set(one) >= {"due", "amount", "paid"} for one in accepted["instalments"])
    assert shell.json("plan", "show", offered["id"]) == accepted
    shell.ok("run")
    assert [one["customer"] for one in shell.json("proposals", "--status", "proposed")] == ["B2", "C3"]
    assert shell.json("plan", "cancel", offered["id"])["status"] == "cancelled"
    shell.refused("plan", "accept", offered["id"], "--offer", "1")


def test_the_doctor(shell: Shell) -> None:
    found = shell.json("doctor")
    names = {check["check"] for check in found["checks"]}
    assert names >= {"database", "schema", "libraries", "fonts", "smtp", "storage", "clock", "law"}
    ill = shell("doctor", "--json", KULANT_SMTP_URL="smtp://127.0.0.1:1", KULANT_STORAGE_URL="s3://bucket/x")
    assert ill.code == 1 and ill.err.startswith("error: these checks failed: smtp, storage")
    assert all(check["remedy"] for check in ill.document["checks"] if check["status"] == "failed")


def test_a_ladder_is_applied_and_its_versions_kept(empty: Shell) -> None:
    ladder = empty.write("l.yaml", "ladder: mine\nsteps:\n  - {code: a, document: reminder, after: {days: 10}}\n")
    assert empty.json("policy", "apply", ladder)["version"] == 1
    empty.write("l.yaml", ladder.read_text() + "  - {code: b, document: final_reminder, after: {days: 10}}\n")
    second = {"ladder": "mine", "version": 2, "active": True, "applied_on": "2026-11-20"}
    assert empty.json("policy", "apply", ladder).items() >= second.items()


# A process each takes a second; these come by way of different parts of the program.
IN_A_TERMINAL = ("db", "creditor", "import", "run", "explain", "deliver", "plan accept", "propose", "report", "doctor")


def test_the_installed_command_from_end_to_end(bare: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each command once, one after another; those named above as their own process, as in a terminal."""
    monkeypatch.chdir(bare.folder)
    bare.write("ledger.csv", LEDGER)
    bare.write("facts.json", "[]")
    bare.write("l.yaml", "ladder: mine\nsteps:\n  - {code: a, document: reminder, after: {days: 10}}\n")
    for line in EVERY_COMMAND.strip().splitlines():
        run = bare.in_new_process if line.startswith(IN_A_TERMINAL) else bare
        answer = run(*line.split())
        assert (answer.code, answer.err) == (0, ""), line
        if line.endswith("--json"):
            assert answer.document is not None


def test_the_same_morning_on_postgresql(on_postgres: Shell) -> None:
    on_postgres.ok("db", "upgrade")
    set_creditor(on_postgres)
    test_a_morning_in_the_contracts_own_words(on_postgres)
    shell = on_postgres
    assert "KULANT_SECRET_KEY" in shell.refused("plan", "offer", "B2", KULANT_SECRET_KEY="")
    for words in (
        ("promise", "A1", "--amount", "9" * 30, "--date", "2026-12-01"),
        ("note", "A1", "--kind", "note", "--text", "hi", "--by", "x" * 1000),
        ("user", "add", "z" * 500, "--role", "clerk"),
        ("creditor", "set", "x" * 500, "--name", "A", "--country", "NO"),
    ):
        shell.refused(*words)


LOOK = """
import sys
from kulant.cli.main import main

for line in sys.stdin:
    sys.argv = ["kulant", *line.split()]
    try:
        main()
    except SystemExit:
        print("loaded:", [name for name in ("weasyprint", "pikepdf", "fastapi", "scipy") if name in sys.modules])
"""


def test_a_look_does_not_load_what_draws_letters_or_serves_pages(shell: Shell) -> None:
    """The commands a clerk waits for answer at once: they load neither the letters' engine nor the web."""
    commands = ("--help", "worklist", "proposals", "explain A1", "note A1 --kind call --text t", "approve 999")
    done = subprocess.run(
        [sys.executable, "-c", LOOK],
        input="\n".join(commands),
        env=os.environ | shell.environment,
        cwd=shell.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    found = [line for line in done.stdout.splitlines() if line.startswith("loaded:")]
    assert found == ["loaded: []"] * len(commands)
