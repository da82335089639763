"""The databases' own guard: what was reckoned for a proposal, and who decided what about it, is never changed.

But for one way: while an erasure of that very customer is at work (``erasure.at_work``), which leaves a row of its own
that says by whom and why.

The same statements stand in the migration that brought them, as they were then.
"""

from __future__ import annotations

from sqlalchemy import DDL, Table, event

# Of a proposal; what the clerk decides (treatment, channel, status …) stands in other columns and in the records.
RECKONED = (
    "reasons", "options", "break_evens", "offers", "facts", "grade", "late_reason",
    "customer_id", "currency", "proposed_on", "ladder_id", "created_at",
)  # fmt: skip

# Whether an erasure of the customer of the old row is at work; the same on both databases.
ERASING = "EXISTS (SELECT 1 FROM erasure WHERE erasure.customer_id = OLD.customer_id AND erasure.at_work)"
LET_ERASE = f"""  IF {ERASING} THEN
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
  END IF;
"""

_FUNCTION = f"""
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
{LET_ERASE}  RAISE EXCEPTION 'what was decided in % is never changed', TG_TABLE_NAME
    USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


def proposal_guard(dialect: str) -> list[str]:
    """What keeps the reckoned columns of proposals as they were written."""
    columns = ", ".join(RECKONED)
    if dialect == "postgresql":
        changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in RECKONED)
        return [
            _FUNCTION,
            f"CREATE TRIGGER proposal_reckoned BEFORE UPDATE OF {columns} ON proposal FOR EACH ROW "
            f"WHEN ({changed}) EXECUTE FUNCTION refuse_change()",
            "CREATE TRIGGER proposal_stays BEFORE DELETE ON proposal FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        ]
    changed = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in RECKONED)
    return [
        f"CREATE TRIGGER proposal_reckoned BEFORE UPDATE OF {columns} ON proposal WHEN ({changed}) AND NOT {ERASING} "
        "BEGIN SELECT RAISE(ABORT, 'what was decided in proposal is never changed'); END",
        f"CREATE TRIGGER proposal_stays BEFORE DELETE ON proposal WHEN NOT {ERASING} "
        "BEGIN SELECT RAISE(ABORT, 'what was decided in proposal is never deleted'); END",
    ]


def record_guard(dialect: str) -> list[str]:
    """What keeps decisions from being changed or deleted."""
    if dialect == "postgresql":
        return [
            _FUNCTION,
            "CREATE TRIGGER decision_record_kept BEFORE UPDATE OR DELETE ON decision_record FOR EACH ROW "
            "EXECUTE FUNCTION refuse_change()",
        ]
    return [
        f"CREATE TRIGGER decision_record_{name} BEFORE {act} ON decision_record WHEN NOT {ERASING} "
        "BEGIN SELECT RAISE(ABORT, 'what was decided in decision_record is never changed'); END"
        for name, act in (("kept", "UPDATE"), ("stays", "DELETE"))
    ]


def guard(table: Table, statements: dict[str, list[str]]) -> None:
    """Makes the guard whenever the table is made from the models."""
    for dialect, made in statements.items():
        for statement in made:
            # A sign that DDL would take for one of its own is doubled.
            ddl = DDL(statement.replace("%", "%%")).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]
            event.listen(table, "after_create", ddl)
