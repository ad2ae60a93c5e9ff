"""Class pairs: which two classes are one and the same to a model, so that their names may mean the
same, or people cannot tell them apart.

A pair is reported if the model takes items of either class for the other far more often than its
other confusions explain, in both directions, and hardly chooses better than a coin between the two.
Labels that are wrong at random confuse all classes alike and report no pair.  Confusions in one
direction alone are listed apart: a class that swallows another, or labels wrong in one way.  Weak
with a poor model, which confuses what people tell apart, and with few items a class; wrong labels
that are swapped both ways look alike, but the model is then sure of the other class.
Cost: O(n k + k^2).
Paper: none for the rule; the counts are those of a confusion matrix out of fold, tested against
independence of given and predicted class off the diagonal (Goodman. Journal of the American
Statistical Association 63 (1968)), false discoveries by Benjamini, Hochberg (1995).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.stats import nbinom, rankdata

from reliabel.core.labels import Bools, Classes, Floats, Ints
from reliabel.core.results import Measure

ALSO = ("ambiguous_classes", "overlapping_classes", "same_meaning")
CERTAIN = 1.645  # standard errors by which a share of errors must lie above the mark


def measure(labels: Classes, *, probs: Floats, alike: float = 0.25, level: float = 0.05) -> Measure:
    """The largest two-way error of any two classes: how often the model, which must choose between
    the two, takes the one that is not given, the mean of both classes; .5 is a coin.

    alike: the two-way error above which, surely, a pair is reported; a quarter is half way between
        a perfect choice and a coin.
    level: of false discoveries among the pairs tested.
    ``parts`` holds "pairs", the pairs reported, worst first: the names "a" and "b", the two-way
    "error", how many items of "a" are taken for "b" and of "b" for "a" ("confused"), how many were
    "expected", "p", the "separation" (AUROC of the two by the model, .5 for a coin), and "unsure",
    the share of the confused items at which one class is at most twice as likely as the other: a
    small one speaks for wrong labels.  "one_way" lists the (given, predicted) that are confused so
    in that direction alone; "error" (k, k) holds the share of the given class (row) at which
    the other (column) is likelier.
    Raises ValueError for shares that are not between 0 and 1.

    >>> y = np.repeat([0, 1, 2], 40)
    >>> p = np.tile([0.45, 0.45, 0.1], (120, 1)) + np.tile([[0.02, 0, 0], [0, 0.02, 0]], (60, 1))
    >>> p[80:] = [0.1, 0.1, 0.8]
    >>> found = measure(Classes(y, ("film", "movie", "book")), probs=p / p.sum(1, keepdims=True))
    >>> round(found.value, 2), [(pair["a"], pair["b"]) for pair in found.parts["pairs"]]
    (0.5, [('film', 'movie')])
    """
    if not 0 < alike < 1 or not 0 < level < 1:
        raise ValueError(
            f"alike and level must lie between 0 and 1, got {alike!r:.40} and {level!r:.40}"
        )
    known = labels.y >= 0
    y, p, k = labels.y[known], np.asarray(probs, dtype=np.float64)[known], labels.k
    size = np.bincount(y, minlength=k)
    if (size > 0).sum() < 3:
        why = f"pairs are compared with the others of three classes or more, got {(size > 0).sum()}"
        return Measure(np.nan, np.nan, np.nan, {"pairs": [], "one_way": []}, {"why": why})
    seen = np.flatnonzero(size)
    error, counts = _errors(y, p, k), _confusions(y, p, k)
    expected, chance = _by_chance(counts[np.ix_(seen, seen)])
    first, second = np.triu_indices(len(seen), 1)
    both = np.maximum(chance[first, second], chance[second, first])
    likely = _discovered(both, level)
    pairs: list[dict[str, Any]] = []
    for place in range(len(first)):
        i, j = first[place], second[place]
        a, b = seen[i], seen[j]
        shares = np.array([error[a, b], error[b, a]])
        spread = float(np.sqrt((shares * (1 - shares) / size[[a, b]]).sum()) / 2)
        if likely[place] and shares.mean() - CERTAIN * spread >= alike:
            pairs.append(
                {
                    "a": labels.names[a],
                    "b": labels.names[b],
                    "error": float(shares.mean()),
                    "confused": (int(counts[a, b]), int(counts[b, a])),
                    "expected": (float(expected[i, j]), float(expected[j, i])),
                    "p": float(both[place]),
                    **_evidence(y, p, a, b),
                }
            )
    pairs.sort(key=lambda pair: -pair["error"])
    one_way = _one_way(chance, error[np.ix_(seen, seen)], size[seen], level, alike)
    named = [(labels.names[seen[i]], labels.names[seen[j]]) for i, j in one_way]
    mean = (error + error.T) / 2
    info = {
        "tested": len(first),
        "level": level,
        "why": "no interval: the largest of many pairs; each pair reported has its own evidence",
    }
    parts = {"pairs": pairs, "one_way": named, "error": error}
    return Measure(float(np.nanmax(mean)), np.nan, np.nan, parts, info)


def _errors(y: Ints, p: Floats, k: int) -> Floats:
    """(k, k) the share of the given class (row) at which another one (column) is likelier, equal
    ones counted half; NaN on the diagonal and for classes without items.
    """
    out = np.full((k, k), np.nan)
    for c in np.unique(y):
        mine = p[y == c]
        own = mine[:, c, None]
        out[c] = (mine > own).mean(0) + (mine == own).mean(0) / 2
        out[c, c] = np.nan
    return out


def _confusions(y: Ints, p: Floats, k: int) -> Ints:
    """(k, k) how often an item of the given class (row) is taken for another one (column)."""
    counts = np.bincount(y * k + p.argmax(1), minlength=k * k).reshape(k, k)
    counts[np.diag_indices(k)] = 0
    return counts


def _by_chance(counts: Ints) -> tuple[Floats, Floats]:
    """(k, k) how many confusions of each kind the others make expected, if given and predicted
    class are independent off the diagonal, and the chance of as many as were seen.

    A cell is expected from the rest of its row, of its column, and of all; each is itself a count,
    which widens the distribution (a negative binomial one).
    """
    k = len(counts)
    row = counts.sum(1)[:, None] - counts + 0.5
    column = counts.sum(0) - counts + 0.5
    rest = counts.sum() - row - column - counts + 1.5
    expected = row * column / rest * (k * k - 3 * k + 3) / (k - 2) ** 2
    shape = 1 / (1 / row + 1 / column + 1 / rest)
    chance = nbinom.sf(counts - 1, shape, shape / (shape + expected))
    chance[np.diag_indices(k)] = 1
    return expected, chance


def _discovered(chance: Floats, level: float) -> Bools:
    """Which tests are discoveries, with false ones at most at this level."""
    order = np.argsort(chance)
    ranked = chance[order] <= level * np.arange(1, len(chance) + 1) / len(chance)
    found = np.zeros(len(chance), dtype=bool)
    found[order[: np.flatnonzero(ranked).max(initial=-1) + 1]] = True
    return found


def _one_way(
    chance: Floats, error: Floats, size: Ints, level: float, alike: float
) -> list[tuple[int, int]]:
    """The cells that are confused beyond chance and surely above the mark, while their mirror image
    lies below it.
    """
    off = ~np.eye(len(chance), dtype=bool)
    likely = np.zeros_like(off)
    likely[off] = _discovered(chance[off], level)
    share = np.where(off, error, 0.0)
    least = share - CERTAIN * np.sqrt(share * (1 - share) / size[:, None])
    rows, columns = np.nonzero(likely & (least >= alike) & (alike > share.T))
    return list(zip(rows.tolist(), columns.tolist(), strict=True))


def _evidence(y: Ints, p: Floats, a: int, b: int) -> dict[str, float]:
    """How well the model ranks the items of two classes, and how unsure it is where it errs."""
    mine = np.isin(y, (a, b))
    of_b, near = y[mine] == b, p[mine][:, [a, b]]
    share = near[:, 1] / np.maximum(near.sum(1), 1e-300)
    rank, many = rankdata(share), int(of_b.sum())
    area = (rank[of_b].sum() - many * (many + 1) / 2) / (many * (len(share) - many))
    wrong = (share > 0.5) != of_b
    unsure = (share[wrong] > 1 / 3) & (share[wrong] < 2 / 3)
    return {
        "separation": float(area),
        "unsure": float(unsure.mean()) if wrong.any() else float("nan"),
    }
