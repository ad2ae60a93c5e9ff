"""Linear and multilayer heads on features, as plain arrays: what a trained classifier predicts by,
without torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.special import expit, softmax

from reliabel.core.labels import Floats, Soft, SoftMultiLabel
from reliabel.core.short_repr import classes, many, short
from reliabel.ops.chunks import spans

Layer = tuple[Floats, Floats]  # weight (inputs, outputs), bias (outputs,)
FARTHEST = 1e15  # standardised features are cut off here, so that float32 sums stay finite


@dataclass(frozen=True, eq=False)
class Heads:
    """The mean of the probabilities of one or more heads.

    A head is a tuple of layers with ReLU between them, applied to the standardised features
    (x - ``mean``) / ``scale``; ``mean`` (d,), ``scale`` a number or (d,).  Its last layer has one
    output a class, whose softmax is taken, or with ``yes_no`` the sigmoid of each.  It computes in
    the floating type of the weights.

    >>> import numpy as np
    >>> layer = np.array([[-1.0, 1.0]]), np.zeros(2)
    >>> predict = Heads(((layer,),), np.zeros(1), 1.0, ("low", "high"))
    >>> predict(np.array([[-9.0], [0.0]])).p.round(2).tolist()
    [[1.0, 0.0], [0.5, 0.5]]
    """

    heads: tuple[tuple[Layer, ...], ...]
    mean: Floats
    scale: Floats | float
    names: tuple[str, ...]
    yes_no: bool = False

    def __post_init__(self) -> None:
        if not self.heads or not all(self.heads):
            raise ValueError("Heads needs at least one head of one layer, got none")
        # the order in memory decides the order of summation, and is not kept on disk for slices
        heads = tuple(tuple((_flat(w), _flat(b)) for w, b in head) for head in self.heads)
        object.__setattr__(self, "heads", heads)
        object.__setattr__(self, "names", tuple(self.names))
        for head in heads:
            sizes = [len(self.mean), *(len(bias) for _, bias in head)]
            wanted = [*pairwise(sizes)]
            if [weight.shape for weight, _ in head] != wanted or sizes[-1] != len(self.names):
                seen = [weight.shape for weight, _ in head]
                raise ValueError(
                    f"the weights of a head lead from {len(self.mean)} features to "
                    f"{len(self.names)} classes, a layer's outputs being the next one's inputs; "
                    f"got weights of shape {seen} and biases of {sizes[1:]}"
                )

    def __repr__(self) -> str:
        hidden = [len(bias) for _, bias in self.heads[0][:-1]]
        kind = f"hidden layers of {hidden}" if hidden else "linear"
        which = many(len(self.heads), "head")
        features = many(len(self.mean), "feature")
        return short(self, which, kind, features, classes(self.names))

    def logits(self, features: Any) -> list[Floats]:
        """(b, k) the logits of each head for a block of rows (b, d)."""
        standard = self._standard(features)
        return [_through(head, standard) for head in self.heads]

    def embed(self, features: Any) -> Floats:
        """(b, h) what goes into the last layer of the first head: the standardised features, if it
        is linear.
        """
        return _hidden(self.heads[0], self._standard(features))

    def _standard(self, features: Any) -> Floats:
        x = np.asarray(features)
        if x.ndim != 2 or x.shape[1] != len(self.mean):
            raise ValueError(
                f"this model takes features of shape (n, {len(self.mean)}), got {x.shape}"
            )
        with np.errstate(over="ignore"):
            return np.asarray(np.clip((x - self.mean) / self.scale, -FARTHEST, FARTHEST))

    def __call__(self, features: Any) -> Soft | SoftMultiLabel:
        """The class probabilities of each row of ``features`` (n, d), read in blocks.

        Raises ValueError for features of another width, NaN and infinite values.
        """
        kind = self.heads[0][-1][0].dtype
        p = np.empty((len(features), len(self.names)), dtype=kind)
        for start, stop in spans(len(features), max(len(self.mean), len(self.names))):
            block = np.asarray(features[start:stop])
            logits = self.logits(block)
            if not np.isfinite(block).all():
                row = start + int((~np.isfinite(block)).any(1).argmax())
                raise ValueError(
                    f"features hold NaN or infinite values, the first in row {row}; fill them first"
                )
            p[start:stop] = np.mean([self._squashed(z) for z in logits], axis=0)
        return SoftMultiLabel(p, self.names) if self.yes_no else Soft(p, self.names)

    def _squashed(self, logits: Floats) -> Floats:
        return np.asarray(expit(logits) if self.yes_no else softmax(logits, axis=1))


def _through(head: tuple[Layer, ...], x: Floats) -> Floats:
    """The output of the last layer; ReLU after all others."""
    weight, bias = head[-1]
    out: Floats = _hidden(head, x) @ weight + bias
    return out


def _hidden(head: tuple[Layer, ...], x: Floats) -> Floats:
    """The input of the last layer."""
    x = x.astype(head[0][0].dtype, copy=False)
    for weight, bias in head[:-1]:
        x = np.maximum(x @ weight + bias, 0)
    return x


def _flat(array: Floats) -> Floats:
    return np.ascontiguousarray(array)
