"""A training run with what its page and its text say of it: how well it agrees, what doubts there
are.

Of ``Model.info`` they read: epoch (that was kept), held_out (number of rows), loss (a number an
epoch), stopped (why it ended early), probe (agreement of the noise-ignorant probe), noise_matrix
(k, k), rate (share of wrong labels that the method reckons with), weight (n,) and kept (n,) of each
item, notes and warnings (sentences), seed, at and versions.  Where options were chosen by held-out
labels and all rows learnt from afterwards: agreement of the choice, folds, tried (a mapping an
option or method), why.  Each may be absent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePath
from typing import Any

import numpy as np

from reliabel.core.catalogue import Entry, catalogue
from reliabel.core.labels import Classes, Floats, Ints, Soft
from reliabel.core.results import Audit, Model
from reliabel.core.training import Training
from reliabel.reporters.shell import day, number, percent, several

PROBE = "the plain linear probe"


@dataclass(frozen=True, eq=False)
class TrainingRun:
    """A ``model`` that ``by`` trained, and ``audit``: the labels it was given, with findings for
    those that it changed (``core.corrections``); None where the given labels are not known.

    test: accuracy on labels that are known to be right, and their number.
    """

    model: Model
    by: str
    audit: Audit | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    training: Training | None = None
    embedder: Mapping[str, Any] | None = None
    test: tuple[float, int] | None = None

    @property
    def info(self) -> Mapping[str, Any]:
        """What the method and the verb say of the run."""
        return self.model.info

    @property
    def name(self) -> str:
        """The method in words."""
        return self.by.replace("_", " ")

    @cached_property
    def entry(self) -> Entry | None:
        """The method in the catalogue."""
        mine = (e for e in catalogue() if e.verb == "learn" and e.name == self.by)
        return next(mine, None)

    @cached_property
    def given(self) -> Classes | None:
        """The labels that it learnt from, where each item has one class."""
        labels = None if self.audit is None else self.audit.data.labels
        return labels if isinstance(labels, Classes) else None

    @cached_property
    def relabelled(self) -> Classes | Soft | None:
        """The labels as the method has them after training, where they can be compared."""
        mine = self.audit is not None and self.by in self.audit.opinions
        labels = self.model.labels
        return labels if mine and isinstance(labels, Classes | Soft) else None

    @cached_property
    def trace(self) -> Floats:
        """Agreement with the held-out labels after each epoch."""
        return np.asarray(self.model.trace, dtype=np.float64).ravel()

    @cached_property
    def loss(self) -> Floats:
        """The training loss of each epoch."""
        return np.asarray(self.info.get("loss", ()), dtype=np.float64).ravel()

    @cached_property
    def epochs(self) -> int:
        """How many epochs were trained."""
        return max(len(self.trace), len(self.loss))

    @cached_property
    def epoch(self) -> int:
        """The epoch that was kept, from 1; 0 where there is none."""
        told = self.info.get("epoch")
        return int(told) if told and 0 < int(told) <= self.epochs else 0

    @cached_property
    def chosen(self) -> bool:
        """Whether held-out rows chose how to train, and all rows were learnt from afterwards."""
        told = self.info.get("agreement")
        return told is not None and not self._held_out() and float(told) == float(told)

    @cached_property
    def held(self) -> int:
        """How many rows were held out, 0 also where their number is not known."""
        if not self.chosen:
            return self._held_out()
        return int(self.sizes.sum()) if int(self.info.get("folds", 1)) > 1 else 0

    def _held_out(self) -> int:
        told = self.info.get("held_out", 0)
        return int(told) if np.ndim(told) == 0 else len(told)

    @cached_property
    def shares(self) -> bool:
        """Whether the trace is a share of the held-out labels, and no likelihood or error."""
        told = [float(self.info["agreement"])] if self.chosen else []
        known = np.r_[self.trace[np.isfinite(self.trace)], told]
        classes = self.audit is None or self.given is not None
        return bool(len(known)) and classes and bool((known > -0.01).all() and (known < 1.01).all())

    @cached_property
    def agreement(self) -> float:
        """Agreement at the epoch that was kept; NaN where no row was held out."""
        at = self.epoch - 1
        if self.chosen:
            value = float(self.info["agreement"])
        elif self.held and 0 <= at < len(self.trace):
            value = float(self.trace[at])
        else:
            return float("nan")
        return min(max(value, 0.0), 1.0) if self.shares else value

    @cached_property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's 95 % interval of the agreement."""
        from reliabel.ops.agreement import wilson

        if not self.shares or not self.held or not np.isfinite(self.agreement):
            return None
        hits, n = np.array(self.agreement * self.held), np.array(float(self.held))
        low, high = wilson(hits, n)
        return float(low), float(high)

    @cached_property
    def probe(self) -> float:
        """Agreement of the noise-ignorant probe; NaN where it is not known."""
        told = self.info.get("probe")
        told = told.get("agreement") if isinstance(told, Mapping) else told
        itself = not self.epochs and told == self.info.get("agreement")
        return float("nan") if told is None or itself else float(told)

    @cached_property
    def matrix(self) -> Floats | None:
        """(k, k) chance of a given label (column) under a true one (row), as the method has it."""
        told = self.info.get("noise_matrix")
        k = len(self.names)
        if told is None or np.shape(told) != (k, k):
            return None
        return np.asarray(told, dtype=np.float64)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The classes."""
        labels = self.given or self.model.labels
        known: Sequence[str] = getattr(labels, "names", ()) or getattr(
            self.model.predict, "names", ()
        )
        return tuple(known)

    @cached_property
    def sizes(self) -> Ints:
        """(k,) given labels of each class."""
        if self.given is None:
            return np.zeros(0, dtype=np.int64)
        return np.bincount(self.given.y[self.given.y >= 0], minlength=self.given.k)

    @cached_property
    def changed(self) -> int:
        """How many labels the method changed or left out."""
        return 0 if self.audit is None else len(self.audit.findings)


def headline(run: TrainingRun) -> str:
    """The answer in one sentence."""
    held = several(run.held, "held-out label") if run.held else "held-out labels"
    if np.isfinite(run.agreement) and not run.shares:
        value = number(run.agreement)
        return f"{_capital(run.name)} meets {held} by {value}, where higher is better"
    if np.isfinite(run.agreement):
        beside = f"; {PROBE} with {points(run.probe)}" if run.probe == run.probe else ""
        of = f", epoch {run.epoch} of {run.epochs}," if run.epochs > 1 else ""
        return f"{_capital(run.name)}{of} agrees with {points(run.agreement)} of {held}{beside}"
    rows = int(run.sizes.sum())
    on = f" on {several(rows, 'label')}" if rows else ""
    for_ = f" for {several(run.epochs, 'epoch')}" if run.epochs else ""
    return f"{_capital(run.name)} was trained{on}{for_}"


def condition(run: TrainingRun) -> str:
    """What that number rests on, and what it is not."""
    lines = []
    if run.interval is not None:
        low, high = (points(end).removesuffix(" %") for end in run.interval)
        lines.append(
            f"{low} to {high} % (95 % interval). Held-out labels are as noisy as the others: a "
            "perfect model agrees with those that are right, and no more."
        )
    elif np.isfinite(run.agreement) and run.shares:
        lines.append(
            "Held-out labels are as noisy as the others: a perfect model agrees with those that "
            "are right, and no more."
        )
    elif not np.isfinite(run.agreement):
        lines.append("No row was held out, so nothing here says how good it is.")
    if run.test is not None:
        right, n = run.test
        lines.append(f"It is right on {points(right)} of {several(n, 'test label')}.")
    return " ".join(lines)


def kept(run: TrainingRun) -> str:
    """Which epoch was kept and why, "" for methods without epochs."""
    if not run.epoch:
        return ""
    of = f"epoch {run.epoch} of {run.epochs}"
    if run.chosen:
        return f"{of}, chosen by held-out labels; then learnt from all"
    if run.held and (run.training is None or run.training.keep == "best"):
        return f"{of}, where held-out labels were met best"
    return f"{of}, the last" if run.epoch == run.epochs else of


def class_now(run: TrainingRun) -> Ints:
    """(n,) the class of each labelled item after training, -1 = left out or given none."""
    given = run.given
    assert given is not None
    said: Any = None if run.audit is None else run.audit.opinions.get(run.by)
    if said is None:
        return np.asarray(given.y, dtype=np.int64)
    return np.where(said.flag, said.suggest.y, given.y).astype(np.int64)


def source(run: TrainingRun) -> str:
    """The name of what it was trained on."""
    path = None if run.audit is None else run.audit.data.source.get("path")
    return PurePath(str(path)).name if path else run.name


def stamp(run: TrainingRun) -> str:
    """When, by which version, with which seed."""
    info = run.info
    version = (info.get("versions") or {}).get("reliabel")
    parts = [
        f"trained {day(info['at'])}" if info.get("at") else "trained",
        f"reliabel {version}" if version else "",
        f"seed {info['seed']}" if "seed" in info else "",
    ]
    return " · ".join(part for part in parts if part)


def points(share: float) -> str:
    """A share in percent to a tenth of a point.

    >>> points(0.8134), points(1.0), points(float("nan"))
    ('81.3 %', '100 %', '?')
    """
    if share != share:
        return "?"
    return percent(share) if share in (0.0, 1.0) else f"{100 * share:.1f} %"


def _capital(line: str) -> str:
    return line[:1].upper() + line[1:]
