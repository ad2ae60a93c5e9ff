"""The labels that a training changed or left out, as findings."""

import numpy as np
import pytest

from reliabel.core.corrections import corrections, opinion
from reliabel.core.dataset import Dataset, Ids
from reliabel.core.labels import Classes, MultiLabel, Soft, Votes
from reliabel.core.results import Model
from reliabel.core.rows import findings_csv

NAMES = ("cat", "dog")
GIVEN = Classes(np.array([0, 1, 1, -1, 0]), NAMES)
SEEN = Soft(np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.0, 1.0], [0.3, 0.7]]), NAMES)
DATA = Dataset(GIVEN, {"items": list("abcde"), "features": np.eye(5)}, Ids("vwxyz"))


def test_distributions_that_prefer_another_class_are_findings_most_certain_first():
    audit = corrections(Model(len, SEEN), DATA, "guest")
    found = [(f.id, f.given, f.suggest, round(f.rank, 6), f.by) for f in audit.findings]
    assert found == [("w", "dog", "cat", 0.8, ("guest",)), ("z", "cat", "dog", 0.7, ("guest",))]
    assert audit.findings[1].why == "after training the model gives 'dog' 70 % and 'cat' 30 %"
    assert audit.suggest.tolist() == [-1, 0, -1, -1, 1]
    assert audit.p_suggest[[1, 4]].tolist() == [0.8, 0.7]
    assert np.isnan(audit.p_suggest[[0, 2, 3]]).all()
    assert audit.p_wrong is None
    assert set(audit.data.evidence) == {"items"}, "features are not kept a second time"
    rows = findings_csv(audit).splitlines()
    assert rows[1] == (
        "1,w,label,,0.8,guest,dog,cat,,,after training the model gives 'cat' 80 % and 'dog' 20 %,"
    )


def test_classes_that_changed_or_were_left_out_are_findings():
    now = Classes(np.array([0, 0, -1, 1, 0]), NAMES)
    audit = corrections(Model(len, now), DATA, "guest")
    told = [(f.id, f.suggest, f.why) for f in audit.findings]
    assert told == [
        ("w", "cat", "the training made it 'cat'"),
        ("x", None, "the training left it out"),
    ]
    assert audit.p_suggest is None


def test_a_tie_keeps_the_given_label():
    even = Soft(np.full((5, 2), 0.5), NAMES)
    assert corrections(Model(len, even), DATA, "guest").findings == ()


@pytest.mark.parametrize(
    ("given", "relabelled"),
    [
        (GIVEN, None),
        (GIVEN, SEEN.take(np.arange(3))),
        (GIVEN, Soft(SEEN.p, ("dog", "cat"))),
        (MultiLabel(np.eye(5, 2, dtype=int), NAMES), SEEN),
        (Votes(np.arange(3), np.zeros(3, int), GIVEN.take(np.arange(3)), 3, 1), SEEN),
    ],
)
def test_what_cannot_be_compared_makes_no_findings(given, relabelled):
    assert opinion(given, relabelled) is None
    assert corrections(Model(len, relabelled), Dataset(given), "guest").findings == ()


def test_the_score_is_one_less_the_chance_of_the_given_class():
    said = opinion(GIVEN, SEEN)
    assert np.allclose(said.score, [0.1, 0.8, 0.3, np.nan, 0.7], equal_nan=True)
    assert said.flag.tolist() == [False, True, False, False, True]
