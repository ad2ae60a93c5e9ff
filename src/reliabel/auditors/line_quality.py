"""Line quality: a line of a text corpus is suspect if a classifier that learnt from a small
labelled set of lines finds it unlike clean text.

FinerWeb's filter on CPU: hashed character n-grams and plain facts of the line (length, letters,
digits, capitals, marks, last character, words, how often the same line occurs), a logistic
regression, and Platt scaling of its score on lines that it did not learn from.
Assumes that a line shows by itself whether it is junk; the lines around it are not looked at.
Weak where fewer than some tens of lines of each sort are labelled, and in languages that the
labelled lines do not have.
Cost: O(characters). Paper: Henriksson, Tarkka, Ginter. FinerWeb-10BT: refining web data with
LLM-based line-level filtering. NoDaLiDa 2025.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack

from reliabel.core.labels import Classes, Floats, Ints
from reliabel.core.results import Suspicion
from reliabel.ops import logistic
from reliabel.ops.texts import plain
from reliabel.ops.word_features import Letters, hashed_grams

FINDS = "low-quality line"
FOLDS, COLUMNS, LENGTHS = 4, 1024, (3, 4, 5)
STRENGTH, PLATT = 1.0, 10.0  # the second as the paper has it
MARKS = "{}[]<>|/\\=_;#*"
ENDS = (".", "!", "?", '"', "'")


def audit(labels: Classes, *, items: Any, clean: str = "", below: float = 0.1) -> Suspicion:
    """Score = one minus the chance that the line is clean; flag = that chance is under ``below``.

    labels: of a part of the lines, what they are (clean, or a sort of junk); -1 elsewhere.
    clean: the name of the class of good lines; empty takes the one with most lines.  below: lines
        with a smaller chance are flagged; FinerWeb drops those under .1.
    info: "quality" (n,), the chance of being clean.  Labelled lines are judged by a model that did
        not learn from them.

    >>> good = [f"The council met on day {i} and agreed to build the bridge." for i in range(20)]
    >>> junk = [f"Home | Login | Cart ({i}) | >>" for i in range(20)]
    >>> labels = Classes([0, -1] * 10 + [1, -1] * 10, ["clean", "menu"])
    >>> found = audit(labels, items=[*good, *junk])
    >>> bool(found.score[:20].max() < 0.5 < found.score[20:].min())
    True
    """
    if clean and clean not in labels.names:
        raise ValueError(
            f"no class is called {clean!r}; the classes are {', '.join(labels.names[:12])}; clean "
            "is the class of good lines"
        )
    known = np.flatnonzero(labels.y >= 0)
    count = np.bincount(labels.y[known], minlength=max(labels.k, 1))
    best = labels.names.index(clean) if clean else int(count.argmax())
    good = (labels.y == best).astype(np.int64)
    if len(np.unique(good[known])) < 2:
        raise ValueError(
            "lines of good quality and others must be labelled to learn from, got "
            f"{int(count[best]) if len(known) else 0} good and {len(known) - int(count[best])} "
            "other ones"
        )
    lines = [plain(line) for line in items]
    x = _features(lines)
    fold = _folds(lines)
    logit = np.empty(len(lines))
    whole = _fit(x, good, known)
    logit[:] = _score(whole, x)
    for f in range(FOLDS):
        learnt, held = known[fold[known] != f], known[fold[known] == f]
        if len(held) and len(np.unique(good[learnt])) == 2:
            logit[held] = _score(_fit(x, good, learnt), x[held])
    platt = logistic.fit(logit[known, None], good[known], strength=PLATT)
    quality = platt.predict_proba(logit[:, None])[:, 1]
    return Suspicion(1 - quality, quality < below, info={"quality": quality, "clean": best})


def _fit(x: csr_matrix, good: Ints, rows: Ints) -> logistic.Logistic:
    dense = np.asarray(x[rows].toarray(), dtype=np.float64)
    return logistic.fit(
        dense,
        good[rows],
        strength=STRENGTH,
        iterations=300,
        tol=1e-10,
        by=(np.zeros(x.shape[1]), 1.0),
    )


def _score(model: logistic.Logistic, x: csr_matrix) -> Floats:
    score = x @ model.weights + model.bias
    return np.asarray(score[:, 1] - score[:, 0])


def _features(lines: Sequence[str]) -> csr_matrix:
    return hstack([hashed_grams(lines, LENGTHS, COLUMNS), csr_matrix(_facts(lines))]).tocsr()


def _facts(lines: Sequence[str]) -> Floats:
    """(n, 8) plain facts of lines."""
    text = Letters(lines)
    size = np.maximum(text.stop - text.start, 1)
    last = np.array([line.rstrip()[-1:] in ENDS for line in lines], dtype=np.float32)
    _, back, times = np.unique(text.whole(), return_inverse=True, return_counts=True)
    shares = [text.count(kind) / size for kind in (str.isalpha, str.isdigit, str.isupper, _mark)]
    few = text.count(str.isspace) < 3
    columns: list[Any] = [np.log1p(size) / 5, *shares, last, few, np.log(times[np.ravel(back)])]
    return np.stack(columns, axis=1).astype(np.float32)


def _mark(letter: str) -> bool:
    return letter in MARKS


def _folds(lines: Sequence[str]) -> Ints:
    """(n,) the fold of each line, the same for the same text wherever it stands."""
    return (Letters(lines).whole() >> np.uint64(40)).astype(np.int64) % FOLDS
