"""Agreement: worked examples of the literature, invariants, intervals, edges."""

from __future__ import annotations

import numpy as np
import pytest

from reliabel.core.labels import Classes, Numbers, Votes
from reliabel.measures import (
    cohen_kappa,
    expert_agreement,
    fleiss_kappa,
    gwet_ac1,
    krippendorff_alpha,
    percent_agreement,
)

KRIPPENDORFF = [
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
]
FLEISS = [
    [0, 0, 0, 0, 14],
    [0, 2, 6, 4, 2],
    [0, 0, 3, 5, 6],
    [0, 3, 9, 2, 0],
    [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0],
    [2, 5, 3, 2, 2],
]
FLEISS += [[6, 5, 2, 1, 0], [0, 2, 2, 3, 7]]
ALL = [krippendorff_alpha, fleiss_kappa, gwet_ac1, cohen_kappa, percent_agreement]


def chance():
    return np.random.default_rng(0)


def four_by_twelve():
    given = [
        (i, w, int(cell))
        for w, row in enumerate(KRIPPENDORFF)
        for i, cell in enumerate(row.split())
        if cell != "."
    ]
    item, worker, y = np.array(given).T
    return item, worker, y


def from_counts(counts):
    table = np.array(counts)
    n, k = table.shape
    y = np.concatenate([np.repeat(np.arange(k), row) for row in table])
    m = table.sum(1)
    return Votes(
        np.repeat(np.arange(n), m),
        np.concatenate([np.arange(x) for x in m]),
        Classes(y, tuple("abcdefgh"[:k])),
        n,
        int(m.max()),
    )


def from_pairs(table):
    table = np.array(table)
    a, b = (np.repeat(side, table.ravel()) for side in np.nonzero(table >= 0))
    return Votes(
        np.repeat(np.arange(len(a)), 2),
        np.tile([0, 1], len(a)),
        Classes(np.stack([a, b], 1).ravel()),
        len(a),
        2,
    )


def world(seed, n=150, m=4, flip=0.4):
    rng = np.random.default_rng(seed)
    truth = rng.choice(4, size=n, p=[0.4, 0.3, 0.2, 0.1])
    y = np.clip(
        np.where(rng.random((m, n)) < 1 - flip, truth, truth + rng.choice([-1, 1, 2], size=(m, n))),
        0,
        3,
    )
    return Votes(
        np.tile(np.arange(n), m),
        np.repeat(np.arange(m), n),
        Classes(y.ravel(), ("a", "b", "c", "d")),
        n,
        m,
    )


@pytest.mark.parametrize(
    ("metric", "alpha"),
    [("nominal", 0.7434), ("ordinal", 0.8154), ("interval", 0.8491), ("ratio", 0.7974)],
)
def test_krippendorffs_four_by_twelve(metric, alpha):
    item, worker, y = four_by_twelve()
    classes = krippendorff_alpha.measure(
        Votes(item, worker, Classes.of(y), 12, 4), rng=chance(), metric=metric
    )
    numbers = krippendorff_alpha.measure(
        Votes(item, worker, Numbers(y.astype(float)), 12, 4), rng=chance(), metric=metric
    )
    assert round(classes.value, 4) == round(numbers.value, 4) == alpha
    assert classes.low < alpha < classes.high
    assert "only 11 items" in classes.info["warnings"][0]


def test_ordinal_follows_the_order_given():
    item, worker, y = four_by_twelve()
    words = np.array(["", "never", "seldom", "at times", "often", "always"])[y]
    votes = Votes(item, worker, Classes.of(words), 12, 4)
    order = ("never", "seldom", "at times", "often", "always")
    assert (
        round(
            krippendorff_alpha.measure(votes, rng=chance(), metric="ordinal", order=order).value, 4
        )
        == 0.8154
    )
    assert (
        round(krippendorff_alpha.measure(votes, rng=chance(), metric="ordinal").value, 4) != 0.8154
    )
    with pytest.raises(ValueError, match="order must name each class once"):
        krippendorff_alpha.measure(votes, rng=chance(), metric="ordinal", order=("never",))
    with pytest.raises(
        ValueError, match="needs classes that are numbers, got 'always', 'at times', 'never'"
    ):
        krippendorff_alpha.measure(votes, rng=chance(), metric="interval")


def test_alpha_invariants():
    votes = world(0)
    value = krippendorff_alpha.measure(votes, rng=chance()).value
    other = Votes(
        votes.item, votes.worker, Classes(np.array([2, 0, 3, 1])[votes.labels.y]), votes.n, votes.w
    )
    assert krippendorff_alpha.measure(other, rng=chance()).value == pytest.approx(value)
    x = votes.labels.y.astype(float) + 1

    def alpha(y, metric):
        return krippendorff_alpha.measure(
            Votes(votes.item, votes.worker, Numbers(y), votes.n, votes.w),
            rng=chance(),
            metric=metric,
        ).value

    assert alpha(1e6 + 3 * x, "interval") == pytest.approx(alpha(x, "interval"))
    assert alpha(7 * x, "ratio") == pytest.approx(alpha(x, "ratio"))
    assert alpha(np.exp(x), "ordinal") == pytest.approx(alpha(x, "ordinal"))


def test_alpha_interval_covers_and_large_agrees_with_small():
    truth = krippendorff_alpha.measure(world(99, n=60_000), rng=chance())
    assert truth.info["method"].startswith("200 groups")
    inside = [
        m.low <= truth.value <= m.high
        for m in (krippendorff_alpha.measure(world(s), rng=chance()) for s in range(60))
    ]
    assert np.mean(inside) >= 0.88
    small = krippendorff_alpha.measure(world(99, n=20_000), rng=chance())
    assert (truth.high - truth.low) * np.sqrt(3) == pytest.approx(small.high - small.low, rel=0.2)


def test_fleiss_1971_and_gwet_on_the_same_table():
    votes = from_counts(FLEISS)
    assert round(fleiss_kappa.measure(votes, rng=chance()).value, 5) == 0.20993
    assert round(gwet_ac1.measure(votes, rng=chance()).value, 5) == 0.22561


def test_weighted_kappa_by_hand():
    """Two workers, three grades: agreement (1 + 1 + .5 + .75) / 4 by squares of half the range."""
    item, worker = np.repeat(np.arange(4), 2), np.tile([0, 1], 4)
    labels = Classes(np.array([0, 0, 2, 2, 0, 1, 1, 2]), ("low", "mid", "high"))
    votes = Votes(item, worker, labels, n=4, w=2)
    first, second = np.array([2, 1, 1]) / 4, np.array([1, 1, 2]) / 4
    far = np.abs(np.subtract.outer(np.arange(3), np.arange(3))) / 2
    for weights, off in (("linear", far), ("quadratic", far**2)):
        agree = np.mean([1, 1, 1 - off[0, 1], 1 - off[1, 2]])
        expected = 1 - first @ off @ second
        found = cohen_kappa.measure(votes, rng=chance(), weights=weights)
        assert found.value == pytest.approx((agree - expected) / (1 - expected))
    turned = cohen_kappa.measure(
        votes, rng=chance(), weights="linear", order=("mid", "low", "high")
    )
    assert turned.value < cohen_kappa.measure(votes, rng=chance(), weights="linear").value
    with pytest.raises(ValueError, match="weights must be identity, linear or quadratic"):
        cohen_kappa.measure(votes, rng=chance(), weights="square")


def test_ac2_gives_near_classes_credit():
    plain, near = (
        gwet_ac1.measure(world(1), rng=chance(), weights=weights).value
        for weights in ("identity", "quadratic")
    )
    assert near > plain
    with pytest.raises(
        ValueError, match="weights must be identity, linear or quadratic, got 'cubic'"
    ):
        gwet_ac1.measure(world(1), rng=chance(), weights="cubic")


@pytest.mark.parametrize(
    ("table", "percent", "kappa", "ac1"),
    [([[20, 5], [10, 15]], 0.7, 0.4, 0.40594), ([[118, 5], [2, 0]], 0.944, -0.0234, 0.9408)],
)
def test_two_workers_and_the_paradox(table, percent, kappa, ac1):
    m = cohen_kappa.measure(from_pairs(table), rng=chance())
    assert (round(m.value, 4), m.parts["mean_percent"]) == (kappa, pytest.approx(percent))
    assert m.parts["mean_ac1"] == pytest.approx(ac1, abs=5e-5)
    assert gwet_ac1.measure(from_pairs(table), rng=chance()).value == pytest.approx(ac1, abs=5e-5)
    assert percent_agreement.measure(from_pairs(table), rng=chance()).value == pytest.approx(
        percent
    )


def test_cohen_pairs_need_common_items():
    votes = world(3, n=40, m=3)
    few = votes.take((votes.worker < 2) | (votes.item < 5))
    m = cohen_kappa.measure(few, rng=chance())
    assert m.parts["worker"].tolist() == [[0, 1]]
    assert m.parts["common"].tolist() == [40]
    none = cohen_kappa.measure(few, rng=chance(), least=50)
    assert np.isnan(none.value)
    assert none.info["why"] == "no two workers have 50 items in common"


def test_cohen_interval_of_many_pairs_is_like_the_bootstraps(monkeypatch):
    votes = world(4, n=3000, m=3)
    plain = cohen_kappa.measure(votes, rng=chance())
    monkeypatch.setattr(cohen_kappa, "MOST", 4_500)
    part = cohen_kappa.measure(votes, rng=chance())
    assert "1,500 items were left out at random" in part.info["warnings"][0]
    assert part.value == pytest.approx(plain.value, abs=0.03)


@pytest.mark.parametrize("measure", ALL)
def test_all_equal_and_nothing_to_compare(measure):
    item = np.repeat(np.arange(30), 2)
    equal = measure.measure(
        Votes(item, np.tile([0, 1], 30), Classes(np.zeros(60, dtype=int), ("a", "b")), 30, 2),
        rng=chance(),
    )
    if measure in (percent_agreement, gwet_ac1):
        assert equal.value == 1
    else:
        assert np.isnan(equal.value)
        assert "all votes are equal" in equal.info["why"]
    single = measure.measure(
        Votes(np.arange(30), np.zeros(30, dtype=int), Classes(np.arange(30) % 2), 30, 1),
        rng=chance(),
    )
    assert np.isnan(single.value)
    assert single.info["why"]


@pytest.mark.parametrize("measure", ALL)
def test_names_of_workers_and_order_of_votes_do_not_matter(measure):
    votes = world(5, n=40)
    mixed = votes.take(np.random.default_rng(1).permutation(len(votes)))
    mixed = Votes(mixed.item, np.array([2, 0, 3, 1])[mixed.worker], mixed.labels, mixed.n, mixed.w)
    assert measure.measure(mixed, rng=chance()).value == pytest.approx(
        measure.measure(votes, rng=chance()).value
    )


def test_expert_agreement_shares_ties_and_names_workers():
    votes = Votes(
        np.array([0, 0, 0, 1, 1, 2]),
        np.array([0, 1, 2, 0, 1, 2]),
        Classes(np.array([0, 0, 1, 1, 0, 1])),
        n=3,
        w=3,
    )
    m = expert_agreement.measure(votes, gold=np.array([0, 1, -1]))
    assert m.value == 0.75
    assert m.parts["votes"].tolist() == [2, 2, 1]
    assert m.parts["confusion"].tolist() == [[2, 1], [1, 1]]
    nothing = expert_agreement.measure(votes, gold=np.array([-1, -1, -1]))
    assert nothing.info["why"] == "no item has both an expert's label and a vote"
