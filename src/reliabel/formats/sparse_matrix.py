"""Sparse matrices as dense ones: unpacked where that fits, else folded to a few columns."""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.formats.matrix_columns import Matrix

MOST = 2**28  # bytes up to which a sparse matrix is unpacked
COLUMNS = 256  # to which a larger one is folded


def dense(value: Any, what: str, called: str) -> Matrix:
    """The numbers of a sparse matrix; features that would fill memory are folded by a truncated
    SVD.
    """
    n, d = value.shape
    if value.dtype.kind not in "iufb":
        raise ValueError(f"{called} must hold numbers, got {value.dtype} of shape {value.shape}")
    small = value.dtype == np.float32
    size = n * d * (4 if small else 8)
    if what == "probs" or size <= MOST:
        values = value.toarray().astype(np.float32 if small else np.float64, copy=False)
        return Matrix(values, notes=(f"{called} is sparse and was unpacked to {n:,} x {d:,}",))
    from sklearn.utils.extmath import randomized_svd

    left, spread, _ = randomized_svd(value.tocsr().astype(float), COLUMNS, random_state=0)
    said = (
        f"{called} is sparse; unpacked its {n:,} x {d:,} numbers would take {size / 2**30:.1f} "
        f"GiB, so that it was folded to {COLUMNS} columns by a truncated SVD"
    )
    return Matrix((left * spread).astype(np.float32), notes=(said,))
