"""A predictor whose features are mended first, as those that it learnt from were."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from reliabel.core.labels import Floats
from reliabel.core.short_repr import many, short
from reliabel.ops.feature_cleaning import mended


@dataclass(frozen=True, eq=False)
class Mended:
    """``predict`` on features whose columns are divided by ``spread`` (d,), and whose missing
    values are replaced by ``middle`` (d,) in the columns that missed some in training (NaN in the
    others: there ``predict`` says what it makes of them).

    >>> total = lambda x: x.sum(1)
    >>> predict = Mended(total, np.array([4.0, np.nan]), np.array([2.0, 1.0]))
    >>> predict(np.array([[np.nan, 1.0], [2.0, 0.5]])).tolist()
    [3.0, 1.5]
    """

    predict: Any
    middle: Floats
    spread: Floats

    def __repr__(self) -> str:
        return short(self, repr(self.predict), f"mends {many(len(self.spread), 'feature')}")

    @property
    def names(self) -> Any:
        """Those of the classes."""
        return self.predict.names

    def __call__(self, features: Any) -> Any:
        """What ``predict`` says of the mended features (n, d).

        Raises ValueError for features of another width.
        """
        x = np.asarray(features)
        if x.ndim != 2 or x.shape[1] != len(self.spread):
            raise ValueError(
                f"this model takes features of shape (n, {len(self.spread)}), got {x.shape}"
            )
        return self.predict(mended(x, self.middle, self.spread))
