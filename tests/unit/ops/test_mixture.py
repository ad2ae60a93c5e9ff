from time import process_time

import numpy as np
import pytest

from reliabel.ops.mixture import EDGE, beta_gain, beta_groups, kept, lower, normal_groups

RNG = np.random.default_rng


def planted(n=4000, share=0.7):
    rng = RNG(0)
    low = rng.random(n) < share
    return np.where(low, rng.normal(1.0, 0.3, n), rng.normal(4.0, 0.8, n)), low


def test_normal_groups_recovers_what_was_planted():
    score, low = planted()
    found = normal_groups(score)
    assert found.share == pytest.approx([low.mean(), 1 - low.mean()], abs=0.01)
    assert found.low + found.width * found.mean == pytest.approx([1.0, 4.0], abs=0.05)
    assert found.width * np.sqrt(found.variance) == pytest.approx([0.3, 0.8], abs=0.05)
    assert ((found.lower(score) > 0.5) == low).mean() > 0.99


def test_bins_give_what_every_score_would():
    score = np.r_[RNG(1).normal(0.3, 0.1, 1200), RNG(2).normal(0.6, 0.12, 800)]
    unit = (score - score.min()) / np.ptp(score)
    mean, deviation, share = np.array([0.2, 0.8]), np.full(2, 0.2), np.full(2, 0.5)
    for _ in range(400):
        away = (unit[:, None] - mean) / deviation
        r = share * np.exp(-0.5 * away**2) / deviation
        r /= r.sum(1, keepdims=True)
        share = r.mean(0)
        mean = (r * unit[:, None]).sum(0) / r.sum(0)
        deviation = np.sqrt((r * (unit[:, None] - mean) ** 2).sum(0) / r.sum(0))
    found = normal_groups(score)
    assert found.mean == pytest.approx(mean, abs=0.01)
    assert found.share == pytest.approx(share, abs=0.03)
    between = (unit > mean[0]) & (unit < mean[1])
    assert found.lower(score)[between] == pytest.approx(r[between, 0], abs=0.06)


def test_the_chance_of_the_lower_group_never_rises():
    wide_below = np.r_[RNG(0).normal(0, 3, 3000), RNG(1).normal(5, 0.2, 500)]
    for score in (planted()[0], wide_below, RNG(2).exponential(1, 2000)):
        chance = lower(np.sort(score))
        assert (np.diff(chance) <= 1e-12).all()
        assert chance[0] > 0.9 > 0.2 > chance[-1]


def test_a_beta_mixture_recovers_means_and_weights():
    rng = RNG(0)
    score = np.r_[rng.beta(2, 8, 5000), rng.beta(8, 2, 5000)]
    found = beta_groups(score, trim=0.0)
    assert found.a / (found.a + found.b) == pytest.approx([0.2, 0.8], abs=0.02)
    assert found.share == pytest.approx([0.5, 0.5], abs=0.02)
    chance = found.higher(np.array([0.2, 0.5, 0.8]))
    assert chance[0] < 0.02
    assert chance[1] == pytest.approx(0.5, abs=0.1)
    assert chance[2] > 0.98


def test_the_chance_of_the_higher_beta_group_never_falls():
    wide_above = np.r_[RNG(0).beta(20, 60, 3000), RNG(1).beta(1, 1, 2000)]
    for score in (wide_above, 1 - wide_above, RNG(2).exponential(1, 2000)):
        chance = beta_groups(score).higher(np.sort(score))
        assert (np.diff(chance) >= 0).all()
        assert chance[-1] > chance[0]


def test_trimmed_scores_take_the_chance_of_the_ends():
    score, _ = planted()
    found = beta_groups(score)
    least, most = np.quantile(score, [0.05, 0.95])
    assert found.low >= least
    assert found.low + found.width <= most
    assert found.higher(np.array([-1e9])) == found.higher(np.array([least]))
    assert found.higher(np.array([1e9])) == found.higher(np.array([most]))


@pytest.mark.parametrize("score", [[], [2.0], [3.0] * 9, [np.nan] * 3, [1e6, 1e6 + 1e-6]])
def test_scores_that_do_not_differ_leave_even_chances(score):
    score = np.array(score)
    even = np.where(np.isnan(score), np.nan, 0.5)
    assert lower(score).tolist() == pytest.approx(even.tolist(), nan_ok=True)
    assert beta_groups(score).higher(score).tolist() == pytest.approx(even.tolist(), nan_ok=True)


@pytest.mark.parametrize("score", [[0.0, 1.0], [0.0] * 50 + [1.0], [0.0] * 30 + [1.0] * 30])
def test_two_values_are_two_groups(score):
    score = np.array(score)
    assert (lower(score) > 0.5).tolist() == (score == 0).tolist()
    assert np.isfinite(beta_groups(score, trim=0.0).higher(score)).all()
    assert np.isfinite(beta_groups(score).higher(score)).all()


def test_unknown_scores_change_nothing():
    score, _ = planted(500)
    holes = np.insert(score, [0, 250, 500], np.nan)
    assert lower(holes)[~np.isnan(holes)] == pytest.approx(lower(score), abs=0)
    beta = beta_groups(holes).higher(holes)
    assert beta[~np.isnan(holes)] == pytest.approx(beta_groups(score).higher(score), abs=0)
    assert np.isnan(beta[np.isnan(holes)]).all()


def test_scale_and_shift_of_the_scores_do_not_matter():
    score, _ = planted(800)
    assert lower(score * 40 - 7) == pytest.approx(lower(score), abs=1e-6)
    assert beta_groups(score * 40 - 7).higher(score * 40 - 7) == pytest.approx(
        beta_groups(score).higher(score), abs=1e-6
    )


def test_a_beta_group_at_the_very_edge_stays_finite():
    score = np.r_[np.zeros(400), np.full(80, 1.0), 0.5]
    found = beta_groups(score, trim=0.0)
    assert np.isfinite([found.a, found.b, found.share]).all()
    assert found.higher(np.array([EDGE, 1 - EDGE])).round(3).tolist() == [0.0, 1.0]


def test_kept_never_empties_a_class():
    y = np.repeat([0, 1, 2, -1], [20, 20, 3, 4])
    chance = np.r_[np.full(20, 0.9), np.linspace(0.0, 0.4, 20), 0.1, 0.3, np.nan, np.full(4, 0.9)]
    keep = kept(chance, y)
    assert np.bincount(y[keep], minlength=3).tolist() == [20, 5, 2]
    assert np.flatnonzero(keep)[20:].tolist() == [35, 36, 37, 38, 39, 40, 41]
    assert not keep[y < 0].any()


def test_kept_of_one_item_is_that_item():
    assert kept(np.array([0.0]), np.array([0])).tolist() == [True]
    assert kept(np.empty(0), np.empty(0, dtype=int)).tolist() == []
    assert kept(np.full(12, 0.5), np.zeros(12, dtype=int)).sum() == 5


def test_the_cost_hardly_grows_with_the_number_of_scores():
    small, large = RNG(0).exponential(1, 2_000), RNG(0).exponential(1, 200_000)
    lower(small)
    spent = []
    for score in (small, large):
        start = process_time()
        for _ in range(3):
            normal_groups(score)
        spent.append(process_time() - start)
    assert spent[1] < 20 * spent[0]  # a hundred times the scores


def test_two_groups_describe_two_groups_better_and_one_group_not():
    one, two = RNG(0).random(2000), np.r_[RNG(1).beta(2, 8, 1000), RNG(2).beta(8, 2, 1000)]
    assert beta_gain(one, beta_groups(one, trim=0.0), trim=0.0) < 0
    assert beta_gain(two, beta_groups(two, trim=0.0), trim=0.0) > 100
    assert beta_gain(np.ones(9), beta_groups(np.ones(9))) == -np.inf
