"""When reviewing may stop: how many of the labels that nobody looked at are wrong at most, valid at
any time, whatever people chose to look at and whenever they stop.

Assumes that the list of labels was fixed before the first draw, that reviewers cannot foresee
draws, and that the verdict on a label does not depend on how it was picked.  Nothing is assumed
about P(wrong).  After specification trust_certificate.md; the sources are in ``capital``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import hypergeom

from reliabel.core.labels import Ints
from reliabel.core.short_repr import by_fields
from reliabel.trust.capital import Ends, draws_of, ends
from reliabel.trust.review_record import OPEN, WRONG, ReviewRecord, until
from reliabel.trust.reviewer_errors import (
    ENOUGH,
    OF_CHANCE,
    OF_COUNT,
    OF_SHARE,
    most_missed,
    most_wrong,
)

POINTS = 60  # of the picture of the bound


@dataclass(frozen=True)
class Certificate:
    """What a review allows to say about ``n`` labels, at the target ``target`` (a share of the
    labels that are kept) and with ``confidence`` at all times together.

    chosen, drawn: labels that were decided, by how they were picked.  counted: the draws that are
    evidence; one that nobody has decided yet blocks those after it (``waiting`` are undecided).
    unseen: labels that nobody decided.  found: wrong ones so far, ``unsure`` of them not mended,
    ``dropped`` of them taken out.  low, high: how many were wrong at the start; ``crossed`` where
    the ends of different times contradict each other, so that those of now are given.
    left: at most so many are wrong among those kept.  allowed: what the target allows.
    holds: whether reviewing may stop.  greedy: whether reviews were made on purpose without draws.
    missed: the share of wrong labels that reviewers miss at most, by ``second_looks`` blind second
    looks, and ``left_with_missed`` what is then left at most; None below 30 second looks.
    called: one such label and several, in sentences; counts: what one is, in a sentence.  added:
    how many were added where none was listed, outside of all these numbers.
    """

    n: int
    target: float
    confidence: float
    chosen: int
    drawn: int
    counted: int
    waiting: int
    unseen: int
    found: int
    unsure: int
    dropped: int
    low: int
    high: int
    crossed: bool
    left: int
    allowed: int
    holds: bool
    greedy: bool
    second_looks: int
    missed: float | None
    left_with_missed: int | None
    called: tuple[str, str] = ("label", "labels")
    counts: str = ""
    added: int = 0

    __repr__ = by_fields

    @property
    def kept(self) -> int:
        """How many labels are kept: those that were not dropped."""
        return self.n - self.dropped

    @property
    def share(self) -> float:
        """The largest share of the kept labels that may be wrong."""
        return self.left / self.kept if self.kept else 0.0


def certificate(
    record: ReviewRecord, target: float = 0.01, *, confidence: float = 0.95
) -> Certificate:
    """What a review allows to say.

    >>> from reliabel.trust.review_record import record_of
    >>> all_right = record_of(10_000, ["drawn"] * 331, [0] * 331, forecast=0.5, allowed=100)
    >>> told = certificate(all_right, 0.01)
    >>> told.holds, told.left, told.allowed
    (True, 100, 100)
    """
    check(target, confidence)
    alpha = 1 - confidence
    repaired, dropped = int(record.repaired.sum()), int(record.dropped.sum())
    bounds = wrong_at_start(record, alpha)
    left, unseen = bounds.high - repaired, record.left_to_see
    allowed = allowed_wrong(record.n, dropped, target)
    missed, in_truth = _with_missed(record, alpha, repaired)
    decided = record.wrong != OPEN
    return Certificate(
        n=record.n,
        target=target,
        confidence=confidence,
        chosen=int((decided & ~record.drawn).sum()),
        drawn=int((decided & record.drawn).sum()),
        counted=len(record.evidence),
        waiting=int((~decided).sum()),
        unseen=unseen,
        found=record.found,
        unsure=record.found - repaired,
        dropped=dropped,
        low=bounds.low,
        high=bounds.high,
        crossed=bounds.crossed,
        left=left,
        allowed=allowed,
        holds=left <= allowed and not (record.greedy and unseen),
        greedy=record.greedy,
        second_looks=record.trials,
        missed=missed,
        left_with_missed=in_truth,
        called=record.called,
        counts=record.counts,
        added=record.added,
    )


def check(target: float, confidence: float) -> None:
    """Raise ValueError for a target or a confidence that is no share."""
    if not 0 < target < 1:
        raise ValueError(
            f"target is the share of labels that may stay wrong, above 0 and below 1, got {target}"
            "; 0.01 means 1 %"
        )
    if not 0.5 <= confidence < 1:
        raise ValueError(
            f"confidence is a probability from 0.5 to below 1, got {confidence}; 0.95 is usual"
        )


def wrong_at_start(record: ReviewRecord, alpha: float) -> Ends:
    """How many labels were wrong before the review, with probability 1 - alpha at all times."""
    found = record.found
    return ends(draws_of(record), found, found + record.left_to_see, alpha)


def allowed_wrong(n: int, dropped: int, target: float) -> int:
    """How many of the kept labels may be wrong: T.

    >>> allowed_wrong(10_000, 0, 0.01), allowed_wrong(10_000, 1, 0.01)
    (100, 99)
    """
    return int(np.floor(target * (n - dropped) + 1e-9))


def fewest_reviews(n: int, allowed: int, alpha: float = 0.05) -> int:
    """How many reviews any valid certificate needs at least, even if nothing is wrong: fewer miss
    ``allowed`` + 1 wrong labels at random places with a probability above alpha.

    >>> [fewest_reviews(*case) for case in ((10_000, 100), (1000, 10), (1_000_000, 10_000))]
    [291, 238, 298]
    """
    low, high = 0, max(n - allowed, 0)
    while low < high:
        middle = (low + high) // 2
        if hypergeom.cdf(0, n, allowed + 1, middle) <= alpha:
            high = middle
        else:
            low = middle + 1
    return low


def bound_over_reviews(
    record: ReviewRecord, *, confidence: float = 0.95, points: int = POINTS
) -> tuple[Ints, Ints, Ints]:
    """How the bound came down: after so many of the reviews (b,), at most so many wrong ones were
    left (b,), and so many had been found (b,); with the final verdicts.
    """
    at = np.unique(np.linspace(0, len(record), min(points, len(record)) + 1).round().astype(int))
    parts = [until(record, int(rows)) for rows in at]
    high = [wrong_at_start(part, 1 - confidence).high for part in parts]
    left = [up - int(part.repaired.sum()) for up, part in zip(high, parts, strict=True)]
    return at, np.array(left), np.array([int((part.wrong == WRONG).sum()) for part in parts])


def _with_missed(
    record: ReviewRecord, alpha: float, repaired: int
) -> tuple[float | None, int | None]:
    """The share that reviewers miss at most, and how many wrong labels are then left at most: the
    probability alpha is split between the count, the share, and what that share leaves.
    """
    if record.trials < ENOUGH:
        return None, None
    missed = most_missed(record.trials, record.missed, OF_SHARE * alpha)
    flagged = wrong_at_start(record, OF_COUNT * alpha).high
    return missed, most_wrong(flagged, missed, OF_CHANCE * alpha, n=record.n) - repaired
