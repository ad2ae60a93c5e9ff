"""A robust loss in a training loop of your own: each loss of ``reliabel.learners.losses`` is a
function of logits and targets that gives one number a row, for any PyTorch model.

Needs reliabel[torch].
"""

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

from reliabel.learners.losses import active_passive, adaptive_label_robust

torch.manual_seed(0)
x, truth = load_digits(return_X_y=True)
x, truth = torch.tensor(x / 16, dtype=torch.float32), torch.tensor(truth)
wrong = torch.rand(len(truth)) < 0.4
given = torch.where(wrong, torch.randint(0, 10, truth.shape), truth)
train, test = torch.arange(0, 1200), torch.arange(1200, len(truth))


def trained(loss):
    """The accuracy of a small network after 40 epochs with this loss(logits, target, index)."""
    torch.manual_seed(1)
    net = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))
    optimiser = torch.optim.Adam(net.parameters(), lr=0.003)
    for _ in range(40):
        for index in train[torch.randperm(len(train))].split(64):
            optimiser.zero_grad()
            loss(net(x[index]), given[index], index).mean().backward()
            optimiser.step()
    return float((net(x[test]).argmax(1) == truth[test]).float().mean())


# A loss that needs nothing else takes the place of torch's own.
plain = trained(lambda z, y, index: nn.functional.cross_entropy(z, y, reduction="none"))
robust = trained(lambda z, y, index: active_passive.loss(z, y))

# A loss with a memory of its items: you keep the tensor, a function of the same file moves it on.
temperature = torch.full((len(truth),), 10.0)


def adaptive(z, y, index):
    """The temperature of each row moves one step, then the loss is taken at it."""
    temperature[index] = adaptive_label_robust.adapted(z, y, temperature[index], start=10.0)
    return adaptive_label_robust.loss(z, y, temperature[index], start=10.0)


own = trained(adaptive)

# Targets may be distributions as well: soft labels, votes, or blends of them.
votes = torch.full((1, 10), 0.0)
votes[0, [3, 8]] = torch.tensor([0.6, 0.4])
one = active_passive.loss(torch.zeros(1, 10), votes)

print(f"{float(wrong.float().mean()):.0%} of the labels were drawn anew")
print(f"cross-entropy {plain:.3f}, active-passive {robust:.3f}, adaptive robust {own:.3f}")
assert robust > plain + 0.02
assert own > plain + 0.02
assert np.isfinite(float(one))
