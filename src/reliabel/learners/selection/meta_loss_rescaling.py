"""Meta loss rescaling (STORM): a small network says from signals of training what each item counts;
it learns from what a step does for other items that count.

No item has to be known as right: the items that judge a step are drawn from the noisy ones, in
proportion to what they count themselves.
Assumes that most labels of each class are right, so that steps in their direction agree.  Weak
where flips go to one class and are near half.
Cost: five to seven times cross-entropy, memory O(n).
Paper: Heck, et al. Learning from noisy labels via self-taught on-the-fly meta loss rescaling. AAAI
2025.  Signals and sizes are ours: the paper's were not at hand.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from reliabel.core.labels import Classes, Floats
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.losses import cross_entropy
from reliabel.ops.torch.recipe import Batch, Recipe
from reliabel.ops.torch.steps import ahead

ALSO = ("storm",)
SMALL = {"epochs": 5}
SIGNALS, UNITS = 8, 16  # of the small network
LEAST = 0.05  # what an item counts at least, so that none is lost for good
WARM = 0.1  # share of the training in which all items count alike
KEPT = 0.9  # of what was remembered of an item, at each visit
VIEWS = 2  # other views whose spread is a signal
AHEAD = 1.0  # length of the step that is judged


def signals(logits: Tensor, y: Tensor, views: Tensor, before: Tensor) -> Tensor:
    """(b, 8) what is known of each item, standardised over the batch: loss, probability of the
    label, of the likeliest class, entropy, margin, spread of the label's probability over ``views``
    (v, b, k), and what is remembered ``before`` (b, 2) of the loss and the probability.
    """
    log = logits.log_softmax(1)
    p, own = log.exp(), log.gather(1, y[:, None])[:, 0]
    rest = p.scatter(1, y[:, None], 0.0).max(1).values
    told = views.softmax(2).gather(2, y[None, :, None].expand(len(views), -1, -1))[..., 0]
    columns = [-own, own.exp(), p.max(1).values, -(p * log).sum(1), own.exp() - rest]
    found = torch.stack([*columns, told.std(0, correction=0), *before.T], dim=1)
    return (found - found.mean(0)) / (found.std(0, correction=0) + 1e-6)


class Weigher(nn.Module):  # type: ignore[misc]
    """(b,) what each item of a batch counts, one on average, from its signals (b, 8)."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(SIGNALS, UNITS), nn.Tanh(), nn.Linear(UNITS, 1))

    def forward(self, signal: Tensor) -> Tensor:
        raw = nn.functional.softplus(self.body(signal)[:, 0]) + 1e-6
        return LEAST + (1 - LEAST) * raw / raw.mean()


class MetaRescaling(Recipe):
    """``weight`` (n,) is what each item counted last, 0 before its first batch; ``before`` (n, 2)
    remembers its loss and the probability of its label.
    """

    def __init__(self, n: int, meta_lr: float) -> None:
        super().__init__()
        self.meta_lr, self.weigher = meta_lr, Weigher()
        self.weight, self.before = nn.Buffer(torch.zeros(n)), nn.Buffer(torch.zeros(n, 2))

    def begin(self, nets: Sequence[nn.Module]) -> Sequence[Optimizer]:
        return [Adam(self.weigher.parameters(), lr=self.meta_lr)]

    def step(self, nets: Sequence[nn.Module], batch: Batch) -> Tensor:
        net, x, y = nets[0], batch.x, batch.y
        logits = net(x)
        loss = cross_entropy(logits, y)
        signal = self._signals(net, batch, logits.detach())
        if batch.share < WARM:
            self.weight[batch.index] = 1.0
            return loss.mean()
        weight = self.weigher(signal)
        self.weight[batch.index] = weight.detach()
        after = ahead(net, lambda now: (weight * cross_entropy(now(x), y)).mean(), AHEAD)
        judge = batch.take(torch.multinomial(self.weight, len(y), replacement=True))
        meta = cross_entropy(after(judge.x), judge.y).mean()
        return (weight.detach() * loss).mean() + meta

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def _signals(self, net: nn.Module, batch: Batch, logits: Tensor) -> Tensor:
        views = torch.stack([net(batch.view()) for _ in range(VIEWS)])
        own = logits.log_softmax(1).gather(1, batch.y[:, None])
        now, kept = torch.cat([-own, own.exp()], dim=1), self.before[batch.index]
        seen = self.weight[batch.index] > 0
        before = torch.where(seen[:, None], KEPT * kept + (1 - KEPT) * now, now)
        self.before[batch.index] = before
        return signals(logits, batch.y, views, before)


def learn(
    labels: Classes,
    *,
    features: Floats,
    rng: Generator,
    training: Training = Training(),
    meta_lr: float = 0.01,
) -> Model:
    """Minimise the weighted cross-entropy; ``labels`` of the model has -1 for items that counted
    less than half the average at their last visit, and ``info["weights"]`` (n,) says what each
    counted (0 for those never trained on).

    meta_lr: learning rate of the network that weighs.

    >>> import numpy as np
    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> y[::15] = 1 - y[::15]
    >>> model = learn(Classes(y), features=x, rng=np.random.default_rng(0), meta_lr=0.05)
    >>> weight = model.info["weights"]
    >>> bool(weight[::15].max() < np.median(weight))
    True
    """
    done = train(
        labels,
        lambda: MetaRescaling(len(labels), meta_lr),
        features=features,
        rng=rng,
        training=training,
    )
    weight = done.recipe.weight.double().cpu().numpy()
    light = (weight > 0) & (weight < 0.5)
    kept = Classes(np.where(light, -1, labels.y), labels.names)
    return done.model(labels=kept, weights=weight)
