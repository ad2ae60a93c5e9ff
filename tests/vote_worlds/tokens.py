"""Votes on the tags of words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from tests.vote_worlds import spans
from tests.world_record import NAMES, World

from reliabel.core.labels import Classes, Grouped, Spans, Votes

KIND = "Votes[Grouped[Classes]]"
ALLOWED = {"unanimous": 0.0, "worse": (1.0, 0.01), "copied": (1.0, 0.1)}
NOT_FOR = {
    "law_names_of_classes_are_irrelevant": "the names of tags say which may follow which",
}
TAGS = ("O", *(f"{letter}-{name}" for name in NAMES for letter in "BI"))


def easy(seed: int = 0, n: int = 80) -> World:
    """The tags that the spans of the world of spans say."""
    return _tagged(spans.easy(seed, n))


def uneven(seed: int = 0) -> World:
    """Four good workers and eight bad ones."""
    return _tagged(spans.uneven(seed))


def _tagged(world: World) -> World:
    """A world of spans as one of tags; the words of an item without votes are none."""
    votes: Any = world.labels
    truth = _tags(world.truth)
    voted = np.bincount(votes.item, minlength=votes.n) > 0
    size = np.where(voted, spans.WORDS, 0)
    kept = np.repeat(voted, spans.WORDS)
    true = Grouped(truth.units.take(kept), np.concatenate([[0], np.cumsum(size)]))
    return replace(world, labels=replace(votes, labels=_tags(votes.labels)), truth=true)


def _tags(labels: Grouped[Spans]) -> Grouped[Classes]:
    """Twelve words an item."""
    code = np.zeros((len(labels), spans.WORDS), dtype=np.int64)
    u = labels.units
    for item, start, end, y in zip(labels.item, u.start, u.end, u.y, strict=True):
        code[item, start:end] = 2 + 2 * y
        code[item, start] = 1 + 2 * y
    return Grouped(Classes(code.ravel(), TAGS), np.arange(len(labels) + 1) * spans.WORDS)


def error(labels: Any, world: World) -> float:
    """Share of words with another tag."""
    y = labels.units.p.argmax(1) if hasattr(labels.units, "p") else labels.units.y
    return float((y != world.truth.units.y).mean()) if len(y) == len(world.truth.units) else 1.0


def plain(world: World) -> float:
    """The same for the tag of most workers."""
    votes: Votes[Any] = world.labels
    item = np.repeat(votes.item, spans.WORDS) * spans.WORDS
    place = item + np.tile(np.arange(spans.WORDS), len(votes))
    k = len(TAGS)
    count = np.bincount(place * k + votes.labels.units.y, minlength=votes.n * spans.WORDS * k)
    best = count.reshape(-1, k).argmax(1)
    kept = np.repeat(np.bincount(votes.item, minlength=votes.n) > 0, spans.WORDS)
    found = Grouped(Classes(best[kept], TAGS), world.truth.offsets)
    return error(found, world)


def agreed(world: World) -> World:
    """Every vote says the true tags."""
    votes: Any = world.labels
    said = world.truth.take(votes.item)
    return world.with_labels(replace(votes, labels=said))
