"""The databases' own guard: a document that was made is never changed and never deleted.

But for one way: while an erasure of its customer is at work, when the time the law wants it kept is over.

The same statements stand in the migration that brought them, as they were then.
"""

from __future__ import annotations

from kulant.treatment.unchanging import ERASING, LET_ERASE

_FUNCTION = f"""
CREATE OR REPLACE FUNCTION refuse_other_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
{LET_ERASE}  RAISE EXCEPTION 'what a customer got is never changed'
    USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


def document_guard(dialect: str) -> list[str]:
    """What keeps the archive's rows as they were written."""
    if dialect == "postgresql":
        return [
            _FUNCTION,
            "CREATE TRIGGER document_kept BEFORE UPDATE OR DELETE ON document FOR EACH ROW "
            "EXECUTE FUNCTION refuse_other_words()",
        ]
    return [
        f"CREATE TRIGGER document_{name} BEFORE {act} ON document WHEN NOT {ERASING} "
        "BEGIN SELECT RAISE(ABORT, 'what a customer got is never changed'); END"
        for name, act in (("kept", "UPDATE"), ("stays", "DELETE"))
    ]
