"""The rate of objects without a box, on planted worlds: few, half, and none."""

import numpy as np
import pytest
from tests.box_worlds import box_world

from reliabel.ops.box_agreement import agreement
from reliabel.ops.missing_rate import missing_rate


@pytest.mark.parametrize("sure", [1.0, 0.6])
@pytest.mark.parametrize("rate", [0.06, 0.5])
def test_the_rate_is_found(rate, sure):
    world = box_world(rates=(0.03, 0.03, 0.02, rate), sure=sure)
    found = missing_rate(world.labels, world.predicted, agreement(world.labels, world.predicted))
    assert found.rate.mean() == pytest.approx(rate, rel=0.2)
    inside = (found.low <= rate) & (rate <= found.high)
    assert inside.sum() >= 4
    assert list(found.sparse()) == (list(range(5)) if rate == 0.5 else [])
    seen = 0.93 * len(world.missing)
    assert found.p.sum() == pytest.approx(seen, rel=0.25)


def test_complete_annotation_has_no_missing_boxes():
    world = box_world(rates=(0.03, 0.03, 0.02, 0.0))
    found = missing_rate(world.labels, world.predicted, agreement(world.labels, world.predicted))
    assert found.rate.max() < 0.02
    assert found.p.sum() < 15


def test_the_chance_grows_with_confidence():
    world = box_world(rates=(0.0, 0.0, 0.0, 0.1))
    found = missing_rate(world.labels, world.predicted, agreement(world.labels, world.predicted))
    said = world.predicted.units
    of = np.flatnonzero((said.y == 0) & (found.p > 0))
    order = of[np.argsort(said.score[of])]
    assert (np.diff(found.p[order]) >= -1e-12).all()
