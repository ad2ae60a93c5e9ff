"""Superpixels: small connected patches of alike pixels of a picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from reliabel.core.labels import Ints


def slic(picture: ArrayLike, segments: int = 200, compactness: float = 10.0) -> Ints:
    """(h, w) the superpixel of each pixel, 0, 1, ...: SLIC of scikit-image (the extra
    ``pictures``).

    picture: (h, w) or (h, w, 3), whole numbers to 255 or fractions to 1.

    Raises ImportError, with what to install, without scikit-image.
    """
    try:
        from skimage.segmentation import slic as of_skimage
    except ImportError as absent:
        raise ImportError(
            "superpixels need scikit-image: pip install 'reliabel[pictures]'"
        ) from absent
    grid = np.asarray(picture)
    scale = 255.0 if grid.dtype.kind in "iub" else 1.0
    colour = grid.astype(float) / scale
    axis = -1 if colour.ndim == 3 else None
    found = of_skimage(
        colour, n_segments=segments, compactness=compactness, start_label=0, channel_axis=axis
    )
    return np.asarray(found, dtype=np.int32)
