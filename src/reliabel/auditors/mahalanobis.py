"""Mahalanobis distance: items that lie far from the mean of every class, measured by the covariance
that the classes share, look like none of the classes.

The relative form, which is the default, takes off the distance to the mean of all items under the
covariance of all, so that directions in which no class differs from the others count for nothing.

Assumes that the items of a class scatter alike around its mean.  Items that look like none of the
classes are themselves in the data, so means and covariance are estimated twice more without the
farthest.  Weak for classes of several clusters, for strangers that lie between the classes, and
where strangers are as common as a class.  A label that is wrong moves a mean a little and is no
stranger for it.  The flags are a hint: features have heavier tails than a normal distribution.
With frozen features and held-out classes planted at 5 %, its AUROC is .83 on AG News, .89 on
Banking77 and .74 on CIFAR-10, that of ``knn_outliers`` .69, .71 and .62 (``python
tools/open_set.py``).
Cost: O(n d (d + k)), memory O(d^2 + k d), and n numbers an axis where features are reduced.
Paper: Lee, Lee, Lee, Shin. A simple unified framework for detecting out-of-distribution samples and
adversarial attacks. NeurIPS 2018; relative: Ren et al. A simple fix to Mahalanobis distance for
improving near-OOD detection. 2021; shrinkage: Ledoit, Wolf. Journal of Multivariate Analysis 2004.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular
from scipy.stats import chi2

from reliabel.core.findings import NO_CLASS
from reliabel.core.labels import Bools, Classes, Floats, Ints
from reliabel.core.results import Suspicion
from reliabel.ops.chunks import RowBlock, cut, rows, total
from reliabel.ops.principal_axes import principal_axes

STATUS = "optional"
FINDS = "open set"
ALSO = ("class_mahalanobis", "relative_mahalanobis")
FEWEST = 10  # items with features, below which nothing is said
MEMBERS = 5  # of a class that has a mean of its own
AXES, MOST = 128, 512  # principal axes where features are many for a class; features left as given
FAR_OUT = 3.0  # interquartile ranges above the upper quartile of the plain distance
RIDGE = 1e-6  # of the mean variance: a feature without any must not divide by zero


def audit(
    labels: Classes,
    *,
    features: Floats,
    relative: bool = True,
    rounds: int = 2,
    drop: float = 0.02,
    alpha: float = 1e-4,
    width: float = 1.7,
) -> Suspicion:
    """Score: how the squared distance D to the nearest class mean, less the one to the mean of all,
    compares with its median: 0.5 there, towards 1 far above it.

    Flagged if it lies ``width`` interquartile ranges above the upper quartile, or D three.
    relative: False keeps D itself; the score is then D / (D + median D), and an item is flagged if
        a chi-square variable with the median of D is larger with a chance below ``alpha``.
    rounds: of estimating anew without the share ``drop`` of items that lie farthest.
    ``kind`` is "open set" where flagged.  info: nearest class of each item, shrinkage, axes.

    >>> x = np.random.default_rng(0).normal(size=(60, 2)) + np.repeat([[0, 0], [9, 0]], 30, axis=0)
    >>> x[7] = [4.5, 20]
    >>> labels = Classes(np.repeat([0, 1], 30), ("cat", "dog"))
    >>> int(audit(labels, features=x).score.argmax())
    7
    >>> found = audit(labels, features=x, relative=False)
    >>> found.flag.nonzero()[0].tolist(), found.info["why"][7][:37]
    ([7], 'looks like none of the classes: it li')
    """
    _check(rounds, drop, alpha, width)
    x = _reduced(features, labels)
    known = np.asarray(rows(lambda block: np.isfinite(block.read()[0]).all(1), cut(x)), dtype=bool)
    if known.sum() < FEWEST:
        nothing = np.full(len(x), np.nan)
        why = f"it takes at least {FEWEST} items with features, there are {int(known.sum())}"
        return Suspicion(nothing, known & False, info={"not_judged": why})
    keep = known
    for _ in range(rounds):
        far = _fitted(x, labels.y, keep, labels.k).far(x)[0]
        keep = known & (far <= np.quantile(far[known], 1 - drop))
    shape = _fitted(x, labels.y, keep, labels.k)
    far, nearest = shape.far(x)
    times = np.sqrt(far / max(float(np.median(far[known])), 1e-12))
    if relative:
        whole = _fitted(x, np.zeros(len(x), dtype=np.int64), keep, 1).far(x)[0]
        score, flag, bound = _by_quartiles(far, far - whole, known, width)
    else:
        score, flag, bound = _by_chance(far, known, x.shape[1], alpha)
    info = {
        "why": _sentences(flag, times, nearest, labels),
        "nearest": nearest,
        "bound": bound,
        "shrinkage": shape.shrinkage,
        "axes": int(x.shape[1]),
        "flagged": int(flag.sum()),
    }
    return Suspicion(score, flag, kind=["open set" if odd else "" for odd in flag], info=info)


@dataclass(frozen=True, eq=False)
class _Shape:
    """Means (c, d) of the classes ``names`` (c,) and the factor that makes their shared covariance
    round.
    """

    means: Floats
    names: Ints
    whiten: Floats
    shrinkage: float

    def far(self, x: Floats) -> tuple[Floats, Ints]:
        """(n,) squared distance to the nearest mean, and its class (-1 where it is not known)."""
        centre = self.means @ self.whiten
        square = (centre**2).sum(1)

        def look(block: RowBlock) -> tuple[Floats, Ints]:
            z = block.read()[0].astype(float) @ self.whiten
            away = (z**2).sum(1)[:, None] - 2 * z @ centre.T + square
            near = np.nan_to_num(away, nan=np.inf).argmin(1)
            least = np.maximum(np.take_along_axis(away, near[:, None], 1)[:, 0], 0)
            return least, np.where(np.isnan(least), -1, self.names[near])

        far, nearest = rows(look, cut(x))
        return far, nearest


def _check(rounds: int, drop: float, alpha: float, width: float) -> None:
    if rounds < 0 or not 0 <= drop < 0.5 or not 0 < alpha < 1 or not width >= 0:
        raise ValueError(
            "rounds and width must be 0 or more, drop a share below one half and alpha a chance "
            f"between 0 and 1, got rounds={rounds}, width={width}, drop={drop}, alpha={alpha}"
        )


def _reduced(features: Floats, labels: Classes) -> Floats:
    """The features, on principal axes where they are too many for the items of a class."""
    x = features if features.ndim == 2 else np.asarray(features).reshape(len(features), -1)
    size = np.bincount(labels.y[labels.y >= 0], minlength=1)
    each = float(np.median(size[size > 0])) if size.any() else float(len(x))
    if x.shape[1] <= min(max(each / 5, 1), MOST) or x.shape[1] <= 2:
        return x
    axes = int(np.clip(len(x) // 20, 2, AXES))
    # the rows that axes are learnt from are the same each time: nothing here is left to chance
    return principal_axes(x, axes, rng=np.random.default_rng(0))


def _fitted(x: Floats, y: Ints, keep: Bools, k: int) -> _Shape:
    """Means and shared covariance of the kept items with a label; of all kept ones where no class
    has enough.
    """
    code = np.where(keep, y, -1)
    size = np.bincount(code[code >= 0], minlength=k)
    names = np.flatnonzero(size >= MEMBERS)
    if not len(names):
        code, names, size = np.where(keep, 0, -1), np.zeros(1, dtype=np.int64), keep.sum()[None]
        k = 1
    of = np.full(k + 1, -1)
    of[names] = np.arange(len(names))
    code = of[code]  # -1 takes the last place, which is -1
    sums = total(lambda block: _sums(block, len(names)), cut(x, code))
    means = sums / size[names][:, None]
    scatter, fourth = total(lambda block: _scatter(block, means), cut(x, code))
    many = max(int((code >= 0).sum()) - len(names), 1)
    covariance, shrinkage = _shrunk(scatter / many, float(fourth), many)
    lower = np.linalg.cholesky(covariance)
    whiten = solve_triangular(lower, np.eye(len(lower)), lower=True).T
    return _Shape(means, np.where(size[names] > 0, names, -1), whiten, shrinkage)


def _sums(block: RowBlock, c: int) -> Floats:
    """(c, d) sums of the rows of each class."""
    x, code = block.read()
    out = np.zeros((c, x.shape[1]))
    there = code >= 0
    np.add.at(out, code[there], x[there])
    return out


def _scatter(block: RowBlock, means: Floats) -> tuple[Floats, Floats]:
    """The scatter (d, d) around the class means, and the sum of the fourth powers of lengths."""
    x, code = block.read()
    there = code >= 0
    centred = x[there].astype(float) - means[code[there]]
    return centred.T @ centred, np.asarray(((centred**2).sum(1) ** 2).sum())


def _shrunk(covariance: Floats, fourth: float, n: int) -> tuple[Floats, float]:
    """The covariance moved towards a multiple of the identity as far as Ledoit and Wolf find
    best.
    """
    d = len(covariance)
    level = float(np.trace(covariance)) / d
    square = float((covariance**2).sum())
    apart = square - d * level**2
    noise = max(fourth / n - square, 0.0) / n
    share = min(noise / apart, 1.0) if apart > 0 else 1.0
    mixed = (1 - share) * covariance + share * level * np.eye(d)
    return mixed + (RIDGE * level or 1.0) * np.eye(d), share


def _by_quartiles(
    far: Floats, more: Floats, known: Bools, width: float
) -> tuple[Floats, Bools, float]:
    """Scores, flags and the fence above the upper quartile of ``more``, the distance to the nearest
    class beyond that to the whole.

    In directions that no class uses, both distances are large and ``more`` is noise, so that what
    lies far out by the distance to the nearest class alone is judged by that.
    """
    away, fence = _above(more, known, width)
    plain, far_out = _above(far, known, FAR_OUT)
    away = np.where(plain > far_out, np.fmax(away, plain), away)
    flag = known & (away > np.where(plain > far_out, far_out, fence))
    return 0.5 + away / (2 * (1 + np.abs(away))), flag, fence


def _above(value: Floats, known: Bools, width: float) -> tuple[Floats, float]:
    """How many interquartile ranges each value, and the fence, lie above the median."""
    low, middle, high = np.quantile(value[known], [0.25, 0.5, 0.75])
    spread = max(float(high - low), 1e-12)
    return (value - middle) / spread, float((high - middle) / spread + width)


def _by_chance(far: Floats, known: Bools, d: int, alpha: float) -> tuple[Floats, Bools, float]:
    """Scores, flags and the distance that a chi-square variable with the same median seldom
    passes.
    """
    usual = max(float(np.median(far[known])), 1e-12)
    bound = usual * float(chi2.isf(alpha, d) / chi2.isf(0.5, d))
    return far / (far + usual), known & (far > bound), bound


def _sentences(flag: Bools, times: Floats, nearest: Ints, labels: Classes) -> list[str]:
    """Why an item is flagged, "" for the others; ``times``: as far as usual from its class."""
    told = [""] * len(flag)
    for row in np.flatnonzero(flag).tolist():
        name = "" if nearest[row] < 0 else f", {labels.names[nearest[row]]!r}"
        how = f"{times[row]:.2g} times as far as usual from its nearest class{name}"
        if times[row] < 1.5:
            how = f"too far from its nearest class{name}, for how near it lies to all of them"
        told[row] = f"{NO_CLASS}: it lies {how}"
    return told
