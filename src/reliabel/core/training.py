"""How a learner is to train: the one argument that all trained learners share.

The verb makes it from the user's words, so that epochs, batches and steps are not repeated in the
signature of every learner and can be tuned for any of them.  Needs no torch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from reliabel.core.short_repr import by_fields

OPTIMISERS = ("auto", "sgd", "adamw")
SCHEDULES = ("cosine", "constant")
KEEPS = ("best", "last")
REAL = int | float | np.integer | np.floating


@dataclass(frozen=True)
class Training:
    """How to train.  Raises ValueError for values that make no sense, in a sentence.

    epochs: what the schedule is made for.
    stop: end after so many of them; 0 goes through all (for a refit at an epoch chosen before).
    batch: rows of a batch, at most; small data get smaller ones, so that an epoch has 16 steps.
    optimiser: "sgd" with momentum, "adamw", or "auto": sgd for a linear head, adamw otherwise.
    lr: learning rate; 0 takes the optimiser's usual one.
    decay: weight decay.
    schedule: how the learning rate moves over the epochs, "cosine" or "constant".
    hidden: units of the hidden layer of the built-in head; 0 makes it linear.
    balance: share of the log class frequencies added to the logits in training (logit adjustment).
    hold_out: share of the labelled rows that pick the epoch; 0 holds out none and keeps the last.
    fold: which of the 1 / hold_out parts is held out, from 0.
    keep: the "best" epoch by the held-out rows, or the "last".
    device: where torch computes, "cpu" or "cuda".
    module: a function that makes a torch.nn.Module, instead of the built-in head.
    views: a function (batch, rng) -> batch that augments a batch.
    """

    epochs: int = 25
    stop: int = 0
    batch: int = 256
    optimiser: str = "auto"
    lr: float = 0.0
    decay: float = 0.003
    schedule: str = "cosine"
    hidden: int = 0
    balance: float = 0.0
    hold_out: float = 0.1
    fold: int = 0
    keep: str = "best"
    device: str = "cpu"
    module: Callable[[], Any] | None = None
    views: Callable[[Any, Any], Any] | None = None

    def __post_init__(self) -> None:
        for name, least in (("epochs", 1), ("stop", 0), ("batch", 1), ("hidden", 0), ("fold", 0)):
            _whole(name, getattr(self, name), least)
        for name, top in (("lr", None), ("decay", None), ("balance", 1.0), ("hold_out", 1.0)):
            _number(name, getattr(self, name), top)
        for name, words in (("optimiser", OPTIMISERS), ("schedule", SCHEDULES), ("keep", KEEPS)):
            _word(name, getattr(self, name), words)
        for name in ("module", "views"):
            _function(name, getattr(self, name))
        if not isinstance(self.device, str) or not self.device:
            raise ValueError(f"training: device must be text such as 'cpu', got {self.device!r}")
        if self.stop > self.epochs:
            raise ValueError(
                f"training: stop must be at most epochs ({self.epochs}), got {self.stop}"
            )
        if self.hold_out == 1 or self.fold >= self.folds:
            raise ValueError(
                f"training: hold_out must be below 1 and fold below its number of parts "
                f"({self.folds}), got hold_out {self.hold_out} and fold {self.fold}"
            )

    @property
    def folds(self) -> int:
        """How many parts of ``hold_out`` the labelled rows have."""
        return max(1, round(1 / self.hold_out)) if self.hold_out else 1

    def rows(self, n: int) -> int:
        """Rows of a batch for n rows to train on: small data still get 16 steps an epoch.

        >>> Training().rows(20_000), Training().rows(1_000), Training().rows(50)
        (256, 62, 8)
        """
        return max(1, min(self.batch, max(8, n // 16)))

    __repr__ = by_fields


FIELDS = tuple(field.name for field in fields(Training))


def split_options(
    given: Mapping[str, Any], training: Training | None = None
) -> tuple[dict[str, Any], Training]:
    """What people give by keyword, parted into a method's own options and the ``Training`` that
    the fields among them make of ``training``.

    >>> split_options({"epochs": 3, "momentum": 0.9})[0]
    {'momentum': 0.9}
    """
    options = {name: value for name, value in given.items() if name not in FIELDS}
    changes = {name: value for name, value in given.items() if name in FIELDS}
    return options, replace(training or Training(), **changes)


def _whole(name: str, value: Any, least: int) -> None:
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < least:
        raise ValueError(
            f"training: {name} must be a whole number from {least} up, got {value!r:.40}"
        )


def _number(name: str, value: Any, top: float | None) -> None:
    number = isinstance(value, REAL) and not isinstance(value, bool)
    if not number or not 0 <= value <= (top if top is not None else float("inf")):
        most = "" if top is None else f" to {top:g}"
        raise ValueError(
            f"training: {name} must be a number from 0{most or ' up'}, got {value!r:.40}"
        )


def _word(name: str, value: Any, words: tuple[str, ...]) -> None:
    if value not in words:
        known = ", ".join(words)
        raise ValueError(f"training: {name} must be one of {known}, got {value!r:.40}")


def _function(name: str, value: Any) -> None:
    if value is not None and not callable(value):
        raise ValueError(f"training: {name} must be a function or None, got {value!r:.40}")
