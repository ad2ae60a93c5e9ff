"""A consensus folder as a source of labels to judge: the disputed items of its votes."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

import reliabel as rl
from reliabel.core.dataset import Dataset
from reliabel.core.results import Decision
from reliabel.review.opening import open_log
from reliabel.verbs.write_consensus import write_consensus

ITEMS, WORKERS = 40, 5


@pytest.fixture
def folder(tmp_path):
    """Votes of five people on 40 texts; on the first eight they split three to two."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, ITEMS)
    with (tmp_path / "votes.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["task", "who", "answer", "words", "seen"])
        for item in range(ITEMS):
            for worker in range(WORKERS):
                wrong = item < 8 and worker < 2
                said = ("no", "yes")[truth[item] ^ wrong]
                writer.writerow([f"t{item}", f"w{worker}", said, f"text {item}", worker])
    data = rl.read(tmp_path / "votes.csv", item="task", worker="who", label="answer", text="words")
    consensus = rl.aggregate(data, by="majority")
    return write_consensus(consensus, data, tmp_path / "votes.consensus", report=False)


def test_the_disputed_items_come_first(folder, store):
    opened = open_log(folder, store=store)
    assert opened.source == "disputed"
    handed = rl.next(folder, n=8, greedy=True)
    assert set(handed["rows"]["id"]) == {f"t{item}" for item in range(8)}
    assert handed["rows"]["text"][0].startswith("text ")
    assert "column_seen" not in handed["rows"]  # a row of the votes is no item


def test_decisions_certify_and_apply(folder, store, tmp_path):
    log = rl.log(folder, store=store)
    names, y = log.data.labels.names, log.data.labels.y
    other = [names[1 - code] for code in y.tolist()]
    log.decide([Decision("t0", "change", label=other[0], who="ada"), Decision("t1", "drop")])
    log.decide([Decision(f"t{i}", "keep") for i in range(2, ITEMS)])
    said = rl.certify(folder, target=0.05, forecast=False)
    assert said.certificate.holds
    votes = (tmp_path / "votes.csv").read_bytes()
    done = rl.apply(folder, out=tmp_path / "truth.jsonl")
    assert (done["changed"], done["dropped"], done["kept"]) == (1, 1, 38)
    rows = [json.loads(line) for line in (tmp_path / "truth.jsonl").read_text().splitlines()]
    assert [row["id"] for row in rows] == ["t0", *[f"t{i}" for i in range(2, ITEMS)]]
    assert rows[0] == {"id": "t0", "label": other[0], "text": "text 0"}
    assert [row["label"] for row in rows[1:]] == [names[code] for code in y[2:].tolist()]
    assert (tmp_path / "votes.csv").read_bytes() == votes


def test_a_sitting_shows_the_item_and_no_vote(folder):
    card = rl.judge(folder, who="ada").card
    assert list(card.item) == ["text"]


def test_the_votes_are_not_overwritten(folder, tmp_path):
    rl.decide(folder, [{"id": "t0", "verdict": "keep"}])
    with pytest.raises(ValueError, match="is the input itself"):
        rl.apply(folder, out=tmp_path / "votes.csv", overwrite=True)


def test_a_consensus_of_numbers_is_one_sentence(tmp_path):
    votes = rl.Votes([0, 0, 1, 1], [0, 1, 0, 1], rl.Numbers([1.0, 2.0, 3.0, 3.5]), n=2, w=2)
    consensus = rl.aggregate(votes, by="mean")
    folder = write_consensus(consensus, Dataset(votes), tmp_path / "n.consensus", report=False)
    for act in (rl.log, rl.next, rl.judge, rl.apply):
        with pytest.raises(
            ValueError, match=r"cannot be reviewed: its labels \(Votes\[Numbers\]\) are not judged"
        ):
            act(folder)


def test_a_consensus_without_the_files_of_a_review(tmp_path):
    votes = rl.Votes([0, 0, 1, 1], [0, 1, 0, 1], rl.Classes([0, 0, 1, 1]), n=2, w=2)
    folder = write_consensus(
        rl.aggregate(votes, by="majority"),
        Dataset(votes),
        tmp_path / "c.consensus",
        report=False,
        reviewable=False,
    )
    with pytest.raises(ValueError, match="without what a review needs; aggregate again"):
        rl.log(folder)
