"""Ambiguity: the expected regret is what is realised, and abstaining lowers it."""

import numpy as np
import pytest
from tests.unit.auditors.test_plausible_labels import MATRIX, world

from reliabel.core.labels import Classes
from reliabel.measures import ambiguity


def measure(labels, x, p, seed=0, **options):
    rng = np.random.default_rng(seed)
    return ambiguity.measure(labels, features=x, probs=p, rng=rng, draws=30, **options)


@pytest.mark.parametrize("seed", range(3))
def test_the_expected_mistakes_are_those_that_come_true(seed):
    labels, x, p, true = world(seed)
    decided = p.argmax(1)
    unseen = (decided == labels.y) != (decided == true)
    for instance in (True, False):
        said = measure(labels, x, p, noise_matrix=MATRIX, instance=instance)
        low, high = said.info["mistakes_low"], said.info["mistakes_high"]
        assert low * 0.8 < unseen.sum() < high * 1.2
        assert said.value == pytest.approx(said.info["mistakes"] / len(labels))
    score = measure(labels, x, p, noise_matrix=MATRIX).parts["regret"]
    assert (score[unseen][:, None] > score[~unseen]).mean() > 0.8


def test_the_rest_has_less_regret_the_more_is_left_to_people():
    labels, x, p, _ = world()
    parts = measure(labels, x, p, noise_matrix=MATRIX).parts
    assert parts["left"][0] == 0
    assert parts["regret_of_rest"][0] == pytest.approx(np.mean(parts["regret"]))
    assert (np.diff(parts["regret_of_rest"]) < 0).all()
    assert parts["by_class"].argmax() == 2, "it gets most of the wrong labels"


def test_without_labels_there_is_no_number_and_without_an_interval_a_reason():
    none = measure(Classes(np.full(3, -1), ("a", "b")), np.eye(3), np.full((3, 2), 0.5))
    assert np.isnan(none.value)
    assert "no interval" in none.info["interval"]
    with pytest.raises(ValueError, match="draws must be at least 1"):
        ambiguity.measure(
            Classes(np.array([0, 1])),
            features=np.eye(2),
            probs=np.full((2, 2), 0.5),
            rng=np.random.default_rng(0),
            draws=0,
        )
