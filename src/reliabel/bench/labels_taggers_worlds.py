"""Tagged news with planted errors, cut into sentences to learn from and clean ones to judge a
tagger by, and how good the tagger is that learns from labels made out of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset
from reliabel.core.evidence import TokenProbs
from reliabel.core.labels import Bools, Floats, Grouped, Ints, Spans
from reliabel.core.results import Corrupted
from reliabel.core.short_repr import by_fields
from reliabel.verbs.corrupt import corrupt

Words = Sequence[tuple[str, ...]]
FOLDS = 5
PLACES = 0.1  # chance of a span from which a place without one is judged, as the audit has it
EVEN = {"rate": 0.2}
CROWD = {"rate": 0.45, "boundary": 0.058, "type": 0.08, "missing": 0.289, "spurious": 0.021}


@dataclass(frozen=True, eq=False)
class World:
    """Sentences to learn from with planted errors, other sentences of the same news with the truth,
    and the evidence of a tagger that did not train on the sentence; ``labels`` are the given spans
    and the places where it sees one that is not given, ``wrong`` (units,) says which are errors.
    """

    items: Words
    truth: Grouped[Spans]
    noisy: Grouped[Spans]
    test: Words
    answers: Grouped[Spans]
    token_probs: TokenProbs
    labels: Grouped[Spans]
    wrong: Bools
    planted: int

    __repr__ = by_fields

    @property
    def offsets(self) -> Ints:
        return np.asarray(self.token_probs.offsets)

    @property
    def tags(self) -> Ints:
        """(words,) the given tags."""
        from reliabel.ops.tagger import tag_codes

        return tag_codes(self.noisy, self.offsets)


def world(
    news: tuple[Words, Grouped[Spans]], regime: str, seed: int, sizes: tuple[int, int]
) -> World:
    """So many sentences to learn from and to judge by, drawn anew for each seed."""
    from reliabel.ops.tagger import out_of_fold, tag_codes, tokens_of

    items, answers, test, right = _cut(news, sizes, np.random.default_rng(1000 + seed))
    made = planted(items, answers, regime, seed)
    noisy = made.labels
    assert isinstance(noisy, Grouped)
    tokens = tokens_of(items)
    names = tag_names(answers.units.names)
    fold = np.random.default_rng(seed).permutation(len(items)) % FOLDS
    y = tag_codes(noisy, tokens.words.offsets)
    p = out_of_fold(tokens, y, len(names), fold)
    probs = TokenProbs(p, tokens.words.offsets, names)
    labels = with_places(noisy, probs)
    wrong, errors = _wrong(labels, noisy, answers)
    return World(items, answers, noisy, test, right, probs, labels, wrong, errors)


def planted(items: Words, truth: Grouped[Spans], regime: str, seed: int) -> Corrupted:
    """``even``: all kinds on spans at random; ``crowd``: the shares of a real crowd, most of them
    missing; ``names``: of a third of the spans, by name: all of a name are another class or gone.
    """
    if regime == "names":
        return _by_name(items, truth, 0.3, np.random.default_rng(seed))
    rates: dict[str, Any] = EVEN if regime == "even" else CROWD
    return corrupt(Dataset(truth, {"items": items}), by="tags", seed=seed, **rates)


def retrained(
    of: World,
    labels: Grouped[Spans] | None = None,
    *,
    more: tuple[Words, Grouped[Spans]] | None = None,
    keep: Bools | None = None,
    weight: Floats | None = None,
    soft: Floats | None = None,
) -> float:
    """100 F1, on the clean sentences, of the tagger that learns from the labels of this world (the
    given ones without other words), each word by its weight, or from soft ones.

    more: clean sentences that it learns from beside them.  keep: (words,) the words that count.
    """
    from reliabel.ops.tagger import fit, tag_codes, tokens_of

    first = (of.items, of.noisy if labels is None else labels)
    learnt = [first] if more is None else [first, more]
    words = [*(sentence for part, _ in learnt for sentence in part), *of.test]
    tokens = tokens_of(words)
    y = np.concatenate([tag_codes(part, _offsets(text)) for text, part in learnt])
    if keep is not None:
        y[: len(keep)][~keep] = -1
    rest = len(tokens.words.word) - len(y)
    rows = np.arange(len(y), len(tokens.words.word))
    if weight is not None:  # the mean stays 1: the penalty of the tagger counts as much
        weight = np.append(weight / weight.mean(), np.zeros(rest))
    if soft is not None:
        soft = np.vstack([soft, np.zeros((rest, soft.shape[1]))])
    types = of.answers.units.names
    y = np.append(y, np.full(rest, -1))
    made = fit(tokens, y, 1 + 2 * len(types), weight=weight, soft=soft)
    return 100 * agreement(spans_read(made.probs(tokens, rows), _offsets(of.test), types),
                           of.answers)  # fmt: skip


def corrected(labels: Grouped[Spans], change: Bools, mend: Grouped[Spans]) -> Grouped[Spans]:
    """The labels with some units mended; a mend without a class takes the span away."""
    units, other = labels.units, mend.units
    start, end, y = (
        np.where(change, getattr(other, name), getattr(units, name))
        for name in ("start", "end", "y")
    )
    return _those(labels, start, end, y, y >= 0)


def agreement(one: Grouped[Spans], two: Grouped[Spans]) -> float:
    """The micro-averaged F1 of two sets of spans of the same sentences."""
    a, b = (
        np.unique(np.stack([s.item, s.units.start, s.units.end, s.units.y], 1), axis=0)
        for s in (one, two)
    )
    both = len(a) + len(b) - len(np.unique(np.vstack([a, b]), axis=0))
    return 2 * both / max(len(a) + len(b), 1)


def spans_read(p: Floats, offsets: Ints, types: tuple[str, ...]) -> Grouped[Spans]:
    """The spans of the likeliest tag of each word."""
    from reliabel.ops.spans import spans_of, tags_of_names

    parts = tags_of_names(tag_names(types))
    found = spans_of(p.argmax(1), offsets, parts)
    y = np.array([types.index(name) for name in parts.types])[found.y]
    return Grouped(Spans(found.start, found.end, y, types), found.offsets)


def tag_names(types: Sequence[str]) -> tuple[str, ...]:
    """The tags by the codes that the tagger has."""
    return ("O", *(f"{letter}-{name}" for name in types for letter in "BI"))


def with_places(labels: Grouped[Spans], probs: TokenProbs) -> Grouped[Spans]:
    """The labels with the places where the tagger sees a span and none is given."""
    from reliabel.ops.span_probs import apart, crossing, likely, span_probs

    units, item = labels.units, labels.item
    found = likely(span_probs(probs, units.names), PLACES)
    taken, _ = crossing(found.item, found.start, found.end, (item, units.start, units.end))
    free = np.ones(len(found), dtype=bool)
    free[taken] = False
    found = apart(found.take(np.flatnonzero(free)))
    owner = np.concatenate([item, found.item])
    start = np.concatenate([units.start, found.start])
    end = np.concatenate([units.end, found.end])
    y = np.concatenate([units.y, np.full(len(found), -1)])
    order = np.lexsort([end, start, owner])
    return _grouped(owner[order], start[order], end[order], y[order], units.names, len(labels))


def _cut(
    news: tuple[Words, Grouped[Spans]], sizes: tuple[int, int], rng: np.random.Generator
) -> tuple[Words, Grouped[Spans], Words, Grouped[Spans]]:
    items, truth = news
    order = rng.permutation(len(items))
    learn, judge = np.sort(order[: sizes[0]]), np.sort(order[sizes[0] : sum(sizes)])
    one, two = ([items[i] for i in rows] for rows in (learn, judge))
    return one, truth.take(learn), two, truth.take(judge)


def _by_name(
    items: Words, truth: Grouped[Spans], share: float, rng: np.random.Generator
) -> Corrupted:
    units, item = truth.units, truth.item
    told = zip(item.tolist(), units.start.tolist(), units.end.tolist(), strict=True)
    name = np.unique([" ".join(items[i][a:b]) for i, a, b in told], return_inverse=True)[1].ravel()
    count = np.bincount(name)
    order = rng.permutation(len(count))
    chosen = order[: int(np.searchsorted(np.cumsum(count[order]), share * len(name)))]
    gone, step = rng.random(len(count)) < 0.5, rng.integers(1, units.k, len(count))
    hit = np.isin(name, chosen)
    y = np.where(hit & ~gone[name], (units.y + step[name]) % units.k, units.y)
    kept = ~(hit & gone[name])
    made = _those(truth, units.start, units.end, y, kept)
    return Corrupted(made, np.arange(len(truth)), (y != units.y)[kept])


def _wrong(
    labels: Grouped[Spans], noisy: Grouped[Spans], truth: Grouped[Spans]
) -> tuple[Bools, int]:
    """Which units are errors, and how many there are: given spans that are not in the truth, and
    spans of the truth that share no word with a given one; a place is one where it has its words.
    """

    from reliabel.ops.span_probs import crossing

    def keys(s: Grouped[Spans], width: int) -> set[tuple[int, ...]]:
        parts = (s.item, s.units.start, s.units.end, s.units.y)[:width]
        return set(zip(*(part.tolist() for part in parts), strict=True))

    units, right = labels.units, keys(truth, 4)
    some = noisy.units
    met, _ = crossing(
        *(truth.item, truth.units.start, truth.units.end), (noisy.item, some.start, some.end)
    )
    free = np.ones(len(truth.units), dtype=bool)
    free[met] = False
    missing = keys(_those(truth, truth.units.start, truth.units.end, truth.units.y, free), 3)
    rows = zip(
        *(part.tolist() for part in (labels.item, units.start, units.end, units.y)), strict=True
    )
    wrong = np.array(
        [(r[:3] in missing) if r[3] < 0 else (r not in right) for r in rows], dtype=bool
    )
    return wrong, int(wrong[units.y >= 0].sum()) + len(missing)


def _those(labels: Grouped[Spans], start: Ints, end: Ints, y: Ints, kept: Bools) -> Grouped[Spans]:
    names, item = labels.units.names, labels.item
    return _grouped(item[kept], start[kept], end[kept], y[kept], names, len(labels))


def _grouped(
    item: Ints, start: Ints, end: Ints, y: Ints, names: tuple[str, ...], n: int
) -> Grouped[Spans]:
    offsets = np.concatenate([[0], np.cumsum(np.bincount(item, minlength=n))])
    return Grouped(Spans(start, end, y, names), offsets)


def _offsets(items: Words) -> Ints:
    return np.concatenate([[0], np.cumsum([len(words) for words in items], dtype=np.int64)])
