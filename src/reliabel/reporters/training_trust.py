"""Whom a training trusted: labels kept, changed and left out in each class, weights, and the noise
that the method reckons with.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from reliabel.core.labels import Bools, Floats, Soft
from reliabel.reporters.noise_chart import noise
from reliabel.reporters.shell import (
    Html,
    Section,
    chance,
    figure,
    join,
    note,
    percent,
    several,
    short,
    table,
)
from reliabel.reporters.training_run import TrainingRun, class_now, points

CLASSES = 12  # classes of a noise matrix, and of the table before the rest is folded away
Column = tuple[str, Sequence[Any]]  # its heading, and a cell a class


def trusted(run: TrainingRun) -> Section | None:
    """Each class with what became of its labels, beside the noise matrix; None where nothing is
    known of either.
    """
    parts = [_matrix(run), _classes(run)]
    told = _in_words(run)
    if not any(parts) and not told:
        return None
    body = join(*map(note, told), Html('<div class="side">'), *parts, Html("</div>"))
    return Section("trust", "Whom it trusted", body)


def _in_words(run: TrainingRun) -> list[str]:
    lines = []
    rate = run.info.get("rate")
    if isinstance(rate, int | float | np.number):
        lines.append(f"The method reckoned with {points(float(rate))} wrong labels.")
    if run.relabelled is None and run.given is not None:
        lines.append("This method keeps all labels as they are given.")
    return lines


def _matrix(run: TrainingRun) -> Html:
    """The noise matrix that the method used, as shares of each true class."""
    if run.matrix is None or not len(run.names):
        return Html("")
    k = len(run.names)
    worst = _most_moved(run.matrix) if k > CLASSES else np.arange(k)
    part = run.matrix[np.ix_(worst, worst)]
    names = [run.names[c] for c in worst.tolist()]
    chart = noise(part, names, k)
    words = "Rows are true classes, columns what is given instead, in percent of the true class."
    if k > CLASSES:
        words = f"The {len(worst)} most confused of {k} classes. " + words
    return figure("Noise that it reckons with", words, chart.svg())


def _most_moved(matrix: Floats) -> Any:
    off = np.array(matrix, dtype=np.float64)
    np.fill_diagonal(off, 0.0)
    return np.sort(np.argsort(-(off.sum(0) + off.sum(1)), kind="stable")[:CLASSES])


def _classes(run: TrainingRun) -> Html:
    """A row a class."""
    given = run.given
    if given is None:
        return Html("")
    now, known = class_now(run), given.y >= 0
    columns: list[Column] = [("labels", [f"{n:,}" for n in run.sizes.tolist()])]
    if run.relabelled is not None:
        columns += _fate(run, now, known)
    columns += [column for column in (_belief(run), _weight(run), _learnt(run, known)) if column]
    many = given.k > CLASSES
    lost = np.bincount(given.y[known & (now != given.y)], minlength=given.k)
    order = np.lexsort((-run.sizes, -lost)) if many else np.arange(given.k)
    rows = [[short(given.names[c], 40), *(cells[c] for _, cells in columns)] for c in order]
    head = ["class", *(name for name, _ in columns)]
    made = table(
        head,
        rows,
        numeric=range(1, len(head)),
        caption=several(given.k, "class", "classes")
        + (", those with most changes first" if many else ""),
        sortable=True,
        first=CLASSES if many else 0,
    )
    return join(Html("<div>"), made, Html("</div>"))


def _fate(run: TrainingRun, now: Any, known: Bools) -> list[Column]:
    given = run.given
    assert given is not None
    k = given.k
    out = known & (now < 0)
    moved = known & (now >= 0) & (now != given.y)
    changed = np.bincount(given.y[moved], minlength=k)
    dropped = np.bincount(given.y[out], minlength=k)
    lost = (changed + dropped) / np.maximum(run.sizes, 1)
    share = [percent(part) if n else "" for part, n in zip(lost, run.sizes, strict=True)]
    columns: list[Column] = [("changed", [f"{n:,}" for n in changed.tolist()])]
    if dropped.any():
        columns.append(("left out", [f"{n:,}" for n in dropped.tolist()]))
    columns.append(("share", share))
    after = np.bincount(now[now >= 0], minlength=k)
    columns.append(("labels now", [f"{n:,}" for n in after.tolist()]))
    return columns


def _belief(run: TrainingRun) -> Column | None:
    """The mean chance of the given class after training; items that were never learnt from, whose
    chances are even, are left out.
    """
    if not isinstance(run.relabelled, Soft) or run.given is None:
        return None
    own = np.maximum(run.given.y, 0)[:, None]
    p = run.relabelled.p
    even = p.max(1) - p.min(1) < 1e-6
    given = np.where(even, np.nan, np.take_along_axis(p, own, 1)[:, 0])
    return "mean P(given)", [chance(value) for value in _means(run, given)]


def _weight(run: TrainingRun) -> Column | None:
    """The mean weight of the items, where the method weighs them."""
    weight = run.info.get("weight")
    if weight is None or run.given is None or np.shape(weight) != (len(run.given),):
        return None
    return "mean weight", [f"{v:.2f}" if v == v else "" for v in _means(run, np.asarray(weight))]


def _learnt(run: TrainingRun, known: Bools) -> Column | None:
    """The share of the given labels that the model predicts in the end."""
    seen = run.model.dynamics
    if seen is None or run.given is None or seen.correct.shape[1] != len(known):
        return None
    if not len(seen.correct):
        return None
    last = seen.correct[run.epoch - 1 if 0 < run.epoch <= len(seen.correct) else -1]
    return "learnt", [percent(v) if v == v else "" for v in _means(run, last)]


def _means(run: TrainingRun, values: Any) -> list[float]:
    """The mean of a number an item over the items of each given class; NaN without any."""
    given = run.given
    assert given is not None
    values = np.asarray(values, dtype=np.float64)
    known = (given.y >= 0) & np.isfinite(values)
    sums = np.bincount(given.y[known], values[known], minlength=given.k)
    size = np.bincount(given.y[known], minlength=given.k)
    return np.where(size > 0, sums / np.maximum(size, 1), np.nan).tolist()  # type: ignore[no-any-return]
