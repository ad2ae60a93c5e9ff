"""The log under load and faults, at the sizes that are promised (make real; minutes)."""

from __future__ import annotations

import time

import numpy as np
import pytest

pytest.importorskip("sqlalchemy")
pytest.importorskip("alembic")

from tests.unit.review.conftest import made, server, store  # noqa: F401 (fixtures)
from tests.unit.review.faults import check, many_kills, together

import reliabel as rl
from reliabel.core.results import Decision
from reliabel.review.events import DECIDE, DRAW, Event, now
from reliabel.review.identity import print_of
from reliabel.review.models import LOGS
from reliabel.review.store import Log

pytestmark = [pytest.mark.heavy, pytest.mark.slow]
A_SECOND, MOST = 150, 0.050  # decisions of eight reviewers together; seconds of one


def test_eight_reviewers_with_500_decisions_each(tmp_path, store):  # noqa: F811
    folder = made(tmp_path / "labels.audit", rows=20_000)
    rl.log(folder, store=store)
    seconds, told = together(folder, store, people=8, decisions=500)
    log = check(folder, [line for lines in told for line in lines])
    said = sum(line.startswith("decide") for lines in told for line in lines)
    assert said == 4000
    again = sum(line.startswith("decide 0") for lines in told for line in lines)
    assert log.summary()["decisions"] == said - again
    assert said / seconds >= A_SECOND, f"{said / seconds:.0f} decisions a second"


def test_reviewers_that_are_killed_200_times(tmp_path, store):  # noqa: F811
    folder = made(tmp_path / "labels.audit", rows=50_000)
    rl.log(folder, store=store)
    told = many_kills(folder, store, 200)
    assert sum(line.startswith("decide") for line in told) > 200  # a busy machine does few
    check(folder, told)


def test_a_decision_among_a_million_labels_and_a_hundred_thousand_draws(tmp_path):
    from reliabel.review.database import Database

    n, draws = 1_000_000, 100_000
    rng = np.random.default_rng(0)
    data = rl.Dataset(rl.Classes(rng.integers(0, 2, n), ("no", "yes")))
    database = Database(tmp_path / "decisions.db")
    row = {"id": 1, "uid": "u", "name": "big", "labels": print_of(data), "units": n}
    row |= {"place": "p", "made": now()}
    with database.writing() as connection:
        connection.execute(LOGS.insert(), row)
    log = Log(database, data, row)
    with log.writing() as (connection, board):
        events = []
        for place, item in enumerate(rng.permutation(n)[:draws].tolist()):
            told = {"item": item, "unseen": n - place, "forecast": 30.0, "allowed": n // 100}
            events.append(Event(0, DRAW, now(), population="all", **told))
            verdict = "drop" if rng.random() < 0.01 else "keep"
            events.append(Event(0, DECIDE, now(), item=item, verdict=verdict))
        log.add(connection, board, events)
    log.decide([Decision("0", "unsure")])  # ids are looked up from here on
    took = []
    for _ in range(100):
        begun = time.perf_counter()
        draw = log.draw(forecast=30.0, allowed=n // 100)
        log.decide([Decision(str(draw.row), "keep")])
        took.append(time.perf_counter() - begun)
    assert np.median(took) < MOST, f"{1e3 * np.median(took):.0f} ms for a draw and its decision"
