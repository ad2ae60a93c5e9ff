"""ConFrag: numbers that belong to a far range are found; ranges, columns and missing numbers."""

import numpy as np
import pytest

from reliabel.auditors import contrasting_fragments
from reliabel.core.labels import Numbers
from reliabel.ops.neighbours import nearest


def world(seed=0, n=500):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3))
    y = 5 * x[:, 0] + rng.normal(0, 0.5, n)
    far = np.flatnonzero(np.abs(y) > 4)[:25]
    y[far] = -y[far]
    return x, y, np.isin(np.arange(n), far)


def audit(y, x, **given):
    rng = np.random.default_rng(1)
    return contrasting_fragments.audit(Numbers(y), features=x, rng=rng, **given)


def test_numbers_of_a_far_range_rank_first():
    x, y, wrong = world()
    for given in ({}, {"neighbours": nearest(x, j=30, seed=0)}):
        score = audit(y, x, **given).score
        assert (score[wrong][:, None] > score[~wrong]).mean() > 0.93


def test_ranges_hold_equally_many_and_missing_numbers_have_no_score():
    x, y, _ = world()
    y[3] = np.nan
    found = audit(y, x, ranges=4)
    assert np.isnan(found.score).nonzero()[0].tolist() == [3]
    own = found.info["range"]
    assert sorted(np.bincount(own[own >= 0]).tolist()) == [124, 125, 125, 125]


def test_several_numbers_of_an_item_are_averaged():
    x, y, wrong = world()
    two = audit(np.stack([y, y], 1), x).score
    assert (two[wrong][:, None] > two[~wrong]).mean() > 0.93


@pytest.mark.parametrize("ranges", [2, 5])
def test_ranges_are_even_and_from_four(ranges):
    x, y, _ = world()
    with pytest.raises(ValueError, match=f"ranges must be an even number from 4, got {ranges}"):
        audit(y, x, ranges=ranges)


def test_with_many_wrong_numbers_its_selection_leaves_less_than_residuals_of_a_plain_model():
    rng = np.random.default_rng(0)
    turned = rng.uniform(-1, 1, 800)
    x = np.stack([np.sin(4 * turned), np.cos(4 * turned), turned], 1) @ rng.normal(size=(3, 8))
    x += rng.normal(0, 0.3, x.shape)
    y = np.where(rng.random(800) < 0.4, rng.uniform(-1, 1, 800), turned)
    far = np.abs(y - turned)
    weight = np.linalg.lstsq(x, y, rcond=None)[0]

    def left(score):
        return far[score <= np.quantile(score, 0.6)].mean() / far.mean()

    assert left(audit(y, x).score) < left(np.abs(y - x @ weight))
