"""What a run judges by, besides each customer's own matters: while it stays the same, the same day gives the same."""

from __future__ import annotations

import hashlib

from sqlalchemy.orm import Session

from kulant import __version__
from kulant.law import entries as law_entries
from kulant.people.models import Creditor
from kulant.treatment.lessons import what_is_known
from kulant.treatment.policies import ladders_in_force


def judged_by(session: Session, creditor: Creditor) -> str:
    """One mark of the program, the settings, ladders, rules, beliefs, lessons, and the law people have entered."""
    known = what_is_known(session, creditor.id)
    parts = [
        __version__,
        *(f"{column.key}={getattr(creditor, column.key)!r}" for column in Creditor.__mapper__.column_attrs),
        *(f"{ladder.row_id}/{ladder.version} {ladder.policy!r}" for ladder in ladders_in_force(session, creditor.id)),
        known.rules.model_dump_json(),
        repr(known.lessons.table()),
        repr(sorted(known.lessons.beliefs.cells.items(), key=repr)),
        *map(repr, law_entries.entered(session)),
    ]
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()
