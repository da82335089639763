"""No table can be forgotten when a customer asks for a copy of their data, or to be erased."""

from __future__ import annotations

from sqlalchemy import LargeBinary

from kulant.db import Base
from kulant.delivery.privacy_nouns import BY_TABLE, NOT_EXPORTED, NOUNS, SECRETS, columns_shown


def leads_to_a_customer() -> set[str]:
    """All tables with a customer's id, or with a way to one through others, however long."""
    found = {"customer"}
    while True:
        more = {
            table.name
            for table in Base.metadata.tables.values()
            if "customer_id" in table.c
            or any(key.column.table.name in found for column in table.c for key in column.foreign_keys)
        }
        if more <= found:
            return found
        found |= more


def test_every_table_about_a_customer_is_exported_or_says_why_not() -> None:
    known = set(BY_TABLE) | set(NOT_EXPORTED)
    assert leads_to_a_customer() <= known, "say in delivery/privacy_nouns.py what becomes of these"
    assert set(BY_TABLE) & set(NOT_EXPORTED) == set()
    assert known <= set(Base.metadata.tables)


def test_every_noun_names_columns_that_are_there() -> None:
    for noun in NOUNS:
        named = {*noun.blank, *(noun.at_end or {}), *noun.dated, noun.via[0]}
        assert named <= set(noun.its.c.keys()), noun.table
        for name, value in {**noun.blank, **(noun.at_end or {})}.items():
            assert value is not None or noun.its.c[name].nullable, f"{noun.table}.{name} cannot be emptied"
        amounts = any(column.name.endswith("_minor") for column in noun.its.c)
        assert not amounts or "currency" in noun.its.c or noun.currency or noun.table == "customer", noun.table


def test_no_hash_of_a_secret_is_ever_exported() -> None:
    for noun in NOUNS:
        shown = set(columns_shown(noun))
        assert not shown & SECRETS
        assert not [name for name in shown if "hash" in name or "password" in name or "nonce" in name], noun.table
        assert not [name for name in shown if isinstance(noun.its.c[name].type, LargeBinary)]


def test_what_is_kept_together_goes_together() -> None:
    """A row that stays must not point to one that goes before it."""
    for noun in NOUNS:
        for column in noun.its.columns:
            for key in column.foreign_keys:
                above = BY_TABLE.get(key.column.table.name)
                if above is None or above.stays or above.table == noun.table:
                    continue
                if noun.bundle is not None:
                    assert above.bundle is not None, f"{noun.table} is kept, {above.table} is not"
                    assert above.bundle == noun.bundle or above.at_end is not None, (noun.table, above.table)
