import numpy as np
import pytest

from reliabel.core.labels import Classes
from reliabel.corrupters.annotator_population import corrupt


def planted(n=4000, k=4, seed=0, **options):
    labels = Classes(np.random.default_rng(1).integers(0, k, n))
    return labels, corrupt(labels, rng=np.random.default_rng(seed), **options)


def test_each_item_gets_votes_of_different_people_and_the_share_of_wrong_ones_is_the_rate():
    _labels, made = planted(rate=0.3, each=5, workers=20)
    assert len(made.index) == 20_000
    assert (np.bincount(made.index) == 5).all()
    who = made.info["worker"].reshape(-1, 5)
    assert all(len(set(row)) == 5 for row in who.tolist())
    assert made.wrong.mean() == pytest.approx(0.3, abs=0.02)
    assert made.info["error"].mean() == pytest.approx(0.3)
    votes = made.info["votes"]
    assert (votes.n, votes.w, len(votes)) == (4000, 20, 20_000)
    assert (votes.labels.y == made.labels.y).all()


def test_people_err_as_their_kind_does():
    labels, made = planted(rate=0.3, each=5, workers=20)
    kind, error, who = np.array(made.info["kind"]), made.info["error"], made.info["worker"]
    found = np.array([made.wrong[who == w].mean() for w in range(20)])
    assert np.abs(found - error).max() < 4 * np.sqrt(0.25 / 1000)
    careful, ordinary = error[kind == "careful"], error[kind == "ordinary"]
    assert careful == pytest.approx(ordinary[0] / 4)
    true, said = labels.y[made.index], made.labels.y

    def targets(worker):
        mine = (who == worker) & made.wrong
        return [len(set(said[mine & (true == c)])) for c in range(4)]

    assert max(max(targets(w)) for w in np.flatnonzero(kind == "biased")) == 1
    assert min(min(targets(w)) for w in np.flatnonzero(kind == "ordinary")) == 3
    (always,) = np.flatnonzero(kind == "constant spammer")
    assert len(set(said[who == always])) == 1
    (random,) = np.flatnonzero(kind == "random spammer")
    assert np.bincount(said[who == random]).min() > 1000 / 4 - 4 * np.sqrt(1000 * 3 / 16)


def test_spammers_go_where_the_rate_has_no_room_for_them():
    kinds = planted(rate=0.05, workers=20)[1].info["kind"]
    assert kinds.count("random spammer") == 1
    assert kinds.count("constant spammer") == 0
    assert "random spammer" not in planted(rate=0.0)[1].info["kind"]


def test_an_item_without_a_label_keeps_its_row_without_a_vote():
    labels = Classes(np.array([0, -1, 1]))
    made = corrupt(labels, rng=np.random.default_rng(0), rate=0.0, each=2, workers=3)
    assert made.index.tolist() == [0, 0, 1, 2, 2]
    assert made.labels.y.tolist() == [0, 0, -1, 1, 1]
    assert made.info["worker"][2] == -1
    assert made.info["cells"]["worker"][2] is None
    assert len(made.info["votes"]) == 4


def test_what_a_population_cannot_do_is_refused():
    with pytest.raises(ValueError, match="each must be between 1 and the number of workers"):
        planted(each=4, workers=3)
    with pytest.raises(ValueError, match="spammers must be a share"):
        planted(spammers=1.5)
    with pytest.raises(ValueError, match="wrong more often than always; the most these 20"):
        planted(rate=0.95)
