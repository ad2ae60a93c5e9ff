"""Planted label sets, kinds of P(wrong), and reviewers for the suite certificate."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from scipy.special import expit, logit
from scipy.stats import norm

from reliabel.core.labels import Bools, Floats, Ints
from reliabel.trust.refit import log_odds_of
from reliabel.trust.review_simulation import Reviewers, Simulation, Worlds

# Kinds of P(wrong): AUROC of the score behind it, the share of errors that look right, and what is
# then done to P(wrong)
KINDS = {
    "good .95": (0.95, 0.0, "as it is"),
    "good .90": (0.90, 0.0, "as it is"),
    "blind": (0.95, 0.3, "as it is"),
    "AUROC .75": (0.75, 0.0, "as it is"),
    "useless": (0.95, 0.0, "shuffled"),
    "reversed": (0.95, 0.0, "reversed"),
    "odds times five": (0.95, 0.0, "odds times five"),
    "overconfident": (0.95, 0.0, "log-odds doubled"),
    "underconfident": (0.95, 0.0, "log-odds halved"),
}
UNIFORM = "uniform"  # P(wrong) as "good .95", but every review is a draw
UNSURE, RIGHT_BUT_UNSURE, DROPPED = 0.02, 0.0005, 0.2  # shares of wrong, right, wrong labels
MANNERS = ("follow the rule", "right ones first", "wrong ones first", "against the capital")
OFTEN = 0.5  # how often those who do not follow the rule choose instead of drawing


def worlds(kind: str, wrong: int, n: int, size: int, rng: Generator, *, mixed: bool) -> Worlds:
    """``size`` label sets of ``n``, of which ``wrong`` are wrong, with P(wrong) of a kind.

    mixed: some wrong labels are dropped, about others reviewers are unsure, and about a few right
        ones too, which then count as wrong.
    """
    auroc, hidden, change = KINDS["good .95" if kind == UNIFORM else kind]
    apart = np.sqrt(2) * norm.ppf(auroc)
    bad = rng.permuted(np.tile(np.arange(n) < wrong, (size, 1)), axis=1)
    seen = bad & (rng.random((size, n)) >= hidden)
    score = rng.normal(size=(size, n)) + apart * seen
    odds = logit((wrong + 0.5) / (n + 1)) + apart * score - apart**2 / 2  # the exact posterior
    odds = _changed(log_odds_of(expit(odds)), change, rng)
    order = np.argsort(-odds, axis=1)
    odds, bad = np.take_along_axis(odds, order, 1), np.take_along_axis(bad, order, 1)
    if not mixed:
        return Worlds(odds, bad, bad, np.zeros_like(bad))
    unsure = rng.random(bad.shape) < np.where(bad, UNSURE, RIGHT_BUT_UNSURE)
    dropped = bad & ~unsure & (rng.random(bad.shape) < DROPPED)
    return Worlds(odds, bad | unsure, bad & ~unsure, dropped)


def _changed(odds: Floats, change: str, rng: Generator) -> Floats:
    match change:
        case "shuffled":
            return np.asarray(rng.permuted(odds, axis=1))
        case "reversed":
            rank = np.argsort(np.argsort(odds, axis=1), axis=1)
            return np.asarray(np.take_along_axis(-np.sort(-odds, axis=1), rank, 1))
        case "odds times five":
            return np.asarray(odds + np.log(5))
        case "log-odds doubled":
            return np.asarray(odds * 2)
        case "log-odds halved":
            return np.asarray(odds / 2)
    return odds


def together(made: list[Worlds]) -> Worlds:
    """Label sets one after another."""
    return Worlds(
        np.concatenate([one.log_odds for one in made]),
        np.concatenate([one.wrong for one in made]),
        np.concatenate([one.mended for one in made]),
        np.concatenate([one.dropped for one in made]),
    )


def draw_always(simulation: Simulation, choose: Bools, suspect: Ints) -> tuple[Bools, Ints]:
    """Reviewers who choose nothing."""
    return np.zeros_like(choose), suspect


class Mixed:
    """Reviewers of four manners in turn (``MANNERS``): the first follow the rule; the others know
    all verdicts, choose half of the time what would mislead most, and change the forecast at will.
    All of it is legal: it uses only the past and what is known of labels that are not drawn yet.
    """

    def __init__(self, simulation: Simulation) -> None:
        wrong = simulation.worlds.wrong
        size, n = wrong.shape
        self.order = np.argsort(~wrong, axis=1, kind="stable")  # wrong ones first
        self.first, self.last = np.zeros(size, dtype=np.int64), np.full(size, n - 1)
        self.manner = np.arange(size) % len(MANNERS)

    def __call__(self, simulation: Simulation, choose: Bools, suspect: Ints) -> tuple[Bools, Ints]:
        """What they take instead of what the rule says."""
        at, rng = simulation.at, simulation.rng
        self._onward(simulation.seen, self.first, +1)
        self._onward(simulation.seen, self.last, -1)
        bad, good = self.order[at, self.first], self.order[at, self.last]
        winning = simulation.capital.log_capital > 0
        own = self.manner > 0
        worst = np.where((self.manner == 2) | ((self.manner == 3) & ~winning), bad, good)
        # the forecast is theirs as well; it is made before the draw
        noise = np.exp(rng.normal(size=len(at)))
        simulation.expected = np.where(own, simulation.expected * noise, simulation.expected)
        simulation.expected = np.clip(simulation.expected, 0, simulation.unseen)
        return (
            np.where(own, rng.random(len(at)) < OFTEN, choose),
            np.where(own, worst, suspect),
        )

    def _onward(self, seen: Bools, place: Ints, step: int) -> None:
        at = np.arange(len(place))
        again = np.flatnonzero(seen[at, self.order[at, place]])
        while len(again):
            place[again] += step
            again = again[seen[again, self.order[again, place[again]]]]


REVIEWERS: dict[str, Reviewers] = {UNIFORM: draw_always}
