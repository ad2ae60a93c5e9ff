import numpy as np
import pytest

from reliabel.core.labels import Classes
from reliabel.corrupters.open_set import corrupt

LABELS = Classes(np.repeat([0, 1, 2, 3, -1], [300, 200, 120, 80, 10]), ("a", "b", "c", "d"))


def planted(rate=0.25, held_out=(), labels=LABELS):
    return corrupt(labels, rng=np.random.default_rng(0), rate=rate, held_out=held_out)


def test_strangers_stand_under_kept_labels_and_no_other_item_changes():
    made = planted(held_out=("c", "d"))
    true = LABELS.y[made.index]
    strangers = np.isin(true, [2, 3])
    assert strangers.sum() == 125  # a quarter of the 500 others
    assert (made.wrong == strangers).all()
    assert np.isin(made.labels.y[strangers], [0, 1]).all()
    assert (made.labels.y[~strangers] == true[~strangers]).all()
    assert (made.labels.y >= 0).sum() == 500
    assert (made.labels.y < 0).sum() == 10
    assert len(np.unique(made.index)) == len(made.index)
    assert made.info["realised_rate"] == 0.25
    assert np.bincount(made.labels.y[strangers]).min() > 125 / 2 - 4 * np.sqrt(125 / 4)


def test_one_name_will_do_and_by_default_the_smallest_class_is_held_out():
    assert planted(0.1, "c").info["held_out"] == ["c"]
    assert planted(0.1).info["held_out"] == ["d"]


def test_what_cannot_be_is_refused_in_a_sentence():
    with pytest.raises(ValueError, match=r"needs 186 items .* there are 80; .* at most 0.129"):
        planted(0.3)
    with pytest.raises(ValueError, match="there is no class 'e'"):
        planted(held_out=("e",))
    with pytest.raises(ValueError, match="leaves no class with items"):
        planted(held_out=("a", "b", "c", "d"))
    with pytest.raises(ValueError, match="rate must be a share"):
        planted(1.5)


def test_a_class_that_nobody_has_can_be_named():
    labels = Classes(np.array([0, 0, 1, 1]), ("a", "b", "c"))
    assert planted(0.0, "c", labels).labels.y.tolist() == [0, 0, 1, 1]
