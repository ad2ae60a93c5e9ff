"""Laws of learners that go through the training loop, and of features as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from tests.conformance.book import NothingToCheck, leaves_out, run, usual, world_of
from tests.conformance.records import PROBE
from tests.conformance.retold import arrays, same, unlabelled
from tests.worlds import D

from reliabel.core.catalogue import Entry
from reliabel.core.labels import Classes
from reliabel.core.run import running

FRESH = 7  # seed of the worlds that learners have not seen
_WATCHED: dict[Any, Watched] = {}  # (function, kind) -> what the loop did on the easy world
HUGE = 1e30


def without_loop(entry: Entry) -> bool:
    """Whether it needs no torch, so that it has no epochs and no networks."""
    return "torch" not in entry.extras


def without_training(entry: Entry) -> bool:
    """Whether it does not train by epochs as ``training`` says."""
    return without_loop(entry) or "training" not in entry.accepts


@dataclass
class Watched:
    """What the loop did in each training: rows held out, rows in batches, groups, whether rows
    without a label came too; and what each result said of the rows it learnt from.
    """

    held: list[Any] = field(default_factory=list)
    used: list[set[int]] = field(default_factory=list)
    groups: list[Any] = field(default_factory=list)
    unlabelled: bool = False
    said: list[tuple[Any, Any]] = field(default_factory=list)


@contextmanager
def watched() -> Iterator[Watched]:
    """Look over the loop's shoulder."""
    from reliabel.ops.torch import loop, recipe, table

    seen, held_out = Watched(), loop.held_out
    x, model, training = table.Table.x, recipe.Trained.model, loop._Training.__init__

    def on_held_out(labels: Any, rows: Any, how: Any, groups: Any, rng: Any) -> Any:
        held = held_out(labels, rows, how, groups, rng)
        seen.held.append(held)
        seen.used.append(set())
        seen.groups.append(groups)
        return held

    def on_x(self: Any, rows: Any, *, view: bool = False) -> Any:
        if view and seen.used:
            seen.used[-1].update(rows if isinstance(rows, range) else rows.tolist())
        return x(self, rows, view=view)

    def on_training(self: Any, mine: Any, *rest: Any) -> None:
        seen.unlabelled |= bool(mine.unlabelled)
        training(self, mine, *rest)

    def on_model(self: Any, **words: Any) -> Any:
        made = model(self, **words)
        seen.said.append((made, self.probs()))
        return made

    with ExitStack() as all_of:
        all_of.enter_context(patch.object(loop, "held_out", on_held_out))
        all_of.enter_context(patch.object(table.Table, "x", on_x))
        all_of.enter_context(patch.object(loop._Training, "__init__", on_training))
        all_of.enter_context(patch.object(recipe.Trained, "model", on_model))
        yield seen


@leaves_out(without_loop)
def law_goes_on_after_a_kill_to_the_same_answer(entry: Entry, kind: str) -> None:
    """Killed after the second epoch of a training, bit for bit; and it does go on, not begin
    again.
    """
    world, told = world_of(entry, kind), []

    def killed(label: str, done: int, total: int | None) -> None:
        if label == "epochs" and done == 2:
            raise _Killed

    def heard(label: str, done: int, total: int | None) -> None:
        told.append((label, done))

    with TemporaryDirectory() as folder:
        with pytest.raises(_Killed), running(folder=folder, seconds=0, listener=killed):
            run(entry, world)
        with running(folder=folder, seconds=0, listener=heard):
            again = run(entry, world)
    assert ("epochs", 2) in told, "no epoch was told of"
    assert next(done for label, done in told if label == "epochs") == 2, "it began again"
    assert same(again, usual(entry, kind)), "the killed run ends with another model"


@leaves_out(without_loop)
def law_held_out_rows_are_in_no_batch(entry: Entry, kind: str) -> None:
    """In each of its trainings; groups are held out whole."""
    seen = _watched(entry, kind)
    trainings = zip(seen.held, seen.used, seen.groups, strict=True)
    for held, used, groups in trainings:
        both = used & set(np.asarray(held).tolist())
        assert not both, f"{len(both)} of {len(held)} held-out rows were in batches: {both}"
        if groups is not None and len(held):
            split = set(groups[held]) & set(groups[sorted(used)])
            assert not split, f"groups in both parts: {split}"
    if not any(len(held) for held in seen.held):
        raise NothingToCheck("holds out no rows")


@leaves_out(without_loop)
def law_the_model_says_what_the_training_said(entry: Entry, kind: str) -> None:
    """Its predictions, the mean of all networks that judge, are those of the trained networks."""
    seen, x = _watched(entry, kind), world_of(entry, kind).evidence["features"]
    if not seen.said:
        raise NothingToCheck("makes its model without Trained.model")
    for model, said in seen.said:
        mine = model.predict(x).p
        assert np.abs(mine - said).max() < 1e-5, "the model says something else than its networks"


@leaves_out(without_training)
def law_dynamics_are_recorded_and_change_nothing(entry: Entry, kind: str) -> None:
    """A row an epoch and a column an item, NaN for items without a label; torch's and NumPy's own
    chance is as it was.
    """
    import torch

    world, before = world_of(entry, kind), (torch.get_rng_state(), _numpy_chance())
    with running(record=True):
        model = run(entry, world)
    assert torch.equal(torch.get_rng_state(), before[0]), "torch's own chance was used"
    assert np.array_equal(_numpy_chance(), before[1]), "NumPy's global chance was used"
    x = world.evidence["features"]
    plain = usual(entry, kind)
    assert same(model.predict(x), plain.predict(x)), "recording changes the model"
    if not isinstance(world.labels, Classes):
        raise NothingToCheck("dynamics are of labels of one class an item")
    assert model.dynamics is not None, "nothing was recorded, though the run asked for it"
    epochs, n = model.dynamics.margin.shape
    assert n == len(world.labels)
    assert epochs >= 1
    assert np.isfinite(model.dynamics.margin[:, world.labels.y >= 0]).all()
    late = model.dynamics.margin[-1]
    assert late[~world.wrong].mean() > late[world.wrong].mean(), "wrong labels have larger margins"


@leaves_out(without_training)
def law_any_torch_module_learns(entry: Entry, kind: str) -> None:
    """A small network with batch norm instead of the built-in head beats the class balance, too."""
    small, made = _small_network()
    world, fresh = world_of(entry, kind), world_of(entry, kind, FRESH)
    epochs = max(8, entry.small.get("epochs", 8))
    train = partial(run, entry, world, module=small, lr=0.02, epochs=epochs)
    model, refused = _refused(train, ValueError)
    if model is None:
        assert "module" in refused, f"a module is refused without naming it: {refused}"
        raise NothingToCheck("takes the built-in head alone")
    assert made, "the network was not asked for"
    right = (model.predict(fresh.evidence["features"]).p.argmax(1) == fresh.truth.y).mean()
    base = np.bincount(fresh.truth.y).max() / len(fresh.truth)
    assert right >= base + 0.1, f"accuracy {right:.3f}, the largest class alone {base:.3f}"


def law_huge_numbers_get_a_finite_model_or_a_sentence(entry: Entry, kind: str) -> None:
    """Features times 1e30."""
    world = world_of(entry, kind)
    x = world.evidence["features"] * HUGE
    scaled = replace(world, evidence={**world.evidence, "features": x})
    _finite_or_refused(partial(run, entry, scaled), x)


@leaves_out(without_loop)
def law_a_loss_that_is_no_number_ends_with_the_last_good_state(entry: Entry, kind: str) -> None:
    """In the second epoch of each training: the model is finite."""
    world = world_of(entry, kind)
    with _broken_in_the_second_epoch() as broken:
        model = run(entry, world)
    if not broken:
        raise NothingToCheck("trains for one epoch")
    _finite_or_refused(lambda: model, world.evidence["features"])


def law_unlabelled_rows_change_nothing(entry: Entry, kind: str) -> None:
    """Unless the recipe takes them: what their features are, in another order among them, makes no
    difference to the model.  (The scale of the features is that of all items.)
    """
    world = world_of(entry, kind)
    if not isinstance(world.labels, Classes):
        raise NothingToCheck("labels of this kind are never missing")
    some = np.arange(5, len(world.labels), 7)
    world = world.with_labels(unlabelled(world.labels, some))
    x = np.array(world.evidence["features"])
    x[some] = x[some[::-1]]
    moved = replace(world, evidence={**world.evidence, "features": x})
    if without_loop(entry):
        here, there = run(entry, world), run(entry, moved)
    else:
        with watched() as seen:
            here, there = run(entry, world), run(entry, moved)
        if seen.unlabelled:
            raise NothingToCheck("learns from rows without a label")
    assert same(here.predict(PROBE), there.predict(PROBE), tolerance=1e-3), (
        "rows without a label change the model"
    )


def law_features_may_lie_anyhow(entry: Entry, kind: str) -> None:
    """On disk, read-only, with negative strides: the same numbers are the same model."""
    world = world_of(entry, kind)
    x = np.ascontiguousarray(world.evidence["features"])
    with TemporaryDirectory() as folder:
        np.save(f"{folder}/x.npy", x)
        mapped = np.load(f"{folder}/x.npy", mmap_mode="r")
        back = np.ascontiguousarray(x[::-1])[::-1]
        for how, given in (("a memory map", mapped), ("negative strides", back)):
            other = replace(world, evidence={**world.evidence, "features": given})
            mine = run(entry, other).predict(x)
            assert same(mine, usual(entry, kind).predict(x), tolerance=1e-6), f"{how} matters"
        del mapped, other, given


def _watched(entry: Entry, kind: str) -> Watched:
    """What the loop did on the easy world, once for all laws that only look at it."""
    key = (entry.load(), kind)
    if key not in _WATCHED:
        with watched() as seen:
            run(entry, world_of(entry, kind))
        _WATCHED[key] = seen
    return _WATCHED[key]


def _refused(train: Callable[[], Any], *kinds: type[Exception]) -> tuple[Any, str]:
    """The model, or None and the sentence of the refusal."""
    try:
        with np.errstate(all="ignore"):
            return train(), ""
    except kinds as refused:
        return None, str(refused)


def _finite_or_refused(train: Callable[[], Any], features: Any) -> None:
    model, refused = _refused(train, ValueError, FloatingPointError)
    if model is None:
        assert len(refused.split()) >= 4, f"{refused!r} is no sentence"
        return
    assert np.isfinite(model.predict(features).p).all(), "the model predicts what is no number"
    floats = [part for part in arrays(model.labels) if part.dtype.kind == "f"]
    assert all(np.isfinite(part).all() for part in floats), "its labels hold what is no number"


@contextmanager
def _broken_in_the_second_epoch() -> Iterator[list[int]]:
    """Every loss of it is no number; the list has the batches that this befell."""
    from reliabel.ops.torch import loop

    step, broken = loop._Training._step, []

    def on_step(self: Any, batch: Any) -> Any:
        loss = step(self, batch)
        if batch.epoch != 1:
            return loss
        broken.append(batch.epoch)
        return loss * float("nan")

    with patch.object(loop._Training, "_step", on_step):
        yield broken


def _small_network() -> tuple[Callable[[], Any], list[Any]]:
    """What makes a network with batch norm, and the networks that it has made."""
    from torch import nn

    made: list[Any] = []

    def small() -> Any:
        layers = (nn.Linear(D, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 3))
        made.append(nn.Sequential(*layers))
        return made[-1]

    return small, made


def _numpy_chance() -> Any:
    return np.random.get_state()[1].copy()  # noqa: NPY002 (it must be left alone)


class _Killed(BaseException):
    """As a kill: nothing may catch it."""


LAWS = (
    law_goes_on_after_a_kill_to_the_same_answer,
    law_held_out_rows_are_in_no_batch,
    law_the_model_says_what_the_training_said,
    law_dynamics_are_recorded_and_change_nothing,
    law_any_torch_module_learns,
    law_huge_numbers_get_a_finite_model_or_a_sentence,
    law_a_loss_that_is_no_number_ends_with_the_last_good_state,
    law_unlabelled_rows_change_nothing,
    law_features_may_lie_anyhow,
)
