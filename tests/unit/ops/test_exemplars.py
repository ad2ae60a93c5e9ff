import numpy as np
import pytest

from reliabel.core.labels import Classes
from reliabel.ops.exemplars import average_precision, certain, choose, medoids, unit_vectors


def worlds(seed, k=8, each=90, d=32, noise=0.5):
    """Classes of three groups each, a tenth of the labels wrong, and how doubtful each label is."""
    rng = np.random.default_rng(seed)
    centre = rng.normal(size=(k, 3, d))
    true, group = np.repeat(np.arange(k), each), rng.integers(0, 3, k * each)
    x = centre[true, group] + noise * rng.normal(size=(k * each, d))
    given = true.copy()
    wrong = rng.choice(len(true), len(true) // 10, replace=False)
    given[wrong] = (true[wrong] + rng.integers(1, k, len(wrong))) % k
    doubt = np.clip(np.where(given == true, 0.02, 0.9) + 0.02 * rng.random(len(true)), 0, 1)
    return x, Classes(given), true, group, doubt


def test_examples_cover_the_groups_of_a_class_where_random_ones_do_not():
    covered, drawn = [], []
    for seed in range(4):
        x, labels, _, group, doubt = worlds(seed)
        rng = np.random.default_rng(seed)
        units, usable = unit_vectors(x)
        for c, one in enumerate(choose(units, labels, certain(doubt, labels) & usable, rng=rng)):
            covered.append(len(set(group[one.shown].tolist())) == 3)
            assert len(one.shown) <= 5
            five = rng.choice(np.flatnonzero(labels.y == c), 5, replace=False)
            drawn.append(len(set(group[five].tolist())) == 3)
    assert np.mean(covered) >= 0.9
    assert np.mean(drawn) < 0.8


def test_no_wrong_label_is_shown():
    for seed in range(4):
        x, labels, true, _, doubt = worlds(seed, noise=1.0)
        units, usable = unit_vectors(x)
        sure = certain(doubt, labels) & usable
        for one in choose(units, labels, sure, rng=np.random.default_rng(seed)):
            rows = [*one.shown, *one.borderline, *(row for _, row in one.not_this)]
            assert (labels.y[rows] == true[rows]).all()


def test_certain_labels_are_below_the_limit_or_in_the_better_half():
    labels = Classes(np.array([0, 0, 0, 0, 1, 1, -1]))
    doubt = np.array([0.01, 0.04, 0.3, 0.6, 0.9, np.nan, 0.0])
    assert certain(doubt, labels).tolist() == [True, True, False, False, False, False, False]
    weak = np.array([0.2, 0.3, 0.4, 0.6, 0.45, 0.5, 0.0])
    assert certain(weak, labels).tolist() == [True, True, False, False, True, False, False]


def test_average_precision_is_that_of_a_worked_example():
    scores = np.array([[0.1, 0.9, 0.8, 0.4], [1.0, 1.0, 1.0, 1.0]])
    relevant = np.array([[True, False, True, False], [False, False, False, False]])
    assert average_precision(scores, relevant)[0] == pytest.approx((1 / 2 + 2 / 4) / 2)
    assert np.isnan(average_precision(scores, relevant)[1])


def test_medoids_lie_in_each_group():
    rng = np.random.default_rng(0)
    group = np.repeat(np.arange(6), 30)
    x, _ = unit_vectors(np.eye(6)[group] + 0.05 * rng.normal(size=(180, 6)))
    assert len(set(group[medoids(x, 6, rng)].tolist())) == 6
    assert medoids(x[:3], 6, rng).tolist() == [0, 1, 2]
    same = medoids(np.tile(x[:1], (80, 1)), 6, rng)
    assert len(same) == 1


def test_texts_beside_examples_are_those_that_help():
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 60)
    x = rng.normal(size=(120, 4))  # features say nothing
    texts = [np.stack([rng.random(120), (y == c).astype(float)]) for c in range(2)]
    units, usable = unit_vectors(x)
    found = choose(units, Classes(y), usable, rng=rng, texts=texts)
    assert [one.phrases[0] for one in found] == [1, 1]
    without = choose(units, Classes(y), usable, rng=np.random.default_rng(0))
    assert found[0].precision > without[0].precision + 0.2
