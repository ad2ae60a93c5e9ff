"""Same-different ratio: worked numbers, conflicting copies, lists of one kind, planted errors."""

import numpy as np
import pytest

from reliabel.auditors import same_different_ratio
from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes
from reliabel.ops.neighbours import nearest


def audit(y: list[int], index: list[list[int]], distance: list[list[float]], **given: object):
    near = Neighbours(np.array(index), np.array(distance))
    return same_different_ratio.audit(Classes(np.array(y)), neighbours=near, **given)


def test_the_score_compares_the_nearest_of_each_kind() -> None:
    said = audit(
        [0, 0, 1, 1],
        [[1, 2, 3], [2, 0, 3], [3, 1, 0], [2, 0, 1]],
        [[0.1, 0.3, 0.4], [0.2, 0.4, 0.5], [0.1, 0.1, 0.3], [0.2, 0.6, 0.7]],
    )
    assert said.score == pytest.approx([0.1 / 1.0, 0.16 / 0.20, 0.5, 0.04 / 0.40])
    assert said.suggest.y.tolist() == [0, 1, 1, 1]


def test_copies_with_conflicting_labels_are_the_surest_errors() -> None:
    """The reference divides 0 by 0, and never flags a distance of 0."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(60, 4)), rng.integers(0, 2, 60)
    x[[1, 2]] = x[0]
    y[:3] = 0, 1, 0
    said = same_different_ratio.audit(Classes(y), neighbours=nearest(x, j=20), features=x)
    assert said.score[:3].tolist() == [1.0, 1.0, 1.0]
    assert said.flag[:3].all()
    assert not np.isnan(said.score).any()


def test_copies_of_one_class_are_not_taken_for_a_conflict() -> None:
    x = np.repeat(np.random.default_rng(1).normal(size=(5, 3)), 12, axis=0)
    y = np.repeat([0, 0, 0, 1, 1], 12)
    near = nearest(x, j=5)  # the lists hold copies alone
    for features in (x, None):
        said = same_different_ratio.audit(Classes(y), neighbours=near, features=features)
        assert said.score.tolist() == [0.0] * 60
    assert said.info["bounded"] > 0


def test_short_lists_are_completed_by_exact_search() -> None:
    rng = np.random.default_rng(2)
    true = rng.integers(0, 3, 300)
    x = rng.normal(size=(300, 6)) + 4 * np.eye(3, 6)[true]
    whole = same_different_ratio.audit(Classes(true), neighbours=nearest(x, j=299))
    short = same_different_ratio.audit(Classes(true), neighbours=nearest(x, j=5), features=x)
    bounds = same_different_ratio.audit(Classes(true), neighbours=nearest(x, j=5))
    assert short.score == pytest.approx(whole.score, abs=1e-5)
    assert short.info["completed"] > 100
    assert bounds.info["bounded"] == short.info["completed"]
    assert (bounds.score >= whole.score - 1e-6).all()


def test_too_many_open_lists_keep_their_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.concatenate([np.eye(2).repeat(20, 0)]) + 0.01 * np.random.default_rng(3).random((40, 2))
    y, near = np.repeat([0, 1], 20), nearest(x, j=3)
    monkeypatch.setattr(same_different_ratio, "MOST", 10)
    said = same_different_ratio.audit(Classes(y), neighbours=near, features=x)
    assert said.info["bounded"] == 40
    assert (said.score <= 0.5).all()


def test_an_item_alone_in_its_class_takes_the_farthest_distance() -> None:
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(40, 3)), np.zeros(40, int)
    y[7] = 1
    near = nearest(x, j=39)
    said = same_different_ratio.audit(Classes(y), neighbours=near, features=x)
    s, d = near.distance[7].max(), near.distance[7].min()
    assert said.score[7] == pytest.approx(s**2 / (s**2 + d**2), abs=1e-6)
    assert said.score.argmax() == 7


def test_unlabelled_items_are_not_judged_and_count_for_nobody() -> None:
    said = audit([0, -1, 1, 0], [[1, 2, 3], [0, 2, 3], [1, 0, 3], [1, 0, 2]], [[0.1, 0.2, 0.4]] * 4)
    assert np.isnan(said.score[1])
    assert said.score[0] == pytest.approx(0.16 / 0.20)
    assert said.suggest.y[1] == -1


@pytest.mark.parametrize("y", [[0, 0, 0], [-1, -1, -1]])
def test_one_class_has_no_errors(y: list[int]) -> None:
    said = audit(y, [[1, 2], [0, 2], [0, 1]], [[0.0, 0.2]] * 3)
    assert not said.flag.any()
    assert np.array_equal(said.score, np.full(3, np.nan if y[0] < 0 else 0.0), equal_nan=True)


def test_rare_errors_are_flagged_without_a_threshold_and_better_than_by_the_nearest_alone() -> None:
    rng = np.random.default_rng(5)
    true = rng.integers(0, 4, 3000)
    x = rng.normal(size=(3000, 12)) + 5 * np.eye(4, 12)[true]
    wrong = np.zeros(3000, bool)
    wrong[rng.choice(3000, 20, replace=False)] = True
    y, near = np.where(wrong, (true + 1) % 4, true), nearest(x, j=100)
    said = same_different_ratio.audit(Classes(y), neighbours=near, features=x)
    first = (y[near.index[:, 0]] != y).astype(float)  # the label of the nearest item alone
    top = np.argsort(-said.score)[:20]
    assert wrong[top].mean() >= 0.8
    assert wrong[first > 0].mean() < 0.6
    assert wrong[said.flag].mean() >= 0.9
    assert said.flag[wrong].mean() >= 0.3
