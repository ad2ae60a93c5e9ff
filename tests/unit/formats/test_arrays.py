import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reliabel.core.labels import Classes, MultiLabel, Numbers
from reliabel.formats import arrays
from reliabel.formats.matrix_columns import Matrix
from reliabel.reading.class_columns import matched as by_names

P = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]], dtype=np.float32)


def read(path, what):
    matrix = arrays.read(path, what)
    return matrix.values, matrix.names


def matched(labels, probs, names, what="probs"):
    return by_names(labels, Matrix(probs, names), what)


LABELS = Classes(np.array([0, 2]), ("a", "b", "c"))


def test_npy_stays_on_disk(tmp_path):
    np.save(tmp_path / "p.npy", P)
    matrix, names = read(tmp_path / "p.npy", "probs")
    assert isinstance(matrix, np.memmap)
    assert names is None
    assert (matrix == P).all()


def test_npz_says_its_names_or_holds_one_array(tmp_path):
    np.savez(tmp_path / "p.npz", probs=P, names=["c", "a", "b"])
    matrix, names = read(tmp_path / "p.npz", "probs")
    assert names == ("c", "a", "b")
    assert (matrix == P).all()
    np.savez(tmp_path / "q.npz", whatever=P)
    assert read(tmp_path / "q.npz", "probs")[1] is None


def test_parquet_and_csv_say_their_names(tmp_path):
    pq.write_table(pa.table({"c": P[:, 0], "a": P[:, 1]}), tmp_path / "p.parquet")
    matrix, names = read(tmp_path / "p.parquet", "probs")
    assert names == ("c", "a")
    assert matrix.shape == (2, 2)
    (tmp_path / "p.csv").write_text("b,a\n0.25,0.75\n1,0\n")
    matrix, names = read(tmp_path / "p.csv", "probs")
    assert names == ("b", "a")
    assert matrix.tolist() == [[0.25, 0.75], [1, 0]]


def test_named_columns_are_put_in_the_order_of_the_classes():
    labels, probs, said = matched(LABELS, P, ("c", "a", "b"), "p.npz")
    assert labels is LABELS
    assert probs[0].tolist() == pytest.approx([0.2, 0.1, 0.7])
    assert said == ["the columns of p.npz were put in the order of the classes: ['a', 'b', 'c']"]


def test_a_parquet_is_put_in_order_without_being_read(tmp_path):
    pq.write_table(pa.table({"c": P[:, 0], "a": P[:, 1], "b": P[:, 2]}), tmp_path / "p.parquet")
    probs = matched(LABELS, *read(tmp_path / "p.parquet", "probs"))[1]
    assert type(probs).__name__ == "ParquetMatrix"
    assert probs[0:1][0].tolist() == pytest.approx([0.2, 0.1, 0.7])


def test_classes_without_a_label_join_from_the_names_of_the_columns():
    labels, probs, said = matched(
        Classes(np.array([0, 1, -1]), ("a", "c")), P, ("c", "b", "a"), "p.npz"
    )
    assert labels.names == ("a", "b", "c")
    assert labels.y.tolist() == [0, 2, -1]
    assert probs[1].tolist() == pytest.approx([0.8, 0.1, 0.1])
    assert said[0] == "classes of p.npz that no label has: ['b']"


def test_a_mismatch_is_refused_with_both_lists():
    with pytest.raises(
        ValueError,
        match=r"p.npz lacks the classes \['c'\]: the labels have 3 classes \['a', 'b', 'c'\], "
        r"p.npz has 3 columns \['a', 'b', 'd'\]",
    ):
        matched(LABELS, P, ("a", "b", "d"), "p.npz")
    with pytest.raises(
        ValueError, match=r"p.npy has 3 columns, the labels have 2 classes \['x', 'y'\]"
    ):
        matched(Classes(np.array([0, 1]), ("x", "y")), P, None, "p.npy")
    with pytest.raises(ValueError, match="must differ"):
        matched(LABELS, P, ("a", "b", "b"), "p.npz")
    with pytest.raises(ValueError, match="columns that are no class"):
        matched(MultiLabel(np.array([[0, 1]]), ("a", "b")), P, ("a", "b", "c"))


def test_whole_number_labels_are_the_columns_of_wider_probabilities():
    labels, _, said = matched(Classes.of([0, 2]), P, None)
    assert labels.y.tolist() == [0, 2]
    assert labels.names == ("0", "1", "2")
    assert said


def test_numbers_have_no_classes_to_match():
    labels = Numbers(np.array([0.5]))
    assert matched(labels, P, None) == (labels, P, [])


@pytest.mark.parametrize("suffix", ["npy", "npz", "parquet"])
def test_files_cut_short(tmp_path, suffix):
    path = tmp_path / f"p.{suffix}"
    if suffix == "npy":
        np.save(path, P)
    elif suffix == "npz":
        np.savez(path, probs=P)
    else:
        pq.write_table(pa.table({"a": P[:, 0]}), path)
    path.write_bytes(path.read_bytes()[:-6])
    with pytest.raises(ValueError) as error:
        read(path, "probs")
    says = {
        "npy": "promises (2, 3) of float32 (24 bytes) but holds 18; it was cut short",
        "npz": "broken NumPy archive",
        "parquet": "broken Parquet file",
    }
    assert says[suffix] in str(error.value)


def test_bad_arrays(tmp_path):
    np.save(tmp_path / "o.npy", np.array([None, {}], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="holds Python objects, which are not opened"):
        read(tmp_path / "o.npy", "probs")
    np.savez(tmp_path / "two.npz", a=P, b=P)
    with pytest.raises(ValueError, match="holds a, b; name the probs 'probs'"):
        read(tmp_path / "two.npz", "probs")
    np.savez(tmp_path / "names.npz", probs=P, names=["a"])
    with pytest.raises(ValueError, match=r"1 names for probs of shape \(2, 3\)"):
        read(tmp_path / "names.npz", "probs")
    np.save(tmp_path / "t.npy", np.array([["a"]]))
    with pytest.raises(ValueError, match="must hold numbers"):
        read(tmp_path / "t.npy", "probs")
    (tmp_path / "p.csv").write_text("a,b\n0.1,x\n")
    with pytest.raises(ValueError, match=r"column 'b' does not hold numbers \(row 0 holds 'x'\)"):
        by_names(Classes([0], ("a", "b")), arrays.read(tmp_path / "p.csv", "probs"), "p.csv")
    with pytest.raises(ValueError, match="column 'b' does not hold numbers"):
        read(tmp_path / "p.csv", "features")
    (tmp_path / "p.json").write_text("[{}]")
    with pytest.raises(ValueError, match="holds no records"):
        read(tmp_path / "p.json", "probs")


def test_a_noise_matrix_with_or_without_names(tmp_path):
    (tmp_path / "m.csv").write_text("0.9,0.1\n0.2,0.8\n")
    (tmp_path / "n.csv").write_text("a,b\n0.9,0.1\n0.2,0.8\n")
    np.save(tmp_path / "m.npy", np.array([[0.9, 0.1], [0.2, 0.8]]))
    for name in ("m.csv", "n.csv", "m.npy"):
        assert arrays.load_matrix(tmp_path / name).tolist() == [[0.9, 0.1], [0.2, 0.8]]
    (tmp_path / "b.csv").write_text("0.9,0.1\n0.2\n")
    with pytest.raises(ValueError, match="the same count on each line"):
        arrays.load_matrix(tmp_path / "b.csv")
