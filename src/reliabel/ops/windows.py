"""Long texts read in windows: the vector of a text is the mean of those of its windows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from reliabel.core.labels import Floats
from reliabel.core.run import track


def mean_of_windows(
    texts: Sequence[Sequence[Any]],
    encode: Callable[[list[Any]], Floats],
    *,
    width: int,
    block: int,
) -> Floats:
    """(n, width) one vector of length one per text, the mean over its windows; a text without
    windows is a row of zeros.

    texts: the windows of each text, each with a length.  encode: vectors of length one of up to
        ``block`` windows of about equal length; the longest come first, so that the time left is
        not promised too short.
    """
    windows = [window for text in texts for window in text]
    owner = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
    order = np.argsort([-len(window) for window in windows], kind="stable")
    sums = np.zeros((len(texts), width), dtype=np.float32)
    for start in track("sentences", range(0, len(windows), block)):
        place = order[start : start + block]
        np.add.at(sums, owner[place], encode([windows[at] for at in place]).astype(np.float32))
    return unit(sums)


def unit(vectors: Floats) -> Floats:
    """The rows at length one; a row of zeros stays.

    >>> unit(np.array([[3, 4], [0, 0]], dtype=np.float32)).round(1).tolist()
    [[0.6000000238418579, 0.800000011920929], [0.0, 0.0]]
    """
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.where(length > 1e-6, vectors / np.maximum(length, 1e-6), 0).astype(np.float32)
