"""Folds: even, whole bundles, every edge; out-of-fold probabilities that never saw their item."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reliabel.ops.folds import FLOOR, fold_of, out_of_fold, predicted


def rng():
    return np.random.default_rng(0)


def counts(y, fold):
    return np.array(
        [[((y == c) & (fold == f)).sum() for f in np.unique(fold)] for c in np.unique(y)]
    )


def test_every_class_is_spread_within_one_item():
    y = rng().integers(-1, 6, 503)
    spread = counts(y, fold_of(y, rng=rng()))
    assert (np.ptp(spread, axis=1) <= 1).all()
    assert np.ptp(spread.sum(0)) <= 3


@given(st.lists(st.integers(-1, 3), min_size=0, max_size=60), st.integers(2, 7))
@settings(max_examples=80, deadline=None)
def test_each_item_gets_a_fold_whatever_the_labels(values, folds):
    y = np.array(values, dtype=np.int64)
    fold = fold_of(y, folds=folds, rng=rng())
    assert fold.shape == y.shape
    assert set(fold.tolist()) == set(range(min(folds, len(y)))) if len(y) else not len(fold)


@given(
    st.lists(
        st.tuples(st.integers(-1, 3), st.integers(-1, 8), st.integers(0, 12)),
        min_size=1,
        max_size=60,
    )
)
@settings(max_examples=80, deadline=None)
def test_groups_and_copies_stay_whole(rows):
    y, groups, copies = (np.array(column) for column in zip(*rows, strict=True))
    fold = fold_of(y, folds=4, groups=groups, copies=copies, rng=rng())
    assert (fold >= 0).all()
    for ids in (groups[groups >= 0], copies):
        part = fold if ids is copies else fold[groups >= 0]
        assert all(len(set(part[ids == one])) == 1 for one in set(ids.tolist()))


def test_groups_are_balanced_too():
    y, groups = rng().integers(0, 3, 2000), rng().integers(0, 100, 2000)
    spread = counts(y, fold_of(y, groups=groups, rng=rng()))
    assert spread.min() > 0.8 * spread.mean()


def test_chained_groups_and_copies_are_one_bundle():
    groups = np.array([0, 0, 1, 1, 2, 3])
    copies = np.array(
        [0, 1, 1, 3, 4, 5]
    )  # rows 1 and 2 are copies, so groups 0 and 1 belong together
    fold = fold_of(np.zeros(6, int), folds=2, groups=groups, copies=copies, rng=rng())
    assert len(set(fold[:4])) == 1


def test_names_of_classes_do_not_matter_and_the_seed_does():
    y = rng().integers(0, 4, 200)
    assert (
        fold_of(y, rng=np.random.default_rng(1)) != fold_of(y, rng=np.random.default_rng(2))
    ).any()
    assert (fold_of(y, rng=rng()) == fold_of(y, rng=rng())).all()


def test_one_item_one_class_and_nothing():
    assert fold_of(np.array([3]), rng=rng()).tolist() == [0]
    assert sorted(fold_of(np.array([0, 1]), rng=rng())) == [0, 1]
    assert len(fold_of(np.zeros(0, int), rng=rng())) == 0
    assert np.ptp(np.bincount(fold_of(np.zeros(12, int), rng=rng()))) <= 1


def test_fewer_than_two_folds_is_refused():
    with pytest.raises(ValueError, match="folds must be at least 2, got 1"):
        fold_of(np.array([0, 1]), folds=1, rng=rng())


class Recorder:
    """A model that remembers what it trained on and says the shares of that."""

    def __init__(self, features, y):
        self.rows = features[y >= 0, 0]
        self.classes_, count = np.unique(y[y >= 0], return_counts=True)
        self.share = count / count.sum()

    def predict_proba(self, x):
        assert not np.isin(x[:, 0], self.rows).any()  # never judged by a model that saw it
        return np.tile(self.share, (len(x), 1))


def test_no_item_is_judged_by_a_model_that_saw_it():
    y = np.array([0, 1, 2, -1] * 10)
    p = out_of_fold(Recorder, np.arange(40.0)[:, None], y, 3, fold_of(y, rng=rng()))
    assert p.dtype == np.float32
    assert np.abs(p.sum(1) - 1).max() < 1e-6
    assert np.abs(p - 1 / 3).max() < 0.01


def test_a_class_that_training_lacks_gets_the_floor():
    y, fold = np.array([0, 0, 1, 1, 2, -1]), np.array([0, 1, 0, 1, 1, 0])
    p = out_of_fold(Recorder, np.arange(6.0)[:, None], y, 4, fold)
    assert p[4, 2] == pytest.approx(FLOOR, rel=1e-3)  # the only 2 was held out
    assert (p[:, 3] < 2 * FLOOR).all()  # nobody has a 3
    assert p[0, 2] > 0.2
    assert np.abs(p.sum(1) - 1).max() < 1e-6


def test_one_class_or_none_in_the_training_part():
    x = np.zeros((4, 1))
    assert out_of_fold(Recorder, x, np.array([0, 0, 0, 0]), 2, np.array([0, 1, 0, 1]))[
        0
    ].tolist() == pytest.approx([1, FLOOR], abs=1e-5)
    assert (
        out_of_fold(Recorder, x, np.full(4, -1), 2, np.array([0, 1, 0, 1])).tolist()
        == [[0.5, 0.5]] * 4
    )


class Scores:
    """A model without probabilities."""

    classes_ = np.array([0, 2])

    def decision_function(self, x):
        return np.log(np.full(len(x), 3.0))


def test_scores_become_probabilities():
    assert predicted(Scores(), np.zeros((1, 1)), np.array([0]), 3)[0].tolist() == pytest.approx(
        [0.25, 0, 0.75], abs=1e-5
    )


class Broken(Scores):
    def decision_function(self, x):
        return np.full(len(x), np.nan)


def test_probabilities_that_are_not_numbers_are_refused():
    with pytest.raises(ValueError, match="3 rows of probabilities that are not numbers"):
        predicted(Broken(), np.zeros((3, 1)), np.arange(3), 3)


def test_progress_is_told_fold_by_fold():
    from reliabel.core.run import running

    told = []
    y = np.array([0, 1] * 10)
    with running(listener=lambda *words: told.append(words)):
        out_of_fold(Recorder, np.arange(20.0)[:, None], y, 2, fold_of(y, rng=rng()))
    assert told[0] == ("probabilities", 0, 5)
    assert told[-1] == ("probabilities", 5, 5)


def test_bundles_go_where_their_classes_are_rarest():
    """Two bundles of three a's and two of three b's over two folds: each fold gets one of both."""
    for seed in range(10):
        y = np.repeat([0, 0, 1, 1], 3)
        fold = fold_of(
            y, folds=2, groups=np.repeat([0, 1, 2, 3], 3), rng=np.random.default_rng(seed)
        )
        assert counts(y, fold).tolist() == [[3, 3], [3, 3]]


def test_rare_classes_weigh_as_much_as_frequent_ones_when_bundles_are_placed():
    """Twelve bundles of a rare and a frequent class, all of one size: both are even over three
    folds.
    """
    y = np.concatenate([np.repeat([0, 1], [1, 9])] * 6 + [np.ones(10, dtype=int)] * 6)
    groups = np.repeat(np.arange(12), 10)
    for seed in range(10):
        fold = fold_of(y, folds=3, groups=groups, rng=np.random.default_rng(seed))
        assert counts(y, fold)[0].tolist() == [2, 2, 2]
        assert np.bincount(fold).tolist() == [40, 40, 40]


def test_items_without_a_group_are_free_and_linked_groups_stay_together():
    groups = np.array([0, 0, 1, 1, -1, -1, -1, -1])
    copies = np.array([5, 6, 6, 7, -1, -1, -1, -1])  # links the groups 0 and 1
    fold = fold_of(np.zeros(8, dtype=int), folds=2, groups=groups, copies=copies, rng=rng())
    assert len(set(fold[:4].tolist())) == 1
    assert np.bincount(fold).tolist() == [4, 4]


def test_fewer_than_two_folds_are_refused():
    with pytest.raises(ValueError, match="folds must be at least 2, got 1"):
        fold_of(np.zeros(4, dtype=int), folds=1, rng=rng())
    assert set(fold_of(np.zeros(4, dtype=int), folds=2, rng=rng()).tolist()) == {0, 1}
