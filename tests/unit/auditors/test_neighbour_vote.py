"""The vote of neighbours: worked numbers, who may vote, planted errors, ties."""

import numpy as np
import pytest

from reliabel.auditors import neighbour_vote
from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes
from reliabel.ops.neighbours import nearest


def around(index: list[list[int]], distance: list[list[float]]) -> Neighbours:
    return Neighbours(np.array(index), np.array(distance))


def test_each_vote_weighs_its_cosine() -> None:
    labels = Classes(np.array([0, 0, 1, 1]))
    near = around(
        [[1, 2, 3], [0, 2, 3], [3, 0, 1], [2, 0, 1]],
        [[0.5, 0.8, 0.9], [0.5, 0.1, 0.1], [0.0, 0.5, 0.5], [0.0, 0.5, 0.5]],
    )
    said = neighbour_vote.audit(labels, neighbours=near)
    # item 0: class 0 has .5, class 1 has .2 + .1
    assert said.score[0] == pytest.approx(1 - 0.5 / np.hypot(0.5, 0.3))
    # item 1: class 0 has .5, class 1 has .9 + .9
    assert said.score[1] == pytest.approx(1 - 0.5 / np.hypot(0.5, 1.8))
    assert said.flag is not None
    assert said.flag.tolist() == [False, True, False, False]
    assert said.suggest is not None
    assert said.suggest.y.tolist() == [0, 1, 1, 1]


def test_a_tie_is_no_flag_and_keeps_the_given_label() -> None:
    said = neighbour_vote.audit(
        Classes(np.array([1, 0, 1])), neighbours=around([[1, 2], [0, 2], [0, 1]], [[0.1, 0.1]] * 3)
    )
    assert not said.flag[0]
    assert said.suggest.y[0] == 1
    assert said.score[0] == pytest.approx(1 - np.sqrt(0.5))


def test_unlabelled_items_get_no_score_and_do_not_vote() -> None:
    labels = Classes(np.array([0, -1, -1, 1]), ("a", "b"))
    said = neighbour_vote.audit(
        labels,
        neighbours=around(
            [[1, 2, 3], [0, 2, 3], [1, 0, 3], [1, 2, 2]], [[0.0, 0.0, 0.9]] + [[0.1] * 3] * 3
        ),
    )
    assert said.score[0] == 1.0
    assert said.flag[0]
    assert np.isnan(said.score[[1, 2, 3]]).all()
    assert not said.flag[[1, 2, 3]].any()
    assert said.suggest.y.tolist() == [1, 0, 0, -1]  # the last sees nobody who votes


def test_places_without_a_neighbour_and_far_ones_do_not_vote() -> None:
    near = around([[1, -1], [0, -1], [0, 1]], [[0.2, np.inf], [0.2, np.inf], [1.4, 0.3]])
    said = neighbour_vote.audit(Classes(np.array([0, 0, 1])), neighbours=near)
    assert said.score.tolist() == [0.0, 0.0, 1.0]


@pytest.mark.parametrize("y", [[-1, -1], [0, 0]])
def test_nothing_to_tell_apart(y: list[int]) -> None:
    said = neighbour_vote.audit(Classes(np.array(y)), neighbours=around([[1], [0]], [[0.1], [0.1]]))
    assert not said.flag.any()
    assert np.array_equal(said.score, [np.nan] * 2 if y[0] < 0 else [0.0] * 2, equal_nan=True)


def test_planted_errors_are_found() -> None:
    rng = np.random.default_rng(1)
    true = rng.integers(0, 3, 600)
    features = rng.normal(size=(600, 8)) + 3 * np.eye(3, 8)[true]
    wrong = rng.random(600) < 0.1
    y = np.where(wrong, (true + 1) % 3, true)
    said = neighbour_vote.audit(Classes(y), neighbours=nearest(features, j=50))
    assert said.score[wrong].mean() > 0.8
    assert said.score[~wrong].mean() < 0.1
    assert (said.suggest.y[wrong] == true[wrong]).mean() > 0.95


def test_only_the_nearest_asked_for_vote() -> None:
    near = around([[1, 2], [0, 2], [0, 1]], [[0.1, 0.1]] * 3)
    said = neighbour_vote.audit(Classes(np.array([0, 0, 1])), neighbours=near, nearest=1)
    assert said.score.tolist() == [0.0, 0.0, 1.0]
    assert said.info["nearest"] == 1


def test_without_any_neighbour_nobody_is_judged() -> None:
    said = neighbour_vote.audit(
        Classes(np.array([1, 0])), neighbours=Neighbours(np.empty((2, 0), int), np.empty((2, 0)))
    )
    assert np.isnan(said.score).all()
    assert said.suggest.y.tolist() == [-1, -1]
