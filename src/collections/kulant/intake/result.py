"""What became of a file's rows."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from kulant.intake.records import Rejection

# A file of nothing but bad rows must not fill the memory; all are counted, so many are listed.
MOST_LISTED = 10_000


@dataclass(slots=True)
class ImportResult:
    """The counts ``kulant import`` prints. Every row read is created, updated, unchanged, rejected or ignored."""

    format: str
    file: str
    target: str = ""  # the format its rows have, mapped or not
    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[Rejection] = field(default_factory=list)
    rejected_total: int = 0
    matched: int = 0
    unmatched: int = 0
    ignored: int = 0
    due_assumed: int = 0  # rows whose due date was reckoned, because nobody stated it
    ignored_columns: tuple[str, ...] = ()
    dry_run: bool = False
    erased: list[dict[str, Any]] = field(default_factory=list)  # customers it names whose data was erased
    resumed_after: int | None = None  # rows an import of the same file had taken in before it was cut short

    def reject(self, rejection: Rejection) -> None:
        """Counts a row that was not taken in, and keeps its reason."""
        self.rejected_total += 1
        if len(self.rejected) < MOST_LISTED:
            self.rejected.append(rejection)

    def taken(self, *, changed: bool) -> None:
        """Counts a row whose subject was known already."""
        if changed:
            self.updated += 1
        else:
            self.unchanged += 1

    def as_json(self) -> dict[str, Any]:
        """The JSON of the contract."""
        return {
            "format": self.format,
            "target": self.target,
            "file": self.file,
            "read": self.read,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "rejected": [rejection.as_json() for rejection in sorted(self.rejected, key=lambda one: one.row)],
            "rejected_total": self.rejected_total,
            "matched": self.matched,
            "unmatched": self.unmatched,
            "ignored": self.ignored,
            "due_assumed": self.due_assumed,
            "ignored_columns": list(self.ignored_columns),
            "dry_run": self.dry_run,
            "resumed_after": self.resumed_after,
            "erased": self.erased,
        }

    @classmethod
    def of(cls, data: dict[str, Any]) -> ImportResult:
        """The result that ``as_json`` gave, to be counted on."""
        known = {one.name: data[one.name] for one in fields(cls) if one.name in data}
        listed = [Rejection(one["row"], one["field"], one["value"], one["error"]) for one in data.get("rejected", [])]
        return cls(**known | {"rejected": listed, "ignored_columns": tuple(data.get("ignored_columns", ()))})

    def restore(self, earlier: ImportResult) -> None:
        """Counts as it did then."""
        for one in fields(self):
            setattr(self, one.name, getattr(earlier, one.name))

    def sentence(self) -> str:
        """The counts in words, for the audit trail."""
        again = (
            f" Went on after row {self.resumed_after}, where an import of it had stopped." if self.resumed_after else ""
        )
        return (
            f"Imported {self.file} ({self.format}): {self.read} rows read, {self.created} new, {self.updated} changed, "
            f"{self.unchanged} unchanged, {self.rejected_total} rejected.{again}{self.erased_sentence}"
        )

    @property
    def erased_sentence(self) -> str:
        """What was not taken because it had been erased; nothing where nobody was."""
        if not self.erased:
            return ""
        who = "1 customer in it was" if len(self.erased) == 1 else f"{len(self.erased)} customers in it were"
        return f" {who} erased: what it says of them was not taken."
