"""span_votes and tag_sequences: worked examples, and planted crowds."""

from dataclasses import replace

import numpy as np
import pytest
from tests.vote_worlds import spans as world_of

from reliabel.aggregators import span_votes, tag_sequences
from reliabel.core.labels import Classes, Grouped, Spans, Votes
from reliabel.crowd.span_table import span_scores

NAMES = ("LOC", "PER")


def _votes(said, n=1, w=3):
    flat = [span for *_, spans in said for span in spans]
    start, end, y = (np.array([span[part] for span in flat], dtype=int) for part in range(3))
    groups = Grouped(Spans(start, end, y, NAMES), np.cumsum([0, *(len(s[2]) for s in said)]))
    return Votes([s[0] for s in said], [s[1] for s in said], groups, n, w)


def _spans(consensus):
    u = consensus.labels.units
    return list(zip(u.start.tolist(), u.end.tolist(), u.y.tolist(), strict=True))


@pytest.mark.parametrize("method", [span_votes, tag_sequences])
def test_a_span_that_most_mark_stays_and_one_that_one_marks_goes(method):
    said = [(0, 0, [(0, 2, 0), (4, 5, 1)]), (0, 1, [(0, 2, 0)]), (0, 2, [(0, 2, 0)])]
    found = method.aggregate(_votes(said))
    assert _spans(found) == [(0, 2, 0)]
    assert 0.5 < found.info["p"][0] <= 1


@pytest.mark.parametrize("method", [span_votes, tag_sequences])
def test_what_functions_do_not_mention_is_open(method):
    said = [(0, 0, [(0, 2, 0)]), (0, 1, [(6, 7, -1)]), (0, 2, [(6, 7, 1), (9, 10, 1)])]
    votes = _votes(said)
    found = method.aggregate(votes, silence="open")
    assert (0, 2, 0) in _spans(found)
    assert (9, 10, 1) in _spans(found)
    sure = [one for one, p in zip(_spans(found), found.info["p"], strict=True) if p > 0.4]
    assert (6, 7, 1) not in sure  # one says PER, and one that there is none
    assert (9, 10, 1) in sure
    with pytest.raises(ValueError, match="silence must be"):
        method.aggregate(votes, silence="none")


def test_chances_of_few_votes_are_those_of_being_right():
    told, right = [], []
    for seed in range(4):
        world = world_of.easy(seed, n=300, each=3)
        found = span_votes.aggregate(world.labels)
        true = world_of._held(world.truth)
        u = found.labels.units
        rows = np.stack([found.labels.item, u.start, u.end, u.y], 1).tolist()
        told.append(found.info["p"].mean())
        right.append(np.mean([tuple(row) in true for row in rows]))
    assert abs(np.mean(told) - np.mean(right)) < 0.03


@pytest.mark.parametrize("method", [span_votes, tag_sequences])
def test_nothing_marked_is_no_span(method):
    found = method.aggregate(_votes([(0, 0, []), (1, 1, [])], n=3))
    assert found.labels.offsets.tolist() == [0, 0, 0, 0]
    assert len(found.info["p"]) == 0


def test_nested_spans_are_kept_apart_by_their_chance():
    said = [(0, w, [(0, 5, 0), (1, 2, 1)]) for w in range(3)] + [(0, 3, [(0, 5, 0)])]
    assert _spans(span_votes.aggregate(_votes(said, w=4))) == [(0, 5, 0)]
    found = tag_sequences.aggregate(_votes(said, w=4))
    assert _spans(found) == [(0, 5, 0)]
    assert "3 spans share words" in found.info["warnings"][0]


def test_tags_cannot_follow_each_other_in_any_order():
    # one worker's I without B; most words are O
    names = ("O", "B-LOC", "I-LOC")
    tags = [[0, 1, 2, 0], [0, 1, 2, 0], [0, 0, 2, 0]]
    groups = Grouped(Classes(np.ravel(tags), names), [0, 4, 8, 12])
    found = tag_sequences.aggregate(Votes([0, 0, 0], [0, 1, 2], groups, 1, 3))
    assert found.labels.units.p.argmax(1).tolist() == [0, 1, 2, 0]
    assert found.info["steps"][0, 2] == 0
    assert found.labels.units.p[0, 2] == 0


def test_classes_that_are_no_tags_are_smoothed_too():
    rng = np.random.default_rng(0)
    true = np.repeat(rng.integers(0, 3, 60), 5)
    said = np.where(rng.random((4, 300)) < 0.35, rng.integers(0, 3, (4, 300)), true)
    groups = Grouped(Classes(said.reshape(4, 30, 10).swapaxes(0, 1).ravel(), ("a", "b", "c")),
                     np.arange(121) * 10)  # fmt: skip
    votes = Votes(np.repeat(np.arange(30), 4), np.tile(np.arange(4), 30), groups, 30, 4)
    found = tag_sequences.aggregate(votes)
    wrong = (found.labels.units.p.argmax(1) != true).mean()
    most = np.stack([(said == c).sum(0) for c in range(3)]).argmax(0)
    assert wrong < 0.7 * (most != true).mean()


@pytest.mark.parametrize("method", [span_votes, tag_sequences])
def test_planted_crowds_are_beaten_by_no_majority(method):
    for seed in range(3):
        world = world_of.uneven(seed)
        mine = world_of.error(method.aggregate(world.labels).labels, world)
        assert mine < 0.6 * world_of.plain(world)


def test_the_chance_of_a_span_is_about_right():
    found, right = [], []
    for seed in range(6):
        world = world_of.easy(seed)
        consensus = span_votes.aggregate(world.labels)
        rows = {tuple(r) for r in np.stack([world.truth.item, *_parts(world.truth)], 1).tolist()}
        mine = np.stack([consensus.labels.item, *_parts(consensus.labels)], 1).tolist()
        found += consensus.info["p"].tolist()
        right += [tuple(row) in rows for row in mine]
    assert abs(np.mean(found) - np.mean(right)) < 0.05


def _parts(labels):
    return labels.units.start, labels.units.end, labels.units.y


def test_the_order_of_votes_does_not_matter():
    votes = world_of.easy(1).labels
    order = np.random.default_rng(0).permutation(len(votes))
    a, b = (span_votes.aggregate(v) for v in (votes, votes.take(order)))
    assert _spans(a) == _spans(b)
    assert np.allclose(a.info["p"], b.info["p"])
    assert replace(votes).n == a.labels.offsets.size - 1


def test_known_spans_teach_how_good_workers_are():
    without, taught = [], []
    for seed in range(4):
        world = world_of.easy(seed, n=120, w=20, each=3, bad=np.arange(20) > 2)
        rest = np.arange(80, 119)
        count = np.where(np.arange(120) < 80, np.diff(world.truth.offsets), 0)
        units = world.truth.units.take(np.arange(count.sum()))
        gold = Grouped(units, np.append(0, np.cumsum(count)))
        for scores, known in ((without, None), (taught, gold)):
            found = span_votes.aggregate(world.labels, gold=known).labels.take(rest)
            scores.append(span_scores(found, world.truth.take(rest))[2])
    assert np.mean(taught) > np.mean(without) + 0.03
