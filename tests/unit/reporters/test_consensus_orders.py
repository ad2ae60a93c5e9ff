"""The pages and the summary of comparisons and rankings."""

import numpy as np
from tests.unit.aggregators.compared import planted, planted_rankings

import reliabel as rl
from reliabel.core.orders import Comparisons
from reliabel.crowd.pair_fit import pair_fit
from reliabel.reporters.consensus_text import summary
from reliabel.reporters.order_chart import order_chart
from reliabel.verbs.write_consensus import consensus_page, write_consensus


def named(votes, names):
    told = votes.labels
    labels = Comparisons(told.left, told.right, told.y, told.n, names)
    return rl.Votes(votes.item, votes.worker, labels, votes.n, votes.w)


def test_things_are_shown_in_order_with_their_intervals():
    votes, _, _ = planted(0, n=6, m=600, strengths=[2, 1, 0, 0, -1, -2])
    names = ["<ace>", "bea", "cid", "dan", "eve", "fay"]
    found = rl.aggregate(named(votes, names))
    page = consensus_page(found)
    assert "The strongest of 6 things is &lt;ace&gt;" in page
    assert "From 600 comparisons by 20 workers" in page
    assert "Things in order" in page
    assert "Pairs that fit worst" in page
    assert "<ace>" not in page
    text = summary(found, found.info["data"].labels, "folder")
    assert "Strongest first, with the ranks that are possible: <ace> (1), bea (2), " in text
    assert "600 comparisons of 6 things by 20 workers" in text


def test_a_folder_keeps_strengths_and_ranks(tmp_path):
    votes, _, _ = planted(1, n=5, m=200)
    data = rl.Dataset(votes)
    found = rl.aggregate(data)
    folder = write_consensus(found, data, tmp_path / "out")
    import pyarrow.parquet as pq

    rows = pq.read_table(folder / "consensus.parquet").to_pylist()
    assert [row["id"] for row in rows] == ["0", "1", "2", "3", "4"]
    assert [row["rank"] for row in rows] == found.info["rank"].tolist()
    assert sum(row["votes"] for row in rows) == 400
    assert np.allclose(rl.load(folder).labels.y, found.labels.y)


def test_rankings_of_one_question_and_of_many():
    told = rl.Rankings.of(["b > a > c"] * 3 + ["a > b"] * 2)
    found = rl.aggregate(rl.Votes([0] * 5, range(5), told, n=1, w=5))
    page = consensus_page(found)
    assert "b comes first of 3 things" in page
    assert "From 5 rankings by 5 workers" in page
    assert "no ranking goes against fewer" in page
    assert "Best first: b > a > c" in summary(found, found.info["data"].labels, "folder")
    votes, _, _ = planted_rankings(0, items=8)
    many = consensus_page(rl.aggregate(votes, by="mallows"))
    assert "those first on which votes agree least" in many
    assert "consensus rankings are probably wrong" in many


def test_pairs_that_go_round_in_a_circle_are_told():
    a, b = np.repeat([0, 1, 2], 40), np.repeat([1, 2, 0], 40)
    fit = pair_fit(Comparisons(a, b, np.tile([0, 0, 0, 1], 30)), np.zeros(3))
    assert fit.p < 1e-6
    assert fit.games.tolist() == [40, 40, 40]
    votes, s, _ = planted(0, n=6, m=900)
    assert pair_fit(votes.labels, s).p > 0.01
    assert np.isnan(pair_fit(Comparisons([0], [1], [0]), np.array([0.0, np.nan])).p)


def test_the_chart_cuts_ranges_that_are_far_wider_than_the_values():
    chart = order_chart(
        ["a", "b"], np.array([1.0, 0]), np.array([-90.0, -1]), np.array([99.0, 1]), what="x"
    )
    assert all(mark.at[0] >= 0 for mark in chart.marks)
    one = order_chart(["a"], np.array([1.0]), np.array([np.nan]), np.array([np.nan]), what="x")
    assert "1.00" in one.says
