"""Blocks of rows on a Ray cluster: tasks over aligned runs of blocks, merged where they were made,
tried again when a worker dies.

    with Cluster(workers=2) as cluster, running(executor=cluster):
        audit(data)

A block travels as the place of its rows (memory maps, files) or as its own rows.  Runs are powers
of two blocks long and parts come back in order, so that the fixed tree of ``ops/chunks.py`` is the
same one and the answer is that of one process to the last bit (for one setting of BLAS). Ray is
imported when a cluster is entered, not before.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any

from reliabel.core.run import in_place, stop_if_cancelled
from reliabel.engine.attach import address_of, attach, check_installed, ray_module, start
from reliabel.engine.lost import Head, raised
from reliabel.ops.chunks import Tree

LONGEST = 64  # blocks of a run: what is lost at most when a worker dies
EACH = 4  # runs a worker, so that a slow one does not hold up the rest
GIVEN_UP = 10.0  # seconds that cancelled tasks may take to end
LISTEN = 0.2  # seconds between looks at whether to stop


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

    def __enter__(self) -> Cluster:
        check_installed()
        self.entered = True
        if self.address is not None and not ray_module().is_initialized():
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

    def _begun(self) -> Any:
        """Ray, with a cluster to work on: one of this machine is started when it is first used."""
        ray = ray_module()
        if not ray.is_initialized():
            if not self.entered:
                raise ValueError(
                    "the cluster is not running; write: with Cluster(...) as cluster, "
                    "running(executor=cluster): ..."
                )
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
        """Work on the blocks and keep the parts in order; when it raises or is stopped, its tasks
        are cancelled.
        """
        if len(blocks) <= 1:
            return in_place(work, blocks, keep)
        ray = self._begun()
        cores = self._slots(ray)
        level = _level(len(blocks), cores)
        tree = getattr(keep, "__self__", None)
        merge = tree.merge if isinstance(tree, Tree) else None
        task = ray.remote(_run).options(max_retries=self.retries)
        shared = ray.put((work, merge))
        waiting: deque[Any] = deque()
        ahead = 2 * cores if self.workers is None or self.own else cores
        try:
            for first in range(0, len(blocks), 2**level):
                if len(waiting) == ahead:
                    self._keep(ray, waiting[0], keep, level, merge is not None)
                    waiting.popleft()
                waiting.append(task.remote(shared, list(blocks[first : first + 2**level])))
            while waiting:
                self._keep(ray, waiting[0], keep, level, merge is not None)
                waiting.popleft()
        finally:
            if not self.head.lost:
                _cancelled(ray, waiting)  # the one that was waited for as well

    def _keep(
        self, ray: Any, task: Any, keep: Callable[..., None], level: int, merged: bool
    ) -> None:
        """Wait for a task and keep its parts; looks meanwhile at the head, and whether to stop."""
        try:
            while not ray.wait([task], timeout=LISTEN)[0]:
                stop_if_cancelled()
                self.head.look()
            stop_if_cancelled()
            part = ray.get(task)
        except ray.exceptions.RayError as error:
            raise raised(ray, error) from None
        if merged:
            keep(part, level)
        else:
            for one in part:
                keep(one)


def _cancelled(ray: Any, waiting: Sequence[Any]) -> None:
    for left in waiting:
        ray.cancel(left, force=True)
    if waiting:
        ray.wait(list(waiting), num_returns=len(waiting), timeout=GIVEN_UP)


def _level(blocks: int, cores: int) -> int:
    """Runs of 2**level blocks, so that each core gets a few of them.

    >>> [_level(blocks, 2) for blocks in (2, 16, 1000, 10**6)]
    [0, 1, 6, 6]
    """
    each = min(max(1, blocks // (EACH * cores)), LONGEST)
    return each.bit_length() - 1


def _run(
    shared: tuple[Callable[[Any], Any], Callable[[Any, Any], Any] | None], blocks: Sequence[Any]
) -> Any:
    """In a worker: the parts of a run of blocks, merged along the tree if they are to be merged."""
    work, merge = shared
    if merge is None:
        return [work(block) for block in blocks]
    tree: Tree[Any] = Tree(merge)
    in_place(work, blocks, tree.add)
    return tree.finish()
