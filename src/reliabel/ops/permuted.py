"""P-values by permutation that hold for many tests together."""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Floats


def family_p(seen: Floats, permuted: Floats) -> Floats:
    """(tests,) p-values such that any of them is below p with a chance of at most p where nothing
    is there to be found: each statistic is compared with the largest of all tests in each
    permutation.

    seen: (tests,) statistics, larger is more.  permuted: (permutations, tests).
    Source: Westfall, Young. Resampling-based multiple testing. 1993.

    >>> family_p(np.array([3.0, 0.1]), np.array([[1.0, 0.2], [0.3, 2.0], [0.1, 0.1]])).tolist()
    [0.25, 1.0]
    """
    largest = permuted.max(1, initial=-np.inf)
    above = (largest[:, None] >= seen - 1e-12).sum(0)
    return np.asarray((1 + above) / (1 + len(permuted)))
