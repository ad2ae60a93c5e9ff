"""What the page of a consensus shows of label sets, choices, trees and points."""

import re

import numpy as np
import pyarrow.parquet as pq

import reliabel as rl
from reliabel.core.labels import Classes, MultiLabel, Numbers, Votes
from reliabel.verbs.write_consensus import consensus_page, write_consensus

ITEM, WORKER = np.repeat(np.arange(20), 3), np.tile([0, 1, 2], 20)


def _told(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def _page(labels, **options):
    votes = Votes(ITEM, WORKER, labels, n=20, w=3)
    return _told(consensus_page(rl.aggregate(votes, **options)))


def test_label_sets():
    rng = np.random.default_rng(0)
    truth = rng.random((20, 3)) < 0.4
    y = np.where(rng.random((60, 3)) < 0.1, ~truth[ITEM], truth[ITEM]).astype(int)
    y[:5, 2] = -1
    page = _page(MultiLabel(y, ["food", "sport", "art"]))
    assert "Items by how many labels their consensus has" in page
    assert "not shown" in page
    assert "ticks what is there" in page
    assert page.count("least skilled first") == 1  # one table of workers


def test_choices():
    rng = np.random.default_rng(0)
    truth = rng.integers(3, size=20)
    y = np.full((60, 3), -1)
    y[np.arange(60), (truth[ITEM] + 1) % 3] = 0
    page = _page(MultiLabel(y, ["a", "b", "c"]), by="candidate_sets")
    assert "holds the true class" in page
    assert "2.0" in page


def test_a_tree_also_in_the_table(tmp_path):
    names = ("x > a", "x > b", "y > c", "x")
    rng = np.random.default_rng(0)
    labels = Classes(rng.choice(4, size=60), names)
    page = _page(labels, by="hierarchy")
    assert "stop above a leaf" in page
    assert "2 off" in page
    found = rl.aggregate(Votes(ITEM, WORKER, labels, n=20, w=3), by="hierarchy")
    folder = write_consensus(found, found.info["data"], tmp_path / "out")
    rows = pq.read_table(folder / "consensus.parquet").to_pydict()
    assert rows["node"] == list(found.info["node"])


def test_points():
    rng = np.random.default_rng(0)
    page = _page(Numbers(rng.normal(size=(60, 2))), by="metric_space")
    assert "counts for" in page
