"""tags: each kind of error is what it says, and is there as often as asked."""

import numpy as np
import pytest

from reliabel.core.labels import Grouped, Spans
from reliabel.corrupters import tags
from reliabel.ops.span_matching import KINDS, matched
from reliabel.ops.spans import overlaps

TYPES = ("LOC", "ORG", "PER")


def text(n: int = 400):
    """Sentences of ten words with two spans of one to three words."""
    rng = np.random.default_rng(0)
    items = [tuple(rng.choice(["Aa", "bb", "cc", "Dd"], 10).tolist()) for _ in range(n)]
    start = np.stack([rng.integers(0, 2, n), rng.integers(5, 7, n)], 1)
    end = start + rng.integers(1, 4, (n, 2))
    y = rng.integers(0, 3, (n, 2))
    spans = Spans(start.ravel(), end.ravel(), y.ravel(), TYPES)
    return items, Grouped(spans, 2 * np.arange(n + 1))


def made(seed=0, **options):
    items, labels = text()
    return labels, tags.corrupt(labels, items=items, rng=np.random.default_rng(seed), **options)


def against(truth, given):
    """The kinds of the given spans by matching them with the true ones."""
    sides = [(s.units.start, s.units.end, s.units.y, s.item) for s in (given, truth)]
    return np.array(KINDS)[matched(*sides[0], sides[1]).kind]


def test_each_kind_is_what_it_says():
    truth, found = made(rate=0.4)
    kinds, seen = np.array(found.info["kinds"]), against(truth, found.labels)
    assert (seen[kinds == ""] == "same").all()
    assert (seen[kinds == "boundary"] == "boundary").all()
    assert (seen[kinds == "type"] == "type").all()
    assert (seen[kinds == "spurious"] == "alone").all()
    assert (found.wrong == (kinds != "")).all()
    gone = found.info["missing"]
    assert (against(truth, gone) == "same").all()
    assert (against(found.labels, gone) == "alone").mean() > 0.9  # a neighbour may reach there


@pytest.mark.parametrize("kind", ["boundary", "type", "missing", "spurious"])
def test_one_kind_alone_at_its_rate(kind):
    parts = dict.fromkeys(("boundary", "type", "missing", "spurious"), 0.0)
    _, found = made(rate=0.1, **{**parts, kind: 1.0})
    planted = found.info["planted"]
    assert planted.pop(kind) == 80
    assert not any(planted.values())


def test_no_word_gets_two_spans_and_none_lies_outside():
    for seed in range(5):
        _, found = made(seed, rate=0.8)
        units = found.labels.units
        assert not len(overlaps(units.start, units.end, found.labels.offsets))
        assert units.end.max() <= 10
        order = np.lexsort([units.end, units.start, found.labels.item])
        assert (order == np.arange(len(units))).all()


@pytest.mark.parametrize(
    ("options", "told"),
    [({"rate": 1.5}, "a share of the spans"), ({"boundary": -1.0}, "parts of 0 or more")],
)
def test_what_makes_no_sense_is_refused(options, told):
    with pytest.raises(ValueError, match=told):
        made(**options)
