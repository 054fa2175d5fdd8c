"""Runs the migrations on the connection, and in the transaction, that upgrade.py hands over."""

from alembic import context

from covet_sre.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
