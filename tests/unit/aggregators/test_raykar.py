import numpy as np
import pytest

from reliabel.aggregators import dawid_skene
from reliabel.aggregators.raykar import aggregate
from reliabel.core.labels import Classes, Votes


@pytest.fixture(scope="module")
def world():
    rng = np.random.default_rng(0)
    n, w = 400, 12
    truth = rng.integers(3, size=n)
    features = rng.normal(size=(3, 6))[truth] * 1.2 + rng.normal(size=(n, 6))
    item, worker = np.repeat(np.arange(n), 2), rng.integers(w, size=2 * n)
    label = np.where(
        rng.random(2 * n) < rng.uniform(0.5, 0.8, w)[worker],
        truth[item],
        rng.integers(3, size=2 * n),
    )
    return Votes(item, worker, Classes(label), n, w), truth, features


def test_features_lift_a_thin_crowd(world):
    votes, truth, features = world
    found = aggregate(votes, features=features, rng=np.random.default_rng(0), outer=2)
    plain = (dawid_skene.aggregate(votes).labels.p.argmax(1) == truth).mean()
    assert (found.labels.p.argmax(1) == truth).mean() > plain + 0.05
    assert found.labels.p == pytest.approx((found.info["model"] + found.info["consensus"]) / 2)
    assert (np.diff(found.trace) >= -1e-9 * np.abs(found.trace[:-1])).all()


def test_a_model_of_ones_own_is_asked_with_weights(world):
    votes, _, features = world
    asked = []

    class Even:
        classes_ = np.arange(3)

        def predict_proba(self, x):
            return np.full((len(x), 3), 1 / 3)

    def fit(x, y, weights):
        asked.append((len(x), len(y), float(weights.min()), float(weights.max())))
        return Even()

    found = aggregate(
        votes, features=features, rng=np.random.default_rng(0), fit=fit, outer=1, folds=4
    )
    assert len(asked) == 4
    assert all(x == y == 300 and 1 / 3 <= low <= high <= 1 for x, y, low, high in asked)
    assert found.info["model"] == pytest.approx(np.full((400, 3), 1 / 3))


def test_features_that_say_nothing_do_little_harm(world):
    votes, truth, features = world
    noise = np.random.default_rng(1).normal(size=features.shape)
    plain = (dawid_skene.aggregate(votes).labels.p.argmax(1) == truth).mean()
    assert (
        aggregate(votes, features=noise, rng=np.random.default_rng(0)).labels.p.argmax(1) == truth
    ).mean() > plain - 0.05


def test_features_that_are_not_numbers_are_refused():
    votes = Votes(
        np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), Classes(np.array([0, 1, 1, 1])), 2, 2
    )
    with pytest.raises(
        ValueError, match="NaN or infinite values in 1 of 2 rows, the first is row 1"
    ):
        aggregate(
            votes, features=np.array([[0.0, 1.0], [np.nan, 0.0]]), rng=np.random.default_rng(0)
        )
