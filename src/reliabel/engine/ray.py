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
from reliabel.ops.chunks import Tree

LONGEST = 64  # blocks of a run: what is lost at most when a worker dies
EACH = 4  # runs a worker, so that a slow one does not hold up the rest
GIVEN_UP = 10.0  # seconds that cancelled tasks may take to end
LISTEN = 0.2  # seconds between looks at whether to stop


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
        if len(blocks) <= 1:
            return in_place(work, blocks, keep)
        cores = max(1, int(ray.cluster_resources().get("CPU", 1)))
        level = _level(len(blocks), cores)
        tree = getattr(keep, "__self__", None)
        merge = tree.merge if isinstance(tree, Tree) else None
        task = ray.remote(_run).options(max_retries=self.retries)
        shared = ray.put((work, merge))
        waiting: deque[Any] = deque()
        try:
            for start in range(0, len(blocks), 2**level):
                if len(waiting) == 2 * cores:
                    _keep(ray, waiting[0], keep, level, merge is not None)
                    waiting.popleft()
                waiting.append(task.remote(shared, list(blocks[start : start + 2**level])))
            while waiting:
                _keep(ray, waiting[0], keep, level, merge is not None)
                waiting.popleft()
        finally:
            for left in waiting:  # the one that was waited for as well
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


def _keep(ray: Any, task: Any, keep: Callable[..., None], level: int, merged: bool) -> None:
    while not ray.wait([task], timeout=LISTEN)[0]:
        stop_if_cancelled()
    stop_if_cancelled()
    try:
        part = ray.get(task)
    except ray.exceptions.RayTaskError as error:
        raise error.cause from None
    if merged:
        keep(part, level)
    else:
        for one in part:
            keep(one)


def _ray() -> Any:
    import ray

    return ray
