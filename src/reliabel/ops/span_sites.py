"""Votes on spans as votes on places: a site is a place of an item where somebody marks a span, and
all spans that lie mostly on the same words are of one site.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reliabel.core.labels import Bools, Classes, Floats, Grouped, Ints, Spans, Votes
from reliabel.core.short_repr import by_fields

WAYS = 4  # to give a span other words, a word more or less at either end
LONG = 12  # words, from which on lengths are not told apart
UNSEEN = 2.0  # words that nobody marks and that are as likely the true ones as those marked
SAME = 0.5  # of the words that two spans cover together are in both, from which they are one site


@dataclass(frozen=True, eq=False)
class Sites:
    """``item`` (sites,) whose they are; the words that somebody marks there, ``start``, ``end``,
    ``site`` (extents,), each once; and each mark: ``worker``, ``extent`` and class ``y`` (marks,).
    """

    item: Ints
    start: Ints
    end: Ints
    site: Ints
    worker: Ints
    extent: Ints
    y: Ints

    __repr__ = by_fields


def sites_of(votes: Votes[Grouped[Spans]]) -> Sites:
    """The sites of all items: of the words that are marked, those lead that have most marks on
    half of their words, and others join the first leader that they share half with.

    >>> spans = Spans([0, 0, 5], [2, 3, 6], [0, 1, 0], ["LOC", "ORG"])
    >>> votes = Votes([0, 0], [0, 1], Grouped(spans, [0, 1, 3]), n=1, w=2)
    >>> found = sites_of(votes)
    >>> found.item.tolist(), found.site.tolist(), found.y.tolist()
    ([0, 0], [0, 0, 1], [0, 1, 0])
    """
    units, owner = votes.labels.units, votes.labels.item
    given = units.y >= 0
    item, worker = votes.item[owner][given], votes.worker[owner][given]
    key = np.stack([item, units.start[given], units.end[given]], axis=1)
    distinct, extent, count = np.unique(key, axis=0, return_inverse=True, return_counts=True)
    extent = extent.ravel()
    where, start, end = distinct.T.astype(np.int64) if len(distinct) else np.zeros((3, 0), int)
    leader = _leaders(where, start, end, count)
    first, site = np.unique(leader, return_inverse=True)
    return Sites(where[first], start, end, site.ravel(), worker, extent, units.y[given])


def _leaders(item: Ints, start: Ints, end: Ints, count: Ints) -> Ints:
    """(extents,) the leader of each; extents lie item by item, by their first word."""
    a, b = overlapping(item, start, end)
    shared = np.minimum(end[a], end[b]) - np.maximum(start[a], start[b])
    near = shared >= SAME * ((end - start)[a] + (end - start)[b] - shared)
    a, b = a[near], b[near]
    about = count + np.bincount(a, count[b], len(count)) + np.bincount(b, count[a], len(count))
    order = np.lexsort([start, start - end, -count, -about])
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    leader = np.full(len(start), -1)
    while (free := leader < 0).any():
        open_ = free[a] & free[b]
        a, b = a[open_], b[open_]
        best = rank.copy()  # the best rank among those that are free and near
        np.minimum.at(best, a, rank[b])
        np.minimum.at(best, b, rank[a])
        lead = free & (best == rank)
        leader[lead] = np.flatnonzero(lead)
        for one, other in ((a, b), (b, a)):
            mine = lead[other] & (best[one] == rank[other])
            leader[one[mine]] = other[mine]
    return leader


def overlapping(item: Ints, start: Ints, end: Ints) -> tuple[Ints, Ints]:
    """Pairs of spans of one item that share a word, the first of each pair before the second;
    spans lie item by item, sorted by their first word.

    >>> one, two = overlapping(np.array([0, 0, 1]), np.array([0, 1, 1]), np.array([2, 3, 2]))
    >>> one.tolist(), two.tolist()
    ([0], [1])
    """
    reach = int(end.max(initial=0)) + 1
    begins, ends = item * reach + start, item * reach + end
    last = np.searchsorted(begins, ends, side="left")  # spans before it begin before this one ends
    here = np.arange(len(start))
    size = np.maximum(last - here - 1, 0)
    one = np.repeat(here, size)
    inside = np.arange(int(size.sum())) - np.repeat(np.cumsum(size) - size, size)
    return one, one + 1 + inside


def classes_in_truth(sites: Sites, gold: Grouped[Spans], names: Sequence[str]) -> Ints:
    """(sites,) the class, of ``names``, of the true span that shares half of its words with words
    marked there; "no span", which comes after them, where none does, and -1 for classes that have
    no such name and on items without a true span.

    >>> sites = Sites(np.array([0, 0]), np.array([0, 5]), np.array([2, 6]), np.array([0, 1]),
    ...               np.zeros(2, int), np.arange(2), np.zeros(2, int))
    >>> true = Grouped(Spans([0], [3], [0], ["PER"]), [0, 1])
    >>> classes_in_truth(sites, true, ["LOC", "PER"]).tolist()
    [1, 2]
    """
    u, n = gold.units, len(sites.start)
    item = np.concatenate([sites.item[sites.site], gold.item])
    start, end = np.concatenate([sites.start, u.start]), np.concatenate([sites.end, u.end])
    order = np.lexsort([end, start, item])
    a, b = (order[part] for part in overlapping(item[order], start[order], end[order]))
    mine, true = np.minimum(a, b), np.maximum(a, b)
    both = (mine < n) & (true >= n)
    mine, true = mine[both], true[both]
    shared = np.minimum(end[mine], end[true]) - np.maximum(start[mine], start[true])
    whole = (end - start)[mine] + (end - start)[true] - shared
    near = shared >= SAME * whole
    mine, true, share = mine[near], true[near] - n, (shared / np.maximum(whole, 1))[near]
    best = np.lexsort([share])  # of several, the nearest is written last
    known = np.diff(gold.offsets) > 0
    found = np.where(known[sites.item], len(names), -1)
    place = {name: code for code, name in enumerate(names)}
    code = np.array([place.get(name, -1) for name in u.names], dtype=np.int64)
    found[sites.site[mine[best]]] = code[u.y[true[best]]]
    return found


def votes_on_sites(
    votes: Votes[Grouped[Spans]], sites: Sites, *, silent: bool
) -> tuple[Votes[Classes], Ints]:
    """Votes on the class of each site, where the last class is "no span"; and (votes,) the extent
    that each vote marks, -1 where it says that there is no span.

    silent: whoever voted on the item and marks nothing at a site says that there is no span; else
        only those do who say so of most of the words of the site's leading extent.
    A worker who marks several spans at one site votes for the one that most others mark.
    """
    names = (*votes.labels.units.names, "")
    none = len(names) - 1
    site = sites.site[sites.extent]
    marked = np.bincount(sites.extent, minlength=len(sites.start))
    order = np.lexsort([sites.y, -marked[sites.extent], sites.worker, site])
    pair = site[order] * votes.w + sites.worker[order]
    mine = order[np.unique(pair, return_index=True)[1]]
    said = np.stack([site[mine], sites.worker[mine], sites.y[mine], sites.extent[mine]])
    against = _unmarked(votes, sites) if silent else _denied(votes, sites, _leading(sites, marked))
    keep = ~np.isin(against[0] * votes.w + against[1], said[0] * votes.w + said[1])
    against = against[:, keep]
    rows = np.full(against.shape[1], none), np.full(against.shape[1], -1)
    whole = np.concatenate([said, np.stack([*against, *rows])], axis=1)
    labels = Classes(whole[2], names)
    return Votes(whole[0], whole[1], labels, len(sites.item), votes.w), whole[3]


def _unmarked(votes: Votes[Grouped[Spans]], sites: Sites) -> Ints:
    """(2, pairs) each site with each worker who voted on its item."""
    order = np.argsort(votes.item, kind="stable")
    bounds = np.searchsorted(votes.item[order], np.stack([sites.item, sites.item + 1]))
    size = bounds[1] - bounds[0]
    site = np.repeat(np.arange(len(size)), size)
    inside = np.arange(int(size.sum())) - np.repeat(np.cumsum(size) - size, size)
    worker = votes.worker[order[np.repeat(bounds[0], size) + inside]]
    both = np.unique(site * votes.w + worker)
    return np.stack([both // max(votes.w, 1), both % max(votes.w, 1)])


def _leading(sites: Sites, marked: Ints) -> Ints:
    """(sites,) the extent that is marked most often, the longest of several."""
    order = np.lexsort([sites.start - sites.end, -marked, sites.site])
    return order[np.unique(sites.site[order], return_index=True)[1]]


def _denied(votes: Votes[Grouped[Spans]], sites: Sites, leading: Ints) -> Ints:
    """(2, pairs) sites and the workers who say of half of its words that no span covers them."""
    units, owner = votes.labels.units, votes.labels.item
    no = units.y < 0
    item, worker = votes.item[owner][no], votes.worker[owner][no]
    # words of one item after another, so that one search finds all ranges that overlap
    reach = int(max(units.end.max(initial=0), sites.end.max(initial=0))) + 1
    start, end = sites.start[leading], sites.end[leading]
    first, last = sites.item * reach + start, sites.item * reach + end
    order = np.argsort(first, kind="stable")
    longest = int((end - start).max(initial=0))
    low = np.searchsorted(first[order], item * reach + units.start[no] - longest, side="left")
    high = np.searchsorted(first[order], item * reach + units.end[no], side="left")
    size = np.maximum(high - low, 0)
    row = np.repeat(np.arange(len(size)), size)
    inside = np.arange(int(size.sum())) - np.repeat(np.cumsum(size) - size, size)
    site = order[np.repeat(low, size) + inside]
    here, there = (item * reach + part[no] for part in (units.start, units.end))
    shared = np.minimum(last[site], there[row]) - np.maximum(first[site], here[row])
    keep = (shared > 0) & (item[row] == sites.item[site])
    pair = site[keep] * votes.w + worker[row[keep]]
    both, place = np.unique(pair, return_inverse=True)
    words = np.bincount(place.ravel(), shared[keep], len(both))
    site_of = both // max(votes.w, 1)
    most = words >= SAME * (end - start)[site_of]
    return np.stack([site_of[most], both[most] % max(votes.w, 1)])


def likeliest_extents(
    sites: Sites, voted: Ints, worker: Ints, w: int, *, rounds: int = 3
) -> tuple[Ints, Floats]:
    """(sites,) the extent of each site that is likeliest right, and the chance that it is.

    voted: (votes,) the extent that each vote by ``worker`` marks, -1 for none.
    A worker begins a span too early, right, or too late with chances of their own, shrunk to the
    crowd's as if by four marks, and ends it so; spans of some lengths are more frequent than
    others; and that none of the extents at a site is right is possible too.
    """
    mark, who = voted[voted >= 0], worker[voted >= 0]
    size, n = len(sites.start), len(sites.item)
    several = np.bincount(sites.site, minlength=n)
    first = np.cumsum(several) - several  # extents by site
    by_site = np.argsort(sites.site, kind="stable")
    each = several[sites.site[mark]]
    row = np.repeat(np.arange(len(mark)), each)  # each mark with each extent of its site
    inside = np.arange(len(row)) - np.repeat(np.cumsum(each) - each, each)
    true = by_site[first[sites.site[mark]][row] + inside]
    off = [1 + np.sign(part[mark][row] - part[true]) for part in (sites.start, sites.end)]
    length = np.minimum(sites.end - sites.start, LONG)
    at = sites.site[mark]
    marks = np.bincount(at, minlength=n)
    others = (np.bincount(mark, minlength=size)[true] - (mark[row] == true)).astype(float)
    others /= np.maximum(marks[at] - 1, 1)[row]  # the share of the other marks, then their chance
    chance: Floats = np.bincount(mark, minlength=size) / np.maximum(marks, 1)[sites.site]
    for _ in range(rounds):
        usual = np.bincount(length, chance, LONG + 1) + 1
        often = np.log(usual / usual.sum())[length]
        score = often.copy()
        own, right = np.zeros(len(row)), np.ones(len(mark))
        for part in off:
            cell = who[row] * 3 + part
            count = np.bincount(cell, others, w * 3).reshape(w, 3)
            crowd = (count.sum(0) + [1, 8, 1]) / (count.sum() + 10)
            p = (count + 4 * crowd) / (count.sum(1, keepdims=True) + 4)
            own += np.log(p).ravel()[cell]
            right *= p[who, 1]
        score += np.bincount(true, own, size)
        lost = np.log(np.maximum(1 - right, 1e-3) / WAYS)
        none = np.full(n, -np.inf)
        np.maximum.at(none, sites.site, often)  # words of other lengths are as likely as these
        none += np.bincount(at, lost, n) + np.log(UNSEEN)
        chance = _shares(score, none, sites.site, n)
        others = _shares(score[true] - own, none[at] - lost, row, len(mark))
        others[marks[at][row] < 2] = 0  # nobody else says anything of it
    order = np.lexsort([sites.start - sites.end, -chance.round(9), sites.site])
    best = order[np.unique(sites.site[order], return_index=True)[1]]
    return best, chance[best]


def _shares(log: Floats, rest: Floats, group: Ints, n: int) -> Floats:
    """The chance of each row within its group from log chances; ``rest`` (n,) that of none."""
    top = rest.copy()
    np.maximum.at(top, group, log)
    weight = np.exp(log - top[group])
    whole = np.bincount(group, weight, n) + np.exp(rest - top)
    share: Floats = weight / whole[group]
    return share


def without_overlaps(item: Ints, start: Ints, end: Ints, value: Floats) -> Bools:
    """(spans,) which spans stay so that no two of an item share a word: of those that do, the one
    of the highest value, the longest of several.

    >>> item = np.zeros(3, dtype=int)
    >>> without_overlaps(item, np.array([0, 1, 4]), np.array([2, 5, 6]), np.array([0.9, 0.8, 0.7]))
    array([ True, False,  True])
    """
    order = np.lexsort([end, start, item])
    a, b = (order[part] for part in overlapping(item[order], start[order], end[order]))
    by = np.lexsort([start, start - end, -value])
    rank = np.empty(len(by), dtype=np.int64)
    rank[by] = np.arange(len(by))
    state = np.zeros(len(by), dtype=np.int8)  # 0 open, 1 stays, -1 goes
    while (state == 0).any():
        open_ = (state[a] == 0) & (state[b] == 0)
        a, b = a[open_], b[open_]
        best = rank.copy()
        np.minimum.at(best, a, rank[b])
        np.minimum.at(best, b, rank[a])
        state[(state == 0) & (best == rank)] = 1
        for one, other in ((a, b), (b, a)):
            state[one[state[other] == 1]] = -1
    return np.asarray(state == 1)
