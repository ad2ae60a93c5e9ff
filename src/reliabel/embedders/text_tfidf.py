"""TF-IDF of words, word pairs and, in short texts, character n-grams, reduced to a few hundred axes
by truncated SVD; no pretrained weights are needed.

Assumes that the words tell the classes apart. Weak if meaning depends on word order or on words
that are rare in this data.
Cost: O(characters + terms axes); vocabulary and axes are learnt from at most 50,000 texts, which
bound the memory.
Paper: Deerwester, Dumais, Furnas, Landauer, Harshman. Journal of the American Society for
Information Science 41 (1990) 391-407.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from reliabel.core.labels import Floats
from reliabel.core.run import track
from reliabel.ops.texts import plain

ALSO = ("tfidf",)
READS = "text"
AUTO_RANK = 1
WIDTH = 256
PROBE = 1024
# characters of an average text up to which groups of letters help (banking77: .848 to .877; none on
# ag_news)
SHORT = 150
SAMPLE = 50_000  # texts that terms and axes are learnt from
BLOCK = 4096
WORDS: dict[str, Any] = {"token_pattern": r"(?u)\b\w+\b", "ngram_range": (1, 2)}
LETTERS: dict[str, Any] = {"analyzer": "char_wb", "ngram_range": (3, 5)}


def embed(items: Sequence[Any], *, rng: np.random.Generator, axes: int = 256) -> Floats:
    """One vector of length one per text; an empty text, or one without any known term, is a row of
    zeros.

    axes: the number of features, fewer if there are fewer texts or terms.

    >>> same = embed(["red car", "blue sky", "red car", ""], rng=np.random.default_rng(0), axes=2)
    >>> (same @ same.T).round(2).tolist()
    [[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 0.0], [1.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 0.0]]
    """
    n = len(items)
    first = range(n) if n <= SAMPLE else np.sort(rng.choice(n, SAMPLE, replace=False)).tolist()
    known, counts = _learnt([plain(items[row]) for row in first])
    if not known:
        return np.zeros((n, 1), dtype=np.float32)
    basis = _axes(counts, axes, rng)
    if n <= SAMPLE:
        return _unit(counts @ basis)
    blocks = track("text features", range(0, n, BLOCK))
    return np.concatenate(
        [
            _unit(_counts(known, [plain(text) for text in items[start : start + BLOCK]]) @ basis)
            for start in blocks
        ]
    )


def fit(items: Sequence[Any], *, rng: np.random.Generator, axes: int = 256) -> dict[str, Any]:
    """What ``embed`` learns of the texts, so that ``apply`` gives other texts features of the same
    meaning: the terms and their weights, and the axes.
    """
    n = len(items)
    first = range(n) if n <= SAMPLE else np.sort(rng.choice(n, SAMPLE, replace=False)).tolist()
    known, counts = _learnt([plain(items[row]) for row in first])
    if not known:
        return {"kinds": []}
    kinds = [
        {
            "words": terms.analyzer == "word",
            "terms": terms.get_feature_names_out().astype(np.str_),
            "idf": np.asarray(terms.idf_),
        }
        for terms in known
    ]
    return {"kinds": kinds, "basis": _axes(counts, axes, rng)}


def apply(items: Sequence[Any], state: Mapping[str, Any]) -> Floats:
    """The features of texts by what ``fit`` learnt, as ``embed`` gives them."""
    if not state["kinds"]:
        return np.zeros((len(items), 1), dtype=np.float32)
    known = [_again(kind) for kind in state["kinds"]]
    blocks = track("text features", range(0, len(items), BLOCK))
    parts = [_counts(known, [plain(text) for text in items[at : at + BLOCK]]) for at in blocks]
    basis = state["basis"]
    empty = np.zeros((0, basis.shape[1]), dtype=np.float32)
    return np.concatenate([empty, *(_unit(part @ basis) for part in parts)])


def _again(kind: Mapping[str, Any]) -> Any:
    """A vectoriser that knows these terms."""
    terms = _vectoriser(WORDS if kind["words"] else LETTERS, vocabulary=kind["terms"].tolist())
    terms.idf_ = kind["idf"]
    return terms


def _vectoriser(kind: Mapping[str, Any], **more: Any) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(
        sublinear_tf=True, dtype=np.float32, strip_accents="unicode", **kind, **more
    )


def _learnt(texts: list[str]) -> tuple[list[Any], Any]:
    """The vectorisers that found a term, and their matrices of these texts; terms of a single text
    are dropped if there are enough texts.
    """
    from scipy.sparse import hstack

    short = sum(map(len, texts)) <= SHORT * len(texts)
    known, counts = [], []
    for kind, least in ((WORDS, 2), (LETTERS, 3)) if short else ((WORDS, 2),):
        for fewest in (least, 1) if len(texts) >= 50 else (1,):
            terms = _vectoriser(kind, max_features=100_000, min_df=fewest)
            try:
                counts.append(terms.fit_transform(texts))
            except ValueError:  # "empty vocabulary": no term stands in that many texts
                continue
            known.append(terms)
            break
    return known, hstack(counts).tocsr() if counts else None


def _counts(known: list[Any], texts: list[str]) -> Any:
    from scipy.sparse import hstack

    return hstack([terms.transform(texts) for terms in known]).tocsr()


def _axes(counts: Any, axes: int, rng: np.random.Generator) -> Floats:
    """(terms, axes) the right singular vectors that carry anything."""
    from sklearn.utils.extmath import randomized_svd

    _, value, vector = randomized_svd(
        counts, min(axes, *counts.shape), n_iter=4, random_state=int(rng.integers(2**31))
    )
    keep = value > 1e-6 * max(float(value[0]), 1e-30)
    basis: Floats = vector[keep].T.astype(np.float32)
    return basis


def _unit(part: Floats) -> Floats:
    length = np.linalg.norm(part, axis=1, keepdims=True)
    return np.where(length > 1e-6, part / np.maximum(length, 1e-6), 0).astype(np.float32)
