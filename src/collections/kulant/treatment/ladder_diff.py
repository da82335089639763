"""What differs between two versions of a ladder, line beside line. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

# So many pairs of lines are compared at the most; a ladder has some dozen lines.
_MOST_COMPARED = 1_000_000


@dataclass(frozen=True, slots=True)
class Pair:
    """A line of the older text beside its line in the newer one; numbers are empty where there is none.

    ``kind``: same | changed | taken_out | added.
    """

    kind: str
    old_number: int | None
    old: str
    new_number: int | None
    new: str


def side_by_side(old: str, new: str) -> list[Pair]:
    """Both texts in full, line beside line."""
    before, after = old.splitlines(), new.splitlines()
    pairs: list[Pair] = []
    for tag, old_from, old_to, new_from, new_to in _changes(before, after):
        for n in range(max(old_to - old_from, new_to - new_from)):
            left, right = old_from + n, new_from + n
            has_old, has_new = left < old_to, right < new_to
            kind = (
                "same" if tag == "equal" else "changed" if has_old and has_new else "taken_out" if has_old else "added"
            )
            pairs.append(
                Pair(
                    kind,
                    left + 1 if has_old else None,
                    before[left] if has_old else "",
                    right + 1 if has_new else None,
                    after[right] if has_new else "",
                )
            )
    return pairs


def _changes(before: list[str], after: list[str]) -> Sequence[tuple[str, int, int, int, int]]:
    """What became of which lines. Of very long texts only what they begin with alike is found."""
    if len(before) * len(after) <= _MOST_COMPARED:
        return SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    alike = next(
        (n for n, (old, new) in enumerate(zip(before, after, strict=False)) if old != new), min(len(before), len(after))
    )
    return [("equal", 0, alike, 0, alike), ("replace", alike, len(before), alike, len(after))]
