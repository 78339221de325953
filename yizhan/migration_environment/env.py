"""Run by Alembic: `yizhan.migrations` hands the connection and the service's name over in attributes."""

from __future__ import annotations

from alembic import context

connection = context.config.attributes["connection"]
service = context.config.attributes["service"]

context.configure(
    connection=connection,
    version_table=f"alembic_version_{service}",
    render_as_batch=connection.dialect.name == "sqlite",
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
