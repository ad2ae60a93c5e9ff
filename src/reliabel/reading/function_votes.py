"""Votes of labelling functions from files: matrices, WRENCH, and tables with a column a function.

The data set says that its workers are functions (``source["functions"]``), so that ``aggregate``
takes the model of functions and pages show their table.  Known labels (``source["known"]``, class
numbers, -1 where unknown) check the functions; nothing is learnt from them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset, Ids
from reliabel.core.labels import Classes, Ints, Votes
from reliabel.core.raw_labels import encode
from reliabel.core.short_repr import many
from reliabel.formats import label_matrix, wrench
from reliabel.reading.column_globs import columns_named
from reliabel.reading.column_roles import Roles, present
from reliabel.reading.evidence_columns import about, facts_of, ids_of


def functions_of_matrix(
    source: Any, *, missing: Sequence[str] = (), classes: Sequence[str] = ()
) -> Dataset:
    """The votes of a matrix of labelling functions (.npy, .npz, an array, a sparse matrix).

    classes: the names of the classes 0, 1, ....
    missing: further numbers that mean that a function says nothing, as text.

    >>> data = functions_of_matrix(np.array([[0, -1], [1, 1], [-1, -1]]))
    >>> data.labels, len(data.source["functions"])
    (Votes(2 workers on 3 items: Classes(3 labels, 2 classes: 0, 1)), 2)
    """
    found = label_matrix.read(source, frozenset(_number(word) for word in missing))
    n, m = found.shape
    called = Path(str(source)).name if isinstance(source, str | Path) else "the matrix"
    if not len(found.value):
        raise ValueError(f"{called} holds no vote: every function abstains everywhere")
    names = tuple(map(str, classes)) or found.classes
    labels, known, notes = _classes(found.value, names, found.known, called)
    votes = Votes(found.item, found.function, labels, n, m)
    path = {"path": str(source)} if isinstance(source, str | Path) else {}
    told = f"{called}: {len(votes):,} votes of {many(m, 'labelling function')} on {n:,} items"
    source_of = {**path, "rows": n, "columns": {}, "task": "arrays"}
    source_of["notes"] = [told, *found.notes, *notes]
    data = Dataset(votes, {}, Ids(None, found.functions or None), source_of)
    return marked(data, known)


def _number(word: str) -> int:
    try:
        return int(word)
    except ValueError:
        raise ValueError(
            f"missing={word!r}: in a matrix of functions a number means that one says nothing, "
            "such as -1 or 0"
        ) from None


def _classes(
    value: Ints, names: tuple[str, ...], known: Ints | None, called: str
) -> tuple[Classes, Ints | None, list[str]]:
    """Class numbers as classes, known labels beside them."""
    seen = value if known is None else np.concatenate([value, known[known >= 0]])
    low, high = int(seen.min()), int(seen.max())
    if names:
        first = 1 if low >= 1 and high == len(names) else 0
        if low < first or high - first >= len(names):
            raise ValueError(
                f"{called} holds the class {high if high - first >= len(names) else low}, and "
                f"there are {len(names)} class names: {', '.join(names[:10])}"
            )
        notes = ["classes are numbered from 1"] if first else []
        codes = None if known is None else np.where(known >= first, known - first, -1)
        return Classes(value - first, names), codes, notes
    if low >= 0 and high < 1000:
        numbered = tuple(map(str, range(high + 1)))
        classes = numbered[low:] if low == 1 else numbered  # nothing speaks of class 0
        shift = 1 if low == 1 else 0
        codes = None if known is None else np.where(known >= shift, known - shift, -1)
        return Classes(value - shift, classes), codes, []
    there, code = np.unique(value, return_inverse=True)
    place = {number: c for c, number in enumerate(there.tolist())}
    codes = None if known is None else np.array([place.get(x, -1) for x in known.tolist()])
    return Classes(code.ravel(), tuple(map(str, there.tolist()))), codes, []


def marked(data: Dataset, known: Ints | None = None) -> Dataset:
    """The data set, whose workers are labelling functions from now on."""
    votes: Any = data.labels
    if not isinstance(votes, Votes) or not isinstance(votes.labels, Classes):
        raise ValueError("labelling functions vote on classes; these votes are on something else")
    names = data.ids.workers or tuple(f"function {j}" for j in range(votes.w))
    cast = np.bincount(votes.worker, minlength=votes.w).tolist()
    records = [_record(name, votes.n, count) for name, count in zip(names, cast, strict=True)]
    source = {**data.source, "functions": records}
    notes = list(source.get("notes", ()))
    silent = [name for name, count in zip(names, cast, strict=True) if not count]
    if silent:
        said = ", ".join(silent[:5])
        notes.append(f"{many(len(silent), 'labelling function')} never said anything: {said}")
    if known is not None and (known >= 0).any():
        source["known"] = known
        notes.append(
            f"{int((known >= 0).sum()):,} items have a known label: functions and labels are "
            "checked with it, nothing is learnt from it"
        )
    ids = Ids(data.ids.items, tuple(names))
    return replace(data, ids=ids, source={**source, "notes": notes})


def with_classes(data: Dataset, classes: Sequence[str]) -> Dataset:
    """The data set with names for its classes, which are numbers until then.

    Raises ValueError where a class is no number of a name.
    """
    if not classes:
        return data
    votes: Any = data.labels
    names = tuple(map(str, classes))
    if set(votes.labels.names) <= set(names):
        place = {name: names.index(name) for name in votes.labels.names}
    else:
        odd = [n for n in votes.labels.names if not (n.isdigit() and int(n) < len(names))]
        if odd:
            raise ValueError(
                f"the votes hold the class {odd[0]!r}, and the {len(names)} names given "
                f"({', '.join(names[:10])}) are of the classes 0 to {len(names) - 1}"
            )
        place = {name: int(name) for name in votes.labels.names}
    code = np.array([place[name] for name in votes.labels.names], dtype=np.int64)
    labels = Classes(code[votes.labels.y], names)
    source = dict(data.source)
    if "known" in source:
        source["known"] = np.append(code, -1)[source["known"]]
    whole = Votes(votes.item, votes.worker, labels, votes.n, votes.w)
    return replace(data, labels=whole, source=source)


def _record(name: str, asked: int, cast: int) -> dict[str, Any]:
    """What became of a function, as ``votes_from_functions`` tells it."""
    nothing = {"errors": 0, "first_error": "", "slow": 0, "unknown": {}}
    return {"name": name, "asked": asked, **nothing, "votes": cast}


def of_wrench(data: Dataset, table: Any) -> Dataset:
    """The votes of a WRENCH file with the class names beside it and its known labels."""
    names = wrench.class_names(Path(data.source["path"])) if "path" in data.source else ()
    votes: Any = data.labels
    truth = _truth(table, data.ids.items or ()) if "truth" in table.columns else {}
    spelled = [*votes.labels.names, *truth.values()]
    numbered = all(name.isdigit() and int(name) < len(names) for name in spelled)
    plain = tuple(map(str, range(len(names))))
    every = plain if names and numbered else encode(spelled)[1]
    code = {name: c for c, name in enumerate(every)}
    y = np.array([code[name] for name in votes.labels.names], dtype=np.int64)[votes.labels.y]
    shown = names if names and numbered else every
    workers = data.ids.workers or ()
    number = np.array([int(name) for name in workers], dtype=np.int64)  # functions have numbers
    w = int(number.max(initial=-1)) + 1
    whole = Votes(votes.item, number[votes.worker], Classes(y, shown), votes.n, w)
    items = data.ids.items or ()
    ids = Ids(data.ids.items, tuple(f"function {j}" for j in range(w)))
    known = np.array([code[truth[name]] if name in truth else -1 for name in items], dtype=np.int64)
    return marked(replace(data, labels=whole, ids=ids), known if truth else None)


def _truth(table: Any, items: Sequence[str]) -> Mapping[str, str]:
    """Item -> its known label as text."""
    there = set(items)
    rows = zip(table.written("item").tolist(), table.columns["truth"].tolist(), strict=True)
    return {
        str(name): str(int(value))
        if isinstance(value, float) and value.is_integer()
        else str(value)
        for name, value in rows
        if str(name) in there and value is not None and value == value and str(value).strip()
    }


def function_columns(table: Any, worker: Any, taken: Sequence[Any]) -> list[str]:
    """The columns of a table that hold votes of functions: those named, else whole numbers with -1
    among them, and columns whose names begin with lf_.

    worker: names or patterns of columns, None for a guess.  taken: columns of something else.
    Raises ValueError where no column looks like that.
    """
    beside = [name for one in taken for name in ([one] if isinstance(one, str) else one or ())]
    if worker is not None:
        named = [worker] if isinstance(worker, str) else list(worker)
        return columns_named(table, named, "worker", taken=beside)[0]
    found = [name for name in table.columns if name not in beside and _is_votes(table, name)]
    if not found:
        raise ValueError(
            "no column looks like the votes of a labelling function (class numbers, -1 where it "
            "says nothing); name the columns with worker=, such as worker='lf_*'. The columns are "
            f"{', '.join(map(repr, list(table.columns)[:20]))}"
        )
    return found


def _is_votes(table: Any, name: str) -> bool:
    if name.lower().startswith("lf_"):
        return True
    column = table.columns[name]
    if getattr(column, "dtype", np.dtype(object)).kind not in "iu":
        return False
    return bool(column.min(initial=0) == -1)


def functions_of_table(
    opened: Any,
    columns: Sequence[str],
    *,
    item: str | None = None,
    text: Any = None,
    image: str | None = None,
    label: str | None = None,
    missing: Sequence[str] = (),
) -> Dataset:
    """The votes of a table with a column a function: class numbers or names; an empty cell and -1
    say nothing.

    label: the column of known labels.
    """
    table = opened.table
    named = {"item": item, "image": image, "label": label}
    there = {role: present(table, name, role) for role, name in named.items() if name is not None}
    texts = tuple([text] if isinstance(text, str) else text or ())
    roles = Roles(
        (),
        tuple(present(table, name, "text") for name in texts),
        there.get("image"),
        task="text" if texts else "image" if image else "arrays",
    )
    spelled = {name: _spelled(table, name, missing) for name in columns}
    known = _spelled(table, there["label"], missing) if label is not None else None
    votes, codes, notes = _of_cells(spelled, known, table.rows)
    ids = ids_of(table, there.get("item"))
    evidence = {"items": facts_of(opened, roles, ())["items"]} if roles.task != "arrays" else {}
    told = (
        f"{len(votes):,} votes of {many(votes.w, 'labelling function')} on {votes.n:,} items "
        f"(columns {', '.join(columns[:3])}{' ...' if len(columns) > 3 else ''})"
    )
    source = about(opened, roles, [*table.notes, told, *notes], None, None)
    data = Dataset(votes, evidence, Ids(ids.items, tuple(columns)), source)
    return marked(data, codes)


def _spelled(table: Any, name: str, missing: Sequence[str]) -> tuple[Ints, list[str]]:
    """(rows,) the place of each cell among the different ones, -1 where it says nothing."""
    column = table.columns[name]
    if getattr(column, "dtype", np.dtype(object)).kind in "iuf":
        there, code = np.unique(column, return_inverse=True)
        words = [
            "" if x != x else str(int(x)) if float(x).is_integer() else str(x)
            for x in there.tolist()
        ]
    else:
        cells = [
            "" if x is None or x != x else str(x).strip() for x in table.written(name).tolist()
        ]
        there, code = np.unique(np.array(cells, dtype=object), return_inverse=True)
        words = there.tolist()
    none = {"", "-1", "-1.0", *missing}
    kept = [word for word in words if word not in none]
    place = {word: c for c, word in enumerate(kept)}
    return np.array([place.get(word, -1) for word in words], dtype=np.int64)[code.ravel()], kept


def _of_cells(
    spelled: Mapping[str, tuple[Ints, list[str]]], known: tuple[Ints, list[str]] | None, rows: int
) -> tuple[Votes[Classes], Ints | None, list[str]]:
    """Votes of columns of codes, in the order of the items, and the known labels as class codes."""
    parts = [*spelled.values(), *([] if known is None else [known])]
    names = encode([word for _, words in parts for word in words])[1]
    code = {name: c for c, name in enumerate(names)}

    def coded(part: tuple[Ints, list[str]]) -> Ints:
        return np.array([*(code[word] for word in part[1]), -1], dtype=np.int64)[part[0]]

    item, worker, y = [], [], []
    for place, part in enumerate(spelled.values()):
        mine = coded(part)
        there = np.flatnonzero(mine >= 0)
        item.append(there)
        worker.append(np.full(len(there), place))
        y.append(mine[there])
    whole = np.concatenate(item)
    if not len(whole):
        raise ValueError("there is no vote: every function says nothing everywhere")
    order = np.argsort(whole, kind="stable")
    labels = Classes(np.concatenate(y)[order], names)
    votes = Votes(whole[order], np.concatenate(worker)[order], labels, rows, len(spelled))
    bare = rows - len(np.unique(whole))
    notes = [f"{bare:,} of {rows:,} items have no vote"] if bare else []
    return votes, None if known is None else coded(known), notes
