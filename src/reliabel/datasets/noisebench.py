"""NoiseBench: newswire sentences with entities, the labels of experts beside real noisy ones.

400 documents of CoNLL-2003; the words are masked, since the texts may not be passed on, so that
only tags can be studied.  Clean tags are those of CleanCoNLL, noisy ones were made by experts, a
crowd, and distant supervision.

Merdjanovska, Aynetdinov and Akbik, NoiseBench: Benchmarking the impact of real label noise on named
entity recognition, EMNLP 2024.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reliabel.core.labels import Bools, Grouped, Spans
from reliabel.core.short_repr import by_fields
from reliabel.ops.spans import coded, spans_of, tags_of_names

FOLDER, CLEAN = "tokens", "noisebench_clean.iob2"
NOISES = ("expert", "crowd", "distant")
TYPES = ("LOC", "MISC", "ORG", "PER")


@dataclass(frozen=True, eq=False)
class NoiseBench:
    """Clean tags and spans, and those of one noise, of the same sentences.  ``words`` (n + 1,) is
    the first word of each sentence.
    """

    clean: Grouped[Spans]
    noisy: Grouped[Spans]
    clean_tags: list[tuple[str, ...]]
    noisy_tags: list[tuple[str, ...]]
    words: np.ndarray

    __repr__ = by_fields

    @property
    def wrong_words(self) -> Bools:
        """(words,) whether the noisy tag of a word is another than the clean one."""
        one, two = coded(self.clean_tags), coded(self.noisy_tags)
        names = np.array(one[2]), np.array(two[2])
        return np.asarray(names[0][one[0]] != names[1][two[0]])

    @property
    def agreement(self) -> float:
        """The micro-averaged F1 of the noisy spans against the clean ones."""
        clean, noisy = (_keys(labels) for labels in (self.clean, self.noisy))
        both = len(np.intersect1d(clean, noisy))
        return 2 * both / max(len(clean) + len(noisy), 1)


def there(data: str | Path | None = None) -> bool:
    """Whether the data set lies where ``data`` (else RELIABEL_DATA) points."""
    place = data or os.environ.get("RELIABEL_DATA")
    return place is not None and (Path(place) / FOLDER / CLEAN).is_file()


def load(noise: str = "crowd", data: str | Path | None = None) -> NoiseBench:
    """The tags of one noise beside the clean ones.

    noise: expert, crowd or distant.  Raises ValueError for another, and where there is no data.
    """
    if noise not in NOISES:
        raise ValueError(f"noise must be one of {', '.join(NOISES)}, got {noise!r}")
    if not there(data):
        raise ValueError(
            f"NoiseBench needs {FOLDER}/{CLEAN} in the folder that RELIABEL_DATA names, got "
            f"{data or os.environ.get('RELIABEL_DATA')!r}"
        )
    place = Path(data or os.environ["RELIABEL_DATA"]) / FOLDER
    clean = _tags(place / CLEAN)
    noisy = _tags(place / f"noisebench_noise_{noise}.iob2")
    if [len(one) for one in clean] != [len(one) for one in noisy]:
        raise ValueError(f"the sentences of NoiseBench {noise} are not those of the clean file")
    words = np.concatenate([[0], np.cumsum([len(one) for one in clean])])
    return NoiseBench(_spans(clean), _spans(noisy), clean, noisy, words)


def _tags(path: Path) -> list[tuple[str, ...]]:
    parts = path.read_text(encoding="utf-8").split("\n\n")
    lines = [part.strip("\n").split("\n") for part in parts if part.strip()]
    return [tuple(line.rsplit("\t", 1)[-1] for line in held) for held in lines]


def _spans(tags: list[tuple[str, ...]]) -> Grouped[Spans]:
    code, offsets, names = coded(tags)
    taken = tags_of_names(names)
    found = spans_of(code, offsets, taken)
    place = np.array([TYPES.index(kind) for kind in taken.types], dtype=np.int64)
    y = place[found.y] if len(place) else found.y
    return Grouped(Spans(found.start, found.end, y, TYPES), found.offsets)


def _keys(labels: Grouped[Spans]) -> np.ndarray:
    """One number for each span: sentence, words and class."""
    units = labels.units
    parts = np.stack([labels.item, units.start, units.end, units.y], 1)
    return np.asarray(parts @ np.array([10**9, 10**5, 10**1, 1]))
