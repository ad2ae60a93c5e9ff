"""The page of a consensus of free texts: answers side by side, the least certain first."""

import re

import pyarrow.parquet as pq

import reliabel as rl
from reliabel.core.dataset import Dataset, Ids
from reliabel.verbs.write_consensus import write_consensus


def written(tmp_path, said, names=("ann", "bo", "cy"), **words):
    item = [i for i, answers in enumerate(said) for _ in answers]
    worker = [j for answers in said for j in range(len(answers))]
    votes = rl.Votes(
        item, worker, rl.Texts([x for answers in said for x in answers]), len(said), len(names)
    )
    data = Dataset(votes, {}, Ids([f"clip {i}" for i in range(len(said))], list(names)))
    folder = write_consensus(rl.aggregate(data, **words), data, tmp_path / "texts.consensus")
    return folder, (folder / "report.html").read_text(encoding="utf-8")


def test_answers_stand_side_by_side_with_the_words_that_differ(tmp_path):
    said = [
        ["the old cat sat", "the cat sat down", "the bold cat sat"],
        ["hello there", "hello there", "hello there"],
        ["我们去公园", "我们公园", "我们去花园"],
        ["<b>one", "<b>one", ""],
    ]
    folder, page = written(tmp_path, said, by="rover")
    part = page[page.index('id="answers"') :]
    assert 0 < part.index("clip 0") < part.index("clip 1")
    assert '<del class="quiet">old</del>' in part
    assert "<mark>bold</mark>" in part
    assert "<mark>down</mark>" in part
    assert "我们<del" in part.replace("\n", "")
    assert "&lt;b&gt;one" in part
    assert "<b>one" not in part
    assert '<span class="quiet">(empty)</span>' in part
    rows = pq.read_table(folder / "consensus.parquet").to_pydict()
    assert rows["label"][1] == "hello there"
    assert rows["p"][1] == max(rows["p"])
    assert min(rows["agreement"]) < rows["agreement"][1] == 1


def test_long_answers_and_many_of_them_are_cut(tmp_path):
    long = " ".join(f"w{i}" for i in range(200))
    said = [[long, f"{long} more", *["short"] * 18]]
    _, page = written(tmp_path, said, names=[f"n{j}" for j in range(20)])
    assert "and 12 more answers, further away" in page
    assert len(re.findall("w150", page)) < 6


def test_single_answers_have_nothing_beside_them(tmp_path):
    _, page = written(tmp_path, [["one"], ["two"]])
    assert 'id="answers"' not in page
