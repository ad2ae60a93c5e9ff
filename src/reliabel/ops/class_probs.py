"""A model's probabilities of the pixels of a picture, in the order of the classes of the labels."""

from __future__ import annotations

import numpy as np

from reliabel.core.evidence.pictures import PixelProbs
from reliabel.core.labels import Floats
from reliabel.ops.class_maps import channels


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


def has_background(probs: PixelProbs, names: tuple[str, ...]) -> bool:
    """Whether the probabilities have a class that the labels lack: what belongs to no region."""
    return bool(set(probs.names) - set(names))
