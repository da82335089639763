"""relationships, decisions remembered, tokens

Revision: 0003
Follows: 0002
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

import kulant.db

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

NEW_TABLES = (
    "api_token",
    "forecast_made",
    "payment_model",
    "rule_book_version",
    "value_backtest",
    "commitment",
    "idempotent_answer",
    "interaction",
    "reviewed",
    "late_reason",
    "loss",
    "save_case",
    "standing",
    "verdict",
    "decision_record",
    "expectation_check",
    "outcome",
    "strike",
)


def new_columns() -> list[tuple[str, sa.Column[Any]]]:
    """The columns that tables gain; made anew each time, for a column belongs to one table."""
    return [
        ("concern", sa.Column("answer_by", sa.Date(), nullable=True)),
        ("concern", sa.Column("owner", sa.String(length=120), nullable=True)),
        ("concern", sa.Column("answer", sa.Text(), nullable=True)),
        ("concern", sa.Column("outcome", sa.String(length=20), nullable=True)),
        ("ladder", sa.Column("why", sa.Text(), nullable=True)),
        ("ladder", sa.Column("ended_on", sa.Date(), nullable=True)),
        ("ladder", sa.Column("ended_by", sa.String(length=120), nullable=True)),
        ("ladder", sa.Column("ended_why", sa.Text(), nullable=True)),
        ("plan", sa.Column("late_reason", sa.String(length=20), nullable=True)),
        ("plan", sa.Column("grade", sa.String(length=1), nullable=True)),
        ("promise", sa.Column("late_reason", sa.String(length=20), nullable=True)),
        ("promise", sa.Column("grade", sa.String(length=1), nullable=True)),
        ("proposal", sa.Column("grade", sa.String(length=1), nullable=True)),
        ("proposal", sa.Column("late_reason", sa.String(length=20), nullable=True)),
        ("timeline_event", sa.Column("direction", sa.String(length=3), nullable=True)),
    ]


RECKONED = (
    "reasons", "options", "break_evens", "offers", "facts", "grade", "late_reason",
    "customer_id", "currency", "proposed_on", "ladder_id", "created_at",
)  # fmt: skip

REFUSE_CHANGE = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'what was decided in % is never changed', TG_TABLE_NAME
    USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


def guard_decisions() -> None:
    """What was reckoned for a proposal, and who decided what about it, is never changed."""
    columns = ", ".join(RECKONED)
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in RECKONED)
        statements = [
            REFUSE_CHANGE,
            f"CREATE TRIGGER proposal_reckoned BEFORE UPDATE OF {columns} ON proposal FOR EACH ROW "
            f"WHEN ({changed}) EXECUTE FUNCTION refuse_change()",
            "CREATE TRIGGER decision_record_kept BEFORE UPDATE OR DELETE ON decision_record FOR EACH ROW "
            "EXECUTE FUNCTION refuse_change()",
        ]
    else:
        changed = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in RECKONED)
        said = "is never changed'); END"
        statements = [
            f"CREATE TRIGGER proposal_reckoned BEFORE UPDATE OF {columns} ON proposal WHEN {changed} "
            f"BEGIN SELECT RAISE(ABORT, 'what was decided in proposal {said}",
            "CREATE TRIGGER decision_record_kept BEFORE UPDATE ON decision_record "
            f"BEGIN SELECT RAISE(ABORT, 'what was decided in decision_record {said}",
            "CREATE TRIGGER decision_record_stays BEFORE DELETE ON decision_record "
            f"BEGIN SELECT RAISE(ABORT, 'what was decided in decision_record {said}",
        ]
    for statement in statements:
        connection.exec_driver_sql(
            statement.replace("%", "%%") if connection.dialect.name == "postgresql" else statement
        )


def unguard_decisions() -> None:
    """Takes the guard away; a table's own triggers go with it."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER proposal_reckoned ON proposal")
        op.execute("DROP TRIGGER decision_record_kept ON decision_record")
        op.execute("DROP FUNCTION refuse_change()")
    else:
        op.execute("DROP TRIGGER proposal_reckoned")


def upgrade() -> None:
    op.create_table(
        "api_token",
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("scopes", kulant.db.Json(), nullable=False),
        sa.Column("created_at", kulant.db.UtcTime(timezone=True), nullable=False),
        sa.Column("expires_at", kulant.db.UtcTime(timezone=True), nullable=True),
        sa.Column("last_used_at", kulant.db.UtcTime(timezone=True), nullable=True),
        sa.Column("revoked_at", kulant.db.UtcTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name=op.f("fk_api_token_user_id_app_user"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
    )
    op.create_index(op.f("ix_api_token_user_id"), "api_token", ["user_id"])

    op.create_table(
        "forecast_made",
        sa.Column("id", ID, nullable=False),
        sa.Column("creditor_id", ID, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("model", sa.String(length=8), nullable=False),
        sa.Column("ledger_mark", ID, nullable=False),
        sa.Column("weeks", kulant.db.Json(), nullable=False),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"], name=op.f("fk_forecast_made_creditor_id_creditor")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forecast_made")),
        sa.UniqueConstraint(
            "creditor_id", "currency", "made_on", name=op.f("uq_forecast_made_creditor_id_currency_made_on")
        ),
    )
    op.create_table(
        "payment_model",
        sa.Column("id", ID, nullable=False),
        sa.Column("creditor_id", ID, nullable=False),
        sa.Column("fitted_on", sa.Date(), nullable=False),
        sa.Column("chosen", sa.String(length=8), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("parameters", kulant.db.Json(), nullable=False),
        sa.Column("backtest", kulant.db.Json(), nullable=False),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"], name=op.f("fk_payment_model_creditor_id_creditor")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_model")),
    )
    op.create_index("ix_payment_model_by_creditor", "payment_model", ["creditor_id", "fitted_on"])

    op.create_table(
        "rule_book_version",
        sa.Column("id", ID, nullable=False),
        sa.Column("creditor_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("rules", kulant.db.Json(), nullable=False),
        sa.Column("set_on", sa.Date(), nullable=False),
        sa.Column("set_at", kulant.db.UtcTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.String(length=120), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["creditor_id"], ["creditor.id"], name=op.f("fk_rule_book_version_creditor_id_creditor")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_book_version")),
        sa.UniqueConstraint("creditor_id", "version", name=op.f("uq_rule_book_version_creditor_id_version")),
    )
    op.create_table(
        "value_backtest",
        sa.Column("id", ID, nullable=False),
        sa.Column("creditor_id", ID, nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("result", kulant.db.Json(), nullable=False),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"], name=op.f("fk_value_backtest_creditor_id_creditor")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_value_backtest")),
        sa.UniqueConstraint("creditor_id", "made_on", name=op.f("uq_value_backtest_creditor_id_made_on")),
    )
    op.create_table(
        "commitment",
        sa.Column("id", ID, nullable=False),
        sa.Column("creditor_id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(length=120), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"], name=op.f("fk_commitment_creditor_id_creditor")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_commitment_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment")),
    )
    op.create_index("ix_commitment_by_customer", "commitment", ["customer_id", "status"])
    op.create_index("ix_commitment_open_by_creditor", "commitment", ["creditor_id", "status", "due"])

    op.create_table(
        "idempotent_answer",
        sa.Column("id", ID, nullable=False),
        sa.Column("token_id", ID, nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", kulant.db.Json(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", kulant.db.UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["token_id"], ["api_token.id"], name=op.f("fk_idempotent_answer_token_id_api_token"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotent_answer")),
        sa.UniqueConstraint("token_id", "key", name=op.f("uq_idempotent_answer_token_id_key")),
    )
    op.create_index("ix_idempotent_answer_by_age", "idempotent_answer", ["created_at"])

    op.create_table(
        "interaction",
        sa.Column("id", ID, nullable=False),
        sa.Column("creditor_id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("number", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("said", sa.String(length=64), nullable=False),
        sa.Column("concern_id", ID, nullable=True),
        sa.ForeignKeyConstraint(["concern_id"], ["concern.id"], name=op.f("fk_interaction_concern_id_concern")),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"], name=op.f("fk_interaction_creditor_id_creditor")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_interaction_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interaction")),
        sa.UniqueConstraint("creditor_id", "number", name=op.f("uq_interaction_creditor_id_number")),
    )
    op.create_index("ix_interaction_by_customer", "interaction", ["customer_id"])

    op.create_table(
        "reviewed",
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("creditor_id", ID, nullable=False),
        sa.Column("reviewed_on", sa.Date(), nullable=False),
        sa.Column("reviewed_by", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"], name=op.f("fk_reviewed_creditor_id_creditor")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_reviewed_customer_id_customer"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_reviewed")),
    )
    op.create_index("ix_reviewed_by_creditor", "reviewed", ["creditor_id"])

    op.create_table(
        "late_reason",
        sa.Column("id", ID, nullable=False),
        sa.Column("creditor_id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("said_by", sa.String(length=8), nullable=False),
        sa.Column("set_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"], name=op.f("fk_late_reason_creditor_id_creditor")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_late_reason_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_late_reason")),
    )
    op.create_index("ix_late_reason_by_customer", "late_reason", ["customer_id", "ended_on"])

    op.create_table(
        "loss",
        sa.Column("id", ID, nullable=False),
        sa.Column("creditor_id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("lost_on", sa.Date(), nullable=False),
        sa.Column("noticed_on", sa.Date(), nullable=False),
        sa.Column("how", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("grade", sa.String(length=1), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("margin_12m_minor", sa.BigInteger(), nullable=False),
        sa.Column("p_alive", sa.Float(), nullable=True),
        sa.Column("before_break_even", sa.Boolean(), nullable=False),
        sa.Column("returned_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"], name=op.f("fk_loss_creditor_id_creditor")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_loss_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loss")),
    )
    op.create_index("ix_loss_by_creditor_and_day", "loss", ["creditor_id", "lost_on"])
    op.create_index("ix_loss_by_customer", "loss", ["customer_id"])

    op.create_table(
        "save_case",
        sa.Column("id", ID, nullable=False),
        sa.Column("creditor_id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("grade", sa.String(length=1), nullable=False),
        sa.Column("owner", sa.String(length=120), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("closing", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"], name=op.f("fk_save_case_creditor_id_creditor")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_save_case_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_save_case")),
    )
    op.create_index("ix_save_case_by_customer", "save_case", ["customer_id", "closed_on"])
    op.create_index("ix_save_case_open_by_creditor", "save_case", ["creditor_id", "closed_on"])

    op.create_table(
        "standing",
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("creditor_id", ID, nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("attachment", sa.Integer(), nullable=True),
        sa.Column("attachment_reasons", kulant.db.Json(), nullable=False),
        sa.Column("keepability", sa.Float(), nullable=True),
        sa.Column("keepability_reasons", kulant.db.Json(), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=True),
        sa.Column("in_danger", sa.Boolean(), nullable=False),
        sa.Column("danger_reasons", kulant.db.Json(), nullable=False),
        sa.Column("strikes", sa.Integer(), nullable=False),
        sa.Column("last_contact", sa.Date(), nullable=True),
        sa.Column("contact_gap_days", sa.Integer(), nullable=True),
        sa.Column("break_even", sa.String(length=12), nullable=False),
        sa.Column("break_even_on", sa.Date(), nullable=True),
        sa.Column("open_gap", sa.Boolean(), nullable=False),
        sa.Column("saving", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"], name=op.f("fk_standing_creditor_id_creditor")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_standing_customer_id_customer"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_standing")),
    )
    op.create_index("ix_standing_by_creditor", "standing", ["creditor_id"])

    op.create_table(
        "verdict",
        sa.Column("id", ID, nullable=False),
        sa.Column("creditor_id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("treatment", sa.String(length=20), nullable=True),
        sa.Column("step", sa.String(length=60), nullable=True),
        sa.Column("said", kulant.db.Json(), nullable=False),
        sa.Column("fingerprint", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"], name=op.f("fk_verdict_creditor_id_creditor")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_verdict_customer_id_customer"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verdict")),
    )
    op.create_index("ix_verdict_by_account", "verdict", ["customer_id", "currency", "id"])
    op.create_index("ix_verdict_by_creditor_and_day", "verdict", ["creditor_id", "first_on"])

    op.create_table(
        "decision_record",
        sa.Column("id", ID, nullable=False),
        sa.Column("creditor_id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("proposal_id", ID, nullable=False),
        sa.Column("act", sa.String(length=10), nullable=False),
        sa.Column("proposed", sa.String(length=20), nullable=False),
        sa.Column("treatment", sa.String(length=20), nullable=False),
        sa.Column("override", sa.String(length=30), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("grade", sa.String(length=1), nullable=True),
        sa.Column("late_reason", sa.String(length=20), nullable=True),
        sa.Column("decided_by", sa.String(length=120), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("decided_at", kulant.db.UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"], name=op.f("fk_decision_record_creditor_id_creditor")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_decision_record_customer_id_customer")),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name=op.f("fk_decision_record_proposal_id_proposal")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_record")),
    )
    op.create_index("ix_decision_record_by_creditor_and_day", "decision_record", ["creditor_id", "decided_on"])
    op.create_index("ix_decision_record_by_proposal", "decision_record", ["proposal_id"])

    op.create_table(
        "expectation_check",
        sa.Column("id", ID, nullable=False),
        sa.Column("creditor_id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("item_id", ID, nullable=True),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=True),
        sa.Column("expected", sa.Integer(), nullable=True),
        sa.Column("got", sa.Integer(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("closed_why", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["creditor_id"], ["creditor.id"], name=op.f("fk_expectation_check_creditor_id_creditor")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_expectation_check_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(["item_id"], ["open_item.id"], name=op.f("fk_expectation_check_item_id_open_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expectation_check")),
        sa.UniqueConstraint("creditor_id", "customer_id", name=op.f("uq_expectation_check_creditor_id_customer_id")),
    )
    op.create_index("ix_expectation_check_open", "expectation_check", ["creditor_id", "closed_on", "due"])

    op.create_table(
        "outcome",
        sa.Column("proposal_id", ID, nullable=False),
        sa.Column("creditor_id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("treatment", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("grade", sa.String(length=1), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("asked_minor", sa.BigInteger(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("recovered", sa.Boolean(), nullable=True),
        sa.Column("recovered_minor", sa.BigInteger(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("teaches", sa.Boolean(), nullable=False),
        sa.Column("by_chance", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"], name=op.f("fk_outcome_creditor_id_creditor")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_outcome_customer_id_customer")),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name=op.f("fk_outcome_proposal_id_proposal")),
        sa.PrimaryKeyConstraint("proposal_id", name=op.f("pk_outcome")),
    )
    op.create_index("ix_outcome_by_customer", "outcome", ["customer_id"])
    op.create_index("ix_outcome_open_by_creditor", "outcome", ["creditor_id", "closed_on"])

    op.create_table(
        "strike",
        sa.Column("id", ID, nullable=False),
        sa.Column("creditor_id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("item_id", ID, nullable=True),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("withdrawn_by", sa.String(length=120), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"], name=op.f("fk_strike_creditor_id_creditor")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_strike_customer_id_customer")),
        sa.ForeignKeyConstraint(["item_id"], ["open_item.id"], name=op.f("fk_strike_item_id_open_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_strike")),
        sa.UniqueConstraint("creditor_id", "key", name=op.f("uq_strike_creditor_id_key")),
    )
    op.create_index("ix_strike_by_customer", "strike", ["customer_id"])

    for table, column in new_columns():
        op.add_column(table, column)
    guard_decisions()


def downgrade() -> None:
    unguard_decisions()
    for table, column in reversed(new_columns()):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column.name}")
    for table in reversed(NEW_TABLES):
        op.drop_table(table)
