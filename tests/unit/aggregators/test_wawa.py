import numpy as np
import pytest

from reliabel.aggregators.wawa import aggregate


def test_worked_example(tiny):
    found = aggregate(tiny)
    assert found.skill == pytest.approx([0.875, 1, 0.625])
    assert found.labels.p[:, 1] == pytest.approx([0.25, 1, 0, 0.583333], abs=1e-6)


def test_log_odds_tell_workers_further_apart(tiny, planted):
    assert aggregate(tiny, weight="log_odds").labels.p[0, 1] < 0.25
    votes, truth, _ = planted
    plain, odds = (
        float((aggregate(votes, weight=w).labels.p.argmax(1) == truth).mean())
        for w in ("share", "log_odds")
    )
    assert odds > plain
    with pytest.raises(ValueError, match="'share' or 'log_odds', got 'odds'"):
        aggregate(tiny, weight="odds")


def test_gold_is_held(tiny):
    assert aggregate(tiny, gold=np.array([1, -1, -1, -1])).labels.p[0].tolist() == [0.0, 1.0]
