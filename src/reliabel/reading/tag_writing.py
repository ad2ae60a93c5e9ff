"""The tags of sentences after changes of some of their spans; all other tags as they were."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

Span = tuple[str, int, int]  # class, first word, one after the last
Edit = tuple["Span | None", "Span | None"]  # before, after


def edited_tags(
    tags: Sequence[str], edits: Sequence[Edit], scheme: str, what: str
) -> tuple[str, ...]:
    """The tags of one sentence with spans changed, added (no span before) or taken away (none
    after); a tag changes only where these spans make it another.

    Raises ValueError where spans would share words or leave the sentence (``what`` names it).

    >>> edited_tags(("B-LOC", "O", "I-PER"), [(("LOC", 0, 1), ("ORG", 0, 2))], "IOB2", "sentence")
    ('B-ORG', 'I-ORG', 'I-PER')
    """
    from reliabel.ops.spans import Found, coded, spans_of, tags_of, tags_of_names

    code, offsets, names = coded([tags])
    taken = tags_of_names(names)
    found = spans_of(code, offsets, taken)
    pairs = zip(found.start.tolist(), found.end.tolist(), found.y.tolist(), strict=True)
    was = [(taken.types[y], start, end) for start, end, y in pairs]
    now = list(was)
    for before, after in edits:
        if before is not None:
            if before not in now:
                raise ValueError(f"{what} has no span {_text(before)} any more")
            now.remove(before)
        if after is not None:
            now.append(after)
    now.sort(key=lambda span: span[1:])
    _fit(now, len(tags), what)
    types = sorted({name for name, *_ in (*was, *now)})

    def written(spans: Sequence[Span]) -> list[str]:
        start, end = (np.array([span[part] for span in spans], dtype=np.int64) for part in (1, 2))
        y = np.array([types.index(span[0]) for span in spans], dtype=np.int64)
        made = Found(start, end, y, np.array([0, len(spans)]))
        codes, known = tags_of(made, offsets, types, scheme, taken.joint)
        return [known[one] for one in codes]

    pairs_of = zip(tags, written(was), written(now), strict=True)
    return tuple(new if old != new else tag for tag, old, new in pairs_of)


def _fit(spans: Sequence[Span], words: int, what: str) -> None:
    for one, two in pairwise(spans):
        if two[1] < one[2]:
            raise ValueError(
                f"{what}: the spans {_text(one)} and {_text(two)} share words; a word has one tag, "
                "so take one of them away or give it other words"
            )
    far = next((span for span in spans if span[2] > words), None)
    if far is not None:
        raise ValueError(f"{what} has {words} words, the span {_text(far)} goes beyond them")


def _text(span: Span) -> str:
    return f"{span[0]} {span[1]}:{span[2]}"
