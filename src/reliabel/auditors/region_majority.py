"""Region majority (SAModified): a superpixel whose given labels mostly are one class is wholly of
that class.

A person draws an outline by hand, and the picture itself shows where a surface ends.  Patches of
alike pixels are cut out of the picture without looking at the labels, and the commonest class of
each patch takes all of it where it has a clear majority.
Assumes that borders of classes show in the picture.  Weak where they do not (a lane marking in the
shade), and on objects smaller than the patches, which therefore are never changed.
The patches are SLIC superpixels of the pictures (the extra ``pictures``), or what is given as
``predicted``: the masks of any method that makes proposals, of which the smallest at a pixel wins.
Cost: that of SLIC, about half a second a million pixels; one picture in memory at a time.
Paper: Pekhale, Sathish, Basavaraju, Sharma. SAModified: a foundation model-based zero-shot approach
for refining noisy land-use land-cover maps. arXiv:2412.12552, 2024 (patches by Segment Anything);
Achanta, Shaji, Smith, Lucchi, Fua, Suesstrunk. SLIC superpixels compared to state-of-the-art
superpixel methods. IEEE TPAMI 2012.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter

from reliabel.core.labels import Grouped, Ints
from reliabel.core.objects import Regions
from reliabel.core.results import Suspicion
from reliabel.ops.pictures import load
from reliabel.ops.regions import areas, pixels
from reliabel.ops.relabelled_maps import relabelled, suspicion
from reliabel.ops.superpixels import slic

STATUS = "optional"
ALSO = ("samodified", "region_relabel")
ONE_OF = ("items", "predicted")
SMALL = {"segment": 80}
SMOOTH = 1.0  # pixels, so that grain makes no patches of its own


def audit(
    labels: Grouped[Regions],
    *,
    items: Any = None,
    predicted: Grouped[Regions] | None = None,
    segment: int = 200,
    compactness: float = 10.0,
    purity: float = 0.6,
    fewest: int = 30,
    background: bool = False,
    least: float = 0.1,
) -> Suspicion:
    """Score = the share of a region's pixels that the majority of their patch gives another class;
    flag = ``least`` or more of them; suggestion = the class of most of its pixels.

    items: pictures (paths, addresses, arrays); those that cannot be read, or are of another size
        than their regions, have no scores and are counted in ``info["unread"]``.
    segment: pixels of a SLIC superpixel, about.  compactness: of SLIC; higher is squarer.  purity:
        the share that a majority needs.  fewest: pixels of the smallest patch that counts.
    background: True where pixels of no region are background and compete as a class; else they are
        unlabelled and stay so.
    info: "relabelled", the class maps after; "kept", the classes whose objects are smaller than the
        patches.

    >>> from reliabel.ops.regions import Runs, class_parts
    >>> runs, y = class_parts(np.array([[0, 0, 0, 0, 0, 1, 1, 1]]))
    >>> units = Regions(y, runs.start, runs.length, runs.offsets, [[1, 8]] * 2, ["road", "car"])
    >>> patches = Regions([0, 0], [0, 4], [4, 4], [0, 1, 2], [[1, 8]] * 2, ["patch"])
    >>> both = Grouped(units, [0, 2]), Grouped(patches, [0, 2])
    >>> found = audit(both[0], predicted=both[1], fewest=2, least=0.2)
    >>> found.score.round(2).tolist(), found.info["kept"]
    ([0.2, 0.0], ['car'])
    """
    units, k = labels.units, labels.units.k
    proposals = predicted
    area = areas(units)
    usual = segment if proposals is None else _median(areas(proposals.units))
    small = [_median(area[units.y == c]) < usual for c in range(k)]
    fixed = np.append(small, False)  # classes of which no pixel is given away

    def majority(item: int, given: Ints) -> tuple[Ints | None, None]:
        if proposals is not None:
            span = np.arange(proposals.offsets[item], proposals.offsets[item + 1])
            patch, pixel = pixels(proposals.units.take(span))
        else:
            picture = None if items is None else load(items[item])[0]
            if picture is None or picture.shape[:2] != given.shape:
                return None, None
            smooth = gaussian_filter(picture / 255, (SMOOTH, SMOOTH, 0))
            patch = slic(smooth, max(1, given.size // segment), compactness).ravel()
            pixel = np.arange(given.size)
        bars = (purity, fewest)
        return _by_majority(given, patch, pixel, k, bars, fixed, background), None

    found = relabelled(labels, majority, "superpixels")
    kept = [name for name, one in zip(units.names, small, strict=True) if one]
    where = "by the majority of their patch"
    return suspicion(labels, found, least, where, {"kept": kept, "unread": found.unknown})


def _by_majority(
    given: Ints,
    patch: Ints,
    pixel: Ints,
    k: int,
    bars: tuple[float, int],
    fixed: Any,
    background: bool,
) -> Ints:
    """The class map with each patch of a clear majority given to it; of patches that overlap the
    smallest wins.
    """
    flat = given.ravel()
    said = flat[pixel] % (k + 1)  # no region is the last
    votes = k + 1 if background else k
    m = int(patch.max(initial=-1)) + 1
    count = np.bincount(patch * (k + 1) + said, minlength=m * (k + 1)).reshape(m, k + 1)
    size = count.sum(1)
    most = count[:, :votes].argmax(1)
    share = count[np.arange(m), most] / np.maximum(count[:, :votes].sum(1), 1)
    clear = (share >= bars[0]) & (size >= bars[1])
    order = np.argsort(-size[patch], kind="stable")  # the smallest writes last
    order = order[clear[patch[order]]]
    made = flat.copy()
    made[pixel[order]] = np.where(most == k, -1, most)[patch[order]]
    stays = fixed[flat % (k + 1)] | ((flat < 0) & (not background))
    return np.where(stays, flat, made).reshape(given.shape)


def _median(area: Ints) -> float:
    return float(np.median(area)) if len(area) else 0.0
