"""The next labels to review, several at a time: the rule of ``next_review`` for each of them, with
what is known now.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Bools, Floats, Ints
from reliabel.core.short_repr import by_fields
from reliabel.trust.capital import draws_of
from reliabel.trust.next_review import Outlook, chance_to_choose, most_suspect, outlook
from reliabel.trust.refit import Queue
from reliabel.trust.review_record import ReviewRecord

TRIES = 64  # to hit a label that is free, before the free ones are listed
DULL = "from here most labels will be right; that is the proof"
MIXED = "some of these are the most suspect labels, the others are drawn by chance"
SUSPECT = "these are the most suspect labels"
NO_DRAWS = f"{SUSPECT}; none is drawn by chance, so that there will be no certificate"
ALL_SEEN = "every label was reviewed or is waiting for its verdict"


@dataclass(frozen=True, eq=False)
class Batch:
    """Labels to review next, in their order, and what the log keeps of each (e,): its ``row``,
    whether it is ``drawn``, for a draw ``unseen`` and ``expected`` before it (0 and NaN for a
    chosen label), and the refitted P(wrong) ``p``.  ``why`` says what people will see.
    """

    row: Ints
    drawn: Bools
    unseen: Ints
    expected: Floats
    p: Floats
    why: str

    __repr__ = by_fields

    def __len__(self) -> int:
        return len(self.row)


def next_batch(
    queue: Queue,
    record: ReviewRecord,
    n: int,
    *,
    allowed: int,
    alpha: float = 0.05,
    greedy: bool = False,
    claimed: Ints | None = None,
    rng: Generator,
) -> Batch:
    """The next ``n`` labels to review, fewer where fewer are left.

    A draw is uniform over the labels with no decision that were not drawn yet, those among them
    that are chosen in this batch or claimed elsewhere; a label that is chosen and then drawn is a
    draw.  The caller commits the draws, in this order, before any label is shown.
    allowed: how many wrong labels the target leaves (``certificate.allowed_wrong``).
    greedy: the most suspect alone; no draws, hence no certificate.
    claimed: rows that others hold: they are not chosen, but they can be drawn.
    """
    told, seen = draws_of(record), outlook(queue, record)
    smallest = int(record.repaired.sum()) + allowed + 1  # number wrong that would be too many
    capital = told.log_capital(max(smallest, record.found))
    taken = np.r_[record.row, np.empty(0, dtype=np.int64) if claimed is None else claimed]
    made = _Making(queue, record, seen, most_suspect(queue, taken, seen.line, n))
    for _ in range(2 * n):  # a label that is drawn after it was chosen makes the batch no longer
        if len(made.kinds) >= n or not made.unseen:
            break
        chance = 1.0
        if not greedy:
            left = max(made.left, 1)
            now = (allowed, made.expected_left, left, made.top(), capital, len(told) + made.draws)
            chance = float(chance_to_choose(*now, alpha))
        if made.ahead() is not None and rng.random() < chance:
            made.choose()
        elif greedy:
            break
        else:
            made.draw(rng)
    return made.batch(greedy)


@dataclass
class _Making:
    """A batch in the making: what is in it, and what is left for the next."""

    queue: Queue
    record: ReviewRecord
    seen: Outlook
    suspects: Ints
    kinds: dict[int, tuple[int, float]] = field(default_factory=dict)  # row -> unseen, expected
    place: int = 0
    draws: int = 0

    def __post_init__(self) -> None:
        self.free = np.ones(len(self.queue), dtype=bool)  # can be drawn
        self.free[self.record.row] = False
        self.unseen, self.expected = self.seen.unseen, self.seen.expected
        self.left, self.expected_left = self.unseen, self.expected

    def p(self, row: int) -> float:
        """The refitted P(wrong) of a label."""
        return float(self.seen.line.of(self.queue.log_odds[row]))

    def ahead(self) -> int | None:
        """The most suspect label that is not in the batch, None where there is none."""
        while self.place < len(self.suspects) and int(self.suspects[self.place]) in self.kinds:
            self.place += 1
        return int(self.suspects[self.place]) if self.place < len(self.suspects) else None

    def top(self) -> float:
        """Its P(wrong), as far as such promises were kept."""
        row = self.ahead()
        return 0.0 if row is None else self.p(row) * self.seen.frontier

    def choose(self) -> None:
        """Take the most suspect label."""
        row = self.ahead()
        if row is not None:
            self.kinds[row] = (0, np.nan)
            self._seen(row)

    def draw(self, rng: Generator) -> None:
        """Take a label by chance."""
        row = self._by_chance(rng)
        if self.kinds.pop(row, None) is None:
            self._seen(row)
        self.kinds[row] = (self.unseen, self.expected)
        self.free[row] = False
        self.unseen, self.draws = self.unseen - 1, self.draws + 1
        self.expected = max(self.expected - self.p(row), 0.0)

    def _seen(self, row: int) -> None:
        self.left -= 1
        self.expected_left = max(self.expected_left - self.p(row), 0.0)

    def _by_chance(self, rng: Generator) -> int:
        for _ in range(TRIES):
            row = int(rng.integers(len(self.free)))
            if self.free[row]:
                return row
        return int(rng.choice(np.flatnonzero(self.free)))

    def batch(self, greedy: bool) -> Batch:
        """What was made."""
        row = np.array([*self.kinds], dtype=np.int64)
        unseen = np.array([told[0] for told in self.kinds.values()], dtype=np.int64)
        expected = np.array([told[1] for told in self.kinds.values()], dtype=np.float64)
        p = self.seen.line.of(self.queue.log_odds[row])
        return Batch(row, unseen > 0, unseen, expected, p, self._why(greedy))

    def _why(self, greedy: bool) -> str:
        if not self.kinds:
            return ALL_SEEN
        if greedy:
            return NO_DRAWS
        if self.draws == len(self.kinds):
            return DULL
        return MIXED if self.draws else SUSPECT
