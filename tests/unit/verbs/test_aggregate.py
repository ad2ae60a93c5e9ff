import numpy as np
import pytest

from reliabel.core.dataset import Dataset, Ids
from reliabel.core.labels import Classes, Grouped, Numbers, Soft, Votes
from reliabel.verbs.aggregate import aggregate


@pytest.fixture(scope="module")
def world():
    rng = np.random.default_rng(0)
    n, w, k = 400, 12, 3
    truth, right = rng.integers(k, size=n), rng.uniform(0.5, 0.95, w)
    worker = np.concatenate([rng.choice(w, 4, replace=False) for _ in range(n)])
    item = np.repeat(np.arange(n), 4)
    label = np.where(
        rng.random(len(item)) < right[worker],
        truth[item],
        (truth[item] + rng.integers(1, k, len(item))) % k,
    )
    return Votes(item, worker, Classes(label, ("a", "b", "c")), n, w), truth


def _few(label, item=(0, 0, 0, 1, 1, 1), worker=(0, 1, 2, 0, 1, 2), n=2, w=3, names=()):
    return Votes(np.array(item), np.array(worker), Classes(np.array(label), names), n, w)


def test_auto_is_the_mean_of_its_parts_and_says_how_they_compare(world):
    votes, truth = world
    found = aggregate(votes)
    parts = found.info["parts"]
    assert found.info["models"] == {"dawid_skene": 0.7, "bwa": 0.3}
    assert found.labels.p == pytest.approx(
        sum(weight * parts[name].labels.p for name, weight in found.info["models"].items())
    )
    assert found.labels.p.max() < 1, "never quite sure"
    assert found.labels.names == ("a", "b", "c")
    assert (found.labels.p.argmax(1) == truth).mean() > 0.85
    assert set(found.info["held_out"]) == set(parts)
    assert all(np.log(1 / 3) < score < 0 for score in found.info["held_out"].values()), (
        "better than guessing"
    )
    assert 0.8 < found.info["agreement"] <= 1
    assert found.info["certificate"].value >= 0
    assert found.info["identifiability"].parts["verdict"] == "identified"
    assert found.skill.shape == (12,)
    assert found.info["warnings"] == ()


def test_features_and_probs_weigh_what_they_are_worth():
    rng = np.random.default_rng(0)
    n, w = 500, 15
    truth = rng.integers(3, size=n)
    item, worker = np.repeat(np.arange(n), 2), rng.integers(w, size=2 * n)
    votes = Votes(
        item,
        worker,
        Classes(np.where(rng.random(2 * n) < 0.6, truth[item], rng.integers(3, size=2 * n))),
        n,
        w,
    )
    x = 1.5 * rng.normal(size=(3, 5))[truth] + rng.normal(size=(n, 5))
    plain = aggregate(votes)
    with_features = aggregate(votes, features=x)
    assert (with_features.labels.p.argmax(1) == truth).mean() > (
        plain.labels.p.argmax(1) == truth
    ).mean() + 0.1
    assert with_features.info["models"]["model"] >= 0.4
    assert sum(with_features.info["models"].values()) == pytest.approx(1)
    useless = aggregate(votes, features=rng.normal(size=(n, 5)))
    assert useless.info["models"]["model"] <= 0.2
    probs = np.full((n, 3), 0.05)
    probs[np.arange(n), truth] = 0.9
    assert aggregate(votes, probs=probs).info["models"]["model"] == 0.7
    wrong = aggregate(votes, probs=np.roll(probs, 1, axis=1))
    assert wrong.info["models"]["model"] == 0
    assert any("was left out" in warning for warning in wrong.info["warnings"])
    assert wrong.labels.p == pytest.approx(plain.labels.p)


def test_thorough_takes_enhanced_bcc(world):
    assert tuple(aggregate(world[0], thorough=True).info["models"]) == (
        "dawid_skene",
        "bwa",
        "ebcc",
    )


def test_the_same_seed_gives_the_same_answer(world):
    assert (
        aggregate(world[0], by="ebcc", seed=3, starts=1).labels.p
        == aggregate(world[0], by="ebcc", seed=3, starts=1).labels.p
    ).all()


def test_too_few_votes_make_it_a_cautious_majority():
    found = aggregate(_few([0, 1, 1], item=(0, 1, 2), worker=(0, 1, 2), n=4))
    assert found.info["models"] == {"majority": 1.0}
    assert "3 of 3 workers voted only once" in found.info["warnings"][0]
    assert "one vote per item is too few" in found.info["warnings"][1]
    assert any("1 items have no vote" in warning for warning in found.info["warnings"])
    assert 0.5 < found.labels.p[0, 0] < 1


def test_sources_that_say_one_class_only_are_read_backwards():
    item = np.repeat(np.arange(60), 4)
    worker = np.tile(np.arange(4), 60)
    found = aggregate(Votes(item, worker, Classes(np.where(worker < 2, 0, 1)), 60, 4))
    assert found.info["models"] == {"precision_model": 1.0}
    assert (
        "100% of the votes come from sources that vote for one class only"
        in found.info["warnings"][0]
    )


def test_matrices_that_would_not_fit_are_replaced(world, monkeypatch):
    monkeypatch.setattr("reliabel.ops.votes.AFFORDABLE", 50)
    found = aggregate(world[0])
    assert tuple(found.info["models"]) == ("bwa", "one_coin", "majority")
    assert "one-coin Dawid-Skene replaces" in found.info["warnings"][0]


def test_models_that_disagree_are_said():
    rng = np.random.default_rng(0)
    found = aggregate(
        _few(
            rng.integers(3, size=300),
            np.repeat(np.arange(100), 3),
            np.tile(np.arange(3), 100),
            100,
            names=("a", "b", "c"),
        )
    )
    assert found.info["agreement"] < 0.85
    assert "the models disagree on" in found.info["warnings"][0]


@pytest.mark.parametrize(("policy", "winner"), [("last", 1), ("first", 0)])
def test_repeated_votes_follow_the_policy(policy, winner):
    votes = _few([0, 1, 1, 0], item=(0, 0, 1, 1), worker=(0, 0, 0, 1), w=2)
    found = aggregate(votes, by="majority", duplicates=policy)
    assert found.labels.p[0, winner] == 1
    assert found.info["votes"] == 3
    assert (
        f"1 of 4 votes repeat a worker's vote on the same item; the {policy} of each was kept"
        in found.info["warnings"]
    )


def test_repeated_votes_may_be_kept_or_refused():
    votes = _few([0, 1, 1], item=(0, 0, 1), worker=(0, 0, 0), w=1)
    assert aggregate(votes, by="majority", duplicates="all").labels.p[0].tolist() == [0.5, 0.5]
    with pytest.raises(
        ValueError,
        match=r"worker 0 voted more than once on item 0, and 1 votes repeat.*duplicates='last'",
    ):
        aggregate(votes, duplicates="error")
    with pytest.raises(
        ValueError, match=r"one of last, first, all, error, got 'lst', did you mean 'last'"
    ):
        aggregate(votes, duplicates="lst")


def test_gold_by_number_by_name_and_from_the_data(world):
    votes, truth = world
    gold = np.where(np.arange(400) < 40, truth, -1)
    by_number = aggregate(votes, by="dawid_skene", gold=gold).labels.p
    names = np.array(["abc"[c] if c >= 0 else None for c in gold], dtype=object)
    assert (aggregate(votes, by="dawid_skene", gold=names).labels.p == by_number).all()
    assert (aggregate(Dataset(votes, {"gold": gold}), by="dawid_skene").labels.p == by_number).all()
    assert (by_number[:40].argmax(1) == truth[:40]).all()
    with pytest.raises(
        ValueError, match=r"gold names the class 'd', which no vote has.*classes: a, b, c"
    ):
        aggregate(votes, gold=np.array(["d"] + ["a"] * 399))
    with pytest.raises(ValueError, match=r"0\.\.2 or -1 where unknown"):
        aggregate(votes, gold=np.full(400, 3))


def test_ids_travel_along(world):
    ids = Ids(items=[f"task{i}" for i in range(400)], workers=[f"person{j}" for j in range(12)])
    assert aggregate(Dataset(world[0], ids=ids), by="majority").info["ids"].workers[3] == "person3"


def test_bad_input_is_told_in_sentences(world):
    votes, _ = world
    for words, sentence in [
        (
            {"by": "dawid_skeen"},
            "no aggregator is called 'dawid_skeen', did you mean 'dawid_skene'",
        ),
        (
            {"by": "dawid_skene", "iteration": 3},
            "dawid_skene has no option 'iteration', did you mean 'iterations'",
        ),
        ({"thoroughly": True}, "auto has no option 'thoroughly', did you mean 'thorough'"),
        ({"by": "majority", "probs": np.full((400, 3), 1 / 3)}, "majority does not use probs"),
        ({"by": "crowdlab"}, "needs probs"),
        ({"probs": np.full((399, 3), 1 / 3)}, "probs has 399 rows for 400 items"),
    ]:
        with pytest.raises(ValueError, match=sentence):
            aggregate(votes, **words)
    with pytest.raises(ValueError, match=r"aggregate takes votes, got Classes; rl\.read"):
        aggregate(Classes(np.array([0, 1])))
    with pytest.raises(ValueError, match="no items"):
        aggregate(
            Votes(np.empty(0, int), np.empty(0, int), Classes(np.empty(0, int), ("a", "b")), 0, 0)
        )
    with pytest.raises(ValueError, match="no votes, and no class names"):
        aggregate(Votes(np.empty(0, int), np.empty(0, int), Classes(np.empty(0, int)), 3, 1))


def test_odd_worlds_get_an_answer():
    assert aggregate(_few([0] * 6, names=("a",))).labels.p.tolist() == [[1.0], [1.0]]
    assert aggregate(_few([1] * 6, names=("a", "b"))).labels.p.argmax(1).tolist() == [1, 1], (
        "all votes equal"
    )
    assert aggregate(_few([0, 1], item=(0, 1), worker=(0, 0), w=1)).labels.p.argmax(1).tolist() == [
        0,
        1,
    ], "one worker"
    none = aggregate(
        Votes(np.empty(0, int), np.empty(0, int), Classes(np.empty(0, int), ("a", "b")), 3, 1)
    )
    assert none.labels.p.tolist() == [[0.5, 0.5]] * 3


def test_two_groups_without_a_common_vote_are_told():
    item, worker = np.repeat(np.arange(8), 3), np.tile(np.arange(3), 8)
    worker[12:] += 3
    found = aggregate(Votes(item, worker, Classes(item % 2), 8, 6))
    assert "fall into 2 groups without a common vote (4, 4 items)" in " ".join(
        found.info["warnings"]
    )


def test_votes_on_tokens_are_votes_on_their_units():
    """Two sentences of two and one tokens; three workers on the first, two on the second."""
    tags = Grouped(
        Classes(np.array([0, 1, 0, 1, 0, 0, 1, 1]), ("O", "B")), np.array([0, 2, 4, 6, 7, 8])
    )
    votes = Votes(np.array([0, 0, 0, 1, 1]), np.array([0, 1, 2, 0, 1]), tags, 2, 3)
    found = aggregate(votes, by="majority")
    assert found.labels.offsets.tolist() == [0, 2, 3]
    assert found.labels.units.p.argmax(1).tolist() == [0, 1, 1]
    assert found.info["votes"] == 5
    assert aggregate(votes, by="majority", gold=np.array([-1, 0, -1])).labels.units.p[
        1
    ].tolist() == [1, 0]
    torn = Votes(np.array([0, 0]), np.array([0, 1]), tags.take(np.array([0, 3])), 1, 2)
    with pytest.raises(
        ValueError, match="item 0 has 2 units in the vote of worker 0 and 1 in that of worker 1"
    ):
        aggregate(torn)


def test_auto_knows_numbers_and_says_what_it_does_not_know():
    numbers = Votes(
        np.array([0, 0, 1]), np.array([0, 1, 0]), Numbers(np.array([1.0, 2.0, 3.0])), 2, 2
    )
    assert aggregate(numbers).labels.y == pytest.approx([1.5, 3], abs=0.1)
    soft = Votes(np.array([0]), np.array([0]), Soft(np.array([[0.5, 0.5]])), 1, 1)
    with pytest.raises(ValueError, match=r"no method for Votes\[Soft\]; no aggregator takes"):
        aggregate(soft)


def test_a_consensus_is_soft_for_classes_and_never_changes_its_input(world):
    votes, _ = world
    before = votes.item.copy(), votes.worker.copy(), votes.labels.y.copy()
    assert isinstance(aggregate(votes).labels, Soft)
    assert all(
        (a == b).all()
        for a, b in zip(before, (votes.item, votes.worker, votes.labels.y), strict=True)
    )
    with pytest.raises(ValueError, match="cannot run: takes Votes"):
        aggregate(
            Votes(votes.item, votes.worker, Numbers(votes.labels.y.astype(float)), 400, 12),
            by="dawid_skene",
        )


@pytest.mark.parametrize("by", ["auto", "glad"])
def test_what_is_odd_about_all_votes_is_said_whatever_is_made_of_them(by):
    one = aggregate(_few([0, 1, 0], item=(0, 1, 2), worker=(0, 0, 0), n=3), by=by)
    assert any("all votes come from one worker" in warning for warning in one.info["warnings"])
    alike = aggregate(_few([1, 1, 1, 1], item=(0, 0, 1, 1), worker=(0, 1, 0, 1), n=2), by=by)
    assert any(w.startswith("all 4 votes are for ") for w in alike.info["warnings"])
    apart = aggregate(
        Votes(np.array([0, 0, 1, 1]), np.arange(4), Classes(np.array([0, 1, 0, 1])), n=2, w=4),
        by=by,
    )
    assert any(
        "fall into 2 groups without a common vote" in warning for warning in apart.info["warnings"]
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            {"iterations": "five"},
            "the option iterations of dawid_skene is a whole number such as 100, got 'five'",
        ),
        ({"iterations": 2.5}, "is a whole number"),
        ({"tol": "small"}, "the option tol of dawid_skene is a number"),
        ({"start": 3}, "is a word such as 'share', got 3"),
        ({"prior": True}, "is a number"),
    ],
)
def test_options_of_the_wrong_type_are_refused(words, sentence):
    with pytest.raises(ValueError, match=sentence):
        aggregate(_few([0, 1, 1], item=(0, 1, 2), worker=(0, 1, 2), n=3), by="dawid_skene", **words)


def _crowd(each, seed=0, n=600, w=15):
    """Votes that share errors: hard items fool everybody, so that models are too sure."""
    rng = np.random.default_rng(seed)
    truth, hard = rng.integers(3, size=n), rng.random(n) < 0.3
    item, worker = (
        np.repeat(np.arange(n), each),
        np.concatenate([rng.choice(w, each, replace=False) for _ in range(n)]),
    )
    lure = (truth + rng.integers(1, 3, size=n)) % 3
    right = rng.random(n * each) < np.where(hard[item], 0.4, 0.8)
    label = np.where(
        right, truth[item], np.where(hard[item], lure[item], rng.integers(3, size=n * each))
    )
    return Votes(item, worker, Classes(label), n, w), truth


def test_a_single_model_is_cooled_where_votes_can_tell():
    votes, truth = _crowd(7)
    plain, cool = (
        aggregate(votes, by="dawid_skene"),
        aggregate(votes, by="dawid_skene", temper=True),
    )

    def loss(p):
        return -np.log(np.maximum(p[np.arange(600), truth], 1e-6)).mean()

    assert cool.info["temperature"] > 1
    assert loss(cool.labels.p) < loss(plain.labels.p) - 0.05
    assert (cool.labels.p.argmax(1) == plain.labels.p.argmax(1)).all()
    assert "temperature" in cool.info["warnings"][-1]
    gold = np.where(np.arange(600) < 250, truth, -1)
    told = aggregate(votes, by="dawid_skene", temper=True, gold=gold)
    assert "250 gold items" in told.info["warnings"][-1]
    assert (told.labels.p[:250].argmax(1) == truth[:250]).all()


def test_few_votes_an_item_teach_no_temperature():
    votes, _ = _crowd(3)
    found = aggregate(votes, by="dawid_skene", temper=True)
    assert found.info["temperature"] == 1
    assert "fewer than five votes" in found.info["warnings"][-1]
    assert (found.labels.p == aggregate(votes, by="dawid_skene").labels.p).all()


def test_what_is_not_tempered_says_so():
    votes, _ = _crowd(3)
    with pytest.raises(ValueError, match="auto is a mean of models and is not tempered"):
        aggregate(votes, temper=True)
    with pytest.raises(
        ValueError,
        match="temper is for models of votes on classes such as dawid_skene, majority is none",
    ):
        aggregate(votes, by="majority", temper=True)
