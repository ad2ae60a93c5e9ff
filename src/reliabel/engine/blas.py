"""One thread of BLAS within a block of code, however many the machine has.

The threads of a BLAS wait for each other in busy loops: beside other busy processes a product costs
several times the CPU time of one thread.  Work is therefore shared by blocks of rows on threads of
our own (``engine/local.py``), each of which calls BLAS alone, and the last bits of an answer do not
depend on the machine's number of cores.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

WORD = "OPENBLAS_NUM_THREADS"  # read by an OpenBLAS when it is loaded: scipy brings one of its own


class _Limit:
    """The limit in force; blocks that overlap, in one thread or several, share one."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.depth = 0
        self.limits: Any = None
        self.threads: dict[str, int] = {}  # library -> its threads before
        self.each = False  # whether a library holds a limit for each thread, not for the process
        self.word: str | None = None

    def enter(self) -> None:
        """The first to enter sets the limit."""
        with self.lock:
            if self.depth == 0:
                from threadpoolctl import threadpool_limits

                self.threads, self.each = _threads()
                self.limits = threadpool_limits(1, user_api="blas")
                _free_control()
                self.word = os.environ.get(WORD)
                os.environ[WORD] = "1"
            self.depth += 1

    def leave(self) -> None:
        """The last to leave gives the libraries their threads back, those loaded meanwhile as
        many as they would have had.
        """
        with self.lock:
            self.depth -= 1
            if self.depth:
                return
            if self.word is None:
                del os.environ[WORD]
            else:
                os.environ[WORD] = self.word
            self.limits.restore_original_limits()
            _free_new(self.threads)
            _free_control()


_LIMIT = _Limit()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Within the block, or the function that this decorates, BLAS works on one thread.  Afterwards,
    also after an exception, everything is as before.
    """
    _LIMIT.enter()
    try:
        yield
    finally:
        _LIMIT.leave()


def one_here() -> None:
    """In a thread that starts within the block: one thread of BLAS here too, where a library (an
    OpenBLAS over OpenMP) counts them for each thread that calls it.
    """
    if _LIMIT.depth and _LIMIT.each:
        from threadpoolctl import threadpool_limits

        threadpool_limits(1, user_api="blas")


def _threads() -> tuple[dict[str, int], bool]:
    """The threads of each BLAS, and whether one holds them for each thread that calls it."""
    from threadpoolctl import threadpool_info

    found = [one for one in threadpool_info() if one["user_api"] == "blas"]
    each = any(one.get("threading_layer") == "openmp" for one in found)
    return {one["filepath"]: one["num_threads"] for one in found}, each


def _free_control() -> None:
    """Let any thread set the limit again: newer versions of threadpoolctl reserve that for the
    thread that set it first.
    """
    from threadpoolctl import LibController

    for kind in LibController.__subclasses__():
        free = getattr(kind, "clear_controlling_thread", None)
        if free is not None:
            free(force=True)


def _free_new(before: dict[str, int]) -> None:
    """Give a BLAS that was loaded within the block the threads of those that were there."""
    from threadpoolctl import ThreadpoolController

    if not before:
        return
    for library in ThreadpoolController().select(user_api="blas").lib_controllers:
        if library.filepath not in before:
            library.set_num_threads(max(before.values()))
