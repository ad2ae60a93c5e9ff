"""Class counts: classes with too few items, rare classes, classes that a test split has and the
training split has not, and splits whose class shares differ.

It counts labels as given, so that wrong labels can make a class look larger or smaller. Shares that
differ may be meant, as in a test split that was balanced on purpose. The test between splits takes
items as independent; groups of like items (frames of a video) make it see differences too often.
Cost: O(n + k). Memory O(n).
Paper: none; Buda, Maki, Mazurowski. A systematic study of the class imbalance problem in
convolutional neural networks. Neural Networks 106 (2018), says why it matters; the test is
Pearson's chi-square.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy import stats

from reliabel.core.labels import Classes, Ints, Strs
from reliabel.core.results import Faults
from reliabel.core.split_names import splits_of

STATUS = "default"
FINDS = "class fault"
ALSO = ("rare_classes",)
SHOWN = 10  # items of a class that a finding names
EXPECTED = 5  # items that a class must have on average in a split for the test to hold


def audit(
    labels: Classes,
    *,
    split: Strs | None = None,
    few: int = 10,
    share: float = 0.1,
    level: float = 0.001,
    differs: float = 0.05,
) -> Faults:
    """One fault a class: "few items", "rare" or "not in train"; and "shares differ" once for all
    splits.

    few: items below which a class is too small to learn or to test.
    share: of an equal share (1 / k), below which a class is rare.
    level, differs: p-value of the chi-square test between splits, and the largest difference of a
        class's share, from which the splits are reported.
    info: "count" (k,), "empty", the classes that have a name and no item, and with splits "counts"
        (splits, k), "splits", "p" and "largest difference".

    >>> y = np.repeat([0, 1, 2], [60, 40, 3])
    >>> found = audit(Classes(y, ("cat", "dog", "owl")))
    >>> found.items, found.kind, found.why
    ([(100, 101, 102)], ['few items'], ["class 'owl' has 3 items, fewer than 10"])
    """
    y, k = np.asarray(labels.y), labels.k
    count = np.bincount(y[y >= 0], minlength=k)
    found = list(_small(labels, count, few, share))
    info: dict[str, Any] = {
        "count": count,
        "empty": tuple(labels.names[c] for c in np.flatnonzero(count == 0)),
    }
    if split is not None:
        names, code = np.unique(np.asarray(split).astype(str), return_inverse=True)
        table = np.zeros((len(names), k), dtype=np.int64)
        np.add.at(table, (code[y >= 0], y[y >= 0]), 1)
        info |= {"splits": tuple(names.tolist()), "counts": table}
        found += _unseen(labels, names, code, table)
        p, gap, worst = _test(table)
        info |= {"p": p, "largest difference": gap}
        if p <= level and gap >= differs:
            found.append(
                (
                    _rows(y, worst),
                    "shares differ",
                    min(1.0, gap),
                    _apart(labels, names, table, worst, p),
                )
            )
    return Faults(
        [items for items, _, _, _ in found],
        [kind for _, kind, _, _ in found],
        np.array([score for _, _, score, _ in found], dtype=float),
        [why for _, _, _, why in found],
        info=info,
    )


Found = tuple[tuple[int, ...], str, float, str]


def _small(labels: Classes, count: Ints, few: int, share: float) -> Iterator[Found]:
    n, k = int(count.sum()), labels.k
    for c in np.flatnonzero((count > 0) & (count < n)).tolist():
        name, items = labels.names[c], int(count[c])
        several = f"{items} item{'s' * (items > 1)}"
        if items < min(few, n / k):
            yield (
                _rows(labels.y, c),
                "few items",
                1 - items / (2 * few),
                f"class {name!r} has {several}, fewer than {few}",
            )
        elif items < share * n / k:
            yield (
                _rows(labels.y, c),
                "rare",
                0.5 * (1 - items / (share * n / k)),
                f"class {name!r} has {several}, {100 * items / n:.2g} % of all; an equal share "
                f"would be {100 / k:.2g} %",
            )


def _unseen(labels: Classes, names: Any, code: Ints, table: Ints) -> Iterator[Found]:
    """Classes that some split has and the training split has not."""
    meant = splits_of(names.tolist())
    train = [place for place, name in enumerate(names) if meant.get(str(name)) == "train"]
    if len(train) != 1 or not table[train[0]].sum():
        return
    for c in np.flatnonzero((table[train[0]] == 0) & (table.sum(0) > 0)).tolist():
        where = ", ".join(f"{table[s, c]} in {names[s]}" for s in np.flatnonzero(table[:, c]))
        yield (
            _rows(labels.y, c),
            "not in train",
            1.0,
            f"class {labels.names[c]!r} has no item in {names[train[0]]}, but {where}",
        )


def _test(table: Ints) -> tuple[float, float, int]:
    """p-value of equal shares in all splits, the largest difference of a class's share between two
    splits, and its class; classes too rare for the test are left out of it.
    """
    held = table[table.sum(1) > 0]
    if len(held) < 2:
        return 1.0, 0.0, 0
    shares = held / held.sum(1, keepdims=True)
    apart = shares.max(0) - shares.min(0)
    enough = held[:, held.sum(0) >= EXPECTED * len(held)]
    if enough.shape[1] < 2 or (enough.sum(1) == 0).any():
        return 1.0, float(apart.max()), int(apart.argmax())
    p = float(stats.chi2_contingency(enough, correction=False).pvalue)
    return p, float(apart.max()), int(apart.argmax())


def _apart(labels: Classes, names: Any, table: Ints, worst: int, p: float) -> str:
    held = np.flatnonzero(table.sum(1))
    share = table[held, worst] / table[held].sum(1)
    low, high = int(share.argmin()), int(share.argmax())
    return (
        f"class shares differ between splits: {labels.names[worst]!r} is "
        f"{100 * share[high]:.0f} % of {names[held[high]]} and "
        f"{100 * share[low]:.0f} % of {names[held[low]]} (p {p:.2g})"
    )


def _rows(y: Ints, c: int) -> tuple[int, ...]:
    return tuple(np.flatnonzero(np.asarray(y) == c)[:SHOWN].tolist())
