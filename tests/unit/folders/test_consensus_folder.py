"""The consensus folder: what was written is read, and what does not belong there is refused."""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest

from reliabel.core.labels import Numbers, Soft
from reliabel.folders.consensus_folder import load, save

ITEMS = {
    "votes": np.array([2, 3]),
    "probs": np.array([[0.25, 0.75], [1.0, 0.0]]),
    "p": np.array([0.75, np.nan]),
    "id": ["x", "y"],
    "label": ["b", "a"],
}
WORKERS = {
    "worker": ["ann", "bob"],
    "skill": np.array([0.9, np.nan]),
    "confusion": np.array([[[0.9, 0.1], [0.2, 0.8]], [[0.5, 0.5], [0.5, 0.5]]]),
    "flags": [["drift"], []],
}


def test_a_consensus_of_classes_is_read_as_it_was_written(tmp_path):
    card = {"classes": ["a", "b"], "seed": np.int64(3), "gap": np.nan}
    save(tmp_path / "new", ITEMS, WORKERS, card, page="<html>ü</html>")
    found, items, workers = load(tmp_path / "new")
    assert isinstance(found.labels, Soft)
    assert found.labels.names == ("a", "b")
    assert found.labels.p.tolist() == ITEMS["probs"].tolist()
    assert found.skill[0] == 0.9
    assert np.isnan(found.skill[1])
    assert found.info == {"schema": 1, "classes": ["a", "b"], "seed": 3, "gap": None}
    assert items == {
        "id": ["x", "y"],
        "label": ["b", "a"],
        "p": [0.75, None],
        "probs": [[0.25, 0.75], [1.0, 0.0]],
        "votes": [2, 3],
    }
    assert workers["confusion"] == WORKERS["confusion"].tolist()
    assert workers["flags"] == [["drift"], []]
    assert (tmp_path / "new" / "report.html").read_text(encoding="utf-8") == "<html>ü</html>"
    names = pq.read_schema(tmp_path / "new" / "consensus.parquet").names
    assert names == ["id", "label", "p", "probs", "votes"]  # in the order of the documentation


def test_a_consensus_of_numbers_has_no_classes_and_may_have_no_skill(tmp_path):
    items = {"id": ["x", "y"], "label": np.array([1.5, np.nan])}
    save(tmp_path, items, {"worker": ["ann"]}, {"classes": []})
    found, _, _ = load(tmp_path)
    assert isinstance(found.labels, Numbers)
    assert found.labels.y[0] == 1.5
    assert np.isnan(found.labels.y[1])
    assert found.skill is None
    assert not (tmp_path / "report.html").exists()


@pytest.mark.parametrize(
    ("items", "workers", "sentence"),
    [
        (
            {"id": ["x"], "colour": ["red"]},
            {},
            r"consensus.parquet has no column 'colour'; its columns are id, unit, label",
        ),
        (
            {"id": ["x"]},
            {"age": [3]},
            r"workers.parquet has no column 'age'; its columns are worker, votes",
        ),
    ],
)
def test_columns_that_do_not_belong_there_are_refused(tmp_path, items, workers, sentence):
    with pytest.raises(ValueError, match=sentence):
        save(tmp_path, items, workers, {})
    assert not (tmp_path / "aggregate.json").exists()


def test_what_is_no_consensus_folder_says_so(tmp_path):
    with pytest.raises(ValueError, match="is not a consensus folder: there is no such folder"):
        load(tmp_path / "nowhere")
    with pytest.raises(ValueError, match=r"it holds no finished aggregate.json; make one with"):
        load(tmp_path)
    save(tmp_path, ITEMS, WORKERS, {"classes": ["a", "b"]})
    assert json.loads((tmp_path / "aggregate.json").read_text())["schema"] == 1
    (tmp_path / "workers.parquet").unlink()
    with pytest.raises(ValueError, match=r"workers.parquet is missing; aggregate again"):
        load(tmp_path)
