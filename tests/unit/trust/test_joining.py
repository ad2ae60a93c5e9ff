"""A second kind of evidence joins where the held-out likelihood of the labels says that it pays."""

import numpy as np
import pytest

from reliabel.core.labels import Classes
from reliabel.trust.joining import LEAST, PAYS, Gain, gain, left_out
from reliabel.trust.tables import tables


def probabilities(truth, k, rng, strength=2.0):
    logit = strength * np.eye(k)[truth] + rng.normal(size=(len(truth), k))
    return np.exp(logit) / np.exp(logit).sum(1, keepdims=True)


def made(other, n=1000, k=3):
    """Labels of which a tenth slipped, a first table, and another as ``other`` makes it."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, k, n)
    labels = Classes(np.where(rng.random(n) < 0.1, (truth + 1) % k, truth), tuple("abc"))
    first = probabilities(truth, k, rng)
    evidence = {"again": {"probs": other(truth, k, rng, first)}}
    return labels, tables(labels, probs=first, second=evidence)


def test_evidence_with_errors_of_its_own_pays():
    labels, every = made(lambda truth, k, rng, first: probabilities(truth, k, rng))
    found = gain(labels, every, "again", np.random.default_rng(0))
    assert found.pays
    assert found.joined < 0.9 * found.without


@pytest.mark.parametrize(
    "other",
    [
        lambda truth, k, rng, first: probabilities(rng.permutation(truth), k, rng),
        lambda truth, k, rng, first: first,
    ],
    ids=["chance", "the first again"],
)
def test_evidence_that_adds_nothing_does_not(other):
    labels, every = made(other)
    found = gain(labels, every, "again", np.random.default_rng(0))
    assert not found.pays
    assert found.joined == pytest.approx(found.without, rel=0.02)


def test_without_it_the_loss_is_that_of_the_other_tables_alone():
    labels, every = made(lambda truth, k, rng, first: probabilities(truth, k, rng))
    same, twice = made(lambda truth, k, rng, first: np.full_like(first, 1 / k))
    alone = gain(same, twice, "again", np.random.default_rng(0))
    assert alone.joined == pytest.approx(alone.without, rel=1e-3)  # even odds change nothing
    found = gain(labels, every, "again", np.random.default_rng(0))
    assert found.without == pytest.approx(alone.without, rel=1e-3)


def test_the_least_gain_is_a_share_of_the_loss():
    assert Gain(1.0, 1.0 - 1.01 * PAYS).pays
    assert not Gain(1.0, 1.0 - 0.99 * PAYS).pays


def test_few_cases_tell_nothing():
    labels, every = made(lambda truth, k, rng, first: first, n=LEAST - 1)
    assert gain(labels, every, "again", np.random.default_rng(0)) is None


def test_the_evidence_that_is_left_out_takes_its_columns_along():
    _, every = made(lambda truth, k, rng, first: first, n=60)
    assert every.names == ("model", "again model")
    less = left_out(every, "again")
    assert (less.names, less.z.shape, less.floor.shape) == (("model",), (1, 60, 3), (1,))
    assert (less.z[0] == every.z[0]).all()
