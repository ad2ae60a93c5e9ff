"""Contradictions of labels: planted ones are found, unknown cells break no rule."""

import numpy as np

from reliabel.auditors.label_contradictions import audit
from reliabel.core.labels import MultiLabel

NAMES = ("dog", "animal", "day", "night")


def world(n=1000, seed=0):
    rng = np.random.default_rng(seed)
    y = np.zeros((n, 4), dtype=int)
    y[:, 1] = rng.random(n) < 0.5
    y[:, 0] = (y[:, 1] == 1) & (rng.random(n) < 0.5)
    y[:, 2] = rng.random(n) < 0.4
    y[:, 3] = 1 - y[:, 2]
    return y


def test_planted_contradictions_are_found_with_what_to_add():
    y = world()
    dogs = np.flatnonzero(y[:, 0])[:3]
    y[dogs, 1] = 0
    days = np.flatnonzero(y[:, 2])[-2:]
    y[days, 3] = 1
    found = audit(MultiLabel(y, NAMES))
    told = {kind: set(items) for kind, items in zip(found.kind, found.items, strict=True)}
    assert told == {
        "implied label missing": set(dogs.tolist()),
        "exclusive labels together": set(days.tolist()),
    }
    at = found.kind.index("implied label missing")
    assert found.suggest[at] == "add animal"
    assert found.where[at] == {"classes": ["dog", "animal"]}
    assert (found.score > 0.95).all()


def test_identical_classes_contradict_both_ways():
    rng = np.random.default_rng(0)
    y = np.repeat((rng.random(500) < 0.4).astype(int)[:, None], 2, axis=1)
    y[np.flatnonzero(y[:, 0])[0], 1] = 0
    y[np.flatnonzero(y[:, 0] == 0)[0], 1] = 1
    found = audit(MultiLabel(y, ("film", "movie")))
    assert sorted(found.suggest) == ["add film", "add movie"]


def test_nothing_contradicts_in_clean_or_shuffled_labels_or_in_unknown_cells():
    y = world()
    assert len(audit(MultiLabel(y, NAMES)).items) == 0
    rng = np.random.default_rng(0)
    mixed = np.stack([rng.permutation(column) for column in y.T], 1)
    assert len(audit(MultiLabel(mixed, NAMES)).items) == 0
    y[np.flatnonzero(y[:, 0])[:3], 1] = -1
    assert len(audit(MultiLabel(y, NAMES)).items) == 0
