"""What Alembic runs: the migrations, on the connection that ``review.database`` opened."""

from __future__ import annotations

from alembic import context


def run() -> None:
    """Bring the tables of the open connection to the version that was asked for."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()


if __name__ == "env_py":  # as Alembic loads this file; an import by name does nothing
    run()
