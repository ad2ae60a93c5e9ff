"""Cross-modal selection (CromSS): heads on two views of each item say together which labels to
trust, and teach each other; that on ``features`` is the answer.

The second view (``paired``: another sensor, the caption of a picture) is at hand while training
only.
Assumes that each view alone tells the classes apart to some degree, and that they err on different
items.  On three planted worlds with 40 % class-conditional noise it beats cross-entropy on the one
view (.60, .74, .66 for .56, .69, .63), but not the small-loss rule (.59, .75, .68); where both
views are there to predict by, co-teaching on both side by side is far better (.94 for .87): hence
experimental.  The smoothing of labels by place and time is left out.
Cost: two to three times cross-entropy, memory O(n (d + e)).
Paper: Liu, Albrecht, Wang, Li, Zhu. CromSS: cross-modal pretraining with noisy labels for remote
sensing image segmentation. ICLR 2024 workshop on machine learning for remote sensing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor, nn

from reliabel.core.labels import Classes, Floats
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops.logistic import scale
from reliabel.ops.torch.loop import train
from reliabel.ops.torch.losses import cross_entropy
from reliabel.ops.torch.nets import Head, heads_of
from reliabel.ops.torch.recipe import Batch, Recipe, Seen

STATUS = "experimental"
ALSO = ("cromss",)
SMALL = {"epochs": 5}
RAMP = 0.3  # share of the training in which the share that counts fully falls to ``full``


def entangled(mine: Tensor, others: Tensor) -> Tensor:
    """(n,) confidence of one view, half of it only as far as the other view has it, too."""
    return (mine + mine * others) / 2


def soft_selection(confidence: Tensor, y: Tensor, keep: float) -> Tensor:
    """(n,) 1 for the share ``keep`` of each class that is most confident, less for the others, in
    proportion to the least confident of those; 1 where there is no label.

    >>> import torch
    >>> c, y = torch.tensor([0.8, 0.4, 0.2, 0.1]), torch.zeros(4, dtype=torch.long)
    >>> soft_selection(c, y, 0.5).tolist()
    [1.0, 1.0, 0.5, 0.25]
    """
    weight = torch.ones_like(confidence)
    for c in torch.unique(y[y >= 0]).tolist():
        mine = torch.nonzero(y == c)[:, 0]
        count = max(1, round(keep * len(mine)))
        threshold = confidence[mine].topk(count).values[-1].clamp_min(1e-12)
        weight[mine] = (confidence[mine] / threshold).clamp_max(1.0)
    return weight


class Part(nn.Module):  # type: ignore[misc]
    """A head on some columns of the rows."""

    def __init__(self, head: Head, first: int, last: int) -> None:
        super().__init__()
        self.head, self.first, self.last = head, first, last

    def forward(self, x: Tensor) -> Tensor:
        return self.head(x[:, self.first : self.last])


class CrossModal(Recipe):
    """``label`` and ``word`` (2, n) say for each view how far the label of an item counts, and how
    far what the view says of it.
    """

    nets = 2

    def __init__(self, n: int, full: float) -> None:
        super().__init__()
        self.full = full
        self.label, self.word = nn.Buffer(torch.ones(2, n)), nn.Buffer(torch.ones(2, n))

    def step(self, nets: Sequence[nn.Module], batch: Batch) -> Tensor:
        logits = [net(batch.x) for net in nets]
        loss = torch.zeros((), device=batch.x.device)
        for view, other in ((0, 1), (1, 0)):
            told = logits[other].detach().softmax(1)
            given = self.label[view, batch.index] * cross_entropy(logits[view], batch.y)
            taught = self.word[other, batch.index] * cross_entropy(logits[view], told)
            loss = loss + (given + taught).mean()
        return loss

    def after_epoch(self, seen: Seen) -> None:
        keep = 1 - (1 - self.full) * min(1.0, seen.share / RAMP)
        given, one = seen.y.clamp_min(0)[:, None], torch.zeros_like(seen.y)
        p = [seen.probs(view) for view in (0, 1)]
        of_label = [each.gather(1, given)[:, 0] for each in p]
        of_word = [_certainty(each) for each in p]
        for view, other in ((0, 1), (1, 0)):
            both = entangled(of_label[view], of_label[other])
            self.label[view] = soft_selection(both, seen.y, keep)
            sure = entangled(of_word[view], of_word[other])
            self.word[view] = soft_selection(sure, one, keep)

    def judges(self, nets: Sequence[nn.Module]) -> Sequence[nn.Module]:
        return nets[:1]


def learn(
    labels: Classes,
    *,
    features: Floats,
    paired: Floats,
    rng: Generator,
    training: Training = Training(),
    full: float = 0.5,
) -> Model:
    """The head on ``features``; ``labels`` of the model has -1 where the label counted less than
    half for it, ``info["weights"]`` (n,) says how much.

    full: share of each class whose labels count fully from a third of the training on.
    Raises ValueError where either view is no matrix, and for a network of the user's own.

    >>> import numpy as np
    >>> x, y = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, 0), np.repeat([0, 0, 1, 1], 15)
    >>> y[::15] = 1 - y[::15]
    >>> model = learn(Classes(y), features=x, paired=x[:, ::-1] ** 2, rng=np.random.default_rng(0))
    >>> model.predict(np.array([[0.5], [4.5]])).p.argmax(1).tolist()
    [0, 1]
    """
    _check(features, paired, training, full)
    views, k = (np.asarray(features), np.asarray(paired)), labels.k
    if training.optimiser == "auto":
        training = replace(training, optimiser="adamw" if training.hidden else "sgd")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(rng.integers(2**63)))
        parts = _parts(views, k, training.hidden)
    done = train(
        labels,
        lambda: CrossModal(len(labels), full),
        features=np.concatenate(views, axis=1),
        rng=rng,
        training=training,
        nets=parts,
    )
    weight = done.recipe.label[0].double().cpu().numpy()
    kept = Classes(np.where(weight < 0.5, -1, labels.y), labels.names)
    head = heads_of([done.nets[0].head], labels.names, False)
    info = {"epoch": done.epoch, "held_out": len(done.held), "loss": done.loss, "weights": weight}
    if done.stopped:
        info["stopped"] = done.stopped
    return Model(head, kept, done.dynamics, done.trace, info)


def _certainty(p: Tensor) -> Tensor:
    """(n,) one less the entropy as a share of the largest there can be."""
    most = np.log(max(p.shape[1], 2))
    return (1 + (p * p.clamp_min(1e-12).log()).sum(1) / most).clamp(0, 1)


def _parts(views: Sequence[Floats], k: int, hidden: int) -> list[Part]:
    """A head on the columns of each view, as they stand side by side."""
    parts, first = [], 0
    for view in views:
        mean, spread = scale(view)
        head = Head(view.shape[1], k, hidden=hidden, mean=mean, spread=spread)
        parts.append(Part(head, first, first + view.shape[1]))
        first += view.shape[1]
    return parts


def _check(features: Floats, paired: Floats, training: Training, full: float) -> None:
    if not 0 < full <= 1:
        raise ValueError(f"full must be a share above 0, at most 1, got {full!r}")
    if training.module is not None:
        raise ValueError(
            "cross_modal trains built-in heads on two matrices of features and takes no module=; "
            "leave it out, or set hidden= for a hidden layer"
        )
    for name, view in (("features", features), ("paired", paired)):
        if np.ndim(view) != 2:
            raise ValueError(
                f"cross_modal takes one vector an item in each view, got {name} of shape "
                f"{np.shape(view)}"
            )
