"""Worlds that laws hold beside the easy ones: at the edge of sense, with workers of very different
skill, and the easy world changed in one respect.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from tests.conformance.retold import repeated, shuffled
from tests.vote_worlds import on_kinds
from tests.worlds import NAMES, WORLDS, D, K, World, classes

from reliabel.core.labels import (
    Classes,
    Grouped,
    Labels,
    Numbers,
    Soft,
    SoftMultiLabel,
    Votes,
)


def documents(seed: int = 0, n: int = 100) -> World:
    """Grouped[Classes] as ``tokens`` makes them, but with evidence about the items, not the
    units.
    """
    rng = np.random.default_rng(seed)
    whole = WORLDS["Grouped[Classes]"](seed, n)
    topic = classes(seed, n)
    return replace(whole, evidence={**topic.evidence, "rng": rng}, planted=topic.planted)


def uneven(kind: str, seed: int = 0) -> World:
    """Votes of a few good workers and many bad ones."""
    return on_kinds()[kind].uneven(seed)


def changes(kind: str, world: World) -> dict[str, Callable[[], World]]:
    """The world as it is, and changed in one respect each: what a measure may measure."""
    labels, rng = world.labels, np.random.default_rng(len(world.labels))
    rows = np.arange(len(labels))
    mixed = np.where(rng.random(len(rows)) < 0.6, rng.permutation(len(rows)), rows)
    few, one = rng.random(len(rows)) < 0.25, np.where(rng.random(len(rows)) < 0.5, 5, rows)
    if isinstance(labels, Votes):
        return {
            "as it is": lambda: world,
            "more errors": lambda: world.with_labels(
                replace(labels, labels=labels.labels.take(mixed))
            ),
            "fewer votes": lambda: world.with_labels(labels.take(few)),
            "vaguer model": lambda: _vaguer(world),
            "hard items": lambda: _divided(world, rng),
        }
    return {
        "as it is": lambda: world,
        "more errors": lambda: world.with_labels(labels.take(mixed)),
        "lopsided": lambda: world.with_labels(labels.take(one)),
        "vaguer model": lambda: _vaguer(world),
        "in order": lambda: shuffled(world, np.argsort(world.evidence["features"][:, 0])),
        "in a plane": lambda: _flattened(world),
        "seen twice": lambda: repeated(world, np.where(rows % 2, rows - 1, rows)),
    }


def _divided(world: World, rng: np.random.Generator) -> World:
    """Votes that are half and half for the true class and its neighbour on four items in ten."""
    votes = world.labels
    if not isinstance(votes.labels, Classes):
        return world
    hard = (rng.random(votes.n) < 0.4)[votes.item]
    either = (world.truth.y[votes.item] + rng.integers(0, 2, len(votes))) % K
    y = np.where(hard, either, votes.labels.y)
    return world.with_labels(replace(votes, labels=Classes(y, NAMES)))


def _flattened(world: World) -> World:
    """Features that vary in two directions only."""
    x = world.evidence["features"]
    flat = np.where(np.arange(x.shape[1]) < 2, x, 0.0)
    return replace(world, evidence={**world.evidence, "features": flat})


def _vaguer(world: World) -> World:
    vague = {
        word: 0.5 * world.evidence[word] + 0.5 / K
        for word in ("probs", "posterior", "teacher")
        if word in world.evidence
    }
    if "scores" in world.evidence:  # half of the items at the mean, other ones in each score
        vague["scores"] = {
            name: np.where((np.arange(len(score)) + place) % 2, score, score.mean())
            for place, (name, score) in enumerate(world.evidence["scores"].items())
        }
    return replace(world, evidence={**world.evidence, **vague})


def edges(kind: str, make: Callable[[int, int], World]) -> dict[str, World]:
    """Worlds at the edge of sense for this kind: one item, one class, everything or nothing
    labelled.
    """
    world = make(0, 24 if kind == "Classes" else 12)
    if kind == "Classes":
        return {
            "one item": classes(0, 1),
            "two items": classes(0, 2),
            "one class present": world.with_labels(Classes(np.zeros(24, dtype=np.int64), NAMES)),
            "one class named": _one_class(world),
            "half unlabelled": world.with_labels(
                Classes(np.where(np.arange(24) % 2, -1, world.labels.y), NAMES)
            ),
            "all unlabelled": world.with_labels(Classes(np.full(24, -1), NAMES)),
        }
    if kind.startswith("Votes"):
        ones = replace(world, labels=world.labels.take(np.arange(1)))
        none = replace(world, labels=world.labels.take(np.arange(0)))
        alone = world.labels.take(world.labels.worker == world.labels.worker[0])
        return {"one vote": ones, "no votes": none, "one worker": replace(world, labels=alone)}
    return {
        "few items": world,
        "one item": make(0, 1),
        "all unlabelled": world.with_labels(_unlabelled(world.labels)),
    }


def _one_class(world: World) -> World:
    n = len(world.labels)
    only = {
        "probs": np.ones((n, 1)),
        "teacher": np.ones((n, 1)),
        "posterior": np.ones((n, 1)),
        "noise_matrix": np.ones((1, 1)),
    }
    only |= {
        "class_features": np.zeros((1, D)),
        "class_distance": np.zeros((1, 1)),
        "class_order": np.zeros(1, dtype=np.int64),
        "gold": np.where(world.evidence["gold"] < 0, -1, 0),
    }
    bought = world.evidence["votes"]
    only["votes"] = replace(
        bought, labels=Classes(np.zeros(len(bought), dtype=np.int64), NAMES[:1])
    )
    return replace(
        world,
        labels=Classes(np.zeros(n, dtype=np.int64), NAMES[:1]),
        evidence={**world.evidence, **only},
    )


def _unlabelled(labels: Labels) -> Labels:
    if isinstance(labels, Grouped) and not isinstance(labels.units, Classes):
        nothing = replace(labels.units, y=np.full(len(labels.units), -1))
        return Grouped(nothing, labels.offsets)
    if isinstance(labels, Grouped):
        return Grouped(Classes(np.full(len(labels.units), -1), NAMES), labels.offsets)
    if isinstance(labels, SoftMultiLabel):
        return SoftMultiLabel(np.full(labels.p.shape, 0.5), labels.names)
    if isinstance(labels, Soft):
        return Soft(np.full(labels.p.shape, 1 / labels.k), labels.names)
    return type(labels)(
        np.full(labels.y.shape, np.nan if isinstance(labels, Numbers) else -1),
        *([labels.names] if hasattr(labels, "names") else []),
    )
