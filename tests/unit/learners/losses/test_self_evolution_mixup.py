"""self_evolution_mixup: without stages it is mixup, stages mix the right rows, few shots."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.planted import accuracy, clouds

from reliabel.core.labels import Classes
from reliabel.core.training import Training
from reliabel.learners.losses import mixup
from reliabel.learners.losses.self_evolution_mixup import Stages, learn, smoothed
from reliabel.ops.torch.recipe import Batch
from reliabel.ops.torch.table import Table


def test_without_stages_and_smoothing_it_is_mixup():
    x, truth, fresh, _ = clouds(200)
    words = {"features": x, "alpha": 0.5, "training": Training(epochs=4)}
    mine = learn(Classes(truth), rng=np.random.default_rng(0), smooth=0.0, staged=False, **words)
    plain = mixup.learn(Classes(truth), rng=np.random.default_rng(0), **words)
    assert np.array_equal(mine.predict(fresh).p, plain.predict(fresh).p)


def test_the_target_is_smoothed_by_what_the_model_says():
    p = torch.tensor([[0.1, 0.9]], requires_grad=True)
    found = smoothed(torch.tensor([[1.0, 0.0]]), p, 0.2)
    assert torch.allclose(found, torch.tensor([[0.82, 0.18]]))
    assert not found.requires_grad


def test_the_first_stage_is_plain_and_the_second_leaves_hard_rows_as_they_are():
    x, y = np.random.default_rng(0).normal(size=(8, 3)).astype(np.float32), np.arange(8) % 2
    table = Table(x, Classes(y), Training(), np.random.default_rng(0))
    net, recipe, index = torch.nn.Linear(3, 2), Stages(8, 0.5, 0.0, True), torch.arange(8)
    plain = torch.nn.functional.cross_entropy(net(torch.tensor(x)), torch.tensor(y))
    with torch.no_grad():
        assert float(recipe.step([net], Batch(index, table, 0, 0.1))) == pytest.approx(plain.item())
        mine = net(torch.tensor(x)).softmax(1)[index, torch.tensor(y)]
        assert torch.allclose(recipe.known, 0.3 * mine)
        known = torch.tensor([0.9, 0.0, 0.8, 0.02, 0.7, 0.05, 0.95, 0.4])
        seen = []
        net.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
        recipe.known.copy_(known / 0.7)
        recipe.step([net], Batch(index, table, 0, 0.5))
        hard = torch.tensor(x)[[1, 3, 5]]
        assert torch.equal(seen[-1][-len(hard) :], hard)
        assert not torch.equal(seen[-1], torch.tensor(x))


def test_more_right_than_mixup_with_few_shots():
    gains = []
    for seed in range(4):
        x, truth, fresh, true = clouds(40, seed=seed)
        words = {"features": x, "training": Training(keep="last", hold_out=0.0)}
        mine = learn(Classes(truth), rng=np.random.default_rng(seed), **words)
        plain = mixup.learn(Classes(truth), rng=np.random.default_rng(seed), alpha=0.5, **words)
        gains.append(accuracy(mine, fresh, true) - accuracy(plain, fresh, true))
    assert np.mean(gains) > 0.005, gains


def test_a_share_that_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="smooth must be a share from 0 to 1"):
        learn(Classes([0, 1]), features=np.eye(2), rng=np.random.default_rng(0), smooth=2.0)
