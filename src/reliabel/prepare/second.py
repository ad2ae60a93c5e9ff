"""A second kind of evidence: probabilities and neighbours from other features of the same items.

P(wrong) joins it to the first where held-out fit says that it pays (``trust.joining``); nothing
else reads it.
"""

from __future__ import annotations

from typing import Any

from reliabel.core.labels import Classes, Ints
from reliabel.prepare.features import last_in_rank, make_features
from reliabel.prepare.neighbours import make_neighbours
from reliabel.prepare.preparation import Preparation
from reliabel.prepare.probabilities import accuracy, probabilities

# items beyond which the first evidence stands alone: the second takes as much memory again, and a
# judgement, not a measurement, says that so many labels teach one kind of features enough
MOST = 200_000


def make_second(work: Preparation, fold: Ints, search: str) -> dict[str, dict[str, Any]]:
    """Name of the embedder -> its features, (n, k) probs and, where the first evidence has them,
    neighbours; empty where these items have no other embedder, or it makes nothing of them, or
    there are more than ``MOST``.

    The second embedder is the one that needs no pretrained weights.  The folds are those of the
    first probabilities, so that no model has seen the label of an item that it speaks of.
    """
    labels, entry = work.data.labels, last_in_rank(work)
    if entry is None or not isinstance(labels, Classes) or _first(work) == entry.name:
        return {}
    if len(labels) > MOST:
        return {}
    aside = Preparation(work.data, work.store, work.seed, evidence=dict(work.evidence))
    aside.digests = work.digests
    del aside.evidence["features"]  # "probs" stay: items that are useless to it are no error
    make_features(aside, entry.name)
    features: Any = aside.evidence.get("features")
    if features is None:
        return {}
    made = probabilities(aside, features, labels, fold, "logistic")
    evidence = {"features": features, "probs": made["p"]}
    if "neighbours" in work.evidence:
        make_neighbours(aside, features, search)
        evidence["neighbours"] = aside.evidence["neighbours"]
    facts = {"model": made["name"], "accuracy": accuracy(made["p"], labels.y)}
    work.info["second"] = {"embedder": entry.name, **facts}
    return {entry.name: evidence}


def _first(work: Preparation) -> str:
    return str(work.info.get("embedder", "")).partition(" ")[0]
