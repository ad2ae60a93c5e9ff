"""label_smoothing: the targets, negative rates with their start, and what it does to a model."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.planted import clouds

from reliabel.core.labels import Classes
from reliabel.core.training import Training
from reliabel.learners import cross_entropy as plain
from reliabel.learners.losses.label_smoothing import Smoothed, learn, loss
from reliabel.ops.torch.losses import cross_entropy

Z, Y = torch.tensor([[2.0, -1.0, 0.5], [0.0, 3.0, -3.0]]), torch.tensor([0, 2])


@pytest.mark.parametrize("smoothing", [-0.5, 0.0, 0.1, 1.0])
def test_it_is_cross_entropy_to_smoothed_targets(smoothing):
    target = (1 - smoothing) * torch.eye(3)[Y] + smoothing / 3
    assert torch.allclose(loss(Z, Y, smoothing=smoothing), -(target * Z.log_softmax(1)).sum(1))


def test_it_agrees_with_torch():
    theirs = torch.nn.functional.cross_entropy(Z, Y, label_smoothing=0.3, reduction="none")
    assert torch.allclose(loss(Z, Y, smoothing=0.3), theirs)


def test_a_negative_rate_has_no_lower_bound():
    far = torch.tensor([[50.0, -50.0, -50.0]])
    assert float(loss(far, torch.tensor([0]), smoothing=-0.5)) < -30


def test_the_start_is_cross_entropy():
    class Now:
        x, y, share = Z, Y, 0.3

    recipe, net = Smoothed(-0.5, 0.4), torch.nn.Identity()
    assert torch.allclose(recipe.step([net], Now), cross_entropy(Z, Y).mean())
    Now.share = 0.4
    assert torch.allclose(recipe.step([net], Now), loss(Z, Y, smoothing=-0.5).mean())


def test_positive_rates_make_a_model_less_sure_and_negative_ones_surer():
    sure = {}
    x, truth, fresh, _ = clouds(400)
    words = {"features": x, "training": Training(keep="last", hold_out=0)}
    for rate in (-0.3, 0.0, 0.3):
        model = learn(Classes(truth), rng=np.random.default_rng(0), smoothing=rate, **words)
        sure[rate] = model.predict(fresh).p.max(1).mean()
        if rate == 0:
            same = plain.learn(Classes(truth), rng=np.random.default_rng(0), **words)
            assert np.allclose(same.predict(fresh).p, model.predict(fresh).p, atol=1e-5)
    assert sure[-0.3] > sure[0.0] + 0.01
    assert sure[0.0] > sure[0.3] + 0.1


def test_a_rate_above_one_is_refused():
    with pytest.raises(ValueError, match="smoothing must be at most 1, got 1"):
        learn(Classes([0, 1]), features=np.eye(2), rng=np.random.default_rng(0), smoothing=1.5)
