"""letters of one's own, sending, changed plans, the portal's codes and files

Revision: 0004
Follows: 0003
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

import kulant.db
from kulant.delivery import job_tables

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

NEW_TABLES = (
    "mailbox_mark",
    "throttle",
    "sending_pause",
    "creditor_rules",
    "letter_text",
    "logo",
    "letterhead",
    "print_batch",
    "refused_address",
    "payment_order",
    "upload",
    "counter_proposal",
    "plan_change",
    "inbound_mail",
    "one_time_code",
    "hardship_note",
    "erasure",
    "webhook_endpoint",
    "webhook_message",
)

RUNNING = "status IN ('accepted', 'active', 'late')"
ACTIVE = "status = 'active'"


def _needed(name: str, kind: sa.types.TypeEngine[Any], filled_with: str) -> sa.Column[Any]:
    """A column that is never empty, filled where rows are there already; the default stays behind unused."""
    return sa.Column(name, kind, nullable=False, server_default=filled_with)


def new_columns() -> list[tuple[str, sa.Column[Any]]]:
    """The columns that tables gain; made anew each time, for a column belongs to one table."""
    return [
        ("creditor", sa.Column("iban", sa.String(length=34), nullable=True)),
        ("creditor", sa.Column("bic", sa.String(length=11), nullable=True)),
        ("creditor", sa.Column("swish", sa.String(length=20), nullable=True)),
        ("customer", sa.Column("erased_on", sa.Date(), nullable=True)),
        ("delivery", sa.Column("handed_at", kulant.db.UtcTime(timezone=True), nullable=True)),
        ("delivery", sa.Column("mail_host", sa.String(length=255), nullable=True)),
        ("delivery", sa.Column("bounced_on", sa.Date(), nullable=True)),
        ("delivery", sa.Column("mail_sha256", sa.String(length=64), nullable=True)),
        ("delivery", sa.Column("mail_kept", sa.String(length=64), nullable=True)),
        ("dispute", sa.Column("owner", sa.String(length=120), nullable=True)),
        ("dispute", sa.Column("answer_by", sa.Date(), nullable=True)),
        ("hold", sa.Column("paid_on", sa.Date(), nullable=True)),
        ("hold", sa.Column("ledger_mark", ID, nullable=True)),
        ("instalment", sa.Column("moved_from", sa.Date(), nullable=True)),
        ("instalment", sa.Column("reminded_on", sa.Date(), nullable=True)),
        ("instalment", sa.Column("missed_on", sa.Date(), nullable=True)),
        ("plan", _needed("misses", sa.Integer(), "0")),
        ("plan", sa.Column("late_since", sa.Date(), nullable=True)),
        ("plan", sa.Column("approval", sa.String(length=8), nullable=True)),
        ("plan", sa.Column("approved_by", sa.String(length=120), nullable=True)),
        ("plan", sa.Column("approved_on", sa.Date(), nullable=True)),
        ("plan_offer", _needed("fee_minor", sa.BigInteger(), "0")),
        ("plan_offer", _needed("shape", sa.String(length=8), "equal")),
        ("plan_offer", _needed("made_by", sa.String(length=8), "program")),
        ("plan_offer", _needed("rate", sa.Integer(), "0")),
        ("portal_link", sa.Column("code_hash", sa.String(length=64), nullable=True)),
    ]


def upgrade() -> None:
    op.create_table(
        "mailbox_mark",
        sa.Column("id", ID, nullable=False),
        sa.Column("mailbox", sa.String(length=200), nullable=False),
        sa.Column("validity", ID, nullable=False),
        sa.Column("uid", ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailbox_mark")),
        sa.UniqueConstraint("mailbox", name=op.f("uq_mailbox_mark_mailbox")),
    )
    op.create_table(
        "throttle",
        sa.Column("bucket", sa.String(length=160), nullable=False),
        sa.Column("since", kulant.db.UtcTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", name=op.f("pk_throttle")),
    )
    op.create_table(
        "sending_pause",
        sa.Column("id", ID, nullable=False),
        sa.Column("since", kulant.db.UtcTime(timezone=True), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("paused_by", sa.String(length=120), nullable=False),
        sa.Column("ended_at", kulant.db.UtcTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=120), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sending_pause")),
    )
    op.create_table(
        "creditor_rules",
        sa.Column("id", ID, nullable=False),
        sa.Column("creditor_id", ID, nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("rules", kulant.db.Json(), nullable=False),
        sa.Column("set_on", sa.Date(), nullable=False),
        sa.Column("set_at", kulant.db.UtcTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.String(length=120), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"], name=op.f("fk_creditor_rules_creditor_id_creditor")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_creditor_rules")),
        sa.UniqueConstraint("creditor_id", "name", "version", name=op.f("uq_creditor_rules_creditor_id_name_version")),
    )
    op.create_table(
        "letter_text",
        sa.Column("id", ID, nullable=False),
        sa.Column("creditor_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("texts", kulant.db.Json(), nullable=False),
        sa.Column("made_by", sa.String(length=120), nullable=False),
        sa.Column("made_at", kulant.db.UtcTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=120), nullable=True),
        sa.Column("decided_at", kulant.db.UtcTime(timezone=True), nullable=True),
        sa.Column("decided_why", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"], name=op.f("fk_letter_text_creditor_id_creditor")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_text")),
        sa.UniqueConstraint(
            "creditor_id", "kind", "language", "version", name=op.f("uq_letter_text_creditor_id_kind_language_version")
        ),
    )
    op.create_index(
        "uq_letter_text_active",
        "letter_text",
        ["creditor_id", "kind", "language"],
        unique=True,
        sqlite_where=sa.text("status = 'active'"),
        postgresql_where=sa.text("status = 'active'"),
    )

    op.create_table(
        "logo",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=20), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_logo")),
    )
    op.create_table(
        "letterhead",
        sa.Column("creditor_id", ID, nullable=False),
        sa.Column("colour", sa.String(length=7), nullable=True),
        sa.Column("typeface", sa.String(length=40), nullable=True),
        sa.Column("logo_sha256", sa.String(length=64), nullable=True),
        sa.Column("return_address", sa.String(length=120), nullable=True),
        sa.Column("window", sa.String(length=5), nullable=True),
        sa.Column("set_by", sa.String(length=120), nullable=False),
        sa.Column("set_at", kulant.db.UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"], name=op.f("fk_letterhead_creditor_id_creditor")),
        sa.ForeignKeyConstraint(["logo_sha256"], ["logo.sha256"], name=op.f("fk_letterhead_logo_sha256_logo")),
        sa.PrimaryKeyConstraint("creditor_id", name=op.f("pk_letterhead")),
    )
    op.create_table(
        "print_batch",
        sa.Column("id", ID, nullable=False),
        sa.Column("creditor_id", ID, nullable=False),
        sa.Column("printer", sa.String(length=60), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("made_at", kulant.db.UtcTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=120), nullable=False),
        sa.Column("letters", sa.Integer(), nullable=False),
        sa.Column("sheets", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("printed_at", kulant.db.UtcTime(timezone=True), nullable=True),
        sa.Column("printed_by", sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"], name=op.f("fk_print_batch_creditor_id_creditor")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_print_batch")),
    )
    op.create_index(op.f("ix_print_batch_creditor_id"), "print_batch", ["creditor_id"])

    op.create_table(
        "refused_address",
        sa.Column("id", ID, nullable=False),
        sa.Column("creditor_id", ID, nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ended_by", sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"], name=op.f("fk_refused_address_creditor_id_creditor")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refused_address")),
    )
    op.create_index("ix_refused_address", "refused_address", ["creditor_id", "address"])

    op.create_table(
        "payment_order",
        sa.Column("id", ID, nullable=False),
        sa.Column("creditor_id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("provider_id", sa.String(length=120), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("item_ids", kulant.db.Json(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("made_at", kulant.db.UtcTime(timezone=True), nullable=False),
        sa.Column("settled_at", kulant.db.UtcTime(timezone=True), nullable=True),
        sa.Column("said", kulant.db.Json(), nullable=False),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"], name=op.f("fk_payment_order_creditor_id_creditor")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_payment_order_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_order")),
        sa.UniqueConstraint("key", name=op.f("uq_payment_order_key")),
    )
    op.create_index(op.f("ix_payment_order_customer_id"), "payment_order", ["customer_id"])
    op.create_index("ix_payment_order_open", "payment_order", ["creditor_id", "status"])
    op.create_index(
        "uq_payment_order_open",
        "payment_order",
        ["customer_id", "currency"],
        unique=True,
        sqlite_where=sa.text("status = 'begun'"),
        postgresql_where=sa.text("status = 'begun'"),
    )

    op.create_table(
        "upload",
        sa.Column("id", ID, nullable=False),
        sa.Column("creditor_id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("about", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("made_at", kulant.db.UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"], name=op.f("fk_upload_creditor_id_creditor")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_upload_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
    )
    op.create_index(op.f("ix_upload_customer_id"), "upload", ["customer_id"])

    op.create_table(
        "counter_proposal",
        sa.Column("id", ID, nullable=False),
        sa.Column("creditor_id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("plan_id", ID, nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("wanted", kulant.db.Json(), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("consequence", kulant.db.Json(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("decided_by", sa.String(length=120), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["creditor_id"], ["creditor.id"], name=op.f("fk_counter_proposal_creditor_id_creditor")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_counter_proposal_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_counter_proposal_plan_id_plan")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counter_proposal")),
    )
    op.create_index(op.f("ix_counter_proposal_customer_id"), "counter_proposal", ["customer_id"])
    op.create_index("ix_counter_proposal_open", "counter_proposal", ["creditor_id", "status"])

    op.create_table(
        "plan_change",
        sa.Column("id", ID, nullable=False),
        sa.Column("plan_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("made_by", sa.String(length=120), nullable=False),
        sa.Column("before", kulant.db.Json(), nullable=False),
        sa.Column("after", kulant.db.Json(), nullable=False),
        sa.Column("cost_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_change_plan_id_plan"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_change")),
    )
    op.create_index(op.f("ix_plan_change_plan_id"), "plan_change", ["plan_id"])

    op.create_table(
        "inbound_mail",
        sa.Column("id", ID, nullable=False),
        sa.Column("creditor_id", ID, nullable=True),
        sa.Column("customer_id", ID, nullable=True),
        sa.Column("delivery_id", ID, nullable=True),
        sa.Column("message_id", sa.String(length=998), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("sender", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("received_at", kulant.db.UtcTime(timezone=True), nullable=False),
        sa.Column("taken_at", kulant.db.UtcTime(timezone=True), nullable=False),
        sa.Column("read_at", kulant.db.UtcTime(timezone=True), nullable=True),
        sa.Column("read_by", sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"], name=op.f("fk_inbound_mail_creditor_id_creditor")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_inbound_mail_customer_id_customer")),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("fk_inbound_mail_delivery_id_delivery")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_mail")),
        sa.UniqueConstraint("message_id", name=op.f("uq_inbound_mail_message_id")),
    )
    op.create_index("ix_inbound_mail_by_customer", "inbound_mail", ["customer_id", "read_at"])

    op.create_table(
        "one_time_code",
        sa.Column("id", ID, nullable=False),
        sa.Column("link_id", ID, nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", kulant.db.UtcTime(timezone=True), nullable=False),
        sa.Column("expires_at", kulant.db.UtcTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("used_at", kulant.db.UtcTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["link_id"], ["portal_link.id"], name=op.f("fk_one_time_code_link_id_portal_link"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_code")),
    )
    op.create_index(op.f("ix_one_time_code_link_id"), "one_time_code", ["link_id"])

    op.create_table(
        "hardship_note",
        sa.Column("id", ID, nullable=False),
        sa.Column("creditor_id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("owner", sa.String(length=120), nullable=True),
        sa.Column("told_on", sa.Date(), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("closed_by", sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"], name=op.f("fk_hardship_note_creditor_id_creditor")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_hardship_note_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hardship_note")),
    )
    op.create_index(op.f("ix_hardship_note_customer_id"), "hardship_note", ["customer_id"])

    op.create_table(
        "erasure",
        sa.Column("id", ID, nullable=False),
        sa.Column("creditor_id", ID, nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("what", sa.String(length=8), nullable=False),
        sa.Column("erased_on", sa.Date(), nullable=False),
        sa.Column("erased_at", kulant.db.UtcTime(timezone=True), nullable=False),
        sa.Column("erased_by", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("number_mark", sa.String(length=64), nullable=False),
        sa.Column("at_work", sa.Boolean(), nullable=False),
        sa.Column("report", kulant.db.Json(), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("files", kulant.db.Json(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["creditor_id"], ["creditor.id"], name=op.f("fk_erasure_creditor_id_creditor")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_erasure_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
    )
    op.create_index(op.f("ix_erasure_customer_id"), "erasure", ["customer_id"])
    op.create_index("ix_erasure_by_mark", "erasure", ["creditor_id", "number_mark"])

    op.create_table(
        "webhook_endpoint",
        sa.Column("id", ID, nullable=False),
        sa.Column("creditor_id", ID, nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("events", kulant.db.Json(), nullable=False),
        sa.Column("nonce", sa.String(length=43), nullable=False),
        sa.Column("nonce_before", sa.String(length=43), nullable=True),
        sa.Column("before_until", kulant.db.UtcTime(timezone=True), nullable=True),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.String(length=120), nullable=False),
        sa.Column("made_at", kulant.db.UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["creditor_id"], ["creditor.id"], name=op.f("fk_webhook_endpoint_creditor_id_creditor")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoint")),
    )
    op.create_index(op.f("ix_webhook_endpoint_creditor_id"), "webhook_endpoint", ["creditor_id"])

    op.create_table(
        "webhook_message",
        sa.Column("id", ID, nullable=False),
        sa.Column("endpoint_id", ID, nullable=False),
        sa.Column("event_id", sa.String(length=40), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("created_at", kulant.db.UtcTime(timezone=True), nullable=False),
        sa.Column("due_at", kulant.db.UtcTime(timezone=True), nullable=False),
        sa.Column("lease_until", kulant.db.UtcTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("tried_at", kulant.db.UtcTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Integer(), nullable=True),
        sa.Column("problem", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["endpoint_id"],
            ["webhook_endpoint.id"],
            name=op.f("fk_webhook_message_endpoint_id_webhook_endpoint"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_message")),
    )
    op.create_index("ix_webhook_message_due", "webhook_message", ["status", "due_at"])
    op.create_index("ix_webhook_message_by_endpoint", "webhook_message", ["endpoint_id", "id"])

    for table, column in new_columns():
        op.add_column(table, column)
    _add_reference("delivery", "print_batch_id", "print_batch")
    _add_reference("plan", "replaces_id", "plan")
    erased = sa.text("erased_on IS NOT NULL")
    op.create_index("ix_customer_erased", "customer", ["creditor_id"], sqlite_where=erased, postgresql_where=erased)
    op.create_index("ix_delivery_by_mail_host", "delivery", ["mail_host", "handed_at"])
    op.create_index("ix_delivery_by_message_id", "delivery", ["message_id"])
    op.create_index(op.f("ix_delivery_document_id"), "delivery", ["document_id"])
    op.create_index(op.f("ix_delivery_print_batch_id"), "delivery", ["print_batch_id"])
    op.create_index("uq_portal_link_code_hash", "portal_link", ["code_hash"], unique=True)
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("plan", "status", type_=sa.String(length=12))
    _one_plan_at_a_time(RUNNING)
    job_tables.make(op.get_bind())
    _let_erase_decisions()
    _let_proposals_stay()
    _keep_documents()


def downgrade() -> None:
    job_tables.remove(op.get_bind())
    _let_documents_go()
    _let_proposals_go()
    _let_nobody_erase_decisions()
    op.drop_index("ix_customer_erased", "customer")
    op.execute("UPDATE plan SET status = 'active' WHERE status IN ('accepted', 'late')")
    op.execute("UPDATE plan SET status = 'cancelled' WHERE status = 'renegotiated'")
    _one_plan_at_a_time(ACTIVE)
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("plan", "status", type_=sa.String(length=10))
    op.drop_index("uq_portal_link_code_hash", "portal_link")
    op.drop_index(op.f("ix_delivery_print_batch_id"), "delivery")
    op.drop_index(op.f("ix_delivery_document_id"), "delivery")
    op.drop_index("ix_delivery_by_message_id", "delivery")
    op.drop_index("ix_delivery_by_mail_host", "delivery")
    op.execute("ALTER TABLE plan DROP COLUMN replaces_id")
    op.execute("ALTER TABLE delivery DROP COLUMN print_batch_id")
    for table, column in reversed(new_columns()):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column.name}")
    for table in reversed(NEW_TABLES):
        op.drop_table(table)


# The one way past the guards: while an erasure of that very customer is at work.
ERASING = "EXISTS (SELECT 1 FROM erasure WHERE erasure.customer_id = OLD.customer_id AND erasure.at_work)"
LET_ERASE = f"IF {ERASING} THEN IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END IF; "

RECKONED = (
    "reasons", "options", "break_evens", "offers", "facts", "grade", "late_reason",
    "customer_id", "currency", "proposed_on", "ladder_id", "created_at",
)  # fmt: skip


def _refuse_change(but_for: str) -> str:
    return (
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN {but_for}RAISE EXCEPTION 'what was decided in % is never changed', TG_TABLE_NAME "
        "USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )


def _guard_decisions_on_sqlite(but_for: str) -> None:
    """The guards of 0003 made anew; ``but_for`` is a condition under which they let pass."""
    changed = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in RECKONED)
    free = f" AND NOT {but_for}" if but_for else ""
    when = f" WHEN NOT {but_for}" if but_for else ""
    for name in ("proposal_reckoned", "decision_record_kept", "decision_record_stays"):
        op.execute(f"DROP TRIGGER {name}")
    op.execute(
        f"CREATE TRIGGER proposal_reckoned BEFORE UPDATE OF {', '.join(RECKONED)} ON proposal WHEN ({changed}){free} "
        "BEGIN SELECT RAISE(ABORT, 'what was decided in proposal is never changed'); END"
    )
    for name, act in (("kept", "UPDATE"), ("stays", "DELETE")):
        op.execute(
            f"CREATE TRIGGER decision_record_{name} BEFORE {act} ON decision_record{when} "
            "BEGIN SELECT RAISE(ABORT, 'what was decided in decision_record is never changed'); END"
        )


def _let_erase_decisions() -> None:
    """Decisions may go while their customer is being erased, as the law wants it, and at no other time."""
    if op.get_bind().dialect.name == "postgresql":
        op.get_bind().exec_driver_sql(_refuse_change(LET_ERASE).replace("%", "%%"))
    else:
        _guard_decisions_on_sqlite(ERASING)


def _let_nobody_erase_decisions() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.get_bind().exec_driver_sql(_refuse_change("").replace("%", "%%"))
    else:
        _guard_decisions_on_sqlite("")


def _let_proposals_stay() -> None:
    """A proposal is the record of a decision; the database refuses to delete it."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER proposal_stays BEFORE DELETE ON proposal FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        return
    op.execute(
        f"CREATE TRIGGER proposal_stays BEFORE DELETE ON proposal WHEN NOT {ERASING} "
        "BEGIN SELECT RAISE(ABORT, 'what was decided in proposal is never deleted'); END"
    )


def _let_proposals_go() -> None:
    on = " ON proposal" if op.get_bind().dialect.name == "postgresql" else ""
    op.execute(f"DROP TRIGGER proposal_stays{on}")


def _keep_documents() -> None:
    """The database itself refuses to change or to lose what a customer got."""
    if op.get_bind().dialect.name != "postgresql":
        for name, act in (("kept", "UPDATE"), ("stays", "DELETE")):
            op.execute(
                f"CREATE TRIGGER document_{name} BEFORE {act} ON document WHEN NOT {ERASING} "
                "BEGIN SELECT RAISE(ABORT, 'what a customer got is never changed'); END"
            )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION refuse_other_words() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN {LET_ERASE}RAISE EXCEPTION 'what a customer got is never changed' "
        "USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(
        "CREATE TRIGGER document_kept BEFORE UPDATE OR DELETE ON document FOR EACH ROW "
        "EXECUTE FUNCTION refuse_other_words()"
    )


def _let_documents_go() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER document_kept ON document")
        op.execute("DROP FUNCTION refuse_other_words()")
        return
    for name in ("kept", "stays"):
        op.execute(f"DROP TRIGGER document_{name}")


def _add_reference(table: str, column: str, to: str) -> None:
    """Adds a column that points to another table, in place on both databases."""
    kind = "BIGINT" if op.get_bind().dialect.name == "postgresql" else "INTEGER"
    name = op.f(f"fk_{table}_{column}_{to}")
    op.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind} CONSTRAINT {name} REFERENCES {to} (id)")


def _one_plan_at_a_time(condition: str) -> None:
    """A customer pays at most one plan in a currency; which states count is what changes."""
    op.drop_index("uq_plan_active", "plan")
    where = sa.text(condition)
    op.create_index(
        "uq_plan_active",
        "plan",
        ["customer_id", "currency"],
        unique=True,
        sqlite_where=where,
        postgresql_where=where,
    )
