"""Faults of columns: missing values and those in disguise (-999, "n/a", 1900-01-01), columns with
one value, that name the rows, or of mixed types.

Also missing values that predict the label (Pearson's test, Holm over the columns).  A number stands
for a missing value where it is a usual code (-1, 0, 99, 999, ...) and lies far from all others, or
at their end or inside with more than five times the rows of its neighbours.  Assumes that a row is
an item.  Weak: a code inside the range of rare values, or one that nobody uses, is not seen; a word
such as "none" may be an answer.
Cost: O(n log n) a column.
Paper: none; Qahtan, Elmagarmid, Castro Fernandez, Ouzzani, Tang. FAHES: a robust disguised missing
values detector. KDD 2018, describes the problem.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from scipy.stats import chi2

from reliabel.core.labels import Bools, Classes, Floats, Ints, Labels
from reliabel.core.results import Faults
from reliabel.core.run import track
from reliabel.ops.table_columns import as_column, missing, names_rows, numbers

STATUS = "default"
FINDS = "column"
LISTED, SHOWN = 1000, 5  # rows that a fault names, and those of a fault of the whole column
WORDS = frozenset(
    (
        *("na", "n/a", "n.a.", "#n/a", "nan", "none", "null", "nil", "nul", "missing", "unknown"),
        *("?", "-", "--", "---", ".", "..", "…", "<na>", "(null)", "undefined", "not available"),
        *("k.a.", "s/o", "nd", "n/d", "unk", "not known", "tbd", "#null!", "#value!", "#ref!"),
    )
)
NUMBERS = (0, -1, -9, -99, -999, -9999, -99999, 99, 999, 9999, 99999, 999999, 9999999, -8888, 8888)
DATES = ("1900-01-01", "1899-12-30", "1970-01-01", "1904-01-01", "9999-12-31", "2099-12-31")
SPIKE, SPIKED = (
    5,
    10,
)  # times the rows of the neighbours; rows of a spike inside the others, at least
STEPS = 5  # usual steps between values from which a code at the end lies apart
ZERO = 0.05  # share of their range that 0, which is often a value, lies apart from the others
VARIED = 10  # other values from which a column measures something
NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?%?")
FEW = 0.1  # share of the rarer type up to which types are mixed by mistake
EXPECTED = 5.0  # rows that are expected in a cell of the test, at least
CERTAIN, LIKELY, MAYBE, MINOR = 1.0, 0.8, 0.6, 0.3  # scores
Fault = tuple[Ints, str, float, str]  # rows, kind, score, why


def audit(
    labels: Labels, *, columns: Mapping[str, Any], least: float = 0.05, level: float = 0.01
) -> Faults:
    """One fault a column and kind; ``where`` names the column, and the rows concerned are listed up
    to a thousand, of a fault of the whole column the first five.

    least: share of missing values from which they are reported.
    level: chance that any column is said to predict classes by its missing values if none does.
    info: "missing" and "disguised", column -> share of its cells; "together", columns that miss the
        same rows; the options.
    Raises ValueError for a level or a share that is not between 0 and 1.

    >>> table = {"age": [20, 31, -999, 45] + list(range(18, 60)), "town": ["Rome"] * 46}
    >>> said = audit(Classes(np.arange(46) % 2), columns=table)
    >>> said.items, said.kind
    ([(2,), (0, 1, 2, 3, 4)], ['disguised missing values', 'constant'])
    >>> said.why[0]
    "column 'age' holds -999 in 1 row, which stands far from its other values (18 to 59)"
    """
    if not (0 < least <= 1 and 0 < level < 1):
        raise ValueError(f"least and level must lie between 0 and 1, got {least!r} and {level!r}")
    table = {str(name): as_column(values) for name, values in columns.items()}
    gone = {name: missing(column) for name, column in table.items()}
    hidden = {name: np.zeros(len(column), dtype=bool) for name, column in table.items()}
    found: list[tuple[str, Fault]] = []
    for name in track("columns", list(table)):
        for fault in _faults(name, table[name], gone[name], hidden[name], least):
            found.append((name, fault))
    absent = {name: gone[name] | hidden[name] for name in table}
    found += _rows_without(absent, hidden) + _telling(labels, absent, level)
    return Faults(
        [tuple(fault[0].tolist()) for _, fault in found],
        [fault[1] for _, fault in found],
        np.array([fault[2] for _, fault in found], dtype=float),
        [fault[3] for _, fault in found],
        where=[{"column": name} if name else {} for name, _ in found],
        info={
            "missing": {name: float(mask.mean()) for name, mask in gone.items() if len(mask)},
            "disguised": {name: float(mask.mean()) for name, mask in hidden.items() if len(mask)},
            "together": _together(absent),
            "least": least,
            "level": level,
        },
    )


def _faults(
    name: str, column: np.ndarray[Any, Any], gone: Bools, hidden: Bools, least: float
) -> Iterator[Fault]:
    """The faults of one column; marks in ``hidden`` what stands for a missing value."""
    n, whole = len(column), np.arange(min(len(column), SHOWN))
    if not n:
        return
    if gone.all():
        yield whole, "empty", CERTAIN, f"column {name!r} holds nothing in all {n:,} rows"
        return
    if gone.mean() >= least:
        many = f"{int(gone.sum()):,} of {n:,} rows ({gone.mean():.1%})"
        why = f"column {name!r} misses its value in {many}"
        yield np.flatnonzero(gone)[:LISTED], "missing values", float(gone.mean()), why
    for rows, code, reason in _codes(column, gone):
        hidden[rows] = True
        many = f"{len(rows):,} row{'s' * (len(rows) > 1)}"
        why = f"column {name!r} holds {code} in {many}, {reason}"
        yield rows[:LISTED], "disguised missing values", MAYBE, why
    known = column[~(gone | hidden)]
    if len(known) == n > 1 and all(cell == known[0] for cell in known.tolist()):
        why = f"column {name!r} holds {_cell(known[0])} in all {n:,} rows"
        yield whole, "constant", LIKELY, why
    elif names_rows(column):
        why = f"column {name!r} only names or counts the rows: a model can learn nothing of it"
        yield whole, "identifier", MINOR, why
    yield from _mixed(name, column, ~(gone | hidden))


def _codes(column: np.ndarray[Any, Any], gone: Bools) -> Iterator[tuple[Ints, str, str]]:
    """Rows, the value, and why it stands for a missing one."""
    line = numbers(column)
    if line is None:
        texts = [v.strip().lower() if isinstance(v, str) else "" for v in column.tolist()]
        for word in sorted(WORDS & set(texts)):
            rows = np.flatnonzero([text == word for text in texts])
            if len(rows) < (~gone).sum():
                yield rows, repr(str(column[rows[0]])), "which usually stands for a missing value"
        return
    dated = column.dtype.kind == "M"
    usual = np.array(DATES, dtype="M8[s]").astype(np.int64) if dated else np.array(NUMBERS)
    values, count = np.unique(line[~gone], return_counts=True)
    for code in usual[np.isin(usual, values)].tolist():
        place = int(np.searchsorted(values, code))
        reason = _stands_out(place, values, count, code, dated)
        if reason:
            shown = str(np.datetime64(int(code), "s"))[:10] if dated else f"{code:g}"
            yield np.flatnonzero(line == code), shown, reason


def _stands_out(place: int, values: Floats, count: Ints, code: float, dated: bool) -> str:
    """Why the value at ``place`` stands for a missing one, "" where it does not."""
    others, rows = np.delete(values, place), np.delete(count, place)
    if len(others) < VARIED:
        return ""
    ends = "" if dated else f" ({others[0]:g} to {others[-1]:g})"
    edge = place in (0, len(values) - 1)
    gap = float(np.abs(others - code).min())
    step = float(np.median(np.diff(others)))
    near = rows[max(place - 2, 0) : place + 2]
    spike = count[place] > SPIKE * near.mean()
    apart = max(STEPS * step, 0.0 if code else ZERO * np.ptp(others))
    if edge and (gap > np.ptp(others) or (spike and gap > apart)):
        return f"which stands far from its other values{ends}"
    if code < 0 <= others[0] and not dated:
        return f"the only value below 0{ends}"
    if spike and not edge and count[place] >= SPIKED and code != 0:
        return f"more than {SPIKE} times the rows of the values next to it"
    return ""


def _mixed(name: str, column: np.ndarray[Any, Any], known: Bools) -> Iterator[Fault]:
    """Numbers among texts, or texts among numbers, where one of them is rare."""
    if column.dtype.kind != "O":
        return
    rows = np.flatnonzero(known)
    number = np.array([_is_number(column[row]) for row in rows.tolist()], dtype=bool)
    fewer = number if number.sum() * 2 < len(number) else ~number
    if len(rows) < 20 or not 0 < fewer.sum() <= FEW * len(rows):
        return
    sort, other = ("numbers", "texts") if fewer is number else ("texts", "numbers")
    share = f"{int(fewer.sum()):,} of its {len(rows):,} values are {sort}, the others {other}"
    yield rows[fewer][:LISTED], "mixed types", MAYBE, f"column {name!r} mixes types: {share}"


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        return NUMBER.fullmatch(value.strip()) is not None
    return isinstance(value, int | float | np.number)


def _cell(value: Any) -> str:
    return repr(value if not isinstance(value, np.generic) else value.item())[:60]


def _rows_without(
    absent: Mapping[str, Bools], hidden: Mapping[str, Bools]
) -> list[tuple[str, Fault]]:
    """Rows all of whose values are missing, some of them in disguise."""
    if len(absent) < 2:
        return []
    empty = np.all(list(absent.values()), axis=0) & np.any(list(hidden.values()), axis=0)
    rows = np.flatnonzero(empty)
    many = f"{len(rows):,} row{'s hold' if len(rows) > 1 else ' holds'}"
    why = f"{many} nothing but missing values, some of them in disguise"
    return [("", (rows[:LISTED], "no values", LIKELY, why))] if len(rows) else []


def _together(absent: Mapping[str, Bools]) -> tuple[tuple[str, ...], ...]:
    """Columns that miss the same rows, and some but not all of these."""
    groups: dict[bytes, list[str]] = {}
    for name, mask in absent.items():
        if mask.any() and not mask.all():
            groups.setdefault(np.packbits(mask).tobytes(), []).append(name)
    return tuple(tuple(names) for names in groups.values() if len(names) > 1)


def _telling(labels: Labels, absent: Mapping[str, Bools], level: float) -> list[tuple[str, Fault]]:
    """Columns whose missing values depend on the class, by Holm's rule."""
    if not isinstance(labels, Classes):
        return []
    tests = {name: _test(labels, mask) for name, mask in absent.items()}
    asked = sorted((test[0], name) for name, test in tests.items() if test is not None)
    found: list[tuple[str, Fault]] = []
    for place, (p, name) in enumerate(asked):
        if p * (len(asked) - place) > level:
            break
        test = tests[name]
        assert test is not None
        _, low, high = test
        rows = np.flatnonzero(absent[name])[:LISTED]
        why = (
            f"whether column {name!r} is missing depends on the label: {high[1]:.1%} of "
            f"{labels.names[high[0]]!r}, {low[1]:.1%} of {labels.names[low[0]]!r} (p {p:.1g})"
        )
        found.append((name, (rows, "missing depends on the label", LIKELY, why)))
    return found


def _test(
    labels: Classes, mask: Bools
) -> tuple[float, tuple[int, float], tuple[int, float]] | None:
    """The p-value of Pearson's test, and the classes with the smallest and the largest share
    missing; classes of which too few rows are expected in a cell are taken together.
    """
    known = labels.y >= 0
    size = np.bincount(labels.y[known], minlength=labels.k).astype(float)
    lost = np.bincount(labels.y[known & mask], minlength=labels.k).astype(float)
    rate = lost.sum() / max(size.sum(), 1)
    big = size * min(rate, 1 - rate) >= EXPECTED
    if not 0 < rate < 1 or not big.any():
        return None
    share = np.where(big, lost / np.maximum(size, 1), np.nan)
    rest = size[~big].sum()
    cells = np.stack([lost[big], size[big] - lost[big]])
    if rest * min(rate, 1 - rate) >= EXPECTED:
        extra = np.array([[lost[~big].sum()], [rest - lost[~big].sum()]])
        cells = np.hstack([cells, extra])
    if cells.shape[1] < 2:
        return None
    expected = cells.sum(0) * cells.sum(1, keepdims=True) / cells.sum()
    p = float(chi2.sf(((cells - expected) ** 2 / expected).sum(), cells.shape[1] - 1))
    low, high = int(np.nanargmin(share)), int(np.nanargmax(share))
    return p, (low, float(share[low])), (high, float(share[high]))
