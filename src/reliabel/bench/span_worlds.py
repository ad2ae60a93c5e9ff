"""Tagged text in which the tagger's chances are true, for counts whose answer is known."""

from __future__ import annotations

import numpy as np

from reliabel.core.dataset import Dataset
from reliabel.core.evidence import TokenProbs
from reliabel.core.labels import Bools, Grouped, Spans

TYPES = ("LOC", "PER")
NAMES = ("O", "B-LOC", "I-LOC", "B-PER", "I-PER")


def slips(rate: float, seed: int, n: int = 3000) -> tuple[Dataset, Bools]:
    """Sentences with one place each where a span may be: true labels are drawn from the chances,
    and a share ``rate`` of the given ones is another than the true one.  Gives the data set, and
    (n,) in which sentences the label slipped.
    """
    rng = np.random.default_rng(seed)
    sure = rng.random(n) < 0.9
    chance = np.where(sure[:, None], rng.dirichlet([0.02] * 3, n), rng.dirichlet([0.5] * 3, n))
    true = (rng.random((n, 1)) > chance.cumsum(1)).sum(1).clip(0, 2)  # 0: no span
    slip = rng.random(n) < rate
    given = np.where(slip, (true + rng.integers(1, 3, n)) % 3, true)
    p = np.zeros((2 * n, 5))
    p[1::2, 0] = 1
    p[::2, 0], p[::2, 1], p[::2, 3] = chance.T
    probs = TokenProbs(p, np.arange(n + 1) * 2, NAMES)
    some = np.flatnonzero(given)
    spans = Spans(np.zeros(len(some), int), np.ones(len(some), int), given[some] - 1, TYPES)
    labels = Grouped(spans, np.concatenate([[0], np.cumsum(given > 0)]))
    return Dataset(labels, {"token_probs": probs}), slip
