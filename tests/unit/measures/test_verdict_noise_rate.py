import numpy as np
import pytest
from scipy.stats import hypergeom

from reliabel.core.labels import Classes
from reliabel.measures.verdict_noise_rate import measure

RATES = np.array([0.02, 0.05, 0.1, 0.17])  # as far apart as those of RVL-CDIP


def world(size, seed, rates=RATES):
    """Labels of classes of some size, and what the truth is."""
    rng = np.random.default_rng(seed)
    y = np.repeat(np.arange(len(size)), size)
    truth = np.where(rng.random(len(y)) < rates[y], (y + 1) % len(size), y)
    return Classes(y), truth, rng


def judged(y, truth, each, rng):
    """The truth of some items of each class, drawn by chance, -1 elsewhere."""
    gold = np.full(len(y), -1)
    for c in np.unique(y):
        some = rng.choice(np.flatnonzero(y == c), each, replace=False)
        gold[some] = truth[some]
    return gold


def covered(size, each, rates=RATES, **options):
    """The share of 200 samples whose interval of the total, and of a class, holds the truth."""
    labels, truth, rng = world(size, 0, rates)
    wrong = truth != labels.y
    of_class = np.array([wrong[labels.y == c].mean() for c in range(labels.k)])
    hits, hits_of_class = [], []
    for _ in range(200):
        found = measure(labels, gold=judged(labels.y, truth, each, rng), **options)
        hits.append(found.low <= wrong.mean() <= found.high)
        hits_of_class.append((found.parts["low"] <= of_class) & (of_class <= found.parts["high"]))
    return np.mean(hits), np.mean(hits_of_class)


@pytest.mark.parametrize("interval", ["wilson", "exact"])
def test_the_intervals_hold_the_truth(interval):
    total, classes = covered([4000, 2000, 500, 300], 100, interval=interval)
    assert total >= 0.92
    assert classes >= 0.93


def test_the_total_holds_with_many_classes_and_few_verdicts_each():
    total, _ = covered([130] * 77, 5, np.full(77, 0.05))
    assert total >= 0.92


def test_classes_weigh_as_many_labels_as_they_have():
    labels, truth, rng = world([9000, 1000], 1, np.array([0.0, 0.5]))
    found = measure(labels, gold=judged(labels.y, truth, 200, rng))
    assert found.value == pytest.approx(0.05, abs=0.01)
    pooled = found.parts["wrong"].sum() / found.parts["verdicts"].sum()
    assert pooled == pytest.approx(0.25, abs=0.03)  # which counting verdicts alike would tell


def test_a_class_that_was_judged_whole_is_known():
    labels, truth, _ = world([50, 60, 70, 80], 2)
    for interval in ("wilson", "exact"):
        found = measure(labels, gold=truth, interval=interval)
        share = (truth != labels.y).mean()
        assert found.low == found.value == found.high == pytest.approx(share)
        assert (found.parts["low"] == found.parts["high"]).all()


def test_the_finite_population_narrows_the_interval():
    wide, narrow = (
        measure(
            Classes(np.zeros(n, dtype=int), ("a", "b")),
            gold=np.r_[np.ones(10), np.zeros(90), np.full(n - 100, -1)].astype(int),
        )
        for n in (100_000, 150)
    )
    assert wide.high - wide.low == pytest.approx(0.1192, abs=0.001)  # Wilson, 10 of 100
    assert narrow.high - narrow.low < 0.65 * (wide.high - wide.low)


def test_the_exact_interval_is_the_hypergeometric_one():
    gold = np.r_[np.ones(3), np.zeros(17), np.full(80, -1)].astype(int)
    found = measure(Classes(np.zeros(100, dtype=int), ("a", "b")), gold=gold, interval="exact")
    possible = [
        wrong
        for wrong in range(3, 84)
        if hypergeom.sf(2, 100, wrong, 20) > 0.025 and hypergeom.cdf(3, 100, wrong, 20) > 0.025
    ]
    assert found.parts["low"][0] == pytest.approx(possible[0] / 100)
    assert found.parts["high"][0] == pytest.approx(possible[-1] / 100)


def test_classes_that_nobody_looked_at_are_named_and_open_the_interval():
    gold = np.full(1000, -1)
    gold[:100] = 0
    found = measure(Classes(np.repeat([0, 1], [900, 100]), ("cat", "dog")), gold=gold)
    assert found.info["unjudged"] == ("dog",)
    assert found.value == 0
    assert found.high > 0.1
    assert (found.parts["low"][1], found.parts["high"][1]) == (0, 1)


def test_no_verdict_no_interval_but_a_sentence():
    found = measure(Classes(np.array([0, 1, -1])), gold=np.full(3, -1))
    assert np.isnan([found.value, found.low, found.high]).all()
    assert "nobody has looked" in found.info["why"]


def test_another_interval_is_refused():
    with pytest.raises(ValueError, match="interval must be one of wilson, exact"):
        measure(Classes(np.array([0, 1])), gold=np.array([0, 1]), interval="wald")
    with pytest.raises(ValueError, match="level lie between 0 and 1"):
        measure(Classes(np.array([0, 1])), gold=np.array([0, 1]), level=1.0)
