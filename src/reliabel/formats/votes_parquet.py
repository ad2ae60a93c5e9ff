"""Votes from a Parquet file in blocks: names become codes block by block, so that the columns of
the file are never in memory as a whole.

Three numbers a vote are kept (12 bytes; 8 more for each column of times), and the distinct names of
items, workers and answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.labels import Floats, Ints
from reliabel.core.run import track
from reliabel.formats.columns import Table, settled
from reliabel.ops.addresses import name_of
from reliabel.ops.sources import parquet_file

ROWS = 65_536  # of a block


@dataclass(frozen=True, eq=False)
class Coded:
    """A long table of votes as codes; names are in the order of their first appearance.

    A row without an answer has the code -1 (or NaN).
    """

    item: Ints  # (rows,) int32
    worker: Ints
    items: list[str]
    workers: list[str]
    answer: Ints | Floats  # codes (rows,), or the numbers themselves
    # one row a distinct answer, in a column of the file's own name; None for numbers
    answers: Table | None
    beside: Mapping[str, Any] = field(
        default_factory=dict
    )  # role -> (rows,) what stands beside the votes


def fits(places: Sequence[Path | str], names: tuple[str, ...], numbers: bool) -> bool:
    """Whether the types of the columns (item, worker, answer, then times or numbers) can be read in
    blocks from each file; missing columns are reported elsewhere.
    """
    import pyarrow as pa

    try:
        schemas = [parquet_file(str(place)).schema_arrow for place in places]
    except (pa.ArrowException, OSError):
        return False  # the reader of whole tables says what is wrong
    return all(_fits(schema, names, numbers) for schema in schemas)


def _fits(schema: Any, names: tuple[str, ...], numbers: bool) -> bool:
    import pyarrow as pa

    if any(schema.names.count(name) != 1 for name in names) or b"huggingface" in (
        schema.metadata or {}
    ):
        return False
    kinds = [schema.field(name).type for name in names]
    plain = all(_is_plain(kind) for kind in kinds[: 2 if numbers else 3])
    return (
        plain
        and (not numbers or _is_number(kinds[2]))
        and all(_is_number(kind) or pa.types.is_timestamp(kind) for kind in kinds[3:])
    )


def read(
    places: Sequence[Path | str],
    item: str,
    worker: str,
    label: str,
    *,
    numbers: bool = False,
    beside: Mapping[str, str] | None = None,
) -> Coded:
    """The votes of one file or of several one after another, at paths or addresses.

    beside: role -> column of times or numbers of each vote.
    Raises ValueError for a row without item or worker.
    """
    import pyarrow as pa

    beside = beside or {}
    name = name_of(str(places[0]))
    try:
        files = [parquet_file(str(place)) for place in places]
        n = sum(file.metadata.num_rows for file in files)
        if not n:
            raise ValueError(
                f"{name} has columns ({', '.join(files[0].schema_arrow.names)}) and no rows"
            )
        out = {
            "item": np.empty(n, np.int32),
            "worker": np.empty(n, np.int32),
            "label": np.empty(n, float if numbers else np.int32),
        }
        others = {role: np.empty(n, float) for role in beside}
        known: dict[str, dict[Any, int]] = {"item": {}, "worker": {}, "label": {}}
        start = 0
        wanted = list(dict.fromkeys([item, worker, label, *beside.values()]))
        blocks = (
            block for file in files for block in file.iter_batches(batch_size=ROWS, columns=wanted)
        )
        for block in track("votes read", blocks, -(-n // ROWS)):
            rows = slice(start, start + len(block))
            for role, column in (("item", item), ("worker", worker), ("label", label)):
                if role == "label" and numbers:
                    out[role][rows] = _plain(block.column(column))
                else:
                    out[role][rows] = _coded(block.column(column), known[role])
            for role, column in beside.items():
                others[role][rows] = _plain(block.column(column))
            start += len(block)
    except (pa.ArrowException, OSError) as error:
        raise ValueError(
            f"{name} is a broken Parquet file: {str(error).splitlines()[0]}; was it cut short?"
        ) from None
    names = {role: list(found) for role, found in known.items()}
    for role, name in (("item", item), ("worker", worker)):
        _refuse_gaps(out[role], names[role], name)
    answers = None
    if not numbers:
        kind, values = settled(names["label"] or [None])
        answers = Table({label: values}, {label: kind}, "parquet")
    items, workers = (list(map(str, names[role])) for role in ("item", "worker"))
    return Coded(out["item"], out["worker"], items, workers, out["label"], answers, others)


def _coded(column: Any, known: dict[Any, int]) -> Ints:
    """The code of each value, -1 if missing; new names are added to ``known`` in row order."""
    found = (
        column.dictionary_decode() if hasattr(column, "indices") else column
    ).dictionary_encode()
    names = found.dictionary.to_pylist()
    table = np.full(len(names) + 1, -1, dtype=np.int32)
    table[:-1] = [known.setdefault(name, len(known)) for name in names]
    return np.asarray(table[found.indices.fill_null(len(names)).to_numpy(zero_copy_only=False)])


def _refuse_gaps(codes: Ints, names: Any, column: str) -> None:
    """Raise ValueError for a row whose name is blank."""
    blank = (
        [place for place, name in enumerate(names) if not name.strip()]
        if names and isinstance(names[0], str)
        else []
    )
    gap = np.flatnonzero(np.isin(codes, [-1, *blank]) if blank else codes < 0)
    if len(gap):
        raise ValueError(
            f"column {column!r} is empty in row {int(gap[0])}; every vote needs an item and a "
            "worker"
        )


def _plain(column: Any) -> Floats:
    """Numbers as they are, times as seconds since 1970, missing values as NaN."""
    import pyarrow as pa

    if pa.types.is_timestamp(column.type):
        seconds = (
            column.cast(pa.timestamp("ns"))
            .cast(pa.int64())
            .cast(pa.float64(), safe=False)
            .to_numpy(zero_copy_only=False)
            / 1e9
        )
        return np.asarray(seconds)
    return np.asarray(column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False))


def _is_number(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _is_plain(kind: Any) -> bool:
    """Whether a type is text, whole numbers or booleans, stored directly or as a dictionary."""
    import pyarrow as pa

    own = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(
        pa.types.is_string(own)
        or pa.types.is_large_string(own)
        or pa.types.is_integer(own)
        or pa.types.is_boolean(own)
    )
