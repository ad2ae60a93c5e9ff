"""Bradley-Terry: each thing has a strength, and the log odds that one beats another are the
difference of their log strengths.

Assumes that strengths lie on one scale, that comparisons are independent of one another and that
all workers are alike.  Where they differ by more than chance, the intervals are those over workers
who might have been asked instead (by worker, with Student's t), and hold the strengths as the crowd
on the whole answers: guessing draws strengths together, and ``crowd_bradley_terry`` weighs workers.
Weak where people disagree by taste.  Things that never lose or never win get a finite strength
through ``eps`` alone, which a warning says.
Cost: O(pairs) and a linear system of n things for each of about ten steps; up to 1,500 things it is
factored, beyond that solved by conjugate gradients, which takes many rounds where the graph of
comparisons is a long chain.
Paper: Bradley, Terry. Rank analysis of incomplete block designs. Biometrika 39 (1952); Hunter. MM
algorithms for generalized Bradley-Terry models. Annals of Statistics 32 (2004) 384-406; ties:
Rao, Kupper. JASA 62 (1967) 194-204; intervals: Liang, Zeger. Biometrika 73 (1986) 13-22.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from reliabel.core.labels import Floats, Numbers, Votes
from reliabel.core.orders import Comparisons
from reliabel.core.results import Consensus
from reliabel.ops.comparisons import (
    Hill,
    Pairs,
    errors_over_workers,
    known_comparisons,
    newton_step,
    pair_counts,
    standard_errors,
)
from reliabel.ops.em import climb
from reliabel.ops.strengths import (
    favoured_side,
    of_strengths,
    pulls_of_workers,
    uneven_workers,
)
from reliabel.ops.ties import height_of_ties, likeliest_margin
from reliabel.ops.win_graph import graph_sentences, parts, refuse_open_graph

STATUS = "default"
SKILL = False


def aggregate(
    votes: Votes[Comparisons],
    *,
    ties: str = "half",
    eps: float = 0.1,
    level: float = 0.95,
    iterations: int = 100,
    tol: float = 1e-9,
) -> Consensus[Numbers]:
    """Maximise the likelihood of the log strengths by Newton's method.

    ties: "half" counts a tie as half a win for each; "rao_kupper" learns how close two things must
        be to tie.
    eps: wins and losses of each thing against one of strength 1, which keep the strengths finite.
        With 0 every thing needs a chain of wins to every other one.
    level: of the intervals.
    Rows of the result are things, strongest = largest, with mean 0.  ``info`` holds "things", "sd",
    "low" and "high" of the strengths, "rank" (1 is the best, 0 where a thing was never compared),
    "rank_low" and "rank_high" that the intervals allow, "threshold" of ties (1 where there are
    none), "part" of the graph of comparisons that each thing is in, "left", by how much more than
    expected the left thing wins, and "follows" (w,), by how many standard errors a worker's answers
    follow the strengths more or less than those of a usual one.

    >>> wins = {(0, 1): 7, (1, 0): 3, (1, 2): 6, (2, 1): 4, (0, 2): 8, (2, 0): 2}
    >>> left, right = np.repeat(np.array(list(wins)), list(wins.values()), axis=0).T
    >>> told = Comparisons(left, right, np.zeros(30, int), names=["a", "b", "c"])
    >>> v = Votes(np.zeros(30, int), np.zeros(30, int), told, n=1, w=1)
    >>> p = np.exp(aggregate(v, eps=0.0).labels.y)
    >>> (p / p.sum()).round(4).tolist()
    [0.5971, 0.2453, 0.1576]
    """
    if ties not in ("half", "rao_kupper"):
        raise ValueError(f"ties must be 'half' or 'rao_kupper', got {ties!r}")
    if not eps >= 0:
        raise ValueError(f"eps is a number of wins and losses, 0 or more, got {eps!r}")
    labels = known_comparisons(votes)
    pairs = pair_counts(labels)
    if eps == 0:
        refuse_open_graph(pairs, labels.names)
    learnt = ties == "rao_kupper" and bool(pairs.ties.sum())
    met = np.flatnonzero(pairs.met)
    hill = _hill(pairs, 1.0 if ties == "rao_kupper" else 0.5, eps)

    def step(state: tuple[Floats, Hill]) -> tuple[tuple[Floats, Hill], float]:
        s, hill = state
        if learnt:
            hill = replace(hill, margin=likeliest_margin(pairs, hill, s))
        s, height = newton_step(hill, s)
        return (s, hill), height + height_of_ties(pairs, hill.margin if learnt else 0.0)

    start: Floats = np.zeros(len(met))
    (s, hill), trace = climb(step, (start, hill), iterations=iterations, tol=tol)
    _, curve, own = hill.slope(s)
    full, sd = np.full((2, labels.n), np.nan)
    full[met] = s
    sd[met] = standard_errors(hill.a, hill.b, curve, own)
    left, favoured = favoured_side(labels, full, hill.margin)
    follows, uneven = uneven_workers(labels, votes.worker, votes.w, full)
    freedom = np.inf
    if uneven:
        pulls = pulls_of_workers(labels, votes.worker, votes.w, full, hill.margin)
        over = errors_over_workers(hill, s, pulls[:, met])
        if over is not None:
            sd[met], freedom = over, float((np.bincount(votes.worker) > 0).sum() - 1)
    return of_strengths(
        labels,
        full,
        sd,
        level=level,
        freedom=freedom,
        met=pairs.met,
        trace=trace,
        warnings=[*graph_sentences(pairs, labels.names, eps), *favoured, *uneven],
        info={
            "threshold": float(np.exp(hill.margin)),
            "part": parts(pairs, wins=False),
            "left": left,
            "follows": follows,
        },
    )


def _hill(pairs: Pairs, of_a_tie: float, eps: float) -> Hill:
    """The likelihood of the things that were compared; a tie counts ``of_a_tie`` for each."""
    place = np.cumsum(pairs.met) - 1
    tied = of_a_tie * pairs.ties
    return Hill(
        place[pairs.a],
        place[pairs.b],
        pairs.wins + tied,
        pairs.losses + tied,
        int(pairs.met.sum()),
        eps,
    )
