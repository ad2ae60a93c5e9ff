"""What is odd about the votes as a whole, whichever method aggregates them."""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.core.labels import Classes, Numbers, Soft, Votes
from reliabel.ops.class_tree import class_tree
from reliabel.ops.one_class import one_class_share
from reliabel.ops.votes import AFFORDABLE

MOST = 0.5  # of the votes from one-class sources, from which a collapse is looked for
AWAY = 0.2  # of the consensus in other classes than the votes: a judgement


def vote_warnings(votes: Votes[Any]) -> list[str]:
    """Warnings about votes on classes or numbers: one worker only, workers who voted once, votes
    that are all equal, more workers and classes than can be looked at in detail.
    """
    if not len(votes) or not isinstance(votes.labels, Classes | Numbers):
        return []
    return [*_few_workers(votes), *_all_equal(votes), *_too_many_cells(votes)]


def path_warnings(votes: Votes[Any]) -> list[str]:
    """A warning where classes are nodes of a tree, of which some lie below others, and are about
    to be counted as classes of their own.
    """
    if not isinstance(votes.labels, Classes) or not len(votes):
        return []
    names = votes.labels.names
    tree = class_tree(names)
    inner = np.isin(tree.node, tree.parent)
    if not inner.any():
        return []
    first = int(inner.argmax())
    many = int(inner[votes.labels.y].sum())
    return [
        f"classes look like paths of a tree: {many:,} votes are for classes such as "
        f"{names[first]!r}, below which others lie, and count as votes against these; "
        "by='hierarchy' takes them as votes for all that lies below"
    ]


def collapse_warnings(votes: Votes[Classes], labels: Any) -> list[str]:
    """A warning where most votes come from sources of one class and the consensus has run to other
    classes than the votes are for, as models of skill do on them.
    """
    if not isinstance(labels, Soft) or len(labels) != votes.n or not len(votes):
        return []
    single = one_class_share(votes)
    if single <= MOST:
        return []
    size = np.bincount(votes.item, minlength=votes.n)
    share = np.bincount(votes.labels.y, 1 / size[votes.item], votes.labels.k)
    share = share / share.sum()
    p = labels.p[size > 0].mean(0)
    away = float(np.abs(p - share).sum() / 2)
    if away <= AWAY:
        return []
    most = votes.labels.names[int((p - share).argmax())]
    return [
        f"{single:.0%} of the votes come from sources that vote for one class only, on which "
        f"models of skill fail, and {away:.0%} of this consensus lies in other classes than the "
        f"votes are for, most of it in {most!r}: do not trust it; by='auto' takes a model made "
        "for them"
    ]


def _too_many_cells(votes: Votes[Any]) -> list[str]:
    cells = votes.w * votes.labels.k**2 if isinstance(votes.labels, Classes) else 0
    if cells <= AFFORDABLE:
        return []
    return [
        f"for {votes.w:,} workers and {votes.labels.k:,} classes confusion matrices would hold "
        f"{cells:,} numbers: a consensus folder leaves out the workers' confusions and intervals, "
        "ambiguous items, accounts that vote alike and the next votes to ask for"
    ]


def _few_workers(votes: Votes[Any]) -> list[str]:
    cast = np.bincount(votes.worker, minlength=votes.w)
    some, once = int((cast > 0).sum()), int((cast == 1).sum())
    if some == 1:
        return [
            "all votes come from one worker: they are taken as given, and the worker's skill "
            "cannot be estimated"
        ]
    if once > some / 2:
        return [
            f"{once:,} of {some:,} workers voted only once: their own skills cannot be estimated, "
            "and each is taken to be like the crowd"
        ]
    return []


def _all_equal(votes: Votes[Any]) -> list[str]:
    y = np.asarray(votes.labels.y)
    if len(votes) < 2 or not (y == y[0]).all():
        return []
    names = votes.labels.names if isinstance(votes.labels, Classes) else None
    what = f"{np.ravel(y)[0]:g}" if names is None else repr(names[int(y[0])])
    return [
        f"all {len(votes):,} votes are for {what}: so is the consensus, and agreement with it is "
        "no evidence"
    ]
