"""Label learning flows: a network that makes labels from noise and what is known of an item is
trained until no function errs more often than its bound.

Assumes bounds that hold; they are made from how often others agree with a function's votes.  Weak
where bounds are loose: any labels are then as good as others.  Slow, and two seeds differ; the
deterministic part, without a network, is ``constrained_labels``.  Unlike the authors' couplings,
which move the first two classes alone, ours move every other class in turn.
Cost: O((v + n width k) pairs) per step, memory the same.
Paper: Lu, Arachie, Huang. Label learning flows. 2023.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Classes, Floats, Soft, Votes
from reliabel.core.results import Consensus
from reliabel.ops.error_bounds import error_bounds
from reliabel.ops.torch.label_flow import Constraints, drawn_labels, train_flow
from reliabel.ops.votes import votes_matrix

ALSO = ("llf",)
STATUS = "experimental"
SMALL = {"steps": 150}
ACROSS = 16  # numbers that say which functions voted what on an item


def aggregate(
    votes: Votes[Classes],
    *,
    rng: Generator,
    features: Floats | None = None,
    slack: float = 0.0,
    steps: int = 400,
    rate: float = 0.01,
    weight: float = 10.0,
    pairs: int = 2,
    draws: int = 10,
) -> Consensus[Soft]:
    """Train the flow under the bounds, and take the mean of what it draws.

    slack: standard errors that are added to a bound.
    steps, rate: of Adam, each on all items.
    weight: of the penalties beside the likelihood.
    pairs: of couplings.
    draws: label vectors of each item that are averaged.
    ``info["bounds"]`` (w,) is the share of wrong votes that each function may have, and
    ``info["excess"]`` what remained above them.

    >>> rng = np.random.default_rng(0)
    >>> truth, worker = rng.integers(2, size=200), np.tile(np.arange(5), 200)
    >>> item = np.repeat(np.arange(200), 5)
    >>> y = Classes(truth[item] ^ (rng.random(1000) < 0.2))
    >>> found = aggregate(Votes(item, worker, y, n=200, w=5), rng=rng)
    >>> float((found.labels.p.argmax(1) == truth).mean()) > 0.8
    True
    """
    k, cell = votes.labels.k, votes.worker * votes.labels.k + votes.labels.y
    bounds = error_bounds(votes_matrix(votes), slack=slack)
    cast = np.bincount(votes.item, minlength=votes.n)
    share = np.bincount(votes.item * k + votes.labels.y, minlength=votes.n * k).reshape(-1, k)
    who = rng.normal(size=(votes.w * k, ACROSS)) / np.sqrt(ACROSS)
    mean = np.stack([np.bincount(votes.item, one[cell], votes.n) for one in who.T], 1)
    of = np.maximum(cast, 1)[:, None]
    known = [share / of, mean / of]
    if features is not None:
        x = np.nan_to_num(np.asarray(features, dtype=float).reshape(votes.n, -1))
        known.append((x - x.mean(0)) / max(float(x.std()), 1e-9))
    condition = np.concatenate(known, axis=1)
    flow, over = train_flow(
        condition,
        k,
        Constraints(votes.item, votes.worker, votes.labels.y, bounds),
        pairs=pairs,
        steps=steps,
        lr=rate,
        weight=weight,
        seed=int(rng.integers(2**31)),
    )
    p = drawn_labels(flow, condition, draws)
    right = np.bincount(votes.worker, p[votes.item, votes.labels.y], votes.w)
    mine = np.bincount(votes.worker, minlength=votes.w)
    skill = np.divide(right, mine, out=np.full(votes.w, np.nan), where=mine > 0)
    info = {"bounds": bounds, "excess": over[-1] if over else np.nan}
    return Consensus(Soft(p, votes.labels.names), skill, info=info)
