"""The draws of the claims that ask for more than wrong labels: a trusted part, votes, columns that
are there in training alone, a second view, calibration, two classes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench.learn_cells import Cell, Made, make, out_of_fold_probabilities
from reliabel.bench.learn_choice import Learner, best
from reliabel.bench.learn_claim_table import (
    CALIBRATED,
    PLAIN,
    TOLD,
    TRUSTED,
    TWO_CLASSES,
    TWO_VIEWS,
    VOTED,
    claims,
)
from reliabel.bench.learn_claim_votes import voted
from reliabel.bench.learn_methods import accuracy, evidence_for, one_thread
from reliabel.bench.metrics import calibration_error
from reliabel.bench.run import Row
from reliabel.core.catalogue import find
from reliabel.core.labels import Classes, Floats
from reliabel.core.training import Training

FIRST, VIEW = "cifar10n pretrained", "cifar10n patches"
SEEDS = 2
TRUSTED_SHARE = 0.1
CARELESS, WRONG = 0.4, {True: 0.7, False: 0.05}  # share of rows by careless people; who errs how
HIDDEN = 128  # units, where a method learns its hidden layer
WEDGES = ("a wedge", "another wedge")
Pair = tuple[float, float]


@dataclass(frozen=True)
class Draw:
    """One paired draw of a claim of ``method``, made by ``MAKERS[kind]``."""

    method: str
    kind: str
    cell: Cell

    @property
    def scenario(self) -> str:
        """The name of the draw in the table of the suite."""
        return f"{self.method}-{self.kind}-{self.cell.scenario}".replace(" ", "-")

    def rows(self, data: Path, cache: Path) -> list[Row]:
        """The values of the method and of its baseline, or what stopped them."""
        where = (self.scenario, self.cell.dataset, self.cell.noise, self.cell.seed, self.method)
        one_thread()
        try:
            ours, other = MAKERS[self.kind](self, data, cache)
        except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as wrong:
            return [Row(*where, "not run", f"{type(wrong).__name__}: {wrong}"[:300])]
        return [Row(*where, "ours", ours), Row(*where, "baseline", other)]


def draws(quick: bool) -> list[Draw]:
    """All draws of claims that are not read from the suite learn; a seed each with ``quick``."""
    kinds = {claim.says: kind for kind, claim in KINDS.items()}
    return [
        Draw(claim.method, kind, Cell(dataset, noise, seed))
        for seed in range(1 if quick else SEEDS)
        for claim in claims()
        if claim.draws and (kind := kinds[claim.says])
        for dataset, noise in WORLDS[kind]
    ]


@lru_cache(maxsize=1)
def _made(cell: Cell, data: Path, cache: Path) -> Made:
    return make(cell, data, cache)


def chosen(
    method: str, labels: Any, evidence: Mapping[str, Any], seed: int, test: Floats
) -> Floats:
    """What a method, chosen and refitted as in the suite learn, says of ``test``."""
    learner = Learner(find("learn", method), labels, evidence, {}, seed)
    model = learner.refitted(best(learner.tried())) if learner.trains else learner.fitted()
    said: Any = model.predict(test)
    return np.asarray(said.p)


def _both(draw: Draw, made: Made, more: Mapping[str, Any]) -> Pair:
    """The method with ``more``, and chosen cross-entropy without, on the same labels."""
    seed, test = draw.cell.seed, made.test_x
    given = evidence_for(find("learn", draw.method), made)
    ours = chosen(draw.method, made.labels, {**given, **more}, seed, test)
    plain = chosen(PLAIN, made.labels, given, seed, test)
    return accuracy(ours, made.test_y), accuracy(plain, made.test_y)


def _relabelled(made: Made, y: Any, seed: int) -> Made:
    """The cell with other labels, and probabilities that fit them."""
    labels = Classes(np.asarray(y, dtype=np.int64), made.labels.names)
    rng = np.random.default_rng([seed, 13])
    return replace(made, labels=labels, probs=out_of_fold_probabilities(labels, made.x, rng))


def _trusted(draw: Draw, data: Path, cache: Path) -> Pair:
    made = _made(draw.cell, data, cache)
    known = np.random.default_rng([draw.cell.seed, 17]).random(len(made.truth)) < TRUSTED_SHARE
    y = np.where(known, made.truth, made.labels.y)
    return _both(draw, _relabelled(made, y, draw.cell.seed), {"trusted": known})


def _told_who(draw: Draw, data: Path, cache: Path) -> Pair:
    """Ten people label a tenth each; four of them err in seven labels of ten, the others in one of
    twenty.  Who labelled a row is known in training.
    """
    made = _made(draw.cell, data, cache)
    rng = np.random.default_rng([draw.cell.seed, 19])
    who = rng.integers(0, 10, len(made.truth))
    chance = np.where(who < 10 * CARELESS, WRONG[True], WRONG[False])
    wrong = rng.random(len(who)) < chance
    other = (made.truth + rng.integers(1, made.labels.k, len(who))) % made.labels.k
    now = _relabelled(made, np.where(wrong, other, made.truth), draw.cell.seed)
    given = {"features": now.x, "probs": now.probs}
    told = {**given, "privileged": np.eye(10, dtype=np.float32)[who]}
    return _last(draw.method, now, told, draw), _last(PLAIN, now, given, draw)


def _last(method: str, made: Made, evidence: Mapping[str, Any], draw: Draw) -> float:
    """Accuracy at the last epoch with a hidden layer."""
    learner = Learner(find("learn", method), made.labels, evidence, {}, draw.cell.seed)
    said: Any = learner.last(Training(hidden=HIDDEN)).predict(made.test_x)
    return accuracy(np.asarray(said.p), made.test_y)


def _second_view(draw: Draw, data: Path, cache: Path) -> Pair:
    """Pictures by their patches, and by a pretrained network while training: the same rows, as
    both cells draw them by their seed.
    """
    other = _made(replace(draw.cell, dataset=FIRST), data, cache)
    made = make(draw.cell, data, cache)
    if not np.array_equal(other.truth, made.truth):
        raise ValueError("the two views hold different rows")
    return _both(draw, made, {"paired": other.x})


def _calibrated(draw: Draw, data: Path, cache: Path) -> Pair:
    """Calibration errors at the last epoch."""
    made = _made(draw.cell, data, cache)
    found = []
    for name in (draw.method, PLAIN):
        entry = find("learn", name)
        learner = Learner(entry, made.labels, evidence_for(entry, made), {}, draw.cell.seed)
        said: Any = learner.last().predict(made.test_x)
        p = np.asarray(said.p)
        found.append(calibration_error(p.max(1), p.argmax(1) == made.test_y))
    return found[0], found[1]


def _two_classes(draw: Draw, data: Path, cache: Path) -> Pair:
    """20,000 normal rows of 20 columns, parted by a plane; in a wedge on one side of it, with 16 %
    of the rows, four labels of ten are flipped.
    """
    rng = np.random.default_rng([draw.cell.seed, 23, WEDGES.index(draw.cell.noise)])
    normal, side = np.linalg.qr(rng.normal(size=(20, 2)))[0].T
    x, test = (rng.normal(size=(20_000, 20)).astype(np.float32) for _ in range(2))
    truth, test_y = ((rows @ normal > 0).astype(np.int64) for rows in (x, test))
    wedge = (x @ normal > 0) & (x @ side > 0.47)
    y = np.where(wedge & (rng.random(len(x)) < 0.4), 1 - truth, truth)
    labels = Classes(y, ("below", "above"))
    given = {"features": x, "probs": out_of_fold_probabilities(labels, x, rng)}
    ours, plain = (
        accuracy(chosen(name, labels, given, draw.cell.seed, test), test_y)
        for name in (draw.method, PLAIN)
    )
    return ours, plain


def _voted(draw: Draw, data: Path, cache: Path) -> Pair:
    world = voted(draw.cell, data, cache)
    given = {"features": world.x}
    ours = chosen(draw.method, world.votes, given, draw.cell.seed, world.test_x)
    plain = chosen(PLAIN, world.majority, given, draw.cell.seed, world.test_x)
    return accuracy(ours, world.test_y), accuracy(plain, world.test_y)


SIX = tuple((name, noise) for name in ("ag_news", FIRST) for noise in ("symmetric .5", "pair .3"))
KINDS = {
    "trusted": TRUSTED,
    "told": TOLD,
    "views": TWO_VIEWS,
    "calibration": CALIBRATED,
    "two classes": TWO_CLASSES,
    "votes": VOTED,
}
WORLDS: dict[str, tuple[tuple[str, str], ...]] = {
    "trusted": (*SIX, ("ag_news", "instance .4"), (FIRST, "people worst")),
    "told": (("ag_news", "clean"), (FIRST, "clean"), (VIEW, "clean")),
    "views": tuple((VIEW, noise) for noise in ("symmetric .5", "pair .3", "people worst")),
    "calibration": tuple(
        (n, kind) for n in ("ag_news", FIRST, VIEW) for kind in ("clean", "symmetric .2")
    ),
    "two classes": tuple(("generated", wedge) for wedge in WEDGES),
    "votes": (("labelme", "votes"), ("cifar10n votes", "votes")),
}
MAKERS: dict[str, Callable[[Draw, Path, Path], Pair]] = {
    "trusted": _trusted,
    "told": _told_who,
    "views": _second_view,
    "calibration": _calibrated,
    "two classes": _two_classes,
    "votes": _voted,
}
