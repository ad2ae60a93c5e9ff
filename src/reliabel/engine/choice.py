"""Which engine a run has: threads of this process, or a Ray cluster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from reliabel.core.run import Executor
from reliabel.core.spelling import nearest
from reliabel.engine.local import Threads

ENGINES = ("local", "ray")


@contextmanager
def chosen_engine(engine: str | Executor, workers: int | None = None) -> Iterator[Executor]:
    """The executor of an engine.

    engine: "local" (threads of this process), "ray" (the cluster of RAY_ADDRESS, else one that is
        started on this machine), or an executor, which is taken as it is.
    workers: threads, processes of the cluster that is started, or how many workers of an existing
        cluster are used at once; None takes one a core, or all.
    Raises ValueError for another engine, for fewer than one worker, and for a cluster that cannot
    be used.
    """
    if callable(engine):
        yield engine
        return
    if engine not in ENGINES:
        raise ValueError(
            f"engine must be one of {', '.join(ENGINES)}, got {engine!r}{nearest(engine, ENGINES)}"
        )
    if workers is not None and (
        isinstance(workers, bool) or workers < 1 or workers != int(workers)
    ):
        raise ValueError(f"workers must be a whole number from 1, got {workers!r}")
    if engine == "local":
        yield Threads(workers or 0)
        return
    from reliabel.engine.ray import Cluster

    with Cluster(workers=workers) as cluster:
        yield cluster
