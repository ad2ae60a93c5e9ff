"""Active-passive losses: a normalised loss that raises the given label, plus a bounded one that
lowers the others; both are robust, and together they also fit.

Assumes wrong labels are less common than right ones in each class.  Weak where the weights do not
suit the number of classes; the automatic ones let the active part grow with it.
Cost: as cross-entropy.
Paper: Ma, Huang, Wang, Romano, Erfani, Bailey. Normalized loss functions for deep learning with
noisy labels. ICML 2020.
"""

from __future__ import annotations

from numpy.random import Generator
from torch import Tensor

from reliabel.core.labels import Classes, Floats, Soft
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.recipe import from_loss
from reliabel.ops.torch.robust import absolute_error, normalised, reverse_cross_entropy

ALSO = ("apl", "nce_rce", "nce_mae")
SMALL = {"epochs": 5}
GAMMA = {"nce": 0.0, "nfl": 0.5}
PASSIVE = {"mae": absolute_error, "rce": reverse_cross_entropy}


def loss(
    logits: Tensor,
    target: Tensor,
    *,
    active: str = "nce",
    passive: str = "rce",
    alpha: float | None = None,
    beta: float | None = None,
) -> Tensor:
    """(b,) alpha * active + beta * passive, for a class (b,) or a distribution (b, k); options as
    in ``learn``.  Its sum over all possible targets does not depend on the logits.

    >>> import torch
    >>> loss(torch.zeros(1, 4), torch.tensor([0]), passive="mae").tolist()
    [1.0]
    """
    alpha, beta = _weights(logits.shape[1], passive, alpha, beta)
    raising = normalised(logits, target, gamma=GAMMA[active])
    return alpha * raising + beta * PASSIVE[passive](logits, target)


def learn(
    labels: Classes | Soft,
    *,
    features: Floats,
    rng: Generator,
    training: Training = Training(),
    active: str = "nce",
    passive: str = "rce",
    alpha: float | None = None,
    beta: float | None = None,
) -> Model:
    """Minimise the weighted sum of both.

    active: "nce" (normalised cross-entropy) or "nfl" (normalised focal loss).
    passive: "mae" (mean absolute error) or "rce" (reverse cross-entropy, 9.21 times that).
    alpha: weight of the active part; None is k / 10, at least 1 (the authors: 1 for 10 classes, 10
        for 100).
    beta: weight of the passive part; None is 1 with mae and 1 / alpha with rce (the authors' too).
    Raises ValueError for other names.

    >>> import numpy as np
    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> y[::15] = 1 - y[::15]
    >>> model = learn(Classes(y), features=x, rng=np.random.default_rng(0))
    >>> model.predict(np.array([[0.0], [5.0]])).p.argmax(1).tolist()
    [0, 1]
    """
    if active not in GAMMA or passive not in PASSIVE:
        raise ValueError(
            f"active must be one of {', '.join(GAMMA)} and passive one of {', '.join(PASSIVE)}, "
            f"got active {active!r:.40} and passive {passive!r:.40}"
        )
    recipe = from_loss(loss, active=active, passive=passive, alpha=alpha, beta=beta)
    return train(labels, recipe, features=features, rng=rng, training=training).model()


def _weights(k: int, passive: str, alpha: float | None, beta: float | None) -> tuple[float, float]:
    """Both weights, by the number of classes where they are left open."""
    chosen = max(1.0, k / 10) if alpha is None else alpha
    if beta is None:
        beta = 1.0 if passive == "mae" else 1 / max(1.0, k / 10)
    return chosen, beta
