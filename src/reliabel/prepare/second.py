"""A second table of out-of-fold probabilities, from other features of the same items.

P(wrong) joins it to the first where held-out fit says that it pays (``trust.joining``); nothing
else reads it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.core.labels import Classes, Floats, Ints
from reliabel.prepare.features import last_in_rank, make_features
from reliabel.prepare.preparation import Preparation
from reliabel.prepare.probabilities import accuracy, probabilities


def make_second(work: Preparation, fold: Ints) -> dict[str, Floats]:
    """The name of the embedder and the logarithm of its (n, k) probabilities; empty where there is
    no other embedder for these items, or where it makes nothing of them.

    The second embedder is the one that needs no pretrained weights; the folds are those of the
    first table, so that neither has seen the label of an item.
    """
    labels, entry = work.data.labels, last_in_rank(work)
    if entry is None or not isinstance(labels, Classes) or _first(work) == entry.name:
        return {}
    aside = Preparation(work.data, work.store, work.seed, evidence=dict(work.evidence))
    aside.digests = work.digests
    del aside.evidence["features"]  # "probs" stay: items that are useless to it are no error
    make_features(aside, entry.name)
    features: Any = aside.evidence.get("features")
    if features is None:
        return {}
    made = probabilities(aside, features, labels, fold, "logistic")
    work.info["second"] = {
        "embedder": entry.name,
        "model": made["name"],
        "accuracy": accuracy(made["p"], labels.y),
    }
    return {entry.name: np.log(np.maximum(made["p"], 1e-5))}


def _first(work: Preparation) -> str:
    return str(work.info.get("embedder", "")).partition(" ")[0]
