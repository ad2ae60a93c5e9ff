"""Networks: the built-in head, averages, and models of any module as arrays."""

import json

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.planted import clouds, flipped
from torch import nn

from reliabel.core.labels import Classes, MultiLabel
from reliabel.core.training import Training
from reliabel.folders.model_folder import ModelCard, load_model, save_model
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.losses import cross_entropy
from reliabel.ops.torch.nets import Average, Head, Net, Nets, embedding, heads_of
from reliabel.ops.torch.recipe import LossRecipe, from_loss
from reliabel.ops.torch.table import Table

X, TRUTH, FRESH, TRUE = clouds(300, apart=0.6)
Y = Classes(flipped(TRUTH, 0.1))


def small():
    """A network with batch norm and dropout: evaluation differs from training."""
    layers = (nn.Linear(64, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 4))
    return nn.Sequential(*layers)


def trained(labels=Y, recipe=None, **options):
    recipe = recipe or from_loss(cross_entropy)
    training = Training(**{"epochs": 4, **options})
    return train(labels, recipe, features=X, rng=np.random.default_rng(0), training=training)


class Two(LossRecipe):
    """Two networks."""

    nets = 2

    def __init__(self):
        super().__init__(cross_entropy)

    def step(self, nets, batch):
        return sum(self.loss(net(batch.x), batch.y).mean() for net in nets)


@pytest.mark.parametrize("hidden", [0, 8])
@pytest.mark.parametrize("recipe", [None, Two])
def test_a_head_without_torch_says_the_same(hidden, recipe, tmp_path):
    done = trained(recipe=recipe, hidden=hidden)
    model = done.model()
    assert np.abs(model.predict(X).p - done.probs()).max() < 1e-5
    assert len(model.predict.heads) == len(done.nets)
    again, _ = load_model(save_model(model, ModelCard("guest"), tmp_path))
    assert np.array_equal(again.predict(FRESH).p, model.predict(FRESH).p)


def test_two_networks_answer_by_their_mean_and_differ():
    done = trained(recipe=Two)
    both = done.probs()
    ones = []
    for net in done.nets:
        net.eval()
        with torch.no_grad():
            ones.append(net(torch.tensor(X)).softmax(1).numpy())
    assert np.allclose(both, np.mean(ones, axis=0), atol=1e-6)
    assert np.abs(ones[0] - ones[1]).max() > 0.001


def test_a_module_of_the_user_is_kept_as_arrays_and_asks_for_its_function(tmp_path):
    done = trained(module=small, epochs=6)
    model = done.model()
    p = model.predict(FRESH).p
    assert (p.argmax(1) == TRUE).mean() > 0.8
    assert np.abs(model.predict(X).p - done.probs()).max() < 1e-5, "batch norm in evaluation"
    place = save_model(model, ModelCard("guest", training=Training(module=small)), tmp_path / "m")
    assert not list(place.rglob("*.pkl"))
    again, card = load_model(place)
    assert card.training.module is None
    with pytest.raises(ValueError, match="give the function that makes it: module="):
        again.predict(FRESH)
    assert np.array_equal(again.predict.with_module(small)(FRESH).p, p)
    with pytest.raises(ValueError, match="do not fit the network of module"):
        again.predict.with_module(lambda: nn.Linear(64, 4))


def test_two_modules_are_kept_apart(tmp_path):
    model = trained(recipe=Two, module=small).model()
    again, _ = load_model(save_model(model, ModelCard("guest"), tmp_path))
    with_module = again.predict.with_module(small)
    assert np.array_equal(with_module(FRESH).p, model.predict(FRESH).p)
    assert {key.split(".")[0] for key in again.predict.weights} == {"0", "1"}


def test_a_network_of_ours_needs_no_function(tmp_path):
    ours = Net("nets:Head", {"d": 64, "k": 4, "hidden": 3})
    assert isinstance(ours(), Head)
    nets = Nets(
        {f"0.{k}": v.numpy() for k, v in ours().state_dict().items()},
        1,
        ("a", "b", "c", "d"),
        net=ours,
    )
    from reliabel.core.results import Model

    place = save_model(Model(nets), ModelCard("guest"), tmp_path)
    again, _ = load_model(place)
    assert np.array_equal(again.predict(FRESH).p, nets(FRESH).p)
    form = json.loads((place / "model.json").read_text())["predict"]
    assert form["#predictor"] == "ops.torch.nets:Nets"
    for bad in ("os:system", "nets.Head", "nets:__import__('os')"):
        with pytest.raises((ValueError, AttributeError, ModuleNotFoundError)):
            Net(bad, {})()


def test_a_linear_head_starts_from_zero_and_standardises():
    head = Head(3, 2, mean=np.array([1.0, 2.0, 3.0]), spread=2.0)
    assert not head.out.weight.any()
    with torch.no_grad():
        head.out.weight.copy_(torch.tensor([[1.0, 0, 0], [0, 1.0, 0]]))
        assert head(torch.tensor([[3.0, 6.0, 3.0]])).tolist() == [[1.0, 2.0]]
    assert torch.allclose(head.embed(torch.tensor([[3.0, 2.0, 3.0]])), torch.tensor([[1.0, 0, 0]]))


def test_columns_are_left_out_in_training_alone():
    torch.manual_seed(0)
    head = Head(200, 1, drop=0.2)
    nn.init.ones_(head.out.weight)
    x = torch.ones(1, 200)
    sums = torch.stack([head(x).detach()[0, 0] for _ in range(50)])
    assert sums.std() > 1
    assert abs(float(sums.mean()) - 200) < 5, "what is left is scaled up"
    assert float(head.eval()(x).detach()) == 200.0


def test_an_average_follows_with_its_rate_and_copies_buffers():
    net = nn.Sequential(nn.Linear(1, 1, bias=False), nn.BatchNorm1d(1))
    nn.init.zeros_(net[0].weight)
    average = Average(net, rate=0.9)
    nn.init.ones_(net[0].weight)
    net[1].running_mean.fill_(7.0)
    weights = []
    for _ in range(30):
        average.follow(net)
        weights.append(float(average.net[0].weight))
    assert weights[0] == pytest.approx(0.5), "the first steps are a plain mean"
    assert weights[1] == pytest.approx(2 / 3)
    left = 1 - np.array(weights[20:])
    assert np.allclose(left[1:] / left[:-1], 0.9, atol=1e-5)
    assert float(average.net[1].running_mean) == 7.0
    assert not average.train().net[1].training, "it answers as in use"
    assert not any(p.requires_grad for p in average.parameters())


def test_what_goes_into_the_last_linear_layer():
    table = Table(X, Y, Training(), np.random.default_rng(0))
    net = small()
    found = embedding(net, table)
    with torch.no_grad():
        want = net[:4].eval()(torch.tensor(X)).numpy()
    assert np.allclose(found, want, atol=1e-6)
    assert not net[4]._forward_pre_hooks, "nothing is left behind"
    head = Head(64, 4, hidden=6)
    assert embedding(head, table).shape == (300, 6)
    with pytest.raises(ValueError, match=r"has no torch\.nn\.Linear"):
        embedding(nn.Conv1d(1, 1, 1), table)


def test_yes_no_questions_are_answered_one_by_one():
    labels = MultiLabel(np.eye(4, dtype=int)[TRUTH])
    bce = nn.functional.binary_cross_entropy_with_logits
    recipe = from_loss(lambda z, y: bce(z, y.float(), reduction="none").sum(1))
    for module in (None, small):
        predicted = trained(labels, recipe, module=module).model().predict(FRESH)
        assert type(predicted).__name__ == "SoftMultiLabel"
        assert ((predicted.p > 0.5).argmax(1) == TRUE).mean() > 0.7


def test_no_rows_are_predicted_as_no_rows():
    assert trained(module=small).model().predict(X[:0]).p.shape == (0, 4)
    assert heads_of([Head(64, 4)], ("a", "b", "c", "d"), False)(X[:0]).p.shape == (0, 4)
