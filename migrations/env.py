"""Runs migrations on the connection that ``kulant.schema`` hands over, in its transaction."""

from alembic import context

from kulant.delivery.job_tables import is_ours
from kulant.models import Base


def run() -> None:
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
        include_name=is_ours,
        render_as_batch=connection.dialect.name == "sqlite",
        transaction_per_migration=False,
    )
    if connection.dialect.name == "postgresql":
        # A migration that cannot get its lock soon gives up instead of holding up everybody behind it.
        connection.exec_driver_sql("SET lock_timeout = '10s'")
    with context.begin_transaction():
        context.run_migrations()


run()
