"""The migrations make what the models say."""

from __future__ import annotations

import pytest

from reliabel.review.database import HEAD, Database
from reliabel.review.models import Tables


def test_the_models_and_the_migrations_agree(store, tmp_path):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    database = Database(store or tmp_path / "a.db")
    with database.reading() as connection:
        found = compare_metadata(MigrationContext.configure(connection), Tables.metadata)
    assert found == []


def test_the_newest_migration_is_the_one_that_is_asked_for():
    from pathlib import Path

    from alembic.config import Config
    from alembic.script import ScriptDirectory

    import reliabel.review

    config = Config()
    config.set_main_option(
        "script_location", str(Path(reliabel.review.__file__).parent / "migrations")
    )
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_nothing_is_migrated_twice(store, tmp_path, monkeypatch):
    address = store or tmp_path / "a.db"
    Database(address)

    def again(*_):
        raise AssertionError("migrated again")

    monkeypatch.setattr("alembic.command.upgrade", again)
    assert Database(address).told


def test_missing_libraries_are_a_sentence(monkeypatch):
    import importlib

    import reliabel.review

    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'reliabel\[review\]'"):
        importlib.reload(reliabel.review)
