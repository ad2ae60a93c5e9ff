"""early_learning_plus: the memory comes from the other network, and labels it remembers right."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.planted import accuracy, clouds, flipped

from reliabel.core.labels import Classes
from reliabel.core.training import Training
from reliabel.learners import cross_entropy
from reliabel.learners.selection.early_learning_plus import EarlyLearningPair, learn, weighed
from reliabel.ops.torch.recipe import Batch
from reliabel.ops.torch.table import Table


def test_each_memory_is_filled_by_the_average_of_the_other_network():
    x = np.random.default_rng(0).normal(size=(8, 3)).astype(np.float32)
    table = Table(x, Classes(np.arange(8) % 2), Training(), np.random.default_rng(0))
    torch.manual_seed(0)
    nets = [torch.nn.Linear(3, 2), torch.nn.Linear(3, 2)]
    recipe = EarlyLearningPair(8, 2, 0.7, 3.0, 0.0, 0.99)
    recipe.begin(nets)
    recipe.step(nets, Batch(torch.arange(8), table, 0, 0.0)).backward()
    for mine, other in ((0, 1), (1, 0)):
        said = nets[other](torch.tensor(x)).softmax(1)
        assert torch.allclose(recipe.memory[mine], 0.3 * said, atol=1e-6)
    assert all(p.grad is None for p in recipe.averages.parameters())


def test_averages_follow_the_networks():
    nets = [torch.nn.Linear(3, 2), torch.nn.Linear(3, 2)]
    recipe = EarlyLearningPair(8, 2, 0.7, 3.0, 0.0, 0.99)
    recipe.begin(nets)
    with torch.no_grad():
        nets[0].weight += 1
    was = recipe.averages[0].net.weight.clone()
    recipe.after_step(nets)
    assert torch.allclose(recipe.averages[0].net.weight, was + 0.5)  # half of it in the first step


def test_the_weighed_target_sums_to_one_and_never_vanishes():
    target = torch.tensor([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]])
    memory = torch.tensor([[0.2, 0.6, 0.2], [0.0, 1.0, 0.0]])
    assert weighed(target, memory).tolist() == [[0.25, 0.75, 0.0], [1.0, 0.0, 0.0]]


@pytest.mark.parametrize("pair", [False, True])
def test_keeps_its_accuracy_to_the_last_epoch_and_remembers_the_truth(pair):
    gains, right = [], []
    for seed in range(2):
        x, truth, fresh, true = clouds(seed=seed)
        labels = Classes(flipped(truth, 0.3, seed=seed, pair=pair))
        words = {"features": x, "training": Training(keep="last", hold_out=0.0, decay=0.001)}
        mine = learn(labels, rng=np.random.default_rng(seed), **words)
        plain = cross_entropy.learn(labels, rng=np.random.default_rng(seed), **words)
        gains.append(accuracy(mine, fresh, true) - accuracy(plain, fresh, true))
        right.append((mine.labels.p.argmax(1) == truth).mean())
    assert min(gains) > 0.08, gains
    assert min(right) > 0.85, "the memory is nearer to the truth than the labels (.7)"


def test_an_average_that_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="average must be a share from 0 to below 1, got 1"):
        learn(Classes([0, 1]), features=np.eye(2), rng=np.random.default_rng(0), average=1)
