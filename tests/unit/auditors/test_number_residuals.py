"""residual, neighbour_residual, outre: planted errors, scales, missing numbers, several columns."""

import numpy as np
import pytest

from reliabel.auditors import neighbour_residual, outre, residual
from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Numbers
from reliabel.ops.residuals import scale_along, scale_of, sizes


def rank_area(score, wrong):
    return (score[wrong][:, None] > score[~wrong]).mean()


def line(seed=0, n=2000, rate=0.05):
    """Items on a line whose numbers scatter the more, the larger they are."""
    rng = np.random.default_rng(seed)
    x = np.sort(rng.uniform(1, 10, n))
    true = 3 * x
    y = true + rng.normal(0, 0.05 * true)
    wrong = rng.random(n) < rate
    y[wrong] += rng.choice([-1, 1], wrong.sum()) * rng.uniform(3, 9, wrong.sum())
    index = np.arange(n)[:, None] + np.r_[-10:0, 1:11]
    index = np.abs(np.where(index >= n, 2 * n - 2 - index, index))
    return y, true, wrong, Neighbours(index, np.full(index.shape, 0.1))


def test_all_three_find_what_is_far_off_and_suggest_what_was_true():
    y, true, wrong, near = line()
    labels, said = Numbers(y), Numbers(true)
    by = {
        "residual": residual.audit(labels, predicted=said),
        "near": neighbour_residual.audit(labels, neighbours=near),
        "both": neighbour_residual.audit(labels, neighbours=near, predicted=said),
        "outre": outre.audit(labels, predicted=said),
    }
    for name, found in by.items():
        assert rank_area(found.score, wrong) > 0.95, name
    for name in ("residual", "near", "both"):
        assert np.abs(by[name].suggest.y - true)[wrong].max() < 3, name
        assert by[name].flag[wrong].mean() > 0.7, name
        assert by[name].flag[~wrong].mean() < 0.02, name


def test_a_scale_of_its_own_for_large_numbers_ranks_better_than_one_for_all():
    y, true, wrong, _ = line()
    found = residual.audit(Numbers(y), predicted=Numbers(true))
    assert rank_area(found.score, wrong) > rank_area(np.abs(y - true), wrong)


def test_the_side_is_told_and_what_is_missing_has_no_score():
    y = np.r_[np.nan, np.linspace(0, 1, 50), 9.0, -9.0]
    said = np.r_[0.0, np.linspace(0, 1, 50) + 0.01, 0.0, 0.0]
    found = residual.audit(Numbers(y), predicted=Numbers(said))
    assert np.isnan(found.score[0])
    assert found.kind[-2:] == ["too high", "too low"]
    assert found.kind[0] == ""
    assert np.isnan(found.suggest.y[0])


def test_wrong_numbers_do_not_widen_the_scale():
    left = np.r_[np.random.default_rng(0).normal(0, 1, 900), np.full(100, 1e6)][:, None]
    assert 0.9 < scale_of(left, left)[0] < 1.3
    local = scale_along(left[:, 0], np.arange(1000.0) % 10)
    assert 0.8 < np.median(local) < 1.4


def test_several_numbers_of_an_item_count_together_and_one_may_be_missing():
    rng = np.random.default_rng(1)
    true = rng.normal(size=(200, 2))
    y = true + rng.normal(0, 0.1, (200, 2))
    y[3, 1] += 5
    y[4, 0] = np.nan
    y[5] = np.nan
    found = residual.audit(Numbers(y), predicted=Numbers(true))
    assert int(np.nanargmax(found.score)) == 3
    assert np.isnan(found.score).nonzero()[0].tolist() == [5]
    assert found.kind is None
    assert sizes(np.array([[3.0, 4.0]]))[0] == pytest.approx(np.sqrt(12.5))


def test_outre_needs_no_more_memory_than_its_reference_and_ranks_as_all_pairs_do():
    y, true, wrong, _ = line(n=1500)
    few, all_of = (
        outre.audit(Numbers(y), predicted=Numbers(true), reference=r) for r in (500, 10**6)
    )
    assert few.info["reference"] == 500
    assert abs(rank_area(few.score, wrong) - rank_area(all_of.score, wrong)) < 0.01


def test_predictions_must_fit_and_options_are_checked():
    labels = Numbers(np.arange(4.0))
    with pytest.raises(ValueError, match="a number for each label"):
        residual.audit(labels, predicted=Numbers(np.arange(3.0)))
    with pytest.raises(ValueError, match="far must be positive"):
        residual.audit(labels, predicted=labels, far=0)
    with pytest.raises(ValueError, match="reference must be at least 2"):
        outre.audit(labels, predicted=labels, reference=1)
    near = Neighbours(np.zeros((4, 1), dtype=int), np.zeros((4, 1)))
    with pytest.raises(ValueError, match="nearest and far must be positive"):
        neighbour_residual.audit(labels, neighbours=near, nearest=0)
