"""Which column of a table has which role: as the user names it, else guessed; every guess is noted
and has an option.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from reliabel.core.catalogue import nearest
from reliabel.core.short_repr import by_fields
from reliabel.core.split_names import splits_of
from reliabel.formats.matrix_columns import INDEX, NAMELESS
from reliabel.reading.picture_cells import are_pictures

LABELS = ("label", "labels", "target", "class", "y", "category")
FASTTEXT = "__label__"  # before each label of a line
IDS = ("id", "_id", "uuid", "item_id", "example_id")
TEXTS = (
    "text",
    "texts",
    "sentence",
    "document",
    "review",
    "comment",
    "utterance",
    "query",
    "question",
    "message",
)
# characters that a text column has on average, at least; a character of Chinese, Japanese or Korean
# says as much as three
LONG = 20
WIDE = re.compile(r"[\u2e80-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff]")


@dataclass(frozen=True)
class Roles:
    """Column names by role, and what was guessed.  ``task`` is text, image, table or arrays."""

    label: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    image: str | None = None
    id: str | None = None
    split: str | None = None
    group: str | None = None
    task: str = "table"
    notes: list[str] = field(default_factory=list)

    __repr__ = by_fields

    @property
    def taken(self) -> set[str]:
        """Columns with a role of their own, which do not describe the item."""
        return {
            *self.label,
            *self.text,
            *(name for name in (self.image, self.id) if name is not None),
        }

    def named(self) -> dict[str, Any]:
        """Role -> column, for the roles that have one."""
        one = {"label": self.label, "text": self.text}
        found: dict[str, Any] = {
            role: names[0] if len(names) == 1 else list(names)
            for role, names in one.items()
            if names
        }
        return found | {
            role: name
            for role in ("image", "id", "split", "group")
            if (name := getattr(self, role)) is not None
        }


def roles(table: Any, asked: dict[str, Any], *, beside: Iterable[str] = ()) -> Roles:
    """The roles of a table's columns.

    asked: role -> column named by the user (None: guess).
    beside: columns that are used for something else.
    """
    notes: list[str] = []
    label = _listed(table, asked.get("label"), "label") or _label(table, notes)
    text = _listed(table, asked.get("text"), "text")
    image, id, split, group = (
        _one(table, asked.get(role), role) for role in ("image", "id", "split", "group")
    )
    taken = {
        *label,
        *text,
        *beside,
        *(name for name in (image, id, split, group) if name is not None),
    }
    clash = [name for name in label if name in {*text, image, id, split, group}]
    if clash:
        raise ValueError(
            f"column {clash[0]!r} holds the labels and cannot be {_role(asked, clash[0])} too; "
            "name another column"
        )
    if id is None:
        id = _id(table, taken, notes)
        taken |= {id} - {None}  # type: ignore[arg-type]
    if split is None:
        split = _split(table, taken, notes)
        taken |= {split} - {None}  # type: ignore[arg-type]
    if image is None and not text:
        image = _image(table, taken, notes)
    if image is None and not text:
        text = _text(table, taken, notes)
    notes += [
        f"column {name!r} only numbers the rows and says nothing of the items"
        for name, values in table.columns.items()
        if name not in {*taken, *text, image} and _counts_rows(name, values)
    ]
    rest = [name for name in describing(table, {*taken, *text}) if name != image]
    task = (
        "image"
        if image is not None and not text
        else "text"
        if text
        else "table"
        if rest
        else "arrays"
    )
    if task == "table":
        notes.append(
            f"the items are table rows of {len(rest)} column{'s' * (len(rest) > 1)}: "
            f"{_shown(rest)} (text= and image= name columns to look at instead)"
        )
    return Roles(label, text, image, id, split, group, task, notes)


def describing(table: Any, taken: Iterable[str]) -> list[str]:
    """Columns that describe an item as a table row: without a role, lists or row numbers."""
    gone = set(taken)
    return [
        name
        for name, values in table.columns.items()
        if name not in gone and _tells(table.kinds[name], values) and not _counts_rows(name, values)
    ]


def _tells(kind: str, values: Any) -> bool:
    """Whether the cells of a column are single values; of types other than text and numbers, dates
    and decimals are.
    """
    return kind != "other" or all(
        v is None or isinstance(v, date | Decimal) for v in values.tolist()
    )


def present(table: Any, name: Any, role: str) -> str:
    """The column that a user named for a role; raises ValueError with the nearest name and the
    columns there are.
    """
    names, wanted = list(table.columns), str(name)
    if wanted in names:
        return wanted
    same = [other for other in names if other.strip().lower() == wanted.strip().lower()]
    if table.how.get("header") is False and wanted.lstrip("-").isdigit() and int(wanted) < 0:
        place = len(names) + int(wanted)
        if place >= 0:
            return str(names[place])
    near = f", did you mean {same[0]!r}?" if same else nearest(wanted, names)
    bare = " (the file has no line of names)" if table.how.get("header") is False else ""
    raise ValueError(
        f"there is no column {wanted!r} for {role}{near or '.'} The columns are {_shown(names)}"
        f"{bare}"
    )


def _one(table: Any, name: Any, role: str) -> str | None:
    return None if name is None else present(table, name, role)


def _listed(table: Any, names: Any, role: str) -> tuple[str, ...]:
    if names is None:
        return ()
    wanted = (
        [names] if isinstance(names, str) or not isinstance(names, list | tuple) else list(names)
    )
    if len(set(wanted)) < len(wanted):
        raise ValueError(f"a column stands twice in {role}: {', '.join(map(repr, wanted))}")
    return tuple(present(table, name, role) for name in wanted)


def _role(asked: dict[str, Any], name: str) -> str:
    return next(
        role
        for role, wanted in asked.items()
        if role != "label"
        and (name == wanted or (isinstance(wanted, list | tuple) and name in wanted))
    )


def _label(table: Any, notes: list[str]) -> tuple[str, ...]:
    found = [name for name in table.columns if name.strip().lower() in LABELS]
    if len(found) != 1:
        which = (
            f"{_shown(found)} could all be it"
            if found
            else f"none is called {', '.join(LABELS[:4])}"
        )
        raise ValueError(
            f"which column holds the labels? {which}; name it with label=.  The columns "
            f"are {_shown(list(table.columns))}{_hint(table)}"
        )
    notes.append(f"labels: column {found[0]!r} (label= names another)")
    return (found[0],)


def _hint(table: Any) -> str:
    """What may help to name the label: several columns of 0 and 1, that there is no header, or
    that the file is one of fastText.
    """
    if any(name.startswith(FASTTEXT) for name in table.columns):
        return (
            f".  Lines that begin with {FASTTEXT} are fastText's, which is not read: write a table "
            "with the columns text and label"
        )
    if table.how.get("header") is False:
        return " (the file has no line of names, so that they are called by their place)"
    flags = [
        name
        for name, values in table.columns.items()
        if table.kinds[name] == "integer" and set(np.unique(values).tolist()) == {0, 1}
    ]
    if len(flags) < 2:
        return ""
    return f".  {_shown(flags)} hold 0 and 1: where they are several labels an item, name them all"


def _id(table: Any, taken: set[str], notes: list[str]) -> str | None:
    for name in table.columns:
        if name.lower() in IDS and name not in taken and table.kinds[name] in ("integer", "text"):
            values = table.written(name).tolist()
            if (
                None not in values
                and len(set(values)) == len(values)
                and not any(v != v for v in values)
            ):
                notes.append(f"ids: column {name!r} (id= names another)")
                return str(name)
            notes.append(f"column {name!r} has repeated or missing values and is not taken for ids")
    return None


def id_column(table: Any, taken: set[str], notes: list[str]) -> str | None:
    """The column that names the items, if one looks like it, other than those that are ``taken``;
    adds a sentence about it to ``notes``.
    """
    return _id(table, taken, notes)


def _split(table: Any, taken: set[str], notes: list[str]) -> str | None:
    for name in table.columns:
        if name.lower() == "split" and name not in taken and table.kinds[name] == "text":
            values = set(table.columns[name].tolist()) - {None}
            if len(values) > 1 and splits_of(values):
                notes.append(
                    f"splits: column {name!r}, {', '.join(sorted(values))} (split= names another)"
                )
                return str(name)
    return None


def _image(table: Any, taken: set[str], notes: list[str]) -> str | None:
    for name, values in table.columns.items():
        if name in taken:
            continue
        if table.kinds[name] in ("text", "other") and are_pictures(values.tolist()):
            notes.append(f"pictures: column {name!r} (image= names another)")
            return str(name)
    return None


def text_column(table: Any, taken: set[str]) -> str | None:
    """The column that is guessed to hold the texts of a table, if there is one."""
    found = _text(table, taken, [])
    return found[0] if found else None


def _text(table: Any, taken: set[str], notes: list[str]) -> tuple[str, ...]:
    length = {}
    for name, values in table.columns.items():
        if name in taken or table.kinds[name] != "text":
            continue
        known = [v for v in values.tolist() if v is not None]
        called = name.strip().lower() in TEXTS  # then they may be short, and repeat
        long = called or sum(len(v) + 2 * len(WIDE.findall(v)) for v in known) > LONG * len(known)
        if known and long and len(set(known)) > max((0.1 if called else 0.5) * len(known), 1):
            length[str(name)] = sum(map(len, known)) / len(known)
    if not length:
        return _only_text(table, taken, notes)
    best = max(length, key=lambda name: length[name])
    others = [name for name in length if name != best]
    also = f"; {_shown(others)} could be added (text=)" if others else ""
    notes.append(
        f"texts: column {best!r}, {length[best]:.0f} characters on average (text= names "
        f"another{also})"
    )
    return (best,)


def _only_text(table: Any, taken: set[str], notes: list[str]) -> tuple[str, ...]:
    """A column of short texts (queries, titles) if it is the only one and most of its texts are
    distinct.
    """
    rest = describing(table, taken)
    known = (
        [v for v in table.columns[rest[0]].tolist() if v is not None]
        if len(rest) == 1 and table.kinds[rest[0]] == "text"
        else []
    )
    if len(set(known)) <= max(0.5 * len(known), 1):
        return ()
    notes.append(f"texts: column {rest[0]!r}, the only one beside the labels (text= names another)")
    return (rest[0],)


def _counts_rows(name: str, values: Any) -> bool:
    """Whether a column only numbers the rows, as pandas writes its index: it has no name and
    different whole numbers, or counts and is called so.
    """
    if values.dtype.kind not in "iu" or len(values) < 2:
        return False
    if name in NAMELESS and len(np.unique(values)) == len(values):
        return True
    counts = values[0] in (0, 1) and bool((np.diff(values.astype(np.int64)) == 1).all())
    return counts and name.strip().lower() in INDEX


def own_index(table: Any) -> list[str] | None:
    """What a column without a name that numbers the rows calls them, if there is one."""
    for name, values in table.columns.items():
        if name in NAMELESS and _counts_rows(name, values):
            return list(map(str, values.tolist()))
    return None


def _shown(names: Sequence[str]) -> str:
    return ", ".join(map(repr, list(names)[:20])) + (
        f" and {len(names) - 20} more" if len(names) > 20 else ""
    )
