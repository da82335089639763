"""``interactions-csv``: one contact with a customer a row, as another program or a sheet has noted them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kulant.intake.fields import (
    DATE,
    DIRECTION,
    IDENTIFIER,
    INTERACTION_KIND,
    POINTS,
    Fault,
    Field,
    Format,
    RowContext,
)
from kulant.intake.records import InteractionRecord
from kulant.intake.values import INTERACTION_KINDS

# What waits for an answer of ours, and how a complaint ends.
ANSWERED = ("complaint", "request")
OUTCOMES = ("put_right", "explained", "rejected")


def _build(values: Mapping[str, Any], context: RowContext) -> InteractionRecord:
    kind, outcome = values["kind"], values.get("outcome")
    if kind == "complaint" and outcome is not None:
        outcome = "_".join(outcome.lower().replace("-", " ").replace("_", " ").split())
    record = InteractionRecord(
        row=context.row,
        number=values["interaction_id"],
        customer_number=values["customer_id"],
        on=values["date"],
        kind=kind,
        direction=values.get("direction"),
        text=values.get("text"),
        by=values.get("by"),
        answered_on=values.get("answered_date"),
        outcome=outcome,
        expected=values.get("expected"),
        got=values.get("got"),
    )
    check_sound(record)
    return record


def check_sound(record: InteractionRecord) -> None:
    """Raises a fault for a record whose parts contradict each other, whoever made it."""
    kind, answered, outcome = record.kind, record.answered_on, record.outcome
    if kind not in INTERACTION_KINDS:
        raise Fault("kind", kind, f"is not one of {', '.join(INTERACTION_KINDS)}")
    if record.direction not in (None, "in", "out"):
        raise Fault("direction", record.direction, "is neither in nor out")
    if answered is not None and kind not in ANSWERED:
        raise Fault("answered_date", answered.isoformat(), f"is for a complaint or a request, and this is a {kind}")
    if answered is not None and answered < record.on:
        raise Fault("answered_date", answered.isoformat(), f"is before the {kind} came on {record.on}")
    if outcome is not None and kind in ANSWERED and answered is None:
        raise Fault("outcome", outcome, f"ends a {kind} that has no answered_date")
    if outcome is not None and kind == "complaint" and outcome not in OUTCOMES:
        raise Fault("outcome", outcome, f"is not how a complaint ends: {', '.join(OUTCOMES)}")
    for name, value in (("expected", record.expected), ("got", record.got)):
        if value is not None and kind != "survey":
            raise Fault(name, str(value), f"is for a survey, and this is a {kind}")
        if value is not None and not 0 <= value <= 10:
            raise Fault(name, str(value), "is not a whole number from 0 to 10")
    for name, longest in _LONGEST.items():
        _check_text(name, getattr(record, name) or "", longest)


# What a text may have at most, for records that did not come through a file.
_LONGEST = {"number": 120, "text": 4000, "by": 120, "outcome": 1000}


def _check_text(name: str, text: str, longest: int) -> None:
    if len(text) > longest:
        raise Fault(name, text, f"is longer than {longest} characters")
    if "\x00" in text:
        raise Fault(name, text.replace("\x00", "?"), "holds a character that is no text")


INTERACTIONS = Format(
    "interactions-csv",
    "contacts with customers",
    (
        Field("interaction_id", IDENTIFIER, required=True, longest=_LONGEST["number"]),
        Field("customer_id", IDENTIFIER, required=True, longest=80),
        Field("date", DATE, required=True),
        Field("kind", INTERACTION_KIND, required=True),
        Field("direction", DIRECTION),
        Field("text", longest=_LONGEST["text"]),
        Field("by", longest=_LONGEST["by"]),
        Field("answered_date", DATE),
        Field("outcome", longest=_LONGEST["outcome"]),
        Field("expected", POINTS),
        Field("got", POINTS),
    ),
    _build,
)
