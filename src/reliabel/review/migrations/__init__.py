"""Migrations of a store, which Alembic runs when a store is opened."""
