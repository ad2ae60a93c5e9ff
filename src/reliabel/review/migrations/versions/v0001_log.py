"""The first version: logs, events that are only added, populations, claims."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None
LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FIXED = {  # tables of which no row is ever changed or taken away, and the key of a row
    "event": ("seq", "events of a log are never changed or removed; an undo takes a decision back"),
    "population": ("name", "the labels that draws are made from are never changed"),
}
REFUSE = """
CREATE FUNCTION {table}_stays() RETURNS trigger AS $$
BEGIN RAISE EXCEPTION '{why}'; END;
$$ LANGUAGE plpgsql
"""


def upgrade() -> None:
    """Make the tables and the triggers."""
    op.create_table(
        "log",
        sa.Column("id", LONG, primary_key=True),
        sa.Column("uid", sa.Text, nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("labels", sa.Text, nullable=False),
        sa.Column("units", LONG, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("made", sa.Text, nullable=False),
    )
    op.create_table(
        "event",
        sa.Column("log", LONG, sa.ForeignKey("log.id"), primary_key=True),
        sa.Column("seq", LONG, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("who", sa.Text),
        sa.Column("population", sa.Text),
        sa.Column("item", LONG),
        sa.Column("unit", LONG),
        sa.Column("verdict", sa.Text),
        sa.Column("label", sa.Text),
        sa.Column("origin", sa.Text),
        sa.Column("key", sa.Text),
        sa.Column("ref", LONG),
        sa.Column("unseen", LONG),
        sa.Column("forecast", sa.Float(53)),
        sa.Column("allowed", LONG),
        sa.Column("p", sa.Float(53)),
        sa.Column("detail", sa.Text),
        sa.Column("hash", sa.Text, nullable=False),
    )
    op.create_index("event_key", "event", ["log", "key"], unique=True)
    op.create_table(
        "population",
        sa.Column("log", LONG, sa.ForeignKey("log.id"), primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("members", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "claim",
        sa.Column("log", LONG, sa.ForeignKey("log.id"), primary_key=True),
        sa.Column("row", LONG, primary_key=True),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("until", sa.Float(53), nullable=False),
        sa.Column("p", sa.Float(53)),
    )
    for table, (key, why) in FIXED.items():
        _guard(table, key, why)


def _guard(table: str, key: str, why: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{why}'); END"
            )
        op.execute(  # INSERT OR REPLACE takes rows away without a word to the triggers above
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN EXISTS "
            f"(SELECT 1 FROM {table} WHERE log = NEW.log AND {key} = NEW.{key}) "
            f"BEGIN SELECT RAISE(ABORT, '{why}'); END"
        )
        return
    op.execute(REFUSE.format(table=table, why=why))
    op.execute(
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_stays()"
    )


def downgrade() -> None:
    """There is nothing before the first version; people's decisions are not thrown away."""
    raise RuntimeError("the first version of a store cannot be taken back: it holds decisions")
