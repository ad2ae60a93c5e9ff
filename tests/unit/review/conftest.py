"""Audit folders with a log, on SQLite and on a PostgreSQL server of their own."""

from __future__ import annotations

import importlib.util
import itertools
from pathlib import Path

import numpy as np
import pytest

import reliabel as rl

pytest.importorskip("sqlalchemy")
pytest.importorskip("alembic")
ROWS = 60
_number = itertools.count()


def postgres():
    """The script that starts a server."""
    path = Path(__file__).resolve().parents[3] / "tools" / "postgres.py"
    if not path.is_file():
        pytest.skip("tools/ lies in the repository, and these tests run from a copy without it")
    spec = importlib.util.spec_from_file_location("postgres", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def server():
    """The address of a PostgreSQL server."""
    pytest.importorskip("psycopg")
    script = postgres()
    try:
        with script.running() as address:
            yield address
    except script.NoServer as why:
        pytest.skip(f"the log is not tested on PostgreSQL: {why}")


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request):
    """Where decisions lie: None (in the folder), or new tables on the server."""
    if request.param == "sqlite":
        return None
    import psycopg

    address = request.getfixturevalue("server")
    name = f"t{next(_number)}"
    plain = address.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}")
    return f"{address}?options=-csearch_path%3D{name}"


def made(folder: Path, rows: int = ROWS, wrong: int = 6, seed: int = 0) -> Path:
    """An audit folder with ``wrong`` wrong labels among the first rows."""
    rng = np.random.default_rng(seed)
    truth = np.arange(rows) % 2
    noise = rng.normal(0, 0.05, (rows, 1)) * [1, -1]
    p = np.clip(np.where(truth[:, None] == np.arange(2), 0.85, 0.15) + noise, 0.01, 0.99)
    labels = rl.Classes(np.where(np.arange(rows) < wrong, 1 - truth, truth), ("no", "yes"))
    return rl.save(rl.audit(labels, probs=p, by=["self_confidence"], seed=seed), folder)


@pytest.fixture
def folder(tmp_path):
    """An audit folder of 60 labels, the first 6 of them wrong."""
    return made(tmp_path / "labels.audit")


@pytest.fixture
def log(folder, store):
    """The log of that folder."""
    return rl.log(folder, store=store)
