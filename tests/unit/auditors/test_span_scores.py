"""span_scores: each kind of error on a worked sentence, with its name and its mend."""

import numpy as np
import pytest

from reliabel.auditors import span_scores
from reliabel.core.evidence import TokenProbs
from reliabel.core.labels import Grouped, Spans

NAMES = ("O", "B-LOC", "I-LOC", "B-PER", "I-PER")
TRUE = ("B-PER", "I-PER", "O", "O", "B-LOC", "I-LOC", "O", "B-LOC")


def tagger(*sentences: tuple[str, ...], sure: float = 0.9) -> TokenProbs:
    """Probabilities of a tagger that is sure of these tags."""
    flat = [tag for tags in sentences for tag in tags]
    p = np.full((len(flat), 5), (1 - sure) / 4)
    p[np.arange(len(flat)), [NAMES.index(tag) for tag in flat]] = sure
    return TokenProbs(p, np.cumsum([0, *map(len, sentences)]), NAMES)


@pytest.mark.parametrize(
    ("given", "kind", "mend"),
    [
        ((0, 2, 1), "", None),
        ((0, 2, 0), "type", (0, 2, 1)),
        ((0, 1, 1), "boundary", (0, 2, 1)),
        ((0, 3, 1), "boundary", (0, 2, 1)),
        ((1, 2, 0), "type and boundary", (0, 2, 1)),
        ((2, 3, 0), "spurious", (2, 3, -1)),
        ((7, 8, -1), "missing", (7, 8, 0)),
    ],
)
def test_each_kind_of_error_is_named_and_mended(given, kind, mend):
    start, end, y = given
    spans = Spans([start], [end], [y], ("LOC", "PER"))
    found = span_scores.audit(Grouped(spans, [0, 1]), token_probs=tagger(TRUE))
    if not kind:
        assert found.score[0] < 0.11
        assert not found.flag[0]
        return
    assert found.kind == [kind]
    assert found.score[0] > 0.75
    made = found.suggest.units
    assert (int(made.start[0]), int(made.end[0]), int(made.y[0])) == mend


def test_the_score_is_the_share_of_the_alternative():
    """Type: .025 for what is given, .9 for the other class; .001 is added to both."""
    spans = Spans([0], [2], [0], ("LOC", "PER"))
    found = span_scores.audit(Grouped(spans, [0, 1]), token_probs=tagger(TRUE))
    # the start of a PER is its B and its I at a place that no PER precedes: .9 + .025
    assert found.score[0] == pytest.approx((0.9 + 0.001) / (0.9 + 0.025 + 0.002), abs=1e-6)


def test_a_candidate_on_the_words_of_a_span_is_its_mend_and_has_no_score():
    spans = Spans([0, 0], [1, 2], [1, -1], ("LOC", "PER"))
    found = span_scores.audit(Grouped(spans, [0, 2]), token_probs=tagger(TRUE))
    assert np.isnan(found.score[1])
    assert found.kind == ["boundary", ""]


def test_tags_that_only_know_insides_are_read():
    probs = TokenProbs([[0.1, 0.9], [0.1, 0.9], [0.9, 0.1]], [0, 3], ("O", "I-LOC"))
    spans = Spans([0, 0], [1, 2], [0, 0], ["LOC"])
    found = span_scores.audit(Grouped(spans, [0, 2]), token_probs=probs)
    assert found.score[0] > 0.7 > 0.3 > found.score[1]


def test_a_class_that_the_tagger_does_not_know_has_no_chance():
    spans = Spans([0], [2], [2], ("LOC", "PER", "NEW"))
    found = span_scores.audit(Grouped(spans, [0, 1]), token_probs=tagger(TRUE))
    assert found.kind == ["type"]
    assert found.score[0] > 0.99


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ((0, 2, 0), "the tagger gives 'LOC' 3 % and 'PER' 90 %"),
        ((0, 1, 1), "the tagger gives 'PER' 10 % and 'PER' on the words 0:2 90 %"),
        ((7, 8, -1), "the tagger gives 'no span' 2 % and 'LOC' 92 %"),
        ((0, 2, 1), ""),
    ],
)
def test_what_the_tagger_sees_is_told(given, why):
    start, end, y = given
    spans = Spans([start], [end], [y], ("LOC", "PER"))
    found = span_scores.audit(Grouped(spans, [0, 1]), token_probs=tagger(TRUE))
    assert found.info["why"][0] == why
