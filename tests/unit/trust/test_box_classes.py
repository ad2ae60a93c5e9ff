"""Wrong classes of boxes: rare ones are told from errors of a detector by where it is sure."""

import numpy as np
import pytest

from reliabel.core.objects import Boxes
from reliabel.trust.box_classes import wrong_classes

N, K = 5000, 6


def judged(share, ceiling=1.0, seed=0):
    """Boxes seen by a detector that is right as often as it says, and which of them are wrong."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, K, N)
    sure = np.where(rng.random(N) < 0.7, rng.beta(40, 1, N), rng.beta(3, 1.5, N))
    other = (truth + rng.integers(1, K, N)) % K
    says = np.where(rng.random(N) < (1 - sure) / 2, other, truth)
    seen = np.zeros((N, K))
    seen[np.arange(N), says] = sure * ceiling
    wrong = rng.random(N) < share
    y = np.where(wrong, (truth + rng.integers(1, K, N)) % K, truth)
    units = Boxes(np.tile([0.0, 0.0, 9.0, 9.0], (N, 1)), y, list("abcdef"))
    return wrong, truth, seen, *wrong_classes(units, np.ones(N, bool), seen, rng)


@pytest.mark.parametrize("ceiling", [1.0, 0.9])
def test_a_sure_detection_of_another_class_is_likely_a_wrong_label(ceiling):
    wrong, truth, seen, found, floor, warnings = judged(0.02, ceiling)
    y_seen, sure = seen.argmax(1), seen.max(1) > 0.97 * ceiling
    bad = wrong & sure & (y_seen == truth)
    assert found.p[bad].mean() > 0.5
    assert (found.suggest[bad] == truth[bad]).mean() > 0.95
    assert floor.low <= wrong.sum() <= floor.high
    assert floor.value == pytest.approx(wrong.sum(), rel=0.4)
    assert np.nansum(found.p) == pytest.approx(floor.value)
    assert not any("no errors that can be told" in sentence for sentence in warnings)


def test_where_no_class_is_wrong_none_is_told():
    *_, found, floor, _ = judged(0.0)
    assert floor.low == 0
    assert (found.p > 0.5).sum() <= 5


def test_one_class_is_not_judged():
    units = Boxes([[0, 0, 9, 9]], [0], ["a"])
    told = wrong_classes(units, np.ones(1, bool), np.ones((1, 1)), np.random.default_rng(0))
    assert told == (None, None, ())
