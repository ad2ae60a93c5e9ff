"""Tables in any of the formats: the only module that knows which format reads which file."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from reliabel.formats import (
    arff,
    argilla,
    delimited,
    excel,
    exports,
    frames,
    json_lines,
    table_folder,
)
from reliabel.formats.columns import Table, listed
from reliabel.formats.export_rows import one_row_an_item
from reliabel.formats.files import FORMS, SAYS, copied, encoding_of, form_of
from reliabel.formats.not_yet import refuse_text
from reliabel.formats.packed import packing, unpacked, written_name
from reliabel.formats.table_folder import Folder
from reliabel.ops.addresses import files_at, name_of

WRITES = ("csv", "tsv", "jsonl", "json", "parquet", "arrow", "xlsx", "arff")


def read(
    path: Path,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    question: str | None = None,
    sheet: str | None = None,
    leave: Sequence[str] = (),
) -> Table:
    """The table of a CSV, TSV, JSONL, JSON, Parquet, Arrow or Excel file, compressed or not, or the
    rows of an export of a labelling tool; raises ValueError with the place of an error.

    question, sheet: which question of an export, which sheet of a workbook is meant.
    leave: columns of a Parquet or Arrow file that are not read.
    """
    with unpacked(path) as (plain, said):
        table = _of_plain(plain, encoding, delimiter, question, sheet, leave)
    return replace(table, notes=(*said, *table.notes)) if said else table


def read_folder(folder: Folder, leave: Sequence[str] = ()) -> Table:
    """The table of all Parquet or Arrow files of a folder, here or at an address."""
    whole, notes = table_folder.whole(folder, leave)
    table = frames.of_frame(whole, form=folder.form, what=folder.name)
    return replace(table, notes=(*notes, *table.notes))


def read_address(
    address: str,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    question: str | None = None,
    sheet: str | None = None,
    leave: Sequence[str] = (),
) -> Table:
    """The table at an address: a file in any of the formats, a folder of Parquet or Arrow files, or
    a folder of pictures by class.

    Parquet and Arrow are read where they lie; a file of another format is copied to a temporary
    one while it is read.  Raises ValueError with the place of an error.
    """
    files = files_at(address)
    name, one = name_of(address), len(files) == 1 and files[0].address == address
    if not one:
        folder = table_folder.of_files(name, files)
        if folder is None:
            from reliabel.formats import imagefolder

            return imagefolder.read_address(address, files)
        return read_folder(folder, leave)
    form = FORMS.get(Path(name).suffix.lower())
    if form in ("parquet", "arrow"):
        return _of_arrow(address, form, question, leave)
    with copied(address) as copy:
        table = read(copy, encoding=encoding, delimiter=delimiter, question=question, sheet=sheet)
    return replace(table, notes=(f"{name} was copied here while it was read", *table.notes))


def _of_plain(
    path: Path,
    encoding: str | None,
    delimiter: str | None,
    question: str | None,
    sheet: str | None,
    leave: Sequence[str] = (),
) -> Table:
    form = form_of(path)
    if form in ("csv", "tsv"):
        if path.suffix.lower() not in (".csv", ".gz"):
            refuse_text(path, encoding_of(path, encoding))
        return delimited.read(path, encoding=encoding, delimiter=delimiter)
    if form in ("json", "jsonl"):
        export = exports.read(path, question=question, encoding=encoding)
        return json_lines.read(path, encoding=encoding) if export is None else export
    if form in ("parquet", "arrow"):
        return _of_arrow(path, form, question, leave)
    if form == "xlsx":
        return excel.read(path, sheet=sheet)
    if form == "arff":
        return arff.read(path, encoding=encoding)
    raise ValueError(
        f"{path.name} holds {SAYS[form]}, a table is wanted; give arrays as features= or probs= "
        "beside a table of the labels"
    )


def _of_arrow(
    path: Path | str, form: str, question: str | None, leave: Sequence[str] = ()
) -> Table:
    """A Parquet or Arrow file, here or at an address; votes if it holds Argilla's responses."""
    whole = frames.whole(path, form, leave=leave)
    if any(name.endswith(argilla.USERS) for name in whole.column_names):
        return argilla.of_records(whole.to_pylist(), Path(name_of(str(path))), question)
    return frames.of_frame(whole, form=form, what=name_of(str(path)))


def whole_arrow(source: Path | str, form: str) -> Any:
    """The pyarrow table of a Parquet or Arrow file, or of a folder of them, as it is."""
    folder = (
        table_folder.folder_of(source) if not isinstance(source, Path) or source.is_dir() else None
    )
    return frames.whole(source, form) if folder is None else table_folder.whole(folder)[0]


def form_to_write(path: Path) -> str:
    """The format of an output file by its suffix; ValueError for one that cannot be written."""
    form = FORMS.get(Path(written_name(path.name)).suffix.lower())
    if form not in WRITES:
        raise ValueError(
            f"cannot write {path.name}: end its name in .csv, .tsv, .jsonl, .json, .parquet, "
            ".arrow or .xlsx, compressed with .gz, .bz2, .xz or .zst behind it"
        )
    return form


def write(path: Path, columns: Mapping[str, Any], form: str) -> None:
    """Write columns in one of the formats.

    The suffix of ``path`` is ignored, so that it may be a temporary name.
    """
    if form in ("csv", "tsv"):
        delimited.write(
            path,
            {name: map(_text, values) for name, values in columns.items()},
            delimiter="\t" if form == "tsv" else ",",
        )
    elif form in ("json", "jsonl"):
        json_lines.write(path, columns, lines=form == "jsonl")
    elif form == "arff":
        raise ValueError("ARFF is written of ARFF only; give a name that ends in .csv, say")
    elif form == "xlsx":
        excel.write(path, {name: map(_text, values) for name, values in columns.items()})
    else:
        frames.write(path, frames.to_frame(columns, "pyarrow"), form)


def whole_columns(
    path: Path | str,
    *,
    form: str,
    encoding: str | None = None,
    delimiter: str | None = None,
    question: str | None = None,
    sheet: str | None = None,
) -> dict[str, list[Any]]:
    """All columns of a table or a data folder with the values to write as ``form``; from a text
    format to a text format the cells as they are spelled; of an export one row an item.

    path: also the address of a folder or a file.
    """
    if isinstance(path, str):
        table = read_address(path, encoding=encoding, delimiter=delimiter, sheet=sheet)
        return {name: listed(values, table.kinds[name]) for name, values in table.columns.items()}
    if path.is_dir():
        from reliabel.formats import hugging_face, imagefolder

        known = None if hugging_face.is_one(path) else table_folder.folder_of(path)
        if known is not None:
            whole = table_folder.whole(known)[0]
            return {name: whole.column(name).to_pylist() for name in whole.column_names}
        table = hugging_face.read(path) if hugging_face.is_one(path) else imagefolder.read(path)
        return {
            name: [
                table.names[name][v] if name in table.names and v >= 0 else v
                for v in listed(values, table.kinds[name])
            ]
            for name, values in table.columns.items()
        }
    with unpacked(path) as (plain, _):
        table = _of_plain(plain, encoding, delimiter, question, sheet)
        if table.form in ("parquet", "arrow"):
            whole = frames.whole(plain, table.form)
            return {name: whole.column(name).to_pylist() for name in whole.column_names}
    if "worker" in table.roles:
        table = one_row_an_item(table, path.name)
    spelled = form in ("csv", "tsv") and table.form in ("csv", "tsv")
    return {
        name: listed(table.written(name), "text") if spelled else listed(table.columns[name], kind)
        for name, kind in table.kinds.items()
    }


def add_columns(
    path: str | Path,
    out: str | Path,
    new: Mapping[str, Sequence[Any]],
    *,
    rows: Any = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
) -> None:
    """Write a table again with additional columns.

    rows: the row of ``path`` for each row of the new table; None takes all in order.
    Raises ValueError if ``out`` is the input, or if a column exists already.
    """
    source, target = Path(path), Path(out)
    form = form_to_write(target)
    not_in_place(target, [source])
    words = {"encoding": encoding, "delimiter": delimiter, "sheet": sheet}
    with ExitStack() as opened:
        _add(source, target, form, new, rows, words, opened)


def _add(
    source: Path,
    target: Path,
    form: str,
    new: Mapping[str, Sequence[Any]],
    rows: Any,
    words: Mapping[str, Any],
    opened: ExitStack,
) -> None:
    plain = source if source.is_dir() else opened.enter_context(unpacked(source))[0]
    same = not source.is_dir() and form in ("csv", "tsv") and form_of(plain) == form
    table = read(plain, **words) if same else None
    columns: Mapping[str, Any] = (
        table.columns if table is not None else whole_columns(source, form=form, **words)
    )
    there = [name for name in new if name in columns]
    if there:
        raise ValueError(
            f"{source.name} has a column {there[0]!r} already; rename it, or start from the file "
            "without it"
        )
    index = (
        list(range(len(next(iter(columns.values())))))
        if rows is None
        else [int(row) for row in rows]
    )
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with packing(part, target.name) as inner:
            if table is not None:
                delimited.extend(plain, inner, new, index, **table.how)
            else:
                write(
                    inner,
                    {name: [values[row] for row in index] for name, values in columns.items()}
                    | dict(new),
                    form,
                )
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


def not_in_place(out: Path, inputs: Sequence[Path]) -> None:
    """Raise ValueError for an output that is an input, also under another name, or that lies inside
    an input folder.
    """
    for path in inputs:
        same = out.exists() and path.exists() and os.path.samefile(out, path)
        if (
            same
            or out.resolve() == path.resolve()
            or (path.is_dir() and path.resolve() in out.resolve().parents)
        ):
            raise ValueError(
                f"{out} is the input itself, which is never changed; give another name with out="
            )


def _text(value: Any) -> Any:
    if isinstance(value, list | tuple | dict) or (hasattr(value, "__array__") and value.ndim):
        import json

        return json.dumps(json_lines.plain(value), ensure_ascii=False)
    return value
