"""Tiny seeded worlds, one a label kind: labels, all evidence that can be made, and the truth.

The easy world has three classes in eight dimensions, 300 items, one label in ten wrong.  Five items
are planted for auditors of other things than labels: a copy (item 1 of item 0), an item far from
all others (2), an empty text (3), and a text with an email address behind an invisible
character, with a phone number and an impossible age in its columns (4).
Its classes lie apart enough that errors show.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from tests import picture_worlds
from tests.vote_worlds import on_kinds
from tests.world_record import NAMES as NAMES
from tests.world_record import D as D
from tests.world_record import K as K
from tests.world_record import World as World

from reliabel.bench import note_worlds
from reliabel.core.evidence import Dynamics, Neighbours, TokenProbs
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

N = 300
WORDS = ("ape", "bee", "cat", "dog", "elk", "fox", "gnu", "hen", "ibis", "jay", "kiwi", "lark")
FAR = (2, 1, 0, 30, -30, 30, -30, 30)  # a direction that no class has


def classes(seed: int = 0, n: int = N, rate: float = 0.1) -> World:
    """One class per item."""
    rng = np.random.default_rng(seed)
    true = rng.choice(K, n, p=[0.4, 0.35, 0.25])
    true[:2] = true[0]  # item 1 is a copy of item 0
    y, wrong = _slipped(true, rate, rng)
    given = {**evidence(true, y, rng), "fit": NearestRow}
    return World(Classes(y, NAMES), Classes(true, NAMES), wrong, given, _planted(n))


class NearestRow:
    """A model that memorises: the class of the nearest row that it has learnt."""

    def __init__(self, x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> None:
        self.x, self.y = np.nan_to_num(x), y

    def predict(self, x: np.ndarray) -> np.ndarray:
        """The class of each row."""
        far = ((np.nan_to_num(x)[:, None] - self.x) ** 2).sum(2)
        return self.y[far.argmin(1)]


class FirstClass(NearestRow):
    """A model that knows the first label alone."""

    def predict(self, x: np.ndarray) -> np.ndarray:
        """The first label it was given, for each row."""
        return np.full(len(x), self.y[0])


def multilabel(seed: int = 0, n: int = 100) -> World:
    """Any of three classes per item; a unit is a cell."""
    rng = np.random.default_rng(seed)
    true = (rng.random((n, K)) < 0.4).astype(np.int64)
    wrong = rng.random((n, K)) < 0.08
    y = np.where(wrong, 1 - true, true)
    p = np.clip(true * 0.85 + (1 - true) * 0.15 + rng.normal(0, 0.08, (n, K)), 0.01, 0.99)
    features = np.hstack([true * 3.0 + rng.normal(size=(n, K)), rng.normal(size=(n, D - K))])
    given = {"probs": p, **_described(features, true.argmax(1), rng), "rng": rng}
    return World(MultiLabel(y, NAMES), MultiLabel(true, NAMES), wrong.ravel(), given, _planted(n))


def tokens(seed: int = 0, n: int = 60) -> World:
    """A class per token: Grouped[Classes] with one to nine tokens an item; evidence has a row per
    token.
    """
    size = np.random.default_rng(seed).integers(1, 10, n)
    flat = classes(seed, int(size.sum()))
    offsets = np.concatenate([[0], np.cumsum(size)])
    labels, truth = Grouped(flat.labels, offsets), Grouped(flat.truth, offsets)
    return World(labels, truth, flat.wrong, flat.evidence)


def tagged(seed: int = 0, n: int = 120) -> World:
    """Tagged text: sentences of four to nine words, of which each third names an animal or a place
    of one or two words; one span in ten has the wrong class or goes a word too far.
    """
    rng = np.random.default_rng(seed)
    sizes = rng.integers(4, 10, n)
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    words = np.array(WORDS)[rng.integers(3, len(WORDS), int(offsets[-1]))]
    item = np.arange(n)
    start = rng.integers(0, sizes - 2)
    end = start + rng.integers(1, 3, n)
    true = rng.integers(0, 2, n)
    first = offsets[:-1] + start
    words[first] = np.array(("Ape", "Bern"))[true]
    long = end - start == 2
    words[first[long] + 1] = np.array(("Ltd", "City"))[true[long]]
    wrong = rng.random(n) < 0.1
    further = wrong & (rng.random(n) < 0.5) & (end < sizes)
    given = np.where(wrong & ~further, 1 - true, true)
    code = np.zeros(len(words), dtype=np.int64)
    code[first] = 1 + 2 * true
    code[first[long] + 1] = 2 + 2 * true[long]
    p = np.full((len(words), 5), 0.02) + 0.9 * np.eye(5)[code]
    names = ("animal", "place")
    spans = Spans(start, end + further, given, names)
    evidence = {
        "items": [tuple(words[a:b].tolist()) for a, b in pairwise(offsets)],
        "tags": _broken(_iob2(spans, sizes)),
        "token_probs": TokenProbs(
            (p / p.sum(1, keepdims=True)).astype(np.float32),
            offsets,
            ("O", *(f"{letter}-{name}" for name in names for letter in "BI")),
        ),
        "groups": item // 3,
        "rng": rng,
    }
    each = np.arange(n + 1)
    return World(
        Grouped(spans, each),
        Grouped(Spans(start, end, true, names), each),
        wrong,
        evidence,
        {"scheme fault": frozenset([7]), "label": frozenset(np.flatnonzero(wrong).tolist())},
    )


def _iob2(spans: Spans, sizes: np.ndarray) -> list[tuple[str, ...]]:
    """The tags of sentences with one span each."""
    tags = [["O"] * size for size in sizes.tolist()]
    for row, line in enumerate(tags):
        start, end = int(spans.start[row]), int(spans.end[row])
        name = spans.names[spans.y[row]]
        line[start:end] = [f"B-{name}"] + [f"I-{name}"] * (end - start - 1)
    return [tuple(line) for line in tags]


def _broken(tags: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The span of sentence 7 begins as if it went on."""
    return [
        tuple(tag.replace("B-", "I-") for tag in line) if row == 7 else line
        for row, line in enumerate(tags)
    ]


def loose_spans(seed: int = 0, n: int = 120) -> World:
    """The spans of tagged text without their sentences."""
    world = tagged(seed, n)
    return World(world.labels.units, world.truth.units, world.wrong, {"rng": world.evidence["rng"]})


def boxed(seed: int = 0, n: int = 120) -> World:
    """Boxes in pictures."""
    return World(*picture_worlds.boxed(seed, n))


def mapped(seed: int = 0, n: int = 60) -> World:
    """Regions of class maps."""
    return World(*picture_worlds.mapped(seed, n))


def of_pictures(make: Any) -> Any:
    """A world of objects in pictures."""

    def whole(seed: int = 0, n: int = 60) -> World:
        return World(*make(seed, n))

    return whole


def loose_objects(make: Any) -> Any:
    """The objects of pictures without their pictures."""

    def loose(seed: int = 0, n: int = 60) -> World:
        labels, truth, wrong, evidence, _ = make(seed, n)
        return World(labels.units, truth.units, wrong, {"rng": evidence["rng"]})

    return loose


def numbers(seed: int = 0, n: int = N) -> World:
    """A number per item, one in ten far off."""
    rng = np.random.default_rng(seed)
    sort = rng.integers(0, K, n)
    features = 5 * np.eye(K, D)[sort] + rng.normal(size=(n, D))
    described = _described(features, sort, rng)
    true = features @ np.linspace(1, 2, D)
    wrong = np.arange(n) % 10 == 9
    y = true + rng.normal(0, 0.1, n) + wrong * 12.0
    given = {**described, "predicted": Numbers(true + rng.normal(0, 0.3, n)), "rng": rng}
    given["gold"] = np.where(np.arange(n) % 5 == 4, true, np.nan)
    given["scores"] = {"far": np.abs(y - given["predicted"].y), "size": np.abs(y)}
    return World(Numbers(y), Numbers(true), wrong, given, _planted(n))


def soft(seed: int = 0, n: int = N) -> World:
    """A distribution per item."""
    world = classes(seed, n)
    p = np.full((n, K), 0.1) + np.eye(K)[world.labels.y] * 0.7
    return World(Soft(p, NAMES), world.truth, world.wrong, world.evidence, world.planted)


def soft_multilabel(seed: int = 0, n: int = 100) -> World:
    """A probability for each of three classes of an item."""
    world = multilabel(seed, n)
    return replace(world, labels=SoftMultiLabel(world.evidence["probs"], NAMES))


WORLDS = {
    "Classes": classes,
    "MultiLabel": multilabel,
    "Grouped[Classes]": tokens,
    "Grouped[Spans]": tagged,
    "Grouped[Boxes]": boxed,
    "Grouped[Regions]": mapped,
    "Numbers": numbers,
    "Soft": soft,
    "SoftMultiLabel": soft_multilabel,
    **{kind: module.easy for kind, module in on_kinds().items()},
}
UNITS = {  # kinds of units, which stand in groups only
    "Spans": loose_spans,
    "Boxes": loose_objects(picture_worlds.boxed),
    "Regions": loose_objects(picture_worlds.mapped),
}


def sectioned(seed: int = 0, n: int = 30) -> World:
    """Notes of sections: a class per word, and no word is labelled wrong."""
    items, truth = note_worlds.notes(seed, n, names=NAMES, missing=0.0, permuted=0.0)
    wrong = np.zeros(len(truth.units), dtype=bool)
    return World(truth, truth, wrong, {"items": items, "rng": np.random.default_rng(seed)})


WORLDS_OF = {  # methods whose errors are of another sort -> kind of labels -> their easy world
    "memorisation_onset": {"Grouped[Regions]": of_pictures(picture_worlds.patched)},
    "region_majority": {"Grouped[Regions]": of_pictures(picture_worlds.patched)},
    "edge_displacement": {"Grouped[Regions]": of_pictures(picture_worlds.patched)},
    "mixture_relabel": {"Grouped[Regions]": of_pictures(picture_worlds.patched)},
    "temporal_affinity": {"Grouped[Regions]": of_pictures(picture_worlds.filmed)},
    "frame_consistency": {"Grouped[Regions]": of_pictures(picture_worlds.filmed)},
    "point_labels": {"Grouped[Boxes]": of_pictures(picture_worlds.pointed)},
    "section_rules": {"Grouped[Classes]": sectioned},
}


def world_for(takes: frozenset[str], seed: int = 0, **size: int) -> World:
    """The easy world of the first kind an algorithm takes ("Labels" means any kind but votes:
    classes).
    """
    for kind, make in WORLDS.items():
        if (
            kind in takes
            or (kind == "Classes" and "Labels" in takes)
            or (kind == "Votes[Classes]" and "Votes[Any]" in takes)
        ):
            return make(seed, **size)
    raise LookupError(f"tests/worlds.py has no world for {sorted(takes)}; add one")


def evidence(true: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> dict[str, Any]:
    """One of each word of the vocabulary that can be made for classes."""
    n = len(true)
    centre = np.zeros((K, D))
    centre[np.arange(K), np.arange(K)] = 5.0
    features = centre[true] + rng.normal(size=(n, D))
    if n > 4:
        features[1] = features[0]
        features[2] = FAR
    far = ((features[:, None] - centre) ** 2).sum(2)
    p = np.exp(-(far - far.min(1, keepdims=True)) / 8)
    p = p / p.sum(1, keepdims=True) * 0.97 + 0.01
    p /= p.sum(1, keepdims=True)
    described = _described(features, true, rng)
    own = p[np.arange(n), np.maximum(y, 0)]
    epochs = np.linspace(0.4, 1, 6)[:, None]
    return {
        "probs": p,
        **described,
        "groups": np.arange(n) // 3,
        "dynamics": Dynamics(epochs * (2 * own - 1), epochs * own, epochs * own > 0.35),
        "scores": {
            "model": 1 - own,
            "distance": np.linalg.norm(features - centre[np.maximum(y, 0)], axis=1),
        },
        "gold": np.where(np.arange(n) % 5 == 4, true, -1),
        "trusted": (np.arange(n) % 5 == 4) & (y == true),
        "teacher": p,
        "privileged": centre[true] + rng.normal(size=(n, D)) * 0.5,
        "paired": features @ np.linalg.qr(rng.normal(size=(D, D)))[0],
        "class_features": centre,
        "class_distance": 1.0 - np.eye(K),
        "class_order": np.arange(K),
        "noise_matrix": np.full((K, K), 0.05) + np.eye(K) * 0.85,
        "posterior": p,
        "votes": _bought(true, rng),
        "rng": rng,
    }


def _described(features: np.ndarray, true: np.ndarray, rng: np.random.Generator) -> dict[str, Any]:
    """Features with a copy and an outlier planted, their neighbours, texts with a copy and an empty
    one, and two facts about each item.
    """
    n = len(features)
    if n > 4:
        features[1] = features[0]
        features[2] = FAR
    said = np.array(WORDS)[rng.integers(0, len(WORDS), (n, 8))].tolist()
    items = [" ".join([NAMES[c], *said[row], f"number {row}"]) for row, c in enumerate(true)]
    if n > 4:
        items[1], items[3] = items[0], ""
        items[4] += " \u200bape@zoo.org"
    source = rng.choice(["web", "desk"], n).tolist()
    note = ["call +44 20 7946 0958" if row == 4 else "as usual" for row in range(n)]
    age = [-999 if row == 4 else 20 + 7 * row % 40 for row in range(n)]
    return {
        "features": features,
        "embeddings": {"whole": features, "half": features[:, : D // 2]},
        "neighbours": nearest(features),
        "items": items,
        "columns": {
            "length": [len(text) for text in items],
            "source": source,
            "note": note,
            "age": age,
        },
        "split": np.where(np.arange(n) % 4 == 3, "test", "train"),
    }


def _bought(
    true: np.ndarray, rng: np.random.Generator, each: int = 3, w: int = 6
) -> Votes[Classes]:
    """Three votes an item, four in ten of them wrong."""
    item = np.repeat(np.arange(len(true)), each)
    slip = rng.random(len(item)) < 0.4
    return Votes(
        item,
        rng.integers(0, w, len(item)),
        Classes((true[item] + slip * rng.integers(1, K, len(item))) % K, NAMES),
        len(true),
        w,
    )


def nearest(features: np.ndarray, j: int = 30) -> Neighbours:
    """Exact cosine neighbours of centred features, by the definition."""
    x = features - features.mean(0)
    x = x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)
    far = 1 - x @ x.T
    np.fill_diagonal(far, np.inf)
    j = min(j, len(x) - 1)
    index = np.argsort(far, axis=1)[:, :j]
    return Neighbours(index, np.maximum(np.take_along_axis(far, index, 1), 0))


def _slipped(
    true: np.ndarray, rate: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    wrong = np.zeros(len(true), dtype=bool)
    pool = np.arange(4, len(true)) if len(true) > 4 else np.arange(len(true))
    wrong[rng.choice(pool, round(rate * len(pool)), replace=False)] = True
    return np.where(wrong, (true + rng.integers(1, K, len(true))) % K, true), wrong


def _planted(n: int) -> dict[str, frozenset[int]]:
    if n <= 4:
        return {}
    split = [item % 4 == 3 for item in range(n)]  # as in the evidence, with groups of three
    threes = [list(range(at, min(at + 3, n))) for at in range(0, n, 3)]
    across = [item for group in threes if len({split[i] for i in group}) > 1 for item in group]
    return {
        "duplicate": frozenset([0, 1]),
        "outlier": frozenset([2]),
        "open set": frozenset([2]),
        "broken": frozenset([3]),
        "picture fault": frozenset(),  # the items are texts
        "personal data": frozenset([4]),
        "encoding": frozenset([4]),
        "column": frozenset([4]),
        "target leakage": frozenset(),  # it would give the labels away to every other method
        "weak slice": frozenset(),
        "spurious correlation": frozenset(),
        "drift": frozenset(),
        "leak": frozenset(across),
        "order fault": frozenset(),
        "class fault": frozenset(),
        "number fault": frozenset(),
    }
