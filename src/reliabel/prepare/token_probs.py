"""The evidence ``token_probs`` of tagged text: probabilities of the tag of each word, by a tagger
that was fitted without the sentence, its copies and its group.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from reliabel.core.catalogue import Entry, catalogue
from reliabel.core.evidence import TokenProbs
from reliabel.core.labels import Floats, Grouped, Ints, Spans
from reliabel.folders.evidence_keys import TagProbabilities
from reliabel.folders.fingerprint import fingerprint
from reliabel.prepare.preparation import Preparation

FOLDS = 5
# Root mean square of a number of a word's vector: larger ones count more beside words and spelling.
# Of .02, .05, .15 and .4, .05 was best on planted errors in the news of the bench (two draws).
WEIGHT = 0.05


def make_token_probs(work: Preparation, labels: Grouped[Spans], embed: str = "auto") -> None:
    """Fill token_probs from the words of ``items``, where they have such and some word has a span.

    embed: an embedder that gives each word a vector, which the tagger then looks at too; auto takes
        none.
    Spans that cross are learnt from one by one: a word has the tag of the first that covers it.
    """
    from reliabel.ops.tag_context import out_of_fold_twice
    from reliabel.ops.tagger import STEPS, STRENGTH, tag_codes, tokens_of

    items = work.evidence.get("items")
    why = _cannot(labels, items)
    if why:
        work.warnings.append(f"no probabilities of tags were made: {why}")
        return
    entry = _embedder(work, embed)
    tokens = tokens_of(items)
    words, units = tokens.words, labels.units
    y = tag_codes(labels, words.offsets)
    fold = _folds(work, labels, words.word, words.offsets)
    names = ("O", *(f"{letter}-{name}" for name in units.names for letter in "BI"))
    key = TagProbabilities(
        *(words.word, words.offsets, fingerprint("\n".join(words.distinct)), y, names, fold),
        {"strength": STRENGTH, "steps": STEPS, "taggers": 2}
        | ({} if entry is None else {"vectors": entry.name, "weight": WEIGHT}),
    )

    def make() -> dict[str, Any]:
        seen = tokens if entry is None else replace(tokens, vectors=_vectors(entry, items))
        return {"p": out_of_fold_twice(seen, y, len(names), fold)}

    made = work.store.made(key, make)
    work.evidence["token_probs"] = TokenProbs(made["p"], words.offsets, names)
    right = made["p"].argmax(1) == y
    work.info["model"] = {
        "name": "logistic regression on hashed words, spelling, neighbouring words and their tags"
        + ("" if entry is None else f", and on vectors of words ({entry.name})"),
        "accuracy": float(right.mean()) if len(y) else float("nan"),
        "in spans": float(right[y > 0].mean()) if (y > 0).any() else float("nan"),
        "folds": int(fold.max(initial=-1)) + 1,
    }


def _embedder(work: Preparation, embed: str) -> Entry | None:
    """What gives each word a vector, None where none was asked for or it gives none."""
    if embed == "auto":
        return None
    able = [one for one in catalogue() if one.verb == "embed" and one.each_word]
    found = next((one for one in able if embed in (one.name, *one.also)), None)
    if found is None:
        names = " or ".join((*one.also, one.name)[0] for one in able)
        work.warnings.append(
            f"embed={embed!r} gives words no vectors, so that the tagger does without; {names} does"
        )
    return found


def _vectors(entry: Entry, items: Any) -> Floats:
    """(m, f) the vectors of words, about their mean and small beside the other features."""
    made = entry.load_words()(items)
    mean = made.mean(0, dtype=np.float32)
    spread = float(np.sqrt(made.var(0, dtype=np.float32).mean()))
    return np.asarray((made - mean) * np.float32(WEIGHT / max(spread, 1e-6)), dtype=np.float16)


def _cannot(labels: Grouped[Spans], items: Any) -> str:
    if items is None:
        return "the words are not there; give them as items, one tuple of words a sentence"
    if len(items) and not isinstance(items[0], tuple | list):
        return (
            f"items must be one tuple of words a sentence, the first is {type(items[0]).__name__}"
        )
    size = np.fromiter(map(len, items), np.int64, len(items))
    units, item = labels.units, labels.item
    beyond = np.flatnonzero(units.end > size[item])
    if len(beyond):
        row = int(beyond[0])
        return (
            f"a span of item {int(item[row])} ends at word {int(units.end[row])}, the item has "
            f"{int(size[item[row]])} words"
        )
    if not (units.y >= 0).any():
        return "no word has a span"
    return "" if len(items) > 1 else "one sentence cannot be predicted from another"


def _folds(work: Preparation, labels: Grouped[Spans], word: Ints, offsets: Ints) -> Ints:
    """(n,) the fold of each sentence; those of the same words, and those of one group, in one."""
    from reliabel.ops.folds import fold_of
    from reliabel.ops.word_features import same_sentences

    units, n = labels.units, len(labels)
    given = units.y >= 0
    rare = np.argsort(np.bincount(units.y[given], minlength=units.k), kind="stable")[::-1]
    strata = np.full(n, -1)
    for c in rare.tolist():  # the rarest class of a sentence is written last
        strata[labels.item[units.y == c]] = c
    groups = work.evidence.get("groups")
    if groups is not None:
        groups = np.unique(np.asarray(groups).astype(str), return_inverse=True)[1].ravel()
    copies = same_sentences(word, offsets)
    return fold_of(strata, folds=FOLDS, groups=groups, copies=copies, rng=work.rng("tagger"))
