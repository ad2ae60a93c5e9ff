"""Votes of labelling functions from matrices, WRENCH and tables with a column a function."""

import json

import numpy as np
import pytest
from scipy import sparse

import reliabel as rl
from reliabel.formats import label_matrix
from reliabel.verbs.write_consensus import write_consensus

N, M = 40, 4


def planted(seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, N)
    right = np.where(rng.random((N, M)) < 0.95, y[:, None], 1 - y[:, None])
    return np.where(rng.random((N, M)) < 0.5, right, -1), y


def saved(form, folder):
    matrix, y = planted()
    path = folder / f"votes.{form.partition('-')[0]}"
    if form == "npy":
        np.save(path, matrix.astype(np.int8))
    elif form == "npz":
        np.savez(
            path, L=matrix, y=y, functions=[f"f{j}" for j in range(M)], classes=["ham", "spam"]
        )
    elif form == "npz-sparse":
        sparse.save_npz(path, sparse.csr_array(matrix + 1))
    elif form == "csv":
        head = ["text", "truth", *(f"lf_{j}" for j in range(M))]
        rows = [[f"item {i}", y[i], *matrix[i]] for i in range(N)]
        path.write_text("\n".join(",".join(map(str, row)) for row in [head, *rows]))
    elif form == "json":
        path.write_text(json.dumps(records(matrix, y)))
    return path


def records(matrix, y):
    return {
        str(i): {
            "label": int(y[i]),
            "weak_labels": matrix[i].tolist(),
            "data": {"text": f"item {i}"},
        }
        for i in range(len(y))
    }


def cells(votes):
    table = np.full((votes.n, votes.w), -1)
    table[votes.item, votes.worker] = votes.labels.y
    return table


@pytest.mark.parametrize("form", ["npy", "npz", "npz-sparse", "csv", "json"])
def test_every_file_holds_the_same_votes(form, tmp_path):
    words = {"text": "text", "label": "truth"} if form == "csv" else {}
    data = rl.read(saved(form, tmp_path), kind="functions", **words)
    matrix, y = planted()
    assert (cells(data.labels) == matrix).all()
    assert [one["votes"] for one in data.source["functions"]] == (matrix >= 0).sum(0).tolist()
    assert ("known" in data.source) == (form in ("npz", "csv", "json"))
    if "known" in data.source:
        assert (data.source["known"] == y).all()
    if form in ("csv", "json"):
        assert data.evidence["items"][3] == "item 3"
    consensus = rl.aggregate(data)
    assert consensus.info["method"] == "precision_model"
    assert (consensus.labels.p.argmax(1) == y).mean() > 0.75


def test_a_matrix_in_memory_and_a_sparse_one():
    matrix, _ = planted()
    dense = rl.read(matrix, kind="functions", order=["ham", "spam"])
    assert dense.labels.labels.names == ("ham", "spam")
    thin = rl.read(sparse.coo_array(np.where(matrix < 0, 0, matrix + 1)), kind="functions")
    assert thin.labels.labels.names == ("1", "2")
    assert (cells(thin.labels) == matrix).all()
    assert rl.aggregate(thin).info["method"] == "precision_model"


def test_known_labels_check_and_teach_nothing(tmp_path):
    data = rl.read(saved("npz", tmp_path), kind="functions")
    blind = rl.read(planted()[0], kind="functions")
    done = rl.aggregate(data)
    assert np.allclose(done.labels.p, rl.aggregate(blind).labels.p)
    folder = write_consensus(done, data, tmp_path / "out.consensus")
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "f3" in page
    assert json.loads((folder / "aggregate.json").read_text())["wrong"]["gold_items"] > 30


def test_a_folder_of_wrench_with_its_class_names(tmp_path):
    matrix, y = planted()
    matrix[:, 1] = -1  # a function that never says anything keeps its place
    for part in ("train", "valid", "test"):
        (tmp_path / f"{part}.json").write_text(json.dumps(records(matrix, y)))
    (tmp_path / "label.json").write_text('{"0": "HAM", "1": "SPAM", "2": "OTHER"}')
    data = rl.read(tmp_path)
    assert data.labels.labels.names == ("HAM", "SPAM", "OTHER")
    assert data.ids.items[:2] == ("train/0", "train/1")
    assert data.ids.workers == tuple(f"function {j}" for j in range(M))
    assert (cells(data.labels) == np.concatenate([matrix] * 3)).all()
    assert "function 1" in data.source["notes"][-2]
    assert (data.source["known"] == np.concatenate([y] * 3)).all()


def test_words_and_empty_cells_of_a_table():
    table = {
        "text": ["a", "b", "c"],
        "one": ["spam", None, "ham"],
        "two": ["ABSTAIN", "ham", "-1"],
        "truth": ["spam", None, "other"],
    }
    words = {"kind": "functions", "worker": ["one", "two"], "text": "text", "label": "truth"}
    data = rl.read(table, missing=["ABSTAIN"], **words)
    assert data.labels.labels.names == ("ham", "other", "spam")
    assert cells(data.labels).tolist() == [[2, -1], [-1, 0], [0, -1]]
    assert data.source["known"].tolist() == [2, -1, 1]


def test_zero_can_mean_that_a_function_says_nothing():
    matrix = np.array([[0, 1], [2, 0], [1, 1]])
    whole = rl.read(matrix, kind="functions")
    assert len(whole.labels) == 6
    assert "missing=['0']" in " ".join(whole.source["notes"])
    assert len(rl.read(matrix, kind="functions", missing=["0"]).labels) == 4


@pytest.mark.parametrize(
    ("matrix", "words", "sentence"),
    [
        (np.full((3, 2), -1), {}, "every function abstains everywhere"),
        (np.array([[0.5, 1.0]]), {}, "must hold class numbers, got"),
        (np.array([["a", "b"]]), {}, "must hold class numbers, got <U1"),
        (np.zeros((0, 2), int), {}, r"a row an item and a column a function, got shape \(0, 2\)"),
        (np.array([[0, 5]]), {"order": ["a", "b"]}, "holds the class 5, and there are 2 class na"),
        (np.array([[0, 1]]), {"missing": ["none"]}, "a number means that one says nothing"),
        ({"a": ["x"], "b": ["y"]}, {}, "no column looks like the votes of a labelling function"),
    ],
)
def test_bad_matrices_get_a_sentence(matrix, words, sentence):
    with pytest.raises(ValueError, match=sentence):
        rl.read(matrix, kind="functions", **words)


def test_archives_say_which_array_is_meant(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, a=np.zeros((2, 2), int), b=np.zeros((2, 2), int))
    with pytest.raises(
        ValueError, match=r"which array is the matrix of votes\? It holds 'a' \(2, 2"
    ):
        label_matrix.read(path)
    path.write_bytes(b"PK\x03\x04 no archive")
    with pytest.raises(ValueError, match="no array that can be read"):
        label_matrix.read(path)
    with pytest.raises(FileNotFoundError, match="there is no file"):
        label_matrix.read(tmp_path / "b.npy")


def test_minus_one_and_one_alone_are_two_classes_in_a_sparse_matrix():
    found = label_matrix.read(sparse.csr_array(np.array([[1, 0], [-1, 1]])))
    assert found.value.tolist() == [1, -1, 1]
    assert "read as the two classes" in found.notes[1]
