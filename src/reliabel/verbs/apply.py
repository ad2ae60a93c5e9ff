"""apply: what people decided becomes a new file; the input is never touched."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.columns import Coded, listed
from reliabel.core.dataset import Dataset
from reliabel.core.kinds import flat, kind_for, layout_of
from reliabel.core.label_values import written
from reliabel.core.labels import Bools, Labels, Value, Votes
from reliabel.core.results import Audit, Decision
from reliabel.folders.atomic import writing
from reliabel.folders.audit_folder import decisions_in, load
from reliabel.folders.consensus_folder import refuse_unreviewable
from reliabel.folders.decision_table import DecisionTable, decision_table, refuse_blank
from reliabel.folders.decisions import Resolved, resolve
from reliabel.folders.drawn_sample import read_sample
from reliabel.folders.items_file import COLUMN, item_rows
from reliabel.folders.kept_verdicts import VERDICTS_FILE
from reliabel.folders.label_cells import from_votes
from reliabel.folders.mended_file import check_same_file, mended_frame, write_mended_file
from reliabel.folders.mended_masks import is_folder_of_masks, is_masks
from reliabel.folders.mended_objects import is_drawn, is_folder_of_boxes
from reliabel.folders.mended_pictures import is_folder_of_pictures, write_mended_pictures
from reliabel.folders.mended_tags import is_folder_of_texts, is_tagged
from reliabel.verbs.logged import logged


def apply(
    audit: Audit | Dataset | str | Path,
    *,
    decisions: Any = None,
    auto: float | None = None,
    out: str | Path | None = None,
    overwrite: bool = False,
    new_classes: bool = False,
    source: str | Path | None = None,
    links: bool = False,
) -> dict[str, Any]:
    """Write the data anew with people's decisions applied: changed labels, dropped rows, everything
    else as it was.

    audit: an Audit, its folder, or a Dataset.
    decisions: a CSV, JSONL or Parquet file, a table, or a list of ``Decision`` records or mappings,
        with id, unit, verdict (keep, change, drop, unsure), label, who, at; a sheet of ``sample``
        is one too, its rows without a verdict are left out. None takes the file decisions.* of the
        audit folder and what is in its log.
    auto: change also the labels that nobody decided on, the largest set of suggestions that the
        model expects to be right to this share (0.95); with weak features fewer are
        (docs/trust.md, "Automatic changes").
    out: the new file, its suffix says the format; what came as a table or as arrays needs none and
        comes back in ``table`` and ``labels``. Of a folder of pictures, a name without the suffix
        of a table is a new folder, in which each picture lies under its class; a folder of boxes
        or masks becomes a new folder, a file of these a file of its own format. Of a consensus the
        file has a row an item, with the consensus where nobody decided.
    overwrite: replace an earlier output.  new_classes: allow labels that are no class yet.
    source: where the input lies if it has moved.  links: in a new folder of pictures, symbolic
        links instead of copies.
    Returns kept, changed, dropped, unsure, undecided (numbers of labels), disagreed (of the
    unsure), automatic (of the changed) with expected_mistakes, path, notes.
    Raises ValueError on unknown ids, verdicts and labels, and where the input is not the audited
    one.
    """
    data, folder = _opened(audit)
    if isinstance(data.labels, Votes):
        raise ValueError(
            "these are votes, of which none is the label of its item; aggregate them first "
            "(rl.aggregate), then apply decisions to the consensus"
        )
    said, why = logged(folder, data) if decisions is None else ([], "")
    if why:
        raise ValueError(f"{why}; give the decisions to apply (decisions=)")
    given = decisions
    if decisions is None and auto is None:
        given = _found(folder, said)
    table = _read(given, data, new_classes)
    human = [*table.decisions, *said]
    proposed, mistakes = _automatic(audit, auto, human)
    resolved = resolve(data, [*human, *proposed], new_classes=new_classes)
    path = source if source is not None else data.source.get("path")
    target = None if out is None else Path(out)
    pictures = target is not None and is_folder_of_pictures(data, target)
    if target is not None:
        inputs = [Path(one) for one in (path, given) if one and isinstance(one, str | Path)]
        as_folder = pictures or is_folder_of_texts(data, target) or is_folder_of_boxes(data)
        as_folder = as_folder or is_folder_of_masks(data)
        own_form = is_tagged(data) or is_drawn(data) or is_masks(data)
        _writable(target, inputs, overwrite, folder=as_folder, tagged=own_form)
    done = _Done(
        kept=resolved.kept,
        changed=len(resolved.change),
        dropped=len(resolved.drop),
        unsure=resolved.unsure,
        undecided=resolved.undecided,
        disagreed=resolved.disagreed,
        automatic=len(proposed),
        expected_mistakes=round(mistakes, 1),
        path=None if target is None else str(target),
        notes=[*_notes(resolved), *table.notes],
    )
    if path and not from_votes(data):
        if target is None:
            raise ValueError(
                f"say where the new file goes with out=; {Path(path).name} itself is never changed"
            )
        from reliabel.formats.files import place_of

        place = place_of(path)
        check_same_file(place, data)
        if pictures:
            done["notes"] += write_mended_pictures(place, target, data, resolved, links=links)
        else:
            done["notes"] += write_mended_file(place, target, data, resolved, links=links)
        return done
    labels, keep = mended(data.labels, resolved)
    frame = data.source.get("frame")
    if frame is not None:
        done["table"] = mended_frame(frame, data, resolved)
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
    if resolved.add and kind.added is not None:
        labels = kind.added(labels, resolved.add)
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

    whole = load(audit) if isinstance(audit, str | Path) else audit
    if not isinstance(whole, Audit):
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
        refuse_unreviewable(Path(audit))
        return load(audit).data, Path(audit)
    return audit if isinstance(audit, Dataset) else audit.data, None


def _read(given: Any, data: Dataset, new_classes: bool) -> DecisionTable:
    """The decisions that were given, none where there are none."""
    if given is None:
        return DecisionTable((), ())
    table = decision_table(given, data, new_classes=new_classes)
    refuse_blank(table, given)
    return table


def _found(folder: Path | None, said: list[Decision]) -> Path | None:
    """The one file of decisions in an audit folder, None where they all lie in its log."""
    if folder is None:
        raise ValueError(
            "no decisions to apply: none were given; give a file, a table or a list of them with "
            "the columns id, verdict, label (decisions=), or auto=0.95 for the surest suggestions"
        )
    forms = (".csv", ".jsonl", ".parquet")
    names = [name for name in decisions_in(folder) if Path(name).suffix in forms]
    if len(names) == 1:
        return folder / names[0]
    if said and not names:
        return None
    if names:
        raise ValueError(f"{folder} holds {', '.join(names)}: say which to apply (decisions=)")
    held = read_sample(folder)
    sheets = [Path(sheet) for sheet in (held.sheets if held else ()) if Path(sheet).is_file()]
    kept = folder / VERDICTS_FILE
    there = [f"the verdicts of its review lie in {kept}"] if kept.is_file() else []
    there += [f"a sheet of its draw is {sheet.name}" for sheet in sheets[-1:]]
    cure = f"; {' and '.join(there)}: give it" if there else "; give a file"
    raise ValueError(
        f"no decisions to apply: {folder} holds no file decisions.csv, .jsonl or .parquet{cure} "
        "with the columns id, verdict, label (decisions=), download one from "
        "report.html, or take the surest suggestions (auto=0.95)"
    )


def _writable(
    out: Path, inputs: list[Path], overwrite: bool, *, folder: bool = False, tagged: bool = False
) -> None:
    from reliabel.formats.tables import form_to_write, not_in_place

    not_in_place(out, inputs)
    if folder:
        if out.exists():
            raise ValueError(f"{out} is there already; give another name, no folder is replaced")
        return
    if not tagged:  # which has formats of its own
        form_to_write(out)
    if out.is_dir():
        raise ValueError(f"{out} is a folder; give the name of a file")
    if out.exists() and not overwrite:
        raise ValueError(f"{out} is there already; give another name, or overwrite=True")


def _write_rows(out: Path, table: Any, data: Dataset, labels: Labels, keep: Bools) -> None:
    """Write mended labels that came as a table or as arrays."""
    from reliabel.formats import columns as cells
    from reliabel.formats import frames, tables
    from reliabel.formats.packed import packing

    form = tables.form_to_write(out)
    if table is not None:
        fresh = frames.of_frame(table)
        columns = {
            name: cells.listed(values, fresh.kinds[name]) for name, values in fresh.columns.items()
        }
    else:
        columns = _of_labels(data, labels, np.flatnonzero(keep), form)
        columns |= _items(data, np.flatnonzero(keep)) if from_votes(data) else {}
    with writing(out) as file, packing(file, out.name) as part:
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


def _items(data: Dataset, items: Any) -> dict[str, Any]:
    """What the items of a consensus are, beside their labels."""
    held = item_rows(data, items.tolist())
    named = {name: name.removeprefix(COLUMN) for name in held if name != "id"}
    return {
        name if plain in ("id", "label") else plain: held[name] for name, plain in named.items()
    }


def _notes(resolved: Resolved) -> list[str]:
    """What a reader of the mended data must know."""
    notes = []
    if resolved.disagreed:
        many = resolved.disagreed > 1
        notes.append(
            f"{resolved.disagreed:,} label{'s' * many} on which people disagree "
            f"stay{'s' * (not many)} as given"
        )
    if resolved.add:
        many = len(resolved.add) > 1
        notes.append(
            f"{len(resolved.add):,} span{'s' * many} that {'were' if many else 'was'} added where "
            f"none was listed {'are' if many else 'is'} written too"
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
