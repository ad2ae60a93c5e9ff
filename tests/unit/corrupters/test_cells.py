"""Flipped cells: missing, spurious and by co-occurrence are what they are called."""

import numpy as np
import pytest

from reliabel.core.labels import MultiLabel
from reliabel.corrupters import co_occurrence, missing_labels, spurious_labels


def world(n=1000, seed=0):
    rng = np.random.default_rng(seed)
    y = (rng.random((n, 4)) < 0.3).astype(int)
    y[:, 1] = np.where(rng.random(n) < 0.9, y[:, 0], y[:, 1])  # these two come together
    y[::50, 3] = -1
    return MultiLabel(y)


def test_missing_labels_are_left_out_and_spurious_ones_added():
    labels = world()
    for module, before in ((missing_labels, 1), (spurious_labels, 0)):
        made = module.corrupt(labels, rng=np.random.default_rng(0), rate=0.05)
        wrong = made.wrong.reshape(labels.y.shape)
        assert set(labels.y[wrong]) == {before}
        assert wrong.sum() == round(0.05 * (labels.y >= 0).sum())
        assert (made.labels.y[labels.y < 0] == -1).all()
        assert made.info["missing" if before else "spurious"].sum() == wrong.sum()


def test_by_co_occurrence_what_is_unexpected_is_wrong_more_often():
    labels = world()
    made = co_occurrence.corrupt(labels, rng=np.random.default_rng(0), rate=0.05)
    wrong = made.wrong.reshape(labels.y.shape)
    alone = (labels.y[:, 0] == 1) & (labels.y[:, 1] == 0)  # its companion is missing
    assert wrong[alone, 1].mean() > 3 * wrong[:, 2:].mean()
    assert set(labels.y[wrong]) == {0, 1}


def test_more_than_there_is_cannot_be_made_wrong():
    labels = world()
    with pytest.raises(ValueError, match=r"only .* can be wrong in this way"):
        missing_labels.corrupt(labels, rng=np.random.default_rng(0), rate=0.9)
    with pytest.raises(ValueError, match="rate must be from 0 to 1"):
        spurious_labels.corrupt(labels, rng=np.random.default_rng(0), rate=2)


def test_answers_that_lie_in_memory_column_by_column_are_flipped_too():
    labels = world()
    columns = MultiLabel(np.asfortranarray(labels.y))
    for module in (missing_labels, spurious_labels, co_occurrence):
        by_row, by_column = (
            module.corrupt(of, rng=np.random.default_rng(0), rate=0.05) for of in (labels, columns)
        )
        np.testing.assert_array_equal(by_row.labels.y, by_column.labels.y)
        assert by_column.wrong.sum() == round(0.05 * (labels.y >= 0).sum())
