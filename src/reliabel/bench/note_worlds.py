"""Notes of four sections, of which some headings are missing and some notes have another order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reliabel.core.labels import Classes, Grouped

SECTIONS = ("subjective", "objective", "assessment", "plan")
OWN = (
    "reports feels denies complains tired nausea sleep worried says headache",
    "pulse pressure temperature exam lungs clear abdomen soft weight mmhg",
    "likely diagnosis consistent hypertension stable suspect anaemia infection improved chronic",
    "start continue follow prescribe refer return order tablets daily review",
)
COMMON = "the patient with and of today pain left right some since week noted"


def notes(
    seed: int = 0,
    n: int = 200,
    *,
    names: Sequence[str] = SECTIONS,
    missing: float = 0.3,
    permuted: float = 0.1,
) -> tuple[list[tuple[str, ...]], Grouped[Classes]]:
    """The words of notes, and the true section of each: a quarter of the words of a section are its
    own, one in twelve is of another section.
    """
    rng, k = np.random.default_rng(seed), len(names)
    own, common = [np.array(words.split()) for words in OWN[:k]], np.array(COMMON.split())
    items, y = [], []
    for _ in range(n):
        order = np.arange(k) if rng.random() > permuted else rng.permutation(k)
        words: list[str] = []
        true: list[int] = []
        for c in order.tolist():
            part = [names[c], ":"] if rng.random() > missing else []
            for _ in range(int(rng.integers(2, 6))):
                size, draw = int(rng.integers(5, 12)), rng.random
                of = np.where(draw(size) < 0.75, c, rng.integers(0, k, size))
                theirs = np.stack([rng.choice(words, size) for words in own])
                special = draw(size) < 0.3
                drawn = np.where(special, theirs[of, np.arange(size)], rng.choice(common, size))
                part += [*drawn.tolist(), "."]
            words += part
            true += [c] * len(part)
        items.append(tuple(words))
        y.append(np.array(true))
    offsets = np.concatenate([[0], np.cumsum([len(one) for one in y])])
    return items, Grouped(Classes(np.concatenate(y), tuple(names)), offsets)
