"""What differs between two versions of a ladder, line beside line. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher


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
    for tag, old_from, old_to, new_from, new_to in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
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
