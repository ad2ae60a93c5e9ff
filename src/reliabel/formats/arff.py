"""ARFF files of Weka, MEKA and Mulan: attributes, then a row an item, dense or sparse.

Several labels an item are 0/1 attributes: MEKA says in the relation how many (``-C 6`` the first
six, ``-C -6`` the last six), Mulan in an XML file beside (``emotions.xml``).  Else the last
attribute that is a list of values is the label.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.short_repr import by_fields
from reliabel.formats.columns import Column, Table, distinct, objects
from reliabel.formats.files import broken_at, encoding_of

FORM = "arff"
NAME = r"""(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\s,{}'"%]+)"""
ATTRIBUTE = re.compile(rf"^@attribute\s+({NAME})\s+(.+?)\s*$", re.IGNORECASE)
RELATION = re.compile(r"^@relation\s+(.*?)\s*$", re.IGNORECASE)
LABELS = re.compile(r"-C\s+(-?\d+)")
CELL = re.compile(r"""\s*('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^,]*?)\s*(?:,|$)""")
PAIR = re.compile(r"""\s*(\d+)\s+('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^,]*?)\s*(?:,|$)""")
PREFIX = re.compile(r"^[A-Za-z]{2,}[_.:=-](?=.)")  # of names that belong together
LABEL_NAME = re.compile(r"""<label\s+[^>]*?name\s*=\s*(?:"([^"]*)"|'([^']*)')""")
NUMERIC = ("numeric", "real", "integer")
HIDDEN = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'"}


@dataclass(frozen=True, eq=False)
class Head:
    """The attributes of a file: their names, the values of those that are lists of values, which
    are numbers, and the line on which the data begin; ``labels`` are the names of the labels.
    """

    names: list[str]
    values: list[tuple[str, ...] | None]
    numeric: list[bool]
    first: int
    labels: list[str]
    note: str

    __repr__ = by_fields


def read(path: Path, *, encoding: str | None = None) -> Table:
    """The attributes as columns; the labels have their role.

    Raises ValueError with the line for rows of another length, and for values that an attribute
    does not have.
    """
    encoding = encoding_of(path, encoding)
    lines = _text(path, encoding).split("\n")
    head = _head(path, lines)
    rows = [(number, line) for number, line in enumerate(lines[head.first :], head.first + 1)]
    rows = [(number, bare) for number, line in rows if (bare := line.strip()) and bare[0] != "%"]
    if not rows:
        raise ValueError(f"{path.name} holds no row after @data")
    cells = [_row(path, head, number, line) for number, line in rows]
    columns: dict[str, Column] = {}
    kinds: dict[str, str] = {}
    for place, name in enumerate(head.names):
        column = [row[place] for row in cells]
        columns[name], kinds[name] = _column(path, head, place, column, [n for n, _ in rows])
    sparse = any(line.startswith("{") for _, line in rows)
    notes = [f"{path.name} is ARFF: {len(head.names):,} attributes, {'sparse' * sparse or 'dense'}"]
    return Table(
        columns,
        kinds,
        FORM,
        (*notes, head.note) if head.note else tuple(notes),
        how={"encoding": encoding},
        roles={"label": head.labels if len(head.labels) > 1 else head.labels[0]}  # type: ignore[dict-item]
        if head.labels
        else {},
    )


def rewrite(
    path: Path,
    out: Path,
    change: Mapping[int, Mapping[str, Any]],
    drop: Collection[int],
    *,
    encoding: str,
) -> None:
    """Copy a file with some cells replaced and some rows left out; all else as it is."""
    lines = _text(path, encoding).split("\n")
    head = _head(path, lines)
    place = {name: at for at, name in enumerate(head.names)}
    new, row = lines[: head.first], -1
    for line in lines[head.first :]:
        bare = line.strip()
        if not bare or bare[0] == "%":
            new.append(line)
            continue
        row += 1
        if row in drop:
            continue
        for name, value in change.get(row, {}).items():
            cell = "?" if value is None else _quoted(str(value))
            put = _put_sparse if bare[0] == "{" else _put
            line = put(line, place[name], cell, head)
        new.append(line)
    with out.open("w", encoding=encoding, newline="") as file:
        file.write("\n".join(new))


def _text(path: Path, encoding: str) -> str:
    try:
        with path.open(encoding=encoding, newline="") as file:
            return file.read()
    except UnicodeDecodeError:
        raise ValueError(broken_at(path, encoding)) from None


def _head(path: Path, lines: Sequence[str]) -> Head:
    names: list[str] = []
    values: list[tuple[str, ...] | None] = []
    numeric: list[bool] = []
    relation, first = "", 0
    for number, line in enumerate(lines, 1):
        bare = line.strip()
        if not bare or bare.startswith("%"):
            continue
        word = bare.split(None, 1)[0].lower()
        if word == "@data":
            first = number
            break
        if word == "@relation":
            found = RELATION.match(bare)
            relation = "" if found is None else found[1]
            continue
        attribute = ATTRIBUTE.match(bare)
        if attribute is None:
            raise ValueError(
                f"{path.name}, line {number:,}: {bare[:60]!r} is no attribute; wanted is "
                "@attribute, a name, and numeric, string or {the values}"
            )
        names.append(_plain(attribute[1]))
        told = attribute[2]
        held = re.findall(NAME, told) if told.startswith("{") else None
        values.append(None if held is None else tuple(map(_plain, held)))
        numeric.append(told.split()[0].lower() in NUMERIC)
    if not first or not names:
        raise ValueError(f"{path.name} is no ARFF file: it needs @attribute lines and @data")
    distinct(names, path.name)
    return Head(names, values, numeric, first, *_labels(path, relation, names, values))


def _labels(
    path: Path, relation: str, names: Sequence[str], values: Sequence[tuple[str, ...] | None]
) -> tuple[list[str], str]:
    """The names of the labels, and how they are known."""
    told, beside = _told_beside(path, names)
    found = LABELS.search(relation)
    count = int(found[1]) if found is not None else 0
    if found is not None and not told and not 0 < abs(count) <= len(names):
        raise ValueError(
            f"{path.name}: the relation says -C {count}, there are {len(names)} attributes"
        )
    chosen = list(names[:count] if count > 0 else names[count:]) if found is not None else []
    if told:
        other = f" (its relation says -C {count}, which are others)" * bool(
            chosen and set(chosen) != set(told)
        )
        return told, f"its {len(told)} labels are named in {beside}{other}"
    if chosen:
        which = "first" if count > 0 else "last"
        return chosen, f"its {which} {abs(count)} attributes are labels (-C {count})"
    last = next((at for at in reversed(range(len(names))) if values[at] is not None), None)
    if last is None:
        return [], ""
    return _last_labels(path, names, values, last)


def _last_labels(
    path: Path, names: Sequence[str], values: Sequence[tuple[str, ...] | None], last: int
) -> tuple[list[str], str]:
    """The label where nothing names it: the last list of values; the last attributes of 0 and 1
    whose names begin alike (TAG_...), where those before them do not.
    """
    note = f"its label is the attribute {names[last]!r}, the last list of values"
    first = last
    while first and set(values[last] or ()) == {"0", "1"} == set(values[first - 1] or ()):
        first -= 1
    begin = PREFIX.match(names[last])
    alike = last
    while begin and alike > first and names[alike - 1].startswith(begin[0]):
        alike -= 1
    if begin and alike < last and not any(name.startswith(begin[0]) for name in names[:alike]):
        chosen = list(names[alike : last + 1])
        return chosen, (
            f"its labels are the last {len(chosen)} attributes, {begin[0]}..., which are 0 and 1 "
            "(label= names others)"
        )
    if first < last:
        note += (
            f"; the {last - first} attributes before it are 0 and 1 too: if they are labels as "
            f"well, name them all with label=, or put the XML file of the labels ({path.stem}.xml) "
            "beside it"
        )
    return [names[last]], note


def _told_beside(path: Path, names: Sequence[str]) -> tuple[list[str], str]:
    """The labels that an XML file beside names, and its name."""
    there = _beside(path)
    if there is None:
        return [], ""
    text = there.read_text(encoding="utf-8", errors="replace")
    told = [_shown(a or b) for a, b in LABEL_NAME.findall(text)]
    lost = [name for name in told if name not in names]
    if lost:
        raise ValueError(
            f"{there.name} names {len(told)} labels, of which {path.name} has no attribute "
            f"{', '.join(map(repr, lost[:5]))}"
        )
    return told, there.name


def _beside(path: Path) -> Path | None:
    """The XML file of the labels: emotions.xml beside emotions-train.arff; the longest name."""
    found = [one for one in path.parent.glob("*.xml") if _begins(path.stem, one.stem)]
    return max(found, key=lambda one: (len(one.stem), one.name), default=None)


def _begins(stem: str, xml: str) -> bool:
    begin = xml.removesuffix("-labels")
    rest = stem[len(begin) :]
    return stem.startswith(begin) and not rest[:1].islower()


def _row(path: Path, head: Head, number: int, line: str) -> list[str | None]:
    """The cells of a row, None where a value is missing."""
    k = len(head.names)
    if line.startswith("{"):
        cells = [values[0] if values else "0" for values in head.values]
        inside, place = line.strip()[1:].rstrip("}").strip(), 0
        while place < len(inside):
            found = PAIR.match(inside, place)
            if found is None:
                seen = inside[place:].strip()[:40]
                raise ValueError(
                    f"{path.name}, line {number:,}: {seen!r} is no cell of a sparse row; "
                    "wanted is the number of an attribute, from 0, and its value"
                )
            at, place = int(found[1]), found.end()
            if at >= k:
                raise ValueError(
                    f"{path.name}, line {number:,}: attribute {at}, there are 0 to {k - 1}"
                )
            cells[at] = _plain(found[2])
        return [None if cell == "?" else cell for cell in cells]
    plain = "'" not in line and '"' not in line
    parts = line.split(",") if plain else [f[1] for f in CELL.finditer(line) if f.end() > f.start()]
    if len(parts) != k:
        raise ValueError(f"{path.name}, line {number:,}: {len(parts)} values for {k} attributes")
    return [None if (cell := part.strip()) == "?" else _plain(cell) for part in parts]


def _column(
    path: Path, head: Head, place: int, cells: list[str | None], lines: Sequence[int]
) -> tuple[Column, str]:
    """A column by the type of its attribute."""
    name, values = head.names[place], head.values[place]
    if head.numeric[place] or values in (("0", "1"), ("1", "0")):
        try:
            numbers = np.array([np.nan if cell is None else cell for cell in cells], dtype=float)
        except ValueError:
            bad = next(
                row for row, cell in enumerate(cells) if cell is not None and not _is_number(cell)
            )
            raise ValueError(
                f"{path.name}, line {lines[bad]:,}: {cells[bad]!r} is no number, as the attribute "
                f"{name!r} wants"
            ) from None
        if values is None or bool(np.isin(numbers[~np.isnan(numbers)], (0, 1)).all()):
            whole = not np.isnan(numbers).any() and bool((numbers == np.floor(numbers)).all())
            whole = whole and bool((np.abs(numbers) < 2**53).all())
            return (numbers.astype(np.int64), "integer") if whole else (numbers, "decimal")
    if values is not None:
        odd = next((r for r, c in enumerate(cells) if c is not None and c not in values), None)
        if odd is not None:
            raise ValueError(
                f"{path.name}, line {lines[odd]:,}: {cells[odd]!r} is no value of the attribute "
                f"{name!r}, which has {', '.join(values[:12])}"
            )
    return objects(cells), "text"


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _put(line: str, place: int, cell: str, head: Head) -> str:
    found = list(CELL.finditer(line.rstrip("\r")))[place]
    return f"{line[: found.start(1)]}{cell}{line[found.end(1) :]}"


def _put_sparse(line: str, place: int, cell: str, head: Head) -> str:
    """A sparse row with another value in one place; the value that stands for none is left out."""
    start, end = line.index("{") + 1, line.rindex("}")
    pairs = [(int(f[1]), f[0].strip(" ,")) for f in PAIR.finditer(line[start:end].strip())]
    values = head.values[place]
    pairs = [pair for pair in pairs if pair[0] != place]
    if cell != (values[0] if values else "0"):
        pairs.append((place, f"{place} {cell}"))
    between = ", " if ", " in line else ","
    return f"{line[:start]}{between.join(text for _, text in sorted(pairs))}{line[end:]}"


def _plain(text: str) -> str:
    """A name or a value without its quotes."""
    if len(text) > 1 and text[0] in "'\"" and text[-1] == text[0]:
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return text


def _quoted(text: str) -> str:
    if re.fullmatch(r"[^\s,{}'\"%]+", text):
        return text
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _shown(text: str) -> str:
    for code, letter in HIDDEN.items():
        text = text.replace(code, letter)
    return text
