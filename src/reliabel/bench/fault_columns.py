"""Faults of the columns of tables, planted for the suite faults: missing and constant values, and
columns that give the label away.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench.fault_worlds import FEW, N, Planted, World, asked, by_column
from reliabel.core.labels import Bools, Classes, Ints

Table = dict[str, Any]
LOST, CODED, MIXED = 0.1, 0.03, 0.02  # of the rows: no value, a code in its place, another type
CLASSES = 4
TELLING = 0.997  # rows that a column which gives the label away has right
STRONG = 0.9  # rows that a good and honest column has right
JOINT = 6  # values of each of two columns that give the label away together


def null_columns(data: Path | None, rng: np.random.Generator, quick: bool) -> World:
    """A made table with eight kinds of faults of a column, most of them twice, and as many columns
    that only look so.
    """
    n = FEW if quick else N
    y = rng.integers(CLASSES, size=n)
    coded = partial(_some, rng, n)
    lost = coded(LOST)
    faulty = [
        ("empty", "nothing", np.full(n, None, dtype=object)),
        ("constant", "one text", np.full(n, "Rome", dtype=object)),
        ("constant", "one number", np.full(n, 7.5)),
        ("missing values", "gaps", _put(rng.normal(size=n), lost, np.nan)),
        ("missing values", "gaps of words", _put(_words(rng, n), coded(LOST), None)),
        *_disguised(rng, n, coded),
        ("identifier", "number", rng.permutation(n) + 1000),
        ("identifier", "key", np.array([f"K-{i:07d}" for i in rng.permutation(n)], dtype=object)),
        (
            "mixed types",
            "mostly numbers",
            _put(_objects(rng.normal(size=n)), coded(MIXED), "broken"),
        ),
        ("mixed types", "mostly words", _put(_words(rng, n), coded(MIXED), 3.5)),
        (
            "missing depends on the label",
            "told by gaps",
            _put(rng.normal(size=n), rng.random(n) < np.where(y == 0, 0.04, 0.02), np.nan),
        ),
    ]
    sound = _sound(rng, n)
    table = {name: column for _, name, column in faulty} | sound
    planted = [(frozenset([place]), kind) for place, (kind, _, _) in enumerate(faulty)]
    alike = frozenset(range(len(faulty), len(table)))
    names = list(table)
    labels = Classes(y, ("a", "b", "c", "d"))
    call = by_column(asked("null_columns", labels, columns=table), names)
    return World("made", n, "null_columns", planted, call, alike=alike)


def _some(rng: np.random.Generator, n: int, share: float) -> Bools:
    return np.asarray(rng.random(n) < share)


def _disguised(rng: np.random.Generator, n: int, coded: Any) -> list[tuple[str, str, Any]]:
    kind = "disguised missing values"
    days = np.datetime64("2015-01-01", "D") + rng.integers(0, 3000, size=n)
    ages = rng.integers(18, 91, size=n)
    return [
        (kind, "age", _put(ages, coded(CODED), 999)),
        (kind, "income", _put(rng.lognormal(8, 0.5, n).round(), coded(CODED), -1)),
        (kind, "weight", _put(rng.normal(70, 12, n).round(1), coded(CODED), 0.0)),
        (kind, "score", _put(rng.integers(0, 100, size=n), coded(3 * CODED), 99)),
        (kind, "day", _put(days, coded(CODED), np.datetime64("1900-01-01"))),
        (kind, "town", _put(_words(rng, n), coded(CODED), "n/a")),
        (kind, "colour", _put(_words(rng, n), coded(CODED), "Unknown")),
    ]


def _sound(rng: np.random.Generator, n: int) -> Table:
    """Columns that look like a fault and are none."""
    days = np.datetime64("1960-01-01", "D") + rng.integers(0, 9000, size=n)
    return {
        "counts from 0": rng.poisson(2.0, size=n),
        "ends at 99": rng.integers(0, 100, size=n),
        "minus one or one": rng.choice([-1, 1], n),
        "below zero": rng.normal(-20, 10, n).round(),
        "years about 1970": days,
        "nearly constant": _put(np.full(n, 5), rng.random(n) < 0.01, 6),
        "all different numbers": rng.normal(size=n),
        "a few gaps": _put(rng.normal(size=n), rng.random(n) < 0.02, np.nan),
        "words and numbered words": np.array(["A1", "B2", "C3", "D"])[rng.integers(4, size=n)],
        "yes or none": np.array(["yes", "no"])[rng.integers(2, size=n)],
        "many zeros": rng.integers(0, 50, size=n) * (rng.random(n) < 0.3),
        "prices": rng.lognormal(3, 1, n).round(2),
        "share": rng.random(n).round(3),
        "codes of places": rng.integers(10_000, 99_999, size=n),
        "flags": rng.random(n) < 0.2,
        "angles": rng.uniform(-180, 180, n).round(1),
    }


def _put(column: Any, mask: Bools, value: Any) -> Any:
    """The column with a value put into some rows."""
    out = np.array(column)
    if value is None or isinstance(value, str) or out.dtype.kind in "OU":
        out = out.astype(object)
    elif isinstance(value, float) and out.dtype.kind in "iu":
        out = out.astype(float)
    out[mask] = value
    return out


def _objects(column: Any) -> Any:
    return np.array(column.tolist(), dtype=object)


def _words(rng: np.random.Generator, n: int) -> Any:
    words = np.array(["north", "east", "south", "west", "centre", "coast"], dtype=object)
    return words[rng.integers(len(words), size=n)]


def target_leakage(data: Path | None, rng: np.random.Generator, quick: bool) -> World:
    """A made table with three columns that give the label away, one pair that does, and good
    columns that do not.
    """
    n = FEW if quick else N
    y = rng.integers(CLASSES, size=n)
    told = [np.where(rng.random(n) < TELLING, y, rng.integers(CLASSES, size=n)) for _ in range(3)]
    first = rng.integers(JOINT, size=n)
    second = (y - first) % CLASSES + CLASSES * rng.integers(2, size=n)
    table: Table = {
        "paid": np.array(["none", "part", "whole", "twice"])[told[0]],
        "code": told[1] * 10 + rng.integers(10, size=n),
        "amount": told[2] + rng.uniform(0, 0.9, n),
        "one half": first,
        "other half": second,
        **{f"good {c}": _honest(y, rng) for c in range(3)},
        **{f"fair {c}": y + rng.normal(0, 1.5, n) for c in range(3)},
        **{f"noise {c}": rng.normal(size=n) for c in range(6)},
        "words": _words(rng, n),
        "row": np.arange(n),
    }
    planted: list[Planted] = [(frozenset([place]), "column") for place in range(3)]
    planted.append((frozenset([3, 4]), "pair of columns"))
    labels = Classes(y, ("a", "b", "c", "d"))
    call = by_column(asked("target_leakage", labels, columns=table), list(table))
    alike = frozenset(range(5, len(table)))
    return World("made", n, "target_leakage", planted, call, alike=alike)


def _honest(y: Ints, rng: np.random.Generator) -> Any:
    return np.where(rng.random(len(y)) < STRONG, y, rng.integers(CLASSES, size=len(y)))
