"""Names of splits as people write them: train, Training, seg_train, train2017, test-set, val."""

from __future__ import annotations

import re
from collections.abc import Iterable

WORDS = {
    "train": ("train", "training", "trn"),
    "test": ("test", "testing", "tst"),
    "val": ("val", "valid", "validation", "validate", "eval", "evaluation"),
    "dev": ("dev", "development"),
}
# splits only beside one of the others: a class may well be called so
BESIDE = {"pred": ("pred", "prediction", "predict"), "unlabeled": ("unlabeled", "unlabelled")}
FILLERS = (
    "set",
    "data",
    "dataset",
    "split",
    "images",
    "imgs",
    "image",
    "img",
    "pictures",
    "photos",
)
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")


def splits_of(names: Iterable[str]) -> dict[str, str]:
    """Each name with its split in one spelling (train, test, val, dev, pred, unlabeled); nothing
    unless all of them name splits.

    A name may hold fillers (set, data, images), numbers, and words that all the names share.

    >>> splits_of(["seg_train", "seg_test", "seg_pred"])
    {'seg_train': 'train', 'seg_test': 'test', 'seg_pred': 'pred'}
    >>> splits_of(["train", "bus", "tram"]), splits_of(["Training", "validation_set", "test2017"])
    ({}, {'Training': 'train', 'validation_set': 'val', 'test2017': 'test'})
    """
    parts = {name: _words(name) for name in names}
    if not parts:
        return {}
    shared = set[str].intersection(*map(set, parts.values())) if len(parts) > 1 else set()
    found = {name: _split(words, shared) for name, words in parts.items()}
    if not all(found.values()) or not set(found.values()) & set(WORDS):
        return {}
    return {name: str(split) for name, split in found.items()}


def _words(name: str) -> list[str]:
    words = [word.lower() for word in WORD.findall(name)]
    every = [word for forms in (*WORDS.values(), *BESIDE.values()) for word in forms]
    apart: list[str] = []
    for word in words:  # trainset is train and set
        joined = next((v for v in every if word.startswith(v) and word[len(v) :] in FILLERS), None)
        apart += [word] if joined is None else [joined, word[len(joined) :]]
    return apart


def _split(words: list[str], shared: set[str]) -> str | None:
    """The split that the words name, if but one word is neither a filler nor in every name."""
    own = [word for word in words if word not in FILLERS]
    telling = [word for word in own if word not in shared] or own
    if len(telling) != 1:
        return None
    forms = (*WORDS.items(), *BESIDE.items())
    return next((split for split, spellings in forms if telling[0] in spellings), None)
