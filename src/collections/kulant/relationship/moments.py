"""Moments of a timeline: the groups they can be filtered by, which way they go, their place in the stream. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from kulant.core.errors import Refusal

# Kinds by group; a name that ends in an underscore stands for all kinds that begin with it.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "money": (
        "invoice", "credit_note", "payment", "chargeback", "refund", "refunded", "charges_posted", "written_off",
        "deduction_made", "adjustment_taken_back", "charges_taken_back", "payment_",
    ),
    "letters": (
        "letter_sent", "letter_printed", "sending_", "gate_asked_again", "statement_", "mail_", "apology_",
    ),
    "talks": ("call", "call_unanswered", "meeting", "visit", "email", "note", "survey", "check", "check_"),
    "concerns": (
        "complaint", "complaint_", "request", "request_", "concern_", "dispute_", "strike_",
    ),
    "promises": ("promise_", "commitment_", "plan_"),
    "decisions": ("proposed", "proposal_", "approval_undone", "hold_", "late_reason_", "save_case_"),
    "tasks": ("task", "task_"),
}  # fmt: skip

# Said of a moment that nobody gave a direction.
_IN = frozenset({"payment", "plan_accepted", "plan_proposed", "promise_made", "complaint", "request", "survey"})
_OUT = frozenset(
    {
        "invoice",
        "credit_note",
        "letter_sent",
        "plan_offered",
        "commitment_made",
        "complaint_answered",
        "request_answered",
    }
)

_EXACT = {kind: group for group, kinds in GROUPS.items() for kind in kinds if not kind.endswith("_")}
_BEGINNINGS = sorted(
    ((kind, group) for group, kinds in GROUPS.items() for kind in kinds if kind.endswith("_")),
    key=lambda pair: -len(pair[0]),
)
OTHER = "other"


def group_of(kind: str) -> str:
    """The group of a kind of moment; ``other`` where it is in none."""
    if kind in _EXACT:
        return _EXACT[kind]
    return next((group for beginning, group in _BEGINNINGS if kind.startswith(beginning)), OTHER)


def way_of(kind: str) -> str | None:
    """Which way such a moment goes, where that is plain."""
    if kind in _IN:
        return "in"
    return "out" if kind in _OUT else None


# Sources in the order they stand in on one day, the last one first.
TASK, ITEM, EVENT = 0, 1, 2


class Place(NamedTuple):
    """Where a moment stands, and so where a page may begin: day, source, number within the source."""

    on: date
    source: int
    id: int

    def __str__(self) -> str:
        return f"{self.on.isoformat()}.{self.source}.{self.id}"


def read_place(text: str) -> Place | None:
    """The place written as ``2026-11-23.2.17``; none where nothing is written."""
    if not text:
        return None
    written = re.fullmatch(r"(\d{4}-\d\d-\d\d)\.([0-2])\.(\d{1,18})", text, re.ASCII)
    try:
        if written is not None:
            return Place(date.fromisoformat(written[1]), int(written[2]), int(written[3]))
    except ValueError:
        pass
    raise Refusal("bad_place", f"{text!r} is no place in a timeline; begin again with its newest page")
