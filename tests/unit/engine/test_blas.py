"""One thread of BLAS within a block: set, shared by blocks that overlap, and given back however the
block ends.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

import reliabel as rl
from reliabel.core.run import current, in_place, running
from reliabel.engine.blas import WORD, one_blas_thread
from reliabel.engine.local import Threads, shared_work


def threads() -> set[int]:
    return {one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"}


@pytest.fixture(autouse=True)
def _two_threads() -> Iterator[None]:
    with threadpool_limits(2, user_api="blas"):
        if threads() != {2}:
            pytest.skip("this BLAS cannot be asked for two threads")
        yield


def test_blas_has_one_thread_within_the_block_and_two_after_it() -> None:
    with one_blas_thread():
        assert threads() == {1}
        with one_blas_thread():
            assert threads() == {1}
        assert threads() == {1}
    assert threads() == {2}


def test_the_threads_come_back_after_an_exception_and_an_interrupt() -> None:
    word = os.environ.get(WORD)
    for error in (ValueError, KeyboardInterrupt):
        with pytest.raises(error), one_blas_thread():
            raise error("on purpose")
        assert threads() == {2}
        assert os.environ.get(WORD) == word


def test_the_last_of_two_threads_that_leaves_gives_them_back() -> None:
    inside, leave = threading.Event(), threading.Event()

    def other() -> None:
        with one_blas_thread():
            inside.set()
            leave.wait(5)

    thread = threading.Thread(target=other)
    with one_blas_thread():
        thread.start()
        assert inside.wait(5)
    assert threads() == {1}
    leave.set()
    thread.join()
    assert threads() == {2}


def test_a_library_loaded_within_the_block_has_one_thread_there_and_its_own_number_after_it() -> (
    None
):
    code = (
        "import numpy\n"
        "from threadpoolctl import threadpool_info, threadpool_limits\n"
        "from reliabel.engine.blas import one_blas_thread\n"
        "info = lambda: [one for one in threadpool_info() if one['user_api'] == 'blas']\n"
        "threads = lambda: [one['num_threads'] for one in info()]\n"
        "with threadpool_limits(2, user_api='blas'):\n"
        "    before = threads()\n"
        "    with one_blas_thread():\n"
        "        import scipy.linalg\n"
        "        inside = threads()\n"
        "    after = threads()\n"
        "assert set(inside) == {1}, inside\n"
        "assert set(after) == {2} and len(after) >= len(before), (before, after)\n"
    )
    environment = {name: word for name, word in os.environ.items() if name != WORD}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr


def test_shared_work_runs_on_our_threads_and_leaves_an_executor_in_force() -> None:
    with shared_work():
        assert isinstance(current().executor, Threads)
        assert threads() == {1}
    assert current().executor is in_place
    mine = Threads(1)
    with running(executor=mine), shared_work():
        assert current().executor is mine


class Watcher:
    """An executor that notes how many threads BLAS has where blocks are worked on."""

    def __init__(self) -> None:
        self.seen: set[int] = set()

    def __call__(self, work, blocks, keep) -> None:
        self.seen |= threads()
        in_place(work, blocks, keep)


@pytest.mark.parametrize("verb", ["aggregate", "measure"])
def test_verbs_work_on_one_thread_of_blas(verb: str) -> None:
    rng = np.random.default_rng(0)
    answers = rl.Classes(rng.integers(0, 2, 300), ("a", "b"))
    votes = rl.Votes(np.repeat(np.arange(100), 3), np.tile(np.arange(3), 100), answers, n=100, w=3)
    watcher = Watcher()
    with running(executor=watcher):
        if verb == "aggregate":
            rl.aggregate(votes, by="dawid_skene")
        else:
            rl.measure(
                rl.Classes(votes.labels.y), probs=rng.dirichlet([1, 1], 300), by="confident_joint"
            )
    assert watcher.seen <= {1}
    assert threads() == {2}
