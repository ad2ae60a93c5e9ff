"""What the suite learn runs in a cell: every learner of plain classes that needs nothing but
features and what can be made of them, and the baselines; and the rows it writes of each.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench.learn_baselines import nearest_votes
from reliabel.bench.learn_cells import TAIL, Cell, Made, make
from reliabel.bench.learn_choice import Learner, Tried, best
from reliabel.bench.run import Row
from reliabel.core.catalogue import Entry, catalogue, find
from reliabel.core.labels import Classes, Floats, Ints, Soft
from reliabel.core.results import Model

PROBE, PLAIN, VOTES = "noise_ignorant", "cross_entropy", "nearest 50"
BASELINES = (PROBE, PLAIN, VOTES)
GIVEN = frozenset({"features", "probs", "neighbours", "rng", "training"})
NAMED = (  # three folds beside the one
    PLAIN,
    "generalised_cross_entropy",
    "early_learning",
    "forward",
    "co_teaching",
    "sop",
    "divide_mix",
    "active_passive",
    "early_learning_plus",
    "small_loss",
)
QUICK = ("generalised_cross_entropy", "early_learning", "forward", "co_teaching", "sop")
NEAR = 200  # neighbours of an item, for the methods that look at them


def methods(quick: bool) -> list[str]:
    """The baselines that are there, then all learners that can run here, by name."""
    able = [
        entry.name
        for entry in catalogue()
        if entry.verb == "learn"
        and {"Classes", "Labels"} & entry.takes
        and entry.needs <= GIVEN
        and not entry.missing_extras()
    ]
    names = [name for name in BASELINES if name in able or name == VOTES]
    rest = [name for name in able if name not in names]
    return names + [name for name in rest if not quick or name in QUICK]


def rows_of(task: tuple[Cell, str], *, data: Path, cache: Path) -> list[Row]:
    """The rows of one method in one cell; what stopped it where it could not run."""
    cell, method = task
    made = made_once(cell, data, cache)
    try:
        return [
            Row(cell.scenario, cell.dataset, cell.noise, cell.seed, method, metric, value, cpu_s=s)
            for metric, value, s in _lines(cell, method, made)
        ]
    except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as wrong:
        why = f"{type(wrong).__name__}: {wrong}"[:300]
        return [Row(cell.scenario, cell.dataset, cell.noise, cell.seed, method, "not run", why)]


@lru_cache(maxsize=1)
def made_once(cell: Cell, data: Path, cache: Path) -> Made:
    """The cell, kept for the next method on it."""
    return make(cell, data, cache)


def truth_rows(cell: Cell, made: Made) -> list[Row]:
    """What a cell is: rows, classes, and the share of labels that came out wrong."""
    found = {"rows": len(made.truth), "classes": made.labels.k, "wrong": made.rate}
    return [
        Row(cell.scenario, cell.dataset, cell.noise, cell.seed, "truth", metric, float(value))
        for metric, value in found.items()
    ]


Line = tuple[str, float | str, float | str]  # metric, value, CPU seconds


def _lines(cell: Cell, method: str, made: Made) -> Iterator[Line]:
    if method == VOTES:
        start = time.process_time()
        p = nearest_votes(made.labels, made.x, made.test_x)
        yield from _scores("chosen", p, made, cell, time.process_time() - start)
        return
    entry = find("learn", method)
    learner = Learner(entry, made.labels, evidence_for(entry, made), {}, cell.seed)
    yield from _trained(learner, made, cell) if learner.trains else _closed(learner, made, cell)


def evidence_for(entry: Entry, made: Made) -> dict[str, Any]:
    """Features, and what else the method accepts of what is made of them."""
    out: dict[str, Any] = {"features": made.x, "probs": made.probs}
    if "neighbours" in entry.accepts:
        from reliabel.ops.neighbours import nearest

        out["neighbours"] = nearest(made.x, j=min(NEAR, len(made.x) - 1))
    return out


def _closed(learner: Learner, made: Made, cell: Cell) -> Iterator[Line]:
    """A learner without epochs, which chooses for itself."""
    start = time.process_time()
    model = learner.fitted()
    yield from _scores("chosen", _said(model, made), made, cell, time.process_time() - start)
    yield from _kept(model, made)


def _trained(learner: Learner, made: Made, cell: Cell) -> Iterator[Line]:
    start = time.process_time()
    last = _said(learner.last(), made)
    yield from _scores("last", last, made, cell, time.process_time() - start)
    start = time.process_time()
    tried = learner.tried()
    if not tried:
        return
    model = learner.refitted(best(tried))
    p = _said(model, made)
    yield from _scores("chosen", p, made, cell, time.process_time() - start)
    yield "how", _words(best(tried)), ""
    yield from _kept(model, made)
    other = _said(learner.refitted(min(tried, key=lambda one: one is best(tried))), made)
    yield "picked on test", max(accuracy(q, made.test_y) for q in (last, p, other)), ""
    yield from _more(learner, made, cell, best(tried))


def _more(learner: Learner, made: Made, cell: Cell, how: Tried) -> Iterator[Line]:
    """Three folds for the named methods; what the true rate or matrix gives, at the same option."""
    if learner.entry.name in NAMED:
        start = time.process_time()
        p = _said(learner.refitted(best(learner.tried(folds=3))), made)
        yield from _scores("three folds", p, made, cell, time.process_time() - start)
    if cell.seed == 0 and (told := _told(learner, made)) is not None:
        yield "true noise", accuracy(_said(told.refitted(how), made), made.test_y), ""


def _told(learner: Learner, made: Made) -> Learner | None:
    """The learner with the noise as it is, None where it asks for none."""
    if "noise_matrix" in learner.entry.accepts:
        return replace(learner, evidence={**learner.evidence, "noise_matrix": made.matrix})
    if "rate" in learner.entry.options:
        return replace(learner, words={**learner.words, "rate": made.rate})
    return None


def _said(model: Model, made: Made) -> Floats:
    said: Any = model.predict(made.test_x)
    return np.asarray(said.p)


def accuracy(p: Floats, y: Ints) -> float:
    """Share of rows whose likeliest class is right."""
    return float((p.argmax(1) == y).mean())


def macro_recall(p: Floats, y: Ints) -> float:
    """Mean over classes of the share of their rows that is found."""
    hit = p.argmax(1) == y
    return float(np.mean([hit[y == c].mean() for c in np.unique(y)]))


def _scores(column: str, p: Floats, made: Made, cell: Cell, cpu: float) -> Iterator[Line]:
    yield column, accuracy(p, made.test_y), cpu
    if cell.noise == TAIL:
        yield f"{column}, macro recall", macro_recall(p, made.test_y), ""


def _words(how: Tried) -> str:
    option = " ".join(f"{name} {value:g}" for name, value in how.option.items())
    return f"{option} epoch {how.epoch} agreement {how.agreement:.4f}"


def _kept(model: Model, made: Made) -> Iterator[Line]:
    """How right the training set is as the method relabelled it, and what it dropped."""
    if isinstance(model.labels, Classes):
        kept = model.labels.y >= 0
        yield "kept", float(kept.mean()), ""
        if kept.any():
            yield "right among kept", float((model.labels.y == made.truth)[kept].mean()), ""
    elif isinstance(model.labels, Soft):
        yield "right as relabelled", accuracy(model.labels.p, made.truth), ""
