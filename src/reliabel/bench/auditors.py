"""Suite auditors: every auditor of class labels by itself, on the same evidence, against what is
wrong: people's labels of CIFAR-10N, planted errors in texts and digits, verdicts on published
probabilities; cleanlab beside it where it has the same.

Evidence is made once a cell: out-of-fold probabilities of a logistic regression, neighbours,
dynamics of a linear head.  Its CPU time is a row of its own; an auditor's time is what it takes
beyond it.  An auditor that is there in a cell is not run again; new files of the catalogue join by
themselves.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench.audit import METRICS, cleanlab_scores, confusions, verdicts
from reliabel.bench.learn_cells import out_of_fold_probabilities
from reliabel.bench.metrics import precision_at
from reliabel.bench.processes import side_by_side
from reliabel.bench.run import Row, Table
from reliabel.bench.trust_sets import absent, labelled_sets, seen_by
from reliabel.core.call import called
from reliabel.core.catalogue import Entry, catalogue, find
from reliabel.core.labels import Bools, Classes, Floats
from reliabel.core.results import Suspicion
from reliabel.core.run import running

NEAR, EPOCHS, WIDE = 50, 20, 20_000  # neighbours, epochs of the dynamics, pictures
PEOPLE = {"people aggre": "aggre", "people random1": "random1", "people worst": "worse"}
FLIPS = ("symmetric", "confusion", "nearest_class", "instance_dependent")
RATES = (0.02, 0.05, 0.2)
SETS = {  # name -> set of the suite trust, strength of its features
    "cifar10n pretrained": ("cifar10n_1", "strong"),
    "cifar10n patches": ("cifar10n_1", "weak"),
    "ag_news": ("ag_news", "strong"),
    "banking77": ("banking77", "strong"),
}
DIGITS, VERDICTS = "digits", ("mnist", "imdb")
P_WRONG, EVIDENCE, PEER = "p_wrong", "evidence", "cleanlab"
GIVEN = frozenset({"probs", "features", "neighbours", "dynamics", "rng"})


@dataclass(frozen=True)
class Cell:
    """A data set and a kind of wrong labels."""

    dataset: str
    noise: str

    @property
    def scenario(self) -> str:
        """The name of the cell in the table of the suite."""
        return f"{self.dataset}-{self.noise}".replace(" ", "-")


def run(table: Table, *, quick: bool, data: Path | None, workers: int = 1) -> None:
    """Write the rows of every auditor in every cell that are not there yet; features are kept
    beside the table, in the folder features.

    workers: processes that work on cells side by side.
    """
    if data is None:
        raise ValueError(
            "the suite auditors needs real data: set RELIABEL_DATA to the folder that holds text, "
            "cifar10n and label_errors"
        )
    cache = table.path.parent / "features"
    done: dict[str, set[str]] = {}
    for row in table.rows:
        done.setdefault(row.scenario, set()).add(row.method)
    tasks = [
        (cell, frozenset(done.get(cell.scenario, ())))
        for cell in _able(cells(quick), cache)
        if _missing(cell, done.get(cell.scenario, set()))
    ]
    work = partial(rows_of, data=data, cache=cache)
    for rows in side_by_side(work, tasks, workers, "cells"):
        table.add(rows)


def _missing(cell: Cell, done: set[str]) -> bool:
    """Whether an auditor of the cell, P(wrong) or the peer has no rows yet."""
    mine = {P_WRONG, *(entry.name for entry in _fit(cell))}
    return not mine <= done or not any(method.startswith(PEER) for method in done)


def cells(quick: bool) -> list[Cell]:
    """All cells; with ``quick`` a few that take seconds."""
    flips = [f"{by} {rate:g}" for rate in RATES for by in FLIPS]
    if quick:
        return [Cell(DIGITS, flip) for flip in flips if flip.endswith("0.2")]
    people = [Cell(name, noise) for name in list(SETS)[:2] for noise in PEOPLE]
    planted = [Cell(name, flip) for flip in flips for name in ("ag_news", "banking77", DIGITS)]
    return [*people, *planted, *(Cell(name, "verdicts") for name in VERDICTS)]


def rows_of(task: tuple[Cell, frozenset[str]], *, data: Path, cache: Path) -> list[Row]:
    """The rows of the auditors that a cell does not have yet."""
    cell, done = task
    labels, wrong, judged, evidence, seconds = made(cell, data, cache)
    rows = []
    if EVIDENCE not in done:
        facts = {"rows": len(labels), "wrong": float(wrong.mean())}
        rows += [_row(cell, EVIDENCE, name, float(value)) for name, value in facts.items()]
        rows += [_row(cell, EVIDENCE, f"CPU s of {name}", s) for name, s in seconds.items()]
    for method, score, cpu in _scores(cell, labels, evidence, done):
        if isinstance(score, str):
            rows.append(_row(cell, method, "not run", score))
            continue
        mine = np.nan_to_num(np.asarray(score, dtype=float), nan=-1.0)[judged]
        bad = wrong[judged]
        for metric, of in METRICS.items():
            rows.append(_row(cell, method, metric, of(mine, bad), cpu))
        rows.append(_row(cell, method, "precision", precision_at(mine, bad, int(bad.sum())), cpu))
    return rows


Made = tuple[Classes, Bools, Bools, dict[str, Any], dict[str, float]]


def made(cell: Cell, data: Path, cache: Path) -> Made:
    """Labels, which are wrong, which are judged, evidence, and the CPU seconds of its parts."""
    if cell.dataset in VERDICTS:
        labels, probs, judged, wrong = verdicts(data, cell.dataset)
        return labels, wrong, judged, {"probs": np.asarray(probs, dtype=np.float64)}, {}
    x, labels, wrong = _labels(cell, data, cache)
    evidence, seconds = _evidence(x, labels)
    return labels, wrong, np.ones(len(wrong), dtype=bool), evidence, seconds


def _labels(cell: Cell, data: Path, cache: Path) -> tuple[Floats, Classes, Bools]:
    import reliabel as rl

    if cell.dataset == DIGITS:
        x, truth, given = labelled_sets(data, cache)[DIGITS]()
    else:
        name, strength = SETS[cell.dataset]
        _, truth, given = labelled_sets(data, cache)[name]()
        x = seen_by(name, strength, data, cache)
    names = tuple(str(c) for c in range(int(truth.max()) + 1))
    if cell.noise in PEOPLE:
        y = given[PEOPLE[cell.noise]][:WIDE, 0]
        return x[:WIDE], Classes(y.astype(np.int64), names), y != truth[:WIDE]
    by, rate = cell.noise.split()
    clean = Classes(truth, names)
    words: dict[str, Any] = {"rate": float(rate)}
    if by == "confusion":
        words = {"noise_matrix": confusions(clean, float(rate))}
    bad: Any = rl.corrupt(rl.Dataset(clean, {"features": x}), by=by, seed=0, **words)
    return x, bad.labels, bad.wrong


def _evidence(x: Floats, labels: Classes) -> tuple[dict[str, Any], dict[str, float]]:
    """What all auditors are given, and the CPU seconds of each part."""
    from reliabel.ops.neighbours import nearest

    out: dict[str, Any] = {"features": x}
    seconds = {}
    makers: dict[str, Callable[[], Any]] = {
        "probs": lambda: out_of_fold_probabilities(labels, x, np.random.default_rng(0)),
        "neighbours": lambda: nearest(x, j=min(NEAR, len(x) - 1)),
        "dynamics": lambda: _dynamics(x, labels),
    }
    for name, make in makers.items():
        start = time.process_time()
        out[name] = make()
        seconds[name] = time.process_time() - start
    return out, seconds


def _dynamics(x: Floats, labels: Classes) -> Any:
    options = {"epochs": EPOCHS, "hold_out": 0.0, "keep": "last"}
    with running(record=True):
        model: Any = called(find("learn", "cross_entropy"), labels, {"features": x}, options, 0)
    return model.dynamics


def _fit(cell: Cell) -> list[Entry]:
    """The auditors of class labels that need nothing but what a cell has."""
    there = {"probs", "rng"} if cell.dataset in VERDICTS else GIVEN
    return [
        entry
        for entry in catalogue()
        if entry.verb == "audit"
        and entry.finds == "label"
        and {"Classes", "Labels"} & entry.takes
        and entry.needs <= there
        and not entry.missing_extras()
    ]


def _scores(
    cell: Cell, labels: Classes, evidence: dict[str, Any], done: frozenset[str]
) -> Iterator[tuple[str, Floats | str, float]]:
    """Method, its scores or what stopped it, and its CPU seconds."""
    for entry in _fit(cell):
        if entry.name in done:
            continue
        start = time.process_time()
        score: Floats | str
        try:
            opinion = called(entry, labels, evidence, {}, 0)
            score = opinion.score if isinstance(opinion, Suspicion) else "gives faults, no scores"
        except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as wrong:
            score = f"{type(wrong).__name__}: {wrong}"[:300]
        yield entry.name, score, time.process_time() - start
    if P_WRONG not in done:
        yield from _p_wrong(labels, evidence)
    peers, why = cleanlab_scores(labels, np.asarray(evidence["probs"]))
    for name, score in peers.items():
        if name not in done:
            yield name, score, float("nan")
    if why and PEER not in done:
        yield PEER, why, float("nan")


def _p_wrong(
    labels: Classes, evidence: dict[str, Any]
) -> Iterator[tuple[str, Floats | str, float]]:
    import reliabel as rl

    start = time.process_time()
    given = {name: evidence[name] for name in ("probs", "features") if name in evidence}
    found = rl.audit(labels, seed=0, **given).p_wrong
    score: Floats | str = "was not made" if found is None else np.asarray(found)
    yield P_WRONG, score, time.process_time() - start


def _row(cell: Cell, method: str, metric: str, value: float | str, cpu: float = np.nan) -> Row:
    seconds: float | str = cpu if cpu == cpu else ""
    return Row(cell.scenario, cell.dataset, cell.noise, 0, method, metric, value, cpu_s=seconds)


def _able(every: list[Cell], cache: Path) -> list[Cell]:
    """The cells whose features can be made here; what is left out is said in a warning."""
    lacks = {name: why for name, of in SETS.items() if (why := absent(*of, cache))}
    mine = [cell for cell in every if cell.dataset in lacks]
    for name in sorted({cell.dataset for cell in mine}):
        warnings.warn(f"left out: {name}; {lacks[name]}", stacklevel=3)
    return [cell for cell in every if cell.dataset not in lacks]
