"""A model of the items, trained on the probabilistic labels of a consensus: it knows items that no
labelling function speaks of, and words that none of them looks for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.auto.aggregate import learner_of_functions
from reliabel.core.dataset import Dataset, Ids
from reliabel.core.labels import Floats, Ints, Soft
from reliabel.core.results import Consensus, Model
from reliabel.core.short_repr import by_fields
from reliabel.verbs.learn import learn
from reliabel.verbs.predict import predict

UNSURE = 0.05  # above the chance of a guess, below which a row teaches nothing (specification 2.11)
FEW = 20  # rows below which nothing is learnt


@dataclass(frozen=True, eq=False)
class EndModel:
    """The model, what it says of all items, on how many it was trained, by which learner, and
    whether on the likeliest class alone; and where the truth is known, what share is right by the
    consensus and by the model.
    """

    model: Model
    labels: Soft
    rows: int
    by: str = ""
    hard: bool = False
    known: int = 0
    right: tuple[float, float] = (float("nan"), float("nan"))

    __repr__ = by_fields


def end_model(
    consensus: Consensus[Soft],
    data: Dataset,
    *,
    gold: Ints | None = None,
    by: str = "auto",
    seed: int = 0,
    embed: str = "auto",
    folder: str | Path | None = None,
    hard: bool = False,
) -> EndModel:
    """Train on the items that were voted on, by their probabilities.

    data: the data set of votes, with the items.
    gold: (n,) known classes, -1 elsewhere, which the two are compared on; they are not learnt.
    by: the learner; "auto" is cross-entropy, and logistic regression of scikit-learn where PyTorch
        is not installed.  ``by`` of the result says which one ran.
    seed, embed, folder: as for ``learn``.
    hard: train on the likeliest class alone: more is right, and probabilities are worse.
    Raises ValueError where there are no items, or fewer than twenty of them can be learnt from.
    """
    items, votes = data.evidence.get("items"), data.labels
    if items is None:
        raise ValueError("an end model needs the items; give their column with text= or image=")
    p, k = consensus.labels.p, consensus.labels.k
    voted = np.bincount(votes.item, minlength=votes.n) > 0  # type: ignore[attr-defined]
    rows = np.flatnonzero(voted & (p.max(1) >= 1 / k + UNSURE))
    if len(rows) < FEW:
        raise ValueError(
            f"an end model needs {FEW} items with a vote and a likely class, got {len(rows)}; add "
            "labelling functions, or items"
        )
    soft = Soft(p[rows], consensus.labels.names)
    labels = soft.hard() if hard else soft
    source = {
        name: data.source[name] for name in ("path", "columns", "task") if name in data.source
    }
    whole = Dataset(labels, {"items": _taken(items, rows)}, Ids(_named(data.ids, rows)), source)
    by = learner_of_functions() if by == "auto" else by
    model = learn(whole, by=by, seed=seed, embed=embed, folder=folder)
    said = predict(model, Dataset(soft, {"items": items}, source=source)).labels
    found = EndModel(model, said, len(rows), str(model.info["by"]), hard)  # type: ignore[arg-type]
    if gold is None or not (gold >= 0).any():
        return found
    test = np.flatnonzero(gold >= 0)
    right = tuple(_right(one.p, gold, test) for one in (consensus.labels, found.labels))
    return replace(found, known=len(test), right=right)  # type: ignore[arg-type]


def _right(p: Floats, gold: Ints, rows: Ints) -> float:
    """Share of rows that is right; ties share the credit."""
    return float(Soft(p[rows]).credit()[np.arange(len(rows)), gold[rows]].mean())


def _taken(items: Any, rows: Ints) -> Any:
    if isinstance(items, Mapping):
        return {name: [values[i] for i in rows.tolist()] for name, values in items.items()}
    return [items[i] for i in rows.tolist()]


def _named(ids: Ids, rows: Ints) -> Any:
    return None if ids.items is None else [ids.items[i] for i in rows.tolist()]
