"""Label-distributionally robust loss (LDR-KL): the worst case over distributions of the label, a
smooth maximum of how far each class is ahead of the given one.

Assumes wrong labels are less common than right ones in each class.  Weak where the temperature does
not suit the noise: small ones hunt for the largest margin and learn wrong labels, large ones treat
all classes alike and are robust.
Cost: as cross-entropy.
Paper: Zhu, Ying, Yang. Label distributionally robust losses for multi-class classification:
consistency, robustness and adaptivity. ICML 2023.
"""

from __future__ import annotations

from numpy.random import Generator
from torch import Tensor

from reliabel.core.labels import Classes, Floats, Soft
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.recipe import from_loss
from reliabel.ops.torch.robust import label_margins, label_robust

ALSO = ("ldr_kl", "ldr")
SMALL = {"epochs": 5}


def loss(
    logits: Tensor, target: Tensor, *, temperature: float = 3.0, margin: float = 0.1
) -> Tensor:
    """(b,) temperature log mean_k exp((z_k - z_target + margin [k is not the target]) /
    temperature), for a class (b,) or a distribution (b, k).

    Logits z whose mean size is above one are divided by it, so that the loss is bounded: give
    logits, not probabilities.  Below that, temperature 1 without margin is cross-entropy less
    log k.

    >>> import torch
    >>> z, y = torch.tensor([[1.0, 0.0]]), torch.tensor([0])
    >>> round(loss(z, y, temperature=1.0, margin=0.0).item(), 3)
    -0.38
    """
    return label_robust(label_margins(logits, target, margin=margin), temperature)


def learn(
    labels: Classes | Soft,
    *,
    features: Floats,
    rng: Generator,
    training: Training = Training(),
    temperature: float = 3.0,
    margin: float = 0.1,
) -> Model:
    """Minimise the loss.

    temperature: of the smooth maximum, above 0.  The authors tried .1, 1 and 10; the default lies
        between those that suit many classes (1) and few (10).
    margin: by which the given label should be ahead.
    Raises ValueError for a temperature that is not above 0.

    >>> import numpy as np
    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> y[::15] = 1 - y[::15]
    >>> model = learn(Classes(y), features=x, rng=np.random.default_rng(0))
    >>> model.predict(np.array([[0.0], [5.0]])).p.argmax(1).tolist()
    [0, 1]
    """
    if not temperature > 0:
        raise ValueError(f"temperature must be above 0, got {temperature!r:.40}")
    recipe = from_loss(loss, temperature=temperature, margin=margin)
    return train(labels, recipe, features=features, rng=rng, training=training).model()
