"""What a review says at a target: the certificate, about how many more reviews, the planned count,
and how the bound came down.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Floats
from reliabel.core.results import Interval
from reliabel.core.short_repr import by_fields
from reliabel.trust.certificate import Certificate, bound_over_reviews, certificate
from reliabel.trust.planned_count import planned_count
from reliabel.trust.refit import Queue, queue_of
from reliabel.trust.review_record import OPEN, WRONG, ReviewRecord
from reliabel.trust.reviews_left import ReviewsLeft, reviews_left

EASIER = (2, 5, 10)  # targets, in times of the one that needs nearly every label
PER_FUTURE = 200_000  # labels above which fewer futures are played
FUTURES, FEW = 30, 21


@dataclass(frozen=True, eq=False)
class Certified:
    """What a review says.

    certificate: what is certified.  left: about how many more reviews (None where the certificate
    holds, or can not come).  easier: a target that needs fewer, and its reviews, where the one
    asked for needs nearly every label.  count: the count of a planned review, and why_no_count
    where one was planned and cannot be given.  reviews, at_most, found (b,): after so many reviews
    at most so many wrong labels were left, and so many had been found.
    """

    certificate: Certificate
    left: ReviewsLeft | None
    easier: tuple[float, ReviewsLeft] | None
    count: Interval | None
    why_no_count: str
    reviews: tuple[int, ...]
    at_most: tuple[int, ...]
    found: tuple[int, ...]

    __repr__ = by_fields


def certified(
    record: ReviewRecord,
    p: Floats,
    target: float = 0.01,
    *,
    confidence: float = 0.95,
    forecast: bool = True,
    rng: Generator,
) -> Certified:
    """What a review says at a target; ``p`` (n,) is P(wrong) of its labels (NaN where unknown).

    forecast: whether futures are played to say how many more reviews are needed.
    """
    told = certificate(record, target, confidence=confidence)
    left, easier = None, None
    if forecast and not told.holds and told.unseen and not told.greedy:
        queue = queue_of(p)
        left = _left(queue, record, target, confidence, rng)
        if left.nearly_all:
            easier = _easier(queue, record, target, confidence, rng)
    count, why = _count(record, p, confidence)
    parts = (part.tolist() for part in bound_over_reviews(record, confidence=confidence))
    reviews, at_most, found = map(tuple, parts)
    return Certified(told, left, easier, count, why, reviews, at_most, found)


def _left(
    queue: Queue, record: ReviewRecord, target: float, confidence: float, rng: Generator
) -> ReviewsLeft:
    futures = FUTURES if record.n <= PER_FUTURE else FEW
    return reviews_left(queue, record, target, confidence=confidence, futures=futures, rng=rng)


def _easier(
    queue: Queue, record: ReviewRecord, target: float, confidence: float, rng: Generator
) -> tuple[float, ReviewsLeft] | None:
    """The first easier target that does not need nearly every label."""
    for times in EASIER:
        if times * target < 1:
            left = _left(queue, record, times * target, confidence, rng)
            if not left.nearly_all:
                return times * target, left
    return None


def _count(record: ReviewRecord, p: Floats, confidence: float) -> tuple[Interval | None, str]:
    """The count of a planned review, or why there is none ("" where none was planned)."""
    if record.plan is None:
        return None, ""
    drawn = record.plan[1]
    by_chance = np.flatnonzero(record.drawn)
    chosen = (
        int(by_chance[0]) if len(by_chance) else record.plan[0]
    )  # all that came before the draws
    rows = chosen + drawn
    if len(record) < rows or (record.wrong[:rows] == OPEN).any():
        done = int((record.wrong[:rows] != OPEN).sum())
        return None, f"the planned count waits: {done:,} of {rows:,} planned labels are decided"
    if not record.drawn[chosen:rows].all():
        return None, (
            f"there is no planned count: labels were chosen between the {drawn:,} planned draws; "
            "the certificate holds all the same"
        )
    known, looked_at = record.row[:chosen], record.row[chosen:rows]
    rest = np.ones(record.n, dtype=bool)
    rest[known] = False
    wrong = record.wrong == WRONG
    count = planned_count(
        int(wrong[:chosen].sum()),
        record.n - chosen,
        wrong[chosen:rows],
        p[looked_at],
        float(p[rest].sum()),
        confidence=confidence,
    )
    return count, ""
