"""Threads: the order of parts, the same sums to the last bit, nothing left running, nothing
nested.
"""

import threading
import time
from typing import Any

import numpy as np
import pytest

from reliabel.core.run import Cancelled, current, in_place, running
from reliabel.engine.local import Threads
from reliabel.ops.chunks import cut, rows, total


def mine() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("reliabel")]


def test_parts_come_in_the_order_of_the_blocks() -> None:
    def work(block: int) -> int:
        time.sleep(0.002 * (7 - block % 8))
        return block

    parts: list[int] = []
    Threads(4)(work, range(40), parts.append)
    assert parts == list(range(40))
    assert mine() == []


@pytest.mark.parametrize("workers", [0, 1, 2, 5])
def test_sums_and_rows_are_those_of_one_thread_to_the_last_bit(workers: int) -> None:
    x = np.random.default_rng(0).random((50_000, 300)).astype(np.float32)
    blocks = cut(x)
    assert len(blocks) > 4
    alone = (
        total(lambda block: block.read()[0].sum(0), blocks),
        rows(lambda block: block.read()[0].sum(1), blocks),
    )
    with running(executor=Threads(workers)):
        shared = (
            total(lambda block: block.read()[0].sum(0), blocks),
            rows(lambda block: block.read()[0].sum(1), blocks),
        )
    assert alone[0].tobytes() == shared[0].tobytes()
    assert alone[1].tobytes() == shared[1].tobytes()


def test_work_runs_side_by_side() -> None:
    meet = threading.Barrier(2, timeout=5)
    Threads(2)(lambda block: meet.wait(), range(4), lambda part: None)


def test_look_ahead_is_bounded() -> None:
    begun: list[int] = []
    most = 0

    def keep(part: int) -> None:
        nonlocal most
        time.sleep(0.005)
        most = max(most, len(begun) - part)

    def work(block: int) -> int:
        begun.append(block)
        return block

    Threads(2, ahead=3)(work, range(60), keep)
    assert 1 < most <= 7


def test_what_a_block_sums_itself_runs_in_place_and_silently() -> None:
    seen: list[Any] = []

    def work(block: int) -> float:
        seen.append((current().executor, current().listener, threading.current_thread().name[:8]))
        return float(total(lambda rows: rows.read()[0].sum(), cut(np.ones(10))))

    parts: list[float] = []
    with running(executor=Threads(2), listener=lambda *told: None):
        current().executor(work, range(4), parts.append)
    assert parts == [10.0] * 4
    assert set(seen) == {(in_place, None, "reliabel")}


def test_an_error_stops_the_rest() -> None:
    done: list[int] = []

    def work(block: int) -> int:
        if block == 3:
            raise ValueError("block three")
        time.sleep(0.005)
        done.append(block)
        return block

    parts: list[int] = []
    with pytest.raises(ValueError, match="block three"):
        Threads(2)(work, range(1000), parts.append)
    assert parts == [0, 1, 2]
    assert len(done) < 10
    assert mine() == []


def test_a_stopped_run_leaves_nothing_running() -> None:
    parts: list[int] = []

    def keep(part: int) -> None:
        parts.append(part)
        if part == 5:
            run.cancelled.set()

    with running(cancelled=threading.Event()) as run, pytest.raises(Cancelled):
        Threads(2)(lambda block: block, range(10_000), keep)
    assert parts == [0, 1, 2, 3, 4, 5]
    assert mine() == []


def test_no_blocks_and_bad_options() -> None:
    Threads(2)(lambda block: block, [], lambda part: pytest.fail("kept"))
    with pytest.raises(ValueError, match="workers >= 0 and ahead >= 1, got -1 and 2"):
        Threads(-1)
