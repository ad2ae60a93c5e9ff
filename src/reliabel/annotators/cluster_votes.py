"""Cluster votes: a person's answers on a few items become votes on the many that are like them, so
that a rare class is found without looking at everything.

Each cluster is a labelling function: it says what the known labels in it say, where they agree, and
nothing of its farthest members.  Each class is one more, which speaks of items that lie near a
known one of it, within half the distance to the next known item of another class.  With two classes
the last function says the rarer one of items that lie farther from all known common ones than any
of these lies from the next.
Assumes features in which a class lies together.  Weak where one cluster holds two classes and a
single item of it was looked at: look at two or three of each (``ask``).
Cost: O(n clusters d) per step of k-means and O(n known d), memory O(n clusters).
Paper: Rahman. Weak supervision for label efficient visual bug detection. 2023, for clusters,
geometry and a few good examples as rules; how each is turned into votes is our own.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Bools, Classes, Floats, Ints, Votes
from reliabel.core.results import Picks
from reliabel.ops.kmeans import kmeans, squares

SMALL = {"clusters": 12}
SURE = 3  # known items of a cluster after which no more are asked for


def annotate(
    labels: Classes,
    *,
    features: Floats,
    rng: Generator,
    clusters: int = 50,
    agree: float = 0.8,
    reach: float = 0.9,
) -> Votes[Classes]:
    """Votes of clusters (workers 0 .. clusters - 1), of the classes (the next k) and of distance
    (the last one).

    labels: what people said of some items; -1 elsewhere.
    agree: share of the known items of a cluster that must have one class.
    reach: share of a cluster's members, the nearest to its centre first, that its answer is for.

    >>> x = np.array([[0.0], [0.1], [0.2], [5.0], [5.1], [5.2]])
    >>> y = Classes(np.array([-1, 0, -1, -1, 1, -1]), ("common", "rare"))
    >>> found = annotate(y, features=x, rng=np.random.default_rng(0), clusters=2, reach=1.0)
    >>> [found.labels.y[found.item == i].tolist() for i in (0, 5)]
    [[0, 0], [1, 1]]
    """
    _check(labels, clusters)
    x, y, k = _flat(features), labels.y, labels.k
    cluster, far, centre = kmeans(x, clusters, rng)
    known, many = np.flatnonzero(y >= 0), len(centre)
    says = _answers(cluster[known], y[known], many, k, agree)
    near = _nearest(cluster, far, many, reach)
    item: list[Ints] = [np.flatnonzero(near & (says[cluster] >= 0))]
    worker, label = [cluster[item[0]]], [says[cluster[item[0]]]]
    square = squares(x, x[known])  # (n, known)
    for c in range(k):
        near_c = _inside(square, known, y[known] == c)
        _add(item, worker, label, np.flatnonzero(near_c), clusters + c, c)
    if k == 2 and len(known):
        common = int(np.bincount(y[known], minlength=2).argmax())
        beyond = _beyond(square, known, y[known] == common)
        _add(item, worker, label, np.flatnonzero(beyond), clusters + k, 1 - common)
    said = Classes(np.concatenate(label), labels.names)
    return Votes(np.concatenate(item), np.concatenate(worker), said, len(labels), clusters + k + 1)


def ask(labels: Classes, *, features: Floats, rng: Generator, clusters: int = 50) -> Picks:
    """Which items to show a person: the middle of each cluster of which nothing is known, the
    largest first; of clusters that said another than the most frequent class, the next members,
    until three are known; then the items farthest from any known one.

    >>> x, y = np.array([[0.0], [0.1], [0.2], [5.0], [5.1]]), Classes(np.full(5, -1), ("a", "b"))
    >>> ask(y, features=x, rng=np.random.default_rng(0), clusters=2).item[:2].tolist()
    [1, 3]
    """
    _check(labels, clusters)
    x, y = _flat(features), labels.y
    cluster, far, centre = kmeans(x, clusters, rng)
    known, many = y >= 0, len(centre)
    size, seen = (np.bincount(cluster, one, many) for one in (None, known))
    order = np.lexsort((far, known, cluster))
    first = order[np.flatnonzero(np.diff(cluster[order], prepend=-1))]  # the nearest unknown
    first = first[~known[first]]
    usual = int(np.bincount(y[known], minlength=labels.k).argmax()) if known.any() else -1
    other = np.bincount(cluster, known & (y != usual), many) > 0
    where = cluster[first]
    fresh, doubt = seen[where] == 0, other[where] & (seen[where] < SURE)
    rank = np.lexsort((-size[where], seen[where]))
    early = first[rank][(fresh | doubt)[rank]]
    gap = np.where(known, -1.0, np.sqrt(squares(x, x[known]).min(1)) if known.any() else far)
    rest = np.argsort(-gap, kind="stable")
    rest = rest[~known[rest] & ~np.isin(rest, early)]
    return Picks(np.concatenate([early, rest]), score=gap)


def _check(labels: Classes, clusters: int) -> None:
    if clusters < 1:
        raise ValueError(f"clusters must be 1 or more, got {clusters}")
    if not len(labels):
        raise ValueError("cluster votes need items, got none; give one label or -1 an item")


def _flat(features: Floats) -> Floats:
    x: Floats = np.asarray(features, dtype=float)
    return np.asarray(np.nan_to_num(x.reshape(len(x), -1)))


def _add(
    item: list[Ints], worker: list[Ints], label: list[Ints], found: Ints, who: int, says: int
) -> None:
    item.append(found)
    worker.append(np.full(len(found), who))
    label.append(np.full(len(found), says))


def _answers(cluster: Ints, y: Ints, many: int, k: int, agree: float) -> Ints:
    """(clusters,) the class that the known items of each agree on, -1 where they do not."""
    count = np.bincount(cluster * k + y, minlength=many * k).reshape(many, k)
    most = count.max(1)
    return np.where((most > 0) & (most >= agree * count.sum(1)), count.argmax(1), -1)


def _nearest(cluster: Ints, far: Floats, many: int, reach: float) -> Bools:
    """(n,) True for the share ``reach`` of each cluster's members that is nearest its centre."""
    order = np.lexsort((far, cluster))
    size = np.bincount(cluster, minlength=many)
    place = np.arange(len(order)) - np.repeat(np.cumsum(size) - size, size)
    found = np.zeros(len(order), dtype=bool)
    found[order] = place < np.ceil(reach * size)[cluster[order]]
    return found


def _inside(square: Floats, known: Ints, mine: Bools) -> Bools:
    """(n,) True for items that lie nearer to a known item of a class (``mine``) than half its
    distance to the nearest known item of another class.
    """
    if not mine.any() or mine.all():
        return np.zeros(len(square), dtype=bool)
    bar = square[known][np.ix_(mine, ~mine)].min(1) / 4
    return np.asarray((square[:, mine] < bar).any(1))


def _beyond(square: Floats, known: Ints, mine: Bools) -> Bools:
    """(n,) True for items that lie farther from all known items of a class than each of these lies
    from the nearest other one.
    """
    if mine.sum() < 2:
        return np.zeros(len(square), dtype=bool)
    among = square[known][np.ix_(mine, mine)]
    inner = (among + np.where(np.eye(len(among), dtype=bool), np.inf, 0)).min(1).max()
    return np.asarray(square[:, mine].min(1) > inner)
