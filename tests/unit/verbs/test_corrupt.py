"""corrupt on files: the planted labels are spelled as the file spells labels."""

import numpy as np
import pytest

import reliabel as rl
from reliabel.verbs.corrupt import write_corrupted


def planted(path, out, label="y"):
    data = rl.read(path, label=label)
    done = rl.corrupt(data, by="symmetric", rate=0.2)
    write_corrupted(path, out, label, done)
    return done


def test_labels_such_as_1_0_stay_so(tmp_path):
    (tmp_path / "a.csv").write_text(
        "x,y\n" + "".join(f"{i},{i % 3}.0\n" for i in range(60)), encoding="utf-8"
    )
    done = planted(tmp_path / "a.csv", tmp_path / "b.csv")
    rows = [
        line.split(",") for line in (tmp_path / "b.csv").read_text(encoding="utf-8").splitlines()
    ]
    assert rows[0] == ["x", "y", "y_noisy", "y_wrong"]
    assert {row[2] for row in rows[1:]} == {"0.0", "1.0", "2.0"}
    assert (
        [row[1] != row[2] for row in rows[1:]]
        == done.wrong.tolist()
        == [row[3] == "True" for row in rows[1:]]
    )


@pytest.mark.parametrize("values", [[3, 4], [True, False], ["a", "b"]])
def test_planted_labels_have_the_type_of_the_column(tmp_path, values):
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    pq.write_table(pa.table({"x": np.arange(40.0), "y": values * 20}), tmp_path / "a.parquet")
    done = planted(tmp_path / "a.parquet", tmp_path / "b.parquet")
    table = pq.read_table(tmp_path / "b.parquet")
    assert table.schema.field("y_noisy").type == table.schema.field("y").type
    assert [
        a != b for a, b in zip(table["y"].to_pylist(), table["y_noisy"].to_pylist(), strict=True)
    ] == done.wrong.tolist()


def test_missing_labels_stay_missing_and_where_every_label_is_wrong_names_are_written(tmp_path):
    (tmp_path / "a.csv").write_text("x,y\n1,a\n2,\n3,b\n", encoding="utf-8")
    data = rl.read(tmp_path / "a.csv", label="y")
    done = rl.corrupt(data, by="symmetric", rate=1.0)
    write_corrupted(tmp_path / "a.csv", tmp_path / "b.csv", "y", done)
    assert (tmp_path / "b.csv").read_text(encoding="utf-8").splitlines()[1:] == [
        "1,a,b,True",
        "2,,,False",
        "3,b,a,True",
    ]
