"""The rules of care as programs see them: the JSON of the command line and the API."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from kulant.relationship.models_view import RuleBookVersion
from kulant.relationship.rulebook import RuleBook, changes, rules_of, rules_of_version, versions


def rules_json(session: Session, creditor_id: int) -> dict[str, Any]:
    """The rules in force, and every version with what it changed."""
    rows = versions(session, creditor_id)
    history = []
    # Each beside the one before it; the first changed what Kulant comes with.
    for row, before in zip(rows, [*rows[1:], None], strict=False):
        former = rules_of_version(before) if before is not None else RuleBook()
        history.append(
            {
                "version": row.version,
                "date": row.set_on.isoformat(),
                "by": row.set_by,
                "why": row.why,
                "changed": _changed(former, rules_of_version(row)),
            }
        )
    return {
        "version": rows[0].version if rows else 0,
        "rules": rules_of(session, creditor_id).model_dump(mode="json"),
        "versions": history,
    }


def rules_set_json(made: RuleBookVersion, before: RuleBook, after: RuleBook) -> dict[str, Any]:
    """A version that was put in force, and what it changed."""
    return {"version": made.version, "changed": _changed(before, after)}


def _changed(before: RuleBook, after: RuleBook) -> dict[str, Any]:
    return {one.field: {"before": one.before, "after": one.after} for one in changes(before, after)}
