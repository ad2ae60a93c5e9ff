"""Several reviewers at once, and reviewers that die: no decision is lost or doubled."""

from __future__ import annotations

import pytest
from tests.unit.review.conftest import made
from tests.unit.review.faults import check, many_kills, together

import reliabel as rl


@pytest.mark.slow
def test_reviewers_that_work_at_once(tmp_path, store):
    folder = made(tmp_path / "labels.audit", rows=400)
    rl.log(folder, store=store)
    _, told = together(folder, store, people=4, decisions=25)
    assert all(lines[-1] == "done" for lines in told)
    log = check(folder, [line for lines in told for line in lines])
    assert log.summary()["decisions"] == sum(
        line.startswith("decide") and not line.startswith("decide 0")
        for lines in told
        for line in lines
    )


@pytest.mark.slow
def test_reviewers_that_are_killed(tmp_path, store):
    folder = made(tmp_path / "labels.audit", rows=2000)
    rl.log(folder, store=store)
    told = many_kills(folder, store, 10)
    assert sum(line.startswith("decide") for line in told) > 10
    check(folder, told)


@pytest.mark.slow
def test_reviewers_who_come_first_make_one_log(tmp_path, store):
    """Four processes open a folder that has no log yet."""
    folder = made(tmp_path / "labels.audit")
    _, told = together(folder, store, people=4, decisions=2)
    assert all(lines[-1] == "done" for lines in told)
    check(folder, [line for lines in told for line in lines])
