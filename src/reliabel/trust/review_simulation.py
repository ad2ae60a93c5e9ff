"""Many reviews at once, review by review, as ``next_batch`` would lead them one label at a time.

All of them have seen the same number of labels at each step, so that a step is a few operations on
arrays with an entry a review.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from scipy.special import expit

from reliabel.core.labels import Bools, Floats, Ints
from reliabel.core.short_repr import by_fields
from reliabel.trust.capital import draws_of
from reliabel.trust.many_capitals import ManyCapitals
from reliabel.trust.next_review import (
    CHOSEN_FADES,
    DRAWN_FADES,
    LIKE_THE_REST,
    PRIOR,
    TOO_MANY,
    chance_to_choose,
)
from reliabel.trust.refit import AN_ERROR, EVERY, SOON, SOON_EVERY, bin_edges, fit, last_refit
from reliabel.trust.review_record import OPEN, WRONG, ReviewRecord

# (simulation, whether each chooses (s,), the most suspect label of each (s,)) -> the two as the
# reviewers have them: they may choose what they like, and draw or choose when they like
Reviewers = Callable[["Simulation", Bools, Ints], tuple[Bools, Ints]]
CLOSE = 1e-4  # step at which a refit ends
SHORTER = 0.7  # share of reviews still going on from which the others are left out


@dataclass(frozen=True, eq=False)
class Worlds:
    """Label sets (s, n), the labels of each by falling P(wrong): their log-odds of P(wrong), what
    reviewers call wrong, and which of those they mend and drop.
    """

    log_odds: Floats
    wrong: Bools
    mended: Bools
    dropped: Bools

    __repr__ = by_fields


class Simulation:
    """Reviews of worlds towards a certificate at ``target``.

    Arrays with an entry a review (s,): ``found``, ``repaired``, ``gone`` (dropped), ``allowed``,
    ``expected`` (wrong ones among the unseen, refitted), ``shift`` and ``slope`` of the refit,
    ``kept`` and ``promised`` of the frontier factor; ``unseen`` is the same for all.
    """

    def __init__(self, worlds: Worlds, target: float, alpha: float, rng: Generator) -> None:
        size, n = worlds.wrong.shape
        self.worlds, self.target, self.alpha, self.rng = worlds, target, alpha, rng
        self.n = int(n)
        self.unseen = self.n
        self.at, self.review = np.arange(size), np.arange(size)
        self.seen = np.zeros((size, n), dtype=bool)
        self.lot = rng.permuted(np.tile(np.arange(n, dtype=np.int32), (size, 1)), axis=1)
        self.head, self.tail = np.zeros(size, dtype=np.int64), np.full(size, n - 1)
        self.next_lot = np.zeros(size, dtype=np.int64)
        edges = bin_edges(n)
        self.size = np.diff(edges)
        self.bin = np.repeat(np.arange(len(self.size)), self.size)
        self.middle = np.add.reduceat(worlds.log_odds, edges[:-1], axis=1) / self.size
        self.hidden = np.tile(self.size, (size, 1))
        self.tried, self.hit = np.zeros_like(self.hidden), np.zeros_like(self.hidden)
        self.found, self.repaired = np.zeros((2, size), dtype=np.int64)
        self.gone = np.zeros(size, dtype=np.int64)
        self.weight, self.fitted, self.fitted_after = np.zeros((3, size), dtype=np.int64)
        self.shift, self.slope = np.zeros(size), np.ones(size)
        self.kept, self.promised = np.zeros(size), np.zeros(size)
        self.p_bin = expit(self.middle)
        self.expected = (self.hidden * self.p_bin).sum(1)
        self.capital = ManyCapitals(np.maximum(self.allowed + 1, 0))

    def begin(self, rank: Ints, record: ReviewRecord, frontier: tuple[float, float]) -> None:
        """Let all of them begin where a record ends; ``rank`` (e,) are the ranks by P(wrong) of its
        decided labels, ``frontier`` the sums of its frontier factor.
        """
        wrong = record.wrong[record.wrong != OPEN] == WRONG
        bins, many = self.bin[rank], len(self.size)
        self.seen[:, rank] = True
        self.unseen = self.n - len(rank)
        self.tried[:] = np.bincount(bins, minlength=many)
        self.hit[:] = np.bincount(bins[wrong], minlength=many)
        self.hidden = self.size - self.tried
        self.found[:], self.repaired[:] = record.found, int(record.repaired.sum())
        self.gone[:] = int(record.dropped.sum())
        self.kept[:], self.promised[:] = frontier
        used = last_refit(wrong)
        weight = np.cumsum(np.where(wrong, AN_ERROR, 1))
        self.weight[:], self.fitted_after[:] = weight[-1], used
        self.fitted[:] = weight[used - 1] if used else 0
        self._fit(self.at)
        draws = draws_of(record)
        self.capital = ManyCapitals(np.maximum(self.repaired + self.allowed + 1, self.found))
        self.capital.begin(draws)

    @property
    def allowed(self) -> Ints:
        """(s,) how many wrong labels the target allows."""
        return np.asarray(np.floor(self.target * (self.n - self.gone) + 1e-9), dtype=np.int64)

    def certified(self) -> Bools:
        """(s,) whether the certificate holds now, by all draws together."""
        return self.capital.refute(float(np.log(1 / self.alpha)))

    def step(self, reviewers: Reviewers | None = None) -> tuple[Ints, Bools, Bools]:
        """One more review in each: the label, whether it was drawn, and whether it is wrong."""
        allowed, u = self.allowed, self.unseen
        suspect = self._most_suspect()
        choose = self.rng.random(len(self.at)) < self._chance(suspect, allowed)
        if reviewers is not None:
            choose, suspect = reviewers(self, choose, suspect)
        item = np.where(choose, suspect, 0)
        drawn = np.flatnonzero(~choose)
        item[drawn] = self._lot(drawn)
        wrong = self.worlds.wrong[self.at, item]
        self.capital.bet(
            drawn, wrong[drawn], self.found[drawn], u, self.expected[drawn], allowed[drawn]
        )
        self._note(item, choose, wrong)
        self.unseen -= 1
        self._refit()
        smallest = np.maximum(self.repaired + self.allowed + 1, self.found)
        self.capital.move(smallest, self.unseen - (smallest - self.found))
        return item, ~choose, wrong

    def _chance(self, suspect: Ints, allowed: Ints) -> Floats:
        frontier = (PRIOR + self.kept) / (PRIOR + self.promised)
        top = self._p(suspect) * frontier
        mean = self.expected / self.unseen
        self.capital.fresh((top > LIKE_THE_REST * mean) & (self.expected < TOO_MANY * allowed))
        log_capital = self.capital.log_capital
        told = (allowed, self.expected, self.unseen, top, log_capital, self.capital.draws)
        return chance_to_choose(*told, self.alpha)

    def _p(self, item: Ints) -> Floats:
        return np.asarray(expit(self.shift + self.slope * self.worlds.log_odds[self.at, item]))

    def _most_suspect(self) -> Ints:
        _onward(self.seen, self.head, +1)
        backward = self.slope < 0
        if backward.any():
            _onward(self.seen, self.tail, -1)
        return np.where(backward, self.tail, self.head)

    def _lot(self, at: Ints) -> Ints:
        """An unseen label by chance: the next one of a shuffled list."""
        place = self.next_lot[at]
        item = self.lot[at, place]
        again = np.flatnonzero(self.seen[at, item])
        while len(again):
            place[again] += 1
            item[again] = self.lot[at[again], place[again]]
            again = again[self.seen[at[again], item[again]]]
        self.next_lot[at] = place
        return item

    def _note(self, item: Ints, choose: Bools, wrong: Bools) -> None:
        fade = np.where(choose, CHOSEN_FADES, DRAWN_FADES)
        self.kept = self.kept * fade + choose * wrong
        self.promised = self.promised * fade + choose * self._p(item)
        bins = self.bin[item]
        self.seen[self.at, item] = True
        self.hidden[self.at, bins] -= 1
        self.tried[self.at, bins] += 1
        self.hit[self.at, bins] += wrong
        self.expected = np.maximum(self.expected - self.p_bin[self.at, bins], 0.0)
        self.found += wrong
        self.repaired += self.worlds.mended[self.at, item]
        self.gone += self.worlds.dropped[self.at, item]
        self.weight += np.where(wrong, AN_ERROR, 1)

    def _refit(self) -> None:
        since = self.weight - self.fitted
        due = np.flatnonzero(since >= np.where(self.fitted_after < SOON, SOON_EVERY, EVERY))
        if not len(due):
            return
        self.fitted[due], self.fitted_after[due] = self.weight[due], self.reviews
        self._fit(due)

    def _fit(self, due: Ints) -> None:
        start = self.shift[due], self.slope[due]
        a, b = fit(self.middle[due], self.tried[due], self.hit[due], start, CLOSE)
        self.shift[due], self.slope[due] = a, b
        self.p_bin[due] = expit(a[:, None] + b[:, None] * self.middle[due])
        self.expected[due] = (self.hidden[due] * self.p_bin[due]).sum(1)

    @property
    def reviews(self) -> int:
        """How many labels each review has looked at."""
        return self.n - self.unseen

    def keep(self, which: Bools) -> None:
        """Go on with some of the reviews; ``review`` (s,) numbers them as they were at first."""
        w = self.worlds
        self.worlds = Worlds(w.log_odds[which], w.wrong[which], w.mended[which], w.dropped[which])
        for name in (
            *("review", "seen", "lot", "head", "tail", "next_lot", "middle", "hidden", "tried"),
            *(
                "hit",
                "found",
                "repaired",
                "gone",
                "weight",
                "fitted",
                "fitted_after",
                "shift",
                "slope",
            ),
            *("kept", "promised", "p_bin", "expected"),
        ):
            setattr(self, name, getattr(self, name)[which])
        self.at = np.arange(len(self.review))
        self.capital.keep(which)


def _onward(seen: Bools, place: Ints, step: int) -> None:
    """Move each place to the next label that was not seen."""
    again = np.flatnonzero(seen[np.arange(len(place)), place])
    while len(again):
        place[again] += step
        again = again[seen[again, place[again]]]


def until_certified(
    simulation: Simulation, most: int, reviewers: Reviewers | None = None
) -> tuple[Ints, Ints]:
    """(s,) after how many reviews each is certified (``most`` + 1 where it is not after ``most``),
    and how many wrong labels it had found then.
    """
    size = len(simulation.review)
    reviews, found = np.full(size, most + 1), np.zeros(size, dtype=np.int64)
    going = np.ones(size, dtype=bool)
    while simulation.reviews < most and simulation.unseen and going.any():
        simulation.step(reviewers)
        done = simulation.certified() & going[simulation.review]
        at = simulation.review[done]
        reviews[at], found[at] = simulation.reviews, simulation.found[done]
        going[at] = False
        mine = going[simulation.review]
        if mine.sum() < SHORTER * len(mine):
            simulation.keep(mine)
    return reviews, found
