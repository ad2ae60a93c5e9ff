import numpy as np
import pytest

from reliabel.core.evidence import (
    EVIDENCE,
    Dynamics,
    EvidenceSpec,
    Neighbours,
    PixelProbs,
    TokenProbs,
    check,
    register,
    taken,
)
from reliabel.core.labels import Classes, Grouped, MultiLabel, Numbers, Votes

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
    index, distance = np.zeros((2, 1), np.int32), np.zeros((2, 1), np.float32)
    kept = Neighbours(index, distance)
    assert kept.index is index
    assert kept.distance is distance
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
        match=r"features must be a dense array, got a sparse matrix of shape \(2, 3\); fold it "
        r"first",
    ):
        check(LABELS, {"features": sparse.csr_array(np.zeros((2, 3)))})


def test_half_precision_tensors_of_torch_are_taken():
    torch = pytest.importorskip("torch")
    features = check(
        LABELS, {"features": torch.tensor([[1.0, 2.0], [3.0, 4.0]]).to(torch.bfloat16)}
    ).evidence["features"]
    assert features.tolist() == [[1, 2], [3, 4]]


TWO_CELLS = MultiLabel(np.array([[1, 0], [0, -1]]), ("x", "y"))
TOKENS = Grouped(Classes(np.array([0, 1, 0]), ("a", "b")), np.array([0, 1, 3]))
HALF = np.full((2, 2), 0.5)


@pytest.mark.parametrize(
    ("evidence", "sentence"),
    [
        ({"posterior": HALF[:1]}, "posterior has 1 rows for 2 items"),
        ({"posterior": HALF[:, :1]}, r"posterior has 1 columns for 2 classes: \['a', 'b'\]"),
        ({"posterior": HALF * 2}, "rows of posterior must sum to one, one is off by 1"),
        ({"teacher": HALF[0]}, "teacher must have one row per item and one column per class"),
        ({"teacher": HALF - 1}, "teacher must not be negative, the smallest is -0.5"),
        ({"teacher": np.array([[0.5, np.nan], [0.5, 0.5]])}, "1 NaN or infinite .* in row 0"),
        ({"token_probs": np.zeros((2, 3))}, r"token_probs must be TokenProbs\(p .*; got ndarray"),
        (
            {"token_probs": {"p": [[1.0]], "names": ["O"]}},
            "offsets is missing, there are p, names",
        ),
        (
            {"token_probs": TokenProbs([[1.0]], [0, 1, 1], ["B-X"])},
            "token_probs has no column for the tag O",
        ),
        (
            {"token_probs": TokenProbs([[1, 0], [0.5, 0.2]], [0, 0, 2], ["O", "B-X"])},
            "those of word 1 of sentence 1 .* sum to 0.7, the smallest is 0.2",
        ),
        (
            {"token_probs": TokenProbs([[1.0]], [0, 1], ["O"])},
            "token_probs has 1 rows for 2 items",
        ),
        ({"feature_maps": np.zeros((2, 3))}, r"feature_maps must be \(n, d, rows, columns\)"),
        ({"feature_maps": np.zeros((1, 3, 2, 2))}, "feature_maps has 1 rows for 2 items"),
        ({"class_iou": np.zeros((3, 4))}, "class_iou has 3 rows for 2 classes"),
        ({"sizes": [[2, 3, 4]] * 2}, r"sizes must be \(n, 2\) height and width .*, got shape"),
        ({"sizes": [[2, 3], [0, 4]]}, "got 0; -1 marks a size that is unknown"),
        ({"sizes": [[2, 3]]}, "sizes has 1 rows for 2 items"),
        ({"pixel_probs": 3}, r"pixel_probs must be PixelProbs\(source, names\).*; got int"),
        (
            {"pixel_probs": PixelProbs(np.ones((2, 3, 1, 1)), "ab")},
            r"array of classes x height x width with 2 classes, got shape \(3, 1, 1\)",
        ),
        ({"tags": ["O", "O"]}, "tags must be the tags of each sentence"),
        ({"tags": [("O",)]}, "tags has 1 rows for 2 items"),
        ({"dynamics": np.zeros((4, 2))}, r"dynamics must be a record Dynamics\(margin.*ndarray"),
        (
            {"dynamics": Dynamics(*np.zeros((3, 4, 5)))},
            "dynamics has 5 rows for 2 items",
        ),
        ({"neighbours": np.zeros((2, 1))}, r"neighbours must be a record Neighbours\(.*ndarray"),
        ({"neighbours": Neighbours([[1], [7]], [[0], [0]])}, r"must name rows 0\.\.1, or -1"),
        ({"columns": {"a": [1, 2, 3]}}, "columns has 3 rows for 2 items"),
        ({"columns": {"a": [1, 2], "b": [1]}}, r"columns .* differ in length \(a: 2, b: 1\)"),
        ({"items": 3}, "items must be the raw items: .*; got int"),
        ({"graph": np.zeros((3, 3))}, "graph has 3 rows for 2 items"),
        ({"graph": np.zeros((2, 3))}, r"graph must be \(n, n\) .*, got shape \(2, 3\)"),
        ({"class_features": np.zeros((3, 4))}, "class_features has 3 rows for 2 classes"),
        ({"class_order": ["1"]}, "order lacks the classes 'a', 'b'"),
        ({"class_order": np.array([3, 3])}, "several classes in one place"),
        ({"class_features": np.zeros(2)}, r"class_features must be \(k, d\).*got shape \(2,\)"),
        (
            {"class_distance": np.zeros((2, 3))},
            "class_distance has 3 columns for 2 classes",
        ),
        ({"class_iou": np.ones((3, 4))}, "class_iou has 3 rows for 2 classes"),
        ({"class_iou": np.ones(2)}, r"class_iou must be \(k, epochs\).*got shape \(2,\)"),
        ({"feature_maps": np.ones((3, 4, 2, 2))}, "feature_maps has 3 rows for 2 items"),
        ({"feature_maps": np.ones((2, 4))}, r"feature_maps must be \(n, d, rows.*shape \(2, 4\)"),
        ({"noise_matrix": np.eye(3)}, "noise_matrix has 3 rows for 2 classes"),
        ({"privileged": np.zeros((3, 1))}, "privileged has 3 rows for 2 items"),
        ({"paired": np.zeros((3, 1))}, "paired has 3 rows for 2 items"),
        ({"scores": {"a": np.zeros(2), "b": np.zeros((2, 3))}}, "got shapes a: \\(2,\\), b: "),
        ({"scores": {"a": np.array(1.0)}}, "scores must be scores of auditors"),
        ({"scores": {"a": np.zeros(3)}}, "scores has 3 rows for 2 items"),
        ({"embeddings": np.zeros((2, 1))}, "embeddings must be features of several embedders"),
        ({"embeddings": {}}, "give a mapping with at least one array"),
        ({"embeddings": {"a": np.zeros(2)}}, r"'a' has shape \(2,\)"),
        ({"embeddings": {"a": np.zeros((3, 1))}}, "embeddings has 3 rows for 2 items"),
        (
            {"embeddings": {"a": np.zeros((2, 1)), "b": np.zeros((3, 1))}},
            "the columns of embeddings differ in length",
        ),
        ({"predicted": Numbers(np.zeros(3))}, "predicted has 3 rows for 2 items"),
        ({"predicted": [0, 1]}, "predicted must be a label set .* got list"),
        (
            {"votes": Votes(np.array([2]), np.array([0]), Classes(np.array([0])), n=3, w=1)},
            "votes has 3 rows for 2 items",
        ),
        ({"votes": [0, 1]}, "votes must be Votes, got list"),
        ({"gold": [0, 2]}, r"gold must be one class per item, 0\.\.1 or -1 .* from 0 to 2"),
        ({"gold": ["a", "bee"]}, "gold names the class 'bee', which no label has"),
        ({"gold": [[0], [1]]}, r"got shape \(2, 1\)"),
        ({"trusted": [0, 3]}, r"trusted must be True or False .* such as \[0, 3\]"),
        ({"split": [["train"], ["test"]]}, r"split must be \(n,\) name .* got shape \(2, 1\)"),
        ({"groups": 3}, r"groups must be \(n,\) whole numbers.* got shape \(\)"),
        ({"fit": 3}, "fit must be a function .* got int"),
        ({"rng": 3}, r"rng must be a Generator \(numpy.random\), got int"),
        ({"training": {"epochs": 3}}, r"training must be a Training \(.*\), got dict"),
        ({"start_from": 3}, r"start_from must be a Model \(.*\), got int"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_evidence_of_the_wrong_length_or_shape_gets_its_sentence(evidence, sentence):
    with pytest.raises(ValueError, match=sentence):
        check(LABELS, evidence)


def test_every_kind_of_evidence_has_a_case_that_is_refused():
    cases = test_evidence_of_the_wrong_length_or_shape_gets_its_sentence.pytestmark[0].args[1]
    tried = {name for evidence, _ in cases for name in evidence}
    elsewhere = {"probs", "features", "module", "views"}  # tests above; functions as ``fit``
    assert tried | elsewhere == set(EVIDENCE)


def test_a_posterior_may_lack_rows_and_gold_may_be_names():
    posterior = np.array([[0.5, 0.5], [np.nan, np.nan]])
    checked = check(LABELS, {"posterior": posterior, "gold": ["b", None], "trusted": [1, 0]})
    assert checked.evidence["posterior"] is posterior
    assert checked.evidence["gold"].tolist() == [1, -1]
    assert checked.evidence["trusted"].tolist() == [True, False]


def test_cells_of_a_multi_label_set_have_truths_of_their_own():
    gold = np.array([[1, 0], [-1, 1]])
    checked = check(TWO_CELLS, {"gold": gold, "trusted": gold == 1, "noise_matrix": np.eye(2)})
    assert checked.evidence["gold"].tolist() == gold.tolist()
    assert check(TWO_CELLS, {"trusted": [True, False]}).evidence["trusted"].shape == (2,)
    for evidence, sentence in (
        ({"gold": [0, 1]}, r"gold of a multi-label set must be a table \(n, k\)"),
        ({"gold": gold * 2}, "gold must hold 1, 0 and -1"),
        ({"trusted": np.ones((2, 3), bool)}, "trusted has 3 columns for 2 classes"),
        ({"noise_matrix": np.eye(3)}, "noise_matrix has 3 rows for 2 classes: .'no', 'yes'"),
    ):
        with pytest.raises(ValueError, match=sentence):
            check(TWO_CELLS, evidence)


def test_known_numbers_have_the_shape_of_the_labels():
    planes = Numbers(np.zeros((2, 3)))
    assert check(planes, {"gold": np.ones((2, 3))}).evidence["gold"].shape == (2, 3)
    with pytest.raises(ValueError, match=r"gold has 2 columns for 3 classes: .'dimension 0'"):
        check(planes, {"gold": np.ones((2, 2))})
    assert np.isnan(check(Numbers(np.zeros(2)), {"gold": ["1.5", ""]}).evidence["gold"][1])


def test_evidence_is_sliced_with_its_items():
    near = Neighbours([[1, 2], [2, 0], [0, 1]], [[0.1, 0.2], [0.1, 0.3], [0.2, 0.3]])
    cast = Votes(np.array([0, 1, 2, 2]), np.array([0, 0, 0, 1]), Classes([0, 1, 1, 0]), n=3, w=2)
    margin = np.arange(6.0).reshape(2, 3)
    evidence = {
        "features": np.arange(6).reshape(3, 2),
        "items": ["one", "two", "three"],
        "columns": {"size": [1, 2, 3]},
        "neighbours": near,
        "graph": np.arange(9).reshape(3, 3),
        "votes": cast,
        "dynamics": Dynamics(margin, margin, margin > 2),
        "noise_matrix": np.eye(2),
    }
    labels = Classes(np.array([0, 1, 1]))
    for items in (np.array([2, 0]), np.array([True, False, True])):
        part = taken(labels, evidence, items)
        check(labels.take(items), part)
    part = taken(labels, evidence, np.array([2, 0]))
    assert part["features"].tolist() == [[4, 5], [0, 1]]
    assert part["items"] == ["three", "one"]
    assert part["columns"] == {"size": [3, 1]}
    assert part["neighbours"].index.tolist() == [[1, -1], [0, -1]]
    assert part["neighbours"].distance.tolist() == [[0.2, np.inf], [0.2, np.inf]]
    assert part["graph"].tolist() == [[8, 6], [2, 0]]
    assert (part["votes"].item.tolist(), part["votes"].n) == ([1, 0, 0], 2)
    assert part["dynamics"].margin.tolist() == [[2, 0], [5, 3]]
    assert part["noise_matrix"] is evidence["noise_matrix"]
    with pytest.raises(ValueError, match="can be sliced by different rows only"):
        taken(labels, evidence, np.array([1, 1]))


def test_evidence_of_units_goes_with_their_items():
    evidence = {"features": np.arange(3.0)[:, None], "split": np.array(["train", "test"])}
    part = taken(TOKENS, evidence, np.array([1]))
    assert part["features"].ravel().tolist() == [1, 2]
    assert part["split"].tolist() == ["test"]


def test_a_record_needs_a_name_a_meaning_and_a_known_level():
    with pytest.raises(ValueError, match="the level of loudness must be one of row, pair, class"):
        EvidenceSpec("loudness", "item", ("n",), "(n,) how loud")
    with pytest.raises(ValueError, match="evidence needs a name that can be a keyword"):
        EvidenceSpec("how loud", "row", ("n",), "(n,) how loud")
    with pytest.raises(ValueError, match=r"evidence 'probs' exists: \(n, k\) class prob.*another"):
        register(EvidenceSpec("probs", "row", ("n",), "(n,) how loud"))
    register(EVIDENCE["probs"])  # the same record again


def test_probabilities_of_words_go_with_their_sentences():
    made = {"p": [[0.5, 0.5], [0.25, 0.75], [1, 0]], "offsets": [0, 1, 3], "names": ["O", "B-X"]}
    said = check(LABELS, {"token_probs": made}).evidence["token_probs"]
    part = taken(LABELS, {"token_probs": said}, np.array([1, 0]))["token_probs"]
    assert part.p.tolist() == [[0.25, 0.75], [1, 0], [0.5, 0.5]]
    assert part.offsets.tolist() == [0, 2, 3]
    with pytest.raises(ValueError, match="must rise from 0 to the number of words"):
        TokenProbs([[1.0]], [0, 2], ["O"])
    with pytest.raises(ValueError, match="must name each of the 1 columns of p once"):
        TokenProbs([[1.0]], [0, 1], ["O", "B-X"])


def test_probabilities_of_pixels_are_read_when_they_are_asked_for(tmp_path):
    asked = []

    def made(item):
        asked.append(item)
        return np.full((2, 3, 4), item)

    probs = PixelProbs(made, ("a", "b"), count=5).take(np.array([4, 1, 3])).take(np.array([2, 0]))
    assert len(probs) == 2
    assert not asked
    assert probs[1].shape == (2, 3, 4)
    assert asked == [4]
    with pytest.raises(IndexError, match="there are 2 pictures, asked for number 2"):
        probs[2]
    with pytest.raises(ValueError, match="needs count, the number of pictures"):
        PixelProbs(made)
    np.savez(tmp_path / "one.npz", probs=np.ones((2, 1, 1)))
    np.save(tmp_path / "two.npy", np.zeros((2, 1, 1)))
    files = PixelProbs([tmp_path / "one.npz", str(tmp_path / "two.npy")])
    assert [float(part.sum()) for part in (files[0], files[-1])] == [2.0, 0.0]
    array = np.arange(12.0).reshape(2, 2, 3, 1)
    said = check(LABELS, {"pixel_probs": array}).evidence["pixel_probs"]
    assert said.names == LABELS.names
    assert said[1].tolist() == array[1].tolist()
