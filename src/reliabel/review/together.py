"""Decisions that several people send at the same moment, in one transaction: each waits for the
disk once, not once for everybody before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from reliabel.core.results import Decision
from reliabel.core.short_repr import by_fields
from reliabel.review.store import Log


@dataclass(eq=False)
class _Waiting:
    """What one request wants to have logged, and what became of it."""

    decisions: Sequence[Decision]
    keys: Sequence[str]
    new: frozenset[int] | None = None  # the events that were made
    wrong: BaseException | None = None

    __repr__ = by_fields


class Together:
    """Logs decisions: whoever comes first writes for all who wait."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self._waiting: list[_Waiting] = []
        self._door, self._turn = Lock(), Lock()

    def decide(self, decisions: Sequence[Decision], keys: Sequence[str]) -> frozenset[int]:
        """Log decisions that were checked (``deciding.places_of``); returns the numbers of the
        events that were made, those of others among them.
        """
        mine = _Waiting(decisions, keys)
        with self._door:
            self._waiting.append(mine)
        with self._turn:
            if mine.new is None and mine.wrong is None:
                self._write()
        if mine.wrong is not None:
            raise mine.wrong
        return mine.new or frozenset()

    def _write(self) -> None:
        """Log what waits now."""
        with self._door:
            waiting, self._waiting = self._waiting, []
        try:
            done = self.log.decide(
                [decision for one in waiting for decision in one.decisions],
                keys=[key for one in waiting for key in one.keys],
                new_classes=False,
            )
        except BaseException as wrong:
            for one in waiting:
                one.wrong = wrong
            raise
        for one in waiting:
            one.new = frozenset(done.seqs)
