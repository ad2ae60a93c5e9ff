"""Picture faults: pictures out of focus, with little to see, of an odd size or shape, or without
the colour that the others have.

Nothing is a fault by itself: scans have no colour, stars are small points.  A picture is told if it
is odd among the pictures at hand, by how far it lies from their median, in robust standard
deviations of that side, and by a difference that people would notice.  Dark, light, blank and
unreadable pictures are told by ``broken_items``.  Uses no label.  Weak: a smooth subject looks out
of focus, and blur that goes with the subject (as of a moving hand) does so in part of the picture
alone.
Cost: opens every picture once, at 128 pixels at most.  Memory O(n).
Paper: Crete, Dolmiere, Ladret, Nicolas. The blur effect: perception and estimation with a new
no-reference perceptual blur metric. SPIE Human Vision and Electronic Imaging 2007 (blur);
Iglewicz, Hoaglin. How to detect and handle outliers. ASQC 1993 (the median and its deviations).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.ndimage import uniform_filter1d
from scipy.stats import norm

from reliabel.core.labels import Floats, Labels
from reliabel.core.results import Faults
from reliabel.core.run import Rated, current, stop_if_cancelled, tell
from reliabel.ops.copies import sort_of
from reliabel.ops.pictures import reduced

STATUS = "optional"
FINDS = "picture fault"
ALSO = ("picture_quality",)
SIDE = 128  # pixels of the longer side at most, of what is looked at
BLOCK = 256
READING = 1e7  # floating-point operations that opening a picture is taken for
FEWEST = 20  # pictures from which it is known what is usual
STRIP = 5  # pixels over which a picture is blurred again; the paper has 9, on larger pictures
SMALLEST = 2 * STRIP  # pixels of a side from which blur can be told
COLOURLESS = 8  # levels by which the channels of a grey picture differ at most, saved as JPEG
RARE = 0.1  # share of the pictures up to which those without colour (with it) are told
GREY = np.array([0.299, 0.587, 0.114])
MAYBE = 0.5  # score of a picture without colour
MAD = 1.4826  # times the median deviation is the standard deviation of a normal distribution


@dataclass(frozen=True)
class _Measure:
    """One measure of a picture, and when it is a fault: ``least`` is the difference from the usual
    that people would notice (of log2 where ``ratio``), ``sides`` are 1 for too much, -1 for too
    little.
    """

    kind: str
    least: float
    sides: tuple[int, ...]
    why: str
    ratio: bool = False


MEASURES = (
    _Measure(
        "out of focus",
        0.1,
        (1,),
        "the picture is out of focus: its blur effect is {own:.2f}, usually {usual:.2f} (0 is "
        "sharp, 1 nothing but blur)",
    ),
    _Measure(
        "little to see",
        0.125,
        (-1,),
        "the picture shows little: its grey levels hold {own:.0%} of the information that they "
        "could, usually {usual:.0%}",
    ),
    _Measure(
        "odd size",
        1.0,
        (-1, 1),
        "the longer side of the picture has {own:,.0f} pixels, usually {usual:,.0f}",
        ratio=True,
    ),
    _Measure(
        "odd shape",
        1.0,
        (-1, 1),
        "the picture is {own:.2g} times as wide as high, usually {usual:.2g} times",
        ratio=True,
    ),
)
Fault = tuple[int, str, float, str]  # row, kind, score, why


def audit(labels: Labels, *, items: Sequence[Any] | None = None, level: float = 0.05) -> Faults:
    """One fault a picture and kind, the oddest of a kind first; the score is z / (z + bound), with
    its z robust standard deviations from the median and the bound from which it is told.

    level: chance of any false alarm among pictures whose measures are normal.
    info: "checked", the sort of the items; "pictures", how many could be read; "usual", the median
        of each measure; "bound".
    Raises ValueError for a level that is no share.

    >>> from reliabel.core.labels import Classes
    >>> rng = np.random.default_rng(0)
    >>> shown = [rng.integers(0, 256, (32, 32, 3), dtype=np.uint8) for _ in range(40)]
    >>> shown[7] = shown[7][:8]
    >>> found = audit(Classes(np.zeros(40, int)), items=shown)
    >>> found.items, found.kind, found.why
    ([(7,)], ['odd shape'], ['the picture is 4 times as wide as high, usually 1 times'])
    """
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, got {level}")
    sort = sort_of(items)
    seen = _measured(items if sort == "pictures" and items is not None else ())
    many = int(np.isfinite(seen[:, -1]).sum())
    faults: list[Fault] = []
    usual: dict[str, float] = {}
    bound = float(norm.isf(level / (sum(len(one.sides) for one in MEASURES) * max(many, 1))))
    if many >= FEWEST:
        for measure, values in zip(MEASURES, seen.T, strict=False):
            usual[measure.kind] = (
                float(np.nanmedian(values)) if np.isfinite(values).any() else np.nan
            )
            faults += _odd(measure, values, usual[measure.kind], bound)
        faults += _colour(seen[:, -1])
    return Faults(
        [(row,) for row, *_ in faults],
        [kind for _, kind, *_ in faults],
        np.array([score for *_, score, _ in faults], dtype=float),
        [why for *_, why in faults],
        info={"checked": sort, "pictures": many, "usual": usual, "bound": bound},
    )


def _odd(measure: _Measure, values: Floats, usual: float, bound: float) -> list[Fault]:
    """The pictures that one measure tells, the oddest first."""
    away = np.log2(values / usual) if measure.ratio else values - usual
    z = np.zeros(len(values))
    for side in measure.sides:
        far = np.where(np.isfinite(away), side * away, -1.0)
        spread = MAD * float(np.median(far[far >= 0])) if (far >= 0).any() else 0.0
        z = np.maximum(z, far / max(spread, measure.least / bound))
    odd = np.flatnonzero((z >= bound) & (np.abs(np.nan_to_num(away)) >= measure.least))
    return [
        (
            row,
            measure.kind,
            float(z[row] / (z[row] + bound)),
            measure.why.format(own=values[row], usual=usual),
        )
        for row in odd[np.argsort(-z[odd], kind="stable")].tolist()
    ]


def _colour(spread: Floats) -> list[Fault]:
    """The pictures without colour where nearly all have some, or the reverse."""
    grey = spread <= COLOURLESS
    known = np.isfinite(spread)
    share = float(grey[known].mean())
    kind, rows, others = (
        ("no colour", grey, 1 - share) if share < 0.5 else ("colour", known & ~grey, share)
    )
    if 1 - others > RARE:
        return []
    words = {"no colour": "has no colour", "colour": "is coloured"}[kind]
    why = f"the picture {words}, unlike {100 * others:.3g} % of all"
    return [(row, kind, MAYBE, why) for row in np.flatnonzero(rows).tolist()]


def _measured(items: Sequence[Any]) -> Floats:
    """(n, 5) blur effect, information, size, shape and colour of each picture; NaN where there is
    none.
    """
    parts: list[Floats] = [np.empty((0, len(MEASURES) + 1))]

    def keep(part: Floats) -> None:
        parts.append(part)
        tell("picture faults", min(BLOCK * (len(parts) - 1), len(items)), len(items))

    blocks = [items[start : start + BLOCK] for start in range(0, len(items), BLOCK)]
    current().executor(Rated(_block, BLOCK * READING), blocks, keep)
    return np.concatenate(parts)


def _block(items: Sequence[Any]) -> Floats:
    out = np.full((len(items), len(MEASURES) + 1), np.nan)
    for row, item in enumerate(items):
        stop_if_cancelled()
        pixels, (width, height), _ = reduced(item, SIDE)
        if pixels is not None:
            grey = pixels @ GREY
            out[row] = (
                _blur(grey),
                _information(grey),
                max(width, height),
                width / height,
                np.quantile(np.ptp(pixels, axis=2), 0.99),
            )
    return out


def _blur(grey: Floats) -> float:
    """The blur effect, 0 to 1, of the direction that is blurred more: how little of the differences
    between neighbouring pixels is lost where it is blurred again; NaN where there are none.
    """
    effect = [np.nan]
    for axis in (0, 1):
        if grey.shape[axis] >= SMALLEST:
            own = np.abs(np.diff(grey, axis=axis))
            again = np.abs(np.diff(uniform_filter1d(grey, STRIP, axis=axis), axis=axis))
            lost, all_ = np.maximum(own - again, 0).sum(), own.sum()
            effect.append(1 - lost / all_ if all_ > 0 else np.nan)
    return float(np.fmax.reduce(effect))


def _information(grey: Floats) -> float:
    """Shannon entropy of the grey levels, as a share of the most that so many pixels can have."""
    share = np.bincount(np.round(grey).astype(np.int64).ravel(), minlength=256) / grey.size
    share = share[share > 0]
    return float(-(share * np.log2(share)).sum() / max(min(8, np.log2(grey.size)), 1))
