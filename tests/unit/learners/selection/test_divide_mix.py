"""divide_mix and tabasco: the shared recipe, the two splits, and what they are worth."""

from functools import partial

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.selection.degenerate import CASES, answers
from tests.unit.learners.selection.trials import LAST, RNG, Trial, against_plain, guessed, trial
from torch import nn

from reliabel.core.labels import Classes
from reliabel.core.training import Training
from reliabel.learners.selection import divide_mix, tabasco
from reliabel.ops.torch.divided import Divided
from reliabel.ops.torch.half_supervised import Mix, guess_weight, mean
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.losses import cross_entropy
from reliabel.ops.torch.recipe import from_loss

SHORT = Training(epochs=4, keep="last", hold_out=0.0)
EVEN = torch.full((4,), 0.25)


def weights_after(mix, nets, recipe=None, prior=EVEN):
    here = trial(0)
    split = divide_mix.small_loss_chance
    made = recipe or partial(Divided, len(here.labels), prior, split, mix, 0.5)
    words = {"features": here.features, "rng": RNG(0), "training": SHORT}
    done = train(here.labels, made, nets=nets, **words)
    return [net.weight.detach().numpy() for net in done.nets]


def networks():
    torch.manual_seed(3)
    return [nn.Linear(64, 4), nn.Linear(64, 4)]


def test_before_the_first_split_it_is_two_plain_trainings():
    one, two = networks()
    both = weights_after(Mix(1.1, 25.0, 4.0), [one, two])
    for together, alone in zip(both, (one, two), strict=True):
        plain = weights_after(None, [alone], from_loss(cross_entropy))[0]
        assert together == pytest.approx(plain, abs=1e-6)


def test_each_network_learns_by_the_split_of_the_other():
    recipe = Divided(2, torch.tensor([0.5, 0.5]), divide_mix.small_loss_chance, Mix(0, 0, 0), 1.0)
    recipe.clean[1] = torch.tensor([1.0, 0.0])
    recipe.believed[1] = torch.tensor([True, False])
    recipe.clean[0], recipe.believed[0] = torch.tensor([0.25, 1.0]), torch.tensor([True, True])
    batch = type("Batch", (), {"index": torch.arange(2), "target": torch.eye(2)})
    said = torch.tensor([[[0.2, 0.8], [0.6, 0.4]], [[0.4, 0.6], [0.8, 0.2]]])
    first, second = (recipe.target(batch, said, me) for me in (0, 1))
    assert first[0].tolist() == [1.0, 0.0], "believed by the second network, and surely right"
    assert first[1].tolist() == pytest.approx([0.7, 0.3]), "doubted: what both say on average"
    assert second[0].tolist() == pytest.approx([0.25 + 0.75 * 0.4, 0.75 * 0.6])
    assert second[1].tolist() == [0.0, 1.0]


def test_sharper_targets_are_more_certain():
    recipe = Divided(1, torch.tensor([0.5, 0.5]), divide_mix.small_loss_chance, Mix(0, 0, 0), 0.5)
    recipe.believed[:] = False
    batch = type("Batch", (), {"index": torch.arange(1), "target": torch.eye(2)[:1]})
    target = recipe.target(batch, torch.tensor([[[0.75, 0.25]]] * 2), 0)
    assert target[0].tolist() == pytest.approx([0.9, 0.1])


def test_the_loss_of_a_batch_without_believed_or_without_doubted_rows_is_finite():
    net, x = nn.Linear(3, 2), torch.randn(4, 3)
    target = torch.eye(2)[[0, 1, 0, 1]]
    for believed in (torch.ones(4, dtype=torch.bool), torch.zeros(4, dtype=torch.bool)):
        loss = Mix(0.0, 10.0, 4.0).loss(net, [x, x], target, believed, torch.full((2,), 0.5), 1.0)
        assert torch.isfinite(loss)
    assert mean(torch.empty(0)) == 0


def test_without_mixing_the_loss_is_what_it_says():
    net, x, prior = nn.Linear(3, 2), torch.randn(4, 3), torch.tensor([0.5, 0.5])
    target, believed = torch.eye(2)[[0, 1, 0, 1]], torch.tensor([True, True, False, False])
    p = net(x).softmax(1)
    fit = -(target[:2] * p[:2].log()).sum(1).mean()
    guess = ((p[2:] - target[2:]) ** 2).mean()
    apart = (prior * (prior / p.mean(0)).log()).sum()
    found = Mix(0.2, 8.0, 0.0).loss(net, [x], target, believed, prior, 0.35)
    assert found.item() == pytest.approx((fit + 4.0 * guess + apart).item(), abs=1e-5)


def test_the_weight_of_guesses_follows_the_share_of_wrong_labels():
    weights = [guess_weight(rate, 10) for rate in (0.0, 0.25, 0.3, 0.5, 0.9)]
    assert weights == pytest.approx([0, 0, 5, 25, 25])
    assert guess_weight(0.5, 100) == 150


class Opinion:
    """What a network says of all items, made up."""

    def __init__(self, p, y, embedded=None):
        self.y, self.p, self.embedded = torch.as_tensor(y), torch.as_tensor(p), embedded

    def logits(self, net):
        return self.p.log()


def test_small_losses_are_likely_right_and_items_without_a_label_unknown():
    p = np.array([[0.9, 0.1]] * 6 + [[0.1, 0.9]] * 3 + [[0.9, 0.1]])
    y = np.r_[np.zeros(9, dtype=int), -1]
    chance = divide_mix.small_loss_chance(Opinion(p, y), 0, y)
    assert (chance[:6] > 0.9).all()
    assert (chance[6:9] < 0.1).all()
    assert np.isnan(chance[9])
    even = np.full((10, 2), 0.5)
    assert np.isnan(divide_mix.small_loss_chance(Opinion(even, y), 0, y)).all()


def test_losses_that_form_no_groups_leave_the_last_split():
    y = np.array([0, 1, 0, 1])
    recipe = Divided(4, torch.ones(2) / 2, divide_mix.small_loss_chance, Mix(0, 0, 0), 1.0)
    recipe.labels = Classes(y)
    recipe.clean[0] = torch.tensor([1.0, 0.2, 0.3, 1.0])
    recipe.after_epoch(Opinion(np.full((4, 2), 0.5), y))
    assert recipe.clean[0].tolist() == pytest.approx([1.0, 0.2, 0.3, 1.0])
    assert recipe.believed[0].tolist() == [True, False, False, True]


@pytest.mark.parametrize("method", [divide_mix, tabasco])
def test_keeps_its_accuracy_to_the_last_epoch_and_finds_the_truth(method):
    more, relabelled = against_plain(method.learn, seeds=2).min(0)
    assert more > 0.1
    assert relabelled > 0.3, "nine of ten labels are right, of .6 as given"


def test_accuracy_does_not_fall_after_its_best_epoch():
    here = trial(0)
    training = Training(hold_out=0.1, keep="last")
    trace = here.run(divide_mix.learn, training).trace
    assert trace[-1] > trace.max() - 0.04


def long_tail(seed):
    """Four classes of 600, 300, 120 and 40 items, four labels in ten wrong."""
    rng, size = RNG(seed), (600, 300, 120, 40)
    centre = rng.normal(size=(4, 64)) * 0.38
    truth, true = np.repeat(np.arange(4), size), rng.integers(0, 4, 2000)
    x = (centre[truth] + rng.normal(size=(len(truth), 64))).astype(np.float32)
    fresh = (centre[true] + rng.normal(size=(2000, 64))).astype(np.float32)
    wrong = rng.random(len(truth)) < 0.4
    y = np.where(wrong, (truth + rng.integers(1, 4, len(truth))) % 4, truth)
    return Trial(Classes(y), truth, x, guessed(x, y, 4), fresh, true, seed)


def test_two_scores_keep_rare_classes_that_the_losses_lose():
    """The claim of TABASCO: macro recall under a long tail with noise, against DivideMix."""
    gains = []
    for seed in range(3):
        here = long_tail(seed)
        recall = []
        for method in (tabasco, divide_mix):
            said = here.run(method.learn, LAST).predict(here.fresh).p.argmax(1)
            recall.append(np.mean([(said[here.true == c] == c).mean() for c in range(4)]))
        gains.append(recall[0] - recall[1])
    assert np.mean(gains) > 0.02
    assert min(gains) > -0.02


@pytest.mark.parametrize("method", [divide_mix, tabasco])
@pytest.mark.parametrize("case", CASES)
def test_little_to_work_with_gives_an_answer(method, case):
    answers(method.learn, case)
    answers(method.learn, case, batch=1, epochs=2)


def test_probabilities_that_lean_to_a_class_do_not_pull_the_answer():
    """They say how many labels are wrong alone: on pictures the guesses followed the lean."""
    here = trial(0)
    said = []
    for lean in (0.0, 3.0):
        probs = np.full((len(here.labels), 4), 0.25)
        probs[:, 0] += lean
        words = {"features": here.features, "rng": RNG(0), "training": SHORT, "guesses": 10.0}
        model = divide_mix.learn(here.labels, probs=probs / probs.sum(1)[:, None], **words)
        said.append(model.predict(here.features).p)
    assert np.array_equal(*said)
