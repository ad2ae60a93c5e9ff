"""Blocks of rows on a Ray cluster: tasks over aligned runs of blocks, merged where they were made,
tried again when a worker dies.

    with Cluster(workers=2) as cluster, running(executor=cluster):
        audit(data)

A block travels as the place of its rows (memory maps, files, arrays in the object store) or as its
own rows (``engine/parcels.py``).  Runs are powers of two blocks long and parts come back in order,
so that the fixed tree of ``ops/chunks.py`` is the same one; a worker gives BLAS one thread.  So the
answer is that of one process to the last bit.  What takes less time than the sending is worked on
in place.  Ray is imported when a cluster is entered, not before.
"""

from __future__ import annotations

import time
import warnings
from collections import deque
from collections.abc import Callable, Sequence
from functools import cache
from types import TracebackType
from typing import Any

from reliabel.core.run import Rated, in_place, stop_if_cancelled
from reliabel.engine.blas import one_blas_thread
from reliabel.engine.parcels import Parcels, unpack
from reliabel.ops.chunks import Tree

LONGEST = 64  # blocks of a run: what is lost at most when a worker dies
EACH = 4  # runs a worker, so that a slow one does not hold up the rest
GIVEN_UP = 10.0  # seconds that cancelled tasks may take to end
LISTEN = 0.2  # seconds between looks at whether to stop
# Seconds of work that are not worth sending to workers that have everything loaded, and to workers
# that have not: these load NumPy, scipy and the package first.
SMALL, COLD = 0.1, 1.0
Said = tuple[str, type[Warning]]  # a warning and its kind
SPEED = 2e10  # floating-point operations a second of a core, for work that says how many it takes


class Cluster:
    """An executor on Ray.

    address: of a cluster; None starts one on this machine with ``workers`` processes.
    retries: how often a lost task is tried again.
    """

    def __init__(
        self, address: str | None = None, *, workers: int | None = None, retries: int = 3
    ) -> None:
        if workers is not None and (workers < 1 or address is not None):
            raise ValueError(
                "workers is for a cluster of this machine's own and must be at least 1, got "
                f"workers={workers} at address {address!r}"
            )
        self.address, self.workers, self.retries = address, workers, retries
        self.started = False
        self.sent = 0  # tasks that were sent to workers so far
        self.seconds: dict[Any, float] = {}  # code of a piece of work -> what a block took
        self.parcels = Parcels(lambda array: _ray().put(array))

    def __enter__(self) -> Cluster:
        ray = _ray()
        if not ray.is_initialized():
            ray.init(
                self.address,
                num_cpus=self.workers,
                include_dashboard=False,
                log_to_driver=False,
                logging_level="error",
            )
            self.started = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.started:
            _ray().shutdown()
            self.started = False

    def __call__(
        self, work: Callable[[Any], Any], blocks: Sequence[Any], keep: Callable[[Any], None], /
    ) -> None:
        """Work on the blocks and keep the parts in order; when it raises or is stopped, its tasks
        are cancelled.
        """
        ray = _ray()
        if not ray.is_initialized():
            raise ValueError(
                "the cluster is not running; write: with Cluster(...) as cluster, "
                "running(executor=cluster): ..."
            )
        if not blocks:
            return
        done = self._here(work, blocks, keep)
        if done < len(blocks):
            self._sent(ray, work, blocks, keep, done)

    def advice(self) -> str:
        """A sentence where the engine was not worth it, else none."""
        if self.sent:
            return ""
        return (
            'the engine "ray" had nothing to do: every stage of this run takes less time than '
            'sending it to workers; the engine "local" gives the same answer without the start of '
            "a cluster"
        )

    def _here(
        self, work: Callable[[Any], Any], blocks: Sequence[Any], keep: Callable[[Any], None]
    ) -> int:
        """Work here on blocks that are not worth sending; gives how many: all, none, or the first
        where that shows what the others will take.
        """
        code = getattr(getattr(work, "func", work), "__code__", work)
        each, done = self.seconds.get(code), 0
        if isinstance(work, Rated):
            each = work.operations / SPEED
        elif each is None or len(blocks) == 1:
            start = time.perf_counter()
            in_place(work, blocks[:1], keep)
            each, done = time.perf_counter() - start, 1
            self.seconds[code] = each
        if each is None or each * (len(blocks) - done) > (SMALL if self.sent else COLD):
            return done
        in_place(work, blocks[done:], keep)
        return len(blocks)

    def _sent(
        self,
        ray: Any,
        work: Callable[[Any], Any],
        blocks: Sequence[Any],
        keep: Callable[[Any], None],
        done: int,
    ) -> None:
        """Send the blocks after the first ``done`` in runs and keep the parts in order."""
        cores = max(1, int(ray.cluster_resources().get("CPU", 1)))
        level = _level(len(blocks), cores)
        tree = getattr(keep, "__self__", None)
        merge = tree.merge if isinstance(tree, Tree) else None
        task = ray.remote(_run).options(max_retries=self.retries)
        packed, arrays = self.parcels.pack((work, merge))
        shared = ray.put(packed)
        waiting: deque[tuple[Any, int]] = deque()
        try:
            for start, size in _runs(done, len(blocks), level):
                if len(waiting) == 2 * cores:
                    _keep(ray, *waiting[0], keep, merge is not None)
                    waiting.popleft()
                run, others = self.parcels.pack(list(blocks[start : start + 2**size]))
                waiting.append((task.remote(shared, arrays, run, others), size))
                self.sent += 1
            while waiting:
                _keep(ray, *waiting[0], keep, merge is not None)
                waiting.popleft()
        finally:
            left = [task for task, _ in waiting]  # the one that was waited for as well
            for one in left:
                ray.cancel(one, force=True)
            if left:
                ray.wait(left, num_returns=len(left), timeout=GIVEN_UP)


def _level(blocks: int, cores: int) -> int:
    """Runs of 2**level blocks, so that each core gets a few of them.

    >>> [_level(blocks, 2) for blocks in (2, 16, 1000, 10**6)]
    [0, 1, 6, 6]
    """
    each = min(max(1, blocks // (EACH * cores)), LONGEST)
    return each.bit_length() - 1


def _runs(start: int, stop: int, level: int) -> list[tuple[int, int]]:
    """Where each run of blocks begins and its level: aligned runs of at most 2**level blocks.

    >>> _runs(0, 8, 1), _runs(1, 8, 2)
    ([(0, 1), (2, 1), (4, 1), (6, 1)], [(1, 0), (2, 1), (4, 2)])
    """
    found = []
    while start < stop:
        low = (start & -start).bit_length() - 1 if start else level
        found.append((start, min(low, level)))
        start += 2 ** found[-1][1]
    return found


def _run(shared: bytes, arrays: list[Any], run: bytes, others: list[Any]) -> tuple[Any, list[Said]]:
    """In a worker: the parts of a run of blocks, merged along the tree if they are to be merged;
    and the warnings that were given meanwhile.  ``arrays`` are those of the work, ``others`` those
    of the blocks.
    """
    _prepared()
    ray = _ray()
    work, merge = unpack(shared, ray.get(arrays))
    blocks = unpack(run, ray.get(others))
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        if merge is None:
            parts: Any = [work(block) for block in blocks]
        else:
            tree: Tree[Any] = Tree(merge)
            in_place(work, blocks, tree.add)
            parts = tree.finish()
    return parts, [(str(one.message), one.category) for one in given]


@cache
def _prepared() -> None:
    """Once in a worker: BLAS keeps to one thread for good."""
    one_blas_thread().__enter__()


def _keep(ray: Any, task: Any, level: int, keep: Callable[..., None], merged: bool) -> None:
    while not ray.wait([task], timeout=LISTEN)[0]:
        stop_if_cancelled()
    stop_if_cancelled()
    try:
        part, given = ray.get(task)
    except ray.exceptions.RayTaskError as error:
        raise error.cause from None
    for sentence, category in given:
        warnings.warn(sentence, category, stacklevel=2)
    if merged:
        keep(part, level)
    else:
        for one in part:
            keep(one)


def _ray() -> Any:
    import ray

    return ray
