"""Tagged text anew with decisions applied: tags and spans are changed, sentences dropped, all else
is as it was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from reliabel.core.dataset import Dataset
from reliabel.core.kinds import kind_for, layout_of
from reliabel.core.labels import Grouped, Labels, Spans, Value
from reliabel.core.span_values import span_parts
from reliabel.folders.atomic import writing
from reliabel.folders.decisions import Place, Resolved
from reliabel.folders.label_cells import dropped_rows, file_rows
from reliabel.reading.tag_writing import Edit, Span, edited_tags

Edits = dict[int, list[Edit]]  # item -> spans before and after


def is_tagged(data: Dataset) -> bool:
    """Whether a data set was read from tagged text."""
    return "tagged" in data.source


def is_folder_of_texts(data: Dataset, out: Path) -> bool:
    """Whether what is written is a folder, as the input is."""
    path = data.source.get("path")
    return is_tagged(data) and path is not None and Path(path).is_dir()


def write_mended_tags(path: Path, out: Path, data: Dataset, resolved: Resolved) -> list[str]:
    """Write a file of tagged text anew, in its own format; a folder goes to a new folder.

    Raises ValueError for another format, and for spans that the format cannot hold.
    """
    from reliabel.formats import conll, tagged_forms
    from reliabel.formats.packed import packing

    form = str(data.source["form"])
    module = tagged_forms.MODULES[form]
    _same_form(path, out, form)
    how = dict(data.source["tagged"])
    scheme, _ = how.pop("scheme", None), how.pop("items")
    row, drop = file_rows(data), dropped_rows(data, resolved)
    tags = _new_tags(path, data, resolved, scheme) if "tags" in data.evidence else {}
    rows = {int(row[item]): told for item, told in tags.items()}
    if path.is_dir():
        module.rewrite(path, out, _by_row(data, resolved), {}, drop, **how)
        return []
    with writing(out) as file, packing(file, out.name) as part:
        if module is conll:
            module.rewrite(path, part, rows, drop, **how)
        else:
            edits = {} if rows or scheme else _by_row(data, resolved)
            module.rewrite(path, part, edits, rows, drop, **how)
    return []


def write_other_labels(out: Path, data: Dataset, labels: Labels) -> None:
    """Write the file or folder that a data set of tagged text was read from anew, with other labels
    of its items in the place of its own; all else is as it was.

    Raises ValueError for another format, where the file has changed, and for spans that it cannot
    hold.
    """
    from reliabel.formats import conll, tagged_forms
    from reliabel.formats.files import sha256_of
    from reliabel.formats.packed import packing, unpacked

    path, how = Path(str(data.source["path"])), dict(data.source["tagged"])
    if sha256_of(path) != data.source.get("sha256"):
        raise ValueError(f"{path.name} is not what was read any more; read it again")
    module = tagged_forms.MODULES[str(data.source["form"])]
    _same_form(path, out, module.FORM)
    scheme, _ = how.pop("scheme", None), how.pop("items")
    row, told = file_rows(data), data.evidence.get("tags")
    edits = edits_between(data.labels, labels)
    tags = {}
    if told is not None and scheme is not None:
        names = {item: f"sentence {data.ids.item(item)}" for item in edits}
        new = ((item, edited_tags(told[item], edits[item], scheme, names[item])) for item in edits)
        tags, edits = {int(row[item]): held for item, held in new}, {}
    spans = {int(row[item]): held for item, held in edits.items()}
    if path.is_dir():
        module.rewrite(path, out, spans, tags, set(), **how)
        return
    with unpacked(path) as (plain, _), writing(out) as file, packing(file, out.name) as part:
        if module is conll:
            module.rewrite(plain, part, tags, set(), **how)
        else:
            module.rewrite(plain, part, spans, tags, set(), **how)


def edits_between(was: Labels, now: Labels) -> Edits:
    """Item -> spans before and after, of two label sets of the same items; spans that share words
    go together.

    >>> one = Grouped(Spans([0, 3], [1, 4], [0, 0], ["LOC"]), [0, 2])
    >>> edits_between(one, Grouped(Spans([0], [2], [0], ["LOC"]), [0, 1]))
    {0: [(('LOC', 0, 1), ('LOC', 0, 2)), (('LOC', 3, 4), None)]}
    """
    old, new = (_by_item(labels) for labels in (was, now))
    edits: Edits = {}
    for item in sorted(old.keys() | new.keys()):
        gone = list((Counter(old.get(item, ())) - Counter(new.get(item, ()))).elements())
        come = list((Counter(new.get(item, ())) - Counter(old.get(item, ()))).elements())
        for before in gone:
            near = (one for one in come if one[1] < before[2] and before[1] < one[2])
            after = next(near, None)
            if after is not None:
                come.remove(after)
            edits.setdefault(item, []).append((before, after))
        if come:
            edits.setdefault(item, []).extend((None, one) for one in come)
    return edits


def _by_item(labels: Labels) -> dict[int, list[Span]]:
    assert isinstance(labels, Grouped)
    units, found = labels.units, dict[int, list[Span]]()
    parts = (labels.item.tolist(), units.y.tolist(), units.start.tolist(), units.end.tolist())
    for item, y, start, end in zip(*parts, strict=True):
        if y >= 0:
            found.setdefault(item, []).append((units.names[y], start, end))
    return found


def edits_of(data: Dataset, resolved: Resolved) -> Edits:
    """What decisions change in the spans of each item."""
    labels, kind, layout = data.labels, kind_for(data.labels), layout_of(data.labels)
    assert isinstance(labels, Grouped)
    wanted: dict[Place, Value | None] = dict(resolved.change)
    wanted |= dict.fromkeys(place for place in resolved.drop if place[1] is not None)
    gone = {item for item, unit in resolved.drop if unit is None}
    edits: Edits = {}
    for (item, unit), value in wanted.items():
        row = layout.row(item, unit)
        given = kind.value(labels, row)
        before = None if given is None else _span(labels.units, row, given)
        after = None if value is None else _span(labels.units, row, value)
        if before != after and item not in gone:
            edits.setdefault(item, []).append((before, after))
    for item, value in resolved.add:
        name, words = span_parts(value)
        assert words is not None
        edits.setdefault(item, []).append((None, (name, *words)))
    return edits


def _span(spans: Spans, row: int, value: Value) -> Span:
    """A value as a span; a class alone has the words of its row."""
    text = str(value)
    name, words = (text, None) if text in spans.names else span_parts(text)
    start, end = words or (int(spans.start[row]), int(spans.end[row]))
    return name, start, end


def _by_row(data: Dataset, resolved: Resolved) -> Mapping[int, list[Edit]]:
    row = file_rows(data)
    return {int(row[item]): edits for item, edits in edits_of(data, resolved).items()}


def _new_tags(
    path: Path, data: Dataset, resolved: Resolved, scheme: str | None
) -> dict[int, tuple[str, ...]]:
    """The tags of the items in which some change."""
    tags = data.evidence["tags"]
    if scheme is not None:
        return {
            item: edited_tags(tags[item], edits, scheme, f"sentence {data.ids.item(item)}")
            for item, edits in edits_of(data, resolved).items()
        }
    new: dict[int, list[str]] = {}
    for (item, unit), value in resolved.change.items():
        new.setdefault(item, list(tags[item]))[unit or 0] = str(value)
    return {item: tuple(told) for item, told in new.items()}


def _same_form(path: Path, out: Path, form: str) -> None:
    from reliabel.formats.packed import written_name

    if path.is_dir():
        return
    was, is_now = Path(path.name).suffix.lower(), Path(written_name(out.name)).suffix.lower()
    if was == is_now or was in (".gz", ".bz2", ".xz", ".zst"):
        return
    json = {".json", ".jsonl", ".ndjson"}
    if form == "conll" and is_now not in json and is_now not in (".csv", ".parquet", ".xlsx"):
        return
    raise ValueError(
        f"{path.name} is tagged text, which is written in its own format: end the name of the new "
        f"file in {was or '.conll'}, as the input does (got {out.name})"
    )
