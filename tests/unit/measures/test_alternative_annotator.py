"""The alternative annotator test against a count by hand, planted machines, and few people."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ttest_1samp

import reliabel as rl
from reliabel.core.dataset import Dataset, Ids
from reliabel.core.labels import Classes, Votes
from reliabel.measures.alternative_annotator import _benjamini_yekutieli, measure


def crowd(
    seed: int, right: list[float], *, items: int = 100, k: int = 3, answered: float = 1.0
) -> Votes[Classes]:
    """Workers who are right so often and else name the next class; the last one is the machine."""
    rng = np.random.default_rng(seed)
    true = rng.integers(0, k, items)
    good = rng.random((items, len(right))) < right
    y = np.where(good, true[:, None], (true[:, None] + 1) % k)
    item, worker = np.nonzero(rng.random(y.shape) < answered)
    return Votes(item, worker, Classes(y[item, worker], ("a", "b", "c")), items, len(right))


def by_hand(votes: Votes[Classes], machine: int, person: int) -> tuple[float, float, np.ndarray]:
    """The shares of items won by the machine and by a person, and the person's lead on each."""
    answers: dict[int, dict[int, int]] = {}
    for i, w, y in zip(votes.item, votes.worker, votes.labels.y, strict=True):
        answers.setdefault(int(i), {})[int(w)] = int(y)
    won, lost = [], []
    for said in answers.values():
        others = [y for w, y in said.items() if w not in (machine, person)]
        if machine in said and person in said and others:
            mine = np.mean([said[machine] == y for y in others])
            theirs = np.mean([said[person] == y for y in others])
            won.append(mine >= theirs)
            lost.append(theirs >= mine)
    return np.mean(won), np.mean(lost), np.array(lost, float) - np.array(won)


def run(votes: Votes[Classes], **options):
    return measure(votes, rng=np.random.default_rng(0), **options)


def test_shares_and_p_values_as_counted_by_hand():
    votes = crowd(1, [0.8, 0.7, 0.6, 0.9, 0.75], answered=0.8)
    found = run(votes, cost=0.15)
    for place, person in enumerate(found.parts["worker"]):
        won, lost, lead = by_hand(votes, 4, person)
        assert found.parts["machine"][place] == pytest.approx(won)
        assert found.parts["person"][place] == pytest.approx(lost)
        p = ttest_1samp(lead, 0.15, alternative="less").pvalue
        assert found.parts["p_value"][place] == pytest.approx(p)
    assert found.value == pytest.approx(found.parts["machine"].mean())
    assert found.low < found.value < found.high


def test_a_planted_better_machine_passes_and_a_worse_one_does_not():
    better, worse = run(crowd(2, [0.7] * 4 + [0.95])), run(crowd(2, [0.9] * 4 + [0.5]))
    assert better.parts["passes"]
    assert better.parts["winning_rate"] == 1.0
    assert "may stand in" in better.parts["verdict"]
    assert not worse.parts["passes"]
    assert worse.parts["winning_rate"] == 0.0
    assert better.value > 0.9 > worse.value


def test_cost_is_what_a_person_may_be_better_by():
    votes = crowd(3, [0.9] * 4 + [0.82], items=300)
    assert not run(votes, cost=0.0).parts["passes"]
    assert run(votes, cost=0.3).parts["passes"]


def test_benjamini_yekutieli_by_hand():
    # m 4: bounds .05 * i / 4 / (1 + 1/2 + 1/3 + 1/4) = .006, .012, .018, .024
    assert _benjamini_yekutieli(np.array([0.02, 0.001, 0.5, 0.011]), 0.05).tolist() == [
        False,
        True,
        False,
        True,
    ]
    # the largest that holds takes the smaller ones along
    assert _benjamini_yekutieli(np.array([0.0175, 0.0175, 0.0175, 0.5]), 0.05).sum() == 3


def test_the_machine_is_named():
    votes = crowd(4, [0.95, 0.7, 0.7, 0.7])
    data = Dataset(votes, {}, Ids(None, ("gpt", "ann", "bob", "cem")), {})
    by_name = rl.measure(data, by="alt_test", machine="gpt")
    assert by_name.value == pytest.approx(run(votes, machine=0).value)
    with pytest.raises(ValueError, match=r"machine='gtp' is no worker.*did you mean 'gpt'"):
        rl.measure(data, by="alt_test", machine="gtp")


def test_too_few_people_or_items_say_so():
    few = run(crowd(5, [0.8, 0.8, 0.9]))
    assert np.isnan(few.value)
    assert "needs 3 people with 30 items" in few.info["why"]
    short = run(crowd(5, [0.8] * 4 + [0.9], items=29))
    assert np.isnan(short.value)
    assert "0 of 4 people" in short.info["why"]
    nothing = Votes(np.empty(0, int), np.empty(0, int), Classes(np.empty(0, int), ("a", "b")), 3, 2)
    assert np.isnan(run(nothing).value)


def test_people_who_hardly_agree_make_the_question_moot():
    rng = np.random.default_rng(6)
    item, worker = np.repeat(np.arange(100), 5), np.tile(np.arange(5), 100)
    random = Votes(item, worker, Classes(rng.integers(0, 3, 500)), 100, 5)
    assert any("moot" in line for line in run(random).info["warnings"])
    assert not any("moot" in line for line in run(crowd(6, [0.9] * 5)).info["warnings"])


def test_a_person_with_few_items_is_left_out():
    votes = crowd(7, [0.8] * 4 + [0.9])
    keep = ~((votes.worker == 0) & (votes.item >= 20))
    found = run(votes.take(np.flatnonzero(keep)))
    assert found.parts["worker"].tolist() == [1, 2, 3]
    assert "1 people with fewer than 30" in " ".join(found.info["warnings"])


def test_a_second_vote_of_a_worker_replaces_the_first():
    votes = crowd(8, [0.8] * 4 + [0.9])
    twice = Votes(
        np.r_[votes.item, votes.item],
        np.r_[votes.worker, votes.worker],
        Classes(np.r_[(votes.labels.y + 1) % 3, votes.labels.y], votes.labels.names),
        votes.n,
        votes.w,
    )
    assert run(twice).parts["machine"].tolist() == run(votes).parts["machine"].tolist()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"machine": 9}, "0 to 4"),
        ({"cost": 1.0}, "cost must lie"),
        ({"q": 0.0}, "q between"),
        ({"least": 1}, "2 or more"),
    ],
)
def test_bad_options_are_sentences(options, says):
    with pytest.raises(ValueError, match=says):
        run(crowd(9, [0.8] * 5), **options)


def test_its_error_rate_under_a_planted_null_and_its_power():
    """People and machine of one skill, the cost set to nothing: half of the people are never beaten
    by chance more often than 5 % of the time.
    """
    null = [run(crowd(seed, [0.8] * 5, items=60), cost=0.0) for seed in range(60)]
    assert np.mean([one.parts["passes"] for one in null]) <= 0.1
    power = [run(crowd(seed, [0.7] * 4 + [0.95], items=60)) for seed in range(20)]
    assert np.mean([one.parts["passes"] for one in power]) >= 0.9
