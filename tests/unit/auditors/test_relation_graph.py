"""Relation graph: worked numbers, the published form, its effect against the features alone."""

import numpy as np
import pytest

from reliabel.auditors import neighbour_vote, relation_graph
from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes
from reliabel.ops.neighbours import nearest

P = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.1, 0.9]])
NEAR = Neighbours(
    np.array([[1, 2, 3], [0, 2, 3], [3, 1, 0], [2, 1, 0]]), np.array([[0.1, 0.2, 0.5]] * 4)
)
Y = np.array([0, 0, 1, 0])


def published(power: float, flip: set[int]) -> np.ndarray:
    """Support by the definition; signs of relations to the items in ``flip`` are changed."""
    out = (P * P).sum(1) ** power
    for i in range(4):
        for j, far in zip(NEAR.index[i], NEAR.distance[i], strict=True):
            k = (1 - far) * float(P[i] @ P[j])
            edge = (1 if Y[i] == Y[j] else -1) * (k**power if k > 0.03 else 0)
            out[i] += -edge if j in flip else edge
    return out


@pytest.mark.parametrize("power", [1.0, 4.0])
def test_as_published(power: float) -> None:
    first = published(power, set())
    noisy = {i for i in range(4) if first[i] / np.abs(first).max() < -0.05}
    support = published(power, noisy)
    support /= np.abs(support).max()
    said = relation_graph.audit(Classes(Y), neighbours=NEAR, probs=P, power=power, normalise=False)
    assert said.score == pytest.approx((1 - support) / 2)
    assert said.flag.tolist() == (support < -0.05).tolist()
    assert said.info["taken_for_wrong"] == len(noisy)


def test_labels_that_look_wrong_change_sign() -> None:
    y, p, row = np.array([0, 0, 0, 0, 1]), np.repeat([[0.99, 0.01]], 5, 0), np.arange(5)[:, None]
    near = Neighbours((row + np.arange(1, 5)) % 5, np.full((5, 4), 0.05))
    said = relation_graph.audit(Classes(y), neighbours=near, probs=p, normalise=False)
    assert said.info["taken_for_wrong"] == 1
    assert said.score[:4] == pytest.approx(0.0)  # the wrong label speaks for them now
    assert said.score[4] > 0.75


def test_by_default_support_is_a_share() -> None:
    k = np.array([0.9 * (0.72 + 0.02), 0.8 * (0.27 + 0.07), 0.5 * 0.18])
    said = relation_graph.audit(Classes(Y), neighbours=NEAR, probs=P, power=1.0)
    assert said.score[0] == pytest.approx((1 - (k[0] - k[1] + k[2]) / k.sum()) / 2)
    assert said.info["outlier"][0] == pytest.approx(1 / (1e-6 + k.sum()))
    scaled = Neighbours(NEAR.index, 1 - (1 - NEAR.distance) / 2)
    half = relation_graph.audit(Classes(Y), neighbours=scaled, probs=P, power=1.0)
    assert half.score == pytest.approx(said.score)  # density does not matter


def test_weak_relations_and_unlabelled_items_do_not_count() -> None:
    y = np.array([0, -1, 1, -1])
    said = relation_graph.audit(Classes(y, ("a", "b")), neighbours=NEAR, probs=P)
    assert np.isnan(said.score[[1, 3]]).all()
    assert said.suggest.y.tolist() == [1, 0, 0, 1]
    assert not said.flag[[1, 3]].any()
    assert said.score[0] == 1.0  # item 2 alone speaks of item 0
    far = Neighbours(NEAR.index, np.full((4, 3), 0.99))
    alone = relation_graph.audit(Classes(Y), neighbours=far, probs=P)
    assert alone.score.tolist() == [0.5] * 4
    assert not alone.flag.any()


def test_power_is_checked() -> None:
    with pytest.raises(ValueError, match="power must be above 0, got 0"):
        relation_graph.audit(Classes(Y), neighbours=NEAR, probs=P, power=0)


def area(score: np.ndarray, wrong: np.ndarray) -> float:
    rank = np.argsort(np.argsort(score))
    return float((rank[wrong].mean() - (wrong.sum() - 1) / 2) / (~wrong).sum())


def test_features_and_predictions_together_beat_a_vote_of_neighbours() -> None:
    """The claim of the paper: the kernel of both beats features alone; sums as published do not
    where features say little, for an item's relation to itself outweighs the others.
    """
    found: dict[str, list[float]] = {"graph": [], "features": [], "vote": [], "published": []}
    for seed in (0, 1):
        rng = np.random.default_rng(seed)
        true, centre = rng.integers(0, 3, 1500), 2 * np.eye(3, 200)
        x = rng.normal(size=(1500, 200)) + centre[true]
        wrong = rng.random(1500) < 0.1
        far = ((x[:, None] - centre) ** 2).sum(2)
        p = np.exp(-(far - far.min(1, keepdims=True)) / 2)
        p /= p.sum(1, keepdims=True)
        labels, near = Classes(np.where(wrong, (true + 1) % 3, true)), nearest(x, j=200)
        for name, said in {
            "graph": relation_graph.audit(labels, neighbours=near, probs=p),
            "features": relation_graph.audit(labels, neighbours=near, probs=np.full_like(p, 1 / 3)),
            "vote": neighbour_vote.audit(labels, neighbours=near),
            "published": relation_graph.audit(labels, neighbours=near, probs=p, normalise=False),
        }.items():
            found[name].append(area(said.score, wrong))
    graph, features, vote, published = (float(np.mean(one)) for one in found.values())
    assert graph > features + 0.02
    assert graph > vote + 0.02
    assert graph > published + 0.2
