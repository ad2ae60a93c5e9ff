"""Which of two embedders describes these items better: the one from whose features the labels of
held-out items are predicted better, on a sample.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from reliabel.core.catalogue import Entry
from reliabel.core.labels import Floats, Ints
from reliabel.folders.fingerprint import fingerprint
from reliabel.prepare.preparation import Preparation, digests_of
from reliabel.prepare.probabilities import FOLDS, strata, target_of

SAMPLE = 1000  # items: more change no choice and cost as much as a small audit
ALIKE = 0.0005  # log losses that are written alike
CLASSES = 50  # of the commonest: what is fitted costs as much as it has classes
Vectors = Callable[[Entry, Ints], Floats]  # the features of these rows


def compared(work: Preparation, better: Entry, other: Entry, vectors: Vectors) -> tuple[Entry, str]:
    """The embedder with the lower log loss, and that in a sentence; ``better`` where the labels
    cannot tell.
    """
    names = [(*entry.also, entry.name)[0] for entry in (better, other)]
    rows, y, fold = _sample(work)
    if not len(rows):
        return better, (
            f"the labels are too few, or not of the kind, to compare it with {names[1]}"
        )
    loss = [_loss(vectors(entry, rows), y, fold) for entry in (better, other)]
    alike = abs(loss[0] - loss[1]) < ALIKE
    winner, beaten = (0, 1) if alike or loss[0] < loss[1] else (1, 0)
    return (better, other)[winner], (
        f"from its features the labels of held-out {better.reads}s are predicted "
        f"{'as well as' if alike else 'better than'} from those of {names[beaten]} "
        f"(log loss {loss[winner]:.3f} against {loss[beaten]:.3f}, {len(rows):,} {better.reads}s)"
    )


def comparable(work: Preparation) -> str:
    """A fingerprint of all that a comparison rests on beside the items."""
    target = target_of(work.data.labels)
    groups = work.evidence.get("groups")
    given = None if groups is None else np.asarray(groups).astype(str).tolist()
    return fingerprint(None if target is None else target.y, given, work.seed)


def _sample(work: Preparation) -> tuple[Ints, Ints, Ints]:
    """Rows of labelled items, their labels and folds; no rows where nothing can be held out."""
    from reliabel.ops.copies import same_texts
    from reliabel.ops.folds import fold_of

    none = np.array([], dtype=np.int64)
    target, rng = target_of(work.data.labels), work.rng("comparison")
    if target is None:
        return none, none, none
    y = _common(target.y, target.k)
    rows = np.flatnonzero(y >= 0 if y.ndim == 1 else (y >= 0).any(1))
    if len(rows) > SAMPLE:
        rows = np.sort(rng.choice(rows, SAMPLE, replace=False))
    y = y[rows]
    if len(np.unique(y[y >= 0])) < 2:
        return none, none, none
    groups = work.evidence.get("groups")
    if groups is not None:
        groups = np.unique(np.asarray(groups).astype(str)[rows], return_inverse=True)[1]
    items = work.evidence["items"]
    copies = same_texts([one.hex() for one in digests_of(work, items)])[rows]
    fold = fold_of(strata(y), folds=FOLDS, groups=groups, copies=copies, rng=rng)
    return (rows, y, fold) if fold.max() > 0 else (none, none, none)


def _common(y: Ints, k: int) -> Ints:
    """The labels of the commonest classes, numbered anew; the others, and those of classes that
    have one item, are taken for unknown.
    """
    if y.ndim == 2:
        return y[:, np.sort(np.argsort(-(y == 1).sum(0), kind="stable")[:CLASSES])]
    count = np.bincount(y[y >= 0], minlength=k)
    place = np.full(k + 1, -1)
    kept = np.argsort(-count, kind="stable")[:CLASSES]
    kept = np.sort(kept[count[kept] > 1])
    place[kept] = np.arange(len(kept))
    return place[y]


def _loss(features: Floats, y: Ints, fold: Ints) -> float:
    """Log loss of the classifier that ``prepare`` uses, each item predicted by a model that was
    fitted without it.
    """
    from reliabel.ops import logistic
    from reliabel.ops.feature_cleaning import cleaned
    from reliabel.ops.folds import out_of_fold

    x: Any = cleaned(features).features
    by = logistic.scale(x)
    k = int(y.max()) + 1 if y.ndim == 1 else y.shape[1]
    rng = np.random.default_rng(0)
    strength, _ = logistic.choose(x, y, fold == 0, by=by, rng=rng)
    probs = out_of_fold(
        lambda x, train: logistic.fit(x, train, strength=strength, by=by), x, y, k, fold
    ).astype(np.float64)
    given = probs[np.arange(len(y)), y] if y.ndim == 1 else np.where(y == 1, probs, 1 - probs)
    return float(-np.log(np.maximum(given[y >= 0], 1e-12)).mean())
