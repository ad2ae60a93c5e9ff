import numpy as np
import pytest

from reliabel.core.labels import MultiLabel
from reliabel.trust.multilabel import FEW, p_wrong_columns


def world(n=3000, seed=0):
    rng = np.random.default_rng(seed)
    score = rng.normal(size=(n, 3)) * 4 + np.array([0, -4, -11])
    truth = (score + rng.normal(size=(n, 3)) > 0).astype(int)
    wrong = rng.random((n, 3)) < np.array([0.06, 0.06, 0.0])
    return (
        MultiLabel(np.where(wrong, 1 - truth, truth), ("a", "b", "c")),
        1 / (1 + np.exp(-1.7 * score)),
        wrong,
    )


def test_each_column_is_a_question_and_cells_come_item_by_item():
    labels, probs, wrong = world()
    found = p_wrong_columns(labels, probs=probs, rng=np.random.default_rng(0))
    p = found.p.reshape(3000, 3)
    assert p[wrong].mean() > 5 * p[~wrong].mean()
    np.testing.assert_array_equal(found.suggest.reshape(3000, 3), 1 - labels.y)
    assert found.count.low < wrong.sum() < found.count.high
    assert [c for c, _ in found.questions] == [(0,), (1,), (2,)]


def test_rare_columns_are_asked_together():
    labels, probs, _ = world()
    y = labels.y.copy()
    y[:, 1] = np.argsort(np.argsort(-probs[:, 1])) < FEW - 1
    y[:, 2] = np.argsort(np.argsort(-probs[:, 2])) < 5
    found = p_wrong_columns(MultiLabel(y, labels.names), probs=probs, rng=np.random.default_rng(0))
    assert [c for c, _ in found.questions] == [(0,), (1, 2)]
    assert np.isfinite(found.p).all()


def test_what_cannot_be_counted_is_named():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, (600, 2))
    found = p_wrong_columns(MultiLabel(y, ("a", "b")), probs=rng.random((600, 2)), rng=rng)
    assert not found.count.identified
    assert found.warnings[-1].endswith("ambiguity: a, b")


def test_unknown_cells_have_no_p_and_wrong_shapes_are_refused():
    labels, probs, _ = world()
    y = labels.y.copy()
    y[:100, 0] = -1
    found = p_wrong_columns(MultiLabel(y, labels.names), probs=probs, rng=np.random.default_rng(0))
    assert np.isnan(found.p.reshape(-1, 3)[:100, 0]).all()
    with pytest.raises(ValueError, match="the chance of each class for each item"):
        p_wrong_columns(labels, probs=probs[:, :2], rng=np.random.default_rng(0))


def test_a_class_that_the_evidence_does_not_know_borrows_the_share_of_the_others():
    labels, probs, _ = world()
    rng = np.random.default_rng(2)
    flipped = rng.random(3000) < 0.06
    y, probs = labels.y.copy(), probs.copy()
    y[:, 2], probs[:, 2] = (
        flipped,
        rng.beta(2, 40, 3000),
    )  # nobody has the class: every yes is a slip
    found = p_wrong_columns(MultiLabel(y, labels.names), probs=probs, rng=np.random.default_rng(0))
    p = found.p.reshape(3000, 3)
    assert 0.5 < p[flipped, 2].min() <= p[flipped, 2].max() <= 1
    assert p[~flipped, 2].max() < 0.05
    assert "the evidence says nothing of c: supposed" in found.warnings[-1]
    np.testing.assert_array_equal(found.suggest.reshape(3000, 3), 1 - y)


def test_shares_that_are_uncertain_are_drawn_together_and_clear_differences_stay():
    labels, probs, _ = world()
    found = p_wrong_columns(labels, probs=probs, rng=np.random.default_rng(0))
    own = [answer.pi for _, answer in found.questions]
    mean = found.p.reshape(3000, 3).mean(0)
    assert max(mean) / min(mean) < max(own) / min(own)
    assert mean[2] < 0.5 * mean[0]  # no wrong labels there, a twentieth here


def test_what_cannot_be_told_of_one_class_is_said_of_it_alone():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, (400, 2))
    probs = np.stack(
        [
            np.where(y[:, 0] == 1, 0.95, 0.05) + rng.normal(0, 0.02, 400),
            rng.uniform(0.45, 0.55, 400),
        ],
        axis=1,
    )
    found = p_wrong_columns(
        MultiLabel(y, ("clear", "noise")),
        probs=np.clip(probs, 0.01, 0.99),
        rng=np.random.default_rng(0),
    )
    about = [line for line in found.warnings if "no P(wrong)" in line]
    assert about == [
        "noise: no P(wrong): the evidence says nothing about the labels (as if they were "
        "shuffled), so that no label can be called wrong"
    ]
