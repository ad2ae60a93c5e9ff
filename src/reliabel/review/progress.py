"""How far a review is: counts of now, and what the certificate says, which is worked out beside the
requests and kept until something new is decided.
"""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from threading import Lock

import numpy as np

from reliabel.core.results import Audit
from reliabel.core.short_repr import by_fields
from reliabel.review.picking import members_and_p
from reliabel.review.store import Log
from reliabel.trust.certified import Certified, certified
from reliabel.trust.review_record import WHOLE, WRONG

REST = 4  # times as long as a certificate took, the next one waits
REST_OF_FORECASTS = 20  # and a forecast of the reviews still needed


@dataclass(frozen=True)
class Counts:
    """What stands in the log up to event ``seq``: labels in all, decided, found wrong; decisions of
    one person; draws that nobody decided; decisions of each person.
    """

    seq: int
    n: int
    decided: int
    wrong: int
    mine: int
    open_draws: int
    per_person: tuple[tuple[str | None, int], ...]

    __repr__ = by_fields


def counts(log: Log, who: str | None) -> Counts:
    """The counts of now, as ``who`` sees them."""
    with log.looking() as board:
        made = board.populations[WHOLE]
        return Counts(
            board.seq,
            len(made.members),
            int(board.decided.sum()),
            int((board.wrong[board.decided] == WRONG).sum()),
            len(board.stack.get(who, ())),
            len(made.open),
            tuple((one, len(stack)) for one, stack in board.stack.items() if stack),
        )


@dataclass(frozen=True, eq=False)
class Told:
    """What the certificate said when event ``seq`` was the last; the forecast in it may be older
    (``forecast_seq``).
    """

    seq: int
    forecast_seq: int
    done: Certified

    __repr__ = by_fields


class Progress:
    """The certificate of a review, at one target: ``told`` gives the newest that is worked out, and
    has a newer one worked out where something was decided since.
    """

    def __init__(self, audit: Audit, log: Log, target: float, confidence: float = 0.95) -> None:
        self.audit, self.log = audit, log
        self.target, self.confidence = target, confidence
        self._works = ThreadPoolExecutor(1, thread_name_prefix="certificate")
        self._lock = Lock()
        self._running: Future[None] | None = None
        self._next = self._next_forecast = 0.0
        self._told = self._made(None)

    def told(self) -> Told:
        """The newest that is worked out."""
        with self._lock:
            told, free = self._told, self._running is None or self._running.done()
            fresh = told.seq == self._seq() and told.forecast_seq == told.seq
            if self._running is not None and free:
                self._running.result()  # what went wrong there is said here
            if free and not fresh and time.monotonic() >= self._next:
                self._running = self._works.submit(self._renew)
        return told

    def now(self) -> Told:
        """The certificate of now, worked out while the caller waits; no new forecast is made."""
        told = self._told
        return told if told.seq == self._seq() else self._made(told)

    def close(self) -> None:
        """End what is being worked out."""
        self._works.shutdown(wait=True, cancel_futures=True)

    def _seq(self) -> int:
        with self.log.looking() as board:
            return board.seq

    def _renew(self) -> None:
        begun = time.monotonic()
        if self._told.seq != self._seq():
            self._told = self._made(self._told)
            self._next = time.monotonic() + REST * (time.monotonic() - begun)
        if self._told.forecast_seq != self._told.seq and time.monotonic() >= self._next_forecast:
            begun = time.monotonic()
            self._told = self._made(None, forecast=True)
            took = time.monotonic() - begun
            self._next_forecast = time.monotonic() + REST_OF_FORECASTS * took

    def _made(self, before: Told | None, *, forecast: bool = False) -> Told:
        """A certificate of now, with the forecast that there was ``before``."""
        with self.log.looking() as board:
            seq = board.seq
            record, p = members_and_p(self.audit, self.log, WHOLE)
        done = certified(
            record,
            p,
            self.target,
            confidence=self.confidence,
            forecast=forecast,
            rng=np.random.default_rng(0),
        )
        if forecast or before is None or done.certificate.holds:
            return Told(seq, seq if forecast or done.certificate.holds else -1, done)
        kept = replace(done, left=before.done.left, easier=before.done.easier)
        return Told(seq, before.forecast_seq, kept)
