"""Forgetting, data map, first-learned epoch and the mean early loss: the papers' definitions, and
what they find of errors that a network memorises.
"""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score
from tests.unit.auditors.memorised import memorised

from reliabel.auditors import data_map, first_learned_epoch, forgetting, simple_mislabel_detector
from reliabel.core.evidence import Dynamics
from reliabel.core.labels import Classes

METHODS = (data_map, first_learned_epoch, forgetting, simple_mislabel_detector)


def seen(p):
    p = np.asarray(p, dtype=np.float64)
    return Dynamics(2 * p - 1, p, p > 0.5)


def learnt(*rows):
    """One row an item, one digit an epoch: 1 where the given label was predicted."""
    return seen(np.array([[int(one) for one in row] for row in rows]).T)


def test_forgetting_counts_falls():
    labels = Classes(np.array([0, 1, 0, 1, -1]))
    said = forgetting.audit(
        labels, dynamics=learnt("010110", "111111", "000000", "000001", "10" * 3)
    )
    assert said.score[:4].tolist() == [2, 0, 6, 0]
    assert np.isnan(said.score[4])
    assert said.kind == ("forgotten", "unforgettable", "never learnt", "unforgettable", "")
    counts = {"epochs": 6, "never_learnt": 1, "forgotten": 1, "unforgettable": 2}
    assert said.info == counts


def test_first_learned_epoch_and_runs_of_epochs():
    labels = Classes(np.array([0, 1, 0, -1]))
    given = learnt("010110", "100000", "000000", "111111")
    once = first_learned_epoch.audit(labels, dynamics=given)
    assert once.score[:3].tolist() == [2, 1, 7]
    assert np.isnan(once.score[3])
    assert once.kind == ("learnt", "learnt", "never learnt", "")
    twice = first_learned_epoch.audit(labels, dynamics=given, row=2)
    assert twice.score[:3].tolist() == [5, 7, 7]
    early = first_learned_epoch.audit(labels, dynamics=given, epochs=1)
    assert early.score[:3].tolist() == [2, 1, 2]
    with pytest.raises(ValueError, match="row must be one epoch or more, got 0"):
        first_learned_epoch.audit(labels, dynamics=given, row=0)


def test_the_axes_of_a_data_map():
    labels = Classes(np.array([0, 1, 0, -1]))
    said = data_map.audit(labels, dynamics=seen([[0.9, 0.1, 0.1, 0.5], [0.9, 0.3, 0.9, 0.5]]))
    assert said.score[:3] == pytest.approx([0.1, 0.8, 0.5])
    assert said.info["variability"][:3] == pytest.approx([0, 0.1, 0.4])  # of a population
    assert said.info["correctness"][:3].tolist() == [1, 0, 0.5]
    assert np.isnan(said.info["confidence"][3])
    assert said.kind == ("easy", "hard", "ambiguous", "")
    assert (said.info["easy"], said.info["hard"], said.info["ambiguous"]) == (1, 1, 1)
    plain = data_map.audit(labels, dynamics=seen([[0.9, 0.1, 0.1, 0.5]] * 2))
    assert "ambiguous" not in plain.kind  # nothing varies
    with pytest.raises(ValueError, match="ambiguous is a share"):
        data_map.audit(labels, dynamics=seen(np.zeros((1, 4))), ambiguous=2.0)


def test_the_mean_loss_of_the_first_epochs():
    labels = Classes(np.array([0, -1]))
    given = seen([[0.5, 0.5], [0.25, 0.5], [0.0, 0.5]])
    said = simple_mislabel_detector.audit(labels, dynamics=given, epochs=2)
    assert said.score[0] == pytest.approx(1.5 * np.log(2))
    assert np.isnan(said.score[1])
    assert np.isfinite(simple_mislabel_detector.audit(labels, dynamics=given).score[0])


@pytest.mark.parametrize("method", METHODS)
def test_dynamics_of_other_items_are_refused(method):
    labels = Classes(np.array([0, 1]))
    with pytest.raises(ValueError, match="dynamics are of 3 items, there are 2 labels"):
        method.audit(labels, dynamics=seen(np.zeros((2, 3))))
    with pytest.raises(ValueError, match="epochs must be 0"):
        method.audit(labels, dynamics=seen(np.zeros((2, 2))), epochs=-1)
    with pytest.raises(ValueError, match="of 0 recorded"):
        method.audit(labels, dynamics=seen(np.zeros((0, 2))))


@pytest.fixture(scope="module")
def world():
    pytest.importorskip("torch")
    return memorised()


@pytest.mark.parametrize("method", [data_map, first_learned_epoch, simple_mislabel_detector])
def test_the_course_of_a_training_tells_more_than_its_end(world, method):
    labels, wrong, dynamics = world
    end = roc_auc_score(wrong, -dynamics.p_given[-1])
    whole = roc_auc_score(wrong, method.audit(labels, dynamics=dynamics).score)
    assert whole > end + 0.02
    assert whole > 0.9


def test_wrong_labels_are_forgotten_more_often(world):
    """The paper's observation; as a ranking it is weak, which is why it is experimental."""
    labels, wrong, dynamics = world
    score = forgetting.audit(labels, dynamics=dynamics).score
    assert score[wrong].mean() > 1.5 * score[~wrong].mean()
    assert roc_auc_score(wrong, score) > 0.55


def test_hard_items_of_a_map_hold_most_wrong_labels(world):
    labels, wrong, dynamics = world
    said = data_map.audit(labels, dynamics=dynamics)
    kind = np.array(said.kind)
    assert wrong[kind == "easy"].mean() < 0.02
    assert wrong[kind != "easy"].sum() > 0.95 * wrong.sum()
