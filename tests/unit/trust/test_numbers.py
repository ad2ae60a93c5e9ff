"""P(wrong) of numbers: planted errors are counted, heavy tails and weak predictions are not."""

import numpy as np
import pytest

from reliabel.core.labels import Numbers
from reliabel.trust.number_fits import Fit, Scaled, alone, density, hidden, mixed
from reliabel.trust.numbers import p_wrong_numbers


def world(seed, n=2000, tail=10.0, scatter=5.0):
    rng = np.random.default_rng(seed)
    said = rng.normal(100, 30, n)
    return rng, said, said + scatter * rng.standard_t(tail, n)


def found(y, said, seed=0):
    return p_wrong_numbers(Numbers(y), predicted=Numbers(said), rng=np.random.default_rng(seed))


def swapped(y, rate, rng):
    y = np.array(y)
    some = rng.choice(len(y), round(rate * len(y)), replace=False)
    y[some] = y[np.roll(some, 1)]
    wrong = np.zeros(len(y), dtype=bool)
    wrong[some] = True
    return y, wrong


@pytest.mark.parametrize("rate", [0.02, 0.1])
def test_swapped_numbers_are_counted_and_the_interval_of_a_suggestion_holds_the_truth(rate):
    for seed in range(3):
        rng, said, true = world(seed)
        y, wrong = swapped(true, rate, rng)
        made = found(y, said)
        assert made.count.identified
        assert made.count.low <= wrong.sum() <= made.count.high
        assert made.p[wrong].mean() > 0.3  # some land near what is expected
        assert made.p[~wrong].mean() < 0.05
        inside = (made.low <= true) & (true <= made.high)
        assert 0.86 < inside.mean() < 0.94
        assert abs(made.p.sum() - made.count.value) < 1


def test_the_interval_allows_for_wrong_numbers_that_hide_among_right_ones():
    for seed, rate in enumerate((0.03, 0.1)):
        rng = np.random.default_rng(seed)
        said = rng.gamma(2, 200, 4000) + 50
        y = said + rng.normal(0, 30, 4000)
        wrong = rng.random(4000) < rate
        y[wrong] *= 1 + rng.choice([-1, 1], wrong.sum()) * rng.uniform(0.1, 0.5, wrong.sum())
        made = found(y, said)
        assert made.count.identified
        assert made.count.value < wrong.sum() <= made.count.high


def test_hidden_numbers_scatter_as_widely_as_they_were_drawn():
    rng = np.random.default_rng(0)
    u = np.concatenate([rng.normal(0, 1, 4500), rng.normal(0, 5, 500)])
    fit = hidden(Scaled.of(u, u), np.inf)
    assert fit.pi == pytest.approx(0.1, abs=0.02)
    assert fit.wider == pytest.approx(5, rel=0.1)
    assert hidden(Scaled.of(u[:4500], u[:4500]), np.inf).pi < 0.005
    other = Scaled.of(u, np.full(5000, -5.0))
    assert fit.value > max(mixed(other, 10.0).value, alone(u, 3.0))


def test_heavy_tails_are_no_errors():
    for tail in (1.8, 3.0, 30.0):
        _, said, y = world(1, tail=tail)
        made = found(y, said)
        assert not made.count.identified, tail
        assert "scatter of right numbers" in made.warnings[0]


def test_scatter_that_grows_with_the_number_is_no_error():
    rng = np.random.default_rng(0)
    said = rng.lognormal(4, 0.7, 2000)
    assert not found(said * np.exp(rng.normal(0, 0.1, 2000)), said).count.identified


def test_predictions_that_explain_little_count_nothing():
    rng, said, true = world(2, scatter=60.0)
    y, _ = swapped(true, 0.1, rng)
    made = found(y, said)
    assert not made.count.identified
    assert "explain" in made.warnings[0]


def test_one_sided_scatter_is_no_error_and_gross_errors_are():
    rng = np.random.default_rng(3)
    said = rng.uniform(0, 100, 2000)
    y = said + rng.gamma(2, 2, 2000) - 4
    assert not found(y, said).count.identified
    y[:60] *= 10
    made = found(y, said)
    assert made.count.identified
    assert 40 <= made.count.value <= 90


@pytest.mark.parametrize(
    ("y", "said", "why"),
    [
        (np.arange(20.0), np.arange(20.0) + 1, "at least 50 are needed"),
        (np.full(60, 3.0), np.arange(60.0), "all numbers are the same"),
        (np.arange(60.0), np.arange(60.0), "as if the model had seen them"),
        (np.full(60, np.nan), np.arange(60.0), "only 0 numbers"),
    ],
)
def test_where_there_is_no_p_wrong_a_sentence_says_why(y, said, why):
    made = found(y, said)
    assert np.isnan(made.p).all()
    assert why in made.warnings[0]
    assert made.warnings[0].startswith("no P(wrong)")


def test_missing_numbers_and_several_columns():
    rng, said, true = world(4, n=600)
    y, wrong = swapped(true, 0.05, rng)
    two = np.stack([y, -true], 1)
    two[0] = np.nan
    made = found(two, np.stack([said, -said], 1))
    assert np.isnan(made.p[0])
    assert made.suggest.shape == (600, 2)
    assert made.p[wrong & (np.arange(600) > 0)].mean() > 0.5


def test_order_and_scale_change_nothing():
    rng, said, true = world(5, n=500)
    y, _ = swapped(true, 0.05, rng)
    order = rng.permutation(500)
    assert found(y, said).p[order] == pytest.approx(found(y[order], said[order]).p, abs=1e-6)
    assert found(y, said).p == pytest.approx(found(1000 * y, 1000 * said).p, abs=1e-4)


def test_densities_are_densities_and_a_fit_finds_what_made_the_numbers():
    grid = np.linspace(-400, 400, 400_001)
    for tail in (2.0, np.inf):
        area = np.exp(density(grid, 0.5, 1.0, 3.0, tail)).sum() * (grid[1] - grid[0])
        assert area == pytest.approx(1, abs=2e-3)
    rng = np.random.default_rng(6)
    u = np.r_[rng.normal(0, 1, 1800), rng.uniform(-100, 100, 200)]
    fit = mixed(Scaled.of(u, np.full(2000, -np.log(200.0))), np.inf)
    assert isinstance(fit, Fit)
    assert fit.pi == pytest.approx(0.1, abs=0.02)
    assert fit.value > alone(u, 1.5)


@pytest.mark.parametrize(
    ("times", "plus", "words"),
    [
        (10.0, 0.0, "unit slip: 10 times too high"),
        (0.1, 0.0, "unit slip: 10 times too low"),
        (0.45359237, 0.0, "unit slip: 2.205 times too low (kilograms and pounds)"),
        (-1.0, 0.0, "wrong sign"),
    ],
)
def test_a_known_slip_is_named_and_undone(times, plus, words):
    _, said, true = world(7, scatter=4.0)
    y = np.array(true)
    y[:60] = times * true[:60] + plus
    made = found(y, said)
    assert made.count.identified
    assert made.count.low <= 60 <= made.count.high
    named = np.array(made.kinds) == words
    assert named[:60].sum() >= 55
    assert (named[60:] & (made.p[60:] > 0.5)).sum() <= 1
    assert made.info["slips"][words] == pytest.approx(60, abs=5)
    sure = np.flatnonzero(named[:60])
    assert made.suggest[sure] == pytest.approx(true[sure], rel=1e-4)


def test_numbers_that_go_up_and_down_by_a_factor_come_of_no_slip():
    rng = np.random.default_rng(8)
    said = rng.lognormal(3, 1, 3000)
    made = found(said * np.exp(rng.normal(0, 0.8, 3000)), said)
    assert made.kinds is None
    assert not made.count.identified


def test_grades_are_not_counted_and_a_sentence_says_why():
    rng = np.random.default_rng(9)
    true = rng.normal(5.5, 1.0, 2000)
    y = np.round(true + rng.normal(0, 0.2, 2000))
    y[:40] = rng.choice([1.0, 9.0], 40)
    made = found(y, true)
    assert not made.count.identified
    assert "values" in made.warnings[0]


@pytest.mark.slow
def test_intervals_cover_what_was_planted():
    covered, told = 0, 0
    for draw in range(60):
        tail, rate = (4.0, 10.0, 100.0)[draw % 3], (0.02, 0.05, 0.1, 0.2)[draw % 4]
        rng, said, true = world(100 + draw, n=1500, tail=tail, scatter=8.0)
        y, wrong = swapped(true, rate, rng)
        if draw % 2:
            y = np.array(true)
            y[wrong] = rng.uniform(true.min(), true.max(), wrong.sum())
        made = found(y, said)
        told += made.count.identified
        covered += made.count.identified and made.count.low <= wrong.sum() <= made.count.high
    assert told >= 30
    assert covered >= 0.93 * told, (covered, told)
