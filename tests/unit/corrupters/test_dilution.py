import numpy as np
import pytest

from reliabel.core.labels import Classes
from reliabel.corrupters.dilution import corrupt


def planted(n=3000, k=3, seed=0, **options):
    labels = Classes(np.random.default_rng(1).integers(0, k, n))
    return labels, corrupt(labels, rng=np.random.default_rng(seed), **options)


def test_every_item_stands_once_clean_and_alpha_times_with_any_label():
    labels, made = planted(alpha=5.0)
    assert len(made.index) == 6 * 3000
    assert (made.labels.y[:3000] == labels.y).all()
    assert (np.bincount(made.index) == 6).all()
    share = np.bincount(made.labels.y[3000:]) / 15_000
    assert np.abs(share - 1 / 3).max() < 4 * np.sqrt(2 / 9 / 15_000)
    assert made.wrong.mean() == pytest.approx(5 / 6 * 2 / 3, abs=0.02)
    assert made.info["batch_factor"] == 6


def test_a_rate_sets_alpha():
    _labels, made = planted(rate=0.5)
    assert made.info["alpha"] == pytest.approx(0.5 / (2 / 3 - 0.5))
    assert made.wrong.mean() == pytest.approx(0.5, abs=0.015)


def test_a_share_of_the_items_gets_one_copy_more():
    _labels, made = planted(alpha=1.25)
    assert np.bincount(np.bincount(made.index)).tolist() == [0, 0, 2250, 750]


def test_items_without_a_label_get_no_copies():
    made = corrupt(Classes(np.array([0, -1, 1])), rng=np.random.default_rng(0), alpha=3.0)
    assert np.bincount(made.index).tolist() == [4, 1, 4]
    assert made.labels.y[1] == -1


def test_what_no_number_of_copies_gives_is_refused():
    with pytest.raises(ValueError, match=r"from 0 to below 0\.667 with 3 classes"):
        planted(rate=0.7)
    with pytest.raises(ValueError, match="alpha must be a number of copies"):
        planted(alpha=-1.0)
