"""Folders of Parquet or Arrow files, on this machine or at an address, as one table.

No file is copied: Arrow files are mapped into memory where they lie, and the parts are chunks of
one table.  Names of folders such as ``label=cat`` (as Spark and Hive write them) become columns,
and files or folders that are called train, test and so on the column ``split``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

from reliabel.core.split_names import splits_of
from reliabel.formats.packed import PICTURES
from reliabel.ops.addresses import Listed, files_at, name_of

ENDS = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
}
SAYS = {"parquet": "Parquet", "arrow": "Arrow"}
KEY = re.compile(r"^([^=]+)=(.*)$")
NONE = "__HIVE_DEFAULT_PARTITION__"  # what Spark and Hive write for a missing value
SHARD = re.compile(r"^(.+?)-\d+(-of-\d+)?$")  # train-00000-of-00003


@dataclass(frozen=True)
class Folder:
    """The files of a folder that make one table, in the order of their names, what format they
    have, and how many other files lie there.
    """

    name: str
    form: str
    files: tuple[Listed, ...]
    others: int = 0

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be said of the choice of files."""
        many = len(self.files)
        read = (
            f"{many:,} {SAYS[self.form]} files are read as one table, in the order of their names"
            if many > 1
            else f"{self.files[0].path} is the table of the folder"
        )
        left = f"{self.others:,} other file{'s' * (self.others > 1)} there"
        are = "are" if self.others > 1 else "is"
        return (f"{read}; {left} {are} left out" if self.others else read,)


def folder_of(source: Path | str) -> Folder | None:
    """The folder of tables at a path or an address; None where it holds pictures or no such files.

    Raises ValueError for Parquet and Arrow files in one folder.
    """
    if isinstance(source, Path):
        return of_files(source.resolve().name, listed(source))
    return of_files(name_of(source), files_at(source))


def of_files(name: str, files: Sequence[Listed]) -> Folder | None:
    """The folder of tables that these files make, as ``folder_of`` has it."""
    ends = [PurePosixPath(one.path).suffix.lower() for one in files]
    forms = {ENDS[end] for end in ends if end in ENDS}
    if not forms or any(end in PICTURES for end in ends):
        return None
    if len(forms) > 1:
        first = {ENDS.get(end): one.path for one, end in zip(files[::-1], ends[::-1], strict=True)}
        some = [first[form] for form in sorted(forms)]
        raise ValueError(
            f"{name} holds Arrow and Parquet files ({', '.join(some)}); keep one kind in it, or "
            "give one of the files"
        )
    own = tuple(one for one, end in zip(files, ends, strict=True) if end in ENDS)
    return Folder(name, forms.pop(), own, len(files) - len(own))


def listed(folder: Path) -> list[Listed]:
    """The files below a folder of this machine as ``files_at`` lists those at an address."""
    every = sorted(path for path in folder.rglob("*") if path.is_file())
    named = [(path, path.relative_to(folder).as_posix()) for path in every]
    return [
        Listed(str(path), name, path.stat().st_size, path.stat().st_mtime_ns)
        for path, name in sorted(named, key=lambda one: one[1])
        if not any(part[:1] in "._" for part in name.split("/"))
    ]


def whole(folder: Folder, leave: Sequence[str] = ()) -> tuple[Any, tuple[str, ...]]:
    """The pyarrow table of all files one after another, without the columns ``leave``, and notes.

    Raises ValueError for a damaged file, for columns whose types do not go together, and for a
    folder without rows.
    """
    import pyarrow as pa

    from reliabel.formats.frames import whole as one_file

    parts = [one_file(one.address, folder.form, leave=leave, empty=True) for one in folder.files]
    schema = parts[0].schema.metadata
    notes = [*folder.notes, *_lacking(parts)]
    parts, told = _with_keys(folder, parts)
    try:
        table = pa.concat_tables(parts, promote_options="permissive")
    except (pa.ArrowException, ValueError) as error:
        raise ValueError(f"{folder.name}: {_unlike(folder, parts) or error}") from None
    if not table.num_rows:
        raise ValueError(f"{folder.name} has columns ({', '.join(table.column_names)}) and no rows")
    return table.replace_schema_metadata(schema), (*notes, *told)


def _lacking(parts: Sequence[Any]) -> list[str]:
    """Notes on columns that some of the files lack."""
    names = dict.fromkeys(name for part in parts for name in part.column_names)
    lacks = {name: sum(name not in part.column_names for part in parts) for name in names}
    return [
        f"column {name!r} is missing in {many:,} of {len(parts):,} files, and empty there"
        for name, many in lacks.items()
        if many
    ]


def _unlike(folder: Folder, parts: Sequence[Any]) -> str:
    """Which column has two types that do not go together, and in which files."""
    import pyarrow as pa

    first: dict[str, tuple[Any, str]] = {}
    for one, part in zip(folder.files, parts, strict=True):
        for field in part.schema:
            kind, path = first.setdefault(field.name, (field.type, one.path))
            pair = [pa.schema([(field.name, each)]) for each in (kind, field.type)]
            try:
                pa.unify_schemas(pair, promote_options="permissive")
            except pa.ArrowException:
                return (
                    f"column {field.name!r} is {kind} in {path} and {field.type} in {one.path}; "
                    "write it as one type, or give one of the files"
                )
    return ""


def _with_keys(folder: Folder, parts: Sequence[Any]) -> tuple[list[Any], list[str]]:
    """The tables with the columns that the names of their folders and files are, and notes."""
    import pyarrow as pa

    keys = [_keys(one.path) for one in folder.files]
    names = [name for name in keys[0] if all(name in key for key in keys)]
    columns: dict[str, list[Any]] = {name: [key[name] for key in keys] for name in names}
    splits = _splits([one.path for one in folder.files])
    if splits and "split" not in columns:
        columns["split"] = splits
    out, told = list(parts), []
    for name, values in columns.items():
        if any(name in part.column_names for part in parts):
            continue
        whole = all(value is None or value.lstrip("-").isdecimal() for value in values)
        kind = pa.int64() if whole and any(value is not None for value in values) else pa.string()
        cells = [int(v) if v is not None and pa.types.is_integer(kind) else v for v in values]
        out = [
            part.append_column(name, pa.repeat(pa.scalar(cell, kind), part.num_rows))
            for part, cell in zip(out, cells, strict=True)
        ]
        told.append(f"column {name!r} is made of the names of folders and files")
    return out, told


def _keys(path: str) -> dict[str, str | None]:
    """What the names of folders say as ``name=value``.

    >>> _keys("label=cat/year=2026/part-0.parquet")
    {'label': 'cat', 'year': '2026'}
    """
    found = [KEY.match(part) for part in PurePosixPath(path).parts[:-1]]
    return {one[1]: None if one[2] == NONE else unquote(one[2]) for one in found if one}


def _splits(paths: Sequence[str]) -> list[str]:
    """The split of each file by its folder or its own name; empty where they name none, or one.

    >>> _splits(["data/train-00000-of-00002.parquet", "data/test-00000-of-00001.parquet"])
    ['train', 'test']
    >>> _splits(["part-0.parquet", "part-1.parquet"])
    []
    """
    stems = [PurePosixPath(path).stem for path in paths]
    shards = [SHARD.match(stem) for stem in stems]
    by_name = [shard[1] if shard else stem for shard, stem in zip(shards, stems, strict=True)]
    by_folder = [PurePosixPath(path).parent.name for path in paths]
    for names in (by_folder, by_name):
        known = splits_of(dict.fromkeys(names)) if len(set(names)) > 1 else {}
        if len(set(known.values())) > 1:
            return [known[name] for name in names]
    return []
