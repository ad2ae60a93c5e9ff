import numpy as np
from scipy.special import expit

from reliabel.aggregators import bradley_terry
from reliabel.core.labels import Votes
from reliabel.core.orders import Comparisons
from reliabel.crowd.next_pairs import next_pairs, next_pairs_rows


def strengths(labels):
    where = np.zeros(len(labels), int)
    return bradley_terry.aggregate(Votes(where, where, labels, 1, 1)).labels.y


def test_close_and_little_known_pairs_come_first():
    told = Comparisons([0] * 20 + [2] * 20, [1] * 20 + [3] * 20, [0, 1] * 10 + [0] * 20, 4)
    found = next_pairs(told, strengths(told), budget=6)
    assert found.times.sum() == 6
    assert len(set(zip(found.one.tolist(), found.two.tolist(), strict=True))) == len(found.one)
    assert {found.one[0], found.two[0]} & {2, 3}  # how far apart these are is not known
    assert (np.diff(found.gain) <= 1e-12).all()
    assert found.compared[(found.one == 0) & (found.two == 1)].tolist() in ([20], [])
    rows = next_pairs_rows(
        Comparisons([0], [1], [0], 3, ("a", "b", "c")), np.array([1, -1, np.nan])
    )
    assert "c" in (rows[0]["left"], rows[0]["right"])
    assert len(next_pairs(Comparisons([], [], [], 1), np.zeros(1)).one) == 0


def test_the_same_order_needs_fewer_comparisons_than_by_chance():
    wrong = {"next": [], "chance": []}
    for seed in range(6):
        for way in wrong:
            rng = np.random.default_rng(seed)
            s = rng.standard_normal(20)
            told = np.zeros((0, 3), int)
            for step in range(12):
                if way == "chance" or step < 3:
                    one = rng.integers(0, 20, 30)
                    two = (one + rng.integers(1, 20, 30)) % 20
                else:
                    labels = Comparisons(*told.T, 20)
                    ahead = next_pairs(labels, strengths(labels), budget=30)
                    one, two = (np.repeat(side, ahead.times) for side in (ahead.one, ahead.two))
                y = (rng.random(len(one)) > expit(s[one] - s[two])).astype(int)
                told = np.concatenate([told, np.stack([one, two, y], 1)])
            found = strengths(Comparisons(*told.T, 20))
            first, second = np.triu_indices(20, 1)
            turned = (found[first] > found[second]) != (s[first] > s[second])
            wrong[way].append(turned.mean())
    assert np.mean(wrong["next"]) < 0.95 * np.mean(wrong["chance"])
