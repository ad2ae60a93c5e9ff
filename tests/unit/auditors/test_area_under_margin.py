"""Area under the margin: the paper's average, and planted errors found."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.metrics import roc_auc_score

from reliabel.auditors.area_under_margin import audit
from reliabel.core.evidence import Dynamics
from reliabel.core.labels import Classes
from reliabel.ops.logistic import dynamics


def seen(margin):
    margin = np.asarray(margin, dtype=np.float32)
    return Dynamics(margin, 1 / (1 + np.exp(-margin)), margin > 0)


def test_the_mean_margin_with_its_sign_turned():
    said = audit(Classes(np.array([0, 1, -1])), dynamics=seen([[4, -1, np.nan], [2, -3, np.nan]]))
    assert said.score[:2].tolist() == [-3, 2]
    assert np.isnan(said.score[2])
    assert said.flag is None


def test_only_the_first_epochs():
    said = audit(Classes(np.array([0, 1])), dynamics=seen([[4, -1], [2, -3]]), epochs=1)
    assert said.score.tolist() == [-4, 1]
    assert said.info == {"epochs": 1}


def test_planted_errors_are_found():
    x, y = load_digits(return_X_y=True)
    draw = np.random.default_rng(0)
    wrong = draw.random(len(y)) < 0.1
    given = np.where(wrong, (y + draw.integers(1, 10, len(y))) % 10, y)
    said = audit(Classes(given), dynamics=dynamics(x, given, 10, rng=draw))
    assert roc_auc_score(wrong, said.score) > 0.99


def test_bad_input():
    labels = Classes(np.array([0, 1]))
    with pytest.raises(ValueError, match="dynamics are of 3 items, there are 2 labels"):
        audit(labels, dynamics=seen(np.zeros((2, 3))))
    with pytest.raises(ValueError, match="epochs must be 0"):
        audit(labels, dynamics=seen(np.zeros((2, 2))), epochs=-1)
    with pytest.raises(ValueError, match="of 0 recorded"):
        audit(labels, dynamics=seen(np.zeros((0, 2))))


def test_threshold_items_find_planted_errors():
    """Two runs with other threshold items judge every label; in the paper too the flags hold nearly
    all errors, and hard items beside them.
    """
    x, y = load_digits(return_X_y=True)
    draw = np.random.default_rng(0)
    wrong = draw.random(len(y)) < 0.1
    given = np.where(wrong, (y + draw.integers(1, 10, len(y))) % 10, y)
    given[:5] = -1
    wrong[:5] = False
    course = dynamics(x, given, 10, rng=draw)
    said = audit(Classes(given), dynamics=course, features=x, rng=draw, threshold=True)
    assert said.flag[wrong].mean() > 0.95
    assert wrong[said.flag].mean() > 0.8
    assert not said.flag[:5].any()
    assert len(said.info["thresholds"]) == 2
    lower = audit(
        Classes(given), dynamics=course, features=x, rng=draw, threshold=True, percentile=50.0
    )
    assert lower.flag.sum() < said.flag.sum()


def test_threshold_items_need_features_and_items():
    labels = Classes(np.array([0, 1]))
    said = audit(labels, dynamics=seen(np.zeros((2, 2))), threshold=True)
    assert said.flag is None
    assert "need features" in said.info["why_no_flags"]
    said = audit(labels, dynamics=seen(np.zeros((2, 2))), features=np.ones((2, 3)), threshold=True)
    assert "got 2 of 2" in said.info["why_no_flags"]
    with pytest.raises(ValueError, match="percentile must lie from 0 to 100"):
        audit(labels, dynamics=seen(np.zeros((2, 2))), percentile=101.0)
