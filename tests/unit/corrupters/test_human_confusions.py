import numpy as np
import pytest

from reliabel.core.labels import Classes
from reliabel.corrupters.human_confusions import corrupt, look


def world(n=900, k=3, seed=0):
    rng = np.random.default_rng(seed)
    y = np.arange(n) % k
    return Classes(y), rng.normal(size=(n, 8)) + 1.5 * rng.normal(size=(k, 8))[y]


def test_the_number_of_errors_is_met_and_told():
    labels, x = world()
    made = corrupt(labels, features=x, rng=np.random.default_rng(0), rate=0.13)
    assert made.wrong.sum() == 117
    np.testing.assert_array_equal(made.wrong, made.labels.y != labels.y)


def test_confusions_fall_on_hard_items_and_slips_anywhere():
    labels, x = world()
    centre = np.stack([x[labels.y == c].mean(0) for c in range(3)])
    far = ((x[:, None] - centre) ** 2).sum(2)
    margin = far[np.arange(900), labels.y] - np.where(np.eye(3)[labels.y] > 0, np.inf, far).min(
        1
    )  # large = hard
    hard, plain = (
        corrupt(labels, features=x, rng=np.random.default_rng(0), rate=0.1, slips=s)
        for s in (0.0, 1.0)
    )
    assert margin[hard.wrong].mean() > margin.mean() + 1
    assert abs(margin[plain.wrong].mean() - margin.mean()) < 1.5
    assert (hard.info["slips"], plain.info["slips"]) == (0, 90)


def test_the_look_is_a_distribution_that_knows_something():
    labels, x = world()
    g = look(labels.y, x, k=3, rng=np.random.default_rng(0))
    np.testing.assert_allclose(g.sum(1), 1, atol=1e-5)
    assert (g.argmax(1) == labels.y).mean() > 0.6


def test_unlabelled_items_stay_and_no_rate_changes_nothing():
    labels, x = world(300)
    y = labels.y.copy()
    y[::3] = -1
    made = corrupt(Classes(y, labels.names), features=x, rng=np.random.default_rng(0), rate=0.5)
    assert (made.labels.y[::3] == -1).all()
    assert made.wrong.sum() == 100
    assert not corrupt(labels, features=x, rng=np.random.default_rng(0), rate=0.0).wrong.any()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [({"rate": 1.5}, "rate must be a share"), ({"slips": -0.1}, "slips must be a share")],
)
def test_bad_options_are_refused_with_a_sentence(options, sentence):
    labels, x = world(30)
    with pytest.raises(ValueError, match=sentence):
        corrupt(labels, features=x, rng=np.random.default_rng(0), **options)
