"""What a terminal shows of labelling functions: how much they cover, how often they conflict, and
what is right where labels are known.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from reliabel.core.labels import Classes, Floats, Ints, Soft
from reliabel.core.short_repr import many
from reliabel.crowd.conflict_slices import Slice, conflict_slices

ROWS = 12  # functions shown
SLICES = 2  # of items in conflict


def functions_text(
    votes: Any,
    posterior: Floats,
    names: Sequence[str],
    gold: Ints | None = None,
    items: Any = None,
) -> list[str]:
    """Lines about votes of functions.

    posterior: (n, k) the chance of each class.
    names: (w,) of the functions.
    gold: (n,) known classes, -1 elsewhere.
    items: texts or columns, to say what items in conflict have in common.
    """
    cast = np.bincount(votes.item, minlength=votes.n)
    covered = int((cast > 0).sum())
    lines = [
        f"Covered: {covered:,} of {many(votes.n, 'item')} ({covered / max(votes.n, 1):.0%}), "
        f"{int((cast > 1).sum()):,} by two functions or more"
    ]
    mine = np.bincount(votes.worker, minlength=votes.w)
    right = np.divide(
        np.bincount(votes.worker, _right(votes, posterior), votes.w),
        mine,
        out=np.full(votes.w, np.nan),
        where=mine > 0,
    )
    low = [j for j in np.argsort(right, kind="stable").tolist() if mine[j] and right[j] < 0.5]
    if low:
        each = ", ".join(f"{names[j]} ({right[j]:.2f} of {mine[j]:,})" for j in low[:ROWS])
        lines.append(f"Functions that the consensus contradicts mostly: {each}")
    lines += _conflicts(votes, posterior, names, items)
    if gold is not None and (gold >= 0).any():
        test = np.flatnonzero(gold >= 0)
        share = float(Soft(posterior[test]).credit()[np.arange(len(test)), gold[test]].mean())
        lines.append(f"Known labels: {share:.1%} of {many(len(test), 'item')} right")
    return lines


def span_functions_text(data: Any, labels: Any) -> list[str]:
    """Lines about functions that mark spans.

    data: the votes and what they are of; labels: the consensus.
    """
    from reliabel.crowd.span_table import span_scores, span_table

    votes, known = data.labels, data.source.get("known")
    found = span_table(votes, labels, known)
    spoken, marked = len(np.unique(votes.item)), len(labels.units)
    lines = [
        f"Covered: {spoken:,} of {many(votes.n, 'item')} ({spoken / max(votes.n, 1):.0%}); "
        f"{many(marked, 'span')} in the consensus: {_by_class(labels.units)}"
    ]
    low = [j for j in np.argsort(found.right, kind="stable").tolist() if found.right[j] < 0.5]
    if low:
        each = (f"{data.ids.workers[j]} ({found.right[j]:.2f})" for j in low[:ROWS])
        lines.append(
            f"Functions whose marks are mostly no spans of the consensus: {', '.join(each)}"
        )
    if known is not None:
        precision, recall, f1 = span_scores(labels, known)
        lines.append(
            f"Known spans: {many(len(known.units), 'span')}; of the consensus's "
            f"{precision:.1%} right, {recall:.1%} found, F1 {f1:.3f}"
        )
    return lines


def _by_class(spans: Any) -> str:
    count = np.bincount(spans.y, minlength=spans.k)
    return ", ".join(f"{name} {n:,}" for name, n in zip(spans.names, count.tolist(), strict=True))


def _conflicts(votes: Any, posterior: Floats, names: Sequence[str], items: Any) -> list[str]:
    """A line on what the items have in common on which functions disagree."""
    if not isinstance(votes.labels, Classes):
        return []
    found = conflict_slices(votes, posterior, items, most=SLICES)
    if not found.conflicts:
        return []
    share = found.conflicts / found.several
    line = (
        f"Functions disagree on {found.conflicts:,} of {many(found.several, 'item')} that have two "
        f"votes or more ({share:.0%})"
    )
    each = "; ".join(
        f"{slice_name(one, names)} ({one.conflicts:,} of {one.items:,}, elsewhere "
        f"{one.elsewhere:.0%})"
        for one in found.slices
    )
    return [f"{line}, most of all {each}" if each else line]


def slice_name(one: Slice, names: Sequence[str]) -> str:
    """What the items of a slice have in common, in words."""
    if one.what == "word":
        return f"with the word {one.name!r}"
    return f"where {names[int(one.name)]} fires" if one.what == "function" else f"with {one.name}"


def _right(votes: Any, posterior: Floats) -> Floats:
    """(v,) the chance that a vote is right; of a set, that the class is in it."""
    y = votes.labels.y
    if y.ndim == 1:
        return np.asarray(posterior[votes.item, y])
    return np.asarray((posterior[votes.item] * (y != 0)).sum(1))


def end_model_text(found: Any, folder: str) -> list[str]:
    """Lines about the model that was trained on a consensus."""
    taught = "the likeliest class" if found.hard else "probabilities"
    lines = [f"End model: {found.by} on {found.rows:,} items with {taught}; {folder}"]
    if found.known:
        ours, theirs = found.right
        lines.append(
            f"On {many(found.known, 'known label')}: label model {ours:.1%} right, end model "
            f"{theirs:.1%}"
        )
    return lines
