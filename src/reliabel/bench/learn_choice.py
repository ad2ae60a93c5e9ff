"""How a learner is run in the suite learn: with fixed options to the last epoch, and with options
and epoch chosen on held-out given labels and a refit on all rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reliabel.core.call import called
from reliabel.core.catalogue import Entry
from reliabel.core.labels import Labels
from reliabel.core.results import Model
from reliabel.core.training import Training

OPTIONS: tuple[Mapping[str, Any], ...] = (  # by name, since a hidden layer would take adamw
    {"lr": 0.01, "decay": 0.03, "optimiser": "sgd"},
    {"lr": 0.2, "decay": 0.001, "optimiser": "sgd"},
)


@dataclass(frozen=True)
class Tried:
    """An option, the epoch at which it agreed best with held-out given labels, and that
    agreement.
    """

    option: Mapping[str, Any]
    epoch: int
    agreement: float


@dataclass(frozen=True, eq=False)
class Learner:
    """A learner with what it learns from; calls differ in training alone."""

    entry: Entry
    labels: Labels
    evidence: Mapping[str, Any]
    words: Mapping[str, Any]  # options of the method's own
    seed: int = 0

    @property
    def trains(self) -> bool:
        """Whether it goes through epochs."""
        return "training" in self.entry.accepts

    def fitted(self, training: Training | None = None) -> Model:
        """The model of one training."""
        more = {"training": training} if self.trains and training is not None else {}
        made: Model = called(
            self.entry, self.labels, {**self.evidence, **more}, self.words, self.seed
        )
        return made

    def last(self, training: Training = Training()) -> Model:
        """All rows, fixed options, the last epoch."""
        return self.fitted(replace(training, hold_out=0.0, keep="last"))

    def tried(
        self,
        *,
        folds: int = 1,
        options: Sequence[Mapping[str, Any]] = OPTIONS,
        training: Training = Training(),
    ) -> list[Tried]:
        """What each option and its best epoch agree on over ``folds`` of three parts."""
        from reliabel.auto.choose import chosen

        choice = chosen(
            self.fitted, len(self.labels), training=training, options=options, most=folds
        )
        return [
            Tried({name: one[name] for name in options[0]}, one["epoch"], one["agreement"])
            for one in choice.tried
        ]

    def refitted(self, how: Tried, training: Training = Training()) -> Model:
        """All rows, to the epoch that was chosen."""
        return self.fitted(
            replace(training, hold_out=0.0, keep="last", stop=how.epoch, **how.option)
        )


def best(tried: Sequence[Tried]) -> Tried:
    """The highest agreement; ties go to the earlier epoch."""
    return max(tried, key=lambda one: (one.agreement, -one.epoch))
