"""Embedding agreement: the mean of shares, unlabelled items, its effect against each embedding."""

import numpy as np
import pytest

from reliabel.auditors import embedding_agreement, neighbour_vote
from reliabel.core.labels import Classes
from reliabel.ops.neighbours import nearest


def area(score: np.ndarray, wrong: np.ndarray) -> float:
    rank = np.argsort(np.argsort(score))
    return float((rank[wrong].mean() - (wrong.sum() - 1) / 2) / (~wrong).sum())


def test_the_score_is_the_mean_share() -> None:
    rng = np.random.default_rng(0)
    x, z, y = rng.normal(size=(40, 3)), rng.normal(size=(40, 5)), rng.integers(0, 3, 40)
    said = embedding_agreement.audit(Classes(y), embeddings={"x": x, "z": z}, nearest=7)
    shares = []
    for one in (x, z):
        near = nearest(one, j=7)
        weight = np.maximum(1 - near.distance.astype(float), 0)
        shares.append((weight * (y[near.index] == y[:, None])).sum(1) / weight.sum(1))
    assert said.score == pytest.approx(1 - np.mean(shares, axis=0))
    assert said.info["spread"] == pytest.approx(np.std(shares, axis=0), abs=1e-7)
    assert said.info["agreement"] == pytest.approx({"x": shares[0].mean(), "z": shares[1].mean()})


def test_unlabelled_items_are_not_judged_and_do_not_vote() -> None:
    x = np.array([[1.0, 0.0], [0.9, 0.1], [0.95, 0.0], [-1.0, 0.3], [-0.9, 0.2]])
    said = embedding_agreement.audit(
        Classes(np.array([0, -1, 1, 1, 1])), embeddings={"x": x}, nearest=2
    )
    assert np.isnan(said.score[1])
    assert not said.flag[1]
    assert said.score[0] == 1.0  # of its two neighbours one votes, for the other class
    assert said.flag[0]
    assert said.suggest.y[0] == 1


def test_nothing_to_say() -> None:
    one = embedding_agreement.audit(Classes(np.array([0])), embeddings={"x": np.ones((1, 2))})
    assert np.isnan(one.score).all()
    none = embedding_agreement.audit(Classes(np.full(5, -1)), embeddings={"x": np.eye(5)})
    assert np.isnan(none.score).all()
    with pytest.raises(ValueError, match="nearest must be at least 1, got 0"):
        embedding_agreement.audit(Classes([0, 1]), embeddings={"x": np.eye(2)}, nearest=0)
    with pytest.raises(ValueError, match="1 rows of the features hold NaN"):
        embedding_agreement.audit(
            Classes([0, 1]), embeddings={"x": np.array([[0, 1], [np.nan, 0]])}
        )


def test_several_views_together_beat_each_alone() -> None:
    rng = np.random.default_rng(1)
    true = rng.integers(0, 4, 2000)
    wrong = rng.random(2000) < 0.1
    labels = Classes(np.where(wrong, (true + 1) % 4, true))
    views = {
        str(view): rng.normal(size=(2000, 10)) + 1.6 * np.eye(4, 10)[true] for view in range(3)
    }
    alone = [
        area(neighbour_vote.audit(labels, neighbours=nearest(x, j=50)).score, wrong)
        for x in views.values()
    ]
    together = area(embedding_agreement.audit(labels, embeddings=views).score, wrong)
    assert together > max(alone) + 0.03
