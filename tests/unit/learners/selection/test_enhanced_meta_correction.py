"""enhanced_meta_correction: the meta-gradient, the gain from trusted items, and gaps in them."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.planted import accuracy, clouds, flipped

from reliabel.core.labels import Classes
from reliabel.core.training import Training
from reliabel.learners import cross_entropy
from reliabel.learners.selection.enhanced_meta_correction import MetaCorrection, corrected, learn
from reliabel.ops.torch import losses
from reliabel.ops.torch.batches import both
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.recipe import from_loss
from reliabel.ops.torch.steps import ahead

LAST = Training(keep="last", hold_out=0.0)


def test_the_meta_gradient_is_the_closed_form_of_a_linear_student():
    torch.manual_seed(0)
    net, x, clean = torch.nn.Linear(5, 3).double(), torch.randn(7, 5).double(), torch.randn(4, 5)
    target = torch.rand(7, 3).double().requires_grad_()
    y, clean = torch.tensor([0, 1, 2, 0]), clean.double()
    after = ahead(net, lambda now: losses.cross_entropy(now(x), target).mean(), 0.3)
    losses.cross_entropy(after(clean), y).mean().backward()

    p = net(x).softmax(1).detach()
    slope = (p * target.detach().sum(1, keepdim=True) - target.detach()) / 7
    weight = (net.weight - 0.3 * slope.T @ x).detach().requires_grad_()
    bias = (net.bias - 0.3 * slope.sum(0)).detach().requires_grad_()
    losses.cross_entropy(clean @ weight.T + bias, y).mean().backward()
    along = x @ weight.grad.T + bias.grad  # d_i of every class
    closed = 0.3 / 7 * (along - (p * along).sum(1, keepdim=True))
    assert torch.allclose(target.grad, closed, atol=1e-10)


def test_trust_one_is_the_label_and_trust_zero_the_teacher():
    label, said = torch.eye(2), torch.tensor([[0.3, 0.7], [0.6, 0.4]])
    mixed = corrected(torch.tensor([1.0, 0.0]), label, said)
    assert torch.equal(mixed, torch.stack([label[0], said[1]]))


def test_labels_of_a_class_without_trusted_items_are_kept():
    recipe = MetaCorrection(2, np.array([True]), np.array([True, False]), 0.1, 1.0)
    y = torch.tensor([0, 1, -1])
    found = recipe.target(y, torch.eye(2)[y.clamp_min(0)], torch.zeros(3, 2))
    assert found[1].tolist() == [0.0, 1.0]
    assert found[2].tolist() == [0.5, 0.5], "without a label: the teacher's word"
    assert 0 < found[0, 1] < 0.5


@pytest.mark.parametrize("pair", [False, True])
def test_beats_cross_entropy_with_the_same_trusted_labels(pair):
    """As they are, and with the trusted ones as a quarter of each batch."""
    plain, drawn, right = [], [], []
    for seed in range(3):
        x, truth, fresh, true = clouds(seed=seed)
        trusted = np.random.default_rng(seed).random(len(x)) < 0.12
        y = np.where(trusted, truth, flipped(truth, 0.4, seed=seed, pair=pair))
        labels, words = Classes(y), {"features": x, "training": LAST}
        mine = learn(labels, trusted=trusted, rng=np.random.default_rng(seed), **words)
        right.append((mine.labels.p.argmax(1) == truth).mean() - (y == truth).mean())
        ce = cross_entropy.learn(labels, rng=np.random.default_rng(seed), **words)
        plain.append(accuracy(mine, fresh, true) - accuracy(ce, fresh, true))
        often = train(
            labels,
            from_loss(losses.cross_entropy),
            batches=both(trusted, 0.25),
            rng=np.random.default_rng(seed),
            **words,
        )
        drawn.append(accuracy(mine, fresh, true) - accuracy(often.model(), fresh, true))
    assert np.mean(plain) > 0.05, plain
    assert np.mean(drawn) > 0.05, drawn
    assert np.mean(right) > 0.15, right


def test_a_class_without_trusted_items_gets_an_answer_and_a_sentence():
    x, truth, *_ = clouds(200)
    trusted = (truth != 2) & (np.arange(200) % 3 == 0)
    words = {"features": x, "trusted": trusted, "training": Training(epochs=2)}
    model = learn(Classes(truth, ("a", "b", "c", "d")), rng=np.random.default_rng(0), **words)
    assert model.info["warnings"] == [
        "no trusted item has the label c: given labels of such classes are kept as they are"
    ]
    assert (model.labels.p.argmax(1) == truth)[truth == 2].all()


def test_nothing_trusted_is_a_sentence():
    with pytest.raises(ValueError, match="no labelled item is trusted"):
        learn(Classes([0, -1]), features=np.eye(2), trusted=np.array([False, True]), rng=None)
