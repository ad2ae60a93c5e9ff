from dataclasses import replace

import numpy as np

from reliabel.core.dataset import Dataset, Ids
from reliabel.core.labels import Classes, Grouped, MultiLabel, Numbers
from reliabel.core.results import Audit, Faults, Finding, Suspicion
from reliabel.core.rows import finding_rows, label_rows, suggested

AB = ("a", "b", "c")


def finding(item, unit=None, suggest=None, finds="label"):
    return Finding(
        item, str(item), unit, finds, None, 0.5, None, (), None, suggest, (1, 2), None, "why"
    )


def audit(labels, said=None, findings=(), p_wrong=None, **evidence):
    return Audit(
        Dataset(labels, evidence, Ids()), said or {}, {}, {}, p_wrong, None, None, findings, (), {}
    )


def words(*proposals, names=AB):
    return {
        f"auditor_{i}": Suspicion(np.linspace(0, 1, len(p)), suggest=Classes(np.array(p), names))
        for i, p in enumerate(proposals)
    }


def test_the_commonest_proposal_other_than_the_given_class_is_suggested_and_findings_win():
    labels = Classes(np.array([0, 0, 1, -1]), AB)
    said = words([1, 0, 1, 2], [2, 0, 2, -1], [2, 1, 2, 2])
    assert suggested(audit(labels, said)).tolist() == [2, 1, 2, 2]
    assert suggested(
        audit(labels, said, [finding(0, suggest="b"), finding(2, suggest="a", finds="outlier")])
    ).tolist() == [1, 1, 2, 2]
    assert suggested(audit(labels, words([0, 0, 1, -1]))).tolist() == [-1] * 4
    assert suggested(audit(labels, words([1, 1, 1, 1], [2, 2, 2, 2]))).tolist() == [1, 1, 2, 1]


def test_classes():
    rows = label_rows(
        audit(
            Classes(np.array([0, -1]), AB),
            {**words([1, -1]), "dup": Faults([], [], np.empty(0), [])},
        )
    )
    assert list(rows) == ["item", "id", "given", "suggest", "score_auditor_0"]
    assert rows["given"] == ["a", None]
    assert rows["suggest"] == ["b", None]
    assert rows["item"].dtype == np.int64


def test_chances_stand_beside_what_they_are_of():
    plain = audit(
        Classes(np.array([0, 1]), AB),
        words([1, 2]),
        [finding(0, suggest="b"), finding(1, suggest="c")],
        p_wrong=np.array([0.8, 0.75]),
    )
    rows = label_rows(replace(plain, suggest=np.array([1, 2]), p_suggest=np.array([0.7, 0.6])))
    assert rows["suggest"] == ["b", "c"]
    assert rows["p_suggest"].tolist() == [0.7, 0.6]
    assert rows["p_wrong"].tolist() == [0.8, 0.75]


def test_cells_of_several_labels_are_units():
    labels = MultiLabel(np.array([[1, 0], [-1, 1]]), ("sport", "art"))
    rows = label_rows(
        audit(labels, words([0, 0, 0, 0], names=("no", "yes")), [finding(0, 1, "yes")])
    )
    assert rows["item"].tolist() == [0, 0, 1, 1]
    assert rows["unit"].tolist() == [0, 1, 0, 1]
    assert rows["class"] == ["sport", "art"] * 2
    assert rows["given"] == ["yes", "no", None, "yes"]
    assert rows["suggest"] == ["no", "yes", "no", "no"]


def test_units_of_groups_are_counted_within_their_item():
    labels = Grouped(Classes(np.array([0, 1, 2]), AB), np.array([0, 2, 2, 3]))
    rows = label_rows(audit(labels, words([1, 1, 1]), [finding(2, 0, "a")]))
    assert rows["item"].tolist() == [0, 0, 2]
    assert rows["unit"].tolist() == [0, 1, 0]
    assert rows["suggest"] == ["b", None, "a"]


def test_numbers_have_values_and_no_suggestion():
    rows = label_rows(audit(Numbers(np.array([0.5, np.nan]))))
    assert rows["given"] == [0.5, None]
    assert "suggest" not in rows


def test_finding_rows_hold_what_a_finding_holds():
    rows = finding_rows(audit(Classes(np.array([0, 1]), AB), findings=[finding(0, suggest="b")]))
    assert list(rows) == [
        "item",
        "id",
        "finds",
        "kind",
        "rank",
        "by",
        "given",
        "suggest",
        "others",
        "where",
        "why",
        "agree",
    ]
    assert rows["others"] == [[1, 2]]
    assert rows["by"] == [[]]
    whole = finding_rows(
        audit(
            MultiLabel(np.array([[0, 1]])), findings=[finding(0, 1)], p_wrong=np.array([0.1, 0.2])
        )
    )
    assert {"unit", "p_wrong"} <= set(whole)
    assert whole["unit"] == [1]
