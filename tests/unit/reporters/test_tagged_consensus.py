"""A consensus on tagged text is written in formats that are read again."""

from dataclasses import replace

import numpy as np
import pytest
from tests.vote_worlds import spans as world_of

import reliabel as rl
from reliabel.core.dataset import Dataset, Ids
from reliabel.core.words import Words
from reliabel.reporters.consensus_sections import Made
from reliabel.reporters.tagged_consensus import tagged_files
from reliabel.verbs.write_consensus import write_consensus


def _data():
    world = world_of.easy(0)
    items = [Words(f"w{i}_{p}" for p in range(world_of.WORDS)) for i in range(world.labels.n)]
    return Dataset(world.labels, {"items": items}, Ids([f"s{i}" for i in range(world.labels.n)]))


@pytest.mark.parametrize("name", ["consensus.conll", "consensus.jsonl"])
def test_files_of_the_folder_are_read_as_tagged_text(tmp_path, name):
    data = _data()
    found = rl.aggregate(data)
    folder = write_consensus(found, data, tmp_path / "c")
    back = rl.read(folder / name)
    voted = found.labels.take(np.arange(data.labels.n - 1))  # the last has no vote
    assert back.labels.offsets.tolist() == voted.offsets.tolist()
    for part in ("start", "end", "y"):
        assert getattr(back.labels.units, part).tolist() == getattr(voted.units, part).tolist()
    assert back.evidence["items"] == data.evidence["items"][:-1]
    assert back.ids.items == data.ids.items[:-1]
    page = (folder / "report.html").read_text()
    assert page.count(">Workers") == 2  # in the menu, and one table with the skill
    assert "right, by the consensus" in page
    assert "skill is the expected share of right answers at places" in " ".join(page.split())
    assert "What everybody marks" in page
    again = rl.load(folder)
    assert again.labels.units.y.tolist() == found.labels.units.y.tolist()


def test_words_that_columns_cannot_hold_are_in_the_records_alone():
    data = _data()
    data.evidence["items"][0] = Words(["a b", *data.evidence["items"][0][1:]])
    found = rl.aggregate(data)
    made = Made(found, data, data.labels, {"p": found.info["p"]})
    files, notes = tagged_files(made)
    assert "1 sentences have empty words" in notes[0]
    assert "sent_id = s0" not in files["consensus.conll"]
    assert '"a b"' in files["consensus.jsonl"]
    bare = Dataset(data.labels, {}, data.ids)
    assert tagged_files(replace(made, data=bare)) == ({}, [])
