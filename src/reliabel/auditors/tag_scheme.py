"""Tag scheme: words whose tag breaks the scheme that the file follows.

Reads the tags as the file has them: a span that starts with I-, one that goes on with another
type, one that does not end, letters of another scheme.  The scheme is the one of IOB2, IOB1, IOBES,
BILOU and BMES that the tags break least often.  Needs no model and no words.  A fault is certain;
what was meant is not.
Cost: O(words) for each scheme, memory O(words).
Paper: Ramshaw, Marcus. Text chunking using transformation-based learning. VLC 1995 (the schemes).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from reliabel.core.labels import Grouped, Ints, Spans
from reliabel.core.results import Faults
from reliabel.ops.spans import (
    BEGIN,
    END,
    INSIDE,
    OUTSIDE,
    SCHEMES,
    UNKNOWN,
    Tags,
    coded,
    invalid_transitions,
    scheme_of,
    tags_of_names,
)

STATUS = "default"
FINDS = "scheme fault"


def audit(labels: Grouped[Spans], *, tags: Any) -> Faults:
    """One fault a word whose tag is not allowed where it stands; score 1.

    kind: "starts inside" (I- or E- where no span is open), "changes type" (the same after a span of
    another type), "not ended" (a span that its scheme wants ended, before this word or at the end
    of the sentence), "needless B" (of IOB1, where B- only parts two spans), "other scheme" (a
    letter that the scheme does not have), "no tag".  where: the word, its tag and the tag before
    it.  info: the scheme, and how many words break it.

    >>> none = Grouped(Spans([], [], [], ["LOC", "PER"]), [0, 0, 0, 0])
    >>> tags = [("O", "I-LOC"), ("B-PER", "I-LOC", "O"), ("B-LOC", "O", "B-PER")]
    >>> found = audit(none, tags=tags)
    >>> found.items, found.kind, found.where[1]["word"]
    ([(0,), (1,)], ['starts inside', 'changes type'], 1)
    """
    code, offsets, names = coded(tags)
    parts = tags_of_names(names)
    scheme, broken = scheme_of(code, offsets, parts)
    at = np.flatnonzero(invalid_transitions(code, offsets, parts, scheme))
    item = np.searchsorted(offsets, at, side="right") - 1
    word = at - offsets[item]
    before = np.where(word > 0, code[np.maximum(at - 1, 0)], -1)
    kinds = _kinds(code[at], before, parts, scheme)
    told = zip(item.tolist(), word.tolist(), code[at].tolist(), before.tolist(), kinds, strict=True)
    why, where = [], list[Mapping[str, Any]]()
    for _, w, tag, last, kind in told:  # faults, not words
        previous = names[last] if last >= 0 else None
        where.append({"word": w, "tag": names[tag], "before": previous})
        follows = f"after {previous}" if previous is not None else "at the start of the sentence"
        why.append(f"word {w} is tagged {names[tag]} {follows}, which {scheme} forbids ({kind})")
    info = {"scheme": scheme, "broken": broken, "words": len(code)}
    return Faults([(i,) for i in item.tolist()], kinds, np.ones(len(at)), why, where, info=info)


def _kinds(tag: Ints, before: Ints, parts: Tags, scheme: str) -> list[str]:
    role, sort = parts.role[tag], parts.kind[tag]
    last = np.where(before >= 0, parts.role[before], OUTSIDE)
    was = np.where(before >= 0, parts.kind[before], -1)
    inside, opened = np.isin(role, (INSIDE, END)), np.isin(last, (BEGIN, INSIDE))
    letter = np.array([name[:1] for name in parts.names])[tag]
    foreign = ~np.isin(letter, list(SCHEMES[scheme])) & (role != OUTSIDE)
    kinds = {
        "no tag": role == UNKNOWN,
        "other scheme": foreign,
        "needless B": np.full(len(tag), scheme == "IOB1"),
        "changes type": inside & opened & (was != sort),
        "starts inside": inside & ~opened,
    }
    return list(np.select(list(kinds.values()), list(kinds), "not ended").tolist())
