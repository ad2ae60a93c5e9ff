import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon

from reliabel.ops.two_scores import (
    belongs_to_a_larger,
    chance_in_class,
    clean_chance,
    confident,
    weighted_divergence,
)

RNG = np.random.default_rng


def test_the_divergence_is_that_of_jensen_and_shannon():
    p = RNG(0).dirichlet(np.ones(4), 20)
    p = np.vstack([p, np.eye(4)])
    most_likely = p.mean(0).argmax()
    own = np.eye(4)[most_likely]
    want = np.array([jensenshannon(row, own) ** 2 for row in p])
    # a class that is favoured on average gets no weight above one
    assert weighted_divergence(p, int(most_likely)) == pytest.approx(want, abs=1e-6)


def test_the_weight_is_how_much_likelier_the_predicted_class_is_up_to_the_average():
    p = np.array([[0.2, 0.8], [0.4, 0.6], [0.9, 0.1]])  # labelled 1: .5 on average, as 0
    bare = np.array([jensenshannon(row, [0, 1]) ** 2 for row in p])
    assert weighted_divergence(p, 1) == pytest.approx(bare, abs=1e-6)
    rare = np.array([[0.9, 0.1], [0.8, 0.2], [0.6, 0.4]])  # .77 against .23 on average
    weight = [min(0.9 / 0.1, 2.3 / 0.7), min(0.8 / 0.2, 2.3 / 0.7), 1.5]
    bare = np.array([jensenshannon(row, [0, 1]) ** 2 for row in rare])
    assert weighted_divergence(rare, 1) == pytest.approx(bare * weight, abs=1e-6)


def test_confident_items_favour_the_average_class_strongly():
    p = np.array([[0.9, 0.1], [0.8, 0.2], [0.6, 0.4], [0.3, 0.7]])
    # the average of class 0 is .65, raised to .78 by its two strong members
    assert confident(p).tolist() == [True, True, False, False]
    assert confident(p[:3]).tolist() == [True, False, False], "raised to .79"
    assert confident(np.full((3, 2), 0.5)).tolist() == [True] * 3


def world(rare_right):
    """Class 1 has few items, predicted as class 0 whether their label is right or not; their
    features tell.
    """
    rng = RNG(0)
    y = np.repeat([0, 1], [200, 40])
    right = np.r_[np.ones(200, dtype=bool), np.arange(40) < rare_right]
    centre = np.array([[4.0, 0, 0], [0, 4.0, 0]])
    x = centre[np.where(right, y, 1 - y)] + rng.normal(size=(240, 3)) * 0.5
    p0 = np.where(y == 0, 0.95, 0.7) + rng.normal(size=240) * 0.02
    return np.column_stack([p0, 1 - p0]), x, y, right


def test_features_tell_where_predictions_do_not():
    p, x, y, right = world(rare_right=28)
    rare = y == 1
    by_features = clean_chance(p, x, y)[rare]
    assert ((by_features > 0.5) == right[rare]).mean() > 0.95
    loss = weighted_divergence(p[rare], 1)
    from_predictions = loss <= np.median(loss)
    assert (from_predictions == right[rare]).mean() < 0.75


def test_predictions_tell_where_features_do_not():
    rng = RNG(1)
    y = np.zeros(200, dtype=int)
    right = np.arange(200) < 140
    own = np.clip(np.where(right, 0.95, 0.1) + rng.normal(size=200) * 0.02, 0.01, 0.99)
    chance = clean_chance(np.column_stack([own, 1 - own]), np.ones((200, 3)), y)
    assert ((chance > 0.5) == right).all()


def test_a_centre_that_lies_with_a_larger_class_turns_the_features_round():
    """Most labels of a rare class may be wrong: then its centre is that of a common one."""
    rng = RNG(0)
    far = np.tile([0.0, 0.0, 0.0, 1.0], 10) + rng.random(40) * 0.1  # both parts are mostly near
    like = np.where(np.arange(40) < 20, -0.5, 0.5) + rng.normal(size=40) * 0.02
    near = chance_in_class(far, like, taken=False)
    assert (near > 0.5).tolist() == [False] * 20 + [True] * 20
    assert chance_in_class(far, like, taken=True) == pytest.approx(1 - near)


def test_a_centre_is_taken_by_a_class_with_more_confident_items():
    near, count = np.array([0.40, 0.38, 0.22]), np.array([10, 90, 20])
    assert belongs_to_a_larger(near, count, 0), ".38 is within a tenth of .40"
    assert not belongs_to_a_larger(np.array([0.40, 0.35, 0.25]), count, 0)
    assert not belongs_to_a_larger(near, np.array([90, 10, 20]), 0), "of a smaller class"


def test_what_cannot_be_told_is_unknown():
    y = np.array([0, 0, 0, 1, -1])
    p, x = np.full((5, 3), 1 / 3), np.ones((5, 2))
    assert np.isnan(clean_chance(p, x, y)).all()
