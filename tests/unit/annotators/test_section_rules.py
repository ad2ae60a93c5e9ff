"""Notes whose headings are partly missing: rules together know more words than headings, and a
model of words that learns from them needs no heading.
"""

import numpy as np
import pytest
from scipy import sparse
from sklearn.naive_bayes import MultinomialNB

from reliabel.aggregators import dawid_skene, majority
from reliabel.annotators.section_rules import annotate
from reliabel.bench.note_worlds import SECTIONS, notes
from reliabel.core.labels import Classes, Grouped
from reliabel.core.votes_on_units import votes_on_units
from reliabel.ops.chains import smoothed

HEADINGS = tuple((name, f"{name} :") for name in SECTIONS)
CUES = (
    ("subjective", "reports|denies|complains|feels"),
    ("objective", "pulse|mmhg|exam|lungs"),
    ("assessment", "likely|diagnosis|consistent|suspect"),
    ("plan", "prescribe|continue|follow|start"),
)


def _unknown(truth):
    return Grouped(Classes(np.full(len(truth.units), -1), truth.units.names), truth.offsets)


def _right(votes, truth, method):
    """Share of words right; what nobody voted on counts as a guess."""
    flat = votes_on_units(votes)[0]
    p = method.aggregate(flat).labels
    return p, float(p.credit()[np.arange(flat.n), truth.units.y].mean())


@pytest.fixture(scope="module")
def world():
    items, truth = notes(0)
    return items, truth, annotate(_unknown(truth), items=items, headings=HEADINGS, cues=CUES)


def _smoothed(p, offsets):
    """The chances of sections, which mostly go on to the next word."""
    stay = np.full((4, 4), 0.01) + 0.96 * np.eye(4)
    log = np.log(np.maximum(p, 0.02))
    return smoothed(log, offsets, np.full(4, 0.25), stay).posterior


def _near_words(items, index):
    """Counts of the words within ten of each word, without headings (rows: words)."""
    parts = []
    for words in items:
        column = np.array([index.get(word, -1) for word in words])
        one = sparse.csr_array(
            (np.ones(len(words)), (np.arange(len(words)), column + 1)),
            shape=(len(words), len(index) + 1),
        )
        band = sparse.diags_array(np.ones(21), offsets=range(-10, 11), shape=(len(words),) * 2)
        parts.append((band @ one)[:, 1:])
    return sparse.vstack(parts).tocsr()


def test_rules_together_know_more_than_headings_and_a_student_needs_none(world):
    items, truth, votes = world
    alone = annotate(_unknown(truth), items=items, headings=HEADINGS, ordered=False)
    _, by_headings = _right(alone, truth, majority)
    p, together = _right(votes, truth, dawid_skene)
    assert together >= by_headings + 0.08
    chain = _smoothed(p.p, truth.offsets)
    assert (chain.argmax(1) == truth.units.y).mean() >= by_headings + 0.1
    own = sorted({word for words in items for word in words} - {*SECTIONS, ":"})
    index = {word: place for place, word in enumerate(own)}
    x = _near_words(items, index)
    student = MultinomialNB().fit(x, chain.argmax(1))
    fresh, right = notes(7, 60, missing=1.0)
    said = _smoothed(student.predict_proba(_near_words(fresh, index)), right.offsets).argmax(1)
    assert (said == right.units.y).mean() >= 0.85


def test_spread_cue_and_order():
    text = ["A", ":", "x", ".", "y", "cue", "z", ".", "B", ":", "x", "."]
    y = Grouped(Classes(np.full(12, -1), ("a", "b")), np.array([0, 12]))
    votes = annotate(y, items=[text], headings=(("a", "a :"), ("b", "b :")), cues=(("b", "cue"),))
    said = dict(zip(votes.worker.tolist(), votes.labels.units.y.reshape(-1, 12), strict=True))
    assert said[0].tolist() == [0] * 8 + [1] * 4
    assert said[1].tolist() == [-1] * 4 + [1] * 4 + [-1] * 4  # the sentence of the cue
    assert set(said) == {0, 1}  # one note shows no usual order
    many = Grouped(Classes(np.full(60, -1), ("a", "b")), np.arange(0, 61, 12))
    ordered = annotate(many, items=[text] * 5, headings=(("a", "a :"), ("b", "b :")))
    place = ordered.labels.units.y.reshape(-1, 12)[ordered.worker == 2][0]
    assert place.tolist() == [-1, -1, 0, 0, 0, 0, -1, -1, -1, 1, 1, -1]
    never = annotate(many, items=[text] * 5, headings=(("a", "a :"), ("b", "b :")), ordered=False)
    assert 2 not in never.worker


def test_a_heading_is_no_word_within_a_sentence():
    words = ["the", "plan", ":", "rest"]
    y = Grouped(Classes(np.full(4, -1), ("plan",)), np.array([0, 4]))
    assert len(annotate(y, items=[words], headings=(("plan", "plan :"),))) == 0
    assert len(annotate(y, items=[words[1:] + ["x"]], headings=(("plan", "plan :"),))) == 1


def test_what_makes_no_sense_is_refused():
    y = Grouped(Classes(np.full(2, -1), ("a", "b")), np.array([0, 2]))
    with pytest.raises(ValueError, match=r"headings must be pairs .* of a, b, got \('c', 'x'\)"):
        annotate(y, items=[("x", "y")], headings=(("c", "x"),))
    with pytest.raises(ValueError, match="item 0 has 3 words and 2 labels"):
        annotate(y, items=[("x", "y", "z")])
