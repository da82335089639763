"""A file that is cut off, altered, or made to do harm is refused in one line, and nothing is left behind."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from kulant.backup import container
from kulant.backup.container import HEAD, MANIFEST, Writer
from kulant.backup.making import make_backup
from kulant.backup.restoring import check_backup, restore
from kulant.core.errors import Refusal
from kulant.db import engine_for
from kulant.schema import NEWEST, upgrade
from kulant.settings import Settings

MOMENT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
EMPTY = {"count": 0, "bytes": 0}
USERS = "tables/app_user/000001.jsonl.gz"
ROW = [1, "u", "U", "x", "clerk", 1, "2026-11-22 09:00:00.000000"]
COLUMNS = [
    ["id", "integer"], ["name", "text"], ["display_name", "text"], ["password_hash", "text"], ["role", "text"],
    ["active", "truth"], ["created_at", "instant"],
]  # fmt: skip


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A small backup that is whole: of a house that has just been set up."""
    folder = tmp_path_factory.mktemp("good")
    settings = Settings(f"sqlite:///{folder}/k.db", "http://127.0.0.1", "file:o", f"file:{folder}/documents", None)
    upgrade(settings.database_url)
    make_backup(settings, folder / "good", force=False)
    engine_for(settings.database_url).dispose()
    return (folder / "good").read_bytes()


@pytest.fixture
def refused(tmp_path: Path) -> Callable[[bytes], str]:
    """Gives bytes to the restore of a new house; the one line it is refused with."""

    def give(content: bytes) -> str:
        (tmp_path / "given").write_bytes(content)
        settings = Settings(
            f"sqlite:///{tmp_path}/new.db", "http://127.0.0.1", "file:o", f"file:{tmp_path}/documents", None
        )
        with pytest.raises(Refusal) as refusal:
            restore(settings, tmp_path / "given", actor="test", stage=lambda _: None)
        assert [file.name for file in tmp_path.iterdir()] == ["given"], "nothing is left behind"
        assert "\n" not in refusal.value.sentence
        return refusal.value.sentence

    return give


def test_a_whole_one_is_taken(good: bytes, tmp_path: Path) -> None:
    (tmp_path / "good").write_bytes(good)
    assert check_backup(tmp_path / "good", lambda _: None).rows == 0


def test_one_that_was_cut_off_anywhere_is_refused(good: bytes, refused: Callable[[bytes], str]) -> None:
    for length in {0, 1, 511, 512, 700, len(good) // 2, len(good) - 1025, len(good) - 1024, len(good) - 1}:
        assert "no whole backup" in refused(good[:length])


def test_one_altered_byte_anywhere_is_noticed(good: bytes, refused: Callable[[bytes], str]) -> None:
    for place in range(0, len(good), max(1, len(good) // 60)):
        altered = bytearray(good)
        altered[place] ^= 1
        said = refused(bytes(altered))
        assert "no whole backup" in said or "made by Kulant" in said


def test_what_is_hung_on_behind_is_noticed(good: bytes, refused: Callable[[bytes], str]) -> None:
    assert "goes on after its end" in refused(good + b"x")
    assert "no whole backup" in refused(b"PK\x03\x04" + good)


def _head(**other: Any) -> dict[str, Any]:
    return {
        "format": 1, "kulant": "0.1.0", "schema": NEWEST, "database": "sqlite", "made_at": MOMENT.isoformat(),
        "key": None, "tables": [{"name": "app_user", "columns": COLUMNS, "key": ["id"]}],
    } | other  # fmt: skip


def _packed(*rows: object) -> bytes:
    return gzip.compress("".join(f"{json.dumps(row)}\n" for row in rows).encode())


def _forged(tmp_path: Path, *members: tuple[str, bytes], head: dict[str, Any] | None = None) -> bytes:
    """A file with a true seal and a true manifest, made by somebody who knows how."""
    file = tmp_path.parent / f"{tmp_path.name}-forged"
    counts = {"documents": dict(EMPTY), "uploads": dict(EMPTY), "waiting": dict(EMPTY)}
    content = b"".join(gzip.decompress(packed) for name, packed in members if name.startswith("tables/app_user/"))
    for name, given in members:
        if name.partition("/")[0] in counts:
            counts[name.partition("/")[0]]["count"] += 1
            counts[name.partition("/")[0]]["bytes"] += len(given)
    tally = {"rows": content.count(b"\n"), "bytes": len(content), "sha256": sha256(content).hexdigest()}
    with file.open("wb") as out:
        writer = Writer(out, MOMENT)
        writer.add_json(HEAD, head or _head())
        for name, given in members:
            writer.add(name, given)
        writer.add_json(MANIFEST, {"tables": {"app_user": tally}, "files": {**counts, "missing": []}})
        writer.seal()
    return file.read_bytes()


@pytest.mark.parametrize(
    "name", ["../outside", "/etc/passwd", "documents/../../x", "documents/aa/..", "tables/app_user/x.jsonl.gz"]
)
def test_names_that_lead_elsewhere_are_refused(
    name: str, tmp_path: Path, refused: Callable[[bytes], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(container, "_NAME", re.compile(".*"))
        forged = _forged(tmp_path, (name, b""))
    assert "which no backup does" in refused(forged)


def test_a_part_that_grows_without_end_is_refused(
    tmp_path: Path, refused: Callable[[bytes], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kulant.backup.rows.LARGEST_PART", 1 << 20)
    bomb = gzip.compress(bytes(40 << 20))
    assert len(bomb) < 50_000
    assert "grows beyond" in refused(_forged(tmp_path, (USERS, bomb)))


@pytest.mark.parametrize(
    ("head", "says"),
    [
        ({"schema": "0099"}, "schema '0099'"),
        ({"schema": "00010"}, "schema '00010'"),
        ({"format": 2}, "newer one"),
        ({"schema": "abcd"}, "schema 'abcd'"),
        ({"schema": "000"}, "head"),
        ({"made_at": "yesterday"}, "head"),
        ({"tables": 3}, "head"),
        ({"tables": [{"name": 'x"; DROP TABLE y', "columns": COLUMNS, "key": ["id"]}]}, "head"),
        ({"tables": [{"name": "app_user", "columns": [["id", "pickle"]], "key": ["id"]}]}, "head"),
        ({"tables": [{"name": "app_user", "columns": COLUMNS, "key": ["none"]}]}, "head"),
    ],
)
def test_a_head_of_a_newer_or_no_kulant_is_refused(
    head: dict[str, Any], says: str, tmp_path: Path, refused: Callable[[bytes], str]
) -> None:
    assert says in refused(_forged(tmp_path, head=_head(**head)))


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([[*ROW[:-1]]], "what the head"),
        ([[*ROW[:-1], "tomorrow"]], "what the head"),
        ([["1", *ROW[1:]]], "what the head"),
        ([[2**63, *ROW[1:]]], "what the head"),
        ([[1, "u", ["U"], *ROW[3:]]], "what the head"),
        ([3], "what the head"),
    ],
)
def test_rows_that_are_not_of_their_kind_are_refused(
    rows: list[Any], says: str, tmp_path: Path, refused: Callable[[bytes], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # As if the file named every table of its schema: the rows are what is wrong with it.
    monkeypatch.setattr("kulant.backup.restoring._compare_with_schema", lambda *_: None)
    assert says in refused(_forged(tmp_path, (USERS, _packed(*rows))))


def test_tables_other_than_those_of_its_schema_are_refused(tmp_path: Path, refused: Callable[[bytes], str]) -> None:
    assert "not those of its schema" in refused(_forged(tmp_path, (USERS, _packed(ROW))))


def test_documents_that_are_not_what_their_name_says_are_refused(
    tmp_path: Path, refused: Callable[[bytes], str]
) -> None:
    name = f"documents/ab/{'ab' * 32}.pdf"
    assert "not what its name says" in refused(_forged(tmp_path, (name, b"%PDF-other")))


def test_parts_out_of_their_order_are_refused(tmp_path: Path, refused: Callable[[bytes], str]) -> None:
    later = USERS.replace("000001", "000002")
    assert "not where it belongs" in refused(_forged(tmp_path, (later, _packed(ROW))))
    assert "not where it belongs" in refused(_forged(tmp_path, (USERS, _packed(ROW)), (USERS, _packed(ROW))))
    assert "not where it belongs" in refused(_forged(tmp_path, (USERS.replace("app_user", "creditor"), _packed(ROW))))
