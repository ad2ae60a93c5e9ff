"""Features and labels of all items as a training reads them: by row, in memory or from disk."""

from __future__ import annotations

import warnings
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor, nn

from reliabel.core.labels import Bools, Classes, Ints, MultiLabel, Votes
from reliabel.core.training import Training
from reliabel.ops.folds import fold_of

Rows: TypeAlias = Any  # a tensor of row numbers, or a range
NUMBERS = 2**21  # numbers that are looked at together without gradients
FEWEST, MOST = 64, 4096  # rows of such a block
FEW = 20  # held-out rows below which they can pick no epoch
NOISE = 0.07  # share of the difference of two other rows that makes another view of plain features


class Table:
    """Rows of the features as float32 tensors, and the targets; n items, k classes.

    Arrays in memory are shared, not copied, and moved to another device once; memory maps are read
    a batch at a time.
    """

    def __init__(self, features: Any, labels: Any, training: Training, rng: Generator) -> None:
        self.features, self.views, self.rng = features, training.views, rng
        self.device = device_of(training.device)
        self.n, self.k = len(features), class_count(labels)
        self.y = target_of(labels, self.n).to(self.device)
        numbers = max(1, int(np.prod(features.shape[1:])))
        self.block = int(np.clip(NUMBERS // numbers, FEWEST, MOST))
        self.whole = _in_memory(features)
        if self.whole is not None and self.device.type != "cpu":
            self.whole = self.whole.to(self.device)

    def x(self, rows: Rows, *, view: bool = False) -> Tensor:
        """(b, ...) these rows; ``view``: augmented, where the user said how."""
        if self.whole is not None:
            found = self.whole[_slice(rows)] if isinstance(rows, range) else self.whole[rows]
            x = found.float()
        else:
            place = _slice(rows) if isinstance(rows, range) else rows.cpu().numpy()
            part = np.ascontiguousarray(self.features[place], dtype=np.float32)
            x = torch.from_numpy(part).to(self.device)
        return self.views(x, self.rng) if view and self.views is not None else x

    def other_view(self, rows: Rows) -> Tensor:
        """Another view of the rows: by the user's augmentation; plain features gain noise with the
        covariance of the data; else the rows themselves.
        """
        x = self.x(rows, view=True)
        if self.views is not None or x.ndim != 2:
            return x
        one = torch.randperm(len(x), device=x.device)
        two = torch.randperm(len(x), device=x.device)
        return x + NOISE * (x[one] - x[two])

    def blocks(self, rows: Rows | None = None) -> list[Rows]:
        """The rows (all, if not said) cut into blocks that are looked at together."""
        every: Rows = range(self.n) if rows is None else rows
        return [every[start : start + self.block] for start in range(0, len(every), self.block)]


def device_of(name: str) -> torch.device:
    """The device of this name.  Raises ValueError where torch cannot compute on it."""
    try:
        device = torch.device(name)
        torch.zeros((), device=device)
    except (RuntimeError, AssertionError, ImportError) as wrong:
        why = str(wrong).splitlines()[0]
        raise ValueError(f"training: torch cannot compute on device {name!r}: {why}") from wrong
    return device


def class_count(labels: Any) -> int:
    """Number of outputs of a network for these labels."""
    return int(labels.labels.k if isinstance(labels, Votes) else labels.k)


def class_names(labels: Any) -> tuple[str, ...]:
    """Names of the classes; those of what was voted, for votes."""
    names: tuple[str, ...] = (labels.labels if isinstance(labels, Votes) else labels).names
    return names


def questions(labels: Any) -> bool:
    """Whether each class is a yes/no question of its own; a single class is one, too."""
    return isinstance(labels, MultiLabel) or class_count(labels) == 1


def squashed(logits: Tensor, yes_no: bool) -> Tensor:
    """(b, k) probabilities: the sigmoid of each logit, or the softmax of each row."""
    return logits.sigmoid() if yes_no else logits.softmax(1)


def target_of(labels: Any, n: int) -> Tensor:
    """What a batch has as its target: classes (n,), or a row an item; zeros where the recipe itself
    knows the labels (votes, bags).
    """
    for name in ("y", "p", "s"):
        value = getattr(labels, name, None)
        if isinstance(value, np.ndarray) and len(value) == n:
            return torch.as_tensor(value.astype(np.int64) if value.dtype.kind in "iu" else value)
    return torch.zeros(n, dtype=torch.long)


def labelled(labels: Any, rows: Ints) -> Bools:
    """Which of the rows have a label, a vote or a candidate at all."""
    if isinstance(labels, Votes):
        return np.asarray(np.bincount(labels.item, minlength=labels.n)[rows] > 0)
    y, s = getattr(labels, "y", None), getattr(labels, "s", None)
    if y is not None:
        known = y[rows] >= 0
        return np.asarray(known if known.ndim == 1 else known.any(1))
    return np.asarray(s[rows].any(1)) if s is not None else np.ones(len(rows), dtype=bool)


def held_out(
    labels: Any, rows: Ints, training: Training, groups: Ints | None, rng: Generator
) -> Ints:
    """The rows that pick the epoch: one fold, every class alike, groups whole.

    None where they would be fewer than 20.  A class keeps at least one row in training.
    """
    share = training.hold_out
    if share <= 0 or len(rows) * share < FEW:
        return rows[:0]
    y = labels.y[rows] if isinstance(labels, Classes) else np.zeros(len(rows), dtype=np.int64)
    mine = None if groups is None else groups[rows]
    fold = fold_of(y, folds=max(2, training.folds), groups=mine, rng=rng)
    held = fold == training.fold
    left = np.bincount(y[~held] + 1, minlength=int(y.max()) + 2)
    chosen: Ints = rows[held & (left[y + 1] > 0)]
    return chosen


def even_target(y: Tensor, k: int) -> Tensor:
    """(b, k) the targets as distributions; even where the class is unknown (-1)."""
    if y.ndim == 2:
        return y.float()
    known = nn.functional.one_hot(y.clamp_min(0), k).float()
    return torch.where((y >= 0)[:, None], known, 1 / k)


def _in_memory(features: Any) -> Tensor | None:
    """The features as a tensor that shares their memory; None where that cannot be."""
    plain = isinstance(features, np.ndarray) and not isinstance(features, np.memmap)
    if not plain or not features.size or min(features.strides) <= 0 or not features.dtype.isnative:
        return None
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*not writable.*")  # they are only read
        return torch.as_tensor(features)


def _slice(rows: range) -> slice:
    return slice(rows.start, rows.stop)
