"""Tables that lie beside pictures and name them: metadata.csv with ``file_name`` as Hugging Face
has it, labels.csv with names or ids.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from reliabel.formats.columns import objects, settled

SUFFIXES = (".csv", ".tsv", ".jsonl", ".json", ".parquet")
MOST = 8  # tables that are looked at
HALF = 0.5  # share of the rows that must name pictures


@dataclass(frozen=True)
class Beside:
    """Columns that tables say of pictures (one value a picture, None where no row names it), their
    kinds, which tables they are of, and notes.
    """

    columns: Mapping[str, Any]
    kinds: Mapping[str, str]
    tables: tuple[str, ...]
    notes: tuple[str, ...]
    named: int = 0


def beside(
    folder: Path, files: Sequence[PurePath], pictures: Sequence[PurePath], only: str | None
) -> Beside:
    """What tables in the folder, or in folders directly in it, say of the pictures.

    files: relative paths of the files that are no pictures.  only: the stem that a table must have
    to be looked at; None looks at all.
    """
    notes: list[str] = []
    rows: dict[int, dict[str, Any]] = {}
    used: list[str] = []
    lost = 0
    tables = [
        path
        for path in files
        if path.suffix.lower() in SUFFIXES
        and len(path.parts) <= 2
        and (only is None or path.stem.lower() == only)
    ]
    for path in tables if len(tables) <= MOST else ():
        found = _rows_of(folder / path, path, pictures, notes)
        if found is not None:
            rows |= {row: {**rows.get(row, {}), **cells} for row, cells in found[0].items()}
            used.append(path.as_posix())
            lost += found[1]
    if lost:
        one = lost == 1
        notes.append(
            f"{lost:,} row{'' if one else 's'} of {', '.join(used)} "
            f"name{'s' if one else ''} no picture that is there"
        )
    names = list(dict.fromkeys(name for cells in rows.values() for name in cells))
    found_columns = {
        name: settled([rows.get(place, {}).get(name) for place in range(len(pictures))])
        for name in names
    }
    return Beside(
        {name: values for name, (_, values) in found_columns.items()},
        {name: kind for name, (kind, _) in found_columns.items()},
        tuple(used),
        tuple(notes),
        len(rows),
    )


def _rows_of(
    place: Path, path: PurePath, pictures: Sequence[PurePath], notes: list[str]
) -> tuple[dict[int, dict[str, Any]], int] | None:
    """The row of each picture that a table names, as cells by column, and how many rows name none;
    None for a table that is not about the pictures.
    """
    from reliabel.formats import tables

    try:
        table = tables.read(place)
    except ValueError as error:
        notes.append(f"{path.as_posix()} was not read: {error}")
        return None
    known = _names(path, pictures)
    best: dict[int, int] = {}
    naming = ""
    for name, kind in table.kinds.items():
        if kind not in ("text", "integer"):
            continue
        cells = [str(cell).strip().replace("\\", "/") for cell in table.written(name).tolist()]
        pairs = [
            (known[cell.removeprefix("./")], row)
            for row, cell in enumerate(cells)
            if cell.removeprefix("./") in known
        ]
        if len(pairs) > len(best) and len(pairs) >= HALF * len(cells):
            if len({picture for picture, _ in pairs}) < len(pairs):
                notes.append(
                    f"{path.as_posix()} was left out: column {name!r} names pictures several times"
                )
                return None
            best, naming = dict(pairs), name
    if not best:
        return None
    others = [name for name in table.columns if name not in (naming, "path")]
    values = {name: objects(table.columns[name].tolist()) for name in others}
    found = {picture: {name: values[name][row] for name in others} for picture, row in best.items()}
    return found, table.rows - len(best)


def _names(path: PurePath, pictures: Sequence[PurePath]) -> dict[str, int]:
    """What a table may call each picture: its path from the table's folder or from the top, its
    file name, or that without the suffix; names that two pictures share tell none.
    """
    seen: dict[str, int] = {}
    for place, picture in enumerate(pictures):
        under = path.parent in picture.parents
        own = {picture.as_posix(), picture.name, picture.stem}
        if under:
            inside = picture.relative_to(path.parent)
            own |= {inside.as_posix(), inside.with_suffix("").as_posix()}
        for name in own:
            seen[name] = -1 if name in seen else place
    return {name: place for name, place in seen.items() if place >= 0}
