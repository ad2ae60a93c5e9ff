"""corrupt: plant errors of a known kind, and tell where they are."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.call import keywords, opened
from reliabel.core.catalogue import find
from reliabel.core.dataset import Dataset
from reliabel.core.labels import Labels
from reliabel.core.results import Corrupted
from reliabel.engine.local import shared_work
from reliabel.prepare.one_method import one
from reliabel.reading.evidence_brought import aligned


@shared_work()
def corrupt(
    data: Dataset | Labels,
    *,
    by: str = "symmetric",
    seed: int = 0,
    embed: str = "auto",
    # evidence: written by tools/signatures.py from the table in core/evidence
    probs: Any = None,
    features: Any = None,
    feature_maps: Any = None,
    embeddings: Any = None,
    neighbours: Any = None,
    items: Any = None,
    columns: Any = None,
    split: Any = None,
    groups: Any = None,
    graph: Any = None,
    dynamics: Any = None,
    token_probs: Any = None,
    tags: Any = None,
    sizes: Any = None,
    pixel_probs: Any = None,
    scores: Any = None,
    predicted: Any = None,
    votes: Any = None,
    gold: Any = None,
    trusted: Any = None,
    paired: Any = None,
    teacher: Any = None,
    privileged: Any = None,
    class_features: Any = None,
    class_distance: Any = None,
    class_order: Any = None,
    class_iou: Any = None,
    noise_matrix: Any = None,
    posterior: Any = None,
    fit: Any = None,
    module: Any = None,
    views: Any = None,
    start_from: Any = None,
    # end of evidence
    **options: Any,
) -> Corrupted:
    """Labels with planted errors: ``wrong`` says which labels now differ from those given, which
    are taken for the truth.

    by: the corrupter; options are its own (``rate=0.2`` for most).  embed: how features are made
    where it needs them. noise_matrix may be a file (.npy, .npz, CSV) that holds the matrix [true,
    given]. Raises ValueError on bad input, missing evidence and unknown names.

    >>> import numpy as np, reliabel as rl
    >>> bad = rl.corrupt(rl.Classes(np.zeros(100, dtype=int), ("a", "b")), by="symmetric", rate=0.1)
    >>> int(bad.wrong.sum()), bool((bad.labels.y[bad.wrong] == 1).all())
    (10, True)
    """
    if isinstance(noise_matrix, str | Path):
        noise_matrix = _matrix(Path(noise_matrix))
    given = keywords("corrupt", locals(), options)
    entry = find("corrupt", by)
    given.check_options(entry)
    whole, _ = opened(data, given.evidence, aligned)
    corrupted: Corrupted = one(entry, whole, given.evidence, given.options, seed, embed=embed)
    return corrupted


def write_corrupted(
    source: str | Path,
    out: str | Path,
    label: str,
    done: Corrupted,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
) -> None:
    """The table in ``source`` anew in ``out``: column ``label`` keeps the truth, LABEL_noisy and
    LABEL_wrong are added, and a column LABEL_NAME for each of ``done.info["cells"]``.

    Raises ValueError where the input would be overwritten or has these columns already.
    """
    from reliabel.formats.tables import add_columns, form_to_write, whole_columns

    names = done.labels.names  # type: ignore[attr-defined]
    reading = {"encoding": encoding, "delimiter": delimiter, "sheet": sheet}
    cells = whole_columns(Path(source), form=form_to_write(Path(out)), **reading)[label]
    given: list[str | None] = [None if c < 0 else names[c] for c in done.labels.y.tolist()]  # type: ignore[attr-defined]
    rows = zip(given, done.index.tolist(), done.wrong.tolist(), strict=True)
    spelled: dict[str | None, Any] = {
        name: cells[row] for name, row, wrong in rows if not wrong and name is not None
    }  # class -> the cell that stands for it in the file
    noisy = (
        [spelled.get(name) for name in given] if spelled.keys() >= set(given) - {None} else given
    )
    new: dict[str, Any] = {f"{label}_noisy": noisy, f"{label}_wrong": done.wrong.tolist()}
    new |= {f"{label}_{name}": one for name, one in done.info.get("cells", {}).items()}
    add_columns(Path(source), Path(out), new, rows=done.index, **reading)


def write_corrupted_cells(
    data: Dataset,
    out: str | Path,
    done: Corrupted,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
) -> None:
    """The table that a data set of numbers or of several labels an item was read from, anew in
    ``out``: its label columns keep the truth, and beside each column C stand C_noisy and C_wrong.

    Raises ValueError where the input would be overwritten or has these columns already.
    """
    from reliabel.core.kinds import kind_for, place_of
    from reliabel.folders.decisions import Resolved
    from reliabel.folders.label_cells import cell_changes, file_rows, label_columns
    from reliabel.formats.tables import add_columns, form_to_write, whole_columns

    source, form = Path(str(data.source["path"])), form_to_write(Path(out))
    reading = {"encoding": encoding, "delimiter": delimiter, "sheet": sheet}
    whole = whole_columns(source, form=form, **reading)
    columns = {name: whole[name] for name in label_columns(data)}
    item, unit = place_of(done.labels)
    wrong, value = np.flatnonzero(done.wrong), kind_for(done.labels).value
    places = [(int(item[row]), None if unit is None else int(unit[row])) for row in wrong]
    planted = {
        place: value(done.labels, int(row)) for place, row in zip(places, wrong, strict=True)
    }
    none: frozenset[Any] = frozenset()
    change = cell_changes(data, Resolved(planted, none, none, 0, 0, 0), columns)  # type: ignore[arg-type]
    rows = file_rows(data).tolist()
    new: dict[str, Any] = {}
    for name, cells in columns.items():
        told = [change.get(row, {}) for row in rows]
        new[f"{name}_noisy"] = [
            cell.get(name, cells[row]) for cell, row in zip(told, rows, strict=True)
        ]
        new[f"{name}_wrong"] = [name in cell for cell in told]
    add_columns(source, Path(out), new, rows=rows, **reading)


def write_corrupted_text(data: Dataset, out: str | Path, done: Corrupted) -> None:
    """The file that a data set of tagged text was read from, anew in ``out`` with the planted
    errors in the place of its labels.

    Raises ValueError where a file would be overwritten, and for another format.
    """
    from reliabel.folders.mended_tags import write_other_labels
    from reliabel.formats.tables import not_in_place

    target = Path(out)
    not_in_place(target, [Path(str(data.source["path"]))])
    if target.exists():
        raise ValueError(f"{target} is there already; give another name")
    write_other_labels(target, data, done.labels)


def write_corrupted_boxes(data: Dataset, out: str | Path, done: Corrupted) -> Path:
    """The file or folder that a data set of boxes was read from, anew in ``out`` with the planted
    errors in the place of its labels; returns a file beside it that tells each edit, a line of JSON
    each, with the picture's id.

    Raises ValueError where something would be overwritten, and for another format.
    """
    from reliabel.folders.mended_objects import write_other_boxes

    return _with_log(data, out, done, lambda target: write_other_boxes(target, data, done.labels))


def write_corrupted_masks(data: Dataset, out: str | Path, done: Corrupted) -> Path:
    """The folder or file that a data set of masks or of outlines was read from, anew in ``out``
    with the planted errors in the place of its labels; returns a file beside it that tells each
    edit, as of boxes.

    Raises ValueError where something would be overwritten, and for a class without a code.
    """
    from reliabel.folders.mended_masks import write_other_masks
    from reliabel.folders.mended_outlines import has_outlines, write_other_outlines

    def write(target: Path) -> object:
        if not has_outlines(data):
            return write_other_masks(target, data, done.labels)
        units = len(done.labels.units)  # type: ignore[attr-defined]
        return write_other_outlines(
            target, data, done.labels, done.info.get("row", np.arange(units))
        )

    return _with_log(data, out, done, write)


def _with_log(
    data: Dataset, out: str | Path, done: Corrupted, write: Callable[[Path], object]
) -> Path:
    """Write a new file or folder, and beside it one that tells each edit, which is returned."""
    from reliabel.formats.tables import not_in_place

    target = Path(out)
    log = target.with_name(f"{target.name}.edits.jsonl")
    not_in_place(target, [Path(str(data.source["path"]))])
    for path in (target, log):
        if path.exists():
            raise ValueError(f"{path} is there already; give another name")
    write(target)
    lines = [{"id": data.ids.item(edit["item"]), **edit} for edit in done.info.get("log", ())]
    log.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    return log


def _matrix(path: Path) -> Any:
    from reliabel.formats.arrays import read

    return read(path, "noise_matrix").values
