"""What surrounds a run: who is told of progress, where blocks of rows are worked on, whether to
stop, and where a training keeps its checkpoints.

One context variable carries it, so that no algorithm has a parameter for it.  Without a listener it
costs nothing and prints nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any, Protocol, TypeVar

from reliabel.core.short_repr import by_fields

T = TypeVar("T")
Listener = Callable[[str, int, int | None], None]  # (label, steps done, of how many; None: unknown)
Watcher = Callable[[str, int, float], None]  # (what is measured, after which step, its value)


class Executor(Protocol):
    """Works on blocks and pushes each part to ``keep`` in the order of the blocks; leaves nothing
    running when it returns or raises.
    """

    def __call__(
        self, work: Callable[[Any], Any], blocks: Sequence[Any], keep: Callable[[Any], None], /
    ) -> None: ...


class Cancelled(KeyboardInterrupt):
    """The run was stopped from outside.  A KeyboardInterrupt, so that no ``except Exception`` can
    swallow it.
    """


@dataclass(frozen=True)
class Rated:
    """Work on a block, with about how many floating-point operations a block takes, for executors
    that weigh whether it pays to send it elsewhere.

    threaded: the work uses all cores of its process by itself.
    """

    work: Callable[[Any], Any]
    operations: float
    threaded: bool = False

    __repr__ = by_fields

    def __call__(self, block: Any) -> Any:
        return self.work(block)


def in_place(
    work: Callable[[Any], Any], blocks: Sequence[Any], keep: Callable[[Any], None], /
) -> None:
    """The executor without workers: one block after another, in this thread."""
    for block in blocks:
        stop_if_cancelled()
        keep(work(block))


@dataclass(frozen=True)
class Run:
    """``listener`` is told of progress, ``executor`` works on blocks, ``cancelled`` is checked
    between steps, ``label`` says what runs now.

    A training writes checkpoints into ``folder`` (None: none), at most one in ``seconds``, and goes
    on from those it finds there; it records its dynamics where ``record`` asks for them.  The
    trainings of one run are told apart by ``stages``, which counts them.  ``watcher`` is told of
    measurements, such as the agreement with held-out labels after each epoch.
    """

    listener: Listener | None = None
    executor: Executor = in_place
    cancelled: threading.Event = field(default_factory=threading.Event)
    label: str = ""
    folder: Path | None = None
    record: bool = False
    seconds: float = 30.0
    watcher: Watcher | None = None
    stages: Iterator[int] = field(default_factory=lambda: count(1), repr=False)

    def __post_init__(self) -> None:
        if self.folder is not None:
            object.__setattr__(self, "folder", Path(self.folder))
        if not self.seconds >= 0:
            raise ValueError(
                f"seconds between checkpoints must be 0 (one an epoch) or more, got {self.seconds}"
            )

    __repr__ = by_fields


_RUN: ContextVar[Run] = ContextVar("reliabel_run", default=Run())


def current() -> Run:
    """The run in force."""
    return _RUN.get()


@contextmanager
def running(**changes: Any) -> Iterator[Run]:
    """Within the block the run has these fields changed.

    >>> with running(record=True):
    ...     current().record
    True
    """
    if "folder" in changes:
        changes = {"stages": count(1), **changes}
    token = _RUN.set(replace(_RUN.get(), **changes))
    try:
        yield _RUN.get()
    finally:
        _RUN.reset(token)


def apart(work: Callable[[], T], operations: float) -> T:
    """The result of one piece of work that cannot be cut, done where the executor has room for it.

    >>> apart(lambda: 6 * 7, operations=1)
    42
    """
    found: list[T] = []
    current().executor(Rated(lambda _: work(), operations), [None], found.append)
    return found[0]


def stop_if_cancelled() -> None:
    """Raise Cancelled if somebody asked the run to stop."""
    if _RUN.get().cancelled.is_set():
        raise Cancelled("stopped on request")


def tell(label: str, done: int, total: int | None) -> None:
    """Report how many steps are done, if anybody listens; and stop here if asked to."""
    stop_if_cancelled()
    listener = _RUN.get().listener
    if listener is not None:
        listener(label, done, total)


def measured(what: str, step: int, value: float) -> None:
    """Report a measurement after a step, if anybody watches."""
    watcher = _RUN.get().watcher
    if watcher is not None:
        watcher(what, step, value)


def track(label: str, steps: Iterable[T], total: int | None = None) -> Iterator[T]:
    """Go through ``steps`` and report progress after each.

    >>> with running(listener=lambda *progress: print(progress)):
    ...     for step in track("epochs", [1, 2]): pass
    ('epochs', 0, 2)
    ('epochs', 1, 2)
    ('epochs', 2, 2)
    """
    size = total if total is not None else len(steps) if isinstance(steps, Sequence) else None
    tell(label, 0, size)
    for done, step in enumerate(steps, 1):
        yield step
        tell(label, done, size)
