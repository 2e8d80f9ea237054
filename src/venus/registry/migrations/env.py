"""Alembic's entry: runs on the connection that migrate.py hands over, never from a URL."""

from alembic import context

from venus.registry.tables import Table

context.configure(connection=context.config.attributes["connection"], target_metadata=Table.metadata)
with context.begin_transaction():
    context.run_migrations()
