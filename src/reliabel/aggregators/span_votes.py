"""Votes on spans: where somebody marks a span is a site, on whose class all vote ("no span" is one
too), and then on its words.

The class of a site is found by Dawid-Skene with shrunk matrices, so that it counts who tends to
miss spans, to see too many, or to take one class for another.  Its words are those that the workers
who mark it agree on, each weighted by how often their words are the right ones.  Where silence says
nothing, as with labelling functions, the model of precision is used instead, and who marks nothing
casts no vote.
Assumes workers err independently of one another given the true class of a site.  Weak where spans
are nested (of those that share words the likeliest is kept), and where all workers miss a span.
Cost: O(v k) per iteration for v marks, and the pairs of different spans that share words.
Paper: Simpson, Gurevych. A Bayesian approach for sequence tagging with crowds. EMNLP 2019, for the
task; Paun et al. Comparing Bayesian models of annotation. TACL 6 (2018), for the model of classes;
voting on whole spans by place is our own.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from reliabel.core.labels import Classes, Floats, Grouped, Ints, Spans, Votes
from reliabel.core.results import Consensus
from reliabel.ops.chunks import rows
from reliabel.ops.firing import copies_as_one
from reliabel.ops.precision import precisions
from reliabel.ops.span_sites import (
    classes_in_truth,
    likeliest_extents,
    sites_of,
    votes_on_sites,
    without_overlaps,
)
from reliabel.ops.variational import shrunk_matrices_fit
from reliabel.ops.votes import normalise, votes_matrix

STATUS = "default"
ALSO = ("spans_majority", "span_consensus")
FAR = 300.0  # log odds beyond which nothing changes


def aggregate(
    votes: Votes[Grouped[Spans]],
    *,
    gold: Any = None,
    silence: str = "outside",
    keep: float = 0.4,
    strength: float = 4.0,
    right: float = 0.6,
) -> Consensus[Grouped[Spans]]:
    """The class of each site, then its words, then of spans that share words the likeliest.

    gold: the true spans, a label set of the n items; where it has no span, nothing is known.  They
        teach what each worker marks and misses; the spans of these items are those of the votes.
    silence: "outside": who voted on an item and marks no span says that there is none; "open": only
        marks without a class say so, as with labelling functions.
    keep: a span stays where the chance that there is one of its class is above this; F1 is highest
        at half of the F1 that can be had.
    strength: of the prior of a worker's matrix, in votes a row.
    right: where silence is open, the precision of a function before anything is known.
    ``info`` holds "p", the chance that a span is right, its words included; "class", that there is
    one of its class; "votes", how many marked the site, "asked", how many voted on it, and
    "agreement", the share of these that mark just this span, unless silence is open (all (spans,)).

    >>> spans = Spans([0, 0, 0, 4], [2, 2, 1, 5], [0, 0, 1, 1], ["LOC", "PER"])
    >>> votes = Votes([0, 0, 0], [0, 1, 2], Grouped(spans, [0, 1, 2, 4]), n=1, w=3)
    >>> found = aggregate(votes)
    >>> found.labels.units.start.tolist(), found.labels.units.end.tolist()
    ([0], [2])
    """
    if silence not in ("outside", "open"):
        raise ValueError(f"silence must be 'outside' or 'open', got {silence!r}")
    sites = sites_of(votes)
    names, k = votes.labels.units.names, votes.labels.units.k
    if not len(sites.item):
        empty = Grouped(Spans([], [], [], names), np.zeros(votes.n + 1, dtype=np.int64))
        nothing = {name: np.empty(0) for name in ("p", "class", "votes", "asked", "agreement")}
        return Consensus(empty, np.full(votes.w, np.nan), info=nothing)
    on_sites, voted = votes_on_sites(votes, sites, silent=silence == "outside")
    true = None if gold is None else classes_in_truth(sites, gold, names)
    found = (
        _of_workers(on_sites, true, strength)
        if silence == "outside"
        else _open(on_sites, true, right)
    )
    extent, words = likeliest_extents(sites, voted, on_sites.worker, votes.w)
    y = found.posterior[:, :k].argmax(1)
    chance = found.posterior[np.arange(len(y)), y]
    start, end = sites.start[extent], sites.end[extent]
    stay = np.flatnonzero(chance > keep)
    stay = stay[without_overlaps(sites.item[stay], start[stay], end[stay], chance[stay])]
    stay = stay[np.lexsort([end[stay], start[stay], sites.item[stay]])]
    count = np.bincount(sites.item[stay], minlength=votes.n)
    asked = np.bincount(on_sites.item, minlength=len(y))
    marked = np.bincount(on_sites.item, voted >= 0, len(y)).astype(np.int64)
    same = (voted == extent[on_sites.item]) & (on_sites.labels.y == y[on_sites.item])
    agreement = np.bincount(on_sites.item, same, len(y)) / np.maximum(asked, 1)
    if silence == "open":  # who disagrees would mostly have said nothing
        agreement[:] = np.nan
    info = {
        "p": (chance * words)[stay],
        "class": chance[stay],
        "votes": marked[stay],
        "asked": asked[stay],
        "agreement": agreement[stay],
        "skill_is": "the expected share of right answers at places where anybody marks a span",
        **({"confusion": found.confusion} if found.confusion is not None else {}),
    }
    units = Spans(start[stay], end[stay], y[stay], names)
    labels = Grouped(units, np.concatenate([[0], np.cumsum(count)]))
    return Consensus(labels, found.skill, found.trace, info)


class _Found(NamedTuple):
    """Posterior (sites, k + 1), skill (w,), the objective, and matrices (w, true, voted)."""

    posterior: Floats
    skill: Floats
    trace: Floats
    confusion: Floats | None


def _of_workers(votes: Votes[Classes], gold: Ints | None, strength: float) -> _Found:
    """The classes of sites by people and models, who say "no span" by marking none."""
    found = shrunk_matrices_fit(votes, gold, strength=strength, gold_starts=False)
    cast = np.bincount(votes.worker, minlength=votes.w)
    posterior = found.posterior
    if gold is not None:  # gold teaches, and is no vote
        log = np.log(found.confusion).swapaxes(1, 2).reshape(-1, votes.labels.k)
        said = votes_matrix(votes)
        posterior = rows(
            lambda block: normalise(block.votes @ log + np.log(found.balance), None)[0], said
        )
    posterior = _lone_marks(votes, posterior, found.confusion)
    skill = np.where(cast > 0, found.skill, np.nan)
    return _Found(posterior, skill, found.trace, found.confusion)


def _lone_marks(votes: Votes[Classes], posterior: Floats, confusion: Floats) -> Floats:
    """The posterior where a place that one worker alone marks may be a mistake of which the others
    had no part: their silence there does not speak against it.  Places that nobody marks are not
    seen, so that the matrices have workers mark where nothing is far more often than they do.
    """
    none, n = votes.labels.k - 1, len(posterior)
    silent = votes.labels.y == none
    lone = np.bincount(votes.item, ~silent, n) == 1
    others = -np.log(confusion[votes.worker, none, none]) * silent
    found = posterior.copy()
    found[:, none] *= np.exp(np.where(lone, np.bincount(votes.item, others, n), 0.0).clip(max=FAR))
    return np.asarray(found / found.sum(1, keepdims=True))


def _open(votes: Votes[Classes], gold: Ints | None, right: float) -> _Found:
    """The classes of sites by sources that leave open what they do not mention."""
    first = precisions(votes, gold, right=right)
    single, group = copies_as_one(votes, first.posterior)
    found = first if single is votes else precisions(single, gold, right=right)
    k = votes.labels.k
    cast = np.bincount(votes.worker * k + votes.labels.y, minlength=votes.w * k).reshape(-1, k)
    mine = cast.sum(1)
    hit = (cast * found.precision[group]).sum(1)
    skill = np.divide(hit, mine, out=np.full(votes.w, np.nan), where=mine > 0)
    return _Found(found.posterior, skill, np.empty(0), None)
