"""Memorisation by models that learnt random parts: the paper's figures, and the closed form."""

import numpy as np
import pytest
from tests.unit.auditors.test_memorisation import tail

from reliabel.auditors import memorisation, sampled_memorisation
from reliabel.core.labels import Classes
from reliabel.ops.neighbours import nearest


class Nearest:
    """The nearest neighbour, by cosine of centred features as ``nearest`` has it."""

    def __init__(self, x, y):
        self.x, self.y = _unit(x), y

    def predict(self, x):
        return self.y[(_unit(x) @ self.x.T).argmax(1)]


class Middle:
    """The nearest class mean, which cannot memorise."""

    def __init__(self, x, y):
        self.classes = np.unique(y)
        self.middle = np.stack([x[y == c].mean(0) for c in self.classes])

    def predict(self, x):
        return self.classes[((x[:, None] - self.middle) ** 2).sum(2).argmin(1)]


def _unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def by(model):
    return lambda x, y, weights: model(x, y)


def test_heads_pairs_singles_and_wrong_labels_have_their_figures():
    x, labels, what = tail()
    said = sampled_memorisation.audit(
        labels, features=x, fit=by(Nearest), rng=np.random.default_rng(0)
    )
    for name, due in (("head", 0.05), ("pair", 0.28), ("single", 0.91), ("wrong", 1.0)):
        assert said.score[what == name].mean() == pytest.approx(due, abs=0.05), name
    exact = memorisation.audit(labels, neighbours=nearest(x, j=20)).score
    off = np.abs(said.score - exact) / said.info["error"]
    assert np.quantile(off, 0.9) < 2.5, "the error says how far a value is off"


def test_a_model_that_cannot_memorise_has_none():
    x, labels, what = tail(pairs=0, alone=0)
    said = sampled_memorisation.audit(
        labels, features=x, fit=by(Middle), rng=np.random.default_rng(0), models=30
    )
    assert np.nanmean(np.abs(said.score)) < 0.02
    assert said.info["memorised"] < 0.01
    assert (what == "wrong").any()


def test_what_cannot_be_said_is_nan_and_bad_options_are_refused():
    x = np.arange(5.0)[:, None] + 1
    rng = np.random.default_rng(0)
    for y in ([0, -1, -1, -1, -1], [-1] * 5):
        said = sampled_memorisation.audit(Classes(y, ("a",)), features=x, fit=by(Middle), rng=rng)
        assert np.isnan(said.score).all()
    with pytest.raises(ValueError, match="models must be at least 2, got 1"):
        sampled_memorisation.audit(
            Classes([0, 1]), features=x[:2], fit=by(Middle), rng=rng, models=1
        )
    with pytest.raises(ValueError, match="share must lie between 0 and 1, got 1"):
        sampled_memorisation.audit(
            Classes([0, 1]), features=x[:2], fit=by(Middle), rng=rng, share=1
        )
