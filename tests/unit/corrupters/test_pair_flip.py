import numpy as np

from reliabel.core.labels import Classes
from reliabel.corrupters.pair_flip import corrupt


def test_every_error_is_the_next_class_and_the_last_wraps_round():
    labels = Classes(np.arange(4000) % 4)
    made = corrupt(labels, rng=np.random.default_rng(0), rate=0.3)
    assert made.wrong.sum() == made.info["wrong"] == 1200
    assert (made.labels.y[made.wrong] == (labels.y[made.wrong] + 1) % 4).all()
    matrix = made.info["realised_matrix"]
    expected = 0.7 * np.eye(4) + 0.3 * np.roll(np.eye(4), 1, axis=1)
    assert np.abs(matrix - expected).max() < 4 * np.sqrt(0.3 * 0.7 / 1000)
    assert (matrix[expected == 0] == 0).all()
    assert made.info["realised_rate"] == 0.3
