"""Votes on the tags of words: Dawid-Skene with shrunk matrices, smoothed by a chain in which the
true tag of a word depends on that of the word before it.

Tags that cannot follow each other never do (I after O).  A worker has a matrix for each tag given
to the word before, since errors go on: who ends a span a word too late had begun it.  Classes of
units that are no tags of spans may follow in any order.
Assumes workers err independently of one another given the true tags.  Weak with few words, from
which the chances of steps cannot be learnt, and where spans are nested, which tags cannot say.
Cost: O(v k) per iteration for v votes on words, then O(m k^2) for m words and k tags.
Paper: Simpson, Gurevych. A Bayesian approach for sequence tagging with crowds. EMNLP 2019;
Nguyen, Wallace, Li, Nenkova, Lease. Aggregating and predicting sequence labels from crowd
annotations. ACL 2017; Lison, Barnes, Hubin, Touileb. Named entity recognition without labelled
data: a weak supervision approach. ACL 2020, for labelling functions.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.core.labels import Classes, Floats, Grouped, Ints, Soft, Spans, Votes
from reliabel.core.results import Consensus
from reliabel.core.votes_on_units import unit_counts
from reliabel.ops.chains import best_path
from reliabel.ops.spans import Tags, spans_of
from reliabel.ops.tag_chain import Chain, fit_chain, fit_open
from reliabel.ops.tag_votes import (
    chance_of_spans,
    on_words,
    possible_steps,
    votes_on_tags,
    words_of_items,
)

ALSO = ("bsc_seq", "hmm_crowd", "sequence_votes")
STATUS = "optional"
NOTHING: Floats = np.empty(0)


def aggregate(
    votes: Votes[Grouped[Spans]] | Votes[Grouped[Classes]],
    *,
    silence: str = "outside",
    strength: float = 20.0,
    context: float = 10.0,
    right: float = 0.7,
    iterations: int = 200,
    tol: float = 1e-6,
) -> Consensus[Any]:
    """Learn matrices, then the chances from tag to tag, and smooth once; of spans the likeliest
    sequence is given, of classes the chance of each.

    silence: "outside": who voted on an item and does not mark a word gives it the tag O; "open": it
        is left open, as with labelling functions, and words that nobody speaks of are O.
    strength: of the prior of a worker's matrix, in votes a row; context: of the matrices after each
        tag, towards those of the crowd.
    right: where silence is open, the precision of a function before anything is known.
    ``info`` holds "p", the chance that a span is right (spans,), and "steps" (k, k), the chances
    from tag to tag.

    >>> spans = Spans([0, 0, 0, 4], [2, 2, 1, 5], [0, 0, 1, 1], ["LOC", "PER"])
    >>> found = aggregate(Votes([0, 0, 0], [0, 1, 2], Grouped(spans, [0, 1, 2, 4]), n=1, w=3))
    >>> found.labels.units.start.tolist(), found.labels.units.end.tolist()
    ([0], [2])
    """
    if silence not in ("outside", "open"):
        raise ValueError(f"silence must be 'outside' or 'open', got {silence!r}")
    given: Any = votes
    names = given.labels.units.names
    marks, left = isinstance(given.labels.units, Spans), 0
    sizes = words_of_items(given) if marks else unit_counts(given)
    if marks:
        given, left = votes_on_tags(given, sizes, silent=silence == "outside")
    flat, offsets, before = on_words(given, sizes)
    *may, tags = possible_steps(flat.labels.names)
    ways = may[0], may[1]
    if silence == "open" and tags is not None and flat.labels.names[0] == "O":
        chain, trace = fit_open(flat, offsets, ways, right=right), NOTHING
    else:
        chain, trace = fit_chain(
            flat,
            offsets,
            ways,
            before,
            strength=strength,
            context=context,
            iterations=iterations,
            tol=tol,
        )
    info: dict[str, Any] = {"steps": chain.step, "skill_is": "the expected F1 of tagged words"}
    if left:
        info["warnings"] = (
            f"{left:,} spans share words with a longer one by the same worker, and tags cannot say "
            "both: the longer ones counted",
        )
    skill = _skill(flat, chain.posterior)
    if not marks or tags is None:
        labels: Any = Grouped(Soft(chain.posterior, flat.labels.names), offsets)
        return Consensus(labels, skill, trace, info)
    found, p = _spans(chain, offsets, tags, names)
    return Consensus(found, skill, trace, {**info, "p": p})


def _spans(
    chain: Chain, offsets: Ints, tags: Tags, names: tuple[str, ...]
) -> tuple[Grouped[Spans], Floats]:
    """The spans of the likeliest sequences, and the chance that each is right."""
    code = best_path(chain.log, offsets, chain.start, chain.step)
    found = spans_of(code, offsets, tags)
    item = np.repeat(np.arange(len(offsets) - 1), np.diff(found.offsets))
    first, after = offsets[item] + found.start, offsets[item] + found.end
    last = np.zeros(len(code), dtype=bool)
    last[offsets[1:][np.diff(offsets) > 0] - 1] = True
    p = chance_of_spans(first, after, code[first], chain.posterior, chain.onward, chain.step, last)
    place = np.array([names.index(name) for name in tags.types], dtype=np.int64)
    y = place[found.y] if len(place) else found.y
    return Grouped(Spans(found.start, found.end, y, names), found.offsets), p


def _skill(votes: Votes[Classes], posterior: Floats) -> Floats:
    """(w,) what is expected of 2 right / (given + true), counted in words whose tag is not O; NaN
    for workers without such words.
    """
    names = votes.labels.names
    tagged = np.array([name != "O" for name in names])
    hit = posterior[votes.item, votes.labels.y] * tagged[votes.labels.y]
    true = posterior[:, tagged].sum(1)[votes.item]
    right, given, due = (
        np.bincount(votes.worker, part, votes.w) for part in (hit, tagged[votes.labels.y], true)
    )
    both = given + due
    skill: Floats = np.divide(2 * right, both, out=np.full(votes.w, np.nan), where=both > 0)
    return skill
