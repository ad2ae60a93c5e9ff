import numpy as np
import pytest

from reliabel.core.labels import MultiLabel
from reliabel.trust.multilabel import FEW, item_scores, p_wrong_columns, wrong_by_class


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
    assert found.questions == ((0,), (1,), (2,))


def test_rare_columns_are_asked_together():
    labels, probs, _ = world()
    y = labels.y.copy()
    y[:, 1] = np.argsort(np.argsort(-probs[:, 1])) < FEW - 1
    y[:, 2] = np.argsort(np.argsort(-probs[:, 2])) < 5
    found = p_wrong_columns(MultiLabel(y, labels.names), probs=probs, rng=np.random.default_rng(0))
    assert found.questions == ((0,), (1, 2))
    assert np.isfinite(found.p).all()


def test_evidence_that_says_nothing_gives_no_p():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, (600, 2))
    found = p_wrong_columns(MultiLabel(y, ("a", "b")), probs=rng.random((600, 2)), rng=rng)
    assert not found.count.identified
    assert np.isnan(found.p).all()
    assert found.warnings == (
        "no P(wrong): the evidence says nothing about the labels (as if they were shuffled), so "
        "that no label can be called wrong",
    )


def test_a_column_that_is_all_unknown_or_never_positive_is_named():
    labels, probs, _ = world()
    y = labels.y.copy()
    y[:, 1], y[:, 2] = -1, 0
    names = ("a", "empty", "never")
    alone = p_wrong_columns(
        MultiLabel(y[:, 1:], names[1:]), probs=probs[:, 1:], rng=np.random.default_rng(0)
    )
    assert "empty, never: no P(wrong): all answers are 'no'" in alone.warnings[0]
    both = p_wrong_columns(MultiLabel(y, names), probs=probs, rng=np.random.default_rng(0))
    p = both.p.reshape(-1, 3)
    assert np.isnan(p[:, 1]).all()
    assert np.isfinite(p[:, 0]).all()
    np.testing.assert_allclose(np.nansum(wrong_by_class(both, 3)), both.count.value)
    assert np.isnan(wrong_by_class(both, 3)[1])


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
    assert 0.4 < p[flipped, 2].min() <= p[flipped, 2].max() <= 1
    assert np.median(p[flipped, 2]) > 0.8
    assert p[~flipped, 2].max() < 0.05
    assert any("the evidence says nothing of c: supposed" in line for line in found.warnings)
    np.testing.assert_array_equal(found.suggest.reshape(3000, 3), 1 - y)


def test_clear_differences_between_classes_stay_and_few_answers_lean_on_the_others():
    labels, probs, wrong = world()
    found = p_wrong_columns(labels, probs=probs, rng=np.random.default_rng(0))
    by_class = wrong_by_class(found, 3)
    assert by_class[2] < 0.5 * by_class[0]  # no wrong labels there, a twentieth here
    assert by_class.sum() == pytest.approx(found.count.value)
    few = p_wrong_columns(labels.take(np.arange(200)), probs=probs[:200], rng=rng_of(0))
    assert few.count.low < wrong[:200].sum() < few.count.high


def rng_of(seed):
    return np.random.default_rng(seed)


def test_items_with_one_error_are_ranked_by_their_worst_label_others_by_the_sum():
    p = np.full((20, 3), 0.01)
    p[0], p[1] = [0.9, 0.01, 0.01], [0.5, 0.5, 0.01]
    assert item_scores(p).argmax() == 0
    p[2:12] = 0.8  # where an item is wrong, several of its labels are
    p[13] = [0.7, 0.7, 0.7]
    assert item_scores(p)[13] > item_scores(p)[0]
    assert np.isnan(item_scores(np.full((2, 3), np.nan))).all()
