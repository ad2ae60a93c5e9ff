import numpy as np
import pytest

from reliabel.core.evidence import Dynamics, Neighbours, check
from reliabel.core.labels import Classes, Grouped, MultiLabel, Votes

LABELS = Classes(np.array([0, 1]), ("a", "b"))
GOOD = np.array([[0.9, 0.1], [0.2, 0.8]])


def test_good_evidence_passes_unchanged():
    said = check(
        LABELS,
        {"probs": GOOD, "features": np.zeros((2, 3)), "split": ["train", "test"], "groups": None},
    )
    assert said.evidence["probs"] is GOOD
    assert said.warnings == ()
    assert "groups" not in said.evidence


def test_rounding_is_mended_and_said():
    said = check(LABELS, {"probs": GOOD * 1.0005})
    assert said.evidence["probs"].sum(1) == pytest.approx(1, abs=1e-12)
    assert "divided by its sum" in said.warnings[0]


@pytest.mark.parametrize(
    ("probs", "sentence"),
    [
        (GOOD * 1.01, r"rows of probs must sum to one, one is off by 0.01"),
        (GOOD - 0.3, r"probs must not be negative, the smallest is -0.2"),
        (GOOD * 100, r"probs must not exceed 1, the largest is 90"),
        (
            np.array([[0.9, 0.1], [np.nan, 1.0]]),
            r"probs holds 1 NaN or infinite values, the first in row 1",
        ),
        (np.array([[0.9, 0.1], [np.inf, 0.0]]), r"1 NaN or infinite values"),
        (GOOD[:, 0], r"one row per item and one column per class, got shape \(2,\)"),
        (np.array([[0.5, 0.3, 0.2]] * 2), r"probs has 3 columns for 2 classes: \['a', 'b'\]"),
        (GOOD[:1], r"probs has 1 rows for 2 items"),
        (np.array([["x", "y"], ["z", "w"]]), "probs must be floats between 0 and 1, got <U1"),
    ],
)
def test_bad_probabilities_get_their_sentence(probs, sentence):
    with pytest.raises(ValueError, match=sentence):
        check(LABELS, {"probs": probs})


@pytest.mark.parametrize(
    ("evidence", "sentence"),
    [
        (
            {"feature": np.zeros((2, 2))},
            r"unknown evidence 'feature', did you mean 'features'\?; known: probs, features",
        ),
        (
            {"features": np.zeros(2)},
            r"features must be \(n, d\) one vector per item.*got shape \(2,\)",
        ),
        ({"features": np.zeros((3, 2))}, "features has 3 rows for 2 items"),
        ({"split": ["train"]}, "split has 1 rows for 2 items"),
        (
            {"neighbours": Neighbours(np.zeros((5, 1), dtype=int), np.zeros((5, 1)))},
            "neighbours has 5 rows for 2 items",
        ),
        ({"items": ["one", "two", "three"]}, "items has 3 rows for 2 items"),
    ],
)
def test_other_bad_evidence_gets_its_sentence(evidence, sentence):
    with pytest.raises(ValueError, match=sentence):
        check(LABELS, evidence)


def test_whole_numbers_and_lists_become_floats():
    said = check(LABELS, {"probs": [[1, 0], [0, 1]]})
    assert said.evidence["probs"].dtype == float


def test_probabilities_wider_than_nameless_labels_set_k():
    assert check(Classes(np.array([0, 1])), {"probs": np.full((2, 4), 0.25)}).labels.k == 4


def test_cells_of_a_multi_label_set_need_not_sum_to_one():
    said = check(
        MultiLabel(np.array([[1, 0], [1, 1]])), {"probs": np.array([[0.9, 0.8], [0.7, 0.1]])}
    )
    assert said.warnings == ()


def test_units_or_items_may_have_the_rows():
    tokens = Grouped(Classes(np.array([0, 1, 0]), ("a", "b")), np.array([0, 1, 3]))
    for rows in (2, 3):
        check(tokens, {"features": np.zeros((rows, 1))})
    with pytest.raises(ValueError, match="features has 5 rows for 2 or 3 items"):
        check(tokens, {"features": np.zeros((5, 1))})


def test_votes_have_a_row_for_each_item():
    votes = Votes(np.array([0, 0]), np.array([0, 1]), Classes(np.array([0, 1])), n=3, w=2)
    check(votes, {"features": np.zeros((3, 2))})
    with pytest.raises(ValueError, match="features has 2 rows for 3 items"):
        check(votes, {"features": np.zeros((2, 2))})


def test_neighbours_give_their_first_columns():
    near = Neighbours(np.arange(6).reshape(2, 3), np.ones((2, 3)), recall=0.9)
    assert near.nearest(2).index.tolist() == [[0, 1], [3, 4]]
    assert near.nearest(2).recall == 0.9


def test_neighbours_and_dynamics_take_lists_and_check_their_shapes():
    near = Neighbours([[1], [0]], [[0], [1]])
    assert near.index.tolist() == [[1], [0]]
    assert near.distance.dtype == float
    seen = Dynamics([[1.0, -1.0]], [[0.9, 0.1]], [[1, 0]])
    assert seen.correct.tolist() == [[True, False]]
    with pytest.raises(
        ValueError, match=r"must have one shape, got index \(2, 1\), distance \(1, 1\)"
    ):
        Neighbours([[1], [0]], [[0.5]])
    with pytest.raises(
        ValueError, match="margin and p_given and correct of Dynamics must have one"
    ):
        Dynamics([[1.0, -1.0]], [[0.9]], [[1]])
    with pytest.raises(ValueError, match=r"Dynamics\.margin must be floats in 2 dimensions"):
        Dynamics([1.0], [[0.9]], [[1]])


def test_a_sparse_matrix_is_refused_with_what_to_do():
    sparse = pytest.importorskip("scipy.sparse")
    with pytest.raises(
        ValueError,
        match=r"features must be a dense array, got a sparse matrix of shape \(2, 3\); fold it first",
    ):
        check(LABELS, {"features": sparse.csr_array(np.zeros((2, 3)))})


def test_half_precision_tensors_of_torch_are_taken():
    torch = pytest.importorskip("torch")
    features = check(
        LABELS, {"features": torch.tensor([[1.0, 2.0], [3.0, 4.0]]).to(torch.bfloat16)}
    ).evidence["features"]
    assert features.tolist() == [[1, 2], [3, 4]]
