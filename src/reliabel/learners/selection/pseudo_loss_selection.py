"""Pseudo-loss selection (LSA): labels with a high loss, or beyond a line that parts those from the
rest, give way to guesses that count as far as they are sure.

The two detectors take turns: what loss alone calls noisy teaches a linear one on the features,
which finds items that the network has learnt by heart.
Assumes that wrong labels lose more at first, and, for the linear detector, that noisy items lie
elsewhere in the features (web data, items of other classes).  Weak where flips go to one class.
Cost: two to three times cross-entropy and a logistic regression every other epoch, memory O(n k).
Paper: Albert, Valmadre, Arazo, Krishna, O'Connor, McGuinness. An accurate detection is not all you
need to combat label noise in web-noisy datasets. ECCV 2024; the weights: Albert, Arazo, O'Connor,
McGuinness. Is your noise correction noisy? PLS. WACV 2023.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor, nn

from reliabel.core.labels import Classes, Floats
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops.mixture import lower
from reliabel.ops.separation import FEWEST, beyond_a_line, high_losses
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.losses import cross_entropy, mixed, sharpened
from reliabel.ops.torch.recipe import Batch, Recipe, Seen

ALSO = ("lsa", "pls")
SMALL = {"epochs": 6}
DETECTORS = ("alternate", "loss", "linear")
WARM = 0.2  # share of the training that is plain


class PseudoLoss(Recipe):
    """``noisy`` (n,) says whose label is replaced by a guess, ``weight`` (n,) what it counts."""

    mixes = True

    def __init__(self, n: int, detector: str, alpha: float) -> None:
        super().__init__()
        self.detector, self.alpha = detector, alpha
        self.noisy = nn.Buffer(torch.zeros(n, dtype=torch.bool))
        self.weight = nn.Buffer(torch.ones(n))

    def step(self, nets: Sequence[nn.Module], batch: Batch) -> Tensor:
        noisy, target = self.noisy[batch.index], batch.target
        if noisy.any():
            with torch.no_grad():
                guess = sharpened(nets[0](batch.view()).softmax(1), 0.5)
            target = torch.where(noisy[:, None], guess, target)
        target = self.weight[batch.index][:, None] * target
        x, target, _, _ = mixed(batch.x, target, self.alpha)
        return cross_entropy(nets[0](x), target).sum() / target.sum().clamp_min(1e-6)

    def after_epoch(self, seen: Seen) -> None:
        if seen.share < WARM:
            return
        logits = seen.logits()
        loss = torch.where(seen.y >= 0, cross_entropy(logits, seen.y.clamp_min(0)), torch.nan)
        noisy = high_losses(loss.double().cpu().numpy())
        if self.detector == "linear" or (self.detector == "alternate" and seen.epoch % 2 == 0):
            noisy = beyond_a_line(seen.embed(), noisy)
        noisy &= (seen.y >= 0).cpu().numpy()
        weight = np.ones(len(noisy))
        if noisy.sum() >= FEWEST:
            own = cross_entropy(logits, sharpened(logits.softmax(1), 0.5)).double().cpu().numpy()
            weight[noisy] = lower(own[noisy])
        else:
            noisy[:] = False
        self.noisy.copy_(torch.as_tensor(noisy))
        self.weight.copy_(torch.as_tensor(weight))


def learn(
    labels: Classes,
    *,
    features: Floats,
    rng: Generator,
    training: Training = Training(),
    detector: str = "alternate",
    alpha: float = 1.0,
) -> Model:
    """Train with mixup on labels and guesses; ``labels`` of the model are those kept, the guess
    where it counts at least one half, and -1 where the label is noisy and the guess unsure.

    detector: "loss", "linear" or "alternate", which takes turns.  alpha: of mixup's Beta(alpha,
    alpha); 0 mixes nothing.

    >>> import numpy as np
    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> y[::15] = 1 - y[::15]
    >>> model = learn(Classes(y), features=x, rng=np.random.default_rng(0), detector="loss")
    >>> model.info["noisy"], int((model.labels.y[::15] == y[::15]).sum())
    (4, 0)
    """
    if detector not in DETECTORS:
        raise ValueError(f"detector must be one of {', '.join(DETECTORS)}, got {detector!r}")
    if not alpha >= 0:
        raise ValueError(f"alpha must be a number from 0 up, got {alpha!r}")
    done = train(
        labels,
        lambda: PseudoLoss(len(labels), detector, alpha),
        features=features,
        rng=rng,
        training=training,
    )
    noisy, weight = (b.cpu().numpy() for b in (done.recipe.noisy, done.recipe.weight))
    guess = np.where(weight >= 0.5, done.probs().argmax(1), -1)
    kept = Classes(np.where(noisy, guess, labels.y), labels.names)
    return done.model(labels=kept, noisy=int(noisy.sum()))
