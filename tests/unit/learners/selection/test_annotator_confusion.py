"""annotator_confusion: the likelihood of votes, matrices that are found, and better predictions."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.planted import accuracy
from tests.unit.learners.selection.crowds import crowd, shares_of

from reliabel.core.labels import Classes, Soft, Votes
from reliabel.core.training import Training
from reliabel.learners import cross_entropy
from reliabel.learners.selection.annotator_confusion import (
    Annotators,
    entropy,
    learn,
    vote_likelihood,
)

VOTES = Votes(np.array([2, 0, 2, 0]), np.array([0, 1, 1, 0]), Classes([1, 0, 0, 1]), n=3, w=2)


def test_votes_are_found_by_item_and_their_likelihood_is_that_of_the_definition():
    recipe = Annotators(VOTES, 0.0, 0.1, 2.0)
    with torch.no_grad():
        recipe.matrix.copy_(torch.tensor(np.random.default_rng(0).normal(size=(2, 2, 2))))
    p = torch.tensor([[0.2, 0.8], [0.5, 0.5], [0.7, 0.3]])
    a = recipe.matrix.softmax(2)
    due = {  # item -> likelihood of its votes
        0: [p[0] @ a[1, :, 0], p[0] @ a[0, :, 1]],
        2: [p[2] @ a[0, :, 1], p[2] @ a[1, :, 0]],
    }
    rows = torch.tensor([2, 1, 0])
    found = recipe.log_likelihood(p[rows], rows).exp()
    assert torch.allclose(found, torch.stack([*due[2], *due[0]]))
    held = recipe.agreement(p[rows].numpy(), rows.numpy())
    assert held == pytest.approx(float(found.detach().log().mean()))


def test_with_matrices_of_the_identity_it_is_cross_entropy_with_the_votes():
    p, said = torch.tensor([[0.2, 0.8], [0.6, 0.4]]), torch.tensor([1, 0])
    eye = torch.eye(2).repeat(2, 1, 1)
    assert torch.allclose(vote_likelihood(p, eye, said), p[[0, 1], said])


def test_the_consensus_is_the_posterior_of_network_and_votes():
    recipe = Annotators(VOTES, 0.0, 0.1, 2.0)
    p = np.array([[0.5, 0.5], [0.9, 0.1], [0.5, 0.5]])
    found = recipe.consensus(p)
    assert np.allclose(found, [[0.5, 0.5], [0.9, 0.1], [0.5, 0.5]])  # one vote for each class
    one = Votes(np.array([0]), np.array([0]), Classes([1], ("a", "b")), n=1, w=1)
    right = float(torch.tensor([2.0, 0.0]).softmax(0)[0])
    assert Annotators(one, 0.0, 0.1, 2.0).consensus(p[:1])[0, 1] == pytest.approx(right)


def test_entropy_of_sure_and_even_rows():
    found = entropy(torch.tensor([[1.0, 0.0], [0.5, 0.5]]))
    assert torch.allclose(found, torch.tensor([0.0, float(np.log(2))]), atol=1e-5)


def test_finds_the_matrices_and_beats_cross_entropy_on_majority_and_on_shares():
    gains, errors, right = [], [], []
    for seed in range(2):
        votes, x, truth, fresh, true, matrix = crowd(seed)
        words = {"features": x, "training": Training(keep="last", hold_out=0.0, decay=0.001)}
        model = learn(votes, rng=np.random.default_rng(seed), **words)
        shares = shares_of(votes)
        others = [
            cross_entropy.learn(given, rng=np.random.default_rng(seed), **words)
            for given in (Classes(shares.argmax(1)), Soft(shares))
        ]
        mine = accuracy(model, fresh, true)
        gains.append([mine - accuracy(other, fresh, true) for other in others])
        errors.append(np.abs(model.info["confusion"] - matrix).mean())
        errors.append(-np.abs(model.info["confusion"][::2] - matrix[1::2]).mean())
        right.append(
            np.mean(model.labels.p.argmax(1) == truth) - np.mean(shares.argmax(1) == truth)
        )
    assert np.min(gains) > 0.05, gains
    assert np.max(errors[::2]) < 0.12 < -np.max(errors[1::2]), errors
    assert min(right) > 0.05, "the consensus beats the majority of the votes"


def test_items_without_votes_teach_nothing_and_get_the_opinion_of_the_network():
    votes, x, *_ = crowd(0, n=200)
    some = votes.take(votes.item < 150)
    words = {"training": Training(epochs=3)}
    model = learn(some, features=x, rng=np.random.default_rng(0), **words)
    assert np.allclose(model.labels.p[150:], model.predict(x[150:]).p, atol=1e-5)
    with pytest.raises(ValueError, match="no item has a label"):
        learn(votes.take(votes.item < 0), features=x, rng=np.random.default_rng(0), **words)
