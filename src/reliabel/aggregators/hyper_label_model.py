"""Hyper label model: a small network, trained once on synthetic votes whose true classes are known,
reads the votes of any functions; nothing is fitted to them.

Assumes functions like those it was trained on: of one class or of any, right more often than not.
Weak where they are not, and it cannot be asked why: it holds no number of each function.  Items,
functions and classes may come in any order by its make, since it only takes means over the votes
of an item, those of a function, and all.  Unlike the authors' network, ours reads one channel a
class at the same time, knows how many votes an item has and how much a function covers, and adds
up evidence of votes.  `tools/hyper_label_model.py` trains it; the weights have 12 kB.
Cost: O(v k), memory O(n k + w k).
Paper: Wu, Chen, Zhang, Ilyas. Learning hyper label model for programmatic weak supervision. ICLR
2023.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from reliabel.core.labels import Classes, Floats, Soft, Votes
from reliabel.core.results import Consensus
from reliabel.ops.chunks import rows, total
from reliabel.ops.votes import Block, normalise, votes_matrix

STATUS = "experimental"
TRAINED = Path(__file__).with_suffix(".npz")
LAYERS, LEAK, WIDE = 3, 0.1, 48  # layers, slope below zero, numbers a vote and class at a time


class _Means(NamedTuple):
    """Means of a layer's input over the votes of each function (w, k, d), and over all (k, d)."""

    worker: Floats
    whole: Floats


def aggregate(votes: Votes[Classes], *, temperature: float = 1.0) -> Consensus[Soft]:
    """Let the network read the votes.

    temperature: above 1 flattens its probabilities.
    ``skill`` is the share of a function's votes that is right by the answer.

    >>> v = Votes([0, 0, 0, 1, 1, 1], [0, 1, 2, 0, 1, 2], Classes([0, 0, 1, 1, 1, 1]), n=3, w=3)
    >>> aggregate(v).labels.p.argmax(1)[:2].tolist()
    [0, 1]
    """
    w = votes.w
    with np.load(TRAINED) as file:
        weights = {name: file[name].astype(float) for name in file.files}
    blocks = votes_matrix(votes, wide=WIDE)
    cast = np.bincount(votes.worker, minlength=w)
    cover = np.sqrt(cast / max(votes.n, 1))
    means: list[_Means] = []
    for _ in range(LAYERS + 1):
        sums = total(partial(_sums, weights=weights, cover=cover, means=tuple(means)), blocks)
        size = np.maximum(cast, 1)[:, None, None]
        means.append(_Means(sums / size, sums.sum(0) / max(len(votes), 1)))
    work = partial(_posterior, weights=weights, cover=cover, means=means, t=temperature)
    p = rows(work, blocks)
    right = np.bincount(votes.worker, p[votes.item, votes.labels.y], w)
    skill = np.divide(right, cast, out=np.full(w, np.nan), where=cast > 0)
    return Consensus(Soft(p, votes.labels.names), skill)


def _posterior(
    block: Block, weights: dict[str, Floats], cover: Floats, means: list[_Means], t: float
) -> Floats:
    """(items, k) the chance of each class: the evidence of an item's votes, added up."""
    seen = _layers(block, weights, cover, means[:LAYERS])
    each = seen @ weights["vote_weight"][0] + weights["vote_bias"]  # (votes, k)
    score = np.stack([np.bincount(block.row, one, len(block)) for one in each.T], 1)
    score += means[LAYERS].whole @ weights["base_weight"][0] + weights["base_bias"]
    return normalise(score / t)[0]


def _sums(
    block: Block, weights: dict[str, Floats], cover: Floats, means: tuple[_Means, ...]
) -> Floats:
    """(w, k, d) sums over each function's votes of what the layers so far make of a vote."""
    seen = _layers(block, weights, cover, means)
    return _by(block.worker, seen, len(cover))


def _layers(
    block: Block,
    weights: dict[str, Floats],
    cover: Floats,
    means: list[_Means] | tuple[_Means, ...],
) -> Floats:
    """(votes, k, d) what the layers whose means are known make of each vote, for each class."""
    row, worker = block.row, block.worker
    cast = np.bincount(row, minlength=len(block))
    named = np.eye(block.k)[block.label]
    flat = np.ones_like(named)
    about = (np.log1p(cast)[row][:, None], cover[worker][:, None], 1 / block.k)
    h = np.stack([named, 1 - named, *(flat * one for one in about)], 2)
    for place, mean in enumerate(means):
        w, b = (weights[f"layers_{place}_{part}"] for part in ("weight", "bias"))
        mine, item, function, whole = np.split(w.T, 4)
        rest = _by(row, h, len(block)) / np.maximum(cast, 1)[:, None, None] @ item
        x = h @ mine + rest[row] + (mean.worker @ function)[worker] + mean.whole @ whole + b
        h = np.where(x > 0, x, LEAK * x)
    return h


def _by(group: np.ndarray, value: Floats, size: int) -> Floats:
    """(size, k, d) sums of ``value`` (votes, k, d) over each group."""
    flat = value.reshape(len(value), -1)
    sums: Floats = np.stack([np.bincount(group, one, size) for one in flat.T], 1).astype(float)
    return sums.reshape(size, *value.shape[1:])
