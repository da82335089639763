"""After a restore nothing leaves by itself: what waited may have left since, and a person looks first."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from kulant.db import engine_for
from kulant.delivery.rounds import carry_out
from kulant.doctor import examine
from kulant.schema import upgrade
from kulant.settings import Settings
from tests.cli.conftest import LEDGER, set_creditor
from tests.support.shell import Shell

DAY = "2026-11-20"


@pytest.fixture(scope="module")
def backed_up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A terminal of a house that made a backup with letters approved, and sent them afterwards."""
    folder = tmp_path_factory.mktemp("house")
    shell = Shell(folder, f"sqlite:///{folder / 'kulant.db'}", today=DAY)
    upgrade(shell.database_url)
    set_creditor(shell)
    shell.ok("import", shell.write("ledger.csv", LEDGER))
    shell.ok("run")
    shell.ok("approve", "--all")
    yield shell
    engine_for(shell.database_url).dispose()


@pytest.fixture(scope="module")
def restored(backed_up: Shell) -> Iterator[Shell]:
    """A terminal on another machine, with that backup restored."""
    made = backed_up.json("backup", backed_up.folder / "nightly")
    assert made["rows"] == sum(made["tables"].values()) > 0 and made["missing"] == []
    assert made["left_out"]["login_session"] == "people log in again"
    assert len(backed_up.json("deliver")["sent"]) == 3, "they left after the backup was made"
    folder = backed_up.folder / "new machine"
    folder.mkdir()
    shell = Shell(folder, f"sqlite:///{folder / 'kulant.db'}", today=DAY)
    shutil.copy(backed_up.folder / "nightly", folder)
    done = shell.json("restore", folder / "nightly")
    assert (done["sending"], done["held_back"], done["same_key"]) == ("paused", 3, True)
    assert done["tables"] == made["tables"] and done["documents"] == made["documents"]
    yield shell
    engine_for(shell.database_url).dispose()


def _settings(shell: Shell) -> Settings:
    return Settings(
        shell.database_url,
        "http://127.0.0.1:8000",
        f"file:{shell.folder / 'outbox'}",
        f"file:{shell.folder / 'documents'}",
        date.fromisoformat(DAY),
    )


def test_until_a_person_says_so_nothing_leaves_however_it_is_asked_for(
    restored: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KULANT_SECRET_KEY", "a key for tests only, forty letters long")
    assert carry_out(_settings(restored)) == 0, "the worker of the new machine lets nothing out"
    said = restored.refused("deliver")
    assert "sending is paused" in said and "kulant sending resume" in said and "may have left since" in said
    assert restored.mails() == []

    would = restored.json("deliver", "--dry-run")
    assert len(would["sent"]) == 3, "what would leave can be read beforehand"
    found = next(one for one in examine(_settings(restored)) if one.check == "sending")
    assert found.status == "warning" and "kulant sending resume" in (found.remedy or "")
    shown = restored.json("sending", "show")
    assert (shown["sending"], shown["waiting"], shown["by"]) == ("paused", 3, "command line")
    assert datetime.fromisoformat(shown["since"]) <= datetime.now(UTC)

    # One of them has reached its customer: it is taken back, and the others leave.
    restored.ok("import", restored.write("paid.csv", "payment_id,date,amount,currency,customer_id,invoice_number\n"
                                                     "P1,2026-11-19,1500.00,SEK,B2,2001\n"))  # fmt: skip
    assert restored.json("sending", "resume", "--by", "anna") == {"sending": "on", "waiting": 3}
    assert "not paused" in restored.refused("sending", "resume")
    report = restored.json("deliver")
    assert sorted(one["customer"] for one in report["sent"]) == ["A1", "C3"]
    assert [one["customer"] for one in report["blocked"]] == ["B2"]


def test_a_person_may_pause_sending_too(backed_up: Shell, restored: Shell) -> None:
    assert "--why" in backed_up.refused("sending", "pause", code=2)
    shown = backed_up.json("sending", "pause", "--why", "We move to another  machine.", "--by", "anna")
    assert (shown["why"], shown["by"]) == ("We move to another machine.", "anna")
    assert backed_up.json("sending", "pause", "--why", "again")["why"] == "We move to another machine."
    assert "We move to another machine" in backed_up.refused("deliver")
    backed_up.ok("sending", "resume")


def test_a_backup_can_be_read_to_its_end_without_any_database(backed_up: Shell, restored: Shell) -> None:
    assert "is whole" in backed_up.ok("restore", "--check", backed_up.folder / "nightly", KULANT_DATABASE_URL="x:y")
    assert "not empty: it holds the ledger of NORD" in backed_up.refused("restore", backed_up.folder / "nightly")
    assert "cannot read" in backed_up.refused("restore", backed_up.folder / "none")
    assert "is there already" in backed_up.refused("backup", backed_up.folder / "nightly")


def test_another_signing_key_is_told_of(backed_up: Shell, restored: Shell, tmp_path: Path) -> None:
    other = Shell(tmp_path, f"sqlite:///{tmp_path / 'kulant.db'}", today=DAY)
    said = other.ok(
        "restore", backed_up.folder / "nightly", KULANT_SECRET_KEY="another key, as long as the first one was"
    )
    assert "signing key is not the one of the backup" in said and "Sending is paused" in said
    engine_for(other.database_url).dispose()


def test_a_document_that_is_gone_is_named_and_the_rest_is_kept(backed_up: Shell, restored: Shell) -> None:
    [first, *_] = sorted((backed_up.folder / "documents").rglob("*.pdf"))
    content = first.read_bytes()
    first.write_bytes(content + b" ")
    answer = backed_up("backup", backed_up.folder / "later", "--json")
    assert answer.code == 1 and answer.document["missing"] == [f"documents/{first.parent.name}/{first.name}"]
    assert first.name in answer.err and answer.err.count("\n") == 1
    first.write_bytes(content)
    assert (
        backed_up.json("restore", "--check", backed_up.folder / "later")["documents"] == 4
    )  # two letters, and the e-mails round them
