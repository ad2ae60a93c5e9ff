"""The capital of many reviews at once, each against a hypothesis of its own that moves as errors
are found: kept up to date draw by draw, and made anew only where the answer could depend on it.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Bools, Floats, Ints
from reliabel.trust.capital import Draws, experts, mixture

FIRST_ROOM = 256  # draws that the history has room for at first
FEW_LEFT = 200  # unseen labels that are right by the hypothesis below which nothing is put off
FAR = 100  # by how much a hypothesis may move before its capital is made anew


class ManyCapitals:
    """Log capital against ``m`` (s,), one number a review, and the slope of log P there.

    The hypothesis of the certificate, repaired + allowed + 1, can be refuted from above only where
    the slope is negative.  While a lower bound of the slope is positive the capital may be
    ``stale``: the certificate does not need it, and ``fresh`` makes it anew for those who ask.
    """

    def __init__(self, m: Ints) -> None:
        size = len(m)
        self.m: Ints = m.astype(np.int64)
        self.draws = np.zeros(size, dtype=np.int64)
        self.hits = np.zeros(size, dtype=np.int64)
        self.told = np.zeros((4, size))  # log forecast of each expert
        self.log_forecast = np.zeros(size)
        self.log_odds, self.slope = np.zeros(size), np.zeros(size)
        self.bend, self.moved = np.zeros(size), np.zeros(size, dtype=np.int64)
        self.stale = np.zeros(size, dtype=bool)
        self._room(size, FIRST_ROOM)

    def _room(self, size: int, room: int) -> None:
        self.wrong = np.zeros((size, room), dtype=bool)
        self.found = np.zeros((size, room), dtype=np.int32)
        self.unseen = np.ones((size, room), dtype=np.int32)

    def begin(self, draws: Draws) -> None:
        """Take over the draws that all reviews share."""
        many = len(draws)
        if not many:
            return
        self._room(len(self.m), max(FIRST_ROOM, 2 * many))
        for mine, theirs in (
            (self.wrong, draws.wrong),
            (self.found, draws.found),
            (self.unseen, draws.unseen),
        ):
            mine[:, :many] = theirs
        self.draws[:], self.hits[:] = many, int(draws.wrong.sum())
        before = np.arange(many)
        hits: Ints = np.cumsum(draws.wrong) - draws.wrong
        chance = experts(draws.expected, draws.allowed, draws.unseen, hits, before)
        self.told[:] = np.where(draws.wrong, np.log(chance), np.log1p(-chance)).sum(1)[:, None]
        self.log_forecast[:] = draws.log_forecast[-1]
        self.renew(np.arange(len(self.m)))

    @property
    def log_capital(self) -> Floats:
        """(s,) log W at each hypothesis, right where it is not stale."""
        return self.log_forecast - self.log_odds

    def bet(
        self, at: Ints, wrong: Bools, found: Ints, unseen: int, expected: Floats, allowed: Ints
    ) -> None:
        """The verdicts ``wrong`` of a draw in the reviews ``at`` from ``unseen`` labels, ``found``
        wrong ones before it.
        """
        many = self.draws[at]
        chance = experts(expected, allowed, np.full(len(at), unseen), self.hits[at], many)
        self.told[:, at] += np.where(wrong, np.log(chance), np.log1p(-chance))
        self.log_forecast[at] = mixture(self.told[:, at])
        if len(at) and many.max() >= self.wrong.shape[1]:
            self._grow()
        self.wrong[at, many], self.found[at, many], self.unseen[at, many] = wrong, found, unseen
        self.draws[at] += 1
        self.hits[at] += wrong
        left = self.m[at] - found
        way = np.where(wrong, left, unseen - left)
        with np.errstate(divide="ignore", invalid="ignore"):
            self.log_odds[at] += np.log(np.maximum(way, 0) / unseen)
            # while stale the slope is a lower bound: wrong draws only raise it
            rise = np.where(wrong & self.stale[at], 0.0, np.where(wrong, 1.0, -1.0) / way)
            self.slope[at] += rise
            near = np.maximum(way - FAR, 1.0)
            self.bend[at] += np.where(wrong, rise**2, 1 / near**2)

    def _grow(self) -> None:
        size, room = self.wrong.shape
        old = self.wrong, self.found, self.unseen
        self._room(size, 2 * room)
        for mine, theirs in zip((self.wrong, self.found, self.unseen), old, strict=True):
            mine[:, :room] = theirs

    def move(self, m: Ints, room: Ints) -> None:
        """Take other hypotheses; their capitals are made anew where they could refute them.

        room: (s,) how many of the unseen labels are right by each hypothesis.
        """
        by = m - self.m
        at = np.flatnonzero(by)
        if not len(at):
            return
        self.m = m
        with np.errstate(invalid="ignore"):  # a slope that is not finite is made anew
            self.slope[at] -= np.abs(by[at]) * self.bend[at]
        self.moved[at] += np.abs(by[at])
        self.stale[at] = True
        open_ = (self.slope[at] <= 0) | (self.moved[at] > FAR) | (room[at] < FEW_LEFT)
        open_ |= ~np.isfinite(self.slope[at])
        self.renew(at[open_])

    def fresh(self, asked: Bools) -> None:
        """Make the capitals that are asked for right."""
        self.renew(np.flatnonzero(asked & self.stale))

    def refute(self, need: float) -> Bools:
        """(s,) whether the hypothesis is refuted from above by all draws together."""
        self.fresh(self.slope <= 0)
        return ~self.stale & (self.slope < 0) & (self.log_capital >= need)

    def renew(self, at: Ints) -> None:
        """Sum over all draws of the reviews ``at``."""
        for start in range(0, len(at), 64):
            self._renew(at[start : start + 64])

    def _renew(self, at: Ints) -> None:
        many = self.draws[at]
        room = int(many.max(initial=0))
        wrong, unseen = self.wrong[at, :room], self.unseen[at, :room]
        left = self.m[at][:, None] - self.found[at, :room]
        made = np.arange(room) < many[:, None]
        way = np.where(wrong, left, unseen - left).astype(np.float64)
        way[~made] = 1.0
        with np.errstate(divide="ignore"):
            told = np.log(np.maximum(way, 0) / unseen)
            inverse = np.where(made, 1 / way, 0.0)
        told[~made] = 0.0
        self.log_odds[at] = told.sum(1)
        self.slope[at] = np.where(wrong, inverse, -inverse).sum(1)
        near = np.maximum(way - FAR, 1.0)  # the right ones, after the hypothesis moved by so much
        bend = np.where(wrong, inverse**2, np.where(made, 1 / near**2, 0.0))
        self.bend[at] = bend.sum(1)
        self.moved[at], self.stale[at] = 0, False

    def keep(self, which: Bools) -> None:
        """Go on with some of the reviews."""
        for name in ("m", "draws", "hits", "log_forecast", "log_odds", "slope", "bend", "moved"):
            setattr(self, name, getattr(self, name)[which])
        for name in ("stale", "wrong", "found", "unseen"):
            setattr(self, name, getattr(self, name)[which])
        self.told = self.told[:, which]
