"""diff: what changed from one audit to another."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.audit_diff import AuditDiff, LabelChange, SuspectChange
from reliabel.core.kinds import given_values, kind_for, layout_of, place_of, places_of
from reliabel.core.labels import Labels, Value
from reliabel.core.results import Audit, Interval
from reliabel.core.short_repr import by_fields
from reliabel.folders.atomic import write_text
from reliabel.folders.audit_card import plain
from reliabel.folders.audit_folder import load
from reliabel.folders.items_file import item_rows
from reliabel.verbs.matched_items import matched_items

FORMS = {".html": "html", ".htm": "html", ".txt": "text", ".md": "text", ".json": "json"}
Key = tuple[int, Any]  # row of the item in the new audit (old: -1 - row), and what names the unit


@dataclass(frozen=True, eq=False)
class _Side:
    """One audit as the comparison needs it: a label's place by its key, and what is known of it."""

    audit: Audit
    row: Mapping[Key, int]
    unit: list[Value | None]
    given: list[Any]
    suspect: Mapping[int, float]  # row of the label -> P(wrong) or rank
    suggest: Mapping[int, Value | None]
    text: list[str]

    __repr__ = by_fields


def diff(
    old: Audit | str | Path,
    new: Audit | str | Path,
    *,
    out: str | Path | None = None,
    at: float = 0.5,
) -> AuditDiff:
    """What changed from an old audit to a new one, of the same data or of changed data: labels,
    items, classes, the labels that look wrong, and their count.

    old, new: audits or their folders.  Items are matched by id, else by content.
    out: also write it as a page (.html), as text (.txt, .md) or as JSON (.json).
    at: the P(wrong) from which a label is a suspect; where one of the audits has none, the findings
        on labels are the suspects.
    Raises ValueError where the audits hold labels of different kinds, or cannot be matched.
    """
    audits = [one if isinstance(one, Audit) else load(one) for one in (old, new)]
    if not 0 < at <= 1:
        raise ValueError(f"at is a probability above 0 and up to 1, such as .5; got {at:g}")
    form = _form(out)
    kinds = [kind_for(audit.data.labels).name for audit in audits]
    if kinds[0] != kinds[1]:
        raise ValueError(
            f"the old audit is of {kinds[0]}, the new one of {kinds[1]}: labels of different kinds "
            "cannot be compared"
        )
    found = _compared(*audits, at=at, names=_names(old, new, audits))
    if out is not None:
        page = (
            json.dumps(plain(found.as_json()), indent=1, ensure_ascii=False)
            if form == "json"
            else str(import_module(f"reliabel.reporters.diff_{form}").render(found))
        )
        write_text(Path(out), page)
    return found


def _form(out: str | Path | None) -> str:
    suffix = ".html" if out is None else Path(out).suffix.lower()
    if suffix not in FORMS:
        raise ValueError(
            f"cannot write {out}: end its name in .html (a page), .txt, .md (text) or .json"
        )
    return FORMS[suffix]


def _names(old: Any, new: Any, audits: list[Audit]) -> tuple[str, str]:
    """Names of the two audits: of their folders, else of what was audited."""
    names = []
    for given, audit, word in zip((old, new), audits, ("old", "new"), strict=True):
        path = audit.data.source.get("path") if isinstance(given, Audit) else given
        names.append(Path(str(path)).name if path else word)
    return (
        (names[0], names[1]) if names[0] != names[1] else (f"{names[0]} (old)", f"{names[1]} (new)")
    )


def _compared(old: Audit, new: Audit, *, at: float, names: tuple[str, str]) -> AuditDiff:
    matching = matched_items(old.data, new.data)
    own = dict(matching.pairs)
    key = [own.get(row, -1 - row) for row in range(len(old.data.labels))]
    ranked = old.p_wrong is None or new.p_wrong is None
    from_p = None if ranked else at
    keys = _keys(old.data.labels, key), _keys(new.data.labels, range(len(new.data.labels)))
    keys = _same_objects(old.data.labels, keys[0], new.data.labels, keys[1]), keys[1]
    sides = _side(old, keys[0], from_p), _side(new, keys[1], from_p)
    fixed, fresh, still = _suspects(*sides)
    before, after = (Counter(_class_names(side)) for side in sides)
    both = [key for key in sides[0].row if key in sides[1].row]
    return AuditDiff(
        names=names,
        matched=matching.by,
        items=(len(old.data.labels), len(new.data.labels)),
        labels=(_known(sides[0]), _known(sides[1])),
        added=_ids(new, set(range(len(new.data.labels))) - set(own.values())),
        removed=_ids(old, set(range(len(old.data.labels))) - set(own)),
        relabelled=_relabelled(*sides, both),
        fixed=fixed,
        new=fresh,
        still=still,
        count=(old.count, new.count),
        classes={name: (before[name], after[name]) for name in sorted({*before, *after})},
        suspect_at=from_p,
        notes=(*matching.notes, *_notes(old, new, ranked)),
    )


def _keys(labels: Labels, key: Sequence[int]) -> list[Key]:
    """What names each label in a comparison: the row of its item, and the number or the name of its
    unit; of objects, where it lies.
    """
    kind, (item, within) = kind_for(labels), place_of(labels)
    units: list[Any] = [None] * len(item) if within is None else within.tolist()
    if kind.unit_names is not None:
        units = [kind.unit_names(labels)[int(unit)] for unit in units]
    if kind.objects:
        seen = Counter[tuple[int, Any]]()  # the same place twice: the first, the second
        for row, place in enumerate(places_of(labels)):
            units[row] = (place[1], seen[place])
            seen[place] += 1
    return [(key[i], unit) for i, unit in zip(item.tolist(), units, strict=True)]


def _same_objects(old: Labels, before: list[Key], new: Labels, now: list[Key]) -> list[Key]:
    """The keys of old labels, those of given objects that lie elsewhere now as those of the new
    audit: where an item has as many that are gone as it has others, they are paired in order.
    """
    if not kind_for(old).objects:
        return before
    gone, come = (
        _given_but(labels, keys, set(others))
        for labels, keys, others in ((old, before, now), (new, now, before))
    )
    keys = list(before)
    for item, rows in gone.items():
        if len(rows) == len(come.get(item, [])):
            for row, other in zip(rows, come[item], strict=True):
                keys[row] = now[other]
    return keys


def _given_but(labels: Labels, keys: list[Key], known: set[Key]) -> dict[int, list[int]]:
    """Item -> rows of its given labels whose keys are not ``known``."""
    found: dict[int, list[int]] = {}
    for row, (key, given) in enumerate(zip(keys, given_values(labels), strict=True)):
        if given is not None and key not in known:
            found.setdefault(key[0], []).append(row)
    return found


def _side(audit: Audit, keys: list[Key], at: float | None) -> _Side:
    labels, layout = audit.data.labels, layout_of(audit.data.labels)
    names = kind_for(labels).unit_names
    _, within = place_of(labels)
    units: list[Value | None] = [None] * layout.rows if within is None else within.tolist()
    if names is not None:
        units = [names(labels)[int(str(unit))] for unit in units]
    row = {key: r for r, key in enumerate(keys)}
    found = {layout.row(f.item, f.unit): f for f in audit.findings if f.finds == "label"}
    if at is not None:
        p = np.asarray(audit.p_wrong)
        suspect = {int(r): float(p[r]) for r in np.flatnonzero(np.nan_to_num(p) >= at)}
    else:
        suspect = {r: f.rank for r, f in found.items()}
    suggest = {r: f.suggest for r, f in found.items()}
    texts = [values for name, values in item_rows(audit.data).items() if name == "text"]
    text = [str(one) for one in texts[0]] if texts else []
    return _Side(audit, row, units, given_values(labels), suspect, suggest, text)


def _suspects(old: _Side, new: _Side) -> tuple[tuple[SuspectChange, ...], ...]:
    """The suspects that are fixed, new and still there."""
    fixed, fresh, still = [], [], []
    for key, row in old.row.items():
        if row not in old.suspect:
            continue
        other = new.row.get(key)
        if other is not None and other in new.suspect:
            still.append(_suspect(new, other, old.suspect[row], new.suspect[other], ""))
        else:
            now = None if other is None else _score(new, other)
            fixed.append(_suspect(old, row, old.suspect[row], now, _how(old, row, new, other)))
    for key, row in new.row.items():
        before = old.row.get(key)
        if row in new.suspect and (before is None or before not in old.suspect):
            then = None if before is None else _score(old, before)
            how = "added" if before is None else _how(old, before, new, row)
            fresh.append(_suspect(new, row, then, new.suspect[row], how))
    return (
        tuple(sorted(fixed, key=lambda one: -(one.before or 0))),
        tuple(sorted(fresh, key=lambda one: -(one.after or 0))),
        tuple(sorted(still, key=lambda one: -(one.after or 0))),
    )


def _suspect(
    side: _Side, row: int, before: float | None, after: float | None, how: str
) -> SuspectChange:
    item, text = _item(side, row)
    given = side.given[row]
    return SuspectChange(
        item, side.unit[row], given, side.suggest.get(row), before, after, how, text
    )


def _score(side: _Side, row: int) -> float | None:
    if side.audit.p_wrong is None:
        return side.suspect.get(row)
    p = float(side.audit.p_wrong[row])
    return p if p == p else None


def _how(old: _Side, row: int, new: _Side, other: int | None) -> str:
    if other is None:
        return "removed"
    return "judged anew" if old.given[row] == new.given[other] else "relabelled"


def _relabelled(old: _Side, new: _Side, both: list[Key]) -> tuple[LabelChange, ...]:
    changes = []
    for key in both:
        before, after = old.given[old.row[key]], new.given[new.row[key]]
        if before != after:
            item, text = _item(new, new.row[key])
            changes.append(LabelChange(item, new.unit[new.row[key]], before, after, text))
    return tuple(changes)


def _item(side: _Side, row: int) -> tuple[str, str]:
    """The id of a label's item, and its text."""
    item = int(layout_of(side.audit.data.labels).place(np.array([row]))[0][0])
    return side.audit.data.ids.item(item), side.text[item] if side.text else ""


def _class_names(side: _Side) -> list[str]:
    """The classes that labels have: of a multi-label set those with a yes; none for numbers."""
    kind = kind_for(side.audit.data.labels)
    if kind.unit_names is not None:
        return [str(u) for u, given in zip(side.unit, side.given, strict=True) if given == "yes"]
    return [one for one in side.given if isinstance(one, str)]


def _known(side: _Side) -> int:
    return sum(one is not None for one in side.given)


def _ids(audit: Audit, rows: set[int]) -> tuple[str, ...]:
    return tuple(audit.data.ids.item(row) for row in sorted(rows))


def _notes(old: Audit, new: Audit, ranked: bool) -> list[str]:
    notes = []
    if ranked:
        notes.append("without P(wrong) in both audits, the findings on labels are the suspects")
    counts = (old.count, new.count)
    if all(one is not None and one.identified for one in counts):
        notes += _moved(*counts)  # type: ignore[arg-type]
    versions = [audit.info.get("versions", {}).get("reliabel") for audit in (old, new)]
    if versions[0] != versions[1]:
        notes.append(f"made by different versions of reliabel ({versions[0]} and {versions[1]})")
    return notes


def _moved(before: Interval, after: Interval) -> list[str]:
    """Whether the intervals of two counts tell that it moved."""
    if before.method != after.method:
        return [
            f"the counts were made in two ways ({before.method}, {after.method}); compare their "
            "intervals, not their values"
        ]
    if before.low <= after.high and after.low <= before.high:
        return ["the intervals of the two counts overlap: they do not tell that it moved"]
    return [f"the count {'fell' if after.high < before.low else 'rose'} beyond both intervals"]
