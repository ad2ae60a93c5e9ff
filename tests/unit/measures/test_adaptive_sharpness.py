"""Adaptive sharpness: closed forms, rescaling of layers, and networks left as they were."""

import numpy as np
import pytest

from reliabel.core.labels import Classes
from reliabel.core.results import Model
from reliabel.measures.adaptive_sharpness import measure
from reliabel.ops.heads import Heads

torch = pytest.importorskip("torch")
sharp = pytest.importorskip("reliabel.ops.torch.sharpness")

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 5)).astype(np.float32)
Y = Classes((X[:, 0] + X[:, 1] > 0).astype(np.int64) + (X[:, 2] > 1))


def network(seed=0):
    torch.manual_seed(seed)
    return torch.nn.Sequential(torch.nn.Linear(5, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3))


def sharpness(module, **options):
    return measure(
        Y, features=X, rng=np.random.default_rng(0), module=module, **{"batch_size": 100, **options}
    )


def test_a_quadratic_has_a_closed_form():
    torch.manual_seed(0)
    w = torch.randn(12, dtype=torch.float64, requires_grad=True)
    h, g = torch.rand(12, dtype=torch.float64) + 0.5, torch.randn(12, dtype=torch.float64)
    centre, rho = w.detach().clone(), 0.05

    def loss():
        off = w - centre
        return (g * off).sum() + (h * off**2).sum() / 2

    size = centre.abs()
    closed = float((rho * (g * size).abs() + rho**2 * h * size**2 / 2).sum())
    assert sharp.worst_rise([w], loss, rho) == pytest.approx(closed, rel=1e-9)
    mean = sharp.average_rise([w], loss, rho, np.random.default_rng(0), draws=20_000)
    assert mean == pytest.approx(float((rho**2 * h * size**2 / 2).sum()), rel=0.5)
    assert torch.equal(w.detach(), centre)


def plain_rise(net, size):
    """The rise along the gradient, every weight moved by the same length: standard sharpness."""
    x, y = torch.tensor(X), torch.tensor(Y.y)
    loss = lambda: torch.nn.functional.cross_entropy(net(x), y)  # noqa: E731
    before = loss()
    slopes = torch.autograd.grad(before, list(net.parameters()))
    with torch.no_grad():
        for weight, slope in zip(net.parameters(), slopes, strict=True):
            weight += size * slope.sign()
        return float(loss() - before)


def test_rescaled_layers_are_as_sharp():
    net, scaled = network(), network()
    with torch.no_grad():
        scaled[0].weight *= 8
        scaled[0].bias *= 8
        scaled[2].weight /= 8
    assert sharpness(scaled).value == pytest.approx(sharpness(net).value, rel=1e-3)
    assert plain_rise(scaled, 0.001) > 2 * plain_rise(net, 0.001)


@pytest.mark.parametrize("average", [False, True])
def test_the_network_is_left_as_it_was(average):
    net = torch.nn.Sequential(torch.nn.Linear(5, 3), torch.nn.BatchNorm1d(3))
    net.train()
    net[0].bias.requires_grad_(False)
    before = {key: value.clone() for key, value in net.state_dict().items()}
    sharpness(net, average=average)
    assert all(torch.equal(before[key], value) for key, value in net.state_dict().items())
    assert net.training
    assert net[1].training
    assert not net[0].bias.requires_grad
    assert net[0].weight.grad is None


def test_worst_case_average_and_size():
    net = network()
    worst, average = sharpness(net), sharpness(net, average=True)
    assert worst.value > 5 * abs(average.value)
    assert worst.low < worst.value < worst.high
    assert len(worst.parts["batches"]) == 3
    assert sharpness(net, rho=0.01).value > 4 * worst.value
    assert "not how well the model generalises" in worst.info["means"]


def test_normalised_logits_do_not_depend_on_their_scale():
    net, sure = network(), network()
    with torch.no_grad():
        sure[2].weight *= 10
        sure[2].bias *= 10
    assert sharpness(sure).value > 2 * sharpness(net).value
    same = sharpness(net, normalised=True).value
    assert sharpness(sure, normalised=True).value == pytest.approx(same, rel=1e-3)


def test_what_learn_returns_is_taken():
    layers = ((RNG.normal(size=(5, 4)), np.zeros(4)), (RNG.normal(size=(4, 3)), np.zeros(3)))
    heads = Heads((layers,), X.mean(0), 2.0, Y.names)
    net = torch.nn.Sequential(torch.nn.Linear(5, 4), torch.nn.ReLU(), torch.nn.Linear(4, 3))
    with torch.no_grad():
        for place, (weight, bias) in zip((0, 2), layers, strict=True):
            net[place].weight.copy_(torch.tensor(weight.T))
            net[place].bias.copy_(torch.tensor(bias))
    scaled = (X - X.mean(0)) / np.float32(2)
    by_heads = measure(Y, features=X, rng=np.random.default_rng(0), start_from=Model(heads))
    by_hand = measure(Y, features=scaled, rng=np.random.default_rng(0), module=lambda: net)
    assert by_heads.value == pytest.approx(by_hand.value, rel=1e-4)


def test_names_of_classes_count_not_their_order():
    layers = ((RNG.normal(size=(5, 3)), np.zeros(3)),)
    turned = ((layers[0][0][:, ::-1], layers[0][1]),)
    here = Model(Heads((layers,), np.zeros(5), 1.0, Y.names))
    there = Model(Heads((turned,), np.zeros(5), 1.0, Y.names[::-1]))
    values = [
        measure(Y, features=X, rng=np.random.default_rng(0), start_from=model).value
        for model in (here, there)
    ]
    assert values[0] == pytest.approx(values[1], rel=1e-4)
    fewer = Model(Heads((((np.zeros((5, 2)), np.zeros(2)),),), np.zeros(5), 1.0, ("a", "b")))
    with pytest.raises(ValueError, match="the model knows the classes a, b"):
        measure(Y, features=X, rng=np.random.default_rng(0), start_from=fewer)


def test_what_cannot_be_measured():
    alone = measure(Y, features=X, rng=np.random.default_rng(0))
    assert np.isnan(alone.value)
    assert "start_from= or module=" in alone.info["why"]
    nothing = Classes(np.full(300, -1), Y.names)
    none = measure(nothing, features=X, rng=np.random.default_rng(0), module=network())
    assert "labelled item" in none.info["why"]
    with pytest.raises(ValueError, match="holds no network"):
        measure(Y, features=X, rng=np.random.default_rng(0), start_from=Model(lambda x: Y))
    with pytest.raises(ValueError, match="must be positive"):
        sharpness(network(), rho=0.0)
