"""adaptive_label_robust: where temperatures come to rest, whose are low, and the accuracy."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.planted import clouds, flipped, gain

from reliabel.core.labels import Classes
from reliabel.core.training import Training
from reliabel.learners.losses import label_robust_divergence
from reliabel.learners.losses.adaptive_label_robust import adapted, learn, loss

Z = torch.tensor([[2.0, -1.0, 0.5], [0.1, 0.2, -0.3], [9.0, 0.0, -9.0]], dtype=torch.float64)
Y = torch.tensor([0, 2, 1])


def test_at_its_start_it_is_the_loss_of_one_temperature():
    mild = torch.full((3,), 10.0, dtype=torch.float64)
    fixed = label_robust_divergence.loss(Z, Y, temperature=10.0)
    assert torch.allclose(loss(Z, Y, mild, start=10.0), fixed)


@pytest.mark.parametrize("start", [0.3, 1.0, 10.0])
def test_temperatures_come_to_rest_where_the_loss_is_largest(start):
    mild = torch.full((3,), start, dtype=torch.float64)
    for _ in range(200):
        mild = adapted(Z, Y, mild, start=start)
    assert ((mild > start / 2) & (mild <= start)).all()
    mild.requires_grad_()
    loss(Z, Y, mild, start=start).sum().backward()
    assert torch.allclose(mild.grad, torch.zeros(3, dtype=torch.float64), atol=1e-6)
    here = loss(Z, Y, mild, start=start)
    for other in (mild * 0.9, mild * 1.1):
        assert (loss(Z, Y, other, start=start) < here).all()


def test_a_surer_row_has_a_lower_temperature():
    mild = adapted(Z, Y, torch.ones(3, dtype=torch.float64), start=1.0)
    assert mild[2] < mild[0] < mild[1]


def test_each_item_ends_with_a_temperature_of_its_own():
    x, truth, *_ = clouds(300)
    y = flipped(truth, 0.2)
    y[:5] = -1
    model = learn(
        Classes(y, ["a", "b", "c", "d"]),
        features=x,
        rng=np.random.default_rng(0),
        training=Training(epochs=6),
        start=1.0,
    )
    mild = model.info["temperature"]
    assert mild.shape == (300,)
    assert (mild[:5] == 1).all(), "an item without a label was never visited"
    assert 0.5 < mild[5:].min() < mild[5:].mean() < 1


def test_beats_cross_entropy_at_the_last_epoch():
    assert np.mean([gain(learn, seed) for seed in range(3)]) > 0.05


@pytest.mark.parametrize("bad", [{"start": 0.0}, {"pull": 1.0}])
def test_options_that_make_no_sense_are_refused(bad):
    with pytest.raises(ValueError, match="start must be above 0 and pull above 1"):
        learn(Classes([0, 1]), features=np.eye(2), rng=np.random.default_rng(0), **bad)
