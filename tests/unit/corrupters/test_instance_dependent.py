import numpy as np
import pytest

from reliabel.core.labels import Classes
from reliabel.corrupters.instance_dependent import corrupt

K, D = 4, 12


def world(n=2000, spread=1.0):
    rng = np.random.default_rng(0)
    centre = rng.normal(size=(K, D))
    centre[3] = centre[2] + 0.25 * rng.normal(size=D)  # two classes that look alike
    y = rng.integers(0, K, n)
    return Classes(y), centre[y] + spread * rng.normal(size=(n, D)), centre


def test_errors_fall_on_hard_items_and_towards_the_class_that_looks_alike():
    labels, x, centre = world()
    made = corrupt(labels, features=x, rng=np.random.default_rng(1), rate=0.1, slips=0.0)
    far = np.linalg.norm(x[:, None] - centre, axis=2)
    own = far[np.arange(len(x)), labels.y]
    far[np.arange(len(x)), labels.y] = np.inf
    margin = far.min(1) - own
    assert made.wrong.sum() == 200
    assert (
        margin[made.wrong].mean() < margin[~made.wrong].mean() - 0.25
    )  # its standard error is .07
    assert (made.labels.y == far.argmin(1))[made.wrong].mean() > 0.5  # by chance a third
    assert np.isin(labels.y[made.wrong], [2, 3]).mean() > 0.6  # half the items


def test_slips_alone_are_even_noise():
    labels, x, _ = world(6000)
    made = corrupt(labels, features=x, rng=np.random.default_rng(1), rate=0.2, slips=1.0)
    assert made.info["slips"] == made.wrong.sum() == 1200
    share = np.bincount(labels.y[made.wrong], minlength=K) / 1200 - np.bincount(labels.y) / 6000
    assert np.abs(share).max() < 4 * np.sqrt(0.25 * 0.75 / 1200)


def test_features_that_say_nothing_give_noise_near_uniform():
    labels = Classes(np.random.default_rng(0).integers(0, K, 3000))
    made = corrupt(
        labels,
        features=np.random.default_rng(1).normal(size=(3000, D)),
        rng=np.random.default_rng(2),
        rate=0.3,
        slips=0.0,
    )
    table = (
        np.histogram2d(
            labels.y[made.wrong], made.labels.y[made.wrong], bins=[range(K + 1), range(K + 1)]
        )[0]
        / 900
    )
    off = table[~np.eye(K, dtype=bool)]
    assert off.min() > 0.5 / 12
    assert off.max() < 1.6 / 12


@pytest.mark.parametrize("d", [1, 2])
def test_few_columns_do(d):
    labels, x, _ = world(200)
    assert (
        corrupt(labels, features=x[:, :d], rng=np.random.default_rng(0), rate=0.1).wrong.sum() == 20
    )


def test_everything_can_be_made_wrong():
    labels, x, _ = world(50)
    assert corrupt(
        labels, features=x, rng=np.random.default_rng(0), rate=1.0, slips=0.3
    ).wrong.all()


def test_slips_are_a_share():
    labels, x, _ = world(20)
    with pytest.raises(ValueError, match="slips must be a share"):
        corrupt(labels, features=x, rng=np.random.default_rng(0), slips=2.0)
