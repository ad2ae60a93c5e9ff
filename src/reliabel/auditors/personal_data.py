"""Personal data by pattern: email, cards, IBAN, phones, network and crypto addresses, credentials,
and national numbers of ten countries, in texts and tables.

Countries: GB, FR, ES, IT, NL, PL, DE, BR, IN, CH; and social security of the US.  Each kind is a
pattern with a check (Luhn, modulo 97, Verhoeff, a checksum) and words that speak for it within five
words before or in the name of the column.  Results hold counts and masked examples, never what was
found.  Weak: names, streets and birthdays need a model and are not looked for; a bare number with
one check digit is reported beside a telling word alone; what has no check (phones, IP addresses)
may be something else of that form.
Cost: O(characters).
Paper: none; the scheme is that of Microsoft Presidio (Mendels et al. 2018), the checks are those of
ISO/IEC 7812, ISO 13616, ISO 7064 and the published national definitions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from reliabel.core.labels import Labels
from reliabel.core.results import Faults
from reliabel.core.run import track
from reliabel.ops.copies import sort_of
from reliabel.ops.personal import KINDS, found, hidden, words_of

STATUS = "default"
FINDS = "personal data"
ALSO = ("pii",)
SHORT = 100  # characters of a cell that is looked at once, however often it occurs
LONG_NUMBER = 10**7  # numbers from which a column of numbers is read as text
Places = dict[tuple[str, str], list[tuple[int, float, str]]]  # (column, kind) -> row, score, masked


def audit(
    labels: Labels,
    *,
    items: Sequence[Any] | Mapping[str, Any] | None = None,
    columns: Mapping[str, Any] | None = None,
    threshold: float = 0.5,
    examples: int = 3,
) -> Faults:
    """One fault a kind and column: the rows that hold it, how often, and masked examples.

    threshold: the score from which a match counts; a check that holds gives up to 1.
    examples: masked examples in each sentence.
    info: "counts", column -> kind -> matches ("" = the texts), "rows" with any, the kinds looked
        for, the threshold.
    Raises ValueError for a threshold that is not between 0 and 1.

    >>> from reliabel.core.labels import Classes
    >>> texts = ["write to jo@mail.org", "order 4111-22", "card 4111 1111 1111 1111"]
    >>> said = audit(Classes(np.array([0, 0, 1])), items=texts)
    >>> said.items, said.why
    ([(0,), (2,)], ['1 email address in 1 text, such as j*@****.**g',
    '1 credit card in 1 text, such as 4*** **** **** ***1'])
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"threshold must lie between 0 and 1, got {threshold!r}")
    places: Places = defaultdict(list)
    for name, cells in _columns(items, columns).items():
        _look(name, cells, threshold, places)
    faults = [_fault(column, kind, hits, examples) for (column, kind), hits in places.items()]
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for (column, kind), hits in places.items():
        counts[column][kind] = len(hits)
    return Faults(
        [fault[0] for fault in faults],
        [kind for _, kind in places],
        np.array([max(score for _, score, _ in hits) for hits in places.values()], dtype=float),
        [fault[1] for fault in faults],
        where=[{"column": column} if column else {} for column, _ in places],
        info={
            "counts": dict(counts),
            "rows": len({row for hits in places.values() for row, _, _ in hits}),
            "kinds": KINDS,
            "threshold": threshold,
        },
    )


def _columns(items: Any, columns: Any) -> dict[str, Iterable[Any]]:
    """Name -> cells of what can hold personal data; the texts have no name."""
    named: dict[str, Any] = {}
    for table in (items, columns):
        if isinstance(table, Mapping):
            named |= {str(name): table[name] for name in table}
    cells: dict[str, Iterable[Any]] = {}
    for name, column in named.items():
        if (texts := _cells(column)) is not None:
            cells[name] = texts
    if items is not None and not isinstance(items, Mapping) and sort_of(items) == "texts":
        return {"": items, **cells}
    return cells


def _cells(column: Any) -> list[Any] | None:
    """The cells of a column as they would be written; None for one that cannot hold anything."""
    if not isinstance(column, np.ndarray) or column.dtype.kind in "OU":
        return list(column)
    if column.dtype.kind not in "iuf" or not len(column):
        return None
    known = column[np.isfinite(column)]
    whole = len(known) > 0 and bool((known == np.floor(known)).all())
    if not whole or np.abs(known).max() < LONG_NUMBER or np.abs(known).max() >= 2**53:
        return None
    return [None if value != value else str(int(value)) for value in column.tolist()]


def _look(name: str, cells: Iterable[Any], threshold: float, places: Places) -> None:
    context = words_of(name)
    known: dict[str, list[tuple[str, float, str]]] = {}
    every = list(cells)
    for row, cell in enumerate(track(f"personal data  {name}".strip(), every)):
        text = str(cell) if isinstance(cell, str | int | np.integer) else ""
        hits = known.get(text)
        if hits is None:
            hits = [
                (match.kind, match.score, hidden(text[match.start : match.stop]))
                for match in found(text, context, threshold)
            ]
            if len(text) <= SHORT:
                known[text] = hits
        for kind, score, example in hits:
            places[name, kind].append((row, score, example))


def _fault(
    column: str, kind: str, hits: list[tuple[int, float, str]], examples: int
) -> tuple[tuple[int, ...], str]:
    """The rows of a fault and its sentence."""
    rows = tuple(dict.fromkeys(row for row, _, _ in hits))
    shown = list(dict.fromkeys(example for _, _, example in hits))[:examples]
    where = f"{len(rows):,} {'row' if column else 'text'}{'s' * (len(rows) > 1)}"
    many = f"{len(hits):,} {kind}{'' if len(hits) == 1 else 'es' if kind[-1] == 's' else 's'}"
    of = f" of column {column!r}" if column else ""
    such = f", such as {', '.join(shown)}" if shown else ""
    return rows, f"{many} in {where}{of}{such}"
