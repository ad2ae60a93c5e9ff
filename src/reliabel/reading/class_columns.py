"""Probabilities aligned to the classes of the labels, by the names of their columns or, without
names, by their order.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from reliabel.core.labels import Classes, Labels
from reliabel.formats.matrix_columns import Matrix, Names
from reliabel.reading.column_order import NAME, first_fits_better, in_order

SAMPLE = 1000  # rows that are summed to see which columns belong together
NEAR = 0.02  # how far from one their sums may be


def matched(
    labels: Labels, matrix: Matrix, what: str = "probs", *, tell: bool = True
) -> tuple[Labels, Any, list[str]]:
    """Align labels and probabilities to the same classes in the same order; returns notes on what
    was done.

    Named columns are reordered to the classes of the labels; classes without a label are added to
    the labels; columns without names are taken in the order of the classes, or in one that fits
    the labels clearly better.  Raises ValueError, with both lists, if they cannot be aligned.

    tell: whether the order of unnamed columns is told where nothing speaks against it.
    """
    own = getattr(labels, "names", None)
    probs, notes = matrix.values, list(matrix.notes)
    if own is None:
        return labels, probs, notes
    own, names = tuple(own), matrix.names
    if names is None:
        refuse_transposed(probs, len(labels), len(own), what)
    elif set(own) & set(matrix.left):
        raise ValueError(_lacking(own, names, what, matrix.left))
    if getattr(probs, "ndim", 2) == 1 or (getattr(probs, "ndim", 2) == 2 and probs.shape[1] == 1):
        return _one_column(labels, probs, names, own, what, notes)
    if getattr(probs, "ndim", 2) != 2:
        return labels, probs, notes
    if names is not None:
        if len(set(names)) != len(names):
            raise ValueError(f"column names of {what} must differ; {_both(own, names, what)}")
        found = _by_name(own, names, notes, what)
        if found is not None:
            done = _named(labels, probs, names, found, what, matrix.left)
            return done[0], done[1], [*notes, *done[2]]
        if not _counting(names):
            raise ValueError(_lacking(own, names, what, matrix.left))
    return _unnamed(labels, probs, own, what, notes, tell)


def refuse_transposed(values: Any, n: int, k: int, what: str) -> None:
    """Raise ValueError for a matrix with one column an item where one row an item is wanted."""
    shape = tuple(getattr(values, "shape", ()))
    if len(shape) == 2 and shape[1] == n and shape[0] != n and shape[0] == k:
        raise ValueError(
            f"{what} has shape ({shape[0]:,}, {shape[1]:,}), one column an item; one row an item "
            f"is wanted: transpose it (probs.T) to ({shape[1]:,}, {shape[0]:,})"
        )


def _by_name(
    own: tuple[str, ...], names: tuple[str, ...], notes: list[str], what: str
) -> dict[str, str] | None:
    """The column of each class by its name; other columns that are called alike too."""
    if set(own) <= set(names):
        return {name: name for name in names}
    plain = {_plain(name): name for name in names}
    if len(plain) == len(names) and len({_plain(c) for c in own}) == len(own):
        spelled = {_plain(c): c for c in own}
        if set(spelled) <= set(plain):
            changed = [c for p, c in spelled.items() if plain[p] != c]
            notes.append(
                f"columns of {what} were matched to the classes {_list(changed)} although "
                "their names are spelled in another way"
            )
            return {spelled.get(_plain(name), name): name for name in names}
    affixed = _affixed(own, names)
    if affixed is None:
        return None
    before, after = affixed
    notes.append(
        f"the names of the columns of {what} are those of the classes with "
        + " and ".join(
            f"{text!r} {place}" for text, place in ((before, "before"), (after, "behind")) if text
        )
        + " them"
    )
    inside = {
        name[len(before) : len(name) - len(after)]: name
        for name in names
        if name.startswith(before) and name.endswith(after) and len(name) > len(before) + len(after)
    }
    spelled = {_plain(c): c for c in own}
    return {spelled.get(_plain(name), name): column for name, column in inside.items()}


def _affixed(own: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, str] | None:
    """What stands before and behind the class in the names of its column (p_cat, cat_score), if it
    is the same for each class and there is but one way.
    """
    known = {name.casefold() for name in names}
    first = max(own, key=len).casefold()
    found = []
    for name in names:
        place = name.casefold().find(first)
        if place < 0:
            continue
        before, after = name[:place], name[place + len(first) :]
        if (before or after) and all(f"{before}{c}{after}".casefold() in known for c in own):
            found.append((before, after))
    return found[0] if len(found) == 1 else None


def _named(
    labels: Labels,
    probs: Any,
    names: tuple[str, ...],
    column: Mapping[str, str],
    what: str,
    left: Mapping[str, str],
) -> tuple[Labels, Any, list[str]]:
    """column: class (or what else a column is called) -> the name of its column."""
    own = tuple(getattr(labels, "names", ()))
    notes: list[str] = []
    extra = tuple(name for name in column if name not in own)
    beside = [name for name in names if name not in column.values()]
    if extra and not isinstance(labels, Classes):
        raise ValueError(f"{what} has columns that are no class: {_both(own, names, what)}")
    if extra and not _belong(probs, names, column, own):
        beside += [column[name] for name in extra]
        extra = ()
    if beside:
        notes.append(f"columns of {what} that are no class were left out: {_list(beside)}")
    if extra and isinstance(labels, Classes):
        labels = _widened(labels, own, [*own, *extra])
        own = labels.names
        notes.append(f"classes of {what} that no label has: {_list(extra)}")
    wanted = tuple(column[name] for name in own)
    if wanted == names:
        return labels, probs, notes
    if tuple(name for name in names if name in wanted) != wanted:
        notes.append(f"the columns of {what} were put in the order of the classes: {_list(own)}")
    return labels, _ordered(probs, names, wanted), notes


def _belong(
    probs: Any, names: tuple[str, ...], column: Mapping[str, str], own: tuple[str, ...]
) -> bool:
    """Whether columns beside those of the classes are further classes: not where the rows sum to
    one without them only.
    """
    head = np.asarray(probs[:SAMPLE], dtype=np.float64)
    place = {name: at for at, name in enumerate(names)}
    alone = head[:, [place[column[name]] for name in own]].sum(1)
    whole = head[:, [place[name] for name in column.values()]].sum(1)
    return not ((np.abs(alone - 1) < NEAR).all() and (np.abs(whole - 1) > NEAR).any())


def _one_column(
    labels: Labels, probs: Any, names: Names, own: tuple[str, ...], what: str, notes: list[str]
) -> tuple[Labels, Any, list[str]]:
    """Two columns of one: the probability of the second class, or of the one it is named by."""
    if not isinstance(labels, Classes) or len(own) != 2:
        if getattr(probs, "ndim", 2) == 1 and isinstance(labels, Classes):
            raise ValueError(
                f"{what} holds one number an item, the labels have {len(own)} classes "
                f"{_list(own)}; give a probability for each class, (n, {len(own)})"
            )
        return labels, probs, notes
    p = np.asarray(probs, dtype=np.float64).reshape(-1)
    if len(p) and not (np.nanmin(p) >= 0 and np.nanmax(p) <= 1):
        raise ValueError(
            f"{what} holds one number an item, from {np.nanmin(p):.6g} to {np.nanmax(p):.6g}; for "
            f"the two classes {_list(own)} that must be the probability of {own[1]!r}, between 0 "
            "and 1"
        )
    found = None
    if names is not None and len(names) == 1:
        bare = _plain(names[0])
        ends = [c for c in own if bare == _plain(c) or bare.endswith(_plain(c))]
        found = ends[0] if len(ends) == 1 else None
    turned = found is None and first_fits_better(labels, p)
    which = own.index(found) if found else int(not turned)
    by = "as its name says" if found else "the second class"
    if turned:
        by = f"which fits the labels far better than {own[1]!r}, the second class; {NAME}"
    told = f"{what} has one column, taken for the probability of {own[which]!r} ({by})"
    both = np.stack([1 - p, p] if which else [p, 1 - p], axis=1)
    return labels, both, [*notes, told]


def _unnamed(
    labels: Labels, probs: Any, own: tuple[str, ...], what: str, notes: list[str], tell: bool
) -> tuple[Labels, Any, list[str]]:
    k = probs.shape[1]
    if k == len(own):
        if not isinstance(labels, Classes):
            return labels, probs, notes
        told = f"the columns of {what} have no names and stand for the classes in this order: "
        probs, more = in_order(labels, probs, what, told=told + _list(own) if tell else "")
        return labels, probs, [*notes, *more]
    used = np.unique(labels.y[labels.y >= 0]) if isinstance(labels, Classes) else np.array([])
    if isinstance(labels, Classes) and k == len(used):  # categories that no item has
        kept = tuple(own[code] for code in used.tolist())
        left = [name for name in own if name not in kept]
        place = np.full(len(own) + 1, -1)
        place[used] = np.arange(k)
        notes = [*notes, f"{what} has no columns for the classes that no label has: {_list(left)}"]
        return _unnamed(Classes(place[labels.y], kept), probs, kept, what, notes, tell)
    codes = [int(name) for name in own if name.isdecimal() and str(int(name)) == name]
    if (
        isinstance(labels, Classes)
        and len(codes) == len(own)
        and k > len(own)
        and max(codes, default=0) < k
    ):
        place = np.array([*codes, -1])
        return (
            Classes(place[labels.y], tuple(map(str, range(k)))),
            probs,
            [*notes, f"the labels are the numbers of the {k} columns of {what}"],
        )
    raise ValueError(
        f"{what} has {k} columns, the labels have {len(own)} classes {_list(own)}; columns without "
        "names stand for the classes in this order, or say their own in a table (CSV, Parquet, "
        "pandas) or an .npz with names"
    )


def _counting(names: tuple[str, ...]) -> bool:
    """Whether names only count the columns: 0, 1, 2 or p1, p2, p3."""
    parts = [re.fullmatch(r"(.*?)(\d+)", name) for name in names]
    if len(names) < 2 or None in parts or len({part[1] for part in parts if part}) > 1:
        return False
    numbers = [int(part[2]) for part in parts if part]
    return numbers[0] in (0, 1) and numbers == list(range(numbers[0], numbers[0] + len(names)))


def _lacking(
    own: tuple[str, ...], names: tuple[str, ...], what: str, left: Mapping[str, str]
) -> str:
    gone = next((name for name in own if name in left), None)
    if gone is not None:
        return (
            f"{what}: column {gone!r} {left[gone]}; keep one number column a class: "
            f"{_both(own, names, what)}"
        )
    absent = [name for name in own if name not in names]
    return (
        f"{what} lacks the classes {_list(absent)}: {_both(own, names, what)}; write the columns "
        "under the names of the classes"
    )


def _both(own: Sequence[str], names: Sequence[str], what: str) -> str:
    return (
        f"the labels have {len(own)} classes {_list(own)}, {what} has {len(names)} columns "
        f"{_list(names)}"
    )


def _widened(labels: Classes, own: Sequence[str], names: Sequence[str]) -> Classes:
    whole = all(name.lstrip("-").isdecimal() for name in names)
    order = tuple(sorted(names, key=int) if whole else sorted(names))
    place = np.array([*(order.index(name) for name in own), -1])
    return Classes(place[labels.y], order)


def _ordered(probs: Any, names: tuple[str, ...], wanted: tuple[str, ...]) -> Any:
    if hasattr(probs, "select") and not isinstance(probs, np.ndarray):
        return probs.select(wanted)
    return np.ascontiguousarray(np.asarray(probs)[:, [names.index(name) for name in wanted]])


def _plain(name: str) -> str:
    """A name without what spelling leaves open: case, spaces around it, Unicode form, 1.0 for 1."""
    bare = unicodedata.normalize("NFKC", name).strip().casefold()
    whole = bare.removesuffix(".0")
    return whole if whole.lstrip("-").isdecimal() else bare


def _list(names: Sequence[str]) -> str:
    shown = ", ".join(map(repr, list(names)[:20]))
    return f"[{shown}{', ...' if len(names) > 20 else ''}]"
