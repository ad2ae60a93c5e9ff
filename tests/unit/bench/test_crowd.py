"""What the suite aggregate measures, on votes whose numbers are known."""

import numpy as np
import pytest

import reliabel as rl
from reliabel.bench.crowd import as_file, made_up, quality, scores


def test_ties_share_the_credit():
    p, truth = np.array([[0.5, 0.5], [0.9, 0.1], [0.2, 0.8]]), np.array([0, 1, -1])
    found = scores(p, truth)
    assert (
        found["accuracy"] == 0.25
    )  # half of the first, none of the second; the third is not known
    assert found["nll"] == pytest.approx(-(np.log(0.5) + np.log(0.1)) / 2)


def test_quality_ranks_wrong_labels_and_wrong_votes():
    votes = rl.Votes(
        np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), rl.Classes(np.array([0, 1, 1, 1])), 2, 2
    )
    p, truth = np.array([[0.9, 0.1], [0.4, 0.6]]), np.array([0, 0])
    found = quality(p, votes, truth)
    assert found["accuracy of its label"] == 0.5
    assert found["auroc of consensus quality"] == 1.0  # .6 is wrong, .9 is right
    assert (
        found["auroc of vote quality"] == 1.0
    )  # the vote of .9 is right, those of .1 and .6 are wrong
    assert quality(p, votes, truth, label=np.array([0, 0]))["accuracy of its label"] == 1.0


def test_a_made_up_crowd_comes_back_from_its_file(tmp_path):
    votes = made_up(300, 8, 3, 4)
    as_file(votes, tmp_path / "votes.parquet")
    back = rl.read(
        tmp_path / "votes.parquet", item="task", worker="who", label="answer", duplicates="all"
    )
    assert len(back.labels) == 900
    first, second = (
        np.bincount(one.labels.labels.y if one is back else one.labels.y, minlength=4).tolist()
        for one in (back, votes)
    )
    assert first == second
    item = {int(name.split()[1]): place for place, name in enumerate(back.ids.items)}
    assert (
        np.bincount(back.labels.item, minlength=300)[[item[i] for i in range(300)]]
        == np.bincount(votes.item, minlength=300)
    ).all()
