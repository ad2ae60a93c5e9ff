"""Running statistics of batch norm where a method trains on mixed inputs."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import reliabel.learners
from reliabel.core.catalogue import find
from reliabel.core.labels import Classes
from reliabel.core.training import Training
from reliabel.ops.torch import norms
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.losses import cross_entropy
from reliabel.ops.torch.recipe import Recipe
from reliabel.ops.torch.table import Table

N, D = 60, 3


def network():
    return torch.nn.Sequential(torch.nn.BatchNorm1d(D), torch.nn.Linear(D, 2))


def data():
    rng = np.random.default_rng(0)
    x = rng.normal(5.0, 2.0, (N, D)).astype(np.float32)
    return x, Classes((x[:, 0] > 5).astype(np.int64))


class Elsewhere(Recipe):
    """Trains far from the plain rows."""

    mixes = True

    def step(self, nets, batch):
        return cross_entropy(nets[0](batch.x + 100), batch.y).mean()


class ElsewhereAsItIs(Elsewhere):
    mixes = False


@pytest.mark.parametrize(("recipe", "near"), [(Elsewhere, True), (ElsewhereAsItIs, False)])
def test_the_network_is_used_with_the_statistics_of_plain_rows(recipe, near):
    x, y = data()
    done = train(
        y,
        recipe,
        features=x,
        rng=np.random.default_rng(1),
        training=Training(module=network, epochs=3, hold_out=0.0),
    )
    layer = done.nets[0][0]
    assert np.allclose(layer.running_mean.numpy(), x.mean(0), atol=1e-3) is near
    assert np.allclose(layer.running_var.numpy(), x.var(0, ddof=1), rtol=1e-3) is near


def test_a_guess_takes_the_statistics_of_its_batch_and_leaves_the_running_ones():
    net, x = network().train(), torch.as_tensor(data()[0])
    before = net[0].running_mean.clone()
    with norms.by_the_batch(net, len(x)):
        seen = net[0](x)
    assert torch.allclose(seen.mean(0), torch.zeros(D), atol=1e-5)
    assert torch.equal(net[0].running_mean, before)
    assert net.training
    assert net[0].momentum == 0.1


def test_a_guess_of_few_rows_takes_the_running_statistics():
    net, x = network().train(), torch.as_tensor(data()[0])[:1]
    with norms.by_the_batch(net, len(x)):
        assert torch.allclose(net[0](x), x, atol=1e-4)


def test_statistics_are_those_of_all_rows_over_several_blocks():
    x, y = data()
    table = Table(x, y, Training(), np.random.default_rng(0))
    table.block = 20
    net = network()
    norms.take_statistics([net], table, np.arange(N))
    assert np.allclose(net[0].running_mean.numpy(), x.mean(0), atol=1e-4)
    assert not net.training
    assert net[0].momentum == 0.1


@pytest.mark.parametrize("method", ["divide_mix", "cross_split"])
def test_methods_that_mix_and_guess_learn_pictures_of_unlike_brightness(method):
    """Mixing evens out brightness: with running statistics of mixtures both ended at .32."""
    rng = np.random.default_rng(3)
    k, n, wide = 4, 400, 16
    truth = rng.integers(k, size=n)
    blocks = 0.5 * (2 * np.eye(k) - 0.5).reshape(k, 1, 2, 2).repeat(4, 2).repeat(4, 3)
    x = blocks[truth] + rng.normal(0, 1, (n, 1, 8, 8)) + 3 * rng.normal(0, 1, (n, 1, 1, 1))
    given = np.where(rng.random(n) < 0.4, rng.integers(k, size=n), truth)

    def pictures():
        layers = []
        for inside, out in ((1, wide), (wide, 2 * wide), (2 * wide, 4 * wide)):
            layers.append(torch.nn.Conv2d(inside, out, 3, padding=1))
            layers += [torch.nn.BatchNorm2d(out), torch.nn.ReLU(), torch.nn.MaxPool2d(2)]
        return torch.nn.Sequential(*layers, torch.nn.Flatten(), torch.nn.Linear(4 * wide, k))

    entry = find("learn", method)
    evidence = {"features": x.astype(np.float32), "rng": np.random.default_rng(4)}
    if "probs" in entry.needs:
        evidence["probs"] = np.full((n, k), 1 / k)
    how = Training(module=pictures, epochs=15, hold_out=0.0, keep="last")
    model = entry.load()(Classes(given), **evidence, training=how)
    assert (model.predict(x).p.argmax(1) == truth).mean() > 0.6


def test_a_learner_that_mixes_inputs_says_so():
    """Or the running statistics of its networks are those of mixtures."""
    folder = Path(reliabel.learners.__file__).parent
    for file in sorted(folder.rglob("*.py")):
        source = file.read_text(encoding="utf-8")
        if re.search(r"^\s+.*\b(mixed|pasted)\(|self\.mix\.loss\(", source, re.M):
            assert "mixes = True" in source, f"{file.name} mixes inputs: set mixes = True"
