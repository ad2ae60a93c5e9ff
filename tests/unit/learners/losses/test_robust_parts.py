"""What all robust losses share, and the pure losses alike: targets as classes or distributions, and
finite values and gradients for any logits.
"""

from importlib import import_module

import pytest

torch = pytest.importorskip("torch")

from reliabel.ops.torch import robust
from reliabel.ops.torch.losses import cross_entropy

NAMES = (
    "mean_absolute_error",
    "symmetric_cross_entropy",
    "normalised_cross_entropy",
    "active_passive",
    "jensen_shannon",
    "label_robust_divergence",
    "bootstrapping",
    "label_smoothing",
    "max_suppression",
    "conditional_smoothing",
)  # whose loss takes logits and target alone
EXTREME = ([300.0, -300.0, 0.0], [-1e4, 1e4, 1e4], [0.0, 0.0, 0.0], [1e-30, -1e-30, 0.0])


def pure(name):
    return import_module(f"reliabel.learners.losses.{name}").loss


@pytest.mark.parametrize("name", NAMES)
def test_a_class_and_a_certain_distribution_are_the_same_target(name):
    z = torch.randn(20, 3, generator=torch.Generator().manual_seed(0))
    y = torch.arange(20) % 3
    hard, soft = pure(name)(z, y), pure(name)(z, torch.eye(3, dtype=torch.float64)[y])
    assert hard.shape == (20,)
    assert torch.allclose(hard, soft, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_a_distribution_lies_between_its_classes(name):
    """Where the loss is not linear in the target, it is at most the mean of both (convex)."""
    z = torch.randn(20, 3, generator=torch.Generator().manual_seed(1))
    one, two = (pure(name)(z, torch.full((20,), c)) for c in (0, 1))
    half = pure(name)(z, torch.tensor([[0.5, 0.5, 0.0]]).expand(20, 3))
    assert (half <= (one + two) / 2 + 1e-5).all()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("row", EXTREME)
@pytest.mark.parametrize("y", [0, 1, 2])
def test_values_and_gradients_are_finite_for_any_logits(name, row, y):
    z = torch.tensor([row], requires_grad=True)
    value = pure(name)(z, torch.tensor([y]))
    value.sum().backward()
    assert torch.isfinite(value).all()
    assert torch.isfinite(z.grad).all()


@pytest.mark.parametrize("name", [name for name in NAMES if name != "bootstrapping"])
def test_gradients_are_those_of_finite_differences(name):
    """Not bootstrapping's, whose opinion carries no gradient."""
    z = torch.randn(6, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    y = torch.tensor([0, 1, 2, 3, 0, 1])
    assert torch.autograd.gradcheck(lambda x: pure(name)(x, y), (0.3 * z).requires_grad_())


@pytest.mark.parametrize("name", NAMES)
def test_one_class_alone_has_a_finite_loss(name):
    z = torch.tensor([[2.0]], requires_grad=True)
    value = pure(name)(z, torch.tensor([0]))
    value.sum().backward()
    assert torch.isfinite(value).all()
    assert torch.isfinite(z.grad).all()


def test_losses_that_are_symmetric_add_up_to_a_constant():
    """Over all possible targets, which is why symmetric noise does not move their minimiser."""
    z = torch.randn(30, 5, generator=torch.Generator().manual_seed(3)) * 3

    def total(loss):
        return sum(loss(z, torch.full((30,), c)) for c in range(5))

    assert torch.allclose(total(robust.absolute_error), torch.tensor(4.0))
    reverse = total(robust.reverse_cross_entropy)
    assert torch.allclose(reverse, torch.tensor(4 * 9.21034), rtol=1e-5)
    assert torch.allclose(total(robust.normalised), torch.tensor(1.0))
    assert torch.allclose(total(lambda z, y: robust.normalised(z, y, gamma=0.5)), torch.tensor(1.0))
    assert total(cross_entropy).std() > 1


def test_margins_beyond_a_mean_size_of_one_do_not_grow():
    z = torch.tensor([[4.0, -2.0, 0.0]])
    once, twice = (
        robust.label_margins(scale * z, torch.tensor([0]), margin=0.1) for scale in (1, 10)
    )
    assert torch.allclose(once, twice)
    by_hand = z * 3 / z.abs().sum()
    assert torch.allclose(once, by_hand - by_hand[:, :1] + torch.tensor([[0.0, 0.1, 0.1]]))
    small = robust.label_margins(z / 100, torch.tensor([0]), margin=0.0)
    assert torch.allclose(small, z / 100 - 0.04)
