"""The databases' own guard: a document that was made is never changed and never deleted.

The same statements stand in the migration that brought them, as they were then.
"""

from __future__ import annotations

_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_other_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'what a customer got is never changed'
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
        f"CREATE TRIGGER document_{name} BEFORE {act} ON document "
        "BEGIN SELECT RAISE(ABORT, 'what a customer got is never changed'); END"
        for name, act in (("kept", "UPDATE"), ("stays", "DELETE"))
    ]
