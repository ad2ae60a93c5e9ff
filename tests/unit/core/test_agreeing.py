"""Which auditors agree that a label looks wrong, and the sentence that says so."""

import numpy as np
import pytest

from reliabel.core.agreeing import Agreeing, worst_from
from reliabel.core.dataset import Dataset
from reliabel.core.findings import label_findings
from reliabel.core.labels import Classes
from reliabel.core.results import Audit, Suspicion
from reliabel.core.rows import findings_csv


def opinions():
    """Three auditors of 300 labels: two that see the last ones, one that sees the first; "two"
    flags the last twenty.
    """
    score = np.arange(300.0)
    return {
        "one": Suspicion(score),
        "two": Suspicion(score / 9, flag=score >= 280),
        "odd": Suspicion(-score),
    }


def ranks():
    """The same without a rule of their own."""
    return {name: Suspicion(opinion.score) for name, opinion in opinions().items()}


def test_without_rules_each_points_at_as_many_as_are_thought_to_be_wrong():
    agreeing = Agreeing(ranks(), np.array([299, 290, 289, 0]), suspects=10)
    assert [agreeing.by(place) for place in range(4)] == [
        ("one", "two"),
        ("one", "two"),
        (),
        ("odd",),
    ]
    assert [agreeing.told(place) for place in (0, 2)] == [
        "2 of 3 auditors agree",
        "0 of 3 auditors agree",
    ]


@pytest.mark.parametrize("suspects", [None, 3])
def test_a_rule_of_its_own_counts_and_the_others_point_at_as_many(suspects):
    """Three labels are thought to be wrong, and twenty look so: a number that is too low hides no
    agreement.
    """
    agreeing = Agreeing(opinions(), np.array([299, 280, 279, 19]), suspects)
    assert agreeing.by(0) == agreeing.by(1) == ("one", "two")
    assert agreeing.by(2) == ()
    assert agreeing.by(3) == ("odd",)


def test_a_tenth_of_the_labels_where_nobody_flags():
    agreeing = Agreeing({"one": Suspicion(np.arange(300.0))}, np.arange(300))
    assert sum(len(agreeing.by(place)) for place in range(300)) == 30


def test_an_auditor_that_says_the_same_of_all_agrees_to_nothing():
    same = {"same": Suspicion(np.ones(300)), "one": Suspicion(np.arange(300.0))}
    agreeing = Agreeing(same, np.array([299, 0]), suspects=20)
    assert agreeing.by(0) == ("one",)
    assert agreeing.told(0) == "1 of 2 auditors agree"


@pytest.mark.parametrize(("many", "cut"), [(1, np.inf), (2, 0.9), (3, 0.9), (4, 0.5), (0, np.inf)])
def test_labels_of_equal_score_are_in_together_or_not_at_all(many, cut):
    assert worst_from(np.array([0.9, 0.9, 0.9, 0.5, np.nan]), many) == cut


def test_an_auditor_without_an_opinion_of_a_label_does_not_count():
    blind = np.where(np.arange(300) == 299, np.nan, np.arange(300.0))
    agreeing = Agreeing({**opinions(), "blind": Suspicion(blind)}, np.array([299, 298]), 10)
    assert agreeing.told(0) == "2 of 3 auditors agree"
    assert agreeing.told(1) == "3 of 4 auditors agree"
    alone = Agreeing({"one": Suspicion(np.arange(9.0))}, np.array([8]), 3)
    assert alone.told(0) is None


def test_findings_and_their_csv_say_who_agrees():
    data = Dataset(Classes(np.arange(300) % 2))
    found = label_findings(data, opinions(), np.arange(300.0), suspects=10, at_least=40)
    assert found[0].agree == "2 of 3 auditors agree"
    assert found[-1].agree == "0 of 3 auditors agree"
    text = findings_csv(Audit(data, opinions(), {}, {}, None, None, None, found, (), {}))
    head, first = text.splitlines()[:2]
    assert dict(zip(head.split(","), first.split(","), strict=True))["agree"] == found[0].agree
