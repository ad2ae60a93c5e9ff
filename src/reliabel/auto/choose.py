"""The learning rate, weight decay and number of epochs of any learner, chosen without clean labels:
by the agreement with given labels that were held out.

Only ``Model.trace`` is used, so that a learner does not know that it is tuned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from reliabel.core.labels import Floats
from reliabel.core.results import Model
from reliabel.core.run import current, running
from reliabel.core.short_repr import by_fields
from reliabel.core.training import Training

# what is tried, in steps of SGD; any single one loses up to 15 points somewhere
OPTIONS: tuple[Mapping[str, Any], ...] = (
    {"lr": 0.01, "decay": 0.03},
    {"lr": 0.05, "decay": 0.001},
    {"lr": 0.2, "decay": 0.001},
)
ADAM = 0.04  # usual step of AdamW, which trains all but linear heads, to that of SGD
FOLDS = 3
ENOUGH = 2_000  # held-out rows that tell options apart; with fewer every row is held out once
CHOSEN = frozenset(["stop", "hold_out", "fold", "keep"])  # fields of Training that tuning sets
Train = Callable[[Training], Model]


@dataclass(frozen=True, eq=False)
class Choice:
    """What was chosen: how to train on all rows, the ``options`` behind it, and the mean
    ``agreement`` over the folds at that epoch, ``trace`` (epochs,) after each.  ``tried`` has a
    line for each of the options.
    """

    training: Training
    options: Mapping[str, Any]
    agreement: float
    folds: int
    tried: Sequence[Mapping[str, Any]]
    trace: Floats

    __repr__ = by_fields


def tuned(
    train: Train,
    n: int,
    *,
    training: Training = Training(),
    options: Sequence[Mapping[str, Any]] = OPTIONS,
) -> tuple[Model, Choice]:
    """The model of all rows at the options and the epoch whose agreement with held-out labels is
    highest; ties go to the earlier epoch, then to the earlier options.  Its trace is the mean of
    the folds, since on all rows none are held out.

    train: trains a model as it is told; always from the same seed, so that all options are judged
        on the same rows.
    n: how many rows have a label.  Below 6,000 each is held out once, in three folds; above, one
        fold of at least 2,000 rows is.
    training: what the options change.
    Raises FloatingPointError where the loss became no number with each of the options, and
    ValueError for a learner without a trace.
    """
    choice = chosen(train, n, training=training, options=options)
    with _stage("all rows"):
        model = train(choice.training)
    return replace(model, trace=choice.trace), choice


def chosen(
    train: Train,
    n: int,
    *,
    training: Training = Training(),
    options: Sequence[Mapping[str, Any]] = OPTIONS,
    most: int = FOLDS,
) -> Choice:
    """The choice of ``tuned``, before the training on all rows.

    most: folds that judge, at most; fewer are cheaper and hold out the same rows.
    """
    folds = folds_for(n)
    share = 1 / FOLDS if folds > 1 else max(0.1, ENOUGH / max(n, 1))
    folds = min(folds, most)
    held = replace(training, stop=0, hold_out=share, keep="last", fold=0)
    tried: list[dict[str, Any]] = []
    traces: list[Floats] = []
    broken = None
    for place, option in enumerate(options):
        asked = replace(held, **option)
        try:
            trace = _trace(train, asked, folds, f"setting {place + 1} of {len(options)}")
        except FloatingPointError as wrong:
            broken = wrong
            continue
        epoch = int(trace.argmax()) + 1
        tried.append({**option, "epoch": epoch, "agreement": float(trace[epoch - 1])})
        traces.append(trace)
    if not tried:
        raise broken or ValueError("there are no options to choose from")
    place = max(range(len(tried)), key=lambda at: float(tried[at]["agreement"]))
    best = tried[place]
    picked = {name: best[name] for name in best if name not in ("epoch", "agreement")}
    final = replace(training, hold_out=0.0, fold=0, keep="last", stop=best["epoch"], **picked)
    return Choice(final, picked, best["agreement"], folds, tried, traces[place])


def folds_for(n: int) -> int:
    """How many folds judge n labelled rows."""
    return FOLDS if n < FOLDS * ENOUGH else 1


def options_beside(
    given: Mapping[str, Any], training: Training = Training()
) -> tuple[Mapping[str, Any], ...]:
    """The options to try beside those that people set themselves, for the optimiser that
    ``training`` takes.

    >>> options_beside({"lr": 0.1})
    ({'lr': 0.1, 'decay': 0.03}, {'lr': 0.1, 'decay': 0.001})
    >>> [round(option["lr"], 4) for option in options_beside({}, Training(hidden=64))]
    [0.0004, 0.002, 0.008]
    """
    linear = training.module is None and not training.hidden
    sgd = training.optimiser == "sgd" or (training.optimiser == "auto" and linear)
    steps = [{**option, "lr": option["lr"] * (1 if sgd else ADAM)} for option in OPTIONS]
    fixed = {name: given[name] for name in OPTIONS[0] if name in given}
    wanted = [{**option, **fixed} for option in steps]
    return tuple(option for place, option in enumerate(wanted) if option not in wanted[:place])


def _trace(train: Train, asked: Training, folds: int, stage: str) -> Floats:
    """(epochs,) the agreement after each epoch, mean of the folds."""
    traces = []
    for fold in range(folds):
        with _stage(f"{stage}, fold {fold + 1} of {folds}" if folds > 1 else stage):
            traces.append(train(replace(asked, fold=fold)).trace)
    least = min(len(trace) for trace in traces)
    if not least:
        raise ValueError(
            "this method reports no agreement after each epoch, so that its training cannot be "
            "tuned; leave tune out"
        )
    mean: Floats = np.mean([trace[:least] for trace in traces], axis=0)
    return np.nan_to_num(mean, nan=-np.inf)


@contextmanager
def _stage(words: str) -> Iterator[None]:
    """Within the block, the epochs that progress tells of are those of this stage."""
    listener = current().listener

    def inner(label: str, done: int, total: int | None) -> None:
        if listener is not None:
            listener(f"{label}  {words}" if label == "epochs" else label, done, total)

    with running(listener=None if listener is None else inner):
        yield
