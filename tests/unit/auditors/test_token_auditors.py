"""crossweigh, sequence_correction, token_collaboration and token_influence: planted errors that
they find, and what tells them from simpler scores.
"""

import numpy as np
import pytest

from reliabel.auditors import (
    crossweigh,
    sequence_correction,
    token_collaboration,
    token_influence,
)
from reliabel.bench.metrics import auroc
from reliabel.core.evidence import TokenProbs
from reliabel.core.labels import Classes, Grouped, Spans
from reliabel.ops.tagger import out_of_fold, tag_codes, tokens_of

TYPES = ("LOC", "PER")


def text(n: int = 240, seed: int = 0):
    """A name of four letters after "in" or "said"; each name comes in three sentences, and those of
    thirty names are of the wrong class in all three.
    """
    rng = np.random.default_rng(seed)
    names = ["".join(rng.choice(list("ABCDEFGHIJ"), 4)) for _ in range(n // 3)]
    kind = rng.integers(0, 2, n // 3)
    wrong = np.arange(n // 3) < 10
    items = [
        ("they", ("in", "said")[kind[i // 3]], names[i // 3], str(rng.integers(99)))
        for i in range(n)
    ]
    given = np.repeat(np.where(wrong, 1 - kind, kind), 3)
    spans = Spans(np.full(n, 2), np.full(n, 3), given, TYPES)
    return items, Grouped(spans, np.arange(n + 1)), np.repeat(wrong, 3)


def test_a_name_that_is_wrong_everywhere_is_found_when_it_is_kept_apart():
    """The tagger of a fold that saw the name elsewhere repeats its wrong class."""
    items, labels, wrong = text()
    rng = np.random.default_rng(0)
    found = crossweigh.audit(labels, items=items, rng=rng, rounds=2, folds=5)
    assert auroc(found.score, wrong) > 0.95
    assert (found.suggest.units.y[wrong] != labels.units.y[wrong]).mean() > 0.9
    assert (found.info["weight"][wrong] < 1).mean() > 0.9
    by_heart = crossweigh.audit(
        labels, items=items, rng=np.random.default_rng(0), rounds=2, folds=5, common=0.0
    )
    assert auroc(by_heart.score, wrong) < auroc(found.score, wrong)


def test_corrections_of_the_scorer_make_labels_better():
    items, labels, _ = text(600)
    slipped = np.arange(600) % 12 == 0
    units = labels.units
    other = Spans(units.start, units.end, np.where(slipped, 1 - units.y, units.y), TYPES)
    given = Grouped(other, labels.offsets)
    tokens = tokens_of(items)
    p = out_of_fold(tokens, tag_codes(given, tokens.words.offsets), 5, np.arange(600) % 4)
    names = ("O", "B-LOC", "I-LOC", "B-PER", "I-PER")
    found = sequence_correction.audit(given, token_probs=TokenProbs(p, tokens.words.offsets, names))
    wrong = slipped | (np.arange(600) < 30)
    assert auroc(found.score, slipped) > 0.85
    assert found.flag[wrong].mean() > 0.5 > 0.1 > found.flag[~wrong].mean()
    assert set(np.array(found.kind)[slipped & found.flag]) == {"type"}
    mended = np.where(found.flag, found.suggest.units.y, other.y)
    assert (mended != units.y).mean() < (other.y != units.y).mean() / 2


def test_weights_of_collaboration_are_the_papers():
    """Three of four neighbours against one: .75 / .75 and .25 / .75 around their mean, through the
    sigmoid, by the largest.
    """
    weight = token_collaboration._weights(np.array([3.0, 1, 2, 2]))
    share = np.array([3, 1, 2, 2]) / 3
    pulled = 1 / (1 + np.exp(-6 * (share - share.mean())))
    assert weight == pytest.approx(pulled / pulled.max())


def test_words_like_it_tell_what_the_tagger_does_not_know():
    """Where the tagger is at a loss, neighbours in the same context tell the slips."""
    items, labels, _ = text(600)
    slipped = np.arange(600) % 12 == 0
    units, offsets = labels.units, np.arange(601) * 4
    given = Spans(units.start, units.end, np.where(slipped, 1 - units.y, units.y), TYPES)
    p = np.tile([0.97, 0.03, 0, 0, 0], (2400, 1))
    p[3 - 1 :: 4] = [0.1, 0.45, 0, 0.45, 0]
    probs = TokenProbs(p, offsets, ("O", "B-LOC", "I-LOC", "B-PER", "I-PER"))
    found = token_collaboration.audit(
        Grouped(given, labels.offsets), items=items, token_probs=probs
    )
    assert auroc(found.score, slipped) > 0.9
    assert found.info["weight"].shape == (2400,)
    soft = found.info["soft"]
    assert soft.shape == p.shape
    assert (soft.sum(1) <= 1 + 1e-6).all()
    assert soft[0] == pytest.approx(0.5 * np.eye(5)[0] + 0.5 * p[0])


def test_a_better_reference_tells_wrong_labels():
    rng = np.random.default_rng(0)
    true = rng.integers(0, 3, 2000)
    wrong = rng.random(2000) < 0.1
    y = np.where(wrong, (true + 1) % 3, true)
    base = rng.dirichlet([1, 1, 1], 2000) + 0.5 * np.eye(3)[true]
    reference = rng.dirichlet([1, 1, 1], 2000) + 4 * np.eye(3)[true]
    base, reference = (p / p.sum(1, keepdims=True) for p in (base, reference))
    found = token_influence.audit(Classes(y), probs=base, teacher=reference)
    assert auroc(found.score, wrong) > 0.8
    assert found.info["kept"].sum() == 1200
    assert wrong[found.info["kept"]].mean() < wrong.mean() / 3 + 0.01
    with pytest.raises(ValueError, match="keep must be a share"):
        token_influence.audit(Classes(y), probs=base, teacher=reference, keep=2.0)
