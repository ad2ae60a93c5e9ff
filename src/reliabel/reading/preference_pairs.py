"""Comparisons from a table: two columns of things, and one that says which is better."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from reliabel.core.labels import Bools, Ints
from reliabel.core.orders import LEFT, RIGHT, TIE, UNKNOWN, Comparisons
from reliabel.core.raw_labels import is_missing
from reliabel.core.short_repr import listing, many
from reliabel.core.spelling import nearest
from reliabel.reading.column_roles import present
from reliabel.reading.vote_columns import WORKERS, usual_columns

# usual names of the two columns of things
PAIRS = (
    *(("left", "right"), ("model_a", "model_b"), ("item_a", "item_b"), ("option_a", "option_b")),
    *(("candidate_a", "candidate_b"), ("player_a", "player_b"), ("player_1", "player_2")),
    *(("system_a", "system_b"), ("first", "second"), ("item_1", "item_2"), ("a", "b")),
)
WINNERS = ("winner", "label", "preference", "preferred", "better", "choice", "vote", "answer")
SAID = {
    LEFT: ("left", "a", "first", "model_a", "l", ">"),
    RIGHT: ("right", "b", "second", "model_b", "r", "<"),
    TIE: ("tie", "ties", "draw", "equal", "same", "both", "neither", "=", "0.5", "none"),
}
TIES = re.compile(r"(tie|both|neither)\b.*")  # "tie (bothbad)", "both are good"
NUMBERS = {  # pairs of numbers that stand for the sides
    ("0", "1"): "0 is read as the left thing, 1 as the right one",
    ("1", "2"): "1 is read as the left thing, 2 as the right one",
}
Pairs = tuple[Comparisons, Bools, Ints, list[str], list[str]]


def pairs_of(table: Any, left: str, right: str, label: str, *, missing: Sequence[str]) -> Pairs:
    """Comparisons of a table's rows, which rows hold one, the pair that each row is about, the
    names of the pairs, and notes.

    The answer is the name of the better thing, the name of its column, "left" or "right", "a" or
    "b", "tie", or a number.
    Raises ValueError with the first row that cannot be understood.
    """
    one, two = _things(table, left), _things(table, right)
    names = tuple(sorted({*one[1], *two[1]}))
    place = {name: code for code, name in enumerate(names)}
    sides = [np.array([*(place[n] for n in told), -1])[code] for code, told in (one, two)]
    code, words = _answers(table, label, missing)
    y, notes = _decided(code, words, sides, place, (left, right), label)
    given = y >= 0
    lacking = given & ((sides[0] < 0) | (sides[1] < 0))
    if lacking.any():
        row = int(lacking.argmax())
        column = left if sides[0][row] < 0 else right
        raise ValueError(
            f"column {column!r} is empty in row {row}, and {label!r} says which thing is better; "
            f"{many(int(lacking.sum()), 'row has', 'rows have')} an answer on one thing alone"
        )
    same = given & (sides[0] == sides[1])
    if same.any():
        row = int(same.argmax())
        raise ValueError(
            f"row {row} compares {names[int(sides[0][row])]!r} with itself, as do "
            f"{int(same.sum()) - 1:,} more rows; leave these rows out"
        )
    item, items = _pairs(sides[0], sides[1], given, names)
    # rows without an answer need two things nonetheless
    a, b = (np.where(given, side, at) for at, side in enumerate(sides))
    told = Comparisons(a, b, y, max(len(names), 0 if given.all() else 2), _filled(names, given))
    ties = int((y == TIE).sum())
    notes.append(
        f"{int(given.sum()):,} comparisons of {len(names):,} things"
        + (f", {many(ties, 'tie')} among them" if ties else "")
    )
    return told, given, item, items, notes


def pair_columns(table: Any, label: str | None) -> tuple[dict[str, str], list[str]]:
    """The columns of a table of comparisons by their usual names, and a note that says so; nothing
    for any other table.
    """
    plain = {name.strip().lower().replace(" ", "_"): name for name in table.columns}
    pair = next((pair for pair in PAIRS if set(pair) <= set(plain)), None)
    winners = [plain[name] for name in WINNERS if name in plain] if label is None else [label]
    if pair is None or not winners:
        return {}, []
    roles = {"left": plain[pair[0]], "right": plain[pair[1]], "label": winners[0]}
    workers = usual_columns(list(table.columns), WORKERS)
    if len(workers) == 1:
        roles["worker"] = workers[0]
    told = ", ".join(f"{role} is {name!r}" for role, name in roles.items())
    return roles, [f"{told}, by their names (left=, right=, label= and worker= name others)"]


def _things(table: Any, column: str) -> tuple[Ints, list[str]]:
    """The number of each row's thing, -1 where there is none, and the names."""
    return _coded(_named(table, present(table, column, "left")), ())


def _answers(table: Any, column: str, missing: Sequence[str]) -> tuple[Ints, list[str]]:
    return _coded(_named(table, column), missing)


def _named(table: Any, column: str) -> list[Any]:
    values = table.written(column).tolist()
    if column in table.names:  # codes of names
        return [None if v is None or v < 0 else table.names[column][int(v)] for v in values]
    return list(values)


def _coded(values: list[Any], missing: Sequence[str]) -> tuple[Ints, list[str]]:
    code: dict[str, int] = {}
    known = dict[Any, int]()  # values differ less often than rows
    out = np.empty(len(values), dtype=np.int64)
    for row, value in enumerate(values):
        found = known.get(value)
        if found is None:
            text = _written(value)
            lacks = is_missing(value) or not text or text in missing
            found = known[value] = -1 if lacks else code.setdefault(text, len(code))
        out[row] = found
    return out, list(code)


def _written(value: Any) -> str:
    """A cell as text: whole numbers without decimals."""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value).strip()


def _decided(
    code: Ints,
    words: list[str],
    sides: list[Ints],
    place: dict[str, int],
    columns: tuple[str, str],
    label: str,
) -> tuple[Ints, list[str]]:
    """(rows,) which side is better, and notes.  A name of one of the row's two things comes before
    a word for a side.
    """
    thing = np.array([*(place.get(word, -2) for word in words), -3])[code]
    by_name = np.where(thing == sides[0], LEFT, np.where(thing == sides[1], RIGHT, UNKNOWN))
    side, notes = _sides(words, columns)
    by_word = np.array([*side, UNKNOWN])[code]
    y = np.where(by_name >= 0, by_name, by_word)
    odd = (code >= 0) & (y < 0)
    if odd.any():
        row = int(odd.argmax())
        word = words[int(code[row])]
        here = [
            name for name, at in place.items() if at in (int(sides[0][row]), int(sides[1][row]))
        ]
        raise ValueError(
            f"column {label!r} holds {word!r} in row {row}, which is none of the two things there "
            f"({listing(map(repr, here))}){nearest(word, here)}; "
            f"{many(int(odd.sum()), 'row is', 'rows are')} like that.  Write the name of the "
            'better thing, "left", "right" or "tie"'
        )
    used = np.unique(code[(by_name < 0) & (by_word >= 0)]).tolist()
    return y, notes if any(words[at] in ("0", "1", "2") for at in used) else []


def _sides(words: list[str], columns: tuple[str, str]) -> tuple[list[int], list[str]]:
    """What each answer says of the sides, -1 where it says nothing."""
    known = {name: side for side, names in SAID.items() for name in names}
    known |= {columns[0].strip().lower(): LEFT, columns[1].strip().lower(): RIGHT}
    bare = [word.lower().strip("[]() ").replace(" ", "_") for word in words]
    side = [
        known.get(word, TIE if TIES.fullmatch(word.replace("_", " ")) else UNKNOWN) for word in bare
    ]
    numbers = {word for word in bare if word in ("0", "1", "2")}
    meant = next((pair for pair in NUMBERS if numbers and numbers <= set(pair)), None)
    if meant is None:
        return side, []
    of_number = {meant[0]: LEFT, meant[1]: RIGHT}
    return [of_number.get(word, code) for word, code in zip(bare, side, strict=True)], [
        NUMBERS[meant]
    ]


def _pairs(left: Ints, right: Ints, given: Bools, names: Sequence[str]) -> tuple[Ints, list[str]]:
    """The number of each row's pair, in order of first appearance, and what pairs are called; rows
    without an answer are of the first pair.
    """
    low, high = np.minimum(left, right)[given], np.maximum(left, right)[given]
    n = max(len(names), 1)
    key, first, code = np.unique(low * n + high, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(len(key), dtype=np.int64)
    rank[order] = np.arange(len(key))
    item = np.zeros(len(left), dtype=np.int64)
    item[given] = rank[np.ravel(code)]
    a, b = np.divmod(key[order], n)
    pairs = zip(a.tolist(), b.tolist(), strict=True)
    return item, [f"{names[one]} / {names[two]}" for one, two in pairs]


def _filled(names: tuple[str, ...], given: Bools) -> tuple[str, ...]:
    """At least two names where rows without an answer need two things."""
    more = ("(nothing)", "(nothing else)")
    return names if given.all() or len(names) > 1 else (*names, *more)[:2]
