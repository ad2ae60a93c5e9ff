"""Decisions as people write them: a file, a table or records, also as a spreadsheet program saved
them, with rows that nobody has judged yet.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reliabel.core.catalogue import nearest
from reliabel.core.dataset import Dataset
from reliabel.core.kinds import class_names, given_values, kind_for, layout_of
from reliabel.core.results import Decision
from reliabel.core.short_repr import by_fields
from reliabel.reading.column_roles import present

VERDICTS = ("keep", "change", "drop", "unsure")
ADD = "add"  # a span of tagged text where none is listed
DRAW = "draw"  # column of a review sheet: the number of the draw
WORDS = {  # how people write a verdict
    **dict.fromkeys(("kept", "ok", "okay", "right", "correct", "fine", "k"), "keep"),
    **dict.fromkeys(("changed", "relabel", "relabeled", "relabelled", "c"), "change"),
    **dict.fromkeys(("dropped", "delete", "deleted", "remove", "removed", "d"), "drop"),
    "added": ADD,
    **dict.fromkeys(("not sure", "unclear", "don't know", "dont know", "?", "u"), "unsure"),
}
OPEN_WORDS = ("true", "false", "yes", "no", "1", "0", "x", "wrong")  # which of the four is not said
# encodings that spreadsheet programs save CSV in; tried where a file is not UTF-8
ENCODINGS = ("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "mac_roman", "cp932", "gb18030")
SETTLES = {  # how a cell says whether a row settles what people differ on
    **dict.fromkeys(("true", "1", "yes", "y", "x"), True),
    **dict.fromkeys(("false", "0", "no", "n"), False),
}
YES_NO = {
    **dict.fromkeys(("1", "true", "y", "x"), "yes"),
    **dict.fromkeys(("0", "false", "n"), "no"),
}


@dataclass(frozen=True)
class DecisionTable:
    """Decisions in the order of their rows; ``drawn`` says which of them stand in a sheet that
    ``sample`` wrote, ``blank`` counts rows without a verdict, ``notes`` say what was inferred.
    """

    decisions: tuple[Decision, ...]
    drawn: tuple[bool, ...]
    blank: int = 0
    notes: tuple[str, ...] = field(default=())

    __repr__ = by_fields


def decisions_of(given: Any) -> list[Decision]:
    """Decisions from a CSV, JSONL or Parquet file, an export of Label Studio, a table, a mapping of
    columns, a list of ``Decision`` or of mappings.  Raises ValueError where rows are there and none
    has a verdict.
    """
    found = decision_table(given)
    refuse_blank(found, given)
    return list(found.decisions)


def refuse_blank(found: DecisionTable, given: Any) -> None:
    """Raise ValueError where rows are there and none has a verdict."""
    if found.blank and not found.decisions:
        what = Path(given).name if isinstance(given, str | Path) else "the decisions"
        several = ", nor has any other row" if found.blank > 1 else ""
        raise ValueError(
            f"{what}, row 1: no verdict{several}; a verdict is one of {', '.join(VERDICTS)}"
        )


def decision_table(
    given: Any, data: Dataset | None = None, *, new_classes: bool = False
) -> DecisionTable:
    """The decisions in a file, a table, a mapping of columns, or a list of records.

    data: what they are on; ids and labels are then matched also where a spreadsheet spelled them in
        another way (capitals, spaces, ``007`` as 7, ``True`` as TRUE), and text in other encodings
        is read.  new_classes: labels may be new classes, so that they are left as they are.
    Rows without a verdict are left out, except that a label alone is a change.  Raises ValueError
    where a row cannot be understood.
    """
    if isinstance(given, Decision):
        given = [given]
    if isinstance(given, list | tuple) and all(isinstance(one, Decision) for one in given):
        return _matched(DecisionTable(tuple(given), (False,) * len(given)), data, new_classes)
    table, what, notes = _opened(given, data)
    cells = _cells(table, what)
    decisions, drawn, given_there, blank, inferred = [], [], list[str | None](), 0, 0
    for row in range(table.rows):
        words = {name: column[row] for name, column in cells.items()}
        if words["verdict"] is None and words.get("label") is not None:
            words["verdict"], inferred = "change", inferred + 1
        if words["verdict"] is None:
            blank += 1
            continue
        decisions.append(_decision(what, row, words))
        drawn.append(words.get(DRAW) is not None)
        given_there.append(words.get("given"))
    if inferred:
        notes.append(
            f"{inferred:,} row{'s' * (inferred > 1)} of {what} with a label and no verdict "
            f"{'are changes' if inferred > 1 else 'is a change'}"
        )
    found = _matched(
        DecisionTable(tuple(decisions), tuple(drawn), blank, tuple(notes)), data, new_classes
    )
    if data is not None and "given" in cells and kind_for(data.labels).objects:
        _same_units(what, found.decisions, given_there, data)
    return found


def _same_units(
    what: str, decisions: Sequence[Decision], given: Sequence[str | None], data: Dataset
) -> None:
    """Refuse a table that was written for another audit, whose objects have other numbers: places
    where none is given come and go with the model that sees them.
    """
    here, layout = given_values(data.labels), layout_of(data.labels)
    item = {data.ids.item(row): row for row in range(len(data.labels))}
    for one, there in zip(decisions, given, strict=True):
        place = item.get(one.id)
        if place is None or one.unit is None or one.unit >= layout.size(place):
            continue  # told by who resolves them
        now = here[layout.row(place, one.unit)]
        if (there or None) != now:
            said, is_now = ("empty" if v is None else repr(v) for v in (there, now))
            raise ValueError(
                f"{what}: label {one.unit} of item {one.id!r} is {said} in the table (column "
                f"given) and {is_now} in the audit, so that its numbers are those of another "
                "audit; give the table to the audit that it was written from, or write a new one "
                "(reliabel sample, reliabel next)"
            )


def moment(at: str, where: str) -> datetime:
    """The moment that a time names, UTC where it has no zone."""
    try:
        found = datetime.fromisoformat(at)
    except ValueError:
        raise ValueError(f"{where}: the time {at!r} is not like 2026-11-21T14:00:00Z") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _opened(given: Any, data: Dataset | None) -> tuple[Any, str, list[str]]:
    """The table, its name in sentences, and notes."""
    from reliabel.formats import frames

    if isinstance(given, str | Path):
        path = Path(given)
        tasks = _tasks(path, data)
        if tasks is not None:
            return frames.of_frame(tasks), path.name, []
        table, notes = _file(path, data)
        return table, path.name, notes
    if isinstance(given, list | tuple):
        given = _columns(given)
    return frames.of_frame(given), "the decisions", []


def _tasks(path: Path, data: Dataset | None) -> dict[str, list[Any]] | None:
    """The annotations of an export of Label Studio as columns; None for any other file."""
    from reliabel.formats import exports, label_studio
    from reliabel.formats.label_studio_tasks import decision_rows

    if path.suffix.lower() != ".json" or not path.is_file():
        return None
    if exports.form_of(path) is not label_studio:
        return None
    return decision_rows(path, () if data is None else tuple(map(str, class_names(data.labels))))


def _columns(records: Sequence[Any]) -> dict[str, list[Any]]:
    """Records as columns."""
    rows = []
    for place, one in enumerate(records):
        if isinstance(one, Decision):
            one = {name: getattr(one, name) for name in Decision.__dataclass_fields__}
        if not isinstance(one, Mapping):
            raise ValueError(
                f"record {place} of the decisions is a {type(one).__name__}; wanted are Decision "
                'records or mappings such as {"id": "7", "verdict": "keep"}'
            )
        rows.append(one)
    names = dict.fromkeys(name for one in rows for name in one)
    return {name: [one.get(name) for one in rows] for name in names}


def _file(path: Path, data: Dataset | None) -> tuple[Any, list[str]]:
    """A file as a table; a text that is not UTF-8 in the encoding in which most ids and labels are
    known.
    """
    from reliabel.formats import tables

    try:
        return tables.read(path), []
    except ValueError:
        if data is None or not path.is_file() or _decodes(path, "utf-8"):
            raise
        found = {}
        for encoding in ENCODINGS:
            if _decodes(path, encoding):
                table = tables.read(path, encoding=encoding)
                found[encoding] = (_known_words(table, data), table)
        if not found:
            raise
    best = max(found, key=lambda name: found[name][0])
    return found[best][1], [f"{path.name} is not UTF-8; it was read as {best}"]


def _decodes(path: Path, encoding: str) -> bool:
    try:
        path.read_bytes().decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _known_words(table: Any, data: Dataset) -> int:
    """How many cells are an id or a label that the data has."""
    known = {data.ids.item(row) for row in range(len(data.labels))}
    known |= set(map(str, class_names(data.labels)))
    names = [name for name in ("id", "label", "given", "suggest") if name in table.columns]
    return sum(word in known for name in names for word in _words(table, name))


def _cells(table: Any, what: str) -> dict[str, list[str | None]]:
    cells = {
        name: _words(table, name)
        for name in ("unit", "label", "given", "who", "at", "settles", "comment", DRAW)
        if name in table.columns
    }
    return cells | {
        name: _words(table, present(table, name, f"decisions ({what})"))
        for name in ("id", "verdict")
    }


def _words(table: Any, name: str) -> list[str | None]:
    return [
        None if v is None or v != v or not str(v).strip() else _plain(v)
        for v in table.written(name).tolist()
    ]


def _plain(value: Any) -> str:
    """A cell as text; whole numbers that stand beside empty cells have no decimal point."""
    whole = isinstance(value, float) and value.is_integer() and abs(value) < 2**53
    return str(int(value)) if whole else str(value)


def _decision(what: str, row: int, cells: Mapping[str, str | None]) -> Decision:
    where = f"{what}, row {row + 1}"
    if cells["id"] is None:
        raise ValueError(f"{where}: no id; every decision names its item")
    verdict = _verdict(cells["verdict"], where)
    if verdict == ADD and cells.get("label") is None:
        raise ValueError(
            f"{where}: add without a label; write the class and the words of the span, counted "
            'from 0, in the column label ("LOC 3:5")'
        )
    if verdict == "change" and cells.get("label") is None:
        raise ValueError(f"{where}: change without a label; give the new one in the column label")
    unit, at = cells.get("unit"), cells.get("at")
    if unit is not None and not unit.strip().removesuffix(".0").isdecimal():
        raise ValueError(f"{where}: the unit {unit!r} is not a whole number from 0")
    if at is not None:
        moment(at, where)
    return Decision(
        cells["id"],
        verdict,
        None if unit is None else int(unit.strip().removesuffix(".0")),
        cells.get("label"),
        cells.get("who"),
        at,
        _settles(cells.get("settles"), where),
        cells.get("comment"),
    )


def _settles(word: str | None, where: str) -> bool:
    said = (word or "false").strip().casefold()
    if said not in SETTLES:
        raise ValueError(
            f"{where}: settles is {word!r}; write true where the row settles what people differ "
            "on, else leave it empty"
        )
    return SETTLES[said]


def _verdict(word: str | None, where: str) -> str:
    said = " ".join((word or "").casefold().replace("\u2019", "'").split()).strip(".!")
    said = WORDS.get(said, said)
    if said in (*VERDICTS, ADD):
        return said
    if said in OPEN_WORDS:
        raise ValueError(
            f"{where}: the verdict {word!r} does not say what becomes of the label; write keep "
            "(it is right), change (and the new label), drop or unsure"
        )
    seen = f"the verdict {word!r}" if said else "no verdict"
    raise ValueError(
        f"{where}: {seen}{nearest(said, VERDICTS)}; a verdict is one of {', '.join(VERDICTS)}"
    )


def _matched(found: DecisionTable, data: Dataset | None, new_classes: bool) -> DecisionTable:
    """Decisions with the ids and labels of the data where theirs are spelled in another way."""
    if data is None or not found.decisions:
        return found
    ids = [data.ids.item(row) for row in range(len(data.labels))]
    names = [] if new_classes else _label_words(data)
    item, label = _Spelling(ids), _Spelling(names)
    decisions = tuple(
        replace(one, id=item.of(one.id), label=_label(one.label, label)) for one in found.decisions
    )
    notes = [*found.notes, *item.notes("id"), *label.notes("label")]
    return replace(found, decisions=decisions, notes=tuple(notes))


def _label(given: Any, names: _Spelling) -> Any:
    return names.of(given) if isinstance(given, str) else given


def _label_words(data: Dataset) -> list[str]:
    kind = kind_for(data.labels)
    return (
        ["yes", "no"] if kind.unit_names is not None else list(map(str, class_names(data.labels)))
    )


class _Spelling:
    """The names of the data for names that are spelled in another way, where only one fits."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = set(names)
        self.questions = self.names == {"yes", "no"}
        self.alike: dict[str, str | None] | None = None  # made where the first name is not known
        self.mended: dict[str, str] = {}

    def of(self, name: str) -> str:
        """The name of the data, the name itself where none or several fit."""
        if not self.names or name in self.names:
            return name
        if self.alike is None:
            self.alike = {}
            for one in self.names:
                form = _form(one)
                self.alike[form] = None if form in self.alike else one
        form = _form(name)
        fits = self.alike.get(form) or (YES_NO.get(form) if self.questions else None)
        if fits is None:
            return name
        self.mended[name] = fits
        return fits

    def notes(self, what: str) -> list[str]:
        """A sentence on what was matched, with an example."""
        if not self.mended:
            return []
        seen, name = next(iter(self.mended.items()))
        many = len(self.mended)
        return [
            f"{many:,} {what}{'s' * (many > 1)} of the decisions {'are' if many > 1 else 'is'} "
            f"spelled in another way in the data and taken for the same ({seen!r} for {name!r})"
        ]


def _form(name: str) -> str:
    """A name without what a spreadsheet program changes: spaces, capitals, Unicode form, zeros in
    front of a number and behind its decimal point.
    """
    plain = " ".join(unicodedata.normalize("NFC", name).split()).casefold()
    if plain.removesuffix(".0").isdecimal():
        return plain.removesuffix(".0").lstrip("0") or "0"
    return plain
