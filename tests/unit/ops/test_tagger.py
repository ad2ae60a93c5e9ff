"""The tagger and its features of words."""

import numpy as np
import pytest

from reliabel.ops.surfaces import surface_counts
from reliabel.ops.tagger import fit, out_of_fold, tokens_of
from reliabel.ops.word_features import spelling, words_of

CITIES = ("Aburg", "Beburg", "Coburg", "Duburg", "Elburg", "Foburg")


def text(n: int, rng: np.random.Generator) -> tuple[list[tuple[str, ...]], np.ndarray]:
    """A city after "in", a person after "said"; the words are drawn."""
    sentences, tags = [], []
    for _ in range(n):
        city = rng.random() < 0.5
        name = rng.choice(CITIES) if rng.random() < 0.7 else "".join(rng.choice(list("xyz"), 4))
        sentences.append(("so", "in" if city else "said", name, "today"))
        tags += [0, 0, 1 if city else 2, 0]
    return sentences, np.array(tags)


def test_the_word_before_tells_what_a_word_is():
    rng = np.random.default_rng(0)
    sentences, y = text(300, rng)
    p = out_of_fold(tokens_of(sentences), y, 3, rng.integers(0, 3, 300))
    assert (p.argmax(1) == y).mean() > 0.99
    assert p.sum(1) == pytest.approx(1, abs=1e-5)


def test_spelling_tells_words_that_were_never_seen():
    sentences = [("in", f"{c}burg") for c in "ABCDEFGH"] + [("in", f"{c}son") for c in "ABCDEFGH"]
    y = np.array([0, 1] * 8 + [0, 2] * 8)
    known = np.where(np.repeat(np.arange(16) % 8 == 7, 2), -1, y)
    tokens = tokens_of(sentences)
    found = fit(tokens, known, 3).probs(tokens, np.arange(32)).argmax(1)
    assert found[15] == 1
    assert found[31] == 2


def test_the_gradient_is_that_of_the_loss():
    """A step along the descent lowers the loss until the slope is flat: a second fit from more
    steps is no better than the first by much.
    """
    rng = np.random.default_rng(1)
    sentences, y = text(60, rng)
    tokens = tokens_of(sentences)
    few, many = (fit(tokens, y, 3, steps=s).probs(tokens, np.arange(len(y))) for s in (5, 200))
    loss = [-np.log(p[np.arange(len(y)), y]).mean() for p in (few, many)]
    assert loss[1] < loss[0]


def test_sentences_that_are_kept_apart_teach_a_fold_nothing():
    """All sentences with an X are of fold 1 or kept apart from it, so its tagger never saw B."""
    sentences = [("X",), ("X",), ("y",), ("z",)]
    y, fold = np.array([1, 1, 0, 0]), np.array([1, 0, 0, 0])
    away = np.zeros((2, 4), dtype=bool)
    away[1, 1] = True
    p = out_of_fold(tokens_of(sentences), y, 2, fold, apart=away)
    assert p[0, 0] > 0.5
    assert out_of_fold(tokens_of(sentences), y, 2, fold)[0, 1] > p[0, 1]


def test_features_of_spelling_are_shared_by_words_alike():
    words = ["Walking", "talking", "TALK", "1984", "2001", "x"]
    own, near = spelling(words)
    assert own.shape[0] == near.shape[0] == len(words) + 1
    shared = (own > 0).astype(int) @ (own > 0).astype(int).T
    assert shared[0, 1] > shared[0, 2]  # the ending -ing and its trigrams
    assert shared[3, 4] >= 1  # the shape of four digits
    assert shared[0, 3] == 0
    assert spelling([])[0].shape[0] == 1


def test_words_of_refuses_what_is_no_text():
    with pytest.raises(ValueError, match="words of a sentence must be text, got int 3"):
        words_of([("a", 3)])


def test_neighbours_stay_within_the_sentence():
    found = words_of([("a", "b"), ("c",), ("d", "e", "f")])
    for by in range(-3, 4):
        wanted = [
            s[i + by] if 0 <= i + by < len(s) else None
            for s in ("ab", "c", "def")
            for i in range(len(s))
        ]
        got = [None if c == 6 else found.distinct[c] for c in found.around(by)]
        assert got == wanted, by


def test_surfaces_are_counted_by_hand():
    rng = np.random.default_rng(3)
    sentences = [tuple(rng.choice(list("ab"), rng.integers(1, 7)).tolist()) for _ in range(60)]
    spans = []
    for i, s in enumerate(sentences):
        at = 0
        while at < len(s):
            end = int(min(at + rng.integers(1, 4), len(s)))
            if rng.random() < 0.4:
                spans.append((i, at, end, int(rng.integers(0, 2))))
            at = end
    asked = [
        (i, a, b)
        for i, s in enumerate(sentences)
        for a in range(len(s))
        for b in range(a + 1, len(s) + 1)
    ]
    columns = [np.array(part) for part in zip(*spans, strict=True)]
    found = surface_counts(words_of(sentences), tuple(columns), 2, tuple(np.array(asked).T))
    for row in range(0, len(asked), 17):
        i, a, b = asked[row]
        surface, wanted = sentences[i][a:b], [0.0, 0.0, 0.0]
        for j, s, e, c in spans:
            wanted[c] += sentences[j][s:e] == surface
        for j, sentence in enumerate(sentences):
            for s in range(len(sentence) - len(surface) + 1):
                e = s + len(surface)
                clash = any(k == j and x < e and z > s for k, x, z, _ in spans)
                wanted[2] += sentence[s:e] == surface and not clash
        assert found[row].tolist() == wanted


def test_weights_and_shares_of_tags_count_as_copies_do():
    """A token of weight two is two tokens; half of each of two tags is one of each, at half."""
    text, y = [("a", "b"), ("b", "a"), ("c", "a")], np.array([0, 1, 1, 0, 2, 0])
    tokens = tokens_of(text)
    twice = tokens_of([*text, text[0]])
    plain = fit(twice, np.append(y, y[:2]), 3, steps=300)
    weighed = fit(tokens, y, 3, weight=np.array([2.0, 2, 1, 1, 1, 1]), steps=300)
    rows = np.arange(6)
    assert np.abs(plain.probs(tokens, rows) - weighed.probs(tokens, rows)).max() < 0.01
    soft = fit(tokens, y, 3, soft=np.eye(3)[y], steps=300).probs(tokens, rows)
    assert np.abs(soft - fit(tokens, y, 3, steps=300).probs(tokens, rows)).max() < 0.01
    half = np.eye(3)[y] / 2
    assert np.abs(
        fit(tokens, y, 3, soft=half, steps=300).probs(tokens, rows)
        - fit(tokens, y, 3, weight=np.full(6, 0.5), steps=300).probs(tokens, rows)
    ).max() < 0.01  # fmt: skip
