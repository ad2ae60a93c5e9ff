import numpy as np
import pytest
from scipy.optimize import check_grad

from reliabel.aggregators import glad
from reliabel.aggregators.glad import aggregate
from reliabel.core.labels import Classes, Votes
from reliabel.ops.votes import votes_matrix


def test_worked_example(tiny):
    found = aggregate(tiny, tol=1e-12)
    assert found.trace[[0, -1]] == pytest.approx([-7.114884, -6.337848], abs=1e-6)
    assert found.info["ability"] == pytest.approx([1.23984, 1.3138, 0.99119], abs=1e-4)
    assert found.labels.p[:, 1] == pytest.approx([0.23119, 0.99878, 0.00122, 0.54541], abs=1e-4)


def test_the_slope_is_that_of_the_evidence(tiny):
    wide = Votes(tiny.item, tiny.worker, Classes(tiny.labels.y, ("a", "b", "c")), tiny.n, tiny.w)
    (block,) = votes_matrix(wide)
    x = np.random.default_rng(0).normal(size=7)
    apart = check_grad(
        lambda x: glad._slope(block, x[:3], x[3:])[0],
        lambda x: np.concatenate(glad._slope(block, x[:3], x[3:])[1:]),
        x,
    )
    assert apart < 1e-5


def test_hard_items_and_adversaries_are_found():
    rng = np.random.default_rng(0)
    n, w = 400, 30
    truth, ease, ability = (
        rng.integers(2, size=n),
        rng.normal(0, 1, n),
        np.where(np.arange(w) < 4, -1.5, 1.5),
    )
    item, worker = np.repeat(np.arange(n), w), np.tile(np.arange(w), n)
    right = rng.random(n * w) < 1 / (1 + np.exp(-ability[worker] * np.exp(ease[item])))
    found = aggregate(
        Votes(item, worker, Classes(np.where(right, truth[item], 1 - truth[item])), n, w)
    )
    assert (found.info["ability"][:4] < 0).all()
    assert (found.info["ability"][4:] > 0).all()
    assert np.corrcoef(-ease, found.info["difficulty"])[0, 1] > 0.8
    assert (found.labels.p.argmax(1) == truth).mean() > 0.96


def test_gold_is_held(tiny):
    assert aggregate(tiny, gold=np.array([1, -1, -1, -1])).labels.p[0].tolist() == [0.0, 1.0]
