"""Votes of people with features, to learn from: LabelMe and the three labels of CIFAR-10N."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reliabel.bench.learn_cells import TEST, TRAIN, Cell
from reliabel.bench.trust_sets import labelled_sets, seen_by
from reliabel.core.labels import Classes, Floats, Ints, Votes

HELD = 0.3  # share of LabelMe that is scored on: it has a thousand items


@dataclass(frozen=True, eq=False)
class Voted:
    """Votes on the rows ``x`` (n, d), the class that most of them say, and the part for the
    score.
    """

    x: Floats
    votes: Votes[Classes]
    majority: Classes
    test_x: Floats
    test_y: Ints


def voted(cell: Cell, data: Path, cache: Path) -> Voted:
    """The votes of a cell; its seed draws the rows."""
    x, truth, label = _whole(cell.dataset, data, cache)
    rng = np.random.default_rng([cell.seed, 29])
    order = rng.permutation(np.flatnonzero(truth >= 0))
    held = TEST if len(order) > TRAIN + TEST else round(HELD * len(order))
    test, train = np.sort(order[:held]), np.sort(order[held:][:TRAIN])
    names = tuple(str(c) for c in range(int(truth.max()) + 1))
    item, worker = np.nonzero(label[train] >= 0)
    said = Classes(label[train][item, worker].astype(np.int64), names)
    votes = Votes(item, worker, said, n=len(train), w=label.shape[1])
    count = np.zeros((len(train), len(names)))
    np.add.at(count, (item, said.y), 1)
    tied = count + 1e-6 * rng.random(count.shape)  # ties by chance
    majority = np.where(count.any(1), tied.argmax(1), -1)
    return Voted(x[train], votes, Classes(majority, names), x[test], truth[test])


def _whole(name: str, data: Path, cache: Path) -> tuple[Floats, Ints, Ints]:
    """Features (n, d), truth (n,), votes (n, people) with -1 where there is none."""
    sets = labelled_sets(data, cache)
    if name == "labelme":
        x, truth, given = sets["labelme"]()
        return x, truth, given["one_vote"]
    _, truth, given = sets["cifar10n_1"]()
    return seen_by("cifar10n_1", "strong", data, cache), truth, given["drawn"]
