"""Majority certificate: whether a majority vote is as accurate as the best rule for these votes,
and how much accuracy it loses if not.

The best rule knows the workers' true matrices and the class balance, which nobody does.  What a
majority loses to it is therefore computed under all that the votes leave open: draws of matrices
and balance from several starts, with and without hard items on which workers err together, one
accuracy or a matrix a worker.  Models that the votes speak against are dropped; the interval is as
wide as what is left.  Where it is wide, or where the votes speak for hard items, the verdict is
"cannot tell".  It assumes that the crowd is on the whole better than chance, and sees no error
that all workers share on all items.
Cost: O(v) to pick 1,000 items, then a fixed number of sweeps over them.
Paper: Purificato et al. The majority vote paradigm shift: when popular meets optimal, 2025.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Bools, Classes, Floats, Votes
from reliabel.core.results import Measure
from reliabel.ops.vote_models import Draws, Patterns, VoteModel, vote_patterns

ALSO = ("majority_vote_certificate", "certificate")

Model = tuple[str, bool]  # what a worker is, and whether some items are hard
MATRICES, ACCURACY = "a matrix a worker", "one accuracy a worker"
ASSUMES = "workers are on the whole better than chance, and err together on hard items alone"
MOST = 5000  # items that vote patterns count for, however many there are
CELLS = 2**15  # of the matrices of all workers, beyond which fewer items are drawn
FEWEST = 100  # items
FEW_VOTES = 3  # votes an item, below which errors cannot be learnt
# Chosen on planted worlds and judged on others, see docs/aggregate.md.
WORSE, SPREADS = 3.0, 2.0  # log likelihood, and spreads of it, by which chains are dropped
CLEARLY = 6.0  # log likelihood by which the votes speak for hard items
LONGER = 3  # times as many sweeps where the votes speak for hard items
STEP = 0.001  # accuracy: the error of the simulation
# Judgements.
WIDE = 0.05  # accuracy: an interval that is wider says nothing of use
LITTLE = 0.01  # accuracy: a loss that is not worth another rule
OPEN = 0.2  # an interval of a class's share that is wider leaves the balance open


def measure(
    votes: Votes[Classes],
    *,
    rng: Generator,
    level: float = 0.95,
    drawn: int = 1000,
    chains: int = 3,
    sweeps: int = 40,
) -> Measure:
    """Expected accuracy of the best rule less that of a majority (ties share the credit), with an
    interval that holds what the votes leave open.

    level: of the interval.
    drawn: how many items are drawn where there are more, unless few patterns of votes differ.
    chains: starts of each of four models.
    sweeps: of each chain, of which the second half is kept.
    ``parts`` holds the "verdict", the accuracies of the "best" rule and of the "majority" (medians
    of the draws), and the "models" that the votes allow.
    Below three votes an item there is neither value nor interval.

    >>> draw = np.random.default_rng(0)
    >>> item, worker = np.repeat(np.arange(400), 5), np.tile(np.arange(5), 400)
    >>> true = draw.random(400)[item] < 0.5  # five workers who are right nine times in ten
    >>> v = Votes(item, worker, Classes((true ^ (draw.random(2000) < 0.1)).astype(int)), n=400, w=5)
    >>> measure(v, rng=np.random.default_rng(0)).parts["verdict"]
    'as good as the best rule, or nearly: it loses at most 0.1 points'
    >>> true = draw.random(400)[item] < 0.1  # six times in ten, and one class is rare
    >>> v = Votes(item, worker, Classes((true ^ (draw.random(2000) < 0.4)).astype(int)), n=400, w=5)
    >>> m = measure(v, rng=np.random.default_rng(0))
    >>> m.parts["verdict"].split(":")[0], m.low < 0.22 < m.high
    ('cannot tell', True)
    """
    seen = np.flatnonzero(np.bincount(votes.labels.y, minlength=votes.labels.k))
    voted = int(np.count_nonzero(np.bincount(votes.item, minlength=votes.n)))
    if not voted:
        return _silent("there are no votes")
    if len(seen) == 1:
        parts = {"verdict": "as good as the best rule: all votes are for one class"}
        return Measure(0.0, 0.0, 0.0, parts, {"level": level})
    if len(votes) < FEW_VOTES * voted:
        return _silent(
            f"{len(votes) / voted:.2g} votes an item, and three are needed to learn how workers err"
        )
    place = np.zeros(votes.labels.k, dtype=np.int64)
    place[seen] = np.arange(len(seen))
    label = place[votes.labels.y]
    data = vote_patterns(votes.item, votes.worker, label, len(seen), drawn, MOST, rng)
    while data.workers * len(seen) ** 2 > CELLS and drawn >= 2 * FEWEST:
        drawn //= 2
        data = vote_patterns(votes.item, votes.worker, label, len(seen), drawn, MOST, rng)
    if data.workers * len(seen) ** 2 > CELLS:
        return _silent(f"{len(seen):,} classes have matrices too large to draw")
    names = [votes.labels.names[c] for c in seen]
    return _answer(data, _draws(data, rng, chains, sweeps), level, names, len(votes) / voted)


def _silent(why: str) -> Measure:
    parts = {"verdict": f"cannot tell: {why}"}
    return Measure(np.nan, np.nan, np.nan, parts, {"why": why})


def _draws(data: Patterns, rng: Generator, chains: int, sweeps: int) -> dict[Model, Draws]:
    """The draws of each model; where the votes speak for hard items, which are learnt slowly, the
    models that have them go on for longer.
    """
    models = {
        (workers, hard): VoteModel(
            data, matrices=workers == MATRICES, hard=hard, chains=chains, rng=rng
        )
        for workers in (MATRICES, ACCURACY)
        for hard in (False, True)
    }
    found = {which: model.run(sweeps, sweeps // 2) for which, model in models.items()}
    if _need_hard(found):
        for which in _kept(found):
            found[which] = models[which].run(LONGER * sweeps, LONGER * sweeps // 2)
    return found


def _kept(found: dict[Model, Draws]) -> dict[Model, Bools]:
    """(chains,) of each model: which chains fit the votes about as well as the best; models without
    such a chain are left out.
    """
    fit = {which: draws.fit.mean(0) for which, draws in found.items()}
    best = max(fit, key=lambda which: float(fit[which].max()))
    spread = max(float(draws.fit.std(0).max()) for draws in found.values())
    floor = fit[best].max() - WORSE - SPREADS * spread
    return {which: each >= floor for which, each in fit.items() if (each >= floor).any()}


def _need_hard(found: dict[Model, Draws]) -> bool:
    """Whether models with hard items explain the votes clearly better than those without."""
    with_hard, without = (
        max(draws.fit.mean(0).max() for (_, some), draws in found.items() if some is hard)
        for hard in (True, False)
    )
    return bool(with_hard - without > CLEARLY)


def _answer(
    data: Patterns, found: dict[Model, Draws], level: float, names: Sequence[str], each: float
) -> Measure:
    kept = _kept(found)
    draws = {which: _flat(found[which], chains) for which, chains in kept.items()}
    tails = (1 - level) / 2, (1 + level) / 2
    ends = np.array([np.quantile(best - plain, tails) for best, plain, _ in draws.values()])
    low, high = max(float(ends[:, 0].min()) - STEP, 0.0), float(ends[:, 1].max()) + STEP
    best, plain, balance = (np.concatenate(part) for part in zip(*draws.values(), strict=True))
    most = f"{100 * high:.1f} points of accuracy to the best rule"
    span = f"it loses at most {most}"
    if low > 0:
        span = f"it loses between {100 * low:.1f} and {most}"
    together = _need_hard(found)
    if why := _why(together, high - low, np.quantile(balance, tails, axis=0), names, each):
        verdict = f"cannot tell: {span}; {why}"
    else:
        near = f"as good as the best rule, or nearly: it loses at most {100 * high:.1f} points"
        verdict = span if high > LITTLE else near
    parts = {
        "verdict": verdict,
        "best": float(np.median(best)),
        "majority": float(np.median(plain)),
        "models": [f"{workers}, hard items" if hard else workers for workers, hard in kept],
    }
    info = {"level": level, "items": int(data.items.sum()), "assumes": ASSUMES}
    return Measure(float(np.median(best - plain)), low, high, parts, info)


def _flat(draws: Draws, chains: Bools) -> tuple[Floats, Floats, Floats]:
    """The accuracies of the best rule and of a majority, and the balance, in the chains kept."""
    best, plain = draws.best[:, chains].ravel(), draws.majority[:, chains].ravel()
    return best, plain, draws.balance[:, chains].reshape(len(best), -1)


def _why(together: bool, width: float, balance: Floats, names: Sequence[str], each: float) -> str:
    """Why there is no answer, if there is none; ``balance`` (2, k): the interval of each share."""
    if together:
        return (
            "on some items the workers err together, and what these items truly are is in no vote"
        )
    if width <= WIDE:
        return ""
    widest = int((balance[1] - balance[0]).argmax())
    if balance[1, widest] - balance[0, widest] > OPEN:
        return f"the votes leave open which share of the items is {names[widest]!r}"
    return f"{each:.2g} votes an item are too few to learn how these workers err"
