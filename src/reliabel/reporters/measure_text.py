"""A measure as plain text: its number, its interval, and those of its parts that are matrices with
names.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reliabel.core.labels import Floats
from reliabel.core.results import Measure

MOST = 30  # names up to which a matrix is written out


def told(name: str, measure: Measure) -> str:
    """One line, and a table for each square part where the parts hold the "names" of its rows.

    >>> parts = {"names": ("a", "b"), "overlap": np.array([[1.0, 0.25], [0.25, 1.0]])}
    >>> print(told("agreement", Measure(0.5, 0.4, 0.6, parts)), end="")
    agreement: 0.5 (0.4 to 0.6)
    overlap     1     2
      1 a    1.00  0.25
      2 b    0.25  1.00
    """
    between = (
        f" ({measure.low:.4g} to {measure.high:.4g})"
        if measure.low == measure.low
        else f" ({_why(measure)})"
    )
    names = measure.parts.get("names", ())
    several = 1 < len(names) <= MOST
    tables = [
        _table(part, np.asarray(values, dtype=float), names)
        for part, values in measure.parts.items()
        if several and part != "names" and np.shape(values) == (len(names), len(names))
    ]
    return "".join([f"{name}: {measure.value:.4g}{between}\n", *tables])


def _why(measure: Measure) -> str:
    why = str(measure.info.get("why", "none is honest here"))
    return why if why.startswith(("no interval", "no number")) else f"no interval: {why}"


def _table(part: str, values: Floats, names: Sequence[str]) -> str:
    """Rows with number and name, columns with the number alone."""
    digits = len(str(len(names)))
    wide = max(len(part), 3 + digits + max(map(len, names)))
    head = part.ljust(wide) + "".join(f"{column + 1:>6}" for column in range(len(names)))
    rows = [
        f"  {row + 1:>{digits}} {name}".ljust(wide)
        + "".join("     -" if cell != cell else f"{cell:>6.2f}" for cell in values[row])
        for row, name in enumerate(names)
    ]
    return "\n".join([head, *rows]) + "\n"
