"""The page of a consensus, its folder, and what the review gets to see."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pyarrow.parquet as pq
import pytest

from reliabel.core.dataset import Dataset, Ids
from reliabel.core.labels import Classes, Numbers, Votes
from reliabel.crowd.consensus_findings import as_audit
from reliabel.folders import audit_folder, consensus_folder
from reliabel.verbs.aggregate import aggregate
from reliabel.verbs.read import read
from reliabel.verbs.report import report
from reliabel.verbs.table import table
from reliabel.verbs.write_consensus import counted_votes, study_of
from reliabel.verbs.write_consensus import write_consensus as write


def crowd(seed=0, n=120, w=9, each=4, names=("ape", "bee", "cat")):
    rng = np.random.default_rng(seed)
    truth, skill = rng.integers(3, size=n - 1), np.linspace(0.45, 0.95, w)
    item = np.repeat(np.arange(n - 1), each)  # the last item has no vote
    worker = np.argsort(rng.random((n - 1, w)), 1)[:, :each].ravel()
    y = np.where(
        rng.random(len(item)) < skill[worker],
        truth[item],
        (truth[item] + rng.integers(1, 3, len(item))) % 3,
    )
    ids = Ids([f"item {i}" for i in range(n)], [f"ann <{j}>" for j in range(w)])
    return Dataset(
        Votes(item, worker, Classes(y, names), n, w),
        {"items": [f"text & {i}" for i in range(n)]},
        ids,
        {"path": "votes.csv", "task": "text"},
    )


def numbers(seed=0):
    rng = np.random.default_rng(seed)
    item, worker = np.repeat(np.arange(30), 3), np.tile(np.arange(3), 30)
    y = rng.normal(size=30)[item] + rng.normal(size=90) * np.array([0.1, 0.3, 1.0])[worker]
    return Dataset(Votes(item, worker, Numbers(y), 30, 3))


class Tags(HTMLParser):
    """Counts open elements and keeps the text."""

    def __init__(self):
        super().__init__()
        self.open, self.text = [], []

    def handle_starttag(self, tag, attrs):
        if tag not in (
            "meta",
            "link",
            "br",
            "input",
            "rect",
            "line",
            "path",
            "circle",
            "polyline",
            "polygon",
        ):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if self.open and tag in self.open:
            while self.open.pop() != tag:
                pass

    def handle_data(self, data):
        self.text.append(data)


def test_the_folder_holds_what_the_design_says_and_reads_back(tmp_path):
    data = crowd()
    consensus = aggregate(data)
    place = write(consensus, data, tmp_path / "votes.consensus")
    items, workers = (
        pq.read_table(place / "consensus.parquet"),
        pq.read_table(place / "workers.parquet"),
    )
    assert items.column_names[:6] == ["id", "label", "p", "probs", "votes", "agreement"]
    assert workers.column_names[:6] == ["worker", "votes", "skill", "low", "high", "kind"]
    assert set(items.column_names) <= set(consensus_folder.ITEMS)
    assert set(workers.column_names) <= set(consensus_folder.WORKERS)
    assert (items.num_rows, workers.num_rows) == (120, 9)
    assert items["votes"].to_pylist()[-2:] == [4, 0]
    assert items["agreement"].to_pylist()[-1] is None
    card = json.loads((place / "aggregate.json").read_text())
    assert card["classes"] == ["ape", "bee", "cat"]
    assert (card["schema"], card["by"], card["votes"]) == (1, "auto", 476)
    assert (
        card["agreement"]["krippendorff_alpha"]["low"]
        < card["agreement"]["krippendorff_alpha"]["value"]
    )
    back, columns, people = consensus_folder.load(place)
    assert back.labels.p == pytest.approx(consensus.labels.p)
    assert back.labels.names == consensus.labels.names
    assert columns["id"][3] == "item 3"
    assert people["worker"][0] == "ann <0>"
    assert np.array(people["confusion"]).shape == (9, 3, 3)
    assert not list(place.glob("*.part"))


def test_the_page_answers_first_and_escapes_names(tmp_path):
    data = crowd()
    place = write(aggregate(data), data, tmp_path / "c")
    page = (place / "report.html").read_text(encoding="utf-8")
    assert "consensus labels are probably wrong" in page.split("</h1>")[0]
    assert "ann &lt;0&gt;" in page
    assert "ann <0>" not in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    seen = Tags()
    seen.feed(page)
    assert seen.open == []
    words = " ".join(seen.text)
    for part in (
        "Certainty",
        "Workers",
        "Confusion matrices",
        "Hard items",
        "Next votes to ask for",
        "How this was made",
        "Krippendorff's alpha",
    ):
        assert part in words
    assert "1 item without a vote" in words


def test_a_review_finds_its_findings(tmp_path):
    data = crowd()
    consensus = aggregate(data)
    write(consensus, data, tmp_path / "c")
    audit = audit_folder.load(tmp_path / "c")
    assert audit.p_wrong[:-1] == pytest.approx(1 - consensus.labels.p[:-1].max(1))
    assert np.isnan(audit.p_wrong[-1])
    assert audit.data.labels.y[-1] == -1
    kinds = [finding.finds for finding in audit.findings]
    labels = [f for f in audit.findings if f.finds == "label"]
    assert kinds.count("label") == 119
    assert [f.rank for f in labels] == sorted((f.rank for f in labels), reverse=True)
    vote = next(f for f in audit.findings if f.finds == "vote")
    assert vote.where["worker"].startswith("ann")
    assert vote.given != vote.suggest


def test_repeated_votes_are_counted_as_the_run_counted_them():
    data = crowd()
    votes = data.labels
    twice = Votes(
        np.append(votes.item, 0),
        np.append(votes.worker, votes.worker[0]),
        Classes(np.append(votes.labels.y, 0), votes.labels.names),
        votes.n,
        votes.w,
    )
    both = Dataset(twice, data.evidence, data.ids, data.source)
    consensus = aggregate(both)
    assert len(counted_votes(both)) == 476
    seen = study_of(consensus, both, counted_votes(both))
    assert len(as_audit(consensus, both, seen).p_wrong) == 120


def test_numbers_have_a_folder_and_a_page_too(tmp_path):
    data = numbers()
    consensus = aggregate(data, by="gaussian_bias")
    place = write(consensus, data, tmp_path / "n")
    back, items, workers = consensus_folder.load(place)
    assert back.labels.y == pytest.approx(consensus.labels.y)
    assert items["sd"] == pytest.approx(consensus.info["sd"].tolist())
    assert len(workers["bias"]) == 3
    page = (place / "report.html").read_text(encoding="utf-8")
    assert "30 items with a number from 90 votes of 3 workers" in page
    assert "Most uncertain items" in page


@pytest.mark.parametrize("names", [("only",), ("a", "b")])
def test_thin_crowds_get_a_page(tmp_path, names):
    """One class, one worker, one vote an item."""
    y = np.arange(6) % len(names)
    data = Dataset(Votes(np.arange(6), np.zeros(6, dtype=int), Classes(y, names), 6, 1))
    place = write(aggregate(data, by="majority"), data, tmp_path / "thin")
    assert "How this was made" in (place / "report.html").read_text(encoding="utf-8")


def votes_of(item, worker, y, names, n, w):
    return Dataset(
        Votes(
            np.array(item, dtype=int),
            np.array(worker, dtype=int),
            Classes(np.array(y, dtype=int), names),
            n,
            w,
        )
    )


@pytest.mark.parametrize(
    "data",
    [
        votes_of([], [], [], ("a", "b"), 3, 2),
        votes_of([0], [0], [0], ("a", "b"), 1, 1),
        votes_of(
            np.repeat(np.arange(30), 3), np.tile([0, 1, 2], 30), np.zeros(90), ("a", "b"), 30, 9
        ),
        votes_of(
            np.arange(300) // 3,
            np.arange(300) % 30,
            np.arange(300) % 40,
            tuple(f"c{i}" for i in range(1000)),
            100,
            200,
        ),
    ],
    ids=["no votes", "one vote", "all equal, idle workers", "too many classes for matrices"],
)
def test_odd_crowds_are_written_and_read(tmp_path, data):
    place = write(aggregate(data, by="majority"), data, tmp_path / "odd")
    back, items, workers = consensus_folder.load(place)
    assert len(back.labels) == len(items["id"]) == data.labels.n
    assert len(workers["worker"]) == data.labels.w
    assert "How this was made" in (place / "report.html").read_text(encoding="utf-8")


def test_sentences(tmp_path):
    with pytest.raises(ValueError, match="is not a consensus folder: there is no such folder"):
        consensus_folder.load(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="it holds no finished"):
        consensus_folder.load(tmp_path / "empty")
    with pytest.raises(ValueError, match=r"consensus\.parquet has no column 'colour'"):
        consensus_folder.save(tmp_path / "x", {"colour": [1]}, {}, {})
    data = crowd()
    place = write(aggregate(data), data, tmp_path / "c", report=False, reviewable=False)
    assert sorted(path.name for path in place.iterdir()) == [
        "aggregate.json",
        "consensus.parquet",
        "next_votes.csv",
        "workers.parquet",
    ]
    (place / "workers.parquet").unlink()
    with pytest.raises(ValueError, match=r"workers\.parquet is missing"):
        consensus_folder.load(place)
    with pytest.raises(ValueError, match="made of votes, got Classes"):
        counted_votes(Dataset(Classes(np.array([0, 1]))))


def test_the_headline_has_an_interval_and_its_condition():
    data = crowd()
    consensus = aggregate(data)
    page = report(consensus)
    head = " ".join(page.split("<main>")[0].split())
    found = re.search(r"About (\d+) of 119 consensus labels are probably wrong", head)
    low, high = map(int, re.search(r'class="sub">(\d+)-(\d+) if workers err', head).groups())
    assert low < int(found[1]) < high
    assert int(found[1]) == round(float((1 - consensus.labels.p.max(1))[:119].sum()))
    assert "Known answers for 20 items or more (gold) tell" in head


def test_a_consensus_is_reported_and_made_a_table_as_it_is(tmp_path):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {"task": ["a", "a", "b", "b"], "who": ["x", "y", "x", "y"], "says": ["p", "p", "q", "p"]}
    )
    consensus = aggregate(read(frame, item="task", worker="who", label="says"))
    assert report(consensus, tmp_path / "page.html").startswith("<!DOCTYPE html>")
    assert (tmp_path / "page.html").exists()
    made = table(consensus)
    assert isinstance(made, pandas.DataFrame)
    assert made["id"].tolist() == ["a", "b"]
    with pytest.raises(ValueError, match="a consensus is reported as html, got 'text'"):
        report(consensus, form="text")
    with pytest.raises(ValueError, match="carries no votes to report on"):
        report(replace(consensus, info={}))


def test_next_votes_are_a_table_to_send_out(tmp_path):
    data = crowd(n=60, each=3)
    place = write(aggregate(data), data, tmp_path / "c")
    with (place / "next_votes.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    items = consensus_folder.load(place)[1]
    need = dict(zip(items["id"], items["need"], strict=True))
    assert {row["item"]: int(row["need"]) for row in rows} == {
        name: count for name, count in need.items() if count
    }
    gains = [float(row["gain"]) for row in rows]
    assert gains == sorted(gains, reverse=True)
    assert gains[-1] > 0
    assert {row["ask"] for row in rows} <= {*data.ids.workers, ""}


def test_matrices_are_shown_only_of_workers_with_votes_for_one():
    few, many = crowd(n=20, each=3), crowd(n=400, w=9, each=4)
    assert few.labels.w == many.labels.w == 9
    assert report(aggregate(few)).count("<figure") == 2  # certainty, all workers together
    assert report(aggregate(many)).count("<figure") > 2


def test_gold_and_times_reach_the_workers_table(tmp_path):
    data = crowd()
    rng = np.random.default_rng(1)
    timed = Dataset(
        data.labels,
        data.evidence,
        data.ids,
        {
            **data.source,
            "vote_columns": {"time": rng.random(476), "seconds": np.exp(rng.normal(size=476))},
        },
    )
    gold = np.array([None] * 120, dtype=object)
    gold[:30] = "bee"
    consensus = aggregate(timed, gold=gold)
    place = write(consensus, timed, tmp_path / "g", gold=gold)
    workers = consensus_folder.load(place)[2]
    assert sum(workers["gold_votes"]) == 120
    assert "right on gold" in (place / "report.html").read_text(encoding="utf-8")
    seen = study_of(consensus, timed, counted_votes(timed), gold)
    assert set(seen.workers.tests) == {"constant", "too fast", "drift", "repeats"}


def test_opinions_in_several_dimensions_come_back(tmp_path):
    rng = np.random.default_rng(0)
    data = Dataset(
        Votes(
            np.repeat(np.arange(10), 4),
            np.tile(np.arange(4), 10),
            Numbers(rng.normal(size=(40, 2))),
            11,
            4,
        )
    )
    consensus = aggregate(data, by="opinion_scores")
    back = consensus_folder.load(write(consensus, data, tmp_path / "o"))[0]
    assert back.labels.y.shape == (11, 2)
    assert back.labels.y[:10] == pytest.approx(consensus.labels.y[:10])
    assert np.isnan(back.labels.y[10]).all()
