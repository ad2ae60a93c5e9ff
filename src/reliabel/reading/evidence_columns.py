"""Evidence from the columns of a table: items, other columns, splits, groups, ids and matrices; and
the source of the data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.dataset import Ids
from reliabel.core.evidence import EVIDENCE
from reliabel.core.labels import Labels
from reliabel.core.short_repr import by_fields
from reliabel.formats.matrix_columns import Matrix
from reliabel.reading.class_columns import matched
from reliabel.reading.column_roles import Roles, describing
from reliabel.reading.picture_cells import refuse_other_bytes


@dataclass(frozen=True, eq=False)
class Opened:
    """A source opened as a table: its path or its address, the library it came from, the user's
    own object, the question or sheet of the file that was asked for, and columns of lists that stay
    on disk.
    """

    table: Any
    path: Path | None
    kind: str
    frame: Any = None
    reading: Mapping[str, str | None] = field(default_factory=dict)
    address: str | None = None
    matrices: Mapping[str, Any] = field(default_factory=dict)

    __repr__ = by_fields


def opened_source(
    source: Any,
    encoding: str | None,
    delimiter: str | None,
    question: str | None = None,
    sheet: str | None = None,
    features: Any = None,
) -> Opened:
    """The table of a path, an address, a folder, a table of another library, or a mapping.

    question, sheet: which question of an export, which sheet of a workbook is meant.
    features: where it is the name of a column of lists in Parquet or Arrow files, the column stays
        there, and is read in blocks where it is used.
    """
    reading = {"question": question, "sheet": sheet}
    from reliabel.formats import frames

    if isinstance(source, str | Path):
        place, matrices = _apart(source, features)
        leave = tuple(matrices)
        opened = _open_path(place, encoding, delimiter, reading, leave)
        return replace(opened, matrices=matrices)
    if type(source).__module__.startswith("datasets."):
        from reliabel.formats import hugging_face

        table, whole = hugging_face.of_object(source)
        return Opened(table, None, "pyarrow", whole)
    kind = frames.kind_of(source)
    if kind is None:
        raise ValueError(
            f"cannot read a {type(source).__name__}; give a path, a pandas, polars or pyarrow "
            "table, a mapping from names to columns, "
            f"or arrays as label=, features=, probs="
        )
    return Opened(frames.of_frame(source), None, kind, None if kind == "dict" else source)


def _apart(source: str | Path, features: Any) -> tuple[Path | str, dict[str, Any]]:
    """The path or the address of a source, and its column of features if it can stay on disk."""
    from reliabel.formats import column_files
    from reliabel.ops.addresses import address_of, local

    address = address_of(source)
    place = Path(local(source)) if address is None else address
    if not isinstance(features, str) or address_of(features) or Path(features).exists():
        return place, {}
    matrix = column_files.lists_at(place, features)
    return place, {} if matrix is None else {features: matrix}


def _open_path(
    path: Path | str,
    encoding: str | None,
    delimiter: str | None,
    reading: Mapping[str, str | None],
    leave: Sequence[str],
) -> Opened:
    from reliabel.formats import hugging_face, imagefolder, not_yet, table_folder, tables, wrench

    words: dict[str, Any] = {"encoding": encoding, "delimiter": delimiter, **reading}
    if isinstance(path, str):
        table = tables.read_address(path, **words, leave=leave)
        return Opened(table, None, "pyarrow", reading=reading, address=path)
    if not path.is_dir():
        table = tables.read(path, **words, leave=leave)
        return Opened(table, path, "pyarrow", reading=reading)
    if (path / "audit.json").exists():
        raise ValueError(f"{path} is an audit folder, not data; reliabel report or apply take it")
    if hugging_face.is_one(path):
        return Opened(hugging_face.read(path), path, "pyarrow")
    if wrench.is_folder(path):
        return Opened(wrench.read_folder(path), path, "pyarrow")
    folder = table_folder.folder_of(path)
    if folder is not None:
        return Opened(tables.read_folder(folder, leave), path, "pyarrow")
    not_yet.refuse_folder(path)
    return Opened(imagefolder.read(path), path, "pyarrow")


def spoken_of(opened: Opened, features: Any) -> tuple[str, ...]:
    """The column of the table that holds the features, where they were named by one."""
    if not isinstance(features, str):
        return ()
    named = features in opened.table.columns and not Path(features).exists()
    return (features,) if named or features in opened.matrices else ()


def features_of(opened: Opened, features: Any, ids: Sequence[str] | None) -> tuple[Any, list[str]]:
    """The feature matrix, from a column of lists or from elsewhere, and notes on it."""
    if not spoken_of(opened, features):
        return feature_matrix(features, opened.table.rows, ids=ids)
    if features in opened.matrices:
        return opened.matrices[features], []
    held = opened.table.columns[features].tolist()
    sizes = {len(v) if isinstance(v, list | tuple | np.ndarray) else -1 for v in held}
    if len(sizes) != 1 or sizes == {-1}:
        raise ValueError(
            f"column {features!r} must hold one list of numbers per row, all of one length, to be "
            "features"
        )
    return feature_matrix(held, called=f"column {features!r}")


def feature_matrix(
    features: Any,
    rows: int | None = None,
    called: str = "features",
    ids: Sequence[str] | None = None,
) -> tuple[Any, list[str]]:
    """Features from a file or from memory, (n, d) or more axes, and notes on what was inferred.

    rows: how many items there are, where it is known.  ids: their ids, in whose order the rows are
    put where they have such names.
    """
    matrix = in_order_of(brought(features, "features", rows, called), ids, named(features, called))
    values = matrix.values
    return (values.reshape(-1, 1) if values.ndim == 1 else values), list(matrix.notes)


def probs_of(
    labels: Labels,
    probs: Any,
    rows: int | None = None,
    *,
    tell: bool = True,
    called: str = "probs",
    ids: Sequence[str] | None = None,
) -> tuple[Labels, Any, list[str]]:
    """Probabilities from a file or from memory, aligned to the classes of the labels, and notes on
    what was done.

    rows: how many items there are, where that is not the number of labels.  tell: whether the order
    of unnamed columns is told where nothing speaks against it.  ids: of the items, in whose order
    the rows are put where they have such names.
    """
    what = named(probs, called)
    matrix = brought(probs, "probs", len(labels) if rows is None else rows, called)
    return matched(labels, in_order_of(matrix, ids, what), what, tell=tell)


def named(value: Any, called: str) -> str:
    """What sentences call a matrix: its file, or the keyword that it came in."""
    from reliabel.ops.addresses import name_of

    return name_of(str(value)) if isinstance(value, str | Path) else called


def brought(value: Any, what: str, rows: int | None, called: str) -> Matrix:
    """A matrix in any of the forms that people have it in: a file, an array, a table."""
    from reliabel.formats import arrays
    from reliabel.ops.addresses import address_of, local

    if isinstance(value, str | Path):
        address = address_of(value)
        place = Path(local(value)) if address is None else address
        if isinstance(place, str) or place.is_dir():
            return arrays.read_folder(place, what, rows)
        return arrays.read(place, what, rows)
    return arrays.of_memory(value, what, called)


def facts_of(opened: Opened, found: Roles, beside: Sequence[str]) -> dict[str, Any]:
    """Evidence in the table itself: items, columns, split, groups."""
    table = opened.table
    evidence: dict[str, Any] = {}
    taken = {*found.taken, *beside}
    if found.task == "text":
        evidence["items"] = _texts(table, found.text)
    elif found.task == "image" and found.image is not None:
        evidence["items"] = _pictures(opened, found.image)
    elif found.task == "table":
        own = describing(table, {*taken, *(name for name in (found.split, found.group) if name)})
        evidence["items"] = {name: table.columns[name] for name in own}
    columns = {name: table.columns[name] for name in describing(table, taken)}
    if columns:
        evidence["columns"] = columns
    if found.split is not None:
        evidence["split"] = np.array(
            ["" if v is None or v != v else str(v) for v in table.written(found.split).tolist()],
            dtype=np.str_,
        )
    if found.group is not None:
        evidence["groups"] = _groups(table.written(found.group).tolist())
    return evidence


def _texts(table: Any, names: Sequence[str]) -> list[str]:
    parts = [
        ["" if v is None or v != v else str(v) for v in table.written(name).tolist()]
        for name in names
    ]
    return (
        parts[0]
        if len(parts) == 1
        else ["\n".join(part for part in row if part) for row in zip(*parts, strict=True)]
    )


def _pictures(opened: Opened, name: str) -> list[Any]:
    join = _joined(opened)
    values = opened.table.columns[name].tolist()
    odd = next((v for v in values if isinstance(v, bool | int | float) and v == v), None)
    if odd is not None:
        raise ValueError(
            f"column {name!r} holds no pictures but {odd!r}; wanted are paths or the bytes of "
            "picture files"
        )
    refuse_other_bytes(values, name)
    items = [
        join(v) if isinstance(v, str) and v.strip() else "" if v is None else v for v in values
    ]
    wanted = [item for item in items if isinstance(item, str) and item]
    if wanted and not any(map(_is_there, wanted)):
        raise ValueError(
            f"none of the {len(wanted):,} pictures of column {name!r} is there; looked for "
            f"{wanted[0]}; paths count from the table's own folder"
        )
    return items


def _joined(opened: Opened) -> Callable[[str], str]:
    """How a path in the table becomes one that can be opened: it counts from the folder of the
    table; an address stays as it is.
    """
    from reliabel.ops.addresses import address_of, beside, folder_of, local, name_of

    home: str | None = opened.address
    if home is not None and Path(name_of(home)).suffix and opened.table.form != "imagefolder":
        home = folder_of(home)
    path = opened.path
    base = path if path is None or path.is_dir() else path.parent

    def joined(cell: str) -> str:
        if "://" in cell[:12]:
            address = address_of(cell)
            return str(local(cell)) if address is None else address
        if home is not None:
            return beside(home, cell.removeprefix("./"))
        return cell if base is None else str(base / cell)

    return joined


def _is_there(item: str) -> bool:
    """Whether a picture is there; of one at an address nobody asks before it is read."""
    return "://" in item[:12] or Path(item).exists()


def _groups(values: list[Any]) -> Any:
    """Whole numbers, one a group, in the order of their first appearance; an item without a group
    is a group of its own.
    """
    code: dict[Any, int] = {}
    return np.array(
        [
            code.setdefault(("none", row) if v is None or v != v else v, len(code))
            for row, v in enumerate(values)
        ],
        dtype=np.int64,
    )


def gaps(evidence: Mapping[str, Any], found: Roles) -> list[str]:
    """Notes on empty texts and missing pictures."""
    items = evidence.get("items")
    if found.task == "text" and items is not None:
        empty = sum(not text.strip() for text in items)
        return [f"{empty:,} text{' is' if empty == 1 else 's are'} empty"] if empty else []
    if found.task == "image" and items is not None:
        lost = sum(isinstance(path, str) and not _is_file(path) for path in items)
        return [f"{lost:,} picture{' is' if lost == 1 else 's are'} missing"] if lost else []
    return []


def _is_file(item: str) -> bool:
    return "://" in item[:12] or Path(item).is_file()


def ids_of(table: Any, name: str | None) -> Ids:
    """The ids in a column; raises ValueError for a missing or a repeated one."""
    if name is None:
        return Ids()
    values = table.written(name).tolist()
    absent = next((row for row, v in enumerate(values) if v is None or v != v), None)
    if absent is not None:
        raise ValueError(
            f"column {name!r} holds no id in row {absent}; give every item one, or leave id= out "
            "to use row numbers"
        )
    try:
        return Ids([str(v) for v in values])
    except ValueError as error:
        raise ValueError(f"column {name!r}: {error}") from None


def about(
    opened: Opened, found: Roles, notes: list[str], encoding: str | None, delimiter: str | None
) -> dict[str, Any]:
    """``Dataset.source``: where the data came from and the role of each column."""
    from reliabel.formats.files import sha256_at, sha256_of

    path = opened.path
    about: dict[str, Any] = {
        "rows": opened.table.rows,
        "columns": found.named(),
        "table": opened.kind,
        "task": found.task,
        "notes": notes,
    }
    if opened.frame is not None:
        about["frame"] = opened.frame
    if path is not None or opened.address is not None:
        there = opened.address
        about |= {
            "path": str(path.resolve()) if path is not None else there,
            "sha256": sha256_of(path) if path is not None else sha256_at(str(there)),
            "form": opened.table.form,
            "encoding": encoding,
            "delimiter": delimiter,
            **opened.reading,
        }
    return about


def in_order_of(matrix: Matrix, ids: Sequence[str] | None, what: str) -> Matrix:
    """The matrix with its rows in the order of the items, where the names of its rows are the ids
    of the items.

    ids: None where the items have none; then an index in another order than that of the rows is
    pointed out.
    """
    rows = matrix.rows
    if rows is None or len(rows) != len(matrix.values) or (ids and tuple(rows) == tuple(ids)):
        return matrix
    place = {name: row for row, name in enumerate(rows)}
    if ids is None:
        shuffled = place.keys() == set(map(str, range(len(rows)))) and list(rows) != sorted(
            rows, key=int
        )
        told = (
            f"the rows of {what} are numbered in another order than 0, 1, 2 and were taken as they "
            "stand; ids in both tables (id=) would match them"
        )
        return replace(matrix, notes=(*matrix.notes, told)) if shuffled else matrix
    if len(place) < len(rows) or len(ids) != len(rows) or any(name not in place for name in ids):
        return matrix
    index = np.array([place[name] for name in ids], dtype=np.int64)
    told = f"the rows of {what} were put in the order of the items by their ids"
    return replace(matrix, values=matrix.values[index], notes=(*matrix.notes, told))


def same_rows(evidence: Mapping[str, Any], n: int) -> None:
    """Raise ValueError for matrices that have not one row per label."""
    for name, value in evidence.items():
        spec = EVIDENCE[name]
        if not spec.has_rows or (rows := spec.count(value)) == n:
            continue
        shape = tuple(getattr(value, "shape", ()))
        turn = len(shape) == 2 and shape[1] == n
        raise ValueError(
            f"{name} has {rows:,} rows, the labels have {n:,}; they must be in the same order, "
            f"one row each{f' (it has {n:,} columns: transpose it, {name}.T)' if turn else ''}"
        )
