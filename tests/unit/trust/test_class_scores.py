"""Balanced accuracy and macro F1 on noisy labels: exact where all is seen, near the truth else."""

from __future__ import annotations

import numpy as np
import pytest

from reliabel.bench.evaluation_worlds import CLASSES, reviewed, weighted, world
from reliabel.trust.class_scores import OPEN_ENDED, _Guess, class_scores
from reliabel.trust.evaluation import NO_DRAW, OTHER, Looks, nothing_seen

sklearn = pytest.importorskip("sklearn.metrics")


def chance(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def scores(made, looks, seed=0):
    return class_scores(made.given, made.first, made.p, looks, CLASSES, chance(seed))


@pytest.mark.parametrize("skew", [False, True])
def test_all_reviewed_is_what_scikit_learn_says(skew):
    made = world(chance(1), 400, 0.2, "useless", skew=skew)
    found = scores(made, reviewed(made, 0, 400, chance(), planned=True))
    balanced, f1 = found["balanced accuracy"], found["macro F1"]
    assert balanced.value == pytest.approx(sklearn.balanced_accuracy_score(made.truth, made.first))
    assert f1.value == pytest.approx(sklearn.f1_score(made.truth, made.first, average="macro"))
    assert balanced.low == pytest.approx(balanced.high)


def test_guesses_of_a_class_sum_to_those_of_the_items():
    made = world(chance(2), 300, 0.2, "good", skew=True)
    share = np.bincount(made.given, minlength=CLASSES) / 300
    guess = _Guess(made.given, made.first, made.p, share)
    rows = guess.rows(np.arange(300))
    assert rows.sum(1) == pytest.approx(np.ones(300))
    assert rows.sum(0) == pytest.approx(guess.total(CLASSES))
    assert rows[np.arange(300), made.first] == pytest.approx(guess.right)


@pytest.mark.parametrize("draw", ["even", "weighted"])
def test_intervals_hold_most_of_the_time(draw):
    rng = chance(3)
    held = []
    for _ in range(40):
        made = world(rng, 2000, 0.1, "good")
        looks = (
            reviewed(made, 0, 200, rng, planned=True)
            if draw == "even"
            else weighted(made, 200, rng)
        )
        true = sklearn.balanced_accuracy_score(made.truth, made.first)
        found = scores(made, looks)["balanced accuracy"]
        held.append(found.low <= true <= found.high)
    assert np.mean(held) >= 0.85


def test_open_ended_reviews_and_none_give_no_interval():
    made = world(chance(4), 500, 0.1, "good")
    open_ended = scores(made, reviewed(made, 0, 100, chance(), planned=False))["macro F1"]
    assert open_ended.method == OPEN_ENDED
    assert np.isnan(open_ended.low)
    assert 0 < open_ended.value < 1
    assert scores(made, nothing_seen())["macro F1"].method == NO_DRAW


def test_a_new_class_is_no_recall_of_the_known_ones():
    given = np.zeros(40, dtype=int)
    item = np.arange(40)
    truth = np.where(item < 10, OTHER, 0)
    looks = Looks(item, truth, np.ones(40, dtype=bool), 40 - item, planned=True)
    found = class_scores(given, given, np.full(40, 0.1), looks, 2, chance())
    assert found["balanced accuracy"].value == 1.0
    assert found["macro F1"].value == pytest.approx(2 * 30 / (30 + 40))
