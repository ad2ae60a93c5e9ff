"""What several people ask of the log at the same moment, in one transaction: the disk is waited for
once, not once for everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from reliabel.core.short_repr import by_fields
from reliabel.review.board import Board
from reliabel.review.store import Log

if TYPE_CHECKING:
    from sqlalchemy import Connection

T = TypeVar("T")
Work = Callable[["Connection", Board], T]
FAILURES = (ValueError, OSError)  # that are told to who asked


@dataclass(eq=False)
class _Waiting:
    """What one request wants to do, and what came of it."""

    work: Work[Any]
    done: bool = False
    made: Any = None
    wrong: BaseException | None = None

    __repr__ = by_fields


class Together:
    """Does work on a log: whoever comes first does it for all who wait."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self._waiting: list[_Waiting] = []
        self._door, self._turn = Lock(), Lock()

    def do(self, work: Work[T]) -> T:
        """What ``work`` returns, once it is on disk; it is given a transaction that was begun and
        the board of now, and may be called again where that of all together failed.
        """
        mine = _Waiting(work)
        with self._door:
            self._waiting.append(mine)
        with self._turn:
            if not mine.done:
                with self._door:
                    all_, self._waiting = self._waiting, []
                self._do(all_)
        if mine.wrong is not None:
            raise mine.wrong
        made: T = mine.made
        return made

    def _do(self, several: Sequence[_Waiting]) -> None:
        """Do the work of all, in one transaction, or one by one where somebody's fails."""
        try:
            with self.log.writing() as (connection, board):
                for one in several:
                    one.made = one.work(connection, board)
        except FAILURES as wrong:
            if len(several) > 1:
                for one in several:
                    self._do([one])
                return
            several[0].wrong = wrong
        except BaseException as wrong:
            for one in several:
                one.wrong, one.done = wrong, True
            raise
        for one in several:
            one.done = True
