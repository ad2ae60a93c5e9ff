"""Votes on spans as votes on the tags of words: O, and B and I of each class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reliabel.core.labels import Bools, Classes, Floats, Grouped, Ints, Spans, Votes
from reliabel.ops.span_sites import without_overlaps
from reliabel.ops.spans import BEGIN, INSIDE, Tags, tags_of_names


def tag_names(names: Sequence[str]) -> tuple[str, ...]:
    """The tags of these classes.

    >>> tag_names(["LOC"])
    ('O', 'B-LOC', 'I-LOC')
    """
    return ("O", *(f"{letter}-{name}" for name in names for letter in "BI"))


def words_of_items(votes: Votes[Grouped[Spans]]) -> Ints:
    """(n,) words of each item up to the one after the last that anybody marks.  All words after
    these are O by all, and would only make O look easier than it is where spans are.
    """
    size = np.ones(votes.n, dtype=np.int64)
    np.maximum.at(size, votes.item[votes.labels.item], votes.labels.units.end + 1)
    return size


def votes_on_tags(
    votes: Votes[Grouped[Spans]], sizes: Ints, *, silent: bool
) -> tuple[Votes[Grouped[Classes]], int]:
    """The votes with a tag for each word, -1 where a worker leaves it open; and how many spans were
    left out since they share words with a longer one of the same vote.

    silent: words that a worker does not mark have the tag O.
    """
    units, owner = votes.labels.units, votes.labels.item
    kept = without_overlaps(owner, units.start, units.end, (units.end - units.start).astype(float))
    offsets = np.concatenate([[0], np.cumsum(sizes[votes.item])])
    code = np.full(int(offsets[-1]), 0 if silent else -1, dtype=np.int64)
    length = (units.end - units.start)[kept]
    inside = np.arange(int(length.sum())) - np.repeat(np.cumsum(length) - length, length)
    place = np.repeat(offsets[owner[kept]] + units.start[kept], length) + inside
    y = np.repeat(units.y[kept], length)
    code[place] = np.where(y < 0, 0, 1 + 2 * y + (inside > 0))
    tags = Grouped(Classes(code, tag_names(units.names)), offsets)
    return Votes(votes.item, votes.worker, tags, votes.n, votes.w), int((~kept).sum())


def on_words(votes: Votes[Grouped[Classes]], sizes: Ints) -> tuple[Votes[Classes], Ints, Ints]:
    """The votes with every word as an item, those left open left out; where the words of each item
    begin (n + 1,); and the tag that the worker gave to the word before (votes,), k where none.

    >>> tags = Grouped(Classes([1, 0, -1, 1], ["O", "X"]), [0, 4])
    >>> flat, offsets, before = on_words(Votes([0], [0], tags, n=1, w=1), np.array([4]))
    >>> flat.item.tolist(), flat.labels.y.tolist(), before.tolist()
    ([0, 1, 3], [1, 0, 1], [2, 1, 2])
    """
    groups, k = votes.labels, votes.labels.units.k
    size, y = np.diff(groups.offsets), groups.units.y
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    inside = np.arange(len(y)) - np.repeat(groups.offsets[:-1], size)
    place = np.repeat(offsets[votes.item], size) + inside
    before = np.concatenate([[k], y[:-1]]) if len(y) else y
    before = np.where((inside == 0) | (before < 0), k, before)
    use = y >= 0
    labels = Classes(y[use], groups.units.names)
    worker = np.repeat(votes.worker, size)[use]
    return Votes(place[use], worker, labels, int(offsets[-1]), votes.w), offsets, before[use]


def possible_steps(names: Sequence[str]) -> tuple[Bools, Bools, Tags | None]:
    """(k,) which tags may begin a sequence and (k, k) which may follow which: a tag I follows B or
    I of its class alone.  Classes that are no tags may follow in any order (no Tags then).

    >>> start, step, _ = possible_steps(["O", "B-LOC", "I-LOC"])
    >>> start.tolist(), step[0].tolist(), step[1].tolist()
    ([True, True, False], [True, True, False], [True, True, True])
    """
    tags = tags_of_names(names)
    k = len(names)
    known = set(tags.role.tolist()) <= {0, BEGIN, INSIDE} and "O" in names and not tags.bare
    if not known or not (tags.role == BEGIN).any():
        return np.ones(k, dtype=bool), np.ones((k, k), dtype=bool), None
    inside = tags.role == INSIDE
    same = (tags.kind[:, None] == tags.kind) & (tags.role != 0)[:, None]
    return ~inside, same | ~inside, tags


def chance_of_spans(
    start: Ints, end: Ints, tag: Ints, posterior: Floats, onward: Floats, step: Floats, last: Bools
) -> Floats:
    """(spans,) the chance that a span of just these words (flat places) is there: that it begins,
    goes on to its end, and no further.

    tag: (spans,) the tag B of each, after which comes I.  last: (words,) the last word of an item.
    """
    size = end - start
    p = posterior[start, tag].copy()
    place = (
        np.repeat(start, size)
        + np.arange(int(size.sum()))
        - np.repeat(np.cumsum(size) - size, size)
    )  # each word of each span, with the step to the next word
    owner = np.repeat(np.arange(len(start)), size)
    state = np.repeat(tag, size) + (place > np.repeat(start, size))
    final = place == np.repeat(end, size) - 1
    ahead = np.minimum(place + 1, len(posterior) - 1)
    ways = step[state] * onward[ahead]
    inside = np.repeat(tag + 1, size)
    on = ways[np.arange(len(place)), inside] / np.maximum(ways.sum(1), 1e-300)
    on = np.where(last[place], 0.0, on)
    log = np.log(np.maximum(np.where(final, 1 - on, on), 1e-300))
    return np.asarray(p * np.exp(np.bincount(owner, log, len(start))))
