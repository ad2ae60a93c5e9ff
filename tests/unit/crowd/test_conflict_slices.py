"""A planted cause of conflict is named: a word, a value of a column, a function; and so is a model
that contradicts all votes.
"""

import numpy as np
import pytest

import reliabel as rl
from reliabel.core.labels import Classes, Soft, Votes
from reliabel.crowd.conflict_slices import conflict_slices, in_conflict
from reliabel.crowd.contradicted import contradicted, contradiction_warnings

NAMES = ("ham", "spam")


def _world(seed=0, n=600):
    """Three functions that agree on most items, but for those with a property (n,)."""
    rng = np.random.default_rng(seed)
    odd = rng.random(n) < 0.15
    truth = rng.integers(2, size=n)
    item, worker = np.repeat(np.arange(n), 3), np.tile(np.arange(3), n)
    y = np.where(rng.random(3 * n) < 0.03, 1 - truth[item], truth[item])
    y = np.where(odd[item] & (worker == 2), 1 - truth[item], y)
    return Votes(item, worker, Classes(y, NAMES), n, 3), odd, rng


def test_the_word_that_makes_up_the_conflict_is_told_first():
    votes, odd, rng = _world()
    other = rng.choice(["when", "will", "it", "come"], (len(odd), 3))
    texts = [f"{' '.join(w)} {'ORDER 12' if x else ''}" for w, x in zip(other, odd, strict=True)]
    p = np.full((600, 2), 0.5)
    found = conflict_slices(votes, p, texts)
    several, conflict = in_conflict(votes)
    assert (found.several, found.conflicts) == (int(several.sum()), int(conflict.sum()))
    first = found.slices[0]
    assert (first.what, first.name) == ("word", "order")
    assert (first.items, first.conflicts) == (int(odd.sum()), int(conflict[odd].sum()))
    assert first.elsewhere == pytest.approx(conflict[~odd].mean())
    assert len(found.slices) == 1  # the rest is chance
    assert set(first.examples) <= set(np.flatnonzero(odd))


@pytest.mark.parametrize(
    ("cells", "name"),
    [
        (lambda odd, rng: np.where(odd, "fax", rng.choice(["mail", "chat"], len(odd))), "= fax"),
        (lambda odd, rng: np.where(odd, 9.0, 1.0) + rng.random(len(odd)), "9"),
    ],
)
def test_the_value_that_makes_up_the_conflict_is_told(cells, name):
    votes, odd, rng = _world()
    columns = {"way": list(cells(odd, rng)), "other": list(rng.random(len(odd)))}
    first = conflict_slices(votes, np.full((600, 2), 0.5), columns).slices[0]
    assert first.what == "value"
    assert first.name.startswith("way ")
    assert name in first.name
    assert first.conflicts > 0.7 * first.items


def test_without_items_the_function_is_told():
    rng = np.random.default_rng(1)
    fires = rng.random((500, 3)) < 0.6
    item, worker = np.nonzero(fires)
    y = np.where(worker == 2, rng.integers(0, 2, len(item)), item % 2)
    found = conflict_slices(Votes(item, worker, Classes(y, NAMES), 500, 3), np.full((500, 2), 0.5))
    assert (found.slices[0].what, found.slices[0].name) == ("function", "2")
    none = Votes([0, 1], [0, 1], Classes([0, 1], NAMES), 2, 2)
    assert conflict_slices(none, np.full((2, 2), 0.5)) == (0, 0, ())


def test_a_model_that_contradicts_all_votes_is_explained():
    rng = np.random.default_rng(0)
    votes = Votes(
        np.arange(300), np.arange(300) % 3, Classes(np.arange(300) % 3 // 2, NAMES), 300, 3
    )
    label = votes.labels.y.copy()
    p = np.eye(2)[label] * 0.8 + 0.1
    assert contradicted(votes, p) is None
    assert contradiction_warnings(votes, Soft(p, NAMES)) == []
    against = (votes.worker == 2) & (rng.random(300) < 0.8)  # it says spam, the model ham
    p[against] = p[against][:, ::-1]
    found = contradicted(votes, p)
    assert (found.source, found.gets, found.unanimous) == (2, 0, int(against.sum()))
    (line,) = contradiction_warnings(votes, Soft(p, NAMES), ["a", "b", "c"])
    assert line.startswith(f"{against.sum()} of 300 items get a class that no vote on them names")
    assert "takes votes of 'c' for right with a chance of 0." in line
    rarely = np.eye(2)[label] * 0.9 + 0.05
    rarely[np.flatnonzero(votes.worker == 2)[:10]] = [0.6, 0.4]
    (line,) = contradiction_warnings(votes, Soft(rarely, NAMES))
    assert "10 of them get 'ham', the label of most items" in line
    assert "give gold=" in line


def test_aggregate_says_so_and_the_default_does_not_do_it():
    rng = np.random.default_rng(3)
    truth = (rng.random(2000) < 0.1).astype(int)
    fires = rng.random((2000, 6)) < np.where(truth[:, None] == np.arange(6) % 2, 0.5, 0.1)
    item, worker = np.nonzero(fires)
    votes = Votes(item, worker, Classes(worker % 2, NAMES), 2000, 6)
    lost = rl.aggregate(votes, by="dawid_skene").info["warnings"]
    assert any("get a class that no vote on them names" in line for line in lost)
    kept = rl.aggregate(votes, by="precision_model").info["warnings"]
    assert not any("get a class that no vote" in line for line in kept)
