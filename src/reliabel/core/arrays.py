"""What people give where an array is wanted: an array stays the object it is (a memory map too),
lists, tuples, tensors and table columns are converted exactly, the rest is refused in a sentence.

``what`` names the field in the sentence, ``advice`` ends it with what to do.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

LARGEST = 2.0**63  # floats from here on have no 64-bit whole number
NUMBER = int | float | np.integer | np.floating | None  # what an object array may hold


def whole_numbers(
    given: Any, what: str, ndim: int = 1, *, booleans: bool = False, advice: str = ""
) -> NDArray[np.integer[Any]]:
    """Integers of any size; floats that are whole and, where ``booleans`` says so, True and False
    become int64.  Raises ValueError.

    >>> whole_numbers([0, 1.0, -1], "y").tolist()
    [0, 1, -1]
    """
    wanted = f"{what} must be whole numbers in {ndim} dimension{'s' * (ndim > 1)}"
    array = _array(given, wanted, advice)
    kinds = "iufb" if booleans else "iuf"
    if array.ndim != ndim or array.dtype.kind not in kinds:
        raise ValueError(f"{wanted}, got {_seen(given, array)}{advice}")
    if array.dtype.kind in "iu":
        return array
    if array.dtype.kind == "f":
        odd = ~(np.abs(array) < LARGEST) | (np.floor(array) != array)  # so that NaN counts as odd
        if odd.any():
            row = int(np.argwhere(odd)[0, 0])
            raise ValueError(f"{wanted}, got {array[odd][0]} in row {row}{advice}")
    return array.astype(np.int64)


def real_numbers(
    given: Any, what: str, *ndims: int, shape: str = "", advice: str = ""
) -> NDArray[np.floating[Any]]:
    """Floats of any size; whole numbers become float64, and None in a list becomes NaN.  Raises
    ValueError.

    >>> real_numbers([1, None], "y", 1).tolist()
    [1.0, nan]
    """
    wanted = f"{what} must be floats " + (
        f"of shape {shape}" if shape else f"in {ndims[0]} dimension{'s' * (ndims[0] > 1)}"
    )
    array = _array(given, wanted, advice)
    if array.ndim not in ndims or array.dtype.kind not in "iuf":
        raise ValueError(f"{wanted}, got {_seen(given, array)}{advice}")
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def truth_values(given: Any, what: str, ndim: int = 1) -> NDArray[np.bool_]:
    """Booleans; 0 and 1 are read as False and True.  Raises ValueError.

    >>> truth_values([0, 1], "correct").tolist()
    [False, True]
    """
    wanted = f"{what} must be True or False in {ndim} dimension{'s' * (ndim > 1)}"
    array = _array(given, wanted, "")
    binary = array.dtype.kind in "iuf" and bool(((array == 0) | (array == 1)).all())
    if array.ndim != ndim or not (array.dtype.kind == "b" or binary):
        raise ValueError(f"{wanted}, got {_seen(given, array)}")
    return array if array.dtype.kind == "b" else array.astype(bool)


def _array(given: Any, wanted: str, advice: str) -> NDArray[Any]:
    """The array that was given, or made of what was given; its type may still be wrong."""
    if hasattr(given, "toarray") and hasattr(given, "nnz"):
        raise ValueError(f"{wanted}, got a sparse matrix of shape {given.shape}; give x.toarray()")
    plain = given.detach().cpu() if hasattr(given, "detach") else given
    if str(getattr(plain, "dtype", "")) == "torch.bfloat16":  # NumPy has no such numbers
        plain = plain.float()
    try:
        array = plain if isinstance(plain, np.ndarray) else np.asarray(plain)
    except ValueError as ragged:
        raise ValueError(f"{wanted}, got rows of different lengths{advice}") from ragged
    return _of_objects(array) if array.dtype == object else array


def _of_objects(array: NDArray[Any]) -> NDArray[Any]:
    """An object array that holds numbers and None only, as numbers; any other stays as it is."""
    kinds = {type(value) for value in array.ravel().tolist()}
    if array.ndim == 0 or not all(issubclass(kind, NUMBER) for kind in kinds):
        return array
    whole = kinds and all(issubclass(kind, int | np.integer) for kind in kinds)
    try:
        return array.astype(np.int64 if whole else np.float64)
    except OverflowError:  # a whole number that no integer type holds
        return array


def _seen(given: Any, array: NDArray[Any]) -> str:
    """What was given, in words: its type and shape, and the first value that is no number."""
    if array.ndim == 0:
        return (
            f"{type(given).__name__} {given!r:.40}" if np.isscalar(given) else type(given).__name__
        )
    seen = f"{array.dtype} of shape {array.shape}"
    if array.dtype.kind not in "OUS" or not array.size:
        return seen
    values = array.ravel().tolist()
    odd = next((value for value in values if not isinstance(value, NUMBER)), values[0])
    return f"{seen}, which holds {odd!r:.40}"
