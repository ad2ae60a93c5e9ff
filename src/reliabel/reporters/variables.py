"""The variables of a data set: what each column holds, and how strongly it goes with the label."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.labels import Bools, Classes, Floats, Ints, Numbers
from reliabel.core.results import Audit
from reliabel.reporters.shell import number, several, short

NUMBER, CATEGORY, TEXT, DATE, PICTURE = "number", "category", "text", "date", "picture"
FEW = 50  # different values up to which words are categories
OFTEN = 3  # a value is shown only if so many items have it: rarer ones may point at a person
PICTURES = 300  # pictures that are opened for their size and brightness


@dataclass(frozen=True, eq=False)
class Variable:
    """One column: its role (label, text, split, ...; "measured" where we made it of the items), its
    kind, and its ``values``: (n,) floats with NaN for numbers, else codes with -1 for missing.

    names: of the codes.  note: what else a reader should know.
    """

    name: str
    role: str
    kind: str
    values: Floats | Ints
    names: tuple[str, ...] = ()
    note: str = ""

    @property
    def known(self) -> Bools:
        """(n,) where there is a value."""
        numbers = self.kind == NUMBER
        return np.isfinite(self.values) if numbers else np.asarray(self.values) >= 0

    @property
    def numbers(self) -> Floats:
        """(n,) the values as floats."""
        return np.asarray(self.values, dtype=np.float64)

    @property
    def codes(self) -> Ints:
        """(n,) the values as codes."""
        return np.asarray(self.values, dtype=np.int64)

    @property
    def missing(self) -> int:
        """How many items have no value."""
        return int((~self.known).sum())

    @property
    def distinct(self) -> int:
        """How many values differ."""
        return len(np.unique(np.asarray(self.values)[self.known]))

    def summary(self) -> str:
        """Its values in a line; words are shown only where ``OFTEN`` items or more have them."""
        values = np.asarray(self.values)[self.known]
        if not len(values):
            return "no values"
        if self.kind == NUMBER:
            low, middle, high = np.quantile(values, [0, 0.5, 1])
            mean, spread = float(values.mean()), float(values.std())
            ends = f"{number(float(low))} to {number(float(high))}"
            middles = f"median {number(float(middle))}, mean {number(mean)}, sd {number(spread)}"
            return f"{ends}, {middles}"
        if self.kind != CATEGORY:
            return self.note
        seen = [(c, n) for c, n in Counter(values.tolist()).most_common(5) if n >= OFTEN]
        told = ", ".join(f"{short(self.names[c], 30)} ({n:,})" for c, n in seen)
        more = self.distinct - len(seen)
        return told + (f", {several(more, 'other')}" if told and more else "")


@dataclass(frozen=True)
class Association:
    """How strongly a variable goes with the label, 0 to 1; values up to ``chance`` are what one in
    twenty variables without any relation reaches.
    """

    variable: str
    measure: str
    value: float
    chance: float
    items: int


def variables(audit: Audit) -> list[Variable]:
    """All variables that the audit holds, the label first."""
    data, columns = audit.data, audit.data.source.get("columns") or {}
    n = len(data)
    found = _labels(audit)
    for role, values in (
        ("split", data.evidence.get("split")),
        ("group", data.evidence.get("groups")),
    ):
        if values is not None and len(values) == n:
            found.append(_variable(str(columns.get(role) or role), role, values))
    items = data.evidence.get("items")
    table = data.evidence.get("columns") if isinstance(items, Mapping) or items is None else None
    for name, values in (table or (items if isinstance(items, Mapping) else {}) or {}).items():
        if len(values) == n:
            found.append(_variable(str(name), "feature", values))
    if isinstance(items, Mapping) or items is None:
        return found
    task = str(data.source.get("task") or "")
    if task == "image" or (isinstance(items, np.ndarray) and items.ndim >= 3):
        name = str(columns.get("image") or "picture")
        return [*found, Variable(name, "item", PICTURE, np.arange(n)), *_of_pictures(items)]
    if all(item is None or isinstance(item, str) for item in items):
        return [*found, *_of_texts(items, str(columns.get("text") or "text"))]
    return found


def associations(audit: Audit, found: Sequence[Variable]) -> list[Association]:
    """How each variable goes with the label of an item, strongest first; for one class or one
    number an item.
    """
    labels = audit.data.labels
    if not isinstance(labels, Classes | Numbers):
        return []
    told = []
    for one in found:
        if one.role == "label" or one.kind not in (NUMBER, CATEGORY):
            continue
        if isinstance(labels, Classes):
            pair = _with_classes(one, labels)
        else:
            pair = _with_numbers(one, np.asarray(labels.y, dtype=float))
        if pair is not None:
            told.append(pair)
    return sorted(told, key=lambda one: -one.value)


def _with_classes(one: Variable, labels: Classes) -> Association | None:
    both = one.known & (labels.y >= 0)
    codes = np.unique(labels.y[both], return_inverse=True)[1]
    if one.kind == NUMBER:
        return _ratio(one.name, one.numbers[both], codes)
    return _cramer(one.name, one.codes[both], codes)


def _with_numbers(one: Variable, y: Floats) -> Association | None:
    both = one.known & np.isfinite(y)
    if one.kind == CATEGORY:
        return _ratio(
            one.name, y[both], np.unique(np.asarray(one.values)[both], return_inverse=True)[1]
        )
    x, y = one.numbers[both], y[both]
    n = len(x)
    if n < 10 or not x.std() or not y.std():
        return None
    return Association(
        one.name, "Spearman", abs(rank_correlation(x, y)), 1.96 / math.sqrt(n - 1), n
    )


def _ratio(name: str, x: Floats, codes: Ints) -> Association | None:
    """The correlation ratio: the root of the share of the variance that the groups explain."""
    from scipy.stats import f

    n, k = len(x), int(codes.max()) + 1 if len(codes) else 0
    if k < 2 or n < k + 5 or not x.std():
        return None
    x = (x - x.mean()) / x.std()
    count = np.bincount(codes, minlength=k)
    between = float((np.bincount(codes, x, k) ** 2 / count).sum()) / n
    limit = float(f.ppf(0.95, k - 1, n - k)) * (k - 1)
    value = math.sqrt(min(max(between, 0.0), 1.0))
    return Association(name, "correlation ratio", value, math.sqrt(limit / (limit + n - k)), n)


def _cramer(name: str, a: Ints, b: Ints) -> Association | None:
    """Cramer's V of two groupings."""
    from scipy.stats import chi2

    a = np.unique(a, return_inverse=True)[1]
    n, rows, columns = len(a), int(a.max(initial=-1)) + 1, int(b.max(initial=-1)) + 1
    if min(rows, columns) < 2 or n < 10 or rows > FEW:
        return None
    table = np.zeros((rows, columns))
    np.add.at(table, (a, b), 1)
    expected = table.sum(1, keepdims=True) * table.sum(0) / n
    most = n * (min(rows, columns) - 1)
    value = math.sqrt(float(((table - expected) ** 2 / expected).sum()) / most)
    limit = float(chi2.ppf(0.95, (rows - 1) * (columns - 1)))
    return Association(name, "Cramér's V", min(value, 1.0), min(math.sqrt(limit / most), 1.0), n)


def rank_correlation(x: Floats, y: Floats) -> float:
    """Spearman's correlation of two columns without missing values, 0 where one is constant.

    >>> round(rank_correlation(np.array([1.0, 2, 3, 9]), np.array([1.0, 4, 9, 10])), 9)
    1.0
    """
    from scipy.stats import rankdata

    a, b = rankdata(x), rankdata(y)
    if not a.std() or not b.std():
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])


def _labels(audit: Audit) -> list[Variable]:
    """The label, where an item has one class or one number."""
    labels, columns = audit.data.labels, audit.data.source.get("columns") or {}
    name = columns.get("label")
    name = name if isinstance(name, str) else "label"
    if isinstance(labels, Classes):
        return [Variable(name, "label", CATEGORY, labels.y, labels.names)]
    if isinstance(labels, Numbers):
        return [Variable(name, "label", NUMBER, np.asarray(labels.y, dtype=float))]
    return []


def _variable(name: str, role: str, values: Any) -> Variable:
    array = values if isinstance(values, np.ndarray) else np.asarray(values, dtype=object)
    if array.dtype.kind in "fiu":
        return Variable(name, role, NUMBER, np.asarray(array, dtype=float))
    texts = [None if _no_value(v) else str(v) for v in array.tolist()]
    numbers = _numbers(texts) if role == "feature" and array.dtype.kind == "O" else None
    if numbers is not None:
        return Variable(name, role, NUMBER, numbers)
    code = {text: place for place, text in enumerate(sorted({t for t in texts if t is not None}))}
    codes = np.array([-1 if t is None else code[t] for t in texts], dtype=np.int64)
    if array.dtype.kind == "M":
        known = [t for t in texts if t is not None]
        return Variable(
            name, role, DATE, codes, tuple(code), f"{min(known)} to {max(known)}" if known else ""
        )
    if len(code) <= FEW or role != "feature":
        return Variable(name, role, CATEGORY, codes, tuple(code))
    return Variable(name, role, TEXT, codes, (), _length([t for t in texts if t is not None]))


def _no_value(value: Any) -> bool:
    return value is None or value != value or str(value).strip() in ("", "NaT")


def _numbers(texts: Sequence[str | None]) -> Floats | None:
    """The texts as numbers, None where one of them is no number or none is there."""
    try:
        found = np.array([math.nan if t is None else float(t) for t in texts])
    except ValueError:
        return None
    return found if np.isfinite(found).any() else None


def _length(texts: Sequence[str]) -> str:
    if not texts:
        return ""
    sizes = np.array([len(text) for text in texts])
    return f"{sizes.min():,} to {sizes.max():,} characters, median {int(np.median(sizes)):,}"


def _of_texts(items: Sequence[str | None], name: str) -> list[Variable]:
    texts = ["" if item is None else item for item in items]
    first = {text: place for place, text in reversed(list(enumerate(texts)))}
    codes = np.array([first[text] if text.strip() else -1 for text in texts], dtype=np.int64)
    letters = np.array([len(text) if text else np.nan for text in texts])
    words = np.array([len(text.split()) if text else np.nan for text in texts])
    return [
        Variable(name, "item", TEXT, codes, (), _length(texts)),
        Variable("characters", "measured", NUMBER, letters, (), f"length of {name}"),
        Variable("words", "measured", NUMBER, words, (), f"length of {name}"),
    ]


def _of_pictures(items: Any) -> list[Variable]:
    """Size and brightness of at most ``PICTURES`` pictures, evenly spread over the rows."""
    n = len(items)
    rows = (
        np.unique(np.linspace(0, n - 1, min(n, PICTURES)).astype(int)) if n else np.array([], int)
    )
    seen = {row: facts for row in rows.tolist() if (facts := _picture(items[row])) is not None}
    if not seen:
        return []
    told = f"of {len(seen):,} pictures, evenly spread over the rows"
    out = []
    for place, name in enumerate(("width", "height", "brightness")):
        values = np.full(n, np.nan)
        values[list(seen)] = [facts[place] for facts in seen.values()]
        out.append(Variable(name, "measured", NUMBER, values, (), told))
    return out


def _picture(item: Any) -> tuple[float, float, float] | None:
    """Width, height and mean brightness (0 to 255) of a picture, None where it cannot be read."""
    from PIL import Image

    if isinstance(item, np.ndarray) and item.ndim >= 2 and item.size:
        return float(item.shape[1]), float(item.shape[0]), float(np.mean(item))
    if not isinstance(item, str | Path) or not Path(item).is_file():
        return None
    try:
        with Image.open(item) as image:
            width, height = image.size
            image.draft("L", (32, 32))
            grey = np.asarray(image.convert("L").resize((16, 16)))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    return float(width), float(height), float(grey.mean())
