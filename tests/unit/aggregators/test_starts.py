"""Where the models of skill that have a hill to climb may start from."""

import pytest

from reliabel.aggregators import glad, mace


@pytest.mark.parametrize("model", [glad, mace])
def test_the_better_start_is_kept(planted, model):
    votes, _, _ = planted
    ends = {
        start: model.aggregate(votes, start=start).trace[-1]
        for start in ("even", "spectral", "best")
    }
    assert ends["best"] == pytest.approx(max(ends.values()), rel=1e-8)
    with pytest.raises(ValueError, match="start must be 'even', 'spectral' or 'best', got 'luck'"):
        model.aggregate(votes, start="luck")
