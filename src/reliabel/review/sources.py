"""Where the labels of a sitting come from, and what becomes of a verdict on them: the queue, blind
second looks, or labels on which people differ.
"""

from __future__ import annotations

from typing import Protocol

from reliabel.core.results import Decision
from reliabel.review.deciding import Logged
from reliabel.review.disputes import dispute, disputes, settle
from reliabel.review.handing import Handed, Make, hand_out
from reliabel.review.second_looks import hand_out_second
from reliabel.review.store import Log

HELD = 1800.0  # seconds for which a label that is looked at is nobody else's
DIFFER = "people differ on these labels; what you say counts instead"


class Source(Protocol):
    """Where a sitting takes its labels from."""

    def hand(self, n: int) -> Handed:
        """``n`` labels to judge."""
        ...

    def decide(self, one: Decision, row: int) -> Logged:
        """Log a verdict on a label."""
        ...

    def said(self, row: int) -> tuple[str, ...]:
        """What to show beside the label: what others said, where that may be known."""
        ...


class Queue:
    """The most suspect labels, and draws."""

    def __init__(
        self, log: Log, make: Make, who: str | None, population: str, allowed: int
    ) -> None:
        self.log, self.make, self.who = log, make, who
        self.population, self.allowed = population, allowed

    def hand(self, n: int) -> Handed:
        """``n`` labels to judge, the draws among them committed."""
        return hand_out(
            self.log,
            n,
            self.make,
            who=self.who,
            population=self.population,
            allowed=self.allowed,
            lease=HELD,
        )

    def decide(self, one: Decision, row: int) -> Logged:
        """Log a verdict."""
        return self.log.decide([one], new_classes=False)

    def said(self, row: int) -> tuple[str, ...]:
        """Nothing: nobody judged the label, or it is not told how."""
        return ()


class Second(Queue):
    """Labels that somebody else judged; it is not told how."""

    def hand(self, n: int) -> Handed:
        """``n`` labels to look at blindly."""
        return hand_out_second(self.log, n, who=self.who, lease=HELD)


class Conflicts(Queue):
    """Labels on which people differ; a verdict settles what counts."""

    def hand(self, n: int) -> Handed:
        """The first ``n`` labels on which people differ."""
        with self.log.looking() as board:
            rows = tuple(one.row for one in disputes(board)[:n])
        return Handed(rows, 0, 0, DIFFER if rows else "")

    def decide(self, one: Decision, row: int) -> Logged:
        """Settle the label."""
        seq = settle(self.log, row, one.verdict, one.label, who=self.who)
        return Logged(1, 0, 0, (seq,))

    def said(self, row: int) -> tuple[str, ...]:
        """What each person said of the label."""
        with self.log.looking() as board:
            told = dispute(board, row).verdicts
        return tuple(
            f"{one.who or 'nobody named'}: {one.verdict}"
            + ("" if one.label is None else f" to {one.label}")
            for one in told
        )
