"""What to review next: the most suspect label, or one drawn by chance.

Chosen labels shrink what is left to find; drawn ones are all the evidence about the rest.  The rule
weighs the draws that one found error saves against the review that it costs.  It decides what a
certificate costs, never whether it holds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import xlogy

from reliabel.core.labels import Floats, Ints
from reliabel.core.short_repr import by_fields
from reliabel.trust.refit import Line, Queue, fit, last_refit
from reliabel.trust.review_record import OPEN, WRONG, ReviewRecord

Numbers = float | Floats | Ints
# (specification trust_certificate.md, section 5)
LIKE_THE_REST = 1.5  # a label this little above the mean is not worth choosing
TOO_MANY, MOSTLY = 0.98, 0.9  # expected / allowed from which errors are looked for, how often
LEAST_MISSING, MORE = 0.3, 0.7  # nats that are always taken to be missing
CHOSEN_FADES, DRAWN_FADES, PRIOR = 0.98, 0.998, 2.0  # the frontier factor


@dataclass(frozen=True)
class Outlook:
    """What the rule looks at: ``unseen`` labels, ``expected`` wrong ones among them, the P(wrong)
    ``top`` of the most suspect one as far as such promises were kept (``frontier``), and ``line``,
    the refit it rests on.
    """

    unseen: int
    expected: float
    top: float
    frontier: float
    line: Line

    __repr__ = by_fields


def chance_to_choose(
    allowed: Numbers,
    expected: Numbers,
    unseen: Numbers,
    top: Numbers,
    log_capital: Numbers,
    draws: Numbers,
    alpha: float,
) -> Floats:
    """The probability with which the most suspect label is taken rather than one by chance, for one
    review or for many (arrays of one shape).

    log_capital: that against the smallest number of wrong labels that would be too many.

    >>> def chance(expected, top, draws):
    ...     return float(chance_to_choose(100, expected, 10_000, top, 0.0, draws, 0.05))
    >>> chance(0.5, 0.00006, 0), chance(300.0, 0.9, 0), chance(50.0, 0.9, 100)
    (0.0, 0.9, 1.0)
    """
    t = np.maximum(np.asarray(allowed, dtype=np.float64), 1e-9)
    x = np.clip(expected / t, 1e-12, None)
    mean = np.asarray(expected) / unseen
    below = np.minimum(x, TOO_MANY)  # the formula is for x below 1
    g = 1 - below + xlogy(below, below)
    missing = np.maximum(np.log(1 / alpha) - log_capital, LEAST_MISSING) + MORE
    gain = missing * unseen * -np.log(below) / (t * g) ** 2 + draws / (t * g)
    worth = np.where((top - mean) * gain > 1, 1.0, 0.0)
    return np.asarray(
        np.where(top <= LIKE_THE_REST * mean, 0.0, np.where(x >= TOO_MANY, MOSTLY, worth))
    )


def frontier_factor(record: ReviewRecord, p: Floats) -> float:
    """How far chosen labels were as often wrong as P(wrong) said, lately: (2 + wrong) / (2 +
    expected); ``p`` (e,) is what was expected of each row.
    """
    found, promised = frontier_sums(record, p)
    return (PRIOR + found) / (PRIOR + promised)


def frontier_sums(record: ReviewRecord, p: Floats) -> tuple[float, float]:
    """The chosen labels that were wrong and those that were expected to be; both fade."""
    chosen = ~record.drawn
    fades = np.where(chosen, CHOSEN_FADES, DRAWN_FADES)
    later = np.append(np.cumprod(fades[::-1])[::-1], 1.0)[1:]  # of the reviews after each
    weight = later * (chosen & (record.wrong != OPEN))
    return float((weight * (record.wrong == WRONG)).sum()), float((weight * p).sum())


def line_of(queue: Queue, record: ReviewRecord) -> Line:
    """The refit as the schedule has it after the decisions of a record."""
    decided = np.flatnonzero(record.wrong != OPEN)
    used = decided[: last_refit(record.wrong[decided] == WRONG)]
    if not len(used):
        return Line()
    bins, many = queue.bin[record.row[used]], len(queue.size)
    tried = np.bincount(bins, minlength=many)
    wrong = np.bincount(bins[record.wrong[used] == WRONG], minlength=many)
    shift, slope = fit(queue.middle, tried, wrong)
    return Line(float(shift), float(slope))


def outlook(queue: Queue, record: ReviewRecord) -> Outlook:
    """What the rule looks at after the decisions of a record; labels that were drawn and are not
    decided yet are not among the unseen, since they are not drawn again.
    """
    line = line_of(queue, record)
    hidden = queue.size - np.bincount(queue.bin[record.row], minlength=len(queue.size))
    expected = float((hidden * line.of(queue.middle)).sum())
    told = line.of(queue.log_odds[record.row])
    frontier = frontier_factor(record, np.where(np.isnan(record.p), told, record.p))
    rows = most_suspect(queue, record.row, line, 1)
    top = float(line.of(queue.log_odds[rows])[0]) * frontier if len(rows) else 0.0
    return Outlook(len(queue) - len(record), expected, top, frontier, line)


def most_suspect(queue: Queue, taken: Ints, line: Line, n: int) -> Ints:
    """The ``n`` labels, as far as there are any, that are not ``taken`` and that the refit takes
    for wrong first: from the other end where its slope is negative.
    """
    seen = np.zeros(len(queue), dtype=bool)
    seen[taken] = True
    order = queue.order if line.slope >= 0 else queue.order[::-1]
    found, want = list[Ints](), n
    for start in range(0, len(order), 4096):  # most often the first part is enough
        part = order[start : start + 4096]
        found.append(part[~seen[part]][:want])
        want -= len(found[-1])
        if not want:
            break
    return np.concatenate([*found, np.empty(0, dtype=np.int64)])
