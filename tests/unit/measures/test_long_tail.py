"""Long tail: rare kinds are worth learning, wrong labels are not."""

import numpy as np
import pytest
from tests.unit.auditors.test_memorisation import tail

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes
from reliabel.measures import long_tail
from reliabel.ops.neighbours import nearest


def measure(x, labels, seed=0, **options):
    rng = np.random.default_rng(seed)
    return long_tail.measure(labels, neighbours=nearest(x, j=30), rng=rng, **options)


def test_dropping_rare_kinds_costs_their_twins_and_dropping_wrong_labels_costs_nothing():
    """In a half, a pair is one memorised item and one item that needs it."""
    rare = measure(*tail(heads=600, pairs=250, alone=0, rate=0.0)[:2])
    wrong = measure(*tail(heads=1000, pairs=0, alone=0, rate=0.1)[:2])
    assert rare.low > 0.05
    assert wrong.value <= 0
    assert wrong.parts["without_memorised"] >= wrong.parts["all"]


def test_what_it_is_made_of():
    said = measure(*tail()[:2], splits=2)
    parts = said.parts
    assert said.value == pytest.approx(parts["without_random"] - parts["without_memorised"])
    assert said.low < said.value < said.high
    assert parts["histogram"].sum() == len(parts["memorisation"])
    assert 0 < parts["share"] < 0.3


def test_too_few_labels_have_no_value_and_no_split_is_refused():
    around = Neighbours(np.array([[1], [0]]), np.ones((2, 1)))
    rng = np.random.default_rng(0)
    said = long_tail.measure(Classes(np.array([0, -1])), neighbours=around, rng=rng)
    assert np.isnan(said.value)
    assert "two labelled items" in said.info["interval"]
    with pytest.raises(ValueError, match="splits must be at least 1"):
        long_tail.measure(Classes(np.array([0, 1])), neighbours=around, rng=rng, splits=0)
