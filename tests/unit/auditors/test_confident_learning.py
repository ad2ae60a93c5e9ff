import numpy as np
import pytest

from reliabel.auditors.confident_learning import audit
from reliabel.core.labels import Classes


def by_definition(y, p):
    """Northcutt et al. 2021, section 3.1, item by item."""
    k = p.shape[1]
    threshold = [p[y == c, c].mean() if (y == c).any() else np.inf for c in range(k)]
    flag = []
    for label, row in zip(y, p, strict=True):
        sure = [c for c in range(k) if row[c] >= threshold[c]]
        flag.append(bool(sure) and label >= 0 and max(sure, key=lambda c: row[c]) != label)
    return np.array(flag), np.array(threshold)


def test_the_worked_example():
    p = np.array([[0.9, 0.1], [0.8, 0.2], [0.2, 0.8], [0.9, 0.1]])
    said = audit(Classes(np.array([0, 0, 1, 1])), probs=p)
    assert said.flag.tolist() == [False, False, False, True]
    assert said.info["thresholds"].tolist() == pytest.approx([0.85, 0.45])
    assert said.score.tolist() == pytest.approx([0.05, 0.1, 0.1, 0.95])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_flags_are_those_of_the_definition(dtype):
    rng = np.random.default_rng(3)
    y, p = rng.integers(-1, 5, 2000), rng.dirichlet(np.ones(5) / 2, 2000).astype(dtype)
    said = audit(Classes(y), probs=p)
    flag, threshold = by_definition(y, p)
    assert said.info["thresholds"] == pytest.approx(threshold)
    assert (
        said.flag == flag
    ).mean() > 0.999  # a value on the threshold may fall either way in the last bit
    assert said.flag.sum() > 100


def test_the_flagged_come_first_and_each_part_by_self_confidence():
    rng = np.random.default_rng(0)
    y, p = rng.integers(0, 4, 300), rng.dirichlet(np.ones(4), 300)
    said = audit(Classes(y), probs=p)
    own = p[np.arange(300), y]
    assert said.score[said.flag].min() > said.score[~said.flag].max()
    for part in (said.flag, ~said.flag):
        assert (
            np.argsort(-said.score[part], kind="stable") == np.argsort(own[part], kind="stable")
        ).all()


def test_the_suggestion_of_a_flagged_label_is_the_confident_class():
    rng = np.random.default_rng(1)
    y, p = rng.integers(0, 3, 500), rng.dirichlet(np.ones(3), 500)
    said = audit(Classes(y), probs=p)
    assert (said.suggest.y != y)[said.flag].all()


def test_a_class_nobody_was_given_is_never_confident():
    said = audit(
        Classes(np.array([0, 0, 1]), ("a", "b", "c")),
        probs=np.array([[0.2, 0.1, 0.7], [0.8, 0.1, 0.1], [0.1, 0.8, 0.1]]),
    )
    assert said.info["thresholds"][2] == np.inf
    assert not said.flag.any()
