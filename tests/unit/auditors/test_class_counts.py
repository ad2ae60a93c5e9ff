"""Class counts: few items, rare classes, classes that training lacks, splits that differ."""

import numpy as np

from reliabel.auditors.class_counts import audit
from reliabel.core.labels import Classes

NAMES = ("ant", "bee", "cat", "dog")


def test_every_small_class_is_named_not_only_the_smallest() -> None:
    y = np.repeat([0, 1, 2, 3], [900, 9, 4, 12])
    found = audit(Classes(y, NAMES))
    assert found.kind == ["few items", "few items", "rare"]
    assert found.items[1] == (909, 910, 911, 912)
    assert found.why[2] == "class 'dog' has 12 items, 1.3 % of all; an equal share would be 25 %"
    assert found.score[1] > found.score[0] > found.score[2]


def test_balanced_classes_and_independent_splits_give_no_alarm() -> None:
    alarms = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        split = np.where(rng.random(600) < 0.7, "train", "test")
        alarms += len(audit(Classes(rng.integers(0, 4, 600), NAMES), split=split).items)
    assert alarms <= 2


def test_a_class_that_training_lacks() -> None:
    y = np.repeat([0, 1, 2], [40, 40, 20])
    split = np.array(["training", "test_set"] * 50)
    split[80:] = "test_set"
    found = audit(Classes(y, NAMES), split=split)
    assert "not in train" in found.kind
    told = found.why[found.kind.index("not in train")]
    assert told == "class 'cat' has no item in training, but 20 in test_set"
    assert found.info["empty"] == ("dog",)


def test_splits_whose_shares_differ() -> None:
    rng = np.random.default_rng(0)
    split = np.repeat(["train", "test"], 300)
    y = np.where(rng.random(600) < np.where(split == "train", 0.2, 0.5), 0, 1)
    found = audit(Classes(y, NAMES[:2]), split=split)
    assert found.kind == ["shares differ"]
    assert "of train and" in found.why[0] or "of test and" in found.why[0]
    assert found.info["counts"].sum() == 600


def test_odd_labels_give_an_answer() -> None:
    assert audit(Classes(np.full(5, -1), NAMES)).items == []
    assert audit(Classes(np.zeros(50, int), NAMES[:1])).items == []
    assert audit(Classes(np.zeros(0, int), NAMES)).items == []
    split = np.array(["a", "b"] * 25)
    assert audit(Classes(np.full(50, -1), NAMES), split=split).items == []
