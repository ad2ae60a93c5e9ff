import numpy as np

from reliabel.core.dataset import Dataset, Ids
from reliabel.core.evidence import Neighbours
from reliabel.core.findings import fault_findings, item_findings, label_findings
from reliabel.core.kinds import flat, place_of
from reliabel.core.labels import Classes, Grouped, MultiLabel
from reliabel.core.results import Faults, Suspicion

LABELS = Classes(np.array([0, 1, 0, -1]), ("cat", "dog"))
PROBS = np.array([[0.9, 0.1], [0.8, 0.2], [0.4, 0.6], [0.5, 0.5]])
NEAR = Neighbours(np.array([[2, 1], [0, 2], [1, 0], [0, 1]]), np.full((4, 2), 0.1))
SAID = {
    "one": Suspicion(
        np.array([0.1, 0.8, 0.6, np.nan]),
        np.array([False, True, False, False]),
        Classes(np.array([0, 0, 1, 0]), ("cat", "dog")),
    ),
    "two": Suspicion(
        np.array([0.2, 0.9, 0.5, np.nan]), suggest=Classes(np.array([0, 0, 1, 0]), ("cat", "dog"))
    ),
}
RANK = np.array([0.1, 0.95, 0.6, np.nan])


def found(**options):
    data = Dataset(LABELS, {"probs": PROBS, "neighbours": NEAR}, Ids(["a", "b", "c", "d"]))
    return label_findings(data, SAID, RANK, **options)


def test_the_worst_come_first_and_the_unlabelled_never_show():
    assert [finding.id for finding in found()] == ["b", "c", "a"]
    assert [finding.rank for finding in found()] == [0.95, 0.6, 0.1]


def test_the_flagged_come_in_any_case_others_as_far_as_asked():
    assert [finding.id for finding in found(at_least=0)] == ["b"]


def test_with_p_wrong_a_half_and_more_are_listed():
    assert [
        (f.id, f.p_wrong) for f in found(at_least=0, p_wrong=np.array([0.1, 0.7, 0.55, np.nan]))
    ] == [("b", 0.7), ("c", 0.55)]


def test_a_finding_says_who_points_at_it_what_is_suggested_and_why():
    first = found()[0]
    assert first.by == ("one", "two")
    assert (first.given, first.suggest) == ("dog", "cat")
    assert first.why.startswith("2 of its 2 nearest are 'cat'")
    assert first.why.endswith("; the model gives 'dog' 20 % and 'cat' 80 %")


def test_no_auditor_of_labels_no_finding():
    assert label_findings(Dataset(LABELS), {}, RANK) == []


def test_faults_are_one_finding_each_worst_first():
    faults = Faults(
        [(2, 0), (1,)],
        ["exact", "near"],
        np.array([0.3, 1.0]),
        ["same text", "like another"],
        suggest=["cat", None],
    )
    made = fault_findings(Dataset(LABELS), "twins", "duplicate", faults)
    assert [(f.item, f.others, f.kind, f.finds, f.by) for f in made] == [
        (1, (), "near", "duplicate", ("twins",)),
        (2, (0,), "exact", "duplicate", ("twins",)),
    ]
    assert made[1].suggest == "cat"


def test_items_flagged_by_an_auditor_of_another_kind():
    word = Suspicion(np.array([0.1, 0.9, 0.95, 0.2]), np.array([False, True, True, False]))
    made = item_findings(Dataset(LABELS), "far", "outlier", word, np.array([0.25, 0.75, 1.0, 0.5]))
    assert [f.item for f in made] == [2, 1]
    assert made[0].why == "far scores it 0.95, worse than 100.0 % of the others"
    assert (
        item_findings(Dataset(LABELS), "far", "outlier", Suspicion(np.zeros(4)), np.zeros(4)) == []
    )


def test_units_know_their_place():
    tokens = Grouped(Classes(np.array([0, 1, 0])), np.array([0, 1, 3]))
    assert [part.tolist() for part in place_of(tokens)] == [[0, 1, 1], [0, 0, 1]]
    many = MultiLabel(np.array([[1, 0], [0, -1]]))
    assert [part.tolist() for part in place_of(many)] == [[0, 0, 1, 1], [0, 1, 0, 1]]
    assert place_of(LABELS)[1] is None
    assert flat(many).y.tolist() == [1, 0, 0, -1]


def test_a_finding_in_a_group_names_item_and_unit():
    tokens = Grouped(Classes(np.array([0, 1, 0]), ("cat", "dog")), np.array([0, 1, 3]))
    said = {
        "one": Suspicion(
            np.array([0.1, 0.2, 0.9]),
            np.array([False, False, True]),
            Classes(np.array([0, 1, 1]), ("cat", "dog")),
        )
    }
    first = label_findings(Dataset(tokens), said, np.array([0.1, 0.2, 0.9]))[0]
    assert (first.item, first.unit, first.suggest) == (1, 1, "dog")
