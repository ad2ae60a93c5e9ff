"""Drift between splits: planted drift of each kind is found by name, independent splits are not."""

import numpy as np
import pytest

from reliabel.auditors import split_drift
from reliabel.core.labels import Classes
from reliabel.ops.neighbours import nearest


def said(y, split, seed=0, **evidence):
    labels = Classes(y, ("ape", "bee", "cat"))
    return split_drift.audit(labels, split=split, rng=np.random.default_rng(seed), **evidence)


def world(seed: int = 0, n: int = 600):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, n)
    x = 3 * np.eye(3, 6)[y] + rng.normal(size=(n, 6))
    split = np.where(rng.random(n) < 0.3, "test", "train")
    columns = {"source": rng.choice(["web", "desk"], n), "age": rng.integers(18, 90, n)}
    texts = ["word " * size for size in rng.integers(1, 30, n).tolist()]
    return rng, y, x, split, columns, texts


def test_a_shift_of_the_labels_is_found_with_its_shares():
    rng, y, _, split, columns, texts = world()
    y = np.where((split == "test") & (rng.random(600) < 0.3), 2, y)
    found = said(y, split, columns=columns, items=texts)
    assert found.kind == ["labels"]
    assert found.why[0].startswith("'cat' makes 61 % of test")
    assert found.why[0].endswith("% of train")
    assert all(split[row] == "test" and y[row] == 2 for row in found.items[0])


def test_a_drift_of_a_column_and_of_the_length_is_found():
    rng, y, _, split, columns, texts = world()
    later = split == "test"
    columns["source"] = np.where(later & (rng.random(600) < 0.4), "web", columns["source"])
    columns["age"] = columns["age"] + 20 * later
    texts = [text * (1 + late) for text, late in zip(texts, later.tolist(), strict=True)]
    found = said(y, split, columns=columns, items=texts)
    assert set(found.kind) == {"source", "age", "length in characters"}


def test_a_drift_of_the_features_is_found():
    _, y, x, split, columns, _ = world()
    x[split == "test"] += 0.7
    found = said(y, split, columns=columns, neighbours=nearest(x, j=10))
    assert found.kind == ["features"]
    assert "% of the nearest neighbours are in the same of train and test" in found.why[0]
    assert (split[list(found.items[0])] == "test").all()


def test_independent_splits_raise_at_most_the_stated_level_of_false_alarms():
    alarms = 0
    for seed in range(60):
        _, y, x, split, columns, texts = world(seed, n=200)
        near = nearest(x, j=10)
        found = said(y, split, seed, columns=columns, items=texts, neighbours=near, permutations=39)
        alarms += bool(found.items)
    assert alarms <= 8  # 3 expected at most; above 8 has a chance under 1 %


def test_splits_of_whole_groups_are_compared_with_splits_of_whole_groups():
    """Ten items of a patient are alike, and a patient is in one split: no drift."""
    alarms = {"groups": 0, "none": 0}
    for seed in range(20):
        rng = np.random.default_rng(seed)
        patient = np.arange(400) // 10
        y = rng.integers(0, 3, 40)[patient]
        split = np.where(rng.random(40) < 0.4, "test", "train")[patient]
        columns = {"age": rng.integers(18, 90, 40)[patient]}
        for name, groups in (("groups", patient), ("none", None)):
            found = said(y, split, seed, columns=columns, groups=groups, permutations=39)
            alarms[name] += bool(found.items)
    assert alarms["groups"] <= 4
    assert alarms["none"] >= 15


def test_odd_inputs_get_an_answer():
    _, y, _, split, columns, texts = world(n=60)
    assert said(y, np.full(60, "train"), columns=columns).items == []
    assert said(y, np.where(np.arange(60) < 3, "test", "train")).items == []
    assert said(np.full(60, -1), split).items == []
    assert said(y, np.where(split == "test", "", split), items=texts).items == []
    with pytest.raises(ValueError, match="level must lie between 0 and 1"):
        said(y, split, level=0.0)
