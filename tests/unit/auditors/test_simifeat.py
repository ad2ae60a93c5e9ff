"""SimiFeat: one round by hand, rounds, both rules, its effect against a single vote."""

import numpy as np
import pytest

from reliabel.auditors import simifeat
from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes
from reliabel.ops.neighbours import nearest


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_one_round_counts_the_item_itself_at_twice_the_first_less_the_second_distance() -> None:
    near = Neighbours(np.array([[1, 2], [0, 2], [1, 0]]), np.array([[0.3, 0.4]] * 3))
    said = simifeat.audit(
        Classes(np.array([0, 0, 1])), neighbours=near, rng=rng(), rule="vote", nearest=3, rounds=1
    )
    own = 1 - (2 * 0.3 - 0.4)
    both, alone = own + 0.7, 0.7 + 0.6
    assert said.score[:2] == pytest.approx(1 - both / np.hypot(both, 0.6))
    assert said.score[2] == pytest.approx(1 - own / np.hypot(own, alone))
    assert said.flag.tolist() == [False, False, True]
    assert said.suggest.y.tolist() == [0, 0, 0]


def test_only_so_many_of_those_who_can_vote_do() -> None:
    y = np.array([0, -1, 1, 0, 0])
    index = np.array([[1, 2, 3, 4]] + [[0, 2, 3, 4]] * 4)
    near = Neighbours(index, np.full((5, 4), 0.2))
    said = simifeat.audit(Classes(y), neighbours=near, rng=rng(), rule="vote", nearest=2, rounds=1)
    assert said.score[0] == pytest.approx(1 - np.sqrt(0.5))  # itself and item 2, the first labelled
    assert np.isnan(said.score[1])
    assert not said.flag[1]


def test_rank_flags_the_worst_of_each_class_by_the_matrix() -> None:
    r = np.random.default_rng(1)
    true = r.integers(0, 2, 400)
    x = r.normal(size=(400, 6)) + 4 * np.eye(2, 6)[true]
    wrong = (true == 0) & (r.random(400) < 0.3)
    labels, near = Classes(np.where(wrong, 1, true)), nearest(x, j=50)
    t = np.array([[0.7, 0.3], [0.0, 1.0]])
    said = simifeat.audit(labels, neighbours=near, rng=rng(), noise_matrix=t)
    assert said.info["source"] == "noise_matrix"
    assert said.info["wrong_share"][0] == 0.05  # for 0, as published
    assert said.info["wrong_share"][1] == pytest.approx(
        wrong.sum() / (labels.y == 1).sum(), abs=0.03
    )
    assert said.flag[wrong].mean() > 0.9
    assert said.flag[~wrong].mean() < 0.1
    assert (said.suggest.y[wrong & said.flag] == 0).mean() > 0.8


def test_without_a_matrix_high_order_consensus_tells_the_shares() -> None:
    r = np.random.default_rng(2)
    true = r.integers(0, 3, 900)
    x = r.normal(size=(900, 8)) + 6 * np.eye(3, 8)[true]
    wrong = r.random(900) < 0.2
    labels = Classes(np.where(wrong, (true + r.integers(1, 3, 900)) % 3, true))
    said = simifeat.audit(labels, neighbours=nearest(x, j=50), rng=rng())
    assert said.info["source"] == "high-order consensus"
    assert said.info["wrong_share"].mean() == pytest.approx(0.2, abs=0.04)
    assert said.flag[wrong].mean() > 0.85
    assert wrong[said.flag].mean() > 0.85


@pytest.mark.parametrize(("n", "k", "says"), [(25, 3, "ten items a class"), (400, 101, "100")])
def test_where_the_shares_cannot_be_told_the_vote_decides(n: int, k: int, says: str) -> None:
    r = np.random.default_rng(3)
    x, y = r.normal(size=(n, 4)), r.integers(0, k, n)
    labels, near = Classes(y, [str(c) for c in range(k)]), nearest(x, j=20)
    said = simifeat.audit(labels, neighbours=near, rng=rng())
    voted = simifeat.audit(labels, neighbours=near, rng=rng(), rule="vote")
    assert said.info["rule"] == "vote"
    assert says in said.info["source"]
    assert said.flag.tolist() == voted.flag.tolist()


def test_options_are_checked() -> None:
    near = nearest(np.eye(4), j=2)
    with pytest.raises(ValueError, match="rule must be 'rank' or 'vote', got 'mean'"):
        simifeat.audit(Classes(np.zeros(4, int)), neighbours=near, rng=rng(), rule="mean")
    with pytest.raises(ValueError, match="nearest must be at least 2"):
        simifeat.audit(Classes(np.zeros(4, int)), neighbours=near, rng=rng(), nearest=1)


@pytest.mark.parametrize("y", [[-1] * 12, [0] * 12])
def test_nothing_to_tell_apart(y: list[int]) -> None:
    near = nearest(np.random.default_rng(4).normal(size=(12, 3)), j=5)
    said = simifeat.audit(Classes(np.array(y)), neighbours=near, rng=rng())
    assert not said.flag.any()
    expected = np.full(12, np.nan if y[0] < 0 else 0.0)
    assert said.score == pytest.approx(expected, nan_ok=True)


def test_rank_flags_with_fewer_false_alarms_than_the_vote_where_classes_overlap() -> None:
    r = np.random.default_rng(5)
    true = r.integers(0, 3, 3000)
    x = r.normal(size=(3000, 8)) + 1.8 * np.eye(3, 8)[true]
    wrong = r.random(3000) < 0.1
    labels = Classes(np.where(wrong, (true + 1) % 3, true))
    t, near = 0.9 * np.eye(3) + 0.1 * np.roll(np.eye(3), 1, 1), nearest(x, j=50)
    ranked = simifeat.audit(labels, neighbours=near, rng=rng(), noise_matrix=t)
    voted = simifeat.audit(labels, neighbours=near, rng=rng(), rule="vote")
    assert wrong[ranked.flag].mean() > wrong[voted.flag].mean() + 0.15
    assert ranked.flag.sum() < 1.3 * wrong.sum()
