"""Memorisation onset (ADELE): pixels where a model, stopped before it memorises the errors of a
class, is sure of another class than the one given.

A network for segmentation first learns what a class looks like and later the errors of its labels.
The agreement of its predictions with the given labels, traced per class over the epochs, rises fast
and then slowly: the curve a (1 - exp(-x^b / c)) is fitted to it, and a class is ready to be
corrected once its slope has fallen to a tenth of what it was.  Classes come to it at epochs of
their own.  Corrected is a pixel where the model is sure, where given and predicted class are both
ready (or background), and where the picture has the predicted class anyway.
Assumes probabilities of the epoch at which the curves end.  Weak where errors are systematic (every
mask too large by as much), since a model learns these as early as the rest, and for classes of
which a picture lacks the label altogether: they are never added.
Cost: O(pixels x classes), one picture in memory at a time; a small curve fit a class.
Paper: Liu, Liu, Zhu, Shen, Fernandez-Granda. Adaptive early-learning correction for segmentation
from noisy annotations. CVPR 2022.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import curve_fit

from reliabel.core.evidence import PixelProbs
from reliabel.core.labels import Bools, Floats, Grouped, Ints
from reliabel.core.objects import Regions
from reliabel.core.results import Suspicion
from reliabel.ops.class_probs import channels, class_probs
from reliabel.ops.relabelled_maps import relabelled, suspicion

STATUS = "optional"
ALSO = ("adele",)
FEWEST = 4  # points that a curve is fitted to at least
FLAT = 0.1  # growth of an epoch up to which the beginning of a curve is not yet learning


def audit(
    labels: Grouped[Regions],
    *,
    class_iou: Floats,
    pixel_probs: PixelProbs,
    fallen: float = 0.9,
    sure: float = 0.8,
    sure_background: float = 0.95,
    background: str = "background",
    least: float = 0.1,
) -> Suspicion:
    """Score = the share of a region's pixels that are corrected; flag = ``least`` or more of them;
    suggestion = the class of most of its pixels.

    fallen: share of its first slope by which a curve must have fallen.  sure: probability from
        which a prediction counts.  background, sure_background: the class that needs no curve, and
        from where it counts; classes of the model that the labels lack are background as well.
    info: "ready", the epoch (from 1) at which each class is ready, None where it never was;
        "relabelled", the corrected class maps; "unfit", the pictures whose probabilities are of
        another size, which have no scores.

    >>> from reliabel.ops.regions import class_parts
    >>> runs, y = class_parts(np.array([[0, 0, 1, 1, 1, 1]]))
    >>> units = Regions(y, runs.start, runs.length, runs.offsets, [[1, 6]] * 2, ["sky", "bird"])
    >>> p = np.array([[[0.95, 0.95, 0.9, 0.1, 0.1, 0.1]]], np.float32)
    >>> probs = PixelProbs(np.concatenate([p, 1 - p], 1)[:, :, None], ("sky", "bird"))
    >>> curve = 0.8 * (1 - np.exp(-np.arange(1, 11)))
    >>> both = np.stack([curve, curve])
    >>> found = audit(Grouped(units, [0, 2]), class_iou=both, pixel_probs=probs)
    >>> found.score.tolist(), found.info["ready"], list(found.kind)
    ([0.0, 0.25], {'sky': 4, 'bird': 4}, ['', 'extent'])
    """
    names, k = labels.units.names, labels.units.k
    epochs = class_iou.shape[1]
    ready = [_ready_epoch(np.asarray(curve, dtype=np.float64), fallen) for curve in class_iou]
    may = np.array([epoch is not None and epoch <= epochs for epoch in ready] + [True])
    bar = np.append(np.full(k, sure), sure_background)
    if background in names:
        may[names.index(background)], bar[names.index(background)] = True, sure_background
    outside = channels(names, pixel_probs).background

    def corrected(item: int, given: Ints) -> tuple[Ints | None, None]:
        p = class_probs(pixel_probs, item, names, given.shape)
        if p is None:
            return None, None
        best = p.argmax(0)
        here = np.append(np.bincount(given[given >= 0], minlength=k) > 0, True)
        here[[name == background for name in names] + [False]] = True
        old = np.where(given < 0, k, given)
        fits: Bools = (p.max(0) > bar[best]) & may[best] & here[best] & may[old]
        if not outside:  # a pixel without a label stays without
            fits &= given >= 0
        new = np.where(best == k, -1, best)
        return np.where(fits, new, given), None

    found = relabelled(labels, corrected)
    info = {"ready": dict(zip(names, ready, strict=True)), "epochs": epochs, "unfit": found.unknown}
    return suspicion(labels, found, least, "where the model is sure", info)


def _ready_epoch(curve: Floats, fallen: float = 0.9) -> int | None:
    """The epoch, from 1, at which the slope of a curve of agreement (one value an epoch) has fallen
    by a share of its first; None where too few points tell or no curve fits.  It may lie after the
    last point.

    >>> _ready_epoch(0.8 * (1 - np.exp(-np.arange(1, 11) / 2)))
    6
    """
    known = curve[np.isfinite(curve)]
    growing = np.flatnonzero(np.diff(known) >= FLAT)
    # a beginning that hardly grows is left out, where the curve begins to grow later
    dropped = int(growing[0]) + 1 if len(growing) and growing[0] else 0
    y = known[dropped:]
    if len(y) < FEWEST:
        return None
    x = np.arange(1, len(y) + 1, dtype=np.float64)
    try:
        (a, b, c), _ = curve_fit(
            lambda x, a, b, c: a * (1 - np.exp(-(x**b) / c)),
            *(x, y),
            p0=(1.0, 1.0, 1.0),
            sigma=np.geomspace(1, 0.1, len(y)),  # late points count more
            bounds=([0, 0, 1e-6], [1, 1, np.inf]),
            maxfev=5000,
        )
    except RuntimeError:  # no curve was found
        return None
    at = np.arange(1, 10 * len(y) + 1, dtype=np.float64)
    slope = a * b / c * at ** (b - 1) * np.exp(-(at**b) / c)
    if not slope[0] > 0:
        return None
    rest = np.flatnonzero(1 - slope / slope[0] > fallen)
    return None if not len(rest) else int(rest[0]) + 1 + dropped
