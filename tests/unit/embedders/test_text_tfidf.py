"""TF-IDF features: similar texts are near, odd texts are no crash."""

import numpy as np
import pytest

from reliabel.embedders import text_tfidf
from reliabel.embedders.text_tfidf import embed

WORDS = {
    0: "card payment declined shop",
    1: "transfer abroad fee bank",
    2: "pin code forgotten phone",
}


def rng():
    return np.random.default_rng(0)


def texts(n=120):
    draw = rng()
    y = draw.integers(0, 3, n)
    return [" ".join(draw.choice(WORDS[c].split(), 3)) for c in y.tolist()], y


def test_texts_of_a_topic_are_near():
    items, y = texts()
    x = embed(items, rng=rng(), axes=8)
    assert x.shape == (120, 8)
    assert x.dtype == np.float32
    assert np.allclose(np.linalg.norm(x, axis=1), 1, atol=1e-5)
    alike = x @ x.T
    assert alike[y[:, None] == y].mean() > alike[y[:, None] != y].mean() + 0.3


def test_misspelt_words_are_near_by_their_letters():
    x = embed(["transfer", "transfre", "identity"], rng=rng())
    assert x[0] @ x[1] > x[0] @ x[2] + 0.2


@pytest.mark.parametrize("items", [[""], ["", "", ""], [" ", None, float("nan")], ["\0", "\0"]])
def test_nothing_to_read_is_a_row_of_zeros(items):
    assert embed(items, rng=rng()).tolist() == [[0.0]] * len(items)


def test_no_items():
    assert embed([], rng=rng()).shape == (0, 1)


@pytest.mark.parametrize(
    "items", [["same"] * 60, ["x"], ["!!!", "???"], ["один два", "δύο τρία", "三个字"]]
)
def test_few_terms_are_fewer_axes(items):
    x = embed(items, rng=rng())
    assert len(x) == len(items)
    assert x.shape[1] <= 256
    assert np.isfinite(x).all()


def test_same_texts_get_the_same_row():
    x = embed(["pay now", "pay now", "go home"], rng=rng())
    assert x[0] @ x[1] == pytest.approx(1, abs=1e-5)
    assert x[0] @ x[2] < 0.2


def test_texts_all_different_still_have_terms():
    items = [f"{place:06d}" for place in range(0, 900_000, 15_000)]
    assert np.isfinite(embed(items, rng=rng())).all()


def test_a_megabyte_is_read_in_part():
    assert np.isfinite(embed(["word " * 200_000, "other \0 thing", ""], rng=rng())).all()


def test_many_texts_are_read_in_blocks_with_what_a_sample_taught(monkeypatch):
    monkeypatch.setattr(text_tfidf, "SAMPLE", 60)
    monkeypatch.setattr(text_tfidf, "BLOCK", 32)
    items, y = texts()
    x = embed(items, rng=rng(), axes=8)
    assert len(x) == 120
    alike = x @ x.T
    assert alike[y[:, None] == y].mean() > alike[y[:, None] != y].mean() + 0.3


def test_same_seed_same_features():
    items, _ = texts()
    assert (embed(items, rng=rng()) == embed(items, rng=rng())).all()
