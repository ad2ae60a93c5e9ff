import pytest

torch = pytest.importorskip("torch")

from reliabel.ops.torch.guesses import guessed, guessed_logits
from reliabel.ops.torch.small_losses import kept_share, smallest, taught


def test_the_smallest_losses_are_kept_and_always_one():
    loss = torch.tensor([0.3, 0.1, 2.0, 0.2], requires_grad=True)
    assert sorted(smallest(loss, 0.5).tolist()) == [1, 3]
    assert smallest(loss, 0.0).tolist() == [1]
    assert sorted(smallest(loss, 1.0).tolist()) == [0, 1, 2, 3]


def test_the_mean_is_over_those_that_are_kept():
    """Not divided twice, a fault of the published code."""
    one, two = torch.tensor([1.0, 3.0, 100.0]), torch.tensor([2.0, 4.0, 100.0])
    assert taught(one, two, 2 / 3).item() == pytest.approx(2.0 + 3.0)


def test_a_ramp_of_nothing_drops_from_the_start():
    assert kept_share(0.4, 0.0, 0.0) == pytest.approx(0.6)
    assert kept_share(0.4, 0.5, 0.25) == pytest.approx(0.8)
    assert kept_share(0.0, 0.5, 1.0) == 1.0


def test_guesses_take_the_statistics_of_their_batch_and_leave_the_network_as_it_was():
    net = torch.nn.Sequential(torch.nn.Dropout(0.9), torch.nn.BatchNorm1d(3), torch.nn.Linear(3, 2))
    net.train()
    x = torch.randn(7, 3)
    said = guessed(net, [x, x + 1])
    assert net.training
    assert net[1].num_batches_tracked == 0
    assert not said.requires_grad
    net.eval()
    rows = torch.cat([x, x + 1])
    with torch.no_grad():
        even = (rows - rows.mean(0)) / (rows.var(0, unbiased=False) + net[1].eps).sqrt()
        want = net[2](even).softmax(1).reshape(2, 7, 2).mean(0)
    assert said == pytest.approx(want, abs=1e-6)
    few = guessed_logits(net, x)  # too few rows for statistics of their own
    assert few == pytest.approx(net(x).detach(), abs=1e-6)
