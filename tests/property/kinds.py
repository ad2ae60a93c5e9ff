"""Strategies for every label kind, small and with their edges: no items, unlabelled items, one
class.
"""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from reliabel.core.free_text import Texts
from reliabel.core.labels import (
    Classes,
    Grouped,
    MultiLabel,
    Numbers,
    Soft,
    SoftMultiLabel,
    Spans,
    Votes,
)
from reliabel.core.objects import Boxes, Regions
from reliabel.core.orders import Comparisons, Rankings

SIZES = st.integers(0, 12)


@st.composite
def classes(draw, n=SIZES, k=st.integers(1, 4), unlabelled=True):
    """Codes with names; -1 among them unless refused."""
    k = draw(k)
    y = draw(hnp.arrays(np.int64, draw(n), elements=st.integers(-1 if unlabelled else 0, k - 1)))
    return Classes(y, tuple(f"c{c}" for c in range(k)))


@st.composite
def soft(draw):
    n, k = draw(SIZES), draw(st.integers(1, 4))
    raw = draw(hnp.arrays(np.float64, (n, k), elements=st.floats(0.01, 1)))
    return Soft(raw / raw.sum(1, keepdims=True))


@st.composite
def soft_multilabel(draw):
    shape = draw(SIZES), draw(st.integers(1, 4))
    return SoftMultiLabel(draw(hnp.arrays(np.float64, shape, elements=st.floats(0, 1))))


@st.composite
def multilabel(draw):
    shape = draw(SIZES), draw(st.integers(1, 4))
    return MultiLabel(draw(hnp.arrays(np.int64, shape, elements=st.integers(-1, 1))))


@st.composite
def numbers(draw):
    shape = draw(st.sampled_from([(), (2,)]))
    return Numbers(
        draw(
            hnp.arrays(
                np.float64,
                (draw(SIZES), *shape),
                elements=st.floats(-1e6, 1e6) | st.just(float("nan")),
            )
        )
    )


@st.composite
def spans(draw):
    """Spans of any words, -1 among their classes."""
    m, k = draw(SIZES), draw(st.integers(1, 4))
    start = draw(hnp.arrays(np.int64, m, elements=st.integers(0, 9)))
    length = draw(hnp.arrays(np.int64, m, elements=st.integers(1, 4)))
    y = draw(hnp.arrays(np.int64, m, elements=st.integers(-1, k - 1)))
    return Spans(start, start + length, y, tuple(f"c{c}" for c in range(k)))


@st.composite
def boxes(draw):
    """Boxes of any corners, swapped and unknown ones too, -1 among their classes."""
    m, k = draw(SIZES), draw(st.integers(1, 4))
    corner = st.floats(-20, 20, width=32) | st.just(float("nan"))
    xyxy = draw(hnp.arrays(np.float64, (m, 4), elements=corner))
    y = draw(hnp.arrays(np.int64, m, elements=st.integers(-1, k - 1)))
    score = draw(st.none() | hnp.arrays(np.float64, m, elements=st.floats(0, 1)))
    crowd = draw(st.none() | hnp.arrays(np.bool_, m))
    return Boxes(xyxy, y, tuple(f"c{c}" for c in range(k)), score, crowd)


@st.composite
def regions(draw):
    """Regions of some runs in pictures of 6 x 8 pixels, empty ones too, -1 among their classes."""
    m, k = draw(SIZES), draw(st.integers(1, 4))
    masks = draw(hnp.arrays(np.bool_, (m, 48)))
    edges = np.diff(np.pad(masks.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    (row, start), end = np.nonzero(edges == 1), np.nonzero(edges == -1)[1]
    offsets = np.searchsorted(row, np.arange(m + 1))
    y = draw(hnp.arrays(np.int64, m, elements=st.integers(-1, k - 1)))
    crowd = draw(st.none() | hnp.arrays(np.bool_, m))
    names = tuple(f"c{c}" for c in range(k))
    return Regions(y, start, end - start, offsets, np.tile([6, 8], (m, 1)), names, crowd)


@st.composite
def texts(draw, missing=True):
    """Texts of any script, empty ones too, None among them unless refused."""
    one = st.text(max_size=6)
    return Texts(draw(st.lists(one | st.none() if missing else one, max_size=12)))


@st.composite
def comparisons(draw):
    """Comparisons of two different things, ties and unknown ones among them."""
    m, n = draw(SIZES), draw(st.integers(2, 5))
    left = draw(hnp.arrays(np.int64, m, elements=st.integers(0, n - 1)))
    apart = draw(hnp.arrays(np.int64, m, elements=st.integers(1, n - 1)))
    y = draw(hnp.arrays(np.int64, m, elements=st.integers(-1, 2)))
    return Comparisons(left, (left + apart) % n, y, n)


@st.composite
def rankings(draw):
    """Rankings of some of a few things, empty ones too."""
    n = draw(st.integers(1, 5))
    some = st.permutations(range(n)).flatmap(
        lambda order: st.integers(0, n).map(lambda kept: order[:kept])
    )
    rows = draw(st.lists(some, max_size=6))
    order = np.array([thing for row in rows for thing in row], dtype=np.int64)
    return Rankings(order, np.cumsum([0, *map(len, rows)]), n)


@st.composite
def grouped(draw, units=None):
    """Groups of any size, empty ones too."""
    flat = draw(units if units is not None else classes())
    inner = sorted(draw(st.lists(st.integers(0, len(flat)), max_size=5)))
    return Grouped(flat, np.array([0, *inner, len(flat)]))


@st.composite
def votes(draw, labels=None):
    flat = draw(labels if labels is not None else classes(unlabelled=False))
    n, w = draw(st.integers(1, 6)), draw(st.integers(1, 4))
    item, worker = (
        draw(hnp.arrays(np.int64, len(flat), elements=st.integers(0, top - 1))) for top in (n, w)
    )
    return Votes(item, worker, flat, n, w)


KINDS = {
    "Classes": classes(),
    "Soft": soft(),
    "MultiLabel": multilabel(),
    "SoftMultiLabel": soft_multilabel(),
    "Numbers": numbers(),
    "Spans": spans(),
    "Boxes": boxes(),
    "Regions": regions(),
    "Texts": texts(),
    "Comparisons": comparisons(),
    "Rankings": rankings(),
    "Grouped": grouped(),
    "Votes": votes(),
}
ANY = st.one_of(*KINDS.values())


@st.composite
def with_index(draw, kind=ANY):
    """A label set and an index into it, as numbers (repeats allowed) or as a mask."""
    labels = draw(kind)
    n = len(labels)
    if draw(st.booleans()) or not n:
        return labels, draw(hnp.arrays(np.bool_, n))
    return labels, draw(hnp.arrays(np.int64, st.integers(0, 10), elements=st.integers(0, n - 1)))
