"""sop: the terms grow as they should, explain wrong labels away, and spare right ones."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.planted import accuracy, clouds, flipped

from reliabel.core.labels import Classes
from reliabel.core.training import Training
from reliabel.learners import cross_entropy
from reliabel.learners.selection.sop import OverParameterised, learn, steps_for
from reliabel.ops.torch.recipe import Batch
from reliabel.ops.torch.table import Table


@pytest.mark.parametrize("visits", [3.0, 15.0, 68.0])
def test_a_term_that_is_always_contradicted_has_grown_after_so_many_visits(visits):
    """The network is sure of class 1, the label says 0."""
    table = Table(
        np.ones((1, 1), np.float32), Classes([0], ("a", "b")), Training(), np.random.default_rng(0)
    )
    net, recipe = torch.nn.Linear(1, 2), OverParameterised(1, 2, visits, 1)
    with torch.no_grad():
        net.weight.zero_()
        net.bias.copy_(torch.tensor([-9.0, 9.0]))
        recipe.u.weight.fill_(steps_for(visits)[1])
        recipe.v.weight.fill_(steps_for(visits)[1])
    (own,) = recipe.begin([net])
    for visit in range(int(visits)):
        own.zero_grad()
        recipe.step([net], Batch(torch.tensor([0]), table, 0, 0.0)).backward()
        own.step()
        if visit == int(visits / 2):
            assert float(recipe.v.weight[0, 1].detach()) < 0.5, "not long before"
    assert float(recipe.v.weight[0, 1].detach()) ** 2 > 0.4, "what class 1 gets"
    assert float(recipe.u.weight[0, 0].detach()) ** 2 > 0.4, "what the given class loses"


def test_with_terms_of_zero_the_loss_is_cross_entropy_and_the_squared_distance_of_the_guess():
    torch.manual_seed(0)
    x = torch.randn(6, 3).numpy()
    y = np.array([0, 1, 1, 0, 1, 0])
    table = Table(x, Classes(y), Training(), np.random.default_rng(0))
    net, recipe = torch.nn.Linear(3, 2), OverParameterised(6, 2, 15.0, 6)
    loss = float(recipe.step([net], Batch(torch.arange(6), table, 0, 0.0)).detach())
    logits, target = net(torch.tensor(x)).detach(), torch.tensor(y)
    plain = torch.nn.functional.cross_entropy(logits, target)
    wrong = (logits.argmax(1) != target).float().mean()
    assert loss == pytest.approx(float(plain + 2 * wrong), rel=1e-3)


@pytest.mark.parametrize("pair", [False, True])
def test_beats_cross_entropy_at_the_last_epoch_and_explains_wrong_labels_away(pair):
    gains, right = [], []
    for seed in range(2):
        x, truth, fresh, true = clouds(seed=seed)
        labels = Classes(flipped(truth, 0.3, seed=seed, pair=pair))
        words = {"features": x, "training": Training(keep="last", hold_out=0.0, decay=0.001)}
        mine = learn(labels, rng=np.random.default_rng(seed), **words)
        plain = cross_entropy.learn(labels, rng=np.random.default_rng(seed), **words)
        gains.append(accuracy(mine, fresh, true) - accuracy(plain, fresh, true))
        right.append((mine.labels.p.argmax(1) == truth).mean())
    assert np.mean(gains) > 0.05, gains
    assert min(right) > 0.75, "the terms take out wrong labels (.7 were right)"


def test_a_share_that_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="grown must be a share"):
        learn(Classes([0, 1]), features=np.eye(2), rng=np.random.default_rng(0), grown=0.0)
