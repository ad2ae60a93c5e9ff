"""The law book of learners; the laws of the training loop are in ``training_laws``."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from tests.conformance import training_laws
from tests.conformance.book import (
    NothingToCheck,
    obey,
    pairs_of,
    parameters,
    run,
    usual,
    world_of,
)
from tests.conformance.every import EVERY
from tests.conformance.records import items_in
from tests.conformance.retold import arrays, same
from tests.worlds import WORLDS, World

from reliabel.core.catalogue import Entry
from reliabel.core.labels import Classes, Soft, Votes
from reliabel.core.training import FIELDS
from reliabel.folders.model_folder import ModelCard, load_model, save_model
from reliabel.ops import logistic

FRESH = 7  # seed of the worlds that learners have not seen


def law_a_row_of_probabilities_an_item(entry: Entry, kind: str) -> None:
    """On items it has not seen, fewer than it learnt from."""
    world, fresh = world_of(entry, kind), world_of(entry, kind, FRESH, 50)
    predicted = usual(entry, kind).predict(fresh.evidence["features"])
    assert len(predicted) == 50, "one row an item"
    given = world.labels.labels if isinstance(world.labels, Votes) else world.labels
    assert predicted.names == given.names, "the classes are those of the labels"
    assert np.isfinite(predicted.p).all()
    assert ((predicted.p >= 0) & (predicted.p <= 1)).all()
    assert np.allclose(sums(predicted), 1, atol=1e-5), "rows sum to one"


def law_beats_the_class_balance(entry: Entry, kind: str) -> None:
    """By ten points, on items it has not seen, although one label in ten is wrong."""
    fresh = world_of(entry, kind, FRESH)
    mine = accuracy(usual(entry, kind), fresh)
    base = np.bincount(fresh.truth.y).max() / len(fresh.truth)
    assert mine >= base + 0.1, f"accuracy {mine:.3f}, the largest class alone {base:.3f}"


def law_close_to_the_plain_learner_on_clean_labels(entry: Entry, kind: str) -> None:
    """Within three points of logistic regression, over three draws without errors."""
    mine, plain = [], []
    for seed in range(3):
        world, fresh = world_of(entry, kind, seed), world_of(entry, kind, FRESH + seed)
        mine.append(accuracy(run(entry, world.with_labels(without_errors(world))), fresh))
        plain.append(plain_accuracy(kind, seed, len(fresh.truth)))
    assert np.mean(mine) >= np.mean(plain) - 0.03, (
        f"accuracy {np.mean(mine):.3f} on clean labels, logistic regression {np.mean(plain):.3f}"
    )


def law_a_saved_model_predicts_the_same(entry: Entry, kind: str) -> None:
    """Bit for bit, from JSON and arrays without pickle."""
    model, x = usual(entry, kind), world_of(entry, kind, FRESH).evidence["features"]
    with TemporaryDirectory() as folder:
        again, _ = load_model(save_model(model, ModelCard(entry.name), folder))
        pickles = sorted(path.name for path in Path(folder).rglob("*.pkl"))
    assert not pickles, f"the folder holds {pickles}"
    here, there = model.predict(x).p, again.predict(x).p
    assert here.dtype == there.dtype
    assert np.array_equal(here, there), "the saved model gives other probabilities"
    types = [[array.dtype for array in arrays(each)] for each in (model, again)]
    assert types[0] == types[1], "the saved model holds arrays of other types"
    assert same(again, model), "the saved model holds other values"


def law_options_do_not_collide_with_training(entry: Entry, kind: str) -> None:
    """So that a keyword is a method's own option or a field of Training, never both."""
    both = sorted(set(entry.options) & set(FIELDS))
    assert not both, f"options with the name of a field of Training: {both}"


def law_whole_numbers_of_any_width(entry: Entry, kind: str) -> None:
    """Labels in eight bits are the same labels."""
    world = world_of(entry, kind)
    x, here = world.evidence["features"], usual(entry, kind).predict(world.evidence["features"])
    there = run(entry, world.with_labels(narrow(world.labels))).predict(x)
    assert same(there, here), "labels of int8 give another model"


def law_the_relabelled_set_has_a_row_an_item(entry: Entry, kind: str) -> None:
    world = world_of(entry, kind)
    relabelled = usual(entry, kind).labels
    if relabelled is None:
        raise NothingToCheck("relabels nothing")
    assert len(relabelled) == items_in(world.labels), "one row an item, those without a label too"


def accuracy(model: Any, fresh: World) -> float:
    """Share of the items whose most probable class is the true one."""
    predicted = model.predict(fresh.evidence["features"])
    if not isinstance(predicted, Soft) or not isinstance(fresh.truth, Classes):
        raise LookupError(
            f"the book measures class predictions only, got {type(predicted).__name__}: add it"
        )
    return float((predicted.p.argmax(1) == fresh.truth.y).mean())


@lru_cache
def plain_accuracy(kind: str, seed: int, n: int) -> float:
    """Accuracy of logistic regression that learnt the truth of a world."""
    world, fresh = WORLDS[kind](seed), WORLDS[kind](FRESH + seed, n)
    fitted = logistic.fit(world.evidence["features"], world.truth.y)
    best = fitted.predict_proba(fresh.evidence["features"]).argmax(1)
    return float((best == fresh.truth.y).mean())


def narrow(labels: Any) -> Any:
    """The labels in eight bits."""
    if isinstance(labels, Votes):
        return replace(labels, labels=narrow(labels.labels))
    return replace(labels, y=labels.y.astype(np.int8))


def sums(predicted: Any) -> np.ndarray:
    """What each row adds up to, where rows are distributions."""
    return predicted.p.sum(1) if isinstance(predicted, Soft) else np.ones(len(predicted))


def without_errors(world: World) -> Any:
    """The truth of a world, in the kind of its labels."""
    if isinstance(world.labels, Soft):
        return Soft(np.eye(world.labels.k)[world.truth.y], world.labels.names)
    if isinstance(world.labels, Votes):
        return replace(world.labels, labels=world.truth.take(world.labels.item))
    return world.truth


BOOKS = {
    "Model": (
        *EVERY,
        law_a_row_of_probabilities_an_item,
        law_beats_the_class_balance,
        law_close_to_the_plain_learner_on_clean_labels,
        law_a_saved_model_predicts_the_same,
        law_options_do_not_collide_with_training,
        law_whole_numbers_of_any_width,
        law_the_relabelled_set_has_a_row_an_item,
        *training_laws.LAWS,
    )
}


@pytest.mark.parametrize("pair", parameters(pairs_of("learn", BOOKS)))
def test_learners_keep_the_law(pair, record_property):
    obey(pair, record_property)
