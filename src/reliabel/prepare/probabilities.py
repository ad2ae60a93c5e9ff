"""The evidence ``probs``: out-of-fold probabilities.  Exact copies and items of one group stay in
one fold.
"""

from __future__ import annotations

import warnings as python_warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from reliabel.core.labels import Classes, Ints, Labels, MultiLabel, Votes
from reliabel.folders.evidence_keys import Probabilities
from reliabel.prepare.models import Made, chosen
from reliabel.prepare.preparation import Preparation, digests_of

FOLDS = 5
# warnings for programmers, not for people with data
QUIET = (DeprecationWarning, PendingDeprecationWarning, FutureWarning, ResourceWarning)


def copies_of(work: Preparation, features: Any) -> Ints | None:
    """(n,) the first exact copy of each item: the same text, the same bytes of a picture, the same
    row of features.  None where that cannot be told.
    """
    from reliabel.ops.copies import same_rows, same_texts

    items, task = work.evidence.get("items"), work.data.source.get("task")
    if items is not None and not isinstance(items, Mapping):
        hashes = [one.hex() for one in digests_of(work, items)] if task == "image" else items
        return same_texts(hashes)
    copies = same_rows(features)
    if len(np.unique(copies)) * 2 < len(copies):  # a few coarse columns: rows alike by chance
        work.warnings.append(
            "over half of the rows equal another row; they were taken for different items that "
            "look alike, not for copies"
        )
        return None
    return copies


def make_probabilities(
    work: Preparation, features: Any, copies: Ints | None, model: Any
) -> Ints | None:
    """Fill probs; gives the fold of each item (n,), None where no probabilities can be made."""
    target = target_of(work.data.labels)
    fold = None if target is None else _folds(work, target, copies)
    if target is None or fold is None:
        return None
    made = probabilities(work, features, target, fold, model)
    work.warnings += made["warnings"]
    work.evidence["probs"] = made["p"]
    work.info["model"] = {
        "name": made["name"],
        "accuracy": accuracy(made["p"], target.y),
        "folds": int(fold.max()) + 1,
    }
    return fold


def probabilities(
    work: Preparation, features: Any, target: Classes | MultiLabel, fold: Ints, model: Any
) -> Made:
    """The out-of-fold probabilities of a model, taken from the store where they are kept."""
    use = chosen(work, model, target)

    def make() -> Made:
        return with_warnings(use.name, lambda: use.make(features, target, fold))

    key = Probabilities(
        *(work.hashes["features"], target.y, target.k, target.names, fold),
        *(use.name, use.options, work.seed),
    )
    return work.store.made(key, make) if use.known else make()


def target_of(labels: Labels) -> Classes | MultiLabel | None:
    """What a model is fitted to: classes, yes/no cells, or the class most workers voted for."""
    if isinstance(labels, Classes | MultiLabel):
        return labels
    if isinstance(labels, Votes) and isinstance(labels.labels, Classes):
        count = np.zeros((labels.n, labels.labels.k))
        np.add.at(count, (labels.item, labels.labels.y), 1)
        return Classes(np.where(count.any(1), count.argmax(1), -1), labels.labels.names)
    return None


def _folds(work: Preparation, target: Classes | MultiLabel, copies: Ints | None) -> Ints | None:
    """(n,) the fold of each item; None, and a warning, where nothing can be learnt out of fold."""
    y = target.y
    known = np.unique(y[y >= 0])
    if len(known) < 2:
        why = "all labels are the same" if len(known) else "no item is labelled"
        work.warnings.append(f"no probabilities were made: {why}")
        return None
    fold = folds_of(work, strata(y), copies, "probabilities")
    if fold is None:
        return None
    rare = sum(0 < int((y == c).sum()) < FOLDS for c in range(target.k)) if y.ndim == 1 else 0
    if rare:
        several = "class has" if rare == 1 else "classes have"
        work.warnings.append(
            f"{rare} {several} fewer than {FOLDS} items, so that some models never saw "
            f"{'it' if rare == 1 else 'them'}"
        )
    return fold


def folds_of(work: Preparation, parts: Ints, copies: Ints | None, what: str) -> Ints | None:
    """(n,) the fold of each item: items of one group and exact copies in one fold, each of the
    ``parts`` in all; None, and a warning, where all items belong together.

    what: the evidence that is made by folds, for the warning.
    """
    from reliabel.ops.folds import fold_of

    groups = work.evidence.get("groups")
    if groups is not None:
        groups = np.unique(np.asarray(groups).astype(str), return_inverse=True)[1]
    fold = fold_of(parts, folds=FOLDS, groups=groups, copies=copies, rng=work.rng("folds"))
    if fold.max() < 1:
        work.warnings.append(
            f"no {what} were made: all items belong to one group, so that none can be "
            "predicted by a model that was fitted without it"
        )
        return None
    return fold


def strata(y: Ints) -> Ints:
    """Classes as they are; items of many labels go by their rarest label."""
    if y.ndim == 1:
        return y
    order = np.argsort((y == 1).sum(0), kind="stable")
    yes = y[:, order] == 1
    return np.where(yes.any(1), order[yes.argmax(1)], -1)


def with_warnings(model: str, make: Callable[[], Made]) -> Made:
    """What ``make`` returns, with the warnings that the model gave meanwhile under ``warnings``."""
    with python_warnings.catch_warnings(record=True) as given:
        python_warnings.simplefilter("always")
        made = make()
    told = [one for one in given if not issubclass(one.category, QUIET)]
    return {**made, "warnings": sorted({f"{model}: {_first_line(one)}" for one in told})}


def _first_line(warning: python_warnings.WarningMessage) -> str:
    return str(warning.message).splitlines()[0]


def accuracy(probs: Any, y: Ints) -> float:
    """Share of the known labels that the probabilities agree with."""
    right = probs.argmax(1) == y if y.ndim == 1 else (probs > 0.5) == (y == 1)
    return float(right[y >= 0].mean())
