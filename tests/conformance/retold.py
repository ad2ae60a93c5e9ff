"""The same world, told otherwise: rows in another order, other names, frozen arrays; and how
results are compared.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
from tests.worlds import FirstClass, World, nearest

from reliabel.core.evidence import EVIDENCE, Neighbours, TokenProbs
from reliabel.core.labels import (
    Classes,
    Grouped,
    Labels,
    MultiLabel,
    Soft,
    SoftMultiLabel,
    Spans,
    Votes,
)
from reliabel.core.objects import Boxes, Regions


def same(a: Any, b: Any, *, tolerance: float = 0.0) -> bool:
    """Equal results, field by field; ``info`` is left out, arrays agree within the tolerance, NaN
    equals NaN.
    """
    if is_dataclass(a) and not isinstance(a, type):
        return type(a) is type(b) and all(
            same(getattr(a, f.name), getattr(b, f.name), tolerance=tolerance)
            for f in fields(a)
            if f.name != "info"
        )
    if isinstance(a, Mapping):
        return set(a) == set(b) and all(same(a[key], b[key], tolerance=tolerance) for key in a)
    if (isinstance(a, np.ndarray | np.generic) and np.asarray(a).dtype.kind in "fc") or isinstance(
        a, float
    ):
        return np.shape(a) == np.shape(b) and bool(
            np.allclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True)
        )
    if isinstance(a, np.ndarray):
        return np.shape(a) == np.shape(b) and bool((a == b).all())
    if isinstance(a, str | bytes) or not isinstance(a, Sequence):
        return callable(a) or bool(a == b)
    return len(a) == len(b) and all(
        same(x, y, tolerance=tolerance) for x, y in zip(a, b, strict=True)
    )


def frozen(world: World) -> World:
    """The world with every array read-only."""
    made = copy.deepcopy(world)
    for array in arrays(made.labels):
        array.setflags(write=False)
    for name, value in made.evidence.items():
        if name != "rng":
            for array in arrays(value):
                array.setflags(write=False)
    return made


def arrays(thing: Any) -> Iterator[np.ndarray]:
    """All arrays inside."""
    if isinstance(thing, np.ndarray):
        yield thing
    elif is_dataclass(thing) and not isinstance(thing, type):
        for f in fields(thing):
            yield from arrays(getattr(thing, f.name))
    elif isinstance(thing, Mapping | tuple):
        for value in thing.values() if isinstance(thing, Mapping) else thing:
            yield from arrays(value)


def shuffled(world: World, order: np.ndarray) -> World:
    """The same items in another order; for votes, items get other numbers and votes come in another
    order.
    """
    place = np.argsort(order)
    labels, truth = world.labels, world.truth.take(order)
    if isinstance(labels, Votes):
        vote = np.random.default_rng(1).permutation(len(labels))
        item, worker, given = labels.item[vote], labels.worker[vote], labels.labels.take(vote)
        moved = Votes(place[item], worker, given, labels.n, labels.w)
        return replace(world, labels=moved, truth=truth, evidence=_moved(world.evidence, order))
    features = world.evidence.get("features")
    rows = order if features is None else rows_moved(world, order, len(features))
    evidence = _moved(world.evidence, rows)
    wrong = world.wrong[rows_moved(world, order, len(world.wrong))]
    return World(labels.take(order), truth, wrong, evidence, _renumbered(world.planted, place))


def rows_moved(world: World, order: np.ndarray, size: int) -> np.ndarray:
    """Where ``size`` rows come from when items are put in this order: rows of items, of the units
    of groups, or of cells.
    """
    if size == len(order):
        return order
    if isinstance(world.labels, Grouped):
        start, stop = world.labels.offsets[:-1], world.labels.offsets[1:]
        return np.concatenate([np.arange(start[i], stop[i]) for i in order])
    return np.arange(size).reshape(len(order), -1)[order].ravel()


def changed_evidence(world: World, word: str) -> Iterator[World]:
    """The world with one piece of evidence changed, in every way that somebody may notice."""
    value, rng = world.evidence[word], np.random.default_rng(1)

    def given(value: Any) -> World:
        return replace(world, evidence={**world.evidence, word: value})

    if word == "class_order":  # places are whole numbers
        yield given(np.roll(value, 1))
        return
    if EVIDENCE[word].level == "class":
        other = value + rng.random(value.shape) * 0.3
        yield given(other / other.sum(1, keepdims=True) if word == "noise_matrix" else other)
        return
    if word == "fit":
        yield given(FirstClass)
        return
    rows = EVIDENCE[word].count(value)
    if isinstance(value, TokenProbs):  # sentences keep their lengths
        for _ in range(4):
            yield given(replace(value, p=value.p[rng.permutation(len(value.p))]))
        return
    if word == "items" and isinstance(value[0] if rows else "", tuple):  # and so do these
        flat = [one for row in value for one in row]
        for _ in range(4):
            words = iter(rng.permutation(flat).tolist())
            yield given([tuple(next(words) for _ in row) for row in value])
        return
    for _ in range(4):
        yield given(EVIDENCE[word].at(value, rng.permutation(rows)))
    if word == "probs":  # who reads no more than how often each class occurs
        tilted = value * np.linspace(1, 0.2, value.shape[1])
        yield given(tilted / tilted.sum(1, keepdims=True))
    if word == "scores":  # one of them on other rows
        first = next(iter(value))
        yield given({**value, first: value[first][rng.permutation(rows)]})
    if word in ("features", "neighbours"):
        crowded = np.array(world.evidence["features"])
        crowded[10:20] = crowded[9]  # ten copies
        yield given(crowded if word == "features" else nearest(crowded))
    if word == "features":
        broken = np.array(value)
        broken[7] = np.nan
        yield given(broken)


def twinned(world: World) -> World:
    """The world with row 1 made a copy of row 0: items, or units where the evidence is on units."""
    index = np.arange(len(world.evidence.get("features", world.evidence["items"])))
    index[1] = 0
    return repeated(world, index)


def repeated(world: World, index: np.ndarray) -> World:
    """The world with the rows of ``index``, of which some may come twice: items, or units where the
    evidence is on units.
    """
    labels, rows = world.labels, len(index)
    other = ("votes", "neighbours")
    kept = {name: value for name, value in world.evidence.items() if name not in other}
    evidence = _moved(kept, index)
    if "features" in evidence:
        evidence["neighbours"] = nearest(evidence["features"])
    if isinstance(labels, Grouped) and rows == len(labels.units):
        return World(replace(labels, units=labels.units.take(index)), None, world.wrong, evidence)
    return World(labels.take(index), None, world.wrong, evidence)


def unlabelled(labels: Any, units: np.ndarray) -> Any:
    """The labels without those of some units."""
    if isinstance(labels, Grouped):
        return replace(labels, units=unlabelled(labels.units, units))
    y = np.array(labels.y)
    y.reshape(-1, y.shape[-1] if y.ndim > 1 and y.dtype.kind == "f" else 1)[units] = (
        np.nan if y.dtype.kind == "f" else -1
    )
    return replace(labels, y=y)


def _moved(evidence: Mapping[str, Any], order: np.ndarray) -> dict[str, Any]:
    return {
        name: EVIDENCE[name].at(value, order) if name in EVIDENCE else value
        for name, value in evidence.items()
    }


def _renumbered(
    planted: Mapping[str, frozenset[int]], place: np.ndarray
) -> dict[str, frozenset[int]]:
    return {finds: frozenset(int(place[i]) for i in items) for finds, items in planted.items()}


def renamed(world: World) -> World:
    """Other class names in the same order."""
    other = _names(world.labels, lambda names: tuple(f"x{place}" for place, _ in enumerate(names)))
    names = getattr(getattr(world.labels, "units", None), "names", ())
    of_models = {
        word: _names(value, lambda own: tuple(f"x{names.index(name)}" for name in own))
        for word in ("predicted", "pixel_probs")
        if set(_named(value := world.evidence.get(word))) <= set(names) and names
    }
    if of_models:
        return replace(world, labels=other, evidence={**world.evidence, **of_models})
    tagger = world.evidence.get("token_probs")
    if tagger is None:
        return world.with_labels(other)
    new = {name: f"x{place}" for place, name in enumerate(world.labels.units.names)}
    names = [name[:2] + new[name[2:]] if name[2:] in new else name for name in tagger.names]
    evidence = {**world.evidence, "token_probs": replace(tagger, names=names)}
    return replace(world, labels=other, evidence=evidence)


def _named(value: Any) -> tuple[str, ...]:
    """The classes that a model's labels or probabilities name."""
    return tuple(getattr(getattr(value, "units", value), "names", ("",)))


def _names(labels: Any, rename: Callable[[Any], Any]) -> Any:
    if isinstance(labels, Votes):
        return replace(labels, labels=_names(labels.labels, rename))
    if isinstance(labels, Grouped):
        return replace(labels, units=_names(labels.units, rename))
    return replace(labels, names=rename(labels.names)) if hasattr(labels, "names") else labels


def mirrored(world: World) -> World:
    """Classes numbered the other way round, and everything that has one column or row a class."""
    evidence = dict(world.evidence)
    for name in evidence.keys() & EVIDENCE.keys():
        if {"k", "q"} & set(EVIDENCE[name].shape):
            back = tuple(slice(None, None, -1 if a in "kq" else 1) for a in EVIDENCE[name].shape)
            evidence[name] = np.ascontiguousarray(evidence[name][back])
    if "votes" in evidence:
        evidence["votes"] = other_way(evidence["votes"])
    if "gold" in evidence and evidence["gold"].ndim == 2:  # yes or no to each class
        evidence["gold"] = np.ascontiguousarray(evidence["gold"][:, ::-1])
    elif "gold" in evidence:
        k = len(getattr(world.truth, "units", world.truth).names)
        evidence["gold"] = np.where(evidence["gold"] >= 0, k - 1 - evidence["gold"], -1)
    return replace(
        world, labels=other_way(world.labels), truth=other_way(world.truth), evidence=evidence
    )


def other_way(labels: Any) -> Any:
    """Labels with class c called k - 1 - c."""
    if isinstance(labels, Votes):
        return replace(labels, labels=other_way(labels.labels))
    if isinstance(labels, Grouped):
        return replace(labels, units=other_way(labels.units))
    if isinstance(labels, Classes):
        return Classes(np.where(labels.y >= 0, labels.k - 1 - labels.y, -1), labels.names[::-1])
    if isinstance(labels, Boxes | Regions):
        y = np.where(labels.y >= 0, labels.k - 1 - labels.y, -1)
        return replace(labels, y=y, names=labels.names[::-1])
    if isinstance(labels, Spans):
        y = np.where(labels.y >= 0, labels.k - 1 - labels.y, -1)
        return Spans(labels.start, labels.end, y, labels.names[::-1])
    if isinstance(labels, MultiLabel):
        return MultiLabel(np.ascontiguousarray(labels.y[:, ::-1]), labels.names[::-1])
    if isinstance(labels, Soft | SoftMultiLabel):
        return type(labels)(np.ascontiguousarray(labels.p[:, ::-1]), labels.names[::-1])
    return labels


def single_precision(world: World) -> World:
    """Float evidence as float32 in strided views, as slices of larger arrays are."""

    def change(name: str, value: Any) -> Any:
        if isinstance(value, Neighbours):
            return replace(value, distance=_strided(value.distance))
        if isinstance(value, np.ndarray) and value.dtype.kind == "f":
            return _strided(value)
        return value

    return replace(
        world, evidence={name: change(name, value) for name, value in world.evidence.items()}
    )


def _strided(array: np.ndarray) -> np.ndarray:
    wide = np.zeros((array.shape[0], *(2 * size for size in array.shape[1:])), dtype=np.float32)
    view = wide[(slice(None), *(slice(None, None, 2) for _ in array.shape[1:]))]
    view[...] = array
    return view


def area(score: np.ndarray, positive: np.ndarray) -> float:
    """Area under the ROC curve; NaN scores are left out."""
    known = ~np.isnan(score)
    score, positive = score[known], positive[known]
    order = np.argsort(score, kind="stable")
    rank = np.empty(len(score))
    rank[order] = np.arange(1, len(score) + 1)
    for value in np.unique(score):
        rank[score == value] = rank[score == value].mean()
    hits = int(positive.sum())
    return float((rank[positive].sum() - hits * (hits + 1) / 2) / (hits * (len(score) - hits)))


def labels_in(result: Any) -> Labels:
    """The label set a result carries."""
    labels: Labels = result.labels
    return labels
