"""What a tagger says of given tags, and the worst word of a span."""

import numpy as np

from reliabel.core.evidence import TokenProbs
from reliabel.core.labels import Grouped, Spans
from reliabel.ops.span_words import given_tags, lowest, tag_table


def test_tags_and_chances_are_in_one_order():
    labels = Grouped(Spans([1, 0], [3, 1], [1, 0], ["LOC", "PER"]), [0, 1, 2])
    names = ["I-PER", "O", "B-PER", "B-LOC"]
    probs = TokenProbs(np.tile([0.1, 0.2, 0.3, 0.4], (4, 1)), [0, 3, 4], names)
    assert given_tags(labels, probs).tolist() == [0, 3, 4, 1]
    own = tag_table(probs, ["LOC", "PER"])[np.arange(4), given_tags(labels, probs)]
    assert own.round(3).tolist() == [0.2, 0.3, 0.1, 0.4]


def test_no_spans_have_no_lowest():
    none = Grouped(Spans([], [], [], ["LOC"]), [0, 0])
    assert lowest(np.array([0.5]), none, np.array([0, 1])).shape == (0,)
