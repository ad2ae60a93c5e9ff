"""A model trained on the probabilities of a consensus."""

import numpy as np
import pytest

import reliabel as rl
from reliabel.rules import keyword
from reliabel.verbs.end_model import end_model

pytest.importorskip("torch")
RULES = [keyword("spam", "free"), keyword("spam", "money"), keyword("ham", "noon")]


def _data(texts):
    data = rl.votes_from_functions(texts, RULES)
    return data, rl.aggregate(data)


@pytest.mark.slow
def test_it_knows_items_that_no_function_speaks_of(tmp_path):
    texts = ["free prize now", "money prize", "noon at the cafe", "meet at noon cafe"] * 15
    texts += ["a prize", "the cafe"]
    data, consensus = _data(texts)
    gold = np.full(len(texts), -1)
    gold[-2:] = [1, 0]
    found = end_model(consensus, data, gold=gold, embed="tfidf", folder=tmp_path / "m")
    assert found.rows == 60
    assert found.known == 2
    assert found.right[1] == 1.0
    assert found.labels.p[-2:].argmax(1).tolist() == [1, 0]
    assert rl.predict(tmp_path / "m", ["prize"]).predicted == ["spam"]


def test_too_few_items_and_no_items_are_sentences():
    data, consensus = _data(["free money", "noon", "noon money"])
    with pytest.raises(ValueError, match="20 items with a vote and a likely class, got"):
        end_model(consensus, data)
    with pytest.raises(ValueError, match="needs the items"):
        end_model(consensus, rl.Dataset(data.labels))
