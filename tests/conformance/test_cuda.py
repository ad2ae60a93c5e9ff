"""Laws of the training loop on a CUDA device, for every learner that goes through it; skipped where
torch finds none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from tests.conformance import book, training_laws
from tests.conformance.book import obey, pairs_of, parameters, run, world_of
from tests.conformance.test_learners import (
    FRESH,
    accuracy,
    law_a_saved_model_predicts_the_same,
    law_beats_the_class_balance,
)

from reliabel.core.catalogue import Entry

torch = pytest.importorskip("torch")
if not torch.cuda.is_available():
    pytest.skip("torch finds no CUDA device", allow_module_level=True)


@pytest.fixture(autouse=True)
def on_cuda(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whoever asks for the CPU gets CUDA; what was trained elsewhere is not looked at."""
    monkeypatch.setattr("reliabel.ops.torch.table.device_of", lambda _: torch.device("cuda"))
    before = dict(book._TRAINED)
    book._TRAINED.clear()
    book._TRAINED.update(_HERE)
    yield
    _HERE.update(book._TRAINED)
    book._TRAINED.clear()
    book._TRAINED.update(before)


_HERE: dict[Any, Any] = {}  # what was trained on CUDA


def as_good_as_on_the_cpu(entry: Entry, kind: str) -> None:
    """Within five points on items it has not seen: other sums, and other chance, are all that may
    differ.
    """
    fresh = world_of(entry, kind, FRESH)
    here = accuracy(book.usual(entry, kind), fresh)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("reliabel.ops.torch.table.device_of", torch.device)
        there = accuracy(run(entry, world_of(entry, kind)), fresh)
    assert abs(here - there) <= 0.05, f"accuracy {here:.3f} on CUDA, {there:.3f} on the CPU"


@training_laws.leaves_out(training_laws.without_loop)
def the_same_seed_gives_the_same_predictions(entry: Entry, kind: str) -> None:
    """To five decimals: sums on CUDA come in no fixed order."""
    x = world_of(entry, kind).evidence["features"]
    again = run(entry, world_of(entry, kind))
    assert np.abs(again.predict(x).p - book.usual(entry, kind).predict(x).p).max() < 1e-5


LAWS = (
    as_good_as_on_the_cpu,
    the_same_seed_gives_the_same_predictions,
    law_a_saved_model_predicts_the_same,
    law_beats_the_class_balance,
    training_laws.law_goes_on_after_a_kill_to_the_same_answer,
    training_laws.law_the_model_says_what_the_training_said,
    training_laws.law_any_torch_module_learns,
    training_laws.law_a_loss_that_is_no_number_ends_with_the_last_good_state,
    training_laws.law_dynamics_are_recorded_and_change_nothing,
)


@pytest.mark.parametrize(
    "pair",
    parameters(
        pair
        for pair in pairs_of("learn", {"Model": LAWS})
        if not training_laws.without_loop(pair.entry)
    ),
)
def test_learners_keep_the_law_on_cuda(pair, record_property):
    obey(pair, record_property)
