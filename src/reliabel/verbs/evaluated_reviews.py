"""The reviews of a test as an evaluation reads them: draws of the log, or of ``sample``, and what
people decided otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from reliabel.core.dataset import Dataset
from reliabel.core.labels import Bools, Classes, Floats, Ints
from reliabel.core.results import Audit, Decision
from reliabel.folders.decisions import resolve
from reliabel.folders.drawn_sample import read_p_wrong, read_sample
from reliabel.folders.fingerprint import fingerprint
from reliabel.verbs.reviewed import counted_draws, gathered, given_tables
from reliabel.verbs.sample import is_of

if TYPE_CHECKING:
    from reliabel.trust.evaluation import Looks

ALL = "all"  # the population of all labels of the log
PLAN, SAMPLE, CHOSEN = "log", "sample", "chosen"
FEW = 2  # draws with a verdict, below which they are no evidence


@dataclass(frozen=True, eq=False)
class Reviews:
    """What people looked at, in the order in which it counts; rows are those of the data.

    row, truth (e,): the item and its true class, as ``trust.evaluation`` has it.
    population (e,): of which labels each was drawn, "" for a chosen one; unseen (e,): from how
    many.  plans: the number of draws of each population that was planned before its first.
    chance (n,): of a weighted draw with replacement.  source: where the draws come from.
    """

    row: Ints
    truth: Ints
    population: Sequence[str]
    unseen: Ints
    plans: dict[str, int]
    chance: Floats | None
    source: str
    notes: tuple[str, ...] = ()

    def of(self, rows: Ints, n: int) -> Looks:
        """The reviews of the labelled items, numbered by their place among them."""
        return self._looks(rows, n, len(rows), (ALL,))

    def of_pair(self, rows: Ints, first: Ints, second: Ints) -> Looks:
        """Those of the items on which two models differ: draws from all items that fell among them,
        and draws made among them alone.
        """
        part = rows[first != second]
        n = int(max(rows.max(initial=-1), self.row.max(initial=-1))) + 1
        return self._looks(part, n, len(rows), (ALL, pair_name(part)))

    def _looks(self, rows: Ints, n: int, whole: int, populations: Sequence[str]) -> Looks:
        from reliabel.trust.evaluation import Looks

        place = np.full(n, -1, dtype=np.int64)
        place[rows] = np.arange(len(rows))
        keep = place[self.row] >= 0
        before: Ints = np.cumsum(keep) - keep
        every = np.arange(len(self.row))
        drawn = np.array([name in populations for name in self.population], dtype=bool)
        if self.chance is None:  # from all labels of its population that no earlier review is on
            of_all = np.array([name == ALL for name in self.population], dtype=bool)
            drawn &= self.unseen == np.where(of_all, whole - every, len(rows) - before)
        drawn = drawn[keep]
        left = len(rows) - before[keep]
        names = [name for name, one in zip(self.population, keep, strict=True) if one]
        drawn, planned = self._planned(drawn, names)
        chance = None if self.chance is None else self.chance[rows] / self.chance[rows].sum()
        return Looks(
            place[self.row[keep]],
            self.truth[keep],
            drawn,
            np.where(drawn, left, 0),
            chance,
            planned,
        )

    def _planned(self, drawn: Bools, names: Sequence[str]) -> tuple[Bools, bool]:
        """The draws of a plan that was kept to its end, and whether there was one: later draws are
        then only known items.
        """
        used = {name for name, one in zip(names, drawn, strict=True) if one}
        if len(used) != 1 or self.chance is not None:
            return drawn, False
        plan = self.plans.get(used.pop(), 0)
        if not plan or drawn.sum() < plan:
            return drawn, False
        return drawn & (np.cumsum(drawn) <= plan), True


def pair_name(part: Ints) -> str:
    """The population of the items on which two models differ.

    >>> pair_name(np.array([1, 2])) == pair_name(np.array([1, 2])) != pair_name(np.array([1, 3]))
    True
    """
    return f"differ-{fingerprint(np.asarray(part, dtype=np.int64))[:12]}"


def reviews_of(
    whole: Audit | Dataset,
    data: Dataset,
    folder: Path | None,
    verdicts: Any,
    names: list[str],
) -> Reviews:
    """The reviews of a folder and of the verdicts that were given.

    names: all class names; classes that people found are added to them.
    """
    given = [one for table in given_tables(data, verdicts) for one in table.decisions]
    logged, notes = _logged(folder, data)
    found = None if folder is None else gathered(data, folder, None)
    before = [] if found is None else [*found.all]
    truth = truths(data, [*before, *given], names)
    seen = np.flatnonzero(truth != NOBODY)
    if logged is not None and sum(name != "" for name in logged.population) >= FEW:
        return _from_log(logged, truth, seen, (*notes, *(found.notes if found else ())))
    drawn = _from_sample(whole, folder, truth)
    if drawn is not None:
        return drawn
    none = np.zeros(len(seen), dtype=np.int64)
    source = CHOSEN if len(seen) else ""
    return Reviews(seen, truth[seen], [""] * len(seen), none, {}, None, source, tuple(notes))


NOBODY = -3  # no verdict


def truths(data: Dataset, decisions: Sequence[Decision], names: list[str]) -> Ints:
    """(n,) the true class of each item by people's last word, NOBODY where nobody looked, and
    ``trust.evaluation.UNKNOWN`` where they could not tell or dropped it.
    """
    from reliabel.trust.evaluation import UNKNOWN

    labels = data.labels
    assert isinstance(labels, Classes)
    truth = np.full(len(labels), NOBODY, dtype=np.int64)
    if not decisions:
        return truth
    settled = resolve(data, decisions, new_classes=True)
    place = {data.ids.item(row): row for row in range(len(labels))}
    for one in decisions:
        truth[place[one.id]] = UNKNOWN
    for item, _ in settled.right:
        truth[item] = labels.y[item]
    for (item, _), name in settled.change.items():
        if str(name) not in names:
            names.append(str(name))
        truth[item] = names.index(str(name))
    return truth


def _from_log(logged: Any, truth: Ints, seen: Ints, notes: Sequence[str]) -> Reviews:
    """The order of the log, and behind it what was decided elsewhere."""
    row = np.asarray(logged.row, dtype=np.int64)
    others = np.setdiff1d(seen, row)
    population = [*logged.population, *([""] * len(others))]
    unseen = np.r_[logged.unseen, np.zeros(len(others), dtype=np.int64)]
    every = np.r_[row, others]
    return Reviews(
        every, truth[every], population, unseen, dict(logged.plans), None, PLAN, tuple(notes)
    )


def _from_sample(whole: Audit | Dataset, folder: Path | None, truth: Ints) -> Reviews | None:
    """The weighted draw of the folder as far as it counts, None without verdicts on it."""
    from reliabel.trust.count import chances

    held = None if folder is None else read_sample(folder)
    if held is None or folder is None or not isinstance(whole, Audit) or not is_of(held, whole):
        return None
    judged = truth[held.unit] != NOBODY
    counts = counted_draws(held.unit, judged, judged)
    unit = held.unit[:counts]
    if int(judged[:counts].sum()) < FEW:
        return None
    from reliabel.trust.evaluation import UNKNOWN

    told = np.where(judged[:counts], truth[unit], UNKNOWN)
    none = np.zeros(counts, dtype=np.int64)
    q = chances(read_p_wrong(folder))
    return Reviews(unit, told, [ALL] * counts, none, {}, q, SAMPLE)


def _logged(folder: Path | None, data: Dataset) -> tuple[Any, list[str]]:
    """The reviews in the folder's log, in their order; None where there is no log."""
    if folder is None:
        return None, []
    from reliabel.review.looked import looked_of
    from reliabel.review.opening import opened_if_there

    try:
        log = opened_if_there(folder, data)
    except ModuleNotFoundError as missing:
        return None, [f"the log of the folder is not read: {missing}"]
    return (None, []) if log is None else (looked_of(log), [])
