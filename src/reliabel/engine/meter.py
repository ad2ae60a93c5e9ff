"""An executor that works in place and counts: the CPU time of blocks and of what lies between them,
the bytes that blocks bring home, and the memory a block takes, stage by stage.

    meter = Meter()
    with running(executor=meter, listener=meter.hear):
        audit(sample)
    meter.stop()
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np

from reliabel.core.run import stop_if_cancelled

# the first words of what a step of the preparation is told as -> its stage
PREPARED = {
    "embedding": "features",
    "sentences": "features",
    "reading": "features",
    "principal": "features",
    "strength": "probabilities",
    "probabilities": "probabilities",
    "classes": "probabilities",
    "epochs": "probabilities",
    "neighbours": "neighbours",
    "auditors": "auditors",
    "P(wrong)": "P(wrong)",
}
LATER = ("auditors", "P(wrong)")  # once these began, other words are of steps within them


@dataclass
class Counted:
    """What a stage took: CPU seconds in blocks, in pieces that cannot be cut, and between them; how
    many blocks, bytes of their results, and the most bytes that a block took.
    """

    blocks_s: float = 0.0
    whole_s: float = 0.0
    driver_s: float = 0.0
    blocks: int = 0
    results: int = 0
    peak: int = 0


class Meter:
    """Counts what the stages of a run take; ``stages`` holds them by name, in order."""

    def __init__(self) -> None:
        self.stages: dict[str, Counted] = {}
        self.name = "reading"
        self.since = time.process_time()
        self.seen = set[Any]()  # pieces of work whose memory is known

    def hear(self, label: str, done: int, total: int | None) -> None:
        """Take note of where the run stands; the listener of a run."""
        word = label.split()[0] if label.split() else ""
        if self.name in LATER and word not in LATER:
            return
        self._close()
        self.name = PREPARED.get(word, self.name)

    def stop(self) -> None:
        """Count what ran last."""
        self._close()

    def __call__(
        self, work: Callable[[Any], Any], blocks: Sequence[Any], keep: Callable[[Any], None], /
    ) -> None:
        """Work on the blocks here, one after another, and count."""
        for block in blocks:
            stop_if_cancelled()
            self._close()
            part = self._weighed(work, block)
            stage = self._stage()
            if block is None:  # a piece of work that cannot be cut (core.run.apart)
                stage.whole_s += self._passed()
            else:
                stage.blocks_s += self._passed()
            stage.blocks += 1
            stage.results += size_of(part)
            keep(part)

    def _weighed(self, work: Callable[[Any], Any], block: Any) -> Any:
        """The part of a block; of the first of each piece of work the memory is measured."""
        code = getattr(getattr(work, "work", work), "__code__", work)
        if code in self.seen or tracemalloc.is_tracing():
            return work(block)
        self.seen.add(code)
        tracemalloc.start()
        try:
            part = work(block)
            self._stage().peak = max(self._stage().peak, tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
        return part

    def _stage(self) -> Counted:
        return self.stages.setdefault(self.name, Counted())

    def _passed(self) -> float:
        now = time.process_time()
        passed, self.since = now - self.since, now
        return passed

    def _close(self) -> None:
        self._stage().driver_s += self._passed()


def size_of(part: Any) -> int:
    """The bytes of the arrays in a part, and a few for everything else."""
    if isinstance(part, np.ndarray):
        return part.nbytes
    if isinstance(part, list | tuple):
        return sum(map(size_of, part))
    if isinstance(part, Mapping):
        return sum(map(size_of, part.values()))
    if is_dataclass(part) and not isinstance(part, type):
        return sum(size_of(getattr(part, field.name)) for field in fields(part))
    return len(part) if isinstance(part, bytes | str) else 8
