"""Suite learn: every learner of plain classes under eight kinds of wrong labels and a long tail, on
texts and pictures as features, against the probe and against cross-entropy that is chosen alike.

No clean label is read before the final score.  Each method is run with fixed options to the last
epoch, with one of two options and the epoch chosen on a third of the given labels and refitted on
all rows, and, for the record, as the test part would have picked it.  Ten named methods are chosen
on three folds as well, the first seed alone.  A method that is there in a cell is not run again;
new files of the catalogue join by themselves.  The second part, what each method claims in the
setting it was made for, is the suite learn-claims, whose rows stand in learn_claims.csv beside the
table.
"""

from __future__ import annotations

import warnings
from functools import partial
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from reliabel.bench import learn_claims
from reliabel.bench.learn_cells import SETS, Cell, cells, missing
from reliabel.bench.learn_methods import done_in, made_once, rows_of, tasks, truth_rows
from reliabel.bench.processes import side_by_side
from reliabel.bench.run import Table


def run(table: Table, *, quick: bool, data: Path | None, workers: int = 1) -> None:
    """Write the rows of every method in every cell that are not there yet; features are kept beside
    the table, in the folder features.

    workers: processes that run methods side by side; this one writes all rows.
    """
    if data is None:
        raise ValueError(
            "the suite learn needs real data: set RELIABEL_DATA to the folder that holds text and "
            "cifar10n"
        )
    cache = table.path.parent / "features"
    every = _able(cells(quick), cache)
    told = {row.scenario for row in table.rows if row.method == "truth"}
    for cell, several in groupby(tasks(every, quick, done_in(table.rows)), attrgetter("cell")):
        if cell.scenario not in told:
            table.add(truth_rows(cell, made_once(cell, data, cache)))
            told.add(cell.scenario)
        work = partial(rows_of, data=data, cache=cache)
        label = f"methods on {cell.scenario}"
        for rows in side_by_side(work, list(several), workers, label):
            table.add(rows)
    claims = table.path.with_name(table.path.name.replace("learn", "learn_claims", 1))
    learn_claims.run(Table(claims), quick=quick, data=data)


def _able(every: list[Cell], cache: Path) -> list[Cell]:
    """The cells whose features can be made here; what is left out is said in a warning."""
    lacks = {name: why for name in SETS if (why := missing(name, cache))}
    for name, why in lacks.items():
        warnings.warn(f"left out: {name}; {why}", stacklevel=3)
    return [cell for cell in every if cell.dataset not in lacks]
