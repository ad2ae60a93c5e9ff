"""feature_tuning: the three terms, the start, and models that load again."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.planted import accuracy, clouds

from reliabel.core.labels import Classes
from reliabel.core.training import Training
from reliabel.folders.model_folder import ModelCard, load_model, save_model
from reliabel.learners.losses.feature_tuning import consistency, covariance, dominance, learn
from reliabel.ops.torch.adapter import Adapter
from reliabel.ops.torch.penultimate import penultimate

H = torch.tensor(np.random.default_rng(0).normal(size=(12, 5)), dtype=torch.float64)


def test_the_terms_are_those_of_their_definitions():
    f = torch.ones_like(H)
    unit = H / H.norm(dim=1, keepdim=True) - f / 5**0.5
    assert torch.allclose(consistency(H, f), (unit**2).mean())
    cov = torch.cov(H.T)
    assert torch.allclose(covariance(H), ((cov - cov.diag().diag()) ** 2).sum() / 5)
    for h in (H, H.T):
        values = torch.linalg.svdvals(h)
        assert torch.allclose(dominance(h), values[0] / values.sum(), atol=1e-4)
    assert consistency(H, 3 * H) < 1e-12


def test_the_adapter_starts_with_the_given_features():
    net = Adapter(5, 3, 2)
    hidden, logits = penultimate(net, H.float())
    assert torch.equal(hidden, H.float())
    assert not logits.any()


def test_columns_are_decorrelated_and_stay_near_the_given_ones():
    x, truth, fresh, true = clouds(400)
    x[:, :8] += 3 * x[:, 8:9]
    fresh[:, :8] += 3 * fresh[:, 8:9]
    left = []
    for apart in (0.0, 0.04):
        words = {"features": x, "training": Training(keep="last", hold_out=0.0)}
        model = learn(Classes(truth), rng=np.random.default_rng(0), apart=apart, **words)
        net = model.predict.made()[0]
        hidden = penultimate(net, torch.tensor(x))[0].detach()
        given = (torch.tensor(x) - net.mean) / net.spread
        left.append(float(covariance(hidden) / covariance(given)))
        assert accuracy(model, fresh, true) > 0.85
        assert consistency(hidden, given) < 0.03
    assert left[1] < 0.8 * left[0], left


def test_a_saved_model_needs_no_function_of_the_user(tmp_path):
    x, truth, fresh, _ = clouds(100)
    words = {"features": x, "training": Training(epochs=2)}
    model = learn(Classes(truth), rng=np.random.default_rng(0), **words)
    again, _ = load_model(save_model(model, ModelCard("feature_tuning"), tmp_path / "model"))
    assert np.array_equal(model.predict(fresh).p, again.predict(fresh).p)


def test_pictures_without_a_network_are_refused():
    with pytest.raises(ValueError, match="one vector an item"):
        learn(Classes([0, 1]), features=np.zeros((2, 3, 4, 4)), rng=np.random.default_rng(0))
