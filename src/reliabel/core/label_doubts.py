"""What class names give cause to doubt: several labels joined to one, quantities taken for classes,
names that differ in what people do not see.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from reliabel.core.alike_names import alike_note
from reliabel.core.short_repr import many

SEPARATORS = ("|", ";", ",", "/", "+", "&")
PLAIN = "|;,"  # those that join labels where nobody says so
NEARLY, SOME = 0.95, 0.01  # share of parts that are labels alone; of cells with several labels
RARE = "|;"  # seldom part of one name: a part that occurs elsewhere is enough
FEW = 20  # levels of whole numbers that nobody takes for a quantity
SURE = 10  # labels a level has on average where the levels are codes of classes
# a number with thousands apart, or with a currency or a percent sign at one end
MARKED = re.compile(
    r"^[-+]?[$€£¥]?\s?[-+]?(?!0[0-9])[0-9]{1,3}(?:[,.' ]?[0-9]{3})*(?:[.,][0-9]+)?\s?[%€$£¥]?$"
)

MEND = "merge_alike=True makes one of them"


def joined(names: Sequence[str]) -> tuple[str, list[str]] | None:
    """The character that joins several labels in one name, and the names that it joins; None where
    no name looks so.  The parts of such a name occur elsewhere, alone or in another name, and not
    always in the same place, as the parts of a code or a path do.

    >>> joined(["food", "sport", "food|sport"])
    ('|', ['food|sport'])
    >>> joined(["m/old", "m/young", "f/old", "f/young"]), joined(["24/7 support", "other"])
    (None, None)
    """
    found = {mark: _joined_by(names, mark) for mark in SEPARATORS}
    best = max(SEPARATORS, key=lambda mark: len(found[mark]))
    return (best, found[best]) if found[best] else None


def plainly_joined(cells: Sequence[str]) -> str | None:
    """The character that joins several labels in cells, where there is no doubt: nearly all parts
    are labels of other cells, alone, or there are far fewer parts than cells that differ.

    >>> plainly_joined(["a", "b", "a,b", "b", "a,b", "b,a"])
    ','
    >>> plainly_joined(["Oslo, NO", "Rome, IT", "Bergen, NO"])
    """
    names = list(dict.fromkeys(cell.strip() for cell in cells))
    found = joined(names)
    if found is None or found[0] not in PLAIN or len(found[1]) < 2:
        return None
    parts = Counter(part for cell in cells for part in parts_at(cell, found[0]))
    several = sum(found[0] in cell for cell in cells)
    alone = {name for name in names if found[0] not in name}
    apart = sum(count for part, count in parts.items() if part in alone)
    known = apart >= NEARLY * sum(parts.values()) and several >= SOME * len(cells)
    fewer = 2 * len(parts) <= len(names) and len(names) >= SURE
    return found[0] if known or fewer else None


def parts_at(text: str, mark: str) -> list[str]:
    """The parts of a text between marks, without the spaces around them; empty ones are left
    out.
    """
    return [part.strip() for part in text.split(mark) if part.strip()]


def doubts(
    names: Sequence[str], labels: int, what: str, *, whole: bool = False, table: bool = True
) -> list[str]:
    """Sentences on class names that look like something else.

    labels: how many labels there are.  what: whose they are, for the sentences ("column 'label'").
    whole: whether the labels were whole numbers, not text.  table: whether they stand in a table,
        whose reader has options, or were given as values.
    """
    advice = MEND if table else "core.alike_names.merged_classes(labels) makes one of them"
    notes = alike_note(f"{what}: classes", names, advice)
    several = joined(names)
    if several is not None:
        mark, some = several
        more = f" and {many(len(some) - 1, 'other')}" if len(some) > 1 else ""
        look = "look" if more else "looks"
        split = f"separator={mark!r} splits them"
        if not table:
            split = f"MultiLabel.of([one.split({mark!r}) for one in y]) splits them"
        notes.append(
            f"{what}: {some[0]!r}{more} {look} like several labels in one cell; {split} (here "
            "each is one class)"
        )
    if whole:
        return notes + _quantity(names, labels, what, table)
    return notes + _marked_numbers(names, labels, what, table)


def _marked_numbers(names: Sequence[str], labels: int, what: str, table: bool) -> list[str]:
    """What is said of numbers that were left text for what stands in them."""
    found = [name for name in names if MARKED.match(name)]
    if len(names) <= FEW or labels >= SURE * len(names) or len(found) < 0.9 * len(names):
        return []
    then = "say kind='numbers'" if table else "give rl.Numbers(y)"
    return [
        f"{what}: {len(found):,} different values such as {found[0]!r} in {labels:,} labels look "
        "like a quantity and are taken as classes; write plain numbers (12.5) and "
        f"{then}"
    ]


def _quantity(names: Sequence[str], labels: int, what: str, table: bool) -> list[str]:
    if len(names) <= FEW:
        return []
    numbers = [int(name) for name in names]
    low, high = min(numbers), max(numbers)
    codes = low in (0, 1) and high - low < 1.2 * len(names) and labels >= SURE * len(names)
    seen = f"{len(names):,} different whole numbers from {low:,} to {high:,} in {labels:,} labels"
    then = "kind='numbers' takes" if table else "rl.Numbers(y) takes"
    then += " them as numbers"
    if codes and not table:
        return []
    if codes:
        return [f"{what}: {seen} are taken as codes of classes; if they are a quantity, {then}"]
    return [f"{what}: {seen} look like a quantity and are taken as classes; {then}"]


def _joined_by(names: Sequence[str], mark: str) -> list[str]:
    parts = {name: parts_at(name, mark) for name in names if mark in name}
    parts = {name: held for name, held in parts.items() if len(held) > 1}
    if not parts:
        return []
    alone = {name.strip() for name in names} - parts.keys()
    times: dict[str, int] = {}
    places: dict[str, set[int]] = {}
    for held in parts.values():
        for place, part in enumerate(held):
            times[part] = times.get(part, 0) + 1
            places.setdefault(part, set()).add(place)
    if not alone & times.keys() and all(len(place) == 1 for place in places.values()):
        return []  # a grid of codes
    enough = any if mark in RARE else all
    whole = [
        name
        for name, held in parts.items()
        if enough(part in alone or times[part] > 1 for part in held)
    ]
    return whole if 2 * len(whole) >= len(parts) else []
