"""Which channel of a model's probabilities of pixels is which class of the labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reliabel.core.evidence import PixelProbs
from reliabel.core.labels import Floats, Ints
from reliabel.core.short_repr import by_fields
from reliabel.ops.regions import NO_CLASS


@dataclass(frozen=True, eq=False)
class Channels:
    """Which channel of the probabilities is which class.  ``k`` classes of the labels, and one more
    (k) for "no region" where the probabilities have classes that the labels do not have, such as a
    background: ``order`` (k,) are the channels of the classes, ``rest`` those of no region.
    """

    k: int
    order: Ints
    rest: Ints

    __repr__ = by_fields

    @property
    def classes(self) -> int:
        """How many classes are told apart, "no region" among them."""
        return self.k + self.background

    @property
    def background(self) -> bool:
        """Whether the probabilities have a class of what belongs to no region."""
        return bool(len(self.rest))

    @property
    def bare(self) -> int:
        """The class of a pixel without a region: "no region" where there is such a class, else
        unknown.
        """
        return self.k if self.background else NO_CLASS

    def of(self, probs: Floats) -> Floats:
        """(classes, h, w) the probabilities in the order of the classes."""
        if not len(self.rest) and np.array_equal(self.order, np.arange(len(probs))):
            return probs
        if not len(self.rest):
            return probs[self.order]
        return np.concatenate([probs[self.order], probs[self.rest].sum(0, keepdims=True)])


def channels(names: Sequence[str], probs: PixelProbs) -> Channels:
    """Which channel is which class.

    Raises ValueError where a class of the labels has no channel.
    """
    told = list(probs.names) or list(names)
    absent = [name for name in names if name not in told]
    if absent:
        raise ValueError(
            f"pixel_probs has no class {absent[0]!r}, which the labels have; its classes are "
            f"{', '.join(told[:20])}"
        )
    order = np.array([told.index(name) for name in names], dtype=np.int64)
    rest = np.setdiff1d(np.arange(len(told)), order)
    return Channels(len(names), order, rest)


def class_probs(
    probs: PixelProbs, item: int, names: tuple[str, ...], size: tuple[int, ...]
) -> Floats | None:
    """(k + 1, h, w) the probability of each class for each pixel of a picture; the last is that of
    no region: the classes which the labels do not have, such as a background.  None where they are
    of another size than the picture.

    Raises ValueError where a class of the labels has none.

    >>> probs = PixelProbs(np.full((1, 3, 1, 2), 1 / 3, np.float32), ("ground", "car", "bus"))
    >>> class_probs(probs, 0, ("bus", "car"), (1, 2))[:, 0, 0].round(2)
    array([0.33, 0.33, 0.33], dtype=float32)
    """
    order, found = channels(names, probs), probs[item]
    if found.shape[1:] != tuple(size):
        return None
    own = order.of(found)
    none = np.zeros((len(names) + 1 - len(own), *found.shape[1:]), dtype=np.float32)
    return np.concatenate([own, none])
