"""A further table joins where the held-out likelihood of the labels says that it pays."""

import numpy as np
import pytest

from reliabel.core.labels import Classes
from reliabel.trust.joining import LEAST, PAYS, Gain, gain, left_out
from reliabel.trust.tables import tables


def log_probs(truth, k, rng, strength):
    logit = strength * np.eye(k)[truth] + rng.normal(size=(len(truth), k))
    return logit - np.log(np.exp(logit).sum(1, keepdims=True))


def made(other, n=1000, k=3):
    """Labels of which a tenth slipped, a first table, and another as ``other`` makes it."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, k, n)
    labels = Classes(np.where(rng.random(n) < 0.1, (truth + 1) % k, truth), tuple("abc"))
    first = np.exp(log_probs(truth, k, rng, 2.0))
    return labels, tables(labels, probs=first, others={"second": other(truth, k, rng, first)})


def test_a_table_of_errors_of_its_own_pays():
    labels, every = made(lambda truth, k, rng, first: log_probs(truth, k, rng, 2.0))
    found = gain(labels, every, "second", np.random.default_rng(0))
    assert found.pays
    assert found.joined < 0.9 * found.without


@pytest.mark.parametrize(
    "other",
    [
        lambda truth, k, rng, first: rng.normal(size=first.shape),
        lambda truth, k, rng, first: np.log(first),
    ],
    ids=["chance", "the first again"],
)
def test_a_table_that_adds_nothing_does_not(other):
    labels, every = made(other)
    found = gain(labels, every, "second", np.random.default_rng(0))
    assert not found.pays
    assert found.joined == pytest.approx(found.without, rel=0.02)


def test_without_it_the_loss_is_that_of_the_other_tables_alone():
    labels, every = made(lambda truth, k, rng, first: log_probs(truth, k, rng, 2.0))
    twice = tables(
        labels, others={"model": every.z[0] * 1.0, "again": np.zeros_like(every.z[0])}
    )
    alone = gain(labels, twice, "again", np.random.default_rng(0))
    assert alone.joined == pytest.approx(alone.without, rel=1e-3)  # zeros change nothing
    found = gain(labels, every, "second", np.random.default_rng(0))
    assert found.without == pytest.approx(alone.without, rel=1e-3)


def test_the_least_gain_is_a_share_of_the_loss():
    assert Gain(1.0, 1.0 - 1.01 * PAYS).pays
    assert not Gain(1.0, 1.0 - 0.99 * PAYS).pays


def test_few_cases_tell_nothing():
    labels, every = made(lambda truth, k, rng, first: np.log(first), n=LEAST - 1)
    assert gain(labels, every, "second", np.random.default_rng(0)) is None


def test_the_table_that_is_left_out_takes_its_column_along():
    _, every = made(lambda truth, k, rng, first: np.log(first), n=60)
    less = left_out(every, "second")
    assert (less.names, less.z.shape, less.floor.shape) == (("model",), (1, 60, 3), (1,))
    assert (less.z[0] == every.z[0]).all()
