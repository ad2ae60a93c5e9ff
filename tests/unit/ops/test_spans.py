"""Tags and spans: every scheme there and back, faults, and matching against a plain reading."""

import numpy as np
import pytest

from reliabel.ops.span_matching import KINDS, matched, words_within
from reliabel.ops.spans import (
    Found,
    coded,
    invalid_transitions,
    overlaps,
    scheme_of,
    spans_of,
    tags_of,
    tags_of_names,
)

TYPES = ("LOC", "ORG", "PER")


def random_spans(seed, n=200):
    """Spans that do not overlap in sentences of 0 to 12 words."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(0, 13, n)
    rows = []
    for item, size in enumerate(sizes.tolist()):
        at = int(rng.integers(0, 3))
        while at < size:
            end = min(at + int(rng.integers(1, 4)), size)
            rows.append((item, at, end, int(rng.integers(0, 3))))
            at = end + int(rng.integers(0, 3))
    item, start, end, y = np.array(rows).T
    counts = np.bincount(item, minlength=n)
    found = Found(start, end, y, np.concatenate([[0], np.cumsum(counts)]))
    return found, np.concatenate([[0], np.cumsum(sizes)])


def plain_reading(tags):
    """(start, end, type) of one sentence, word by word as the CoNLL evaluation reads it."""
    out, last = [], ("O", "")
    for at, tag in enumerate([*tags, "O"]):
        letter, _, kind = tag.partition("-")
        begins = letter in "BSU" or (letter in "IEL" and (last[0] not in "BI" or last[1] != kind))
        if last[0] != "O" and (letter == "O" or begins):
            out[-1][1] = at
        if letter != "O" and begins:
            out.append([at, None, kind])
        last = (letter, kind)
    return [tuple(one) for one in out]


def listed(found, types):
    bounds = zip(found.offsets, found.offsets[1:], strict=False)
    return [
        [(int(found.start[j]), int(found.end[j]), types[found.y[j]]) for j in range(a, b)]
        for a, b in bounds
    ]


@pytest.mark.parametrize("scheme", ["IOB2", "IOB1", "IOBES", "BILOU", "BMES", "BMEW"])
def test_spans_go_through_each_scheme_and_back(scheme):
    found, words = random_spans(0)
    code, names = tags_of(found, words, TYPES, scheme)
    tags = tags_of_names(names)
    assert tags.types == TYPES
    again = spans_of(code, words, tags)
    for part in ("start", "end", "y", "offsets"):
        assert getattr(again, part).tolist() == getattr(found, part).tolist()
    assert not invalid_transitions(code, words, tags, scheme).any()
    assert scheme_of(code, words, tags) == (scheme, 0)


@pytest.mark.parametrize("seed", range(3))
def test_broken_tags_are_read_as_the_conll_evaluation_reads_them(seed):
    rng = np.random.default_rng(seed)
    every = ["O", *(f"{letter}-{kind}" for letter in "BIES" for kind in TYPES[:2])]
    tags = [tuple(rng.choice(every, rng.integers(0, 8)).tolist()) for _ in range(300)]
    code, offsets, names = coded(tags)
    taken = tags_of_names(names)
    assert listed(spans_of(code, offsets, taken), taken.types) == list(map(plain_reading, tags))


def test_tags_that_start_with_i_break_iob2_and_a_needless_b_breaks_iob1():
    code, offsets, names = coded([("I-PER", "O", "B-LOC", "I-PER"), ("B-LOC", "B-LOC"), ("I-LOC",)])
    tags = tags_of_names(names)
    broken = invalid_transitions(code, offsets, tags, "IOB2")
    assert np.flatnonzero(broken).tolist() == [0, 3, 6]
    assert np.flatnonzero(invalid_transitions(code, offsets, tags, "IOB1")).tolist() == [2, 4]
    assert scheme_of(code, offsets, tags) == ("IOB1", 2)


def test_a_span_left_open_breaks_iobes_and_letters_of_another_scheme_do():
    code, offsets, names = coded(
        [("B-LOC", "O"), ("B-LOC",), ("U-LOC", "S-LOC"), ("B-LOC", "E-LOC")]
    )
    tags = tags_of_names(names)
    broken = invalid_transitions(code, offsets, tags, "IOBES")
    assert np.flatnonzero(broken).tolist() == [1, 2, 3]


def test_types_alone_beside_o_are_spans_and_without_o_they_are_not():
    code, offsets, names = coded([("LOC", "LOC", "O", "PER")])
    tags = tags_of_names(names)
    assert tags.bare
    assert scheme_of(code, offsets, tags) == ("IO", 0)
    assert listed(spans_of(code, offsets, tags), tags.types) == [[(0, 2, "LOC"), (3, 4, "PER")]]
    back, again = tags_of(spans_of(code, offsets, tags), offsets, tags.types, "IO")
    assert [again[c] for c in back] == ["LOC", "LOC", "O", "PER"]
    assert not tags_of_names(("NN", "VB")).types


def test_a_tag_that_is_none_marks_nothing_and_is_a_fault():
    code, offsets, names = coded([("B-LOC", "LOC", "O", "O")])
    tags = tags_of_names(names)
    assert listed(spans_of(code, offsets, tags), tags.types) == [[(0, 1, "LOC")]]
    assert invalid_transitions(code, offsets, tags, "IOB2").tolist() == [False, True, False, False]


def test_spans_that_share_words_or_leave_their_sentence_have_no_tags():
    found = Found(np.array([0, 1]), np.array([2, 3]), np.array([0, 0]), np.array([0, 2]))
    assert overlaps(found.start, found.end, found.offsets).tolist() == [0]
    with pytest.raises(ValueError, match=r"the first is sentence 0 \(0:2, 1:3\)"):
        tags_of(found, np.array([0, 4]), TYPES)
    far = Found(np.array([2]), np.array([5]), np.array([0]), np.array([0, 1]))
    with pytest.raises(ValueError, match="covers the words 2 to 4, the sentence has 4 words"):
        tags_of(far, np.array([0, 4]), TYPES)


def test_spans_without_a_class_are_not_written():
    found = Found(np.array([0, 1]), np.array([2, 3]), np.array([-1, 0]), np.array([0, 2]))
    code, names = tags_of(found, np.array([0, 4]), TYPES)
    assert [names[c] for c in code] == ["O", "B-LOC", "I-LOC", "O"]


def best_by_hand(one, others):
    shared = [min(one[1], b) - max(one[0], a) for a, b, _ in others]
    union = [max(one[1], b) - min(one[0], a) for a, b, _ in others]
    ranked = [
        (-s / u, one[2] != others[j][2], j)
        for j, (s, u) in enumerate(zip(shared, union, strict=True))
        if s > 0
    ]
    if not ranked:
        return -1, "alone"
    place = min(ranked)[2]
    extent, kind = others[place][:2] == one[:2], others[place][2] == one[2]
    return place, {(1, 1): "same", (1, 0): "type", (0, 1): "boundary", (0, 0): "both"}[extent, kind]


@pytest.mark.parametrize("seed", range(3))
def test_matching_is_what_looking_at_every_pair_gives(seed):
    rng = np.random.default_rng(seed)

    def drawn(m):
        start = rng.integers(0, 8, m)
        return start, start + rng.integers(1, 6, m), rng.integers(0, 2, m), rng.integers(0, 9, m)

    one, two = drawn(60), drawn(50)
    got = matched(*one, two)
    for j in range(60):
        mine = np.flatnonzero(two[3] == one[3][j])
        others = [(int(two[0][r]), int(two[1][r]), int(two[2][r])) for r in mine]
        place, kind = best_by_hand(tuple(int(part[j]) for part in one[:3]), others)
        assert KINDS[got.kind[j]] == kind
        assert got.partner[j] == (mine[place] if place >= 0 else -1)


def test_nothing_matches_nothing():
    none = np.array([], dtype=int)
    assert matched(none, none, none, none, (none,) * 4).kind.tolist() == []
    some = np.array([0])
    assert matched(some, some + 1, some, some, (none,) * 4).partner.tolist() == [-1]


def test_words_that_characters_touch():
    first, after = words_within(*map(np.array, ([0, 3, 9], [2, 8, 10], [2, 0], [3, 1])))
    assert (first.tolist(), after.tolist()) == ([1, 0], [1, 1])
