"""Probabilities and features as other programs write them: without names, with an index, rounded,
as tensors, sparse, in another order.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import reliabel as rl
from reliabel.cli import app
from reliabel.core.results import Audit

N = 120
NAMES = ("neg", "neu", "pos")


def truth() -> np.ndarray:
    return np.repeat([0, 1, 2], N // 3)  # the rows stand in the order of the classes


def probabilities(digits: int = 7) -> np.ndarray:
    rng = np.random.default_rng(0)
    score = rng.normal(size=(N, 3)) + 3 * np.eye(3)[truth()]
    p = np.exp(score) / np.exp(score).sum(1, keepdims=True)
    return np.round(p, digits)


def features() -> np.ndarray:
    return np.random.default_rng(1).normal(size=(N, 3)) + np.eye(3)[truth()]


@pytest.fixture
def y(tmp_path: Path) -> Path:
    path = tmp_path / "y.csv"
    path.write_text("\n".join(["label", *(NAMES[c] for c in truth())]) + "\n")
    return path


def text(path: Path, rows: np.ndarray, header: str = "", mark: str = ",", index: int = -1) -> Path:
    lines = [header] if header else []
    for place, row in enumerate(rows.tolist()):
        cells = [str(place + index)] if index >= 0 else []
        lines.append(mark.join([*cells, *map(str, row)]))
    path.write_text("\n".join(lines) + "\n")
    return path


def notes(data: rl.Dataset) -> str:
    return " | ".join(data.source["notes"])


def read(y: Path, **words: object) -> rl.Dataset:
    return rl.read(y, label="label", **words)  # type: ignore[arg-type]


def audit(y: Path, *words: object, code: int = 0) -> str:
    out = y.parent / "out"
    line = ["audit", y, "--label", "label", *words, "-o", out]
    done = CliRunner().invoke(app, [str(word) for word in line])
    assert done.exit_code == code, f"{done.stdout}\n{done.stderr}\n{done.exception!r}"
    return done.stderr


def refused(y: Path, *words: object) -> str:
    told = audit(y, *words, code=2)
    assert "Traceback" not in told
    assert len(told.strip().splitlines()) <= 6
    return " ".join(told.split())


# matrices without a header


@pytest.mark.parametrize("mark", [",", ";", "\t", " ", "|"])
def test_case_26_a_first_row_of_numbers_is_no_header(y, mark):
    path = text(y.with_name("p.csv" if mark != "\t" else "p.tsv"), probabilities(), mark=mark)
    data = read(y, probs=path)
    assert data.evidence["probs"] == pytest.approx(probabilities())
    assert "stand for the classes in this order: ['neg', 'neu', 'pos']" in notes(data)
    assert read(y, features=path).evidence["features"].shape == (N, 3)


def test_the_command_tells_the_order(y):
    told = audit(y, "--probs", text(y.with_name("p.csv"), probabilities()))
    assert "have no names and stand for the classes in this order" in told


def test_text_of_numpy_and_decimal_commas(y):
    p = probabilities()
    np.savetxt(y.with_name("p.csv"), p, header="three classes")
    assert read(y, probs=y.with_name("p.csv")).evidence["probs"] == pytest.approx(p)
    raw = "\n".join(";".join(f"{v:.7f}".replace(".", ",") for v in row) for row in p)
    y.with_name("q.csv").write_text(raw)
    assert read(y, probs=y.with_name("q.csv")).evidence["probs"] == pytest.approx(p)


def test_a_row_that_is_cut_short_or_holds_a_word_is_named(y):
    path = text(y.with_name("p.csv"), probabilities())
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:50], "0.2,0.8", *lines[51:]]))
    assert "row 51: 2 numbers, the first row has 3" in refused(y, "--probs", path)
    path.write_text("\n".join([*lines[:50], "0.2,oops,0.1", *lines[51:]]))
    assert "row 51: 'oops' is no number" in refused(y, "--probs", path)


def test_a_first_line_of_whole_numbers_is_a_header_if_the_rows_say_so(tmp_path):
    given = [3, 5, 7] * 20
    p = np.tile([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]], (20, 1))
    path = text(tmp_path / "p.csv", p[:, ::-1], header="7,5,3")
    assert rl.read(label=given, probs=path).evidence["probs"] == pytest.approx(p)
    hard = np.eye(2)[[0, 1] * 30]
    data = rl.read(label=["a", "b"] * 30, probs=text(tmp_path / "h.csv", hard.astype(int)))
    assert data.evidence["probs"].tolist() == hard.tolist()


# an index among the columns


@pytest.mark.parametrize("start", [0, 1])
@pytest.mark.parametrize("name", ["", "Unnamed: 0", "index", "id"])
def test_case_27_an_index_is_no_feature_and_no_class(y, start, name):
    path = text(y.with_name("f.csv"), features(), header=f"{name},f1,f2,f3", index=start)
    data = read(y, features=path)
    assert data.evidence["features"] == pytest.approx(features())
    assert f"counts the rows from {start} and was left out" in notes(data)
    path = text(y.with_name("p.csv"), probabilities(), header=f"{name},neg,neu,pos", index=start)
    data = read(y, probs=path)
    assert data.evidence["probs"] == pytest.approx(probabilities())
    assert f"counts the rows from {start} and was left out" in notes(data)


@pytest.mark.parametrize("start", [0, 1])
def test_an_index_without_a_header(y, start):
    data = read(y, features=text(y.with_name("f.csv"), features(), index=start))
    assert data.evidence["features"] == pytest.approx(features())
    data = read(y, probs=text(y.with_name("p.csv"), probabilities(), index=start))
    assert data.evidence["probs"] == pytest.approx(probabilities())


def test_an_index_of_a_part_of_a_table_and_of_names(y):
    pd = pytest.importorskip("pandas")
    part = np.random.default_rng(2).permutation(10 * N)[:N]
    frame = pd.DataFrame(features(), columns=["f1", "f2", "f3"], index=part)
    frame.to_csv(y.with_name("f.csv"))
    assert read(y, features=y.with_name("f.csv")).evidence["features"].shape == (N, 3)
    frame.to_parquet(y.with_name("f.parquet"))
    assert read(y, features=y.with_name("f.parquet")).evidence["features"].shape == (N, 3)
    frame.index = [f"review {n}" for n in part]
    frame.to_csv(y.with_name("f.csv"))
    data = read(y, features=y.with_name("f.csv"))
    assert data.evidence["features"].shape == (N, 3)
    assert "column '' of f.csv names the rows and was left out" in notes(data)
    again = pd.read_csv(y.with_name("f.csv"))
    assert read(y, features=again).evidence["features"].shape == (N, 3)


def test_a_column_that_counts_is_kept_where_its_name_says_what_it_is(y):
    table = np.column_stack([np.arange(N), features()])
    path = text(y.with_name("f.csv"), table, header="minute,f1,f2,f3")
    assert read(y, features=path).evidence["features"].shape == (N, 4)


def test_the_index_is_said_by_rl_audit_too():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(features(), columns=["f1", "f2", "f3"]).reset_index()
    done = rl.audit(rl.Classes(truth()), features=frame)
    assert done.data.evidence["features"].shape == (N, 3)
    assert "column 'index' of features counts the rows from 0 and was left out" in done.warnings


# rounded probabilities, and numbers that are none


@pytest.mark.parametrize("digits", [2, 3])
def test_case_28_rounded_rows_are_divided_by_their_sums(y, digits):
    p = probabilities(digits)
    assert np.abs(p.sum(1) - 1).max() > 5e-4
    path = text(y.with_name("p.csv"), p, header="neg,neu,pos")
    done = rl.audit(read(y, probs=path))
    assert done.data.evidence["probs"] == pytest.approx(p / p.sum(1, keepdims=True))
    if digits == 2:
        assert any("numbers rounded to 2 digits do; each was divided" in w for w in done.warnings)
    audit(y, "--probs", path)


def test_rounded_probabilities_of_many_classes_and_on_disk(tmp_path):
    rng = np.random.default_rng(3)
    given = np.arange(400) % 20
    p = rng.dirichlet(np.full(20, 0.5), 400) * 0.4 + 0.6 * np.eye(20)[given]
    np.save(tmp_path / "p.npy", np.round(p, 2).astype(np.float32))
    assert np.abs(np.round(p, 2).sum(1) - 1).max() > 0.015
    done = rl.audit(rl.Classes(given), probs=tmp_path / "p.npy")
    assert done.data.evidence["probs"].sum(1) == pytest.approx(np.ones(400), abs=1e-6)


def test_rows_that_are_off_by_more_than_rounding_stay_refused(y):
    p = probabilities(2)
    p[17] = [0.9, 0.05, 0.02]
    told = refused(y, "--probs", text(y.with_name("p.csv"), p, header="neg,neu,pos"))
    assert "must sum to one, one is off by 0.03" in told


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda p: 100 * p, "look like percentages: give probs / 100"),
        (lambda p: 8 * p - 3, "look like scores (logits)"),
        (np.log, "look like logarithms of probabilities: give np.exp(probs)"),
        (lambda p: np.round(10 * p), "look like counts or ranks"),
    ],
)
def test_numbers_that_are_no_probabilities_are_named(y, change, says):
    path = text(y.with_name("p.csv"), change(probabilities()), header="neg,neu,pos")
    assert says in refused(y, "--probs", path)


# names of columns


def test_case_29_columns_that_count_have_no_names(y):
    for header in ("0,1,2", "1,2,3", "p0,p1,p2", "prob_1,prob_2,prob_3", "V1,V2,V3"):
        path = text(y.with_name("p.csv"), probabilities(), header=header)
        data = read(y, probs=path)
        assert data.evidence["probs"] == pytest.approx(probabilities())
        assert "have no names and stand for the classes in this order" in notes(data)
    audit(y, "--probs", path)


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow", "dict", "csv", "parquet"])
def test_case_29_probabilities_are_matched_by_their_names(tmp_path, library):
    y = np.arange(90) % 3
    p = np.eye(3)[y] * 0.8 + 0.2 / 3
    columns = {"owl": p[:, 2].copy(), "cat": p[:, 0].copy(), "dog": p[:, 1].copy()}
    labels = rl.Classes.of(["cat", "dog", "owl"] * 30)
    given: object = columns
    if library in ("pandas", "polars"):
        given = pytest.importorskip(library).DataFrame(columns)
    elif library == "csv":
        given = text(tmp_path / "p.csv", p[:, [2, 0, 1]], header="owl,cat,dog")
    elif library in ("pyarrow", "parquet"):
        given = pa.table(columns)
    if library == "parquet":
        pq.write_table(given, tmp_path / "p.parquet")
        given = tmp_path / "p.parquet"
    done = rl.audit(labels, probs=given)
    assert np.asarray(done.data.evidence["probs"]) == pytest.approx(p)
    assert any("put in the order of the classes: ['cat', 'dog', 'owl']" in w for w in done.warnings)
    measured = rl.measure(labels, by="confident_joint", probs=given)
    assert np.diag(measured.parts["joint"]).sum() == pytest.approx(np.sum(measured.parts["joint"]))


@pytest.mark.parametrize(
    "header",
    [
        "p_{}", "prob_{}", "proba_{}", "P({})", "{}_prob", "{}_score", "probability of {}", "p.{}",
        "PROB_{}", "{} ",
    ],
)  # fmt: skip
def test_names_with_something_around_the_class(y, header):
    names = [header.format(name) for name in ("pos", "neg", "neu")]
    path = text(y.with_name("p.csv"), probabilities()[:, [2, 0, 1]], header=",".join(names))
    data = read(y, probs=path)
    assert data.evidence["probs"] == pytest.approx(probabilities())


def test_names_in_other_capitals_and_classes_that_are_numbers(tmp_path):
    p = probabilities()
    given = np.array(["Neg", "Neu", "Pos"])[truth()]
    path = text(tmp_path / "p.csv", p[:, ::-1], header="pos,neu,neg")
    data = rl.read(label=given, probs=path)
    assert data.evidence["probs"] == pytest.approx(p)
    assert "spelled in another way" in notes(data)
    path = text(tmp_path / "q.csv", p[:, ::-1], header="3.0,2.0,1.0")
    assert rl.read(label=truth() + 1, probs=path).evidence["probs"] == pytest.approx(p)


def test_columns_beside_those_of_the_classes_are_left_out(y):
    p = probabilities()
    rows = [f"a{n},{NAMES[p[n].argmax()]},{','.join(map(str, p[n]))},0.7" for n in range(N)]
    y.with_name("p.csv").write_text("\n".join(["doc,pred,neg,neu,pos,seconds", *rows]) + "\n")
    data = read(y, probs=y.with_name("p.csv"))
    assert data.evidence["probs"] == pytest.approx(p)
    assert data.labels.names == NAMES
    for name in ("doc", "pred"):
        assert f"column '{name}' of p.csv does not hold numbers" in notes(data)
    assert "no class were left out: ['seconds']" in notes(data)


def test_a_class_without_labels_joins_by_its_name(y):
    p = np.column_stack([0.9 * probabilities(), np.full(N, 0.1)])
    path = text(y.with_name("p.csv"), p, header="p_neg,p_neu,p_pos,p_none")
    data = read(y, probs=path)
    assert data.labels.names == ("neg", "neu", "none", "pos")
    assert data.evidence["probs"] == pytest.approx(p[:, [0, 1, 3, 2]])


def test_a_missing_class_is_named_with_both_lists(y):
    path = text(y.with_name("p.csv"), probabilities(), header="neg,neu,positive")
    told = refused(y, "--probs", path)
    assert "lacks the classes ['pos']" in told
    assert "['neg', 'neu', 'positive']" in told


# the order of columns without names


def eleven(order: list[str], tmp_path: Path) -> tuple[Path, Path, np.ndarray]:
    """220 labels "0" to "10", 12 of them wrong, and probabilities with their columns in an
    order.
    """
    rng = np.random.default_rng(4)
    true = rng.permutation(np.arange(220) % 11)
    given = true.copy()
    given[:12] = (given[:12] + 3) % 11
    p = np.full((220, 11), 0.02)
    p[np.arange(220), true] = 0.8
    lines = [json.dumps({"label": str(c)}) for c in given]
    (tmp_path / "y.jsonl").write_text("\n".join(lines))
    np.save(tmp_path / "p.npy", p[:, [int(name) for name in order]])
    return tmp_path / "y.jsonl", tmp_path / "p.npy", p


@pytest.mark.parametrize("by", ["numbers", "text"])
def test_case_8_both_orders_of_digits_stand_for_the_right_classes(tmp_path, by):
    names = [str(c) for c in range(11)]
    path, probs, p = eleven(names if by == "numbers" else sorted(names), tmp_path)
    data = rl.read(path, label="label", probs=probs)
    place = [int(name) for name in data.labels.names]
    assert np.asarray(data.evidence["probs"]) == pytest.approx(p[:, place])
    done = rl.audit(data)
    flagged = np.flatnonzero(np.asarray(done.data.evidence["probs"]).argmax(1) != data.labels.y)
    assert flagged.tolist() == list(range(12))
    assert "order" in notes(data)
    if data.labels.names != tuple(names if by == "numbers" else sorted(names)):
        assert "in which they agree with 95% of the labels" in notes(data)
        assert "name the columns after the classes" in notes(data)


def test_the_order_of_first_appearance_is_seen_and_said():
    rng = np.random.default_rng(5)
    words = np.array(["owl", "cat", "dog", "ant"])
    code = np.concatenate([np.arange(4), rng.integers(0, 4, 200)])
    p = np.eye(4)[code] * 0.8 + 0.05
    done = rl.audit(rl.Classes.of(words[code]), probs=p)
    assert isinstance(done, Audit)
    said = next(w for w in done.warnings if "first appearance" in w)
    assert "['owl', 'cat', 'dog', 'ant']" in said
    assert np.asarray(done.data.evidence["probs"])[0].argmax() == 3
    assert (np.asarray(done.data.evidence["probs"]).argmax(1) == done.data.labels.y).all()


def test_an_order_of_somebodys_own_is_refused_with_both_orders():
    rng = np.random.default_rng(6)
    words = np.array(["ant", "bee", "cat", "dog", "owl"])
    code = np.concatenate([np.arange(5), rng.integers(0, 5, 300)])
    p = (np.eye(5)[code] * 0.75 + 0.05)[:, [3, 0, 4, 1, 2]]
    with pytest.raises(ValueError, match=r"have no names.*\['dog', 'ant', 'owl', 'bee', 'cat'\]"):
        rl.audit(rl.Classes.of(words[code]), probs=p)


def test_noise_does_not_turn_the_order(y):
    rng = np.random.default_rng(7)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        code = rng.integers(0, 11, 300)
        noisy = np.where(rng.random(300) < 0.5, rng.integers(0, 11, 300), code)
        p = np.eye(11)[code] * 0.8 + 0.2 / 11
        data = rl.read(label=noisy, probs=p)
        assert data.evidence["probs"] is p
        pure = rng.dirichlet(np.ones(11), 300)  # a model that knows nothing
        assert rl.read(label=noisy, probs=pure).evidence["probs"] is pure


# other shapes and files


def test_case_30_sparse_matrices(y):
    sparse = pytest.importorskip("scipy.sparse")
    x = np.where(np.abs(features()) > 0.5, features(), 0)
    for form in ("csr", "csc", "coo"):
        sparse.save_npz(y.with_name("s.npz"), sparse.csr_matrix(x).asformat(form))
        data = read(y, features=y.with_name("s.npz"))
        assert data.evidence["features"] == pytest.approx(x)
        assert "s.npz is sparse and was unpacked to 120 x 3" in notes(data)
    audit(y, "--features", y.with_name("s.npz"))
    done = rl.audit(rl.Classes(truth()), features=sparse.csr_array(x))
    assert done.data.evidence["features"] == pytest.approx(x)


def test_sparse_matrices_too_large_to_unpack_are_folded(monkeypatch):
    sparse = pytest.importorskip("scipy.sparse")
    from reliabel.formats import sparse_matrix

    monkeypatch.setattr(sparse_matrix, "MOST", 1000)
    monkeypatch.setattr(sparse_matrix, "COLUMNS", 5)
    x = sparse.random(N, 400, 0.05, format="csr", random_state=0)
    data = rl.read(label=truth(), features=x)
    assert data.evidence["features"].shape == (N, 5)
    assert "folded to 5 columns by a truncated SVD" in notes(data)


def test_case_30_files_of_torch(y):
    torch = pytest.importorskip("torch")
    x = torch.tensor(features(), dtype=torch.float32, requires_grad=True)
    for held in (x, {"features": x}, {"other": x}, list(x.unbind()), x.to(torch.float64)):
        torch.save(held, y.with_name("f.pt"))
        data = read(y, features=y.with_name("f.pt"))
        assert data.evidence["features"] == pytest.approx(features(), abs=1e-6)
    audit(y, "--features", y.with_name("f.pt"))


def test_files_of_torch_that_hold_more_are_refused(y):
    torch = pytest.importorskip("torch")
    torch.save(Path("/"), y.with_name("f.pt"))
    assert "holds more than tensors, which is not opened" in refused(
        y, "--features", y.with_name("f.pt")
    )
    torch.save({"a": torch.zeros(N, 2), "b": torch.zeros(N, 2)}, y.with_name("f.pt"))
    assert "holds a, b; name the features 'features'" in refused(
        y, "--features", y.with_name("f.pt")
    )
    torch.save("text", y.with_name("f.pt"))
    assert "holds a str, not a tensor" in refused(y, "--features", y.with_name("f.pt"))
    y.with_name("f.pt").write_bytes(b"PK\x03\x04 and nothing else")
    assert "broken file of torch" in refused(y, "--features", y.with_name("f.pt"))


def test_safetensors(y):
    x = features().astype("<f4")
    half = (x.view("<u4") >> 16).astype("<u2")
    for kind, raw, exact in (("F32", x, x), ("BF16", half, x), ("F64", x.astype("<f8"), x)):
        about = {"dtype": kind, "shape": list(x.shape), "data_offsets": [0, raw.nbytes]}
        head = json.dumps({"__metadata__": {"a": "b"}, "x": about}).encode()
        path = y.with_name("f.safetensors")
        path.write_bytes(len(head).to_bytes(8, "little") + head + raw.tobytes())
        found = read(y, features=path).evidence["features"]
        assert found == pytest.approx(exact, abs=0.02 if kind == "BF16" else 1e-6)
    path.write_bytes(b"\xff" * 20)
    assert "is a broken .safetensors file" in refused(y, "--features", path)


def test_case_11_half_precision(tmp_path):
    torch = pytest.importorskip("torch")
    data = rl.read(label=[0, 1] * 30, features=torch.randn(60, 4).bfloat16())
    assert data.evidence["features"].dtype == np.float32
    p = torch.softmax(torch.tensor(probabilities()).float(), 1)
    for kind in (torch.bfloat16, torch.float16):
        done = rl.audit(rl.Classes(truth()), probs=p.to(kind))
        assert done.data.evidence["probs"].sum(1) == pytest.approx(np.ones(N), abs=1e-3)
    np.save(tmp_path / "h.npy", probabilities().astype(np.float16))
    done = rl.audit(rl.Classes(truth()), probs=tmp_path / "h.npy")
    assert done.data.evidence["probs"].dtype == np.float32


def test_tensors_that_must_be_fetched_first():
    class Far:
        """A tensor on a device: no array protocol until it is detached and on the CPU."""

        def __init__(self, held):
            self.held, self.steps = held, []

        def detach(self):
            self.steps.append("detach")
            return self

        def cpu(self):
            self.steps.append("cpu")
            return self

        def numpy(self):
            assert self.steps == ["detach", "cpu"]
            return self.held

        def __array__(self, *_, **__):
            raise TypeError("can't convert a device tensor to numpy")

    assert rl.read(label=truth(), features=Far(features())).evidence["features"].shape == (N, 3)
    assert rl.audit(rl.Classes(truth()), probs=Far(probabilities())).p_wrong is not None


def test_case_30_arrays_of_more_dimensions():
    x = np.random.default_rng(0).random((90, 8, 8)) + (np.arange(90) % 3)[:, None, None]
    done = rl.audit(rl.Classes(np.arange(90) % 3), features=x)
    assert done.data.evidence["features"].shape == (90, 64)
    assert "features of 3 dimensions were laid out as 64 numbers an item" in done.warnings
    assert done.p_wrong is not None


def test_one_column_for_two_classes(tmp_path):
    given = np.array(["ham", "spam"])[np.arange(100) % 2]
    p = np.where(np.arange(100) % 2, 0.9, 0.2)
    for held in (p, p[:, None], p.tolist()):
        data = rl.read(label=given, probs=held)
        assert data.evidence["probs"] == pytest.approx(np.column_stack([1 - p, p]))
        assert "taken for the probability of 'spam' (the second class)" in notes(data)
    path = text(tmp_path / "p.csv", p[:, None], header="p_spam")
    assert rl.read(label=given, probs=path).evidence["probs"][:, 1] == pytest.approx(p)
    path = text(tmp_path / "q.csv", 1 - p[:, None], header="p_ham")
    data = rl.read(label=given, probs=path)
    assert data.evidence["probs"][:, 1] == pytest.approx(p)
    assert "taken for the probability of 'ham' (as its name says)" in notes(data)
    turned = rl.read(label=given, probs=1 - p)
    assert turned.evidence["probs"][:, 1] == pytest.approx(p)
    assert "probability of 'ham' (which fits the labels far better than 'spam'" in notes(turned)
    with pytest.raises(ValueError, match="one number an item, the labels have 3 classes"):
        rl.read(label=truth(), probs=np.full(N, 0.5))


def test_matrices_that_lie_on_their_side(y):
    np.save(y.with_name("p.npy"), probabilities().T)
    assert "one column an item; one row an item is wanted: transpose it" in refused(
        y, "--probs", y.with_name("p.npy")
    )
    np.save(y.with_name("f.npy"), features().T)
    assert "transpose it, features.T" in refused(y, "--features", y.with_name("f.npy"))


def test_files_on_disk_stay_there(y):
    np.save(y.with_name("p.npy"), probabilities())
    data = read(y, probs=y.with_name("p.npy"))
    assert isinstance(data.evidence["probs"], np.memmap)


def test_records_of_classifiers_and_lists_in_json(y):
    p = probabilities()
    ranked = [
        [{"label": NAMES[c], "score": row[c]} for c in np.argsort(row)[::-1]] for row in p.tolist()
    ]
    assert read(y, probs=ranked).evidence["probs"] == pytest.approx(p)
    y.with_name("p.json").write_text(json.dumps(ranked))
    assert read(y, probs=y.with_name("p.json")).evidence["probs"] == pytest.approx(p)
    y.with_name("q.json").write_text(json.dumps(p.tolist()))
    assert read(y, probs=y.with_name("q.json")).evidence["probs"] == pytest.approx(p)
    lines = [json.dumps(dict(zip(NAMES, row, strict=True))) for row in p.tolist()]
    y.with_name("p.jsonl").write_text("\n".join(lines))
    assert read(y, probs=y.with_name("p.jsonl")).evidence["probs"] == pytest.approx(p)


def test_a_column_of_lists_beside_others_is_the_features(y):
    x = features()
    table = pa.table({"id": [f"a{n}" for n in range(N)], "embedding": x.tolist()})
    pq.write_table(table, y.with_name("f.parquet"))
    data = read(y, features=y.with_name("f.parquet"))
    assert np.asarray(data.evidence["features"]) == pytest.approx(x)
    assert "the features are column 'embedding'" in notes(data)
    rows = [f'{n},"{row}"' for n, row in enumerate(x.tolist())]
    y.with_name("f.csv").write_text("\n".join(["n,embedding", *rows]) + "\n")
    assert read(y, features=y.with_name("f.csv")).evidence["features"] == pytest.approx(x)


def test_masked_arrays_named_arrays_and_ragged_lists():
    x = np.ma.masked_array(features(), np.abs(features()) > 2)
    found = rl.read(label=truth(), features=x).evidence["features"]
    assert np.isnan(found).sum() == int(x.mask.sum())
    named = np.array(
        [tuple(row) for row in probabilities()[:, ::-1].tolist()],
        dtype=[("pos", float), ("neu", float), ("neg", float)],
    )
    given = np.array(NAMES)[truth()]
    assert rl.read(label=given, probs=named).evidence["probs"] == pytest.approx(probabilities())
    with pytest.raises(ValueError, match="its rows differ in length"):
        rl.read(label=[0, 1], features=[[1.0], [1.0, 2.0]])


def test_texts_among_features_are_named(y):
    y.with_name("f.csv").write_text("a,b\n" + "1,x\n" * N)
    told = refused(y, "--features", y.with_name("f.csv"))
    assert "column 'b' does not hold numbers (row 0 holds 'x')" in told


@pytest.mark.parametrize("name", ["", "Unnamed: 0", "index"])
def test_the_index_of_a_table_says_nothing_of_its_items(tmp_path, name):
    x = features()
    rows = [
        f"{n},{a:.3f},{b:.3f},{NAMES[c]}"
        for n, ((a, b, _), c) in enumerate(zip(x, truth(), strict=True))
    ]
    (tmp_path / "t.csv").write_text("\n".join([f"{name},a,b,label", *rows]) + "\n")
    data = rl.read(tmp_path / "t.csv")
    assert sorted(data.evidence["items"]) == ["a", "b"]
    assert f"column '{name}' only numbers the rows and says nothing of the items" in notes(data)


def test_the_index_of_a_shuffled_table_says_nothing_either(tmp_path):
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(features(), columns=["a", "b", "c"]).assign(label=truth())
    frame.sample(frac=0.7, random_state=0).to_csv(tmp_path / "t.csv")
    assert sorted(rl.read(tmp_path / "t.csv").evidence["items"]) == ["a", "b", "c"]


def test_rows_with_ids_in_another_order_are_matched_by_them(tmp_path):
    order = np.random.default_rng(8).permutation(N)
    rows = [f"doc{n},{NAMES[c]},{n % 7}" for n, c in enumerate(truth())]
    (tmp_path / "t.csv").write_text("\n".join(["doc_id,label,a", *rows]) + "\n")
    p, x = probabilities(), features()
    lines = [f"doc{n},{','.join(map(str, p[n]))}" for n in order]
    (tmp_path / "p.csv").write_text("\n".join(["doc_id,neg,neu,pos", *lines]) + "\n")
    table = pa.table({"id": [f"doc{n}" for n in order], **{f"f{c}": x[order, c] for c in range(3)}})
    pq.write_table(table, tmp_path / "f.parquet")
    words = {"probs": tmp_path / "p.csv", "features": tmp_path / "f.parquet"}
    data = rl.read(tmp_path / "t.csv", id="doc_id", **words)
    assert data.evidence["probs"] == pytest.approx(p)
    assert data.evidence["features"] == pytest.approx(x)
    assert "the rows of p.csv were put in the order of the items by their ids" in notes(data)


def test_an_index_in_another_order_is_pointed_out_and_one_in_both_tables_matches(y, tmp_path):
    order = np.random.default_rng(9).permutation(N)
    p = probabilities()
    lines = [f"{n},{','.join(map(str, p[n]))}" for n in order]
    (tmp_path / "p.csv").write_text("\n".join([",neg,neu,pos", *lines]) + "\n")
    data = read(y, probs=tmp_path / "p.csv")
    assert data.evidence["probs"] == pytest.approx(p[order])
    assert "numbered in another order than 0, 1, 2 and were taken as they stand" in notes(data)
    turned = order[::-1]
    rows = [f"{n},{NAMES[truth()[n]]}" for n in turned]
    (tmp_path / "t.csv").write_text("\n".join([",label", *rows]) + "\n")
    data = rl.read(tmp_path / "t.csv", probs=tmp_path / "p.csv")
    assert data.evidence["probs"] == pytest.approx(p[turned])


def test_columns_of_lists_in_memory():
    pd = pytest.importorskip("pandas")
    x = features()
    for held in (pd.Series(list(x)), pd.Series(x.tolist()), x.view(np.matrix), list(x)):
        assert rl.read(label=truth(), features=held).evidence["features"] == pytest.approx(x)


def test_columns_in_the_order_of_the_numbers_in_the_names_are_told(tmp_path):
    rng = np.random.default_rng(0)
    code = rng.integers(0, 12, 240)
    p = np.full((240, 12), 0.02) + 0.76 * np.eye(12)[code]
    read = rl.read(label=[f"class {c}" for c in code], probs=p)
    assert (np.asarray(read.evidence["probs"]).argmax(1) == read.labels.y).all()
    (note,) = [n for n in read.source["notes"] if "the numbers in their names" in n]
    assert "['class 0', 'class 1', 'class 2', 'class 3'," in note
    assert "they agree with 100% of the labels" in note


def test_a_memory_map_of_half_precision_stays_on_disk(tmp_path):
    """A copy as float32 is twice the file; an array in memory is small enough to be copied."""
    x = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float16)
    np.save(tmp_path / "x.npy", x)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    y = np.arange(60) % 2
    audit = rl.audit(y, features=mapped, by=["knn_outliers"])
    assert np.shares_memory(audit.data.evidence["features"], mapped)
    plain = rl.audit(y, features=x, by=["knn_outliers"])
    assert plain.data.evidence["features"].dtype == np.float32
    first, second = (one.opinions["knn_outliers"].score for one in (audit, plain))
    assert np.allclose(first, second, equal_nan=True)
