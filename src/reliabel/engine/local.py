"""Blocks of rows on the threads of this process, for work that NumPy and scipy do without holding
the lock.

    with running(executor=Threads(2)):
        audit(data)

Parts come back in the order of the blocks, so the answer is that of one thread to the last bit (for
one setting of BLAS).
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any

from reliabel.core.run import Rated, current, in_place, running, stop_if_cancelled
from reliabel.engine.blas import one_blas_thread, one_here


@dataclass(frozen=True)
class Threads:
    """An executor of ``workers`` threads (0 = one a core).

    At most ``ahead`` blocks a worker are begun before the first part is taken.
    """

    workers: int = 0
    ahead: int = 2

    def __post_init__(self) -> None:
        if self.workers < 0 or self.ahead < 1:
            raise ValueError(
                f"Threads needs workers >= 0 and ahead >= 1, got {self.workers} and {self.ahead}"
            )

    def __call__(
        self, work: Callable[[Any], Any], blocks: Sequence[Any], keep: Callable[[Any], None], /
    ) -> None:
        """Work on the blocks and keep the parts in order.

        If it raises or is stopped, running blocks are waited for and no other is begun.
        """
        workers = min(self.workers or os.cpu_count() or 1, len(blocks))
        if workers <= 1 or (isinstance(work, Rated) and work.threaded):
            return in_place(work, blocks, keep)
        waiting: deque[Future[Any]] = deque()
        pool = ThreadPoolExecutor(workers, "reliabel", one_here)
        try:
            for block in blocks:
                stop_if_cancelled()
                if len(waiting) == workers * self.ahead:
                    keep(waiting.popleft().result())
                waiting.append(pool.submit(copy_context().run, _alone, work, block))
            while waiting:
                stop_if_cancelled()
                keep(waiting.popleft().result())
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def shared_work() -> Iterator[None]:
    """Within the block, or the function that this decorates, blocks of rows are worked on by our
    own threads, one a core, and BLAS by none beside them.  An executor in force stays.
    """
    executor = current().executor
    with one_blas_thread(), running(executor=Threads() if executor is in_place else executor):
        yield


def _alone(work: Callable[[Any], Any], block: Any) -> Any:
    """Work on one block in its thread.

    Nested sums over rows run in place, and progress is reported by the thread that waits.
    """
    with running(executor=in_place, listener=None):
        stop_if_cancelled()
        return work(block)
