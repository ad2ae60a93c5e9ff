"""apply: what people decided becomes a new file; the input is never touched."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.columns import Coded, listed
from reliabel.core.dataset import Dataset
from reliabel.core.kinds import flat, kind_for, layout_of
from reliabel.core.label_values import written
from reliabel.core.labels import Bools, Labels, Value
from reliabel.core.results import Audit, Decision
from reliabel.folders.atomic import writing
from reliabel.folders.audit_folder import decisions_in, load
from reliabel.folders.decisions import Place, Resolved, decisions_of, resolve

Change = dict[int, dict[str, Any]]  # row of the file -> column -> new cell


def apply(
    audit: Audit | Dataset | str | Path,
    *,
    decisions: Any = None,
    auto: float | None = None,
    out: str | Path | None = None,
    overwrite: bool = False,
    new_classes: bool = False,
    source: str | Path | None = None,
) -> dict[str, Any]:
    """Write the data anew with people's decisions applied: changed labels, dropped rows, everything
    else as it was.

    audit: an Audit, its folder, or a Dataset.  decisions: a CSV, JSONL or Parquet file, a table, or
    ``Decision`` records, with id, unit, verdict (keep, change, drop, unsure), label, who, at; None
    takes the file decisions.* of the audit folder.
    auto: change also the labels that nobody decided on, the largest set of suggestions expected to
        be right to this share (0.95).
    out: the new file, its suffix says the format; what came as a table or as arrays needs none and
        comes back in ``table`` and ``labels``.
    overwrite: replace an earlier output.  new_classes: allow labels that are no class yet.  source:
    where the input lies if it has moved. Returns kept, changed, dropped, unsure, undecided (numbers
    of labels), disagreed (of the unsure), automatic (of the changed) with expected_mistakes, path,
    notes. Raises ValueError on unknown ids, verdicts and labels, and where the input is not the
    audited one.
    """
    data, folder = _opened(audit)
    given = _found(folder) if decisions is None and auto is None else decisions
    human = [] if given is None else decisions_of(given)
    proposed, mistakes = _automatic(audit, auto, human)
    resolved = resolve(data, [*human, *proposed], new_classes=new_classes)
    path = (
        Path(source)
        if source is not None
        else Path(data.source["path"])
        if data.source.get("path")
        else None
    )
    target = None if out is None else Path(out)
    if target is not None:
        _writable(
            target,
            [
                p
                for p in (path, Path(given) if isinstance(given, str | Path) else None)
                if p is not None
            ],
            overwrite,
        )
    done = _Done(
        {
            "kept": resolved.kept,
            "changed": len(resolved.change),
            "dropped": len(resolved.drop),
            "unsure": resolved.unsure,
            "undecided": resolved.undecided,
            "disagreed": resolved.disagreed,
            "automatic": len(proposed),
            "expected_mistakes": round(mistakes, 1),
            "path": None if target is None else str(target),
            "notes": _notes(resolved),
        }
    )
    if path is not None:
        if target is None:
            raise ValueError(
                f"say where the new file goes with -o (out=); {path.name} itself is never changed"
            )
        _audited(path, data)
        done["notes"] += _write_file(path, target, data, resolved)
        return done
    labels, keep = mended(data.labels, resolved)
    frame = data.source.get("frame")
    if frame is not None:
        done["table"] = _mended_frame(frame, data, resolved)
    if target is not None:
        _write_rows(target, done.get("table"), data, labels, keep)
    if target is None or frame is not None:
        done["labels"] = labels
    return done


def mended(labels: Labels, resolved: Resolved) -> tuple[Labels, Bools]:
    """The labels with the decisions in them, and which items are left."""
    kind, layout = kind_for(labels), layout_of(labels)
    keep = np.ones(len(labels), dtype=bool)
    keep[[item for item, unit in resolved.drop if unit is None]] = False
    change: dict[int, Value | None] = {
        layout.row(*place): value for place, value in resolved.change.items()
    }
    change |= {layout.row(*place): None for place in resolved.drop if place[1] is not None}
    if change and kind.changed is not None:
        labels = kind.changed(labels, change)
    return labels if keep.all() else labels.take(np.flatnonzero(keep)), keep


def _automatic(
    audit: Any, precision: float | None, human: list[Decision]
) -> tuple[list[Decision], float]:
    """What is changed without people, labels that people decided on left out, and the expected
    number of mistakes.
    """
    if precision is None:
        return [], 0.0
    from reliabel.trust.surest_changes import auto_decisions

    whole = (
        audit
        if isinstance(audit, Audit)
        else load(audit)
        if isinstance(audit, str | Path)
        else None
    )
    if whole is None:
        raise ValueError("auto needs an audit or its folder; a data set alone has no suggestions")
    proposed, mistakes = auto_decisions(whole, precision)
    single = layout_of(whole.data.labels).starts is None  # unit 0 and no unit are the same label
    decided = {(one.id, None if single else one.unit) for one in human}
    left = [
        one
        for one in proposed
        if (one.id, one.unit) not in decided and (one.id, None) not in decided
    ]
    return left, mistakes * len(left) / max(len(proposed), 1)


def _opened(audit: Any) -> tuple[Dataset, Path | None]:
    if isinstance(audit, str | Path):
        return load(audit).data, Path(audit)
    return audit if isinstance(audit, Dataset) else audit.data, None


def _found(folder: Path | None) -> Path:
    names = (
        [
            name
            for name in decisions_in(folder)
            if Path(name).suffix in (".csv", ".jsonl", ".parquet")
        ]
        if folder is not None
        else []
    )
    if folder is None or len(names) != 1:
        seen = (
            f"{folder} holds {', '.join(names) or 'none'}"
            if folder is not None
            else "none were given"
        )
        raise ValueError(
            f"no decisions to apply: {seen}; give a file with the columns id, verdict, label (--decisions, decisions=)"
        )
    return folder / names[0]


def _writable(out: Path, inputs: list[Path], overwrite: bool) -> None:
    from reliabel.formats.tables import form_to_write, not_in_place

    form_to_write(out)
    not_in_place(out, inputs)
    if out.is_dir():
        raise ValueError(f"{out} is a folder; give the name of a file")
    if out.exists() and not overwrite:
        raise ValueError(
            f"{out} is there already; give another name, or --overwrite (overwrite=True)"
        )


def _audited(path: Path, data: Dataset) -> None:
    from reliabel.formats.files import sha256_of

    if not path.exists():
        raise ValueError(
            f"the audited file {path} is not there any more; say where it is now with --source (source=)"
        )
    now, then = sha256_of(path), data.source.get("sha256")
    if now != then:
        raise ValueError(
            f"{path.name} is not the file that was audited: its SHA-256 is {now}, the audited one's {then}; audit it again, or bring the old file back"
        )


def _write_file(path: Path, out: Path, data: Dataset, resolved: Resolved) -> list[str]:
    """Write the file anew; returns what a reader of it must know."""
    from reliabel.formats import delimited, frames, json_lines, tables
    from reliabel.formats.columns import listed, objects

    form, was = tables.form_to_write(out), data.source.get("form")
    words = {"encoding": data.source.get("encoding"), "delimiter": data.source.get("delimiter")}
    place = data.source.get("row")
    row = np.arange(len(data.labels)) if place is None else np.asarray(place)
    drop = {int(row[item]) for item, unit in resolved.drop if unit is None}
    if was in ("csv", "tsv") and form == was:
        table = tables.read(path, **words)
        change = _changes(
            data, resolved, row, {name: table.written(name) for name in _columns(data)}, text=True
        )
        with writing(out) as part:
            delimited.rewrite(path, part, change, drop, **table.how)
        return (
            []
            if table.how["encoding"].startswith("utf-8")
            else [f"{out.name} is UTF-8, {path.name} is {table.how['encoding']}"]
        )
    if was in ("json", "jsonl") and form == was:
        table = tables.read(path, **words)
        change = _changes(
            data,
            resolved,
            row,
            {
                name: objects(listed(table.columns[name], table.kinds[name]))
                for name in _columns(data)
            },
        )
        with writing(out) as part:
            json_lines.rewrite(path, part, change, drop, **table.how)
    elif was in ("parquet", "arrow") and form in ("parquet", "arrow"):
        whole = frames.whole(path, str(was))
        change = _changes(
            data,
            resolved,
            row,
            {name: objects(whole.column(name).to_pylist()) for name in _columns(data)},
            codes=frames.coded(whole),
        )
        with writing(out) as part:
            frames.write(part, frames.replaced(whole, change, drop), form)
    else:
        columns = tables.whole_columns(path, form=form, **words)
        change = _changes(
            data,
            resolved,
            row,
            {name: objects(columns[name]) for name in _columns(data)},
            text=form in ("csv", "tsv"),
        )
        with writing(out) as part:
            tables.write(part, _replaced(columns, change, drop), form)
    return []


def _changes(
    data: Dataset,
    resolved: Resolved,
    row: Any,
    columns: Mapping[str, Any],
    text: bool = False,
    codes: Mapping[str, Any] | None = None,
) -> Change:
    """Row of the file -> column -> the cell as the file spells it; ``codes`` are class names of
    columns that hold codes.

    Raises ValueError for units within items, which a cell of the file cannot hold.
    """
    kind, names = kind_for(data.labels), list(columns)
    if layout_of(data.labels).starts is not None and kind.unit_names is None:
        raise ValueError(
            f"labels of the kind {kind.name} are units within items, which the columns "
            f"{', '.join(names)} cannot hold; apply the decisions to the label set itself"
        )
    spelled = _spelling(data.labels, row, list(columns.values()))
    for code, name in enumerate((codes or {}).get(next(iter(columns)), ())):
        spelled.setdefault(name, code)
    wanted: dict[Place, Value | None] = dict(resolved.change)
    wanted |= dict.fromkeys(place for place in resolved.drop if place[1] is not None)
    change: Change = {}
    for (item, unit), value in wanted.items():
        for place, part in kind.cells(data.labels, unit, value).items():
            cell = _cell(part, spelled, columns[names[place]], text)
            change.setdefault(int(row[item]), {})[names[place]] = cell
    return change


def _cell(value: Value | None, spelled: Mapping[Any, Any], column: Any, text: bool) -> Any:
    """A label, or a part of one, as the file writes such cells."""
    if isinstance(value, str) and value in spelled:
        return spelled[value]
    if text:
        return written(value)
    whole = isinstance(value, float) and value.is_integer()
    if whole and any(isinstance(cell, int) and not isinstance(cell, bool) for cell in column):
        return int(value)  # type: ignore[arg-type]
    return list(value) if isinstance(value, tuple) else value


def _spelling(labels: Labels, row: Any, columns: list[Any]) -> dict[str, Any]:
    """Class name -> the cell that stands for it in the file; for yes/no columns 1 and 0 where the
    file has neither.
    """
    known = flat(labels)
    if known is None:
        return {}
    y = known.y.reshape(len(row), -1)
    spelled: dict[str, Any] = {}
    for place, column in enumerate(columns):
        cells = np.asarray(column, dtype=object)[row]
        codes, first = np.unique(y[:, place], return_index=True)
        for code, at in zip(codes.tolist(), first.tolist(), strict=True):
            if code >= 0:
                spelled.setdefault(known.names[code], cells[at])
    if kind_for(labels).unit_names is not None:
        whole = any(isinstance(cell, int | float) for cell in spelled.values())
        spelled = {"no": 0 if whole else "0", "yes": 1 if whole else "1"} | spelled
    return spelled


def _columns(data: Dataset) -> list[str]:
    label = data.source.get("columns", {}).get("label")
    if label is None:
        raise ValueError(
            "the audit does not say which column holds the labels; read the file with rl.read and audit it again"
        )
    return [label] if isinstance(label, str) else list(label)


def _replaced(
    columns: Mapping[str, list[Any]], change: Change, drop: set[int]
) -> dict[str, list[Any]]:
    size = len(next(iter(columns.values())))
    left = [row for row in range(size) if row not in drop]
    return {
        name: [change[row].get(name, values[row]) if row in change else values[row] for row in left]
        for name, values in columns.items()
    }


def _mended_frame(frame: Any, data: Dataset, resolved: Resolved) -> Any:
    from reliabel.formats import frames
    from reliabel.formats.columns import listed, objects

    table = frames.of_frame(frame)
    place = data.source.get("row")
    row = np.arange(len(data.labels)) if place is None else np.asarray(place)
    columns = {
        name: objects(listed(table.columns[name], table.kinds[name])) for name in _columns(data)
    }
    change = _changes(data, resolved, row, columns)
    keep = np.ones(table.rows, dtype=bool)
    keep[[int(row[item]) for item, unit in resolved.drop if unit is None]] = False
    new = {
        name: [change.get(r, {}).get(name, cell) for r, cell in enumerate(cells.tolist())]
        for name, cells in columns.items()
    }
    return frames.mended(frame, new, keep)


def _write_rows(out: Path, table: Any, data: Dataset, labels: Labels, keep: Bools) -> None:
    """Write mended labels that came as a table or as arrays."""
    from reliabel.formats import columns as cells
    from reliabel.formats import frames, tables

    form = tables.form_to_write(out)
    if table is not None:
        fresh = frames.of_frame(table)
        columns = {
            name: cells.listed(values, fresh.kinds[name]) for name, values in fresh.columns.items()
        }
    else:
        columns = _of_labels(data, labels, np.flatnonzero(keep), form)
    with writing(out) as part:
        tables.write(part, columns, form)


def _of_labels(data: Dataset, labels: Labels, items: Any, form: str) -> dict[str, Any]:
    """Labels as columns: one a class for yes/no answers, else one row a label."""
    kind, layout = kind_for(labels), layout_of(labels)
    ids = [data.ids.item(i) for i in items.tolist()]
    if kind.p_wrong == "questions" and kind.unit_names is not None:
        answers = np.asarray(flat(labels).y).reshape(-1, len(kind.unit_names(labels)))  # type: ignore[union-attr]
        named = zip(kind.unit_names(labels), answers.T, strict=True)
        return {"id": ids} | {name: column.tolist() for name, column in named}
    column = kind.cells_of(labels, slice(0, layout.rows))
    item, _ = layout.place(np.arange(layout.rows))
    values = column if form in ("parquet", "arrow") else listed(column)
    if form in ("csv", "tsv"):
        values = [written(value) for value in listed(column)]
    return {"id": Coded(item, ids), "label": values}


def _notes(resolved: Resolved) -> list[str]:
    """What a reader of the mended data must know."""
    notes = []
    if resolved.disagreed:
        many = resolved.disagreed > 1
        notes.append(
            f"{resolved.disagreed:,} label{'s' * many} on which people disagree "
            f"stay{'s' * (not many)} as given"
        )
    if resolved.new:
        notes.append(f"new classes: {', '.join(map(repr, resolved.new))}")
    return notes


class _Done(dict[str, Any]):
    """What ``apply`` returns; its ``said`` of earlier versions is now ``notes``."""

    def __missing__(self, key: str) -> Any:
        if key != "said":
            raise KeyError(key)
        warnings.warn(
            'the key "said" of what apply returns is now "notes"; the old key goes after this '
            "release",
            FutureWarning,
            stacklevel=2,
        )
        return self["notes"]
