"""Blocks of rows on a Ray cluster: tasks over aligned runs of blocks, merged where they were made,
tried again when a worker dies.

    with Cluster(workers=2) as cluster, running(executor=cluster):
        audit(data)

A block travels as the place of its rows (memory maps, files, arrays in the object store) or as its
own rows (``engine/parcels.py``).  Runs are powers of two blocks long and parts come back in order,
so that the fixed tree of ``ops/chunks.py`` is the same one; a worker gives BLAS one thread.  So the
answer is that of one process to the last bit.  What takes less time than the sending is worked on
in place.  Ray is imported when a cluster is attached or started, not before.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections import deque
from collections.abc import Callable, Sequence
from functools import cache
from types import TracebackType
from typing import Any

from reliabel.core.run import Rated, in_place, stop_if_cancelled
from reliabel.engine.attach import address_of, attach, check_installed, ray_module, start
from reliabel.engine.blas import one_blas_thread
from reliabel.engine.lost import Head, raised
from reliabel.engine.parcels import Parcels, unpack
from reliabel.ops.chunks import Tree

LONGEST = 64  # blocks of a run: what is lost at most when a worker dies
EACH = 4  # runs a worker, so that a slow one does not hold up the rest
SHORTEST = 0.05  # seconds of work of a run, if each worker gets one: to send it takes some 6 ms
LISTEN = 0.2  # seconds between looks at whether to stop
# Seconds of work that are not worth sending to workers that have everything loaded, to workers that
# have not (these load NumPy, scipy and the package first), and starting a cluster for.
SMALL, COLD, STARTING = 0.1, 1.0, 4.0
NOT_RUNNING = (
    "the cluster is not running; write: with Cluster(...) as cluster, "
    "running(executor=cluster): ..."
)
Said = tuple[str, type[Warning]]  # a warning and its kind
SPEED = 2e10  # floating-point operations a second of a core, for work that says how many it takes


class Cluster:
    """An executor on Ray.

    address: HOST:PORT of a cluster's head, ray://HOST:PORT or auto; None takes RAY_ADDRESS, and
        without it starts a cluster on this machine as soon as there is work to share.
    workers: processes of a cluster that is started here, or how many workers of an existing one
        are used at once; None takes one a core, or all.
    retries: how often a lost task is tried again.
    """

    def __init__(
        self, address: str | None = None, *, workers: int | None = None, retries: int = 3
    ) -> None:
        if workers is not None and workers < 1:
            raise ValueError(f"workers must be at least 1, got workers={workers}")
        self.address, self.workers, self.retries = address_of(address), workers, retries
        self.entered = self.started = self.own = False
        self.head = Head(None)
        self.sent = 0  # tasks that were sent to workers so far
        self.seconds: dict[Any, float] = {}  # code of a piece of work -> what a block took
        self.parcels = Parcels(lambda array: ray_module().put(array))

    def __enter__(self) -> Cluster:
        check_installed()
        self.entered = True
        if self.address is not None and not self._runs_already():
            attach(self.address)
            self.started = True
            self.head = Head(self.address)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.entered = False
        if self.started:
            self.started = self.own = False
            ray_module().shutdown()

    def _runs_already(self) -> bool:
        """Whether somebody has called ``ray.init``."""
        ray = sys.modules.get("ray")
        return ray is not None and bool(ray.is_initialized())

    def _begun(self) -> Any:
        """Ray, with a cluster to work on: one of this machine is started when it is first used."""
        ray = ray_module()
        if not ray.is_initialized():
            start(self.workers)
            self.started = self.own = True
        return ray

    def _slots(self, ray: Any) -> int:
        """How many runs of blocks are worked on at once."""
        cores = max(1, int(ray.cluster_resources().get("CPU", 1)))
        return min(cores, self.workers or cores)

    def __call__(
        self, work: Callable[[Any], Any], blocks: Sequence[Any], keep: Callable[[Any], None], /
    ) -> None:
        """Work on the blocks and keep the parts in order; when it raises or is stopped, nothing
        more is sent.  The runs of blocks under way, two a worker at most, then end by themselves,
        or with the cluster: to cancel a task at the moment in which it ends aborts the whole
        process in Ray 2.60 (ray-project/ray, pull request 54798).
        """
        if not self.entered and not self._runs_already():
            raise ValueError(NOT_RUNNING)
        if not blocks:
            return
        done, each = self._here(work, blocks, keep)
        if done < len(blocks):
            self._sent(self._begun(), work, blocks, keep, done, each)

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
    ) -> tuple[int, float]:
        """Work here on blocks that are not worth sending; gives how many: all, none, or the first
        where that shows what the others will take, and the seconds that a block takes.
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
        cold = COLD if self._runs_already() else STARTING
        if each is None or each * (len(blocks) - done) > (SMALL if self.sent else cold):
            return done, each or SHORTEST
        in_place(work, blocks[done:], keep)
        return len(blocks), each

    def _sent(
        self,
        ray: Any,
        work: Callable[[Any], Any],
        blocks: Sequence[Any],
        keep: Callable[[Any], None],
        done: int,
        each: float,
    ) -> None:
        """Send the blocks after the first ``done``, which take ``each`` seconds, in runs and keep
        the parts in order.
        """
        cores = self._slots(ray)
        level = _level(len(blocks), cores, each)
        tree = getattr(keep, "__self__", None)
        merge = tree.merge if isinstance(tree, Tree) else None
        task = ray.remote(_run).options(max_retries=self.retries)
        packed, arrays = self.parcels.pack((work, merge))
        shared = ray.put(packed)
        waiting: deque[tuple[Any, int]] = deque()
        ahead = 2 * cores if self.workers is None or self.own else cores
        for at, size in _runs(done, len(blocks), level):
            if len(waiting) == ahead:
                self._keep(ray, *waiting.popleft(), keep, merge is not None)
            run, others = self.parcels.pack(list(blocks[at : at + 2**size]))
            waiting.append((task.remote(shared, arrays, run, others), size))
            self.sent += 1
        while waiting:
            self._keep(ray, *waiting.popleft(), keep, merge is not None)

    def _keep(
        self, ray: Any, task: Any, level: int, keep: Callable[..., None], merged: bool
    ) -> None:
        """Wait for a task and keep its parts; looks meanwhile at the head, and whether to stop."""
        try:
            while not ray.wait([task], timeout=LISTEN)[0]:
                stop_if_cancelled()
                self.head.look()
            stop_if_cancelled()
            part, given = ray.get(task)
        except ray.exceptions.RayError as error:
            raise raised(ray, error) from None
        for sentence, category in given:
            warnings.warn(sentence, category, stacklevel=2)
        if merged:
            keep(part, level)
        else:
            for one in part:
                keep(one)


def _level(blocks: int, cores: int, each: float = SHORTEST) -> int:
    """Runs of 2**level blocks, so that each core gets a few of them, or one where blocks take so
    few seconds that sending more would cost more.

    >>> [_level(blocks, 2) for blocks in (2, 16, 1000, 10**6)]
    [0, 1, 6, 6]
    >>> _level(37, 2, 0.004), _level(37, 2, 0.02)
    (4, 2)
    """
    few = min(max(1, blocks // (EACH * cores)), LONGEST).bit_length() - 1
    long = int(SHORTEST / max(each, 1e-9)).bit_length()
    one = max(1, blocks // cores).bit_length() - 1
    return max(few, min(long, one))


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
    ray = ray_module()
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
