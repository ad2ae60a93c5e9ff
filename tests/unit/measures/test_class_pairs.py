"""Class pairs: classes that are the same are reported, confusions at random and of one direction
are not.
"""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

from reliabel.core.labels import Classes
from reliabel.measures.class_pairs import measure

NAMES = ("apple", "car", "film", "movie", "river", "stone")


def world(seed=0, same=True, each=60):
    """Six classes; films and movies are drawn from one distribution where they are the same."""
    rng = np.random.default_rng(seed)
    true = np.repeat(np.arange(6), each)
    centre = 3 * np.eye(6, 8)
    if same:
        centre[3] = centre[2]
    return centre[true] + rng.normal(size=(len(true), 8)), true, rng


def judged(x, y, **options):
    probs = cross_val_predict(LogisticRegression(max_iter=300), x, y, method="predict_proba", cv=3)
    return measure(Classes(y, NAMES), probs=probs, **options)


def names(found):
    return [(pair["a"], pair["b"]) for pair in found.parts["pairs"]]


def test_two_names_of_one_thing_are_the_only_pair():
    x, y, _ = world()
    found = judged(x, y)
    assert names(found) == [("film", "movie")]
    pair = found.parts["pairs"][0]
    assert pair["error"] == found.value == pytest.approx(0.5, abs=0.12)
    assert pair["separation"] == pytest.approx(0.5, abs=0.15)
    assert min(pair["confused"]) > 3 * max(pair["expected"])
    assert pair["unsure"] > 0.3
    assert found.parts["one_way"] == []


def test_separate_classes_have_none():
    x, y, _ = world(same=False)
    found = judged(x, y)
    assert names(found) == []
    assert found.value < 0.2


def test_random_errors_and_shuffled_labels_report_no_pair():
    alarms = 0
    for seed in range(8):
        x, y, rng = world(seed, same=False)
        wrong = np.where(rng.random(len(y)) < 0.3, rng.integers(0, 6, len(y)), y)
        alarms += len(names(judged(x, wrong))) + len(names(judged(x, rng.permutation(y))))
    assert alarms == 0


def test_the_pair_shows_through_random_errors():
    x, y, rng = world()
    wrong = np.where(rng.random(len(y)) < 0.2, rng.integers(0, 6, len(y)), y)
    assert names(judged(x, wrong)) == [("film", "movie")]


def test_errors_of_one_direction_stand_apart():
    x, y, rng = world(same=False)
    x, y = (np.concatenate([part, part[y == 1], part[y == 1]]) for part in (x, y))
    x = x + rng.normal(size=x.shape) / 10
    swallowed = np.where((y == 1) & (rng.random(len(y)) < 0.3), 4, y)  # a third of the cars
    found = judged(x, swallowed)
    assert names(found) == []
    assert found.parts["one_way"] == [("river", "car")]


def test_sure_swaps_of_two_classes_are_told_from_overlap():
    x, y, rng = world(same=False, each=100)
    swap = rng.random(len(y)) < 0.35
    given = np.where(swap & (y == 1), 4, np.where(swap & (y == 4), 1, y))
    confused = judged(x, given).parts["pairs"]
    overlap = judged(*world(each=100)[:2]).parts["pairs"][0]
    assert [(pair["a"], pair["b"]) for pair in confused] == [("car", "river")]
    assert confused[0]["unsure"] < overlap["unsure"] - 0.2


@pytest.mark.parametrize("y", [[0, 1, 0, 1], [0, 0, 0, 0], [-1, -1, -1, -1]])
def test_fewer_than_three_classes(y):
    found = measure(Classes(np.array(y), NAMES[:3]), probs=np.full((4, 3), 1 / 3))
    assert np.isnan(found.value)
    assert "three classes or more" in found.info["why"]


def test_bad_options():
    with pytest.raises(ValueError, match="alike and level must lie between 0 and 1"):
        measure(Classes(np.array([0, 1])), probs=np.full((2, 2), 0.5), alike=1.0)
