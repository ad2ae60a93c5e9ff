"""Cross-validation folds and out-of-fold probabilities."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.special import softmax

from reliabel.core.labels import Floats, Ints
from reliabel.core.run import Rated, current, in_place, tell
from reliabel.ops.chunks import constant, cut, spans

FLOOR = 1e-6  # probability of a class that no training item has
MANY = 24  # blocks of rows from which sums over them have work for all workers
PASSES = 65  # over the rows that a fit is taken for
# (features, y with -1 for rows that are not trained on) -> a model with ``classes_`` and
# ``predict_proba`` or ``decision_function``
Fit = Callable[[Any, Ints], Any]


def fold_of(
    y: Ints,
    *,
    folds: int = 5,
    groups: Ints | None = None,
    copies: Ints | None = None,
    rng: np.random.Generator,
) -> Ints:
    """(n,) the fold of each item: stratified by class, items of one group or copy id in one fold.

    groups, copies: (n,) ids; -1 belongs to no group.  Unlabelled items are stratified like a class
    of their own.  There are fewer folds if there are fewer items (or groups) than ``folds``.

    >>> fold_of(np.array([0, 0, 0, 0, 1, 1, -1]), folds=2, rng=np.random.default_rng(0)).tolist()
    [0, 1, 0, 1, 1, 0, 1]
    """
    n = len(y)
    if folds < 2:
        raise ValueError(
            f"folds must be at least 2, got {folds}: each item is predicted by a model that was "
            "not trained on it"
        )
    kind, code = np.unique(np.asarray(y), return_inverse=True)
    bundle, size = _bundles(n, groups, copies)
    folds = max(1, min(folds, len(size)))
    fold = np.full(n, -1, dtype=np.int64)
    held = np.zeros((folds, len(kind)))
    _place_bundles(fold, held, bundle, size, code, rng)
    for c in np.argsort(np.bincount(code, minlength=len(kind)), kind="stable"):
        free = rng.permutation(np.flatnonzero((code == c) & (fold < 0)))
        slots = _level(held[:, c], held.sum(1), len(free), rng)
        fold[free] = slots
        held[:, c] += np.bincount(slots, minlength=folds)
    return fold


def out_of_fold(
    fit: Fit, features: Any, y: Ints, k: int, fold: Ints, *, by_sums: bool = False
) -> Floats:
    """(n, k) float32 probabilities of each item by a model fitted on the other folds.

    Rows sum to one; if ``y`` is (n, k), each value is in [0, 1] instead.  Unlabelled items (-1) are
    never trained on but get probabilities.  A class that a training part lacks gets a tiny floor.
    Each fold is one block of work; by_sums: but where there are MANY blocks of rows, a fit that is
    made of sums over them has the workers for itself.
    """
    probs = np.empty((len(y), k), dtype=np.float32)
    features, y, fold = constant(features), constant(y), constant(fold)
    folds = np.unique(fold).tolist()
    done = [0]

    def work(f: int) -> tuple[int, Floats]:
        return f, _of_fold(fit, features, y, k, fold, f)

    def keep(found: tuple[int, Floats]) -> None:
        probs[fold == found[0]] = found[1]
        done[0] += 1
        tell("probabilities", done[0], len(folds))

    tell("probabilities", 0, len(folds))
    many = by_sums and len(cut(features, k=max(k, features.shape[1]))) >= MANY
    share = in_place if many else current().executor
    share(Rated(work, PASSES * 4.0 * len(y) * features.shape[1] * k), folds, keep)
    return probs


def _of_fold(fit: Fit, features: Any, y: Ints, k: int, fold: Ints, f: int) -> Floats:
    """The probabilities of the rows of fold f."""
    inside = np.flatnonzero(fold == f)
    train = np.where(fold == f if y.ndim == 1 else (fold == f)[:, None], -1, y)
    seen = np.unique(train[train >= 0])
    if len(seen) >= 2:
        model = fit(features, constant(train))
        return predicted(model, features, inside, k, distribution=y.ndim == 1)
    # nothing to learn: the only class, or even odds
    probs = np.empty((len(inside), k), dtype=np.float32)
    if y.ndim == 1:
        probs[:] = _aligned(np.ones((1, len(seen))), seen, k)
    else:
        probs[:] = seen.mean() if len(seen) else 0.5
    return probs


def predicted(
    model: Any, features: Any, rows: Ints, k: int, *, distribution: bool = True
) -> Floats:
    """(len(rows), k) probabilities of these rows by a fitted model, aligned to the k classes."""
    probs = np.empty((len(rows), k), dtype=np.float32)
    for start, stop in spans(len(rows), max(k, features.shape[1])):
        raw = _raw(model, features[rows[start:stop]])
        probs[start:stop] = (
            _aligned(raw, np.asarray(model.classes_), k) if distribution else np.clip(raw, 0, 1)
        )
    return probs


def _bundles(n: int, groups: Ints | None, copies: Ints | None) -> tuple[Ints, Ints]:
    """The bundle of each item (items linked by a shared group or copy id), and the bundle sizes."""
    links = [np.unique(ids, return_inverse=True)[1] for ids in (groups, copies) if ids is not None]
    lone = [
        np.asarray(ids) < 0 if np.asarray(ids).dtype.kind in "iu" else np.zeros(n, bool)
        for ids in (groups, copies)
        if ids is not None
    ]
    if not links:
        return np.arange(n), np.ones(n, dtype=np.int64)
    ends, base = [], n
    for ids, alone in zip(links, lone, strict=True):
        ends.append(np.stack([np.flatnonzero(~alone), base + ids[~alone]]))
        base += int(ids.max(initial=0)) + 1
    item, node = np.concatenate(ends, axis=1)
    graph = coo_matrix((np.ones(len(item), dtype=np.int8), (item, node)), shape=(base, base))
    bundle = np.unique(connected_components(graph, directed=False)[1][:n], return_inverse=True)[1]
    return bundle, np.bincount(bundle)


def _place_bundles(
    fold: Ints, held: Floats, bundle: Ints, size: Ints, code: Ints, rng: np.random.Generator
) -> None:
    """Put bundles of several items into folds, largest first, each where its classes are rarest."""
    many = rng.permutation(np.flatnonzero(size > 1))
    if not len(many):
        return
    share = np.maximum(np.bincount(code, minlength=held.shape[1]), 1) / len(
        held
    )  # items of each class a fold should hold
    order = np.argsort(bundle, kind="stable")
    stop = np.cumsum(size)
    for b in many[np.argsort(-size[many], kind="stable")]:
        member = order[stop[b] - size[b] : stop[b]]
        kind, count = np.unique(code[member], return_counts=True)
        crowd = ((held[:, kind] + count) / share[kind]) @ count / count.sum() + held.sum(1) / len(
            fold
        )
        place = int(crowd.argmin())
        fold[member] = place
        held[place, kind] += count


def _level(held: Floats, full: Floats, m: int, rng: np.random.Generator) -> Ints:
    """Folds for m more items of a class, the emptiest first.

    Ties go to the fold with fewer items in all, then at random.
    """
    folds, top = len(held), int(held.max(initial=0)) + m
    depth = max(min(top, int(np.ceil((held.sum() + m) / folds)) + 1), 1)
    level = np.arange(depth + 1)[:, None] + np.zeros(folds)
    free = level >= held
    tie = np.argsort(np.lexsort((rng.random(folds), full)))
    order = np.lexsort((np.broadcast_to(tie, level.shape)[free], level[free]))
    slots = np.broadcast_to(np.arange(folds), level.shape)[free][order]
    return slots[:m]


def _raw(model: Any, x: Any) -> Floats:
    if hasattr(model, "predict_proba"):
        return np.asarray(model.predict_proba(x), dtype=np.float64)
    score = np.asarray(model.decision_function(x), dtype=np.float64)
    return softmax(
        np.stack([np.zeros_like(score), score], axis=1) if score.ndim == 1 else score, axis=1
    )


def _aligned(raw: Floats, classes: Ints, k: int) -> Floats:
    """Align the columns of the classes a model knows to all k; the others get the floor."""
    if not np.isfinite(raw).all():
        raise ValueError(
            f"the model gave {int((~np.isfinite(raw)).any(1).sum())} rows of probabilities that "
            "are not numbers; use another model or scale the features"
        )
    full = np.zeros((len(raw), k))
    full[:, classes.astype(np.int64)] = np.clip(raw, 0, None)
    full = np.maximum(full, FLOOR if len(classes) < k else 0)
    mass = full.sum(1, keepdims=True)
    return np.where(mass > 0, full / np.where(mass > 0, mass, 1), 1 / k).astype(np.float32)
