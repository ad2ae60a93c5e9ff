"""How right a consensus on labels of any kind is, on items whose answer is known.

What is counted depends on the kind: answers that are exactly right, and beside them how far the
others are off; of objects within an item how many of those found are right and how many of the
true ones are found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from reliabel.core.columns import listed
from reliabel.core.kinds import layout_of
from reliabel.core.known_answers import KnownAnswers
from reliabel.core.labels import Classes, Grouped, MultiLabel, Numbers, Soft, SoftMultiLabel
from reliabel.core.objects import Boxes, Regions
from reliabel.core.order_values import ranking
from reliabel.core.orders import Rankings
from reliabel.crowd.consensus_rows import YES, plain_labels
from reliabel.ops.match import greedy, overlaps

RIGHT, FOUND, TRUE = "exactly right", "of those found are right", "of the true ones are found"
IN_ORDER = "of the pairs in the right order"
SAME_BOX = 0.5  # overlap from which a box of the same class is the true one


def against_gold(labels: Any, known: KnownAnswers) -> dict[str, float]:
    """What share is right, by name; ``items`` is how many answers are known.

    Raises ValueError where the known answers are of another kind than the consensus.
    """
    mine, truth = labels.take(known.item), known.labels
    found: dict[str, float] = {"items": float(len(known.item))}
    one, two = (LIKE.get(kind, kind) for kind in (type(_bare(mine)), type(_bare(truth))))
    if one is not two:
        raise ValueError(
            f"the known answers are {two.__name__} and the consensus is {one.__name__}: give gold "
            "of the same kind"
        )
    measure = next(measure for kinds, measure in MEASURES if issubclass(one, kinds))
    return {**found, **measure(mine, truth)}


def _bare(labels: Any) -> Any:
    return labels.units if isinstance(labels, Grouped) else labels


def _share(right: int, of: int) -> float:
    return right / of if of else float("nan")


def _objects(right: int, found: int, true: int) -> dict[str, float]:
    return {FOUND: _share(right, found), TRUE: _share(right, true)}


def _boxes(mine: Any, truth: Any) -> dict[str, float]:
    """A box is right where it covers a true one of its class by half or more."""
    pairs = overlaps(mine.units.xyxy, mine.offsets, truth.units.xyxy, truth.offsets, SAME_BOX)
    one, two = (np.array([*side.units.names, ""], dtype=object) for side in (mine, truth))
    same = one[mine.units.y[pairs.mine]] == two[truth.units.y[pairs.other]]
    chosen = greedy(pairs.mine[same], pairs.other[same], pairs.iou[same])
    return _objects(len(chosen), len(mine.units), len(truth.units))


def _regions(mine: Any, truth: Any) -> dict[str, float]:
    """Pixels of the same class, of those that either marks."""
    both = either = 0
    for item in range(len(mine)):
        one, two = (_painted(side, item) for side in (mine, truth))
        if not len(one) or not len(two):  # no region at all: nothing is marked
            either += int((one != "").sum() + (two != "").sum())
            continue
        if one.shape != two.shape:
            raise ValueError(
                f"the masks of known answer {item} have {two.size:,} pixels, those of the "
                f"consensus {one.size:,}"
            )
        both += int(((one == two) & (one != "")).sum())
        either += int(((one != "") | (two != "")).sum())
    return {"of the marked pixels agree": _share(both, either)}


def _painted(side: Any, item: int) -> Any:
    """The class of each pixel of a picture, the empty text where there is none."""
    regions = side.units
    first, last = side.offsets[item], side.offsets[item + 1]
    size = int(regions.size[first].prod()) if last > first else 0
    out = np.full(size, "", dtype=object)
    for region in np.flatnonzero(regions.y[first:last] >= 0) + first:
        for run in range(regions.offsets[region], regions.offsets[region + 1]):
            start = regions.start[run]
            out[start : start + regions.length[run]] = regions.names[regions.y[region]]
    return out


def _sets(mine: Any, truth: Any) -> dict[str, float]:
    told, known = (_yes(side) for side in (mine, truth))
    right = sum(a == b for a, b in zip(told, known, strict=True))
    names = set(mine.names) | set(truth.names)
    off = sum(len(a ^ b) for a, b in zip(told, known, strict=True))
    cells = len(told) * max(len(names), 1)
    return {RIGHT: _share(right, len(told)), "of the yes/no answers are right": 1 - off / cells}


def _yes(labels: Any) -> list[frozenset[str]]:
    yes = labels.p > YES if isinstance(labels, SoftMultiLabel) else labels.y == 1
    return [frozenset(np.array(labels.names)[row].tolist()) for row in yes]


def _orders(mine: Any, truth: Any) -> dict[str, float]:
    right = agree = pairs = 0
    for row in range(len(mine)):
        one, two = ranking(mine, row), ranking(truth, row)
        told = {name: place for place, name in enumerate(_names(one))}
        known = [name for name in _names(two) if name in told]
        places = np.array([told[name] for name in known])
        above = places[:, None] < places[None, :]
        agree += int(np.triu(above, 1).sum())
        pairs += len(places) * (len(places) - 1) // 2
        right += one == two
    return {
        RIGHT: _share(right, len(mine)),
        IN_ORDER: _share(agree, pairs),
    }


def _strengths(mine: Any, truth: Any) -> dict[str, float]:
    """Pairs of things in the order of their true numbers; pairs of equal ones are left out."""
    one, two = (np.sign(side.y[:, None] - side.y[None, :]) for side in (mine, truth))
    above = np.triu(two != 0, 1)
    return {IN_ORDER: _share(int((one == two)[above].sum()), int(above.sum()))}


def _names(told: Any) -> list[str]:
    return [name.strip() for name in str(told).split(" > ")] if told else []


def _values(mine: Any, truth: Any) -> dict[str, float]:
    """Labels that are the same value; of objects those that both have."""
    told, known = (listed(plain_labels(side)) for side in (mine, truth))
    one, two = (layout_of(side).starts for side in (mine, truth))
    if one is None or two is None or np.array_equal(one, two):
        pairs = [(a, b) for a, b in zip(told, known, strict=True) if b is not None]
        return {RIGHT: _share(sum(a == b for a, b in pairs), len(pairs))}
    right = 0
    for item in range(len(mine)):
        here = Counter(told[one[item] : one[item + 1]]) & Counter(known[two[item] : two[item + 1]])
        right += here.total()
    return _objects(right, len(told), len(known))


# kinds with a chance for each label -> the kind that they are compared with
LIKE: Mapping[type[Any], type[Any]] = {Soft: Classes, SoftMultiLabel: MultiLabel}
MEASURES: tuple[tuple[type[Any], Callable[[Any, Any], Mapping[str, float]]], ...] = (
    (Boxes, _boxes),
    (Regions, _regions),
    (MultiLabel, _sets),
    (Rankings, _orders),
    (Numbers, _strengths),
    (object, _values),  # all others: the first that fits
)


def told_against_gold(found: Mapping[str, float]) -> str:
    """What the known answers say, in a sentence.

    >>> told_against_gold({"items": 20.0, "exactly right": 0.85})
    'Known answers of 20 items: 85% exactly right'
    """
    each = (f"{value:.0%} {name}" for name, value in found.items() if name != "items")
    return f"Known answers of {found['items']:,.0f} items: {', '.join(each)}"
