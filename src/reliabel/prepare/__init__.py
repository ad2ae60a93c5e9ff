"""From what a data set holds to the evidence that is asked for: features, out-of-fold
probabilities, neighbours, training dynamics.

Each piece is made once, kept by the content it was made from, and named in ``info``; what had to be
guessed or mended is a sentence in ``warnings``.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset
from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes, Ints
from reliabel.core.short_repr import by_fields
from reliabel.folders.evidence_store import Store
from reliabel.prepare.dynamics import make_dynamics
from reliabel.prepare.features import embedder, make_features, probe
from reliabel.prepare.neighbours import make_neighbours, places
from reliabel.prepare.preparation import MADE, Preparation, items_in
from reliabel.prepare.probabilities import FOLDS, copies_of, make_probabilities


@dataclass(frozen=True, eq=False)
class Prepared:
    """The data set with its evidence filled, what was made and how, and what people should know.

    ``fold`` (n,) is the fold whose model gave each row of the probabilities, None where they were
    given; ``copies`` (n,) names the first exact copy of each item (itself where there is none),
    None where copies cannot be told.
    """

    data: Dataset
    info: dict[str, Any]
    warnings: list[str]
    fold: Ints | None = None
    copies: Ints | None = None

    __repr__ = by_fields


def prepare(
    data: Dataset,
    needs: frozenset[str],
    *,
    embed: str = "auto",
    model: Any = "auto",
    store: Store | None = None,
    seed: int = 0,
) -> Prepared:
    """The data set with the evidence that ``needs`` names, as far as it can be made of what is
    there.

    embed: auto, the name of an embedder (tfidf, minilm, patches, table), a sentence-transformers
        folder, or a timm backbone for pictures.
    model: auto, logistic, the class name of a scikit-learn classifier, or an estimator object.
    Raises ValueError for unknown names; evidence that cannot be made is left out (the caller says
    who lacks it).
    """
    from reliabel.ops.feature_cleaning import odd_probabilities

    work = Preparation(data, store or Store(), seed, evidence=dict(data.evidence))
    asked = {name for name in needs & MADE if work.evidence.get(name) is None}
    if "probs" in work.evidence:
        work.info["model"] = {"name": "given"}
        if isinstance(data.labels, Classes):
            work.warnings += odd_probabilities(data.labels.y, work.evidence["probs"])
    if asked or ("features" in needs and "features" in work.evidence):
        with work.timed("features"):
            make_features(work, embed)
    fold, copies = None, None
    features = work.evidence.get("features")
    if features is not None and asked | needs & {"probs"} and getattr(features, "ndim", 0) == 2:
        own = len(features) == items_in(data.labels)  # of items, not of units within them
        if own and "probs" in needs:
            copies = copies_of(work, features)
        if own and "probs" in asked:
            with work.timed("probs"):
                fold = make_probabilities(work, features, copies, model)
        if "neighbours" in asked and len(features) > 1:
            with work.timed("neighbours"):
                make_neighbours(work, features)
        if "dynamics" in asked and isinstance(data.labels, Classes):
            with work.timed("dynamics"):
                make_dynamics(work, features)
    if "neighbours" not in asked and isinstance(work.evidence.get("neighbours"), Neighbours):
        work.info["neighbours"] = {
            "method": "given",
            "k": int(work.evidence["neighbours"].index.shape[1]),
        }
    return Prepared(replace(data, evidence=work.evidence), work.info, work.warnings, fold, copies)


def estimate(
    data: Dataset, needs: frozenset[str] = MADE, *, embed: str = "auto", model: Any = "auto"
) -> list[dict[str, Any]]:
    """What making the missing evidence would cost: piece, rows, seconds and MiB, from short probes;
    nothing is kept.
    """
    n, evidence, pieces = items_in(data.labels), data.evidence, []
    d = int(evidence["features"].shape[1]) if evidence.get("features") is not None else 256
    if evidence.get("features") is None and evidence.get("items") is not None and needs & MADE:
        work = Preparation(data, Store(), 0, evidence=dict(evidence))
        entry, options, why = embedder(work, embed)
        d = entry.width
        seconds = probe(entry, options, evidence["items"], n)
        pieces.append(
            {
                "piece": f"features: {entry.name}" + (f" ({why})" if why else ""),
                "rows": n,
                "seconds": seconds,
                "mib": n * d * 4 / 2**20 + 200,
            }
        )
    speed = _speed()
    k = int(getattr(data.labels, "k", 0) or getattr(getattr(data.labels, "labels", None), "k", 2))
    if evidence.get("probs") is None and "probs" in needs and k > 1:
        fits = 9 if model in ("auto", "logistic") else FOLDS
        pieces.append(
            {
                "piece": f"probs: {model}, {FOLDS} folds",
                "rows": n,
                "seconds": fits * 65 * 4 * n * d * k / speed,
                "mib": n * k * 4 / 2**20 + 64,
            }
        )
    if evidence.get("neighbours") is None and "neighbours" in needs and n > 1:
        j = places(n)
        pieces.append(
            {
                "piece": f"neighbours: {j} each",
                "rows": n,
                "seconds": 4 * n * n * d / speed,
                "mib": n * j * 12 / 2**20 + 2 * n * d * 4 / 2**20,
            }
        )
    return pieces


def _speed() -> float:
    """Floating-point operations a second of a matrix product here."""
    a, b = np.ones((1024, 256), dtype=np.float32), np.ones((256, 2048), dtype=np.float32)
    a @ b
    started = time.perf_counter()
    for _ in range(5):
        a @ b
    return 5 * 2 * 1024 * 256 * 2048 / max(time.perf_counter() - started, 1e-9)
