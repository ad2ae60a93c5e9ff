"""Several people label all units of an item: aggregate and measure count each unit as an item."""

from __future__ import annotations

import numpy as np
import pytest

import reliabel as rl
from reliabel.core.dataset import Dataset, Ids
from reliabel.core.labels import Classes, Grouped, Numbers, Soft, Votes
from reliabel.core.lift import fits, lifted, units_of
from reliabel.core.results import Corrupted
from reliabel.core.votes_on_units import unit_labels, votes_on_units

CLASSES = frozenset(["Votes[Classes]"])


@pytest.fixture(scope="module")
def tokens():
    """80 sentences of one to six tokens; four of eight people with skills of their own label each
    sentence.  Gives the votes and the true tags.
    """
    rng = np.random.default_rng(0)
    size = rng.integers(1, 7, 80)
    truth = rng.integers(3, size=size.sum())
    offsets = np.concatenate([[0], np.cumsum(size)])
    item = np.repeat(np.arange(80), 4)
    worker = np.concatenate([rng.choice(8, 4, replace=False) for _ in range(80)])
    units = np.concatenate([np.arange(offsets[i], offsets[i + 1]) for i in item])
    slip = rng.random(len(units)) > np.repeat(np.linspace(0.55, 0.95, 8)[worker], size[item])
    y = (truth[units] + slip * rng.integers(1, 3, len(units))) % 3
    groups = Grouped(Classes(y, ("O", "B", "I")), np.concatenate([[0], np.cumsum(size[item])]))
    return Votes(item, worker, groups, 80, 8), truth


def at_odds():
    """Two sentences that two people cut into different numbers of tokens."""
    groups = Grouped(Classes(np.array([0, 1, 0, 1, 0, 1])), np.array([0, 2, 3, 5, 6]))
    return Votes(np.array([1, 1, 0, 0]), np.array([0, 1, 0, 1]), groups, 2, 2)


def test_auto_finds_the_tags_and_says_all_it_says_of_votes(tokens):
    votes, truth = tokens
    found = rl.aggregate(Dataset(votes, ids=Ids(items=[f"s{i}" for i in range(80)])))
    flat, offsets = votes_on_units(votes)
    plain = rl.aggregate(flat)
    assert (found.labels.units.p == plain.labels.p).all()
    assert found.labels.offsets.tolist() == offsets.tolist()
    assert (found.labels.units.p.argmax(1) == truth).mean() > 0.9
    assert found.info["models"] == plain.info["models"]
    assert found.info["held_out"] == plain.info["held_out"]
    assert found.info["votes"] == 320
    assert found.info["ids"].items[7] == "s7"


def test_units_left_unlabelled_are_abstentions():
    groups = Grouped(Classes(np.array([0, -1, 1, 1]), ("a", "b")), np.array([0, 2, 4]))
    votes = Votes(np.array([0, 0]), np.array([0, 1]), groups, 1, 2)
    found = rl.aggregate(votes, by="majority")
    assert found.labels.units.p.tolist() == [[0.5, 0.5], [0, 1]]
    assert rl.measure(votes, by="percent_agreement").value == 0


@pytest.mark.parametrize("verb", [rl.aggregate, rl.measure])
def test_votes_that_cut_an_item_differently_are_refused_by_name(verb):
    by = "majority" if verb is rl.aggregate else "percent_agreement"
    with pytest.raises(
        ValueError,
        match=r"item 1 has 2 units in the vote of worker 0 and 1 in that of worker 1 \(1 more "
        r"items "
        r"are divided differently\); all votes on an item must divide it into the same units",
    ):
        verb(at_odds(), by=by)
    named = Dataset(at_odds(), ids=Ids(["first", "second"], ["ann", "bob"]))
    with pytest.raises(
        ValueError,
        match=r"item 'second' has 2 units in the vote of worker 'ann' and 1 in that of worker "
        r"'bob'",
    ):
        verb(named, by=by)


def test_evidence_has_a_row_a_unit(tokens):
    votes, truth = tokens
    probs = np.full((len(truth), 3), 0.02)
    probs[np.arange(len(truth)), truth] = 0.96
    found = rl.aggregate(votes, by="crowdlab", probs=probs)
    assert (found.labels.units.p.argmax(1) == truth).all()
    assert rl.aggregate(votes, probs=probs).info["models"]["model"] > 0.3
    gold = np.array([("O", "B", "I")[c] for c in truth], dtype=object)
    known = rl.aggregate(votes, by="dawid_skene", gold=gold)
    assert (known.labels.units.p.argmax(1) == truth).all()


@pytest.mark.parametrize("by", ["crowdlab", "auto"])
def test_evidence_with_a_row_an_item_is_refused_with_both_numbers(tokens, by):
    votes, truth = tokens
    with pytest.raises(
        ValueError,
        match=rf"needs probs for each unit \({len(truth)}\), got them for each item \(80\)",
    ):
        rl.aggregate(votes, by=by, probs=np.full((80, 3), 1 / 3))


def test_evidence_of_neither_level_is_refused(tokens):
    with pytest.raises(ValueError, match="probs has 81 rows for 80 or"):
        rl.aggregate(tokens[0], by="crowdlab", probs=np.full((81, 3), 1 / 3))
    with pytest.raises(ValueError, match="probs has 2 columns for 3 classes"):
        rl.aggregate(tokens[0], by="crowdlab", probs=np.full((80, 2), 1 / 2))


def test_a_posterior_on_units_is_tempered(tokens):
    votes, _ = tokens
    flat, _ = votes_on_units(votes)
    here, there = (rl.aggregate(some, by="dawid_skene", temper=True) for some in (votes, flat))
    assert (here.labels.units.p == there.labels.p).all()
    assert here.info["temperature"] == there.info["temperature"]


def test_numbers_are_averaged_unit_by_unit():
    groups = Grouped(Numbers(np.array([1.0, 10.0, 3.0, 30.0])), np.array([0, 2, 4]))
    votes = Votes(np.array([0, 0]), np.array([0, 1]), groups, 1, 2)
    assert rl.aggregate(votes, by="mean").labels.units.y.tolist() == [2, 20]
    assert isinstance(rl.aggregate(votes).labels.units, Numbers)


def test_auto_on_groups_of_other_labels_says_what_it_takes():
    groups = Grouped(Soft(np.array([[0.5, 0.5]])), np.array([0, 1]))
    votes = Votes(np.array([0]), np.array([0]), groups, 1, 1)
    with pytest.raises(ValueError, match=r"no method for Votes\[Grouped\[Soft\]\]; no aggregator"):
        rl.aggregate(votes)
    with pytest.raises(ValueError, match=r"takes Votes\[Classes\], got Votes\[Grouped\[Soft\]\]"):
        rl.aggregate(votes, by="bwa")


def test_groups_of_groups_are_taken_apart_level_by_level():
    words = Grouped(Classes(np.array([0, 1, 1, 0, 1, 1])), np.array([0, 2, 3, 5, 6]))
    votes = Votes(np.array([0, 0]), np.array([0, 1]), Grouped(words, np.array([0, 2, 4])), 1, 2)
    assert fits(CLASSES, votes) == "votes on units"
    found = rl.aggregate(votes, by="majority")
    assert found.labels.units.units.p.argmax(1).tolist() == [0, 1, 1]
    assert unit_labels(votes).y.tolist() == [0, 1, 1, 0, 1, 1]


def test_an_item_without_votes_has_no_units(tokens):
    votes, _ = tokens
    some = votes.take(votes.item != 3)
    assert np.diff(rl.aggregate(some, by="majority").labels.offsets)[3] == 0
    assert units_of(some) < units_of(votes)


def test_a_method_that_takes_the_groups_gets_them(tokens):
    whole = frozenset(["Votes[Grouped[Classes]]", *CLASSES])
    assert fits(whole, tokens[0]) == "native"
    assert lifted(lambda votes: votes, whole, tokens[0])(tokens[0]) is tokens[0]


def test_a_result_that_has_no_place_on_items_is_refused(tokens):
    def corrupt(votes):
        return Corrupted(votes.labels, np.arange(len(votes)), np.zeros(len(votes), dtype=bool))

    with pytest.raises(
        ValueError, match="type Corrupted on units cannot be turned into one on items"
    ):
        lifted(corrupt, CLASSES, tokens[0])(tokens[0])
