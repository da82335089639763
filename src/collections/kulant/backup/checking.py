"""Reading a backup from its beginning to its seal before anything is done with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from kulant.backup.container import HEAD, MANIFEST, Member, members, no_backup
from kulant.backup.files import check_file
from kulant.backup.making import FORMAT
from kulant.backup.rows import Tally, unpack
from kulant.backup.tables import KINDS, Spec
from kulant.core.errors import Refusal
from kulant.schema import NEWEST

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_FOLDERS = ("documents", "uploads", "waiting")


@dataclass(frozen=True, slots=True)
class Head:
    """What a backup says of itself."""

    version: str
    schema: str
    database: str
    made_at: datetime
    key: str | None
    specs: tuple[Spec, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """A backup that is whole: its head, and what is in it."""

    head: Head
    tables: dict[str, dict[str, Any]]
    files: dict[str, Any]

    @property
    def rows(self) -> int:
        """The rows of all tables."""
        return sum(int(tally["rows"]) for tally in self.tables.values())

    def as_json(self) -> dict[str, Any]:
        """As the commands answer programs."""
        return {
            "made_at": self.head.made_at.isoformat(),
            "kulant": self.head.version,
            "schema": self.head.schema,
            "database": self.head.database,
            "rows": self.rows,
            "tables": {name: tally["rows"] for name, tally in self.tables.items()},
            **{folder: self.files[folder]["count"] for folder in _FOLDERS},
            "missing": self.files["missing"],
        }


def open_backup(file: Path) -> BinaryIO:
    """The file, to be read twice."""
    try:
        return file.open("rb")
    except OSError as error:
        raise Refusal("no_backup_file", f"cannot read {file}: {error.strerror}") from None


def check(file: BinaryIO, seen: Callable[[int], None] = lambda _: None) -> Checked:
    """Refuses what is cut off, altered, hostile, or made by a newer Kulant; nothing was touched yet."""
    parts = members(file)
    first = next(parts, None)
    if first is None or first.name != HEAD:
        raise no_backup("it does not begin as one")
    head = _head(first)
    tallies = {spec.name: Tally() for spec in head.specs}
    counted = {folder: {"count": 0, "bytes": 0} for folder in _FOLDERS}
    manifest: dict[str, Any] | None = None
    expected = _order(head)
    for part in parts:
        if manifest is not None:
            raise no_backup("it goes on after its end")
        folder = part.name.partition("/")[0]
        if part.name == MANIFEST:
            manifest = part.json()
        elif folder == "tables":
            table = part.name.split("/")[1]
            expected(part.name)
            content = unpack(part.name, part.content())
            rows = content.count(b"\n")
            tallies[table].add(rows, content)
            seen(rows)
        elif folder in counted:
            counted[folder]["count"] += 1
            counted[folder]["bytes"] += check_file(part)
        else:
            raise no_backup(f"it holds {part.name} twice")
    return _compared(head, manifest, {name: tally.as_json() for name, tally in tallies.items()}, counted)


def _compared(
    head: Head, manifest: dict[str, Any] | None, tables: dict[str, dict[str, Any]], files: dict[str, dict[str, int]]
) -> Checked:
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), dict):
        raise no_backup("it does not say what is in it")
    missing = manifest["files"].get("missing")
    if manifest.get("tables") != tables or {**files, "missing": missing} != manifest["files"]:
        raise no_backup("what is in it is not what it says")
    if not isinstance(missing, list) or not all(isinstance(name, str) for name in missing):
        raise no_backup("it does not say what is in it")
    return Checked(head, tables, manifest["files"])


def _order(head: Head) -> Callable[[str], None]:
    """Parts come in the order of the head's tables and are numbered: what others refer to is there before them."""
    places = {spec.name: place for place, spec in enumerate(head.specs)}
    last = (-1, 0)

    def expected(name: str) -> None:
        nonlocal last
        _, table, file = name.split("/")
        place, number = places.get(table, -1), int(file[:6])
        if place < last[0] or place < 0 or number != (last[1] + 1 if place == last[0] else 1):
            raise no_backup(f"{name} is not where it belongs")
        last = (place, number)

    return expected


def _head(part: Member) -> Head:
    said = part.json()
    try:
        form, schema = int(said["format"]), str(said["schema"])
        if form > FORMAT or (len(schema), schema) > (len(NEWEST), NEWEST):
            raise Refusal(
                "newer_backup",
                f"this backup was made by Kulant {str(said['kulant'])[:20]!r} with schema {schema[:12]!r}; this one "
                f"knows {NEWEST} and older. Install that version or a newer one, then restore again",
            )
        head = Head(
            version=str(said["kulant"]),
            schema=schema,
            database=str(said["database"]),
            made_at=datetime.fromisoformat(said["made_at"]),
            key=said["key"] if said["key"] is None else str(said["key"]),
            specs=tuple(_specs(said["tables"])),
        )
    except (KeyError, TypeError, ValueError):
        raise no_backup("its head cannot be read") from None
    if not re.fullmatch(r"[0-9]{4}", schema) or len({spec.name for spec in head.specs}) != len(head.specs):
        raise no_backup("its head cannot be read")
    return head


def _specs(said: Any) -> Iterator[Spec]:
    for one in said:
        columns = tuple((str(name), str(kind)) for name, kind in one["columns"])
        spec = Spec(str(one["name"]), columns, tuple(map(str, one["key"])))
        if not all(map(_NAME.fullmatch, (spec.name, *spec.names, *spec.key))):
            raise ValueError(spec.name)
        if not columns or not {kind for _, kind in columns} <= set(KINDS) or not set(spec.key) <= set(spec.names):
            raise ValueError(spec.name)
        yield spec
