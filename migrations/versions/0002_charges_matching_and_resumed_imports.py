"""charges, balances, matching, imports that resume, law entered by people

Revision: 0002
Follows: 0001
"""

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

import kulant.db

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# Indexes of columns that most rows leave empty: without those rows an import has less to write.
_NULLS_LEFT_OUT = (
    ("ix_open_item_by_reference", "open_item", ["creditor_id", "payment_reference"]),
    ("ix_entry_by_against_item", "entry", ["against_item_id"]),
)


def _needed(name: str, kind: sa.types.TypeEngine[Any], filled_with: str) -> sa.Column[Any]:
    """A column that may not be empty: rows that are there already get the value."""
    return sa.Column(name, kind, nullable=False, server_default=sa.text(filled_with))


def new_columns() -> list[tuple[str, sa.Column[Any]]]:
    """The columns that tables gain; made anew each time, for a column belongs to one table."""
    return [
        ("creditor", _needed("payment_days", sa.Integer(), "14")),
        ("creditor", sa.Column("reference_scheme", sa.String(length=60), nullable=True)),
        ("creditor", sa.Column("allocation_order", sa.String(length=20), nullable=True)),
        ("creditor", _needed("small_balance", kulant.db.Json(), "'{}'")),
        ("creditor", _needed("bank_fee_tolerance", kulant.db.Json(), "'{}'")),
        ("creditor", _needed("accounts", kulant.db.Json(), "'{}'")),
        ("creditor", _needed("fee_agreed", sa.Boolean(), "false")),
        ("import_run", _needed("status", sa.String(length=8), "'done'")),
        ("import_run", _needed("rows_done", sa.Integer(), "0")),
        ("import_run", sa.Column("rows_total", sa.Integer(), nullable=True)),
        ("import_run", sa.Column("stored", sa.String(length=64), nullable=True)),
        ("import_run", _needed("wanted", kulant.db.Json(), "'{}'")),
        ("import_run", sa.Column("lease_until", kulant.db.UtcTime(timezone=True), nullable=True)),
        ("import_run", sa.Column("problem", sa.Text(), nullable=True)),
        ("open_item", _needed("due_assumed", sa.Boolean(), "false")),
        ("open_item", sa.Column("reason", sa.Text(), nullable=True)),
        ("proposal", _needed("charges", kulant.db.Json(), "'[]'")),
        ("task", sa.Column("key", sa.String(length=120), nullable=True)),
    ]


def upgrade() -> None:
    op.create_table(
        "law_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("what", sa.String(length=60), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("value", sa.String(length=40), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("entered_on", sa.Date(), nullable=False),
        sa.Column("entered_by", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_law_entry")),
    )
    op.create_index("ix_law_entry_by_country", "law_entry", ["country", "what", "since"])

    op.create_table(
        "exchange_rate",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("creditor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("rate_on", sa.Date(), nullable=False),
        sa.Column("millionths", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"], name=op.f("fk_exchange_rate_creditor_id_creditor")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_rate")),
        sa.UniqueConstraint(
            "creditor_id", "currency", "rate_on", name=op.f("uq_exchange_rate_creditor_id_currency_rate_on")
        ),
    )
    op.create_table(
        "customer_balance",
        sa.Column("customer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("creditor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("open_minor", sa.BigInteger(), nullable=False),
        sa.Column("overdue_minor", sa.BigInteger(), nullable=False),
        sa.Column("current_minor", sa.BigInteger(), nullable=False),
        sa.Column("days_1_30_minor", sa.BigInteger(), nullable=False),
        sa.Column("days_31_60_minor", sa.BigInteger(), nullable=False),
        sa.Column("days_61_90_minor", sa.BigInteger(), nullable=False),
        sa.Column("days_over_90_minor", sa.BigInteger(), nullable=False),
        sa.Column("credits_minor", sa.BigInteger(), nullable=False),
        sa.Column("oldest_due", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["creditor_id"], ["creditor.id"], name=op.f("fk_customer_balance_creditor_id_creditor")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_customer_balance_customer_id_customer"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("customer_id", "currency", name=op.f("pk_customer_balance")),
        postgresql_with={"fillfactor": 50},
    )
    op.create_index("ix_customer_balance_by_creditor", "customer_balance", ["creditor_id", "as_of"])

    op.create_table(
        "known_payer",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("creditor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=220), nullable=False),
        sa.Column("customer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("learned_on", sa.Date(), nullable=False),
        sa.Column("learned_by", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"], name=op.f("fk_known_payer_creditor_id_creditor")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_known_payer_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_payer")),
        sa.UniqueConstraint(
            "creditor_id", "key", "customer_id", name=op.f("uq_known_payer_creditor_id_key_customer_id")
        ),
    )
    op.create_table(
        "payment_detail",
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("payer_name", sa.String(length=200), nullable=True),
        sa.Column("payer_account", sa.String(length=60), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("bank_reference", sa.String(length=140), nullable=True),
        sa.Column("account", sa.String(length=60), nullable=True),
        sa.Column("found_by", sa.String(length=10), nullable=True),
        sa.Column("parked_on", sa.Date(), nullable=True),
        sa.Column("parked_by", sa.String(length=120), nullable=True),
        sa.Column("parked_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["open_item.id"], name=op.f("fk_payment_detail_item_id_open_item")),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_payment_detail")),
    )
    # SQLite: a column is added in place. Copying a table would drop the old one, and dropping a table that others refer
    # to deletes their rows.
    for table, column in new_columns():
        op.add_column(table, column)
    _add_belongs_to()
    op.create_index("ix_import_run_unfinished", "import_run", ["status"], **_where("status IN ('waiting', 'running')"))
    op.create_index("ix_open_item_by_belongs_to", "open_item", ["belongs_to_id"], **_where("belongs_to_id IS NOT NULL"))
    for name, table, columns in _NULLS_LEFT_OUT:
        op.drop_index(name, table)
        op.create_index(name, table, columns, **_where(f"{columns[-1]} IS NOT NULL"))
    with op.batch_alter_table("task") as task:  # nothing refers to a task
        task.alter_column("customer_id", existing_type=ID, nullable=True)
    op.create_index("uq_task_key", "task", ["creditor_id", "key"], unique=True)
    _fill_balances(date.today())  # noqa: DTZ011  # whatever the day, the next daily run brings it up to date


def _fill_balances(today: date) -> None:
    """Gives the customers that are there already the balance that is kept from now on."""
    late = [today - timedelta(days=days) for days in (0, 30, 60, 90)]
    owed = "open_now > 0"
    spans = ["(due_date IS NULL OR due_date >= :d0)", "due_date < :d0 AND due_date >= :d30"]
    spans += ["due_date < :d30 AND due_date >= :d60", "due_date < :d60 AND due_date >= :d90", "due_date < :d90"]
    ages = ", ".join(f"sum(CASE WHEN {owed} AND {span} THEN open_now ELSE 0 END)" for span in spans)
    statement = f"""
        INSERT INTO customer_balance (customer_id, currency, creditor_id, as_of, items, open_minor, overdue_minor,
            current_minor, days_1_30_minor, days_31_60_minor, days_61_90_minor, days_over_90_minor, credits_minor,
            oldest_due)
        SELECT customer_id, currency, creditor_id, :d0, sum(CASE WHEN open_now <> 0 THEN 1 ELSE 0 END), sum(open_now),
            sum(CASE WHEN {owed} AND due_date < :d0 THEN open_now ELSE 0 END), {ages},
            sum(CASE WHEN open_now < 0 THEN open_now ELSE 0 END), min(CASE WHEN {owed} THEN due_date END)
        FROM (
            SELECT customer_id, currency, creditor_id, due_date, issue_date, open_minor,
                open_minor - CASE WHEN issue_date > :d0 THEN amount_minor ELSE 0 END AS open_now
            FROM open_item
        ) AS item
        WHERE customer_id IS NOT NULL AND (open_minor <> 0 OR issue_date > :d0)
        GROUP BY customer_id, currency, creditor_id
    """  # noqa: S608  # made of the words above only
    days = zip(("d0", "d30", "d60", "d90"), late, strict=True)
    op.execute(sa.text(statement).bindparams(*(sa.bindparam(name, day, sa.Date()) for name, day in days)))


def downgrade() -> None:
    op.drop_index("uq_task_key", "task")
    op.execute("DELETE FROM task WHERE customer_id IS NULL")
    with op.batch_alter_table("task") as task:
        task.alter_column("customer_id", existing_type=ID, nullable=False)
    for name, table, columns in _NULLS_LEFT_OUT:
        op.drop_index(name, table)
        op.create_index(name, table, columns)
    op.drop_index("ix_open_item_by_belongs_to", "open_item")
    op.drop_index("ix_import_run_unfinished", "import_run")
    op.execute("ALTER TABLE open_item DROP COLUMN belongs_to_id")
    for table, column in reversed(new_columns()):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column.name}")
    for table in ("payment_detail", "known_payer", "customer_balance", "exchange_rate", "law_entry"):
        op.drop_table(table)


def _add_belongs_to() -> None:
    name, kind = "fk_open_item_belongs_to_id_open_item", "BIGINT"
    if op.get_bind().dialect.name == "sqlite":
        kind = "INTEGER"
    op.execute(f"ALTER TABLE open_item ADD COLUMN belongs_to_id {kind} CONSTRAINT {name} REFERENCES open_item (id)")


def _where(condition: str) -> dict[str, sa.TextClause]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}
