"""Trainings made by hand, for the tests of their page."""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.core.corrections import corrections
from reliabel.core.dataset import Dataset, Ids
from reliabel.core.evidence import Dynamics
from reliabel.core.labels import Classes, Soft
from reliabel.core.results import Model
from reliabel.core.training import Training
from reliabel.ops.heads import Heads
from reliabel.reporters.training_run import TrainingRun

NAMES = ("delivery", "billing", "technical", "account")


def data_and_truth(n: int, k: int, seed: int, names: tuple[str, ...]) -> tuple[Dataset, Any]:
    """Texts of which a fifth has a wrong label, and the right ones."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, k, n)
    y = np.where(rng.random(n) < 0.2, (truth + rng.integers(1, k, n)) % k, truth)
    items = [f"message {i}: the parcel of the {names[c]} desk" for i, c in enumerate(truth)]
    ids = Ids(tuple(f"m{i}" for i in range(n)))
    source = {"path": "/home/anna/tickets.csv", "task": "text"}
    return Dataset(Classes(y, names), {"items": items}, ids, source), truth


def a_model(
    data: Dataset,
    truth: Any,
    *,
    epochs: int = 12,
    dynamics: bool = True,
    seed: int = 0,
    **info: Any,
) -> Model:
    """A model that found most of the wrong labels, best at epoch 5."""
    rng = np.random.default_rng(seed)
    labels: Any = data.labels
    n, k = len(truth), labels.k
    p = np.exp(rng.normal(size=(n, k)) + 4 * np.eye(k)[truth])
    epoch = np.arange(1, epochs + 1)
    seen = rng.random((epochs, n)) < np.where(labels.y == truth, 0.9, 0.05 * epoch[:, None])
    record = Dynamics(np.where(seen, 1.0, -1.0), np.where(seen, 0.8, 0.2), seen)
    predict = Heads((((np.zeros((3, k)), np.zeros(k)),),), np.zeros(3), 1.0, labels.names)
    facts = {"epoch": 5, "held_out": n // 4, "loss": 2.0 / epoch, "probe": 0.71, "seed": 0}
    trace = 0.8 - 0.01 * np.abs(epoch - 5.0)
    soft = Soft(p / p.sum(1, keepdims=True), labels.names)
    return Model(predict, soft, record if dynamics else None, trace, facts | info)


def a_run(
    n: int = 400,
    k: int = 4,
    *,
    names: tuple[str, ...] = (),
    by: str = "guest_method",
    test: tuple[float, int] | None = None,
    **parts: Any,
) -> TrainingRun:
    """A training with everything that its page can show."""
    data, truth = data_and_truth(n, k, 0, names or NAMES[:k])
    model = a_model(data, truth, **parts)
    audit = corrections(model, data, by)
    return TrainingRun(model, by, audit, {"strength": 3.0}, Training(epochs=12), None, test)
