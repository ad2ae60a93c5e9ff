"""Tasks of a suite in several processes: what each gives comes back to this one, which alone writes
the table, so that no rows are lost or mixed and a stopped run goes on where it was.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import TypeVar

from reliabel.core.run import stop_if_cancelled, track

Task = TypeVar("Task")
Result = TypeVar("Result")


def side_by_side(
    work: Callable[[Task], Result], tasks: Sequence[Task], workers: int, label: str
) -> Iterator[Result]:
    """What ``work`` gives for each task, as it comes; with one worker in this process and in the
    order of the tasks.

    ``work`` and the tasks travel to fresh processes, so that both must be importable.
    Raises ValueError for fewer than one worker, and what a task raised.

    >>> list(side_by_side(abs, [-1, 2], 1, "numbers"))
    [1, 2]
    """
    if workers < 1:
        raise ValueError(f"workers must be 1 or more processes, got {workers}")
    if workers == 1:
        yield from map(work, track(label, tasks))
        return
    # spawn: a fork would carry the threads of BLAS along, half of them
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        waiting = [pool.submit(work, task) for task in tasks]
        try:
            for done in track(label, as_completed(waiting), len(waiting)):
                stop_if_cancelled()
                yield done.result()
        finally:
            pool.shutdown(cancel_futures=True)
