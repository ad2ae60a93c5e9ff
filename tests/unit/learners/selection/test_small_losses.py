"""small_loss, co_teaching, co_teaching_plus and jocor: identities, and what they keep."""

from functools import partial

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.selection.degenerate import CASES, answers
from tests.unit.learners.selection.trials import LAST, against_plain, trial
from torch import nn

from reliabel.core.training import Training
from reliabel.learners.selection import co_teaching, co_teaching_plus, jocor, small_loss
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.losses import cross_entropy
from reliabel.ops.torch.recipe import from_loss

METHODS = (small_loss, co_teaching, co_teaching_plus, jocor)
PAIRS = {
    "co_teaching": partial(co_teaching.Pair, 0.3, 0.5),
    "co_teaching_plus": partial(co_teaching_plus.Disagreeing, 0.3, 0.5, 0.2),
    "jocor": partial(jocor.Joint, 0.3, 0.5, 0.5),
}
SHORT = Training(epochs=4, keep="last", hold_out=0.0)


def networks():
    """Two plain linear networks without chance of their own."""
    torch.manual_seed(3)
    return [nn.Linear(64, 4), nn.Linear(64, 4)]


def weights_after(recipe, nets, training=SHORT):
    here = trial(0)
    words = {"features": here.features, "rng": np.random.default_rng(0), "training": training}
    done = train(here.labels, recipe, nets=nets, **words)
    return [net.weight.detach().numpy() for net in done.nets]


@pytest.mark.parametrize("short", ["sgd", "adamw"])
def test_co_teaching_that_drops_nothing_is_two_plain_trainings(short):
    one, two = networks()
    training = Training(epochs=3, keep="last", hold_out=0.0, optimiser=short)
    both = weights_after(partial(co_teaching.Pair, 0.0, 0.5), [one, two], training)
    for together, alone in zip(both, (one, two), strict=True):
        plain = weights_after(from_loss(cross_entropy), [alone], training)[0]
        assert together == pytest.approx(plain, abs=1e-6)


@pytest.mark.parametrize("name", PAIRS)
def test_the_order_of_the_two_networks_does_not_matter(name):
    one, two = networks()
    here = weights_after(PAIRS[name], [one, two])
    there = weights_after(PAIRS[name], [two, one])
    assert here[0] == pytest.approx(there[1], abs=1e-6)
    assert here[1] == pytest.approx(there[0], abs=1e-6)
    assert np.abs(here[0] - here[1]).max() > 1e-3, "or they would be one network"


def test_jocor_without_closeness_is_the_sum_of_the_cross_entropies():
    one, two, y = torch.randn(6, 4), torch.randn(6, 4), torch.arange(6) % 4
    plain = cross_entropy(one, y) + cross_entropy(two, y)
    assert jocor.joint_loss(one, two, y, 0.0) == pytest.approx(plain, abs=1e-6)
    assert jocor.joint_loss(one, one, y, 0.7) == pytest.approx(
        0.6 * cross_entropy(one, y), abs=1e-6
    )
    apart = jocor.joint_loss(one, two, y, 1.0)
    assert (apart > 0).all()
    assert apart == pytest.approx(jocor.joint_loss(two, one, y, 1.0), abs=1e-6)


def test_jocor_that_drops_nothing_and_asks_no_closeness_is_two_plain_trainings():
    one, two = networks()
    both = weights_after(partial(jocor.Joint, 0.0, 0.5, 0.0), [one, two])
    for together, alone in zip(both, (one, two), strict=True):
        plain = weights_after(from_loss(cross_entropy), [alone])[0]
        assert together == pytest.approx(plain, abs=1e-6)


def test_each_network_learns_from_what_the_other_finds_likely():
    """The item that only the second network dislikes is not in the loss of the first."""
    x, y = torch.eye(2), torch.zeros(2, dtype=torch.long)
    one, two = nn.Linear(2, 2, bias=False), nn.Linear(2, 2, bias=False)
    with torch.no_grad():
        one.weight.copy_(torch.tensor([[0.0, 2.0], [0.0, 0.0]]))  # finds the second row likely
        two.weight.copy_(torch.tensor([[2.0, 0.0], [0.0, 0.0]]))  # finds the first row likely
    batch = type("Batch", (), {"x": x, "y": y, "share": 1.0})
    co_teaching.Pair(0.5, 0.5).step([one, two], batch).backward()
    assert one.weight.grad.abs().sum(0).tolist() == pytest.approx([1.0, 0.0])
    assert two.weight.grad.abs().sum(0).tolist() == pytest.approx([0.0, 1.0])


def test_disagreement_restricts_the_batch_after_the_warm_up():
    x, y = torch.eye(2), torch.zeros(2, dtype=torch.long)
    nets = [nn.Linear(2, 2, bias=False) for _ in range(2)]
    with torch.no_grad():
        nets[0].weight.copy_(torch.tensor([[1.0, 1.0], [0.0, 0.0]]))
        nets[1].weight.copy_(torch.tensor([[1.0, 0.0], [0.0, 1.0]]))  # differs on the second row
    recipe = co_teaching_plus.Disagreeing(0.0, 0.5, 0.2)
    for share, rows in ((0.1, 2), (0.6, 1)):
        nets[0].zero_grad()
        recipe.step(nets, type("Batch", (), {"x": x, "y": y, "share": share})).backward()
        assert int((nets[0].weight.grad.abs().sum(0) > 0).sum()) == rows


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("pair", [False, True])
def test_keeps_more_right_labels_than_the_losses_of_plain_training_tell(method, pair):
    """The claim: selection while training beats selection by a network that saw all labels; and at
    the last epoch it is more accurate on fresh items.
    """
    more, cleaner = against_plain(method.learn, pair=pair).min(0)
    assert cleaner > 0.01
    assert more > 0.05


def test_two_networks_keep_their_errors_apart():
    """Co-teaching and JoCoR against one network that picks its own small losses."""
    alone = against_plain(small_loss.learn).mean(0)
    for method in (co_teaching, jocor):
        assert (against_plain(method.learn).mean(0) - alone > 0).all()


def test_the_rate_is_estimated_unless_it_is_said():
    here = trial(0)
    assert here.run(co_teaching.learn).info["rate"] == pytest.approx(0.4, abs=0.1)
    told = here.run(co_teaching.learn, rate=0.25)
    assert told.info["rate"] == 0.25
    assert (told.labels.y < 0).mean() == pytest.approx(0.25, abs=0.01)
    assert (here.run(co_teaching.learn, rate=0.0).labels.y == here.labels.y).all()


@pytest.mark.parametrize("rate", [-0.1, 1.0, float("nan")])
@pytest.mark.parametrize("method", METHODS)
def test_a_rate_that_is_no_share_is_refused(method, rate):
    with pytest.raises(ValueError, match="rate is the share of wrong labels"):
        trial(0).run(method.learn, LAST, rate=rate)


def test_a_closeness_that_leaves_no_labels_is_refused():
    with pytest.raises(ValueError, match="closeness must be from 0 to below 1"):
        trial(0).run(jocor.learn, closeness=1.0)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("case", CASES)
def test_little_to_work_with_gives_an_answer(method, case):
    answers(method.learn, case)
    answers(method.learn, case, batch=1, epochs=1)
