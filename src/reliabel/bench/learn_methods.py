"""What the suite learn runs in a cell: every learner of plain classes that needs nothing but
features and what can be made of them, and the baselines; and the rows it writes of each.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench.learn_baselines import nearest_votes
from reliabel.bench.learn_cells import GROUPS, TAIL, Cell, Made, make
from reliabel.bench.learn_choice import Learner, Tried, best
from reliabel.bench.run import Row
from reliabel.core.catalogue import Entry, catalogue, find
from reliabel.core.labels import Classes, Floats, Ints, Soft
from reliabel.core.results import Model

FOLDS = "three folds"  # the part of a task, and its column
AUTO = "auto"
PROBE, PLAIN, VOTES = "noise_ignorant", "cross_entropy", "nearest 50"
BASELINES = (PROBE, PLAIN, VOTES)
GIVEN = frozenset({"features", "probs", "neighbours", "rng", "training"})
NAMED = (  # tuned as the verb does it, beside the reduced form
    PLAIN,
    "generalised_cross_entropy",
    "early_learning",
    "forward_correction",
    "co_teaching",
    "sop",
    "active_passive",
    "mean_absolute_error",
    "label_robust_divergence",
    "small_loss",
)
QUICK = ("generalised_cross_entropy", "early_learning", "forward_correction", "co_teaching", "sop")
COSTLY = (  # they come last: about ten times cross-entropy or more
    "cross_split",
    "divide_mix",
    "early_learning_plus",
    "feature_tuning",
    "meta_loss_rescaling",
    "mixture_correction",
    "tabasco",
)
ELSEWHERE = {
    "massart_halfspace": "two classes alone: see what it claims",
    "late_stopping": "a hundred times cross-entropy: see what it claims, and learn-pictures",
}
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
        and entry.name not in ELSEWHERE
    ]
    names = [name for name in BASELINES if name in able or name == VOTES]
    rest = [name for name in able if name not in names]
    return names + [name for name in rest if not quick or name in QUICK]


@dataclass(frozen=True)
class Task:
    """A method in a cell: in the reduced form, or ``FOLDS``."""

    cell: Cell
    method: str
    part: str = ""


def tasks(every: list[Cell], quick: bool, done: Collection[Task]) -> list[Task]:
    """What is open, seed by seed and set by set as the cells come: the light methods, then the
    costly ones; after the first seed the named ones on three folds, and later seeds of the
    baselines and the named ones alone.
    """
    light, heavy = _by_cost(methods(quick))
    often = [name for name in light if name in (*BASELINES, *NAMED)]
    out = []
    for seed in sorted({cell.seed for cell in every}):
        mine = [cell for cell in every if cell.seed == seed]
        for sets in GROUPS:
            for names in (often,) if seed else (light, heavy):
                out += [Task(cell, name) for cell in mine if cell.dataset in sets for name in names]
        if not seed:
            named = [name for name in light if name in NAMED]
            out += [
                task
                for cell in mine
                for task in (*(Task(cell, name, FOLDS) for name in named), Task(cell, AUTO))
            ]
    return [task for task in out if task not in done]


def _by_cost(names: list[str]) -> tuple[list[str], list[str]]:
    """Methods that take up to some times cross-entropy, and those that take more."""
    return [n for n in names if n not in COSTLY], [n for n in names if n in COSTLY]


def done_in(rows: Iterable[Row]) -> set[Task]:
    """The tasks that the rows of a table are of."""
    return {
        Task(
            Cell(row.dataset, row.setting, row.seed),
            row.method,
            FOLDS if row.metric.startswith(FOLDS) else "",
        )
        for row in rows
    }


def rows_of(task: Task, *, data: Path, cache: Path) -> list[Row]:
    """The rows of one method in one cell; what stopped it where it could not run."""
    one_thread()
    cell, method = task.cell, task.method
    made = made_once(cell, data, cache)
    try:
        return [
            Row(cell.scenario, cell.dataset, cell.noise, cell.seed, method, metric, value, cpu_s=s)
            for metric, value, s in _lines(task, made)
        ]
    except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as wrong:
        why = f"{type(wrong).__name__}: {wrong}"[:300]
        return [Row(cell.scenario, cell.dataset, cell.noise, cell.seed, method, "not run", why)]


def one_thread() -> None:
    """PyTorch computes in one thread, so that seconds can be compared."""
    import torch

    torch.set_num_threads(1)


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


def _lines(task: Task, made: Made) -> Iterator[Line]:
    cell, method = task.cell, task.method
    if method == VOTES:
        start = time.process_time()
        p = nearest_votes(made.labels, made.x, made.test_x)
        yield from _scores("chosen", p, made, cell, time.process_time() - start)
        return
    if method == AUTO:
        yield from _by_auto(made, cell)
        return
    entry = find("learn", method)
    learner = Learner(entry, made.labels, evidence_for(entry, made), {}, cell.seed)
    if task.part == FOLDS:
        yield from _three_folds(learner, made, cell)
    else:
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
    model = learner.refitted(best(tried))
    p = _said(model, made)
    yield from _scores("chosen", p, made, cell, time.process_time() - start)
    yield "how", _words(best(tried)), ""
    yield from _kept(model, made)
    other = _said(learner.refitted(min(tried, key=lambda one: one is best(tried))), made)
    yield "picked on test", max(accuracy(q, made.test_y) for q in (last, p, other)), ""
    if cell.seed == 0 and (told := _told(learner, made)) is not None:
        p = _said(told.refitted(best(tried)), made)
        yield "true noise", accuracy(p, made.test_y), ""


def _three_folds(learner: Learner, made: Made, cell: Cell) -> Iterator[Line]:
    """As the verb tunes: each third held out in its turn, three options."""
    from reliabel.auto.choose import OPTIONS

    start = time.process_time()
    model = learner.refitted(best(learner.tried(folds=3, options=OPTIONS)))
    yield from _scores(FOLDS, _said(model, made), made, cell, time.process_time() - start)


def _by_auto(made: Made, cell: Cell) -> Iterator[Line]:
    """The learner that ``auto`` takes, with its shortlist tuned in three folds."""
    from reliabel.auto import learn as auto

    start = time.process_time()
    evidence = {"features": made.x, "probs": made.probs}
    plain = auto.probe(made.labels, evidence, cell.seed)
    found = auto.best(made.labels, evidence, plain, seed=cell.seed)
    p = _said(found.model, made)
    yield from _scores("chosen", p, made, cell, time.process_time() - start)
    yield "how", f"{found.by}: {found.info['why']}"[:300], ""


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
    option = f"lr {how.option['lr']:g} decay {how.option['decay']:g}"
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
