"""The count before and after a review: its condition, unbiasedness, its special cases, what it
refuses.
"""

import numpy as np
import pytest
from scipy.special import expit, logit

from reliabel.core.results import Interval
from reliabel.trust.count import (
    after_review,
    before_review,
    chances,
    difference,
    disagree,
    draw,
    estimate,
)
from reliabel.trust.p_wrong import PWrong


def found(pi=0.1, pis=(0.05, 0.2), identified=True, n=10_000, conf=0.95, d=49):
    p = np.r_[np.full(n, pi), np.nan]
    nobody = np.full(n + 1, -1)
    sure = {"n": n / 10, "d": d, "conf": conf, "cases": float(n)}
    return PWrong(
        p,
        nobody,
        p,
        np.zeros((2, 2)),
        pi,
        np.array(pis),
        5.0 if identified else 0.5,
        identified,
        False,
        sure,
        {},
    )


def test_before_a_review_the_family_is_widened_by_what_the_surest_leave_open():
    count = before_review(found())
    slack = 0.2 + 2 * 0.05 + np.sqrt(0.5 / 50 + 1 / 900)
    assert count.value == pytest.approx(1000)
    assert count.low == pytest.approx(10_000 * expit(logit(0.05) - slack))
    assert count.high == pytest.approx(10_000 * expit(logit(0.2) + slack))
    assert count.identified
    assert "people's confusions and slips" in count.assumes


def test_before_a_review_nothing_is_counted_where_errors_cannot_be_told():
    count = before_review(found(identified=False))
    assert np.isnan(count.value)
    assert np.isnan(count.high)
    assert count.low == 0
    assert not count.identified


def test_the_weighted_draw_prefers_what_is_open_and_leaves_out_the_unlabelled():
    p = np.r_[np.zeros(98), 0.5, np.nan]
    q = chances(p)
    assert q.sum() == pytest.approx(1)
    assert q[99] == 0
    assert q[98] == pytest.approx(0.3 / 99 + 0.7 * 0.5 / (0.5 + 98e-3))
    item, chance = draw(p, 400, np.random.default_rng(0))
    np.testing.assert_allclose(chance, q[item])
    assert 99 not in item


def test_the_difference_estimate_is_unbiased_even_if_the_model_is_wrong():
    rng = np.random.default_rng(1)
    bad = rng.random(400) < 0.2
    p = rng.beta(0.5, 2, 400)  # knows nothing
    q = chances(p)
    assert p.mean() + q @ ((bad - p) / (400 * q)) == pytest.approx(bad.mean())  # in expectation
    values = []
    for _ in range(2000):
        item = rng.choice(400, 50, p=q)
        values.append(difference(p, item, q[item], bad[item].astype(float))[0])
    error = np.std(values) / np.sqrt(2000)
    assert abs(np.mean(values) - bad.mean()) < 3 * error


def test_a_model_that_knows_leaves_no_variance_and_a_constant_is_the_even_draw():
    bad = np.r_[np.ones(30), np.zeros(270)]
    item = np.random.default_rng(0).integers(0, 300, 80)
    value, variance = difference(bad, item, np.full(80, 1 / 300), bad[item])
    assert value == pytest.approx(0.1)
    assert variance < 1e-12
    p = np.full(300, 0.37)
    value, _ = difference(p, item, chances(p)[item], bad[item])
    assert value == pytest.approx(bad[item].mean())


def test_a_sample_without_an_error_is_not_taken_for_certainty():
    p = np.random.default_rng(0).beta(0.2, 3, 2000)
    item, _ = draw(p, 40, np.random.default_rng(1))
    right = item[p[item] < 0.01]
    _, variance = difference(p, right, chances(p)[right], np.zeros(len(right)))
    assert variance * len(right) == pytest.approx(
        ((p * (1 - p) + 0.2 * (p * (1 - p)).mean()) / (2000 * chances(p))).mean()
    )


def test_intervals_cover():
    rng = np.random.default_rng(3)
    p = rng.beta(0.3, 3, 3000)
    bad = rng.random(3000) < np.minimum(1.6 * p, 1)  # the model is off by a factor
    item, q = draw(p, (2000, 100), rng)
    _, low, high = estimate(p, item, q, bad[item].astype(float))
    assert ((low <= bad.mean()) & (bad.mean() <= high)).mean() > 0.93


def test_errors_hidden_among_sure_labels_are_allowed_for():
    rng = np.random.default_rng(4)
    p = np.r_[rng.beta(0.3, 3, 500), np.full(4500, 1e-4)]
    bad = rng.random(5000) < p
    bad[1000:1004] = True  # a tenth more, where nobody looks
    for m in (100, 400):
        item, q = draw(p, (2000, m), rng)
        _, low, high = estimate(p, item, q, bad[item].astype(float))
        assert ((low <= bad.mean()) & (bad.mean() <= high)).mean() > 0.93


def test_many_reviews_at_once_are_what_each_is_alone():
    p = np.random.default_rng(0).beta(0.5, 3, 300)
    bad = np.random.default_rng(1).random(300) < p
    item, q = draw(p, (5, 60), np.random.default_rng(2))
    value, low, high = estimate(p, item, q, bad[item].astype(float))
    for row in range(5):
        one = after_review(p, item[row], q[row], bad[item[row]].astype(float))
        np.testing.assert_allclose(
            [one.value, one.low, one.high], 300 * np.array([value[row], low[row], high[row]])
        )


def test_what_was_seen_bounds_the_interval_and_missing_verdicts_are_left_out():
    p = np.full(10, 0.01)
    item, q = np.arange(10), np.full(10, 0.1)
    count = after_review(p, item, q, np.r_[np.ones(3), np.zeros(6), np.nan])
    assert count.low >= 3
    assert count.high <= 4
    assert "9 drawn labels" in count.assumes


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"bad": np.zeros(2)}, "3 items, 3 chances, 2 verdicts"),
        ({"bad": np.array([1.0, np.nan, np.nan])}, "at least two verdicts on drawn items, got 1"),
        ({"item": np.array([0, 1, 4])}, "1 drawn items have no P"),
        ({"q": np.array([0.0, 0.1, 0.1])}, "from another audit"),
    ],
)
def test_bad_reviews_are_refused_with_a_sentence(change, sentence):
    good = {"item": np.array([0, 1, 2]), "q": np.full(3, 0.2), "bad": np.zeros(3)}
    with pytest.raises(ValueError, match=sentence):
        after_review(np.array([0.1, 0.1, 0.1, 0.1, np.nan]), **{**good, **change})


def test_nothing_to_draw_from_is_a_sentence():
    with pytest.raises(ValueError, match="none of the 3 labels has a P"):
        draw(np.full(3, np.nan), 2, np.random.default_rng(0))


def test_a_review_that_contradicts_the_model_is_said():
    model = Interval(100, 50, 200, 0.95, "", "")
    assert disagree(model, Interval(400, 300, 500, 0.95, "", "")).startswith(
        "systematic noise: the review counts 300-500"
    )
    assert disagree(model, Interval(210, 150, 300, 0.95, "", "")) == ""
    assert (
        disagree(
            Interval(np.nan, 0, np.nan, 0.95, "", "", False), Interval(400, 300, 500, 0.95, "", "")
        )
        == ""
    )
