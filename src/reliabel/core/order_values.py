"""Comparisons and rankings as plain values: text such as "ada > bob", "ada = bob" and
"cid > ada > bob".

The names of a comparison stand as they were shown, the left one first: "ada < bob" says that the
right one is better.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from reliabel.core.columns import Coded, Column
from reliabel.core.label_values import Change, Rows
from reliabel.core.labels import Value
from reliabel.core.orders import LEFT, RIGHT, TIE, Comparisons, Rankings
from reliabel.core.spelling import nearest

SIGNS = {LEFT: ">", RIGHT: "<", TIE: "="}
BETWEEN = re.compile(r"\s*>\s*")
HOW = 'write two names with >, < or = between them ("{0} > {1}": {0} is better)'
HOW_RANKED = 'write names with > between them, the best first ("{0} > {1}")'


# comparisons


def comparison(labels: Comparisons, row: int) -> str | None:
    """The comparison of a row as text, None where it is unknown."""
    y = int(labels.y[row])
    if y < 0:
        return None
    return _text(labels, int(labels.left[row]), int(labels.right[row]), y)


def comparison_column(labels: Comparisons, rows: Rows) -> Column:
    """The comparisons of some rows."""
    left, right, y = labels.left[rows], labels.right[rows], labels.y[rows]
    key = (left.astype(np.int64) * max(labels.n, 1) + right) * 4 + y
    _, first, code = np.unique(key, return_index=True, return_inverse=True)
    parts = zip(left[first].tolist(), right[first].tolist(), y[first].tolist(), strict=True)
    # an unknown one has a code of -1 and its text is never asked for
    names = [_text(labels, a, b, answer if answer >= 0 else TIE) for a, b, answer in parts]
    return Coded(np.where(y < 0, -1, np.ravel(code)), names)


def comparison_parsed(labels: Comparisons, label: Any) -> Value:
    """Two things with >, < or = between them."""
    return _text(labels, *_compared(labels, label))


def comparisons_changed(labels: Comparisons, change: Change) -> Comparisons:
    """The labels with some comparisons changed."""
    left, right, y = (np.array(part) for part in (labels.left, labels.right, labels.y))
    for row, value in change.items():
        if value is None:
            y[row] = -1
        else:
            left[row], right[row], y[row] = _compared(labels, value)
    return Comparisons(left, right, y, labels.n, labels.names)


def same_comparison(labels: Comparisons, a: Value | None, b: Value | None) -> bool:
    """Whether two values say the same of the same things, whichever stands first."""
    if a is None or b is None:
        return a is b
    return _sided(*_compared(labels, a)) == _sided(*_compared(labels, b))


def comparisons_unfit(labels: Comparisons) -> str | None:
    """Why no comparison can be told from others: there is none."""
    return None if (labels.y >= 0).any() else "no comparison has an answer"


def _text(labels: Comparisons, left: int, right: int, y: int) -> str:
    return f"{labels.names[left]} {SIGNS[y]} {labels.names[right]}"


def _sided(left: int, right: int, y: int) -> tuple[int, int, bool]:
    """The better thing, the other one, and whether they tie."""
    if y == TIE:
        return min(left, right), max(left, right), True
    return (left, right, False) if y == LEFT else (right, left, False)


def _compared(labels: Comparisons, label: Any) -> tuple[int, int, int]:
    """Left, right and answer of a comparison that is written; names may hold the signs."""
    text = str(label).strip()
    parts: list[tuple[str, str, int]] = []
    for y, sign in SIGNS.items():
        cuts = [at for at, letter in enumerate(text) if letter == sign]
        parts += [(text[:at].strip(), text[at + 1 :].strip(), y) for at in cuts]
    how = HOW.format(*[*labels.names[:2], "a", "b"][:2])
    if not parts:
        raise ValueError(f"the label {text!r} is no comparison; {how}")
    place = {name: code for code, name in enumerate(labels.names)}
    known = [(a, b, y) for a, b, y in parts if a in place and b in place]
    if not known:
        a, b, _ = parts[0]
        raise ValueError(_unknown(a if a not in place else b, labels.names, how))
    a, b, y = known[0]
    if a == b:
        raise ValueError(f"the label {text!r} compares a thing with itself; {how}")
    return place[a], place[b], y


# rankings


def ranking(labels: Rankings, row: int) -> str | None:
    """The ranking of a row as text, None where it is empty."""
    return _ranked(labels.names, labels.order[labels.offsets[row] : labels.offsets[row + 1]])


def ranking_parsed(labels: Rankings, label: Any) -> Value:
    """Names with > between them, or a list of names."""
    names = names_in_order(label, labels.names)
    how = HOW_RANKED.format(*[*labels.names[:2], "a", "b"][:2])
    if not names:
        raise ValueError(f"the label {label!r} ranks nothing; {how}; to take it away, drop it")
    for name in names:
        if name not in labels.names:
            raise ValueError(_unknown(name, labels.names, how))
    if len(set(names)) < len(names):
        raise ValueError(f"the label {label!r} holds a thing twice; {how}")
    return " > ".join(names)


def rankings_changed(labels: Rankings, change: Change) -> Rankings:
    """The labels with some rankings changed."""
    place = {name: code for code, name in enumerate(labels.names)}
    parts = np.split(labels.order, labels.offsets[1:-1]) if len(labels) else []
    for row, value in change.items():
        names = [] if value is None else names_in_order(value, labels.names)
        parts[row] = np.array([place[name] for name in names], dtype=np.int64)
    order = np.concatenate(parts) if parts else labels.order
    offsets = np.cumsum([0, *(len(part) for part in parts)])
    return Rankings(order, offsets, labels.n, labels.names)


def same_ranking(labels: Rankings, a: Value | None, b: Value | None) -> bool:
    """Whether two values are one ranking."""
    if a is None or b is None:
        return a is b
    return names_in_order(a, labels.names) == names_in_order(b, labels.names)


def rankings_unfit(labels: Rankings) -> str | None:
    """Why no ranking can be told from others: there is none."""
    return None if len(labels.order) else "every ranking is empty"


def names_in_order(value: Any, names: Sequence[str] = ()) -> list[str]:
    """The names of a ranking, best first: of a list, of JSON, or of text with > between them.
    ``names``: those that are known, which may hold a > themselves.

    >>> names_in_order("b > a"), names_in_order(["b", "a"]), names_in_order('["b", "a"]')
    (['b', 'a'], ['b', 'a'], ['b', 'a'])
    >>> names_in_order("p>q > r", ["p>q", "r"]), names_in_order(None)
    (['p>q', 'r'], [])
    """
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if value is None or (isinstance(value, float) and value != value):
        return []
    if not isinstance(value, str):
        if not isinstance(value, list | tuple):
            raise ValueError(
                f'{value!r:.60} is no ranking; write names with > between them ("b > a > c", the '
                "best first) or a list of names"
            )
        return [_name(one, value) for one in value]
    text = value.strip()
    if text.startswith("[") and text.endswith("]"):
        return [_name(one, text) for one in _listed(text)]
    if not text:
        return []
    parts = BETWEEN.split(text)
    if names and not set(parts) <= set(names):
        parts = _joined(text, set(names)) or parts
    if "" in parts:
        raise ValueError(f"the ranking {text!r:.60} has a place with no name in it")
    return parts


def _listed(text: str) -> list[Any]:
    try:
        held = json.loads(text)
    except ValueError:
        held = [part.strip().strip("'\"") for part in text[1:-1].split(",") if part.strip()]
    return list(held)


def _name(one: Any, whole: Any) -> str:
    """The name of one thing in a list; a whole number is the name that it is written as."""
    if isinstance(one, dict):  # Label Studio lists {"id": ..., "title": ...}
        one = one.get("id", one.get("title", one.get("name")))
    if isinstance(one, bool) or not isinstance(one, str | int | np.integer):
        raise ValueError(
            f"the ranking {str(whole)!r:.60} holds {one!r:.40}, which is no name of a thing; ties "
            "cannot be ranked: give them as comparisons"
        )
    return str(one).strip()


def _joined(text: str, known: set[str]) -> list[str] | None:
    """The text cut at those > that leave known names only, None where there is no such cut."""
    ends: dict[int, list[str]] = {0: []}
    cuts = [at for at, letter in enumerate(text) if letter == ">"] + [len(text)]
    for cut in cuts:
        for start, names in list(ends.items()):
            name = text[start:cut].strip()
            if name in known:
                ends.setdefault(cut + 1, [*names, name])
    return ends.get(len(text) + 1)


def _ranked(names: Sequence[str], order: Any) -> str | None:
    return " > ".join(names[thing] for thing in order.tolist()) or None


def _unknown(name: str, names: Sequence[str], how: str) -> str:
    known = ", ".join(map(repr, names[:20]))
    return f"there is no thing {name!r}{nearest(name, names)}; the things are {known}; {how}"
