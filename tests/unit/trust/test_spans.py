"""P(wrong) and the count of spans, on a text whose tagger knows exactly what it does not know."""

from dataclasses import replace

import numpy as np
import pytest

import reliabel as rl
from reliabel.bench.span_worlds import slips
from reliabel.core.evidence import TokenProbs
from reliabel.core.labels import Grouped, Spans
from reliabel.ops.span_alternatives import alternatives
from reliabel.prepare import prepare
from reliabel.trust.spans import EVENLY, NO_SPAN, p_wrong_spans, same_words, unit_probs
from reliabel.trust.surest_changes import auto_decisions

TYPES = ("LOC", "PER")


def slipped(rate: float, seed: int, n: int = 3000):
    """The prepared data set, whether each unit is wrong, and how many were planted."""
    data, slip = slips(rate, seed, n)
    items = [(f"w{i}", ".") for i in range(n)]
    ready = prepare(replace(data, evidence={**data.evidence, "items": items}), frozenset()).data
    return ready, slip[ready.labels.item], int(slip.sum())


def judged(data, seed=0):
    return p_wrong_spans(
        data.labels,
        token_probs=data.evidence["token_probs"],
        items=data.evidence["items"],
        rng=np.random.default_rng(seed),
    )


def test_wrong_and_missing_spans_are_counted_together():
    data, wrong, planted = slipped(0.05, 0)
    found = judged(data)
    assert found.count.identified
    assert found.count.low <= planted <= found.count.high
    missing = int((wrong & (data.labels.units.y < 0)).sum())
    assert found.missing == pytest.approx(missing, rel=0.6)
    assert found.p[wrong].mean() > 0.6 > 0.1 > found.p[~wrong].mean()


def test_the_mend_of_a_wrong_type_is_the_other_and_of_what_is_missing_a_span():
    data, wrong, _ = slipped(0.05, 1)
    found, units = judged(data), data.labels.units
    clear = wrong & (found.p > 0.8)
    added, given = clear & (units.y < 0), clear & (units.y >= 0)
    assert added.any()
    assert (found.suggest.y[added] >= 0).all()
    assert (found.suggest.y[given] != units.y[given]).all()
    assert (found.suggest.y[given] < 0).any(), "a spurious span is taken away"


def test_errors_that_fall_evenly_are_counted_as_such_in_the_order_of_confusions():
    data, _, planted = slipped(0.02, 0)
    found = judged(data)
    assert found.count.assumes == EVENLY
    assert found.count.low <= planted <= found.count.high
    people = p_wrong_spans(
        data.labels,
        token_probs=data.evidence["token_probs"],
        items=data.evidence["items"],
        noise="human",
        rng=np.random.default_rng(0),
    )
    assert "people" in people.count.assumes
    assert abs(found.count.value - planted) < abs(people.count.value - planted)
    known = np.isfinite(found.p)
    assert (np.argsort(found.p[known]) == np.argsort(people.p[known])).mean() > 0.99


@pytest.mark.slow
def test_the_interval_covers_in_nine_of_ten_draws():
    hits = [
        found.count.low <= planted <= found.count.high
        for rate in (0.02, 0.06)
        for seed in range(10)
        for data, _, planted in [slipped(rate, 100 + seed)]
        for found in [judged(data)]
    ]
    assert np.mean(hits) >= 0.9


def test_the_evidence_on_a_unit_does_not_look_at_its_class():
    data, _, _ = slipped(0.05, 2, n=200)
    labels, probs = data.labels, data.evidence["token_probs"]
    units = labels.units
    rows = np.flatnonzero(units.y >= 0)[:20]
    other = units.y.copy()
    other[rows] = 1 - other[rows]
    moved = Spans(units.start, units.end, other, units.names)
    here, there = (unit_probs(alternatives(u, labels.item, probs)) for u in (units, moved))
    assert here[rows] == pytest.approx(there[rows])
    assert here.sum(1) == pytest.approx(1)
    items = data.evidence["items"]
    one, two = (same_words(u, labels.item, items) for u in (units, moved))
    assert one[rows] == pytest.approx(two[rows])


def test_the_same_words_elsewhere_speak():
    spans = Spans([0, 0, 0], [1, 1, 1], [0, 0, 1], TYPES)
    table = same_words(spans, np.arange(3), [("a",), ("a",), ("a",)])
    assert np.exp(table[2]).tolist() == pytest.approx([7 / 9, 1 / 9, 1 / 9])
    assert np.exp(table[0]).tolist() == pytest.approx([4 / 9, 4 / 9, 1 / 9])
    assert NO_SPAN == "no span"


def test_words_of_a_likelier_span_rank_first():
    """A hundred spans end a word too early; the tagger is sure of the longer ones, and as often
    sees a shorter one where the longer is given and right.
    """
    n, rng = 1500, np.random.default_rng(0)
    early = np.arange(n) % 15 == 0
    sure = np.where(rng.random(n) < 0.9, rng.uniform(0.99, 1, n), rng.uniform(0.6, 0.99, n))
    p = np.zeros((3 * n, 3))
    p[::3] = [0.02, 0.98, 0]
    p[1::3, 2], p[1::3, 0] = sure, 1 - sure
    p[2::3, 0] = 1
    spans = Spans(np.zeros(n, int), np.where(early, 1, 2), np.zeros(n, int), ["LOC"])
    labels = Grouped(spans, np.arange(n + 1))
    probs = TokenProbs(p, 3 * np.arange(n + 1), ("O", "B-LOC", "I-LOC"))
    found = p_wrong_spans(labels, token_probs=probs, rng=rng)
    assert np.median(found.p[early]) > 20 * np.median(found.p[~early])
    assert (found.suggest.end[early] == 2).all()


def test_the_surest_mends_are_decisions_with_their_words():
    data, _ = slips(0.05, 3)
    audit = rl.audit(data, by=["span_scores"])
    decisions, _ = auto_decisions(audit, 0.9)
    units = audit.data.labels.units
    rows = [int(audit.data.labels.offsets[int(one.id)]) + (one.unit or 0) for one in decisions]
    assert len(decisions) > 20
    assert all(one.label in ("LOC 0:1", "PER 0:1") for one in decisions)
    given = [None if units.y[row] < 0 else f"{TYPES[units.y[row]]} 0:1" for row in rows]
    assert all(one.label != old for one, old in zip(decisions, given, strict=True))


def test_a_count_that_may_be_anything_is_not_told(monkeypatch):
    data, _, _ = slipped(0.05, 0)
    monkeypatch.setattr("reliabel.trust.spans.WIDEST", 1)
    found = judged(data)
    assert not found.count.identified
    assert np.isnan(found.count.value)
    assert "may be anything from" in found.found.warnings[-1]
    assert np.isfinite(found.p).any()
