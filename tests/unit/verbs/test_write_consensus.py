"""The consensus folder of votes on labels of any kind."""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest

import reliabel as rl
from reliabel.core.dataset import Dataset
from reliabel.core.labels import Grouped, MultiLabel, Numbers, Soft, SoftMultiLabel, Spans, Votes
from reliabel.core.results import Consensus
from reliabel.folders import consensus_folder
from reliabel.verbs.write_consensus import write_consensus


def written(consensus, votes, place, **source):
    """The folder of a consensus, and its items as columns."""
    folder = write_consensus(consensus, Dataset(votes, source=source), place)
    return folder, pq.read_table(folder / "consensus.parquet").to_pydict()


def test_tokens_are_written_unit_by_unit_and_read_back(tmp_path):
    tags = Grouped(rl.Classes([0, 1, 0, 1, 0, 0, 1, 1], ["O", "B"]), [0, 2, 4, 6, 8])
    votes = Votes([0, 0, 0, 1], [0, 1, 2, 0], tags, n=2, w=3)
    found = rl.aggregate(votes)
    folder, rows = written(found, votes, tmp_path / "c")
    assert rows["id"] == ["0", "0", "1", "1"]
    assert rows["unit"] == [0, 1, 0, 1]
    assert rows["label"] == ["O", "B", "B", "B"]
    assert rows["votes"] == [3, 3, 1, 1]
    assert rows["agreement"] == pytest.approx([1, 2 / 3, 1, 1])
    card = json.loads((folder / "aggregate.json").read_text())
    assert card["kind"] == "Votes[Grouped[Classes]]"
    assert card["classes"] == ["O", "B"]
    labels = rl.load(folder).labels
    assert isinstance(labels, Grouped)
    assert np.array_equal(labels.units.p, found.labels.units.p)


def test_objects_have_as_many_rows_as_the_consensus_has_labels(tmp_path):
    spans = Grouped(Spans([0, 0, 3], [1, 1, 5], [0, 0, 1], ["LOC", "PER"]), [0, 1, 3])
    votes = Votes([0, 0], [0, 1], spans, n=2, w=2)
    labels = Grouped(Spans([0, 3], [1, 5], [0, 1], ["LOC", "PER"]), [0, 2, 2])
    info = {"p": np.array([0.9, 0.4]), "agreement": np.array([1.0, 0.5]), "by": "by_hand"}
    found = Consensus(labels, np.array([0.5, 0.9]), info=info)
    folder, rows = written(found, votes, tmp_path / "c")
    assert rows["label"] == ["LOC 0:1", "PER 3:5"]
    assert (rows["p"], rows["agreement"], rows["votes"]) == ([0.9, 0.4], [1.0, 0.5], [2, 2])
    page = (folder / "report.html").read_text()
    assert "About 1 of 2 consensus spans are probably wrong" in page
    assert "PER 3:5" in page
    with pytest.raises(ValueError, match=r"\(Votes\[Grouped\[Spans\]\]\) are not judged"):
        consensus_folder.refuse_unreviewable(folder)


def test_sets_are_lists_of_names_and_things_have_names(tmp_path):
    votes = Votes([0, 0], [0, 1], MultiLabel([[1, 1], [1, 0]], ["a", "b"]), n=1, w=2)
    found = Consensus(SoftMultiLabel([[0.9, 0.6]], ["a", "b"]), info={"by": "by_hand"})
    _, rows = written(found, votes, tmp_path / "sets")
    assert rows["label"] == [["a", "b"]]
    assert rows["p"] == pytest.approx([0.54])
    assert rows["agreement"] == [0.5]
    info = {"things": ("x", "y"), "compared": np.array([3, 1]), "rank": np.array([1, 2])}
    strength = Consensus(Numbers([0.5, -0.5]), info={**info, "by": "by_hand"})
    _, rows = written(strength, votes, tmp_path / "things")
    assert (rows["id"], rows["votes"], rows["rank"]) == (["x", "y"], [3, 1], [1, 2])
    assert rows["label"] == [0.5, -0.5]


def test_classes_that_nobody_voted_for_by_name_are_written_as_any_labels(tmp_path):
    votes = Votes([0, 0], [0, 1], rl.Classes([0, 1], ["animal", "cat"]), n=1, w=2)
    leaves = Soft([[0.2, 0.8]], ["dog", "cat"])
    _, rows = written(Consensus(leaves, info={"node": ["cat"]}), votes, tmp_path / "c")
    assert (rows["label"], rows["node"], rows["p"]) == (["cat"], ["cat"], [0.8])


def test_votes_that_nobody_is_known_to_have_cast_are_all_counted(tmp_path):
    votes = Votes([0, 0, 0], [0, 0, 0], rl.Classes([0, 1, 1], ["a", "b"]), n=1, w=1)
    found = rl.aggregate(Dataset(votes, source={"anonymous": True}), by="majority")
    assert found.info["votes"] == 3
    _, rows = written(found, votes, tmp_path / "c", anonymous=True)
    assert rows["votes"] == [3]


def test_who_made_the_votes_may_say_what_kind_of_answers_they_are():
    votes = Votes([0, 0], [0, 1], MultiLabel([[1, 1], [1, 0]], ["a", "b"]), n=1, w=2)
    found = rl.aggregate(Dataset(votes, source={"answers": "candidates"}))
    assert found.info["method"] == "candidate_sets"
    assert found.labels.p[0].argmax() == 0
