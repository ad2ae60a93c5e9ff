"""Tasks of a suite in several processes."""

import pytest

from reliabel.bench.processes import side_by_side
from reliabel.core.run import running


def test_one_worker_keeps_the_order_and_tells_of_progress():
    told = []
    with running(listener=lambda *progress: told.append(progress)):
        assert list(side_by_side(abs, [-3, 1, -2], 1, "numbers")) == [3, 1, 2]
    assert told[-1] == ("numbers", 3, 3)


def test_several_workers_do_every_task_once():
    assert sorted(side_by_side(abs, [-3, 1, -2], 2, "numbers")) == [1, 2, 3]


def test_what_a_task_raises_comes_out():
    with pytest.raises(ValueError, match="invalid literal"):
        list(side_by_side(int, ["1", "x"], 2, "numbers"))


def test_no_workers_are_refused():
    with pytest.raises(ValueError, match="workers must be 1 or more processes, got 0"):
        list(side_by_side(abs, [1], 0, "numbers"))
