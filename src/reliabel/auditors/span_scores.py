"""Span scores: a span is suspect where a tagger sees another type, another boundary or no span, and
a place without one where it sees a span.

What it sees there says what is wrong: the type, the boundary, both, nothing there (spurious), or a
span where none is given (missing).  The chance of a span is that of the least likely of its marks:
a start, the inside of each word, an end.  Assumes a tagger that did not train on the sentence.
Weak on spans that are rare and right, which a tagger cannot know, and where a scheme of the labels
is unlike that of the tagger.
Cost: O(words x classes), memory the same and the likely spans.
Paper: Reiss, Xu, Cutler, Muthuraman, Eichenberger. Identifying incorrect labels in the CoNLL-2003
corpus. CoNLL 2020 (kinds of errors); Wang, Mueller. Detecting label errors in token classification
data. arXiv:2210.03920 (the least likely token).
"""

from __future__ import annotations

import numpy as np

from reliabel.core.evidence import TokenProbs
from reliabel.core.labels import Floats, Grouped, Spans
from reliabel.core.reasons import percent
from reliabel.core.results import Suspicion
from reliabel.ops.span_alternatives import KINDS, Alternatives, alternatives

STATUS = "default"
EVEN = 1e-3  # added to both chances, so that their ratio is not one of two numbers near nothing


def audit(labels: Grouped[Spans], *, token_probs: TokenProbs) -> Suspicion:
    """Score = the chance of the likeliest alternative, divided by that and the chance of what is
    given; suggestion = the alternative (no class where it is no span).

    Where no span is given (class -1) the alternative is a span of the likeliest class; one that
    shares words with a given span has no score, because it is what that span may be mended to.
    Flag = the alternative is likelier than what is given, and at least as likely as given spans of
    its class are on average.

    >>> p = [[0.1, 0.8, 0.1], [0.3, 0.1, 0.6], [0.1, 0.9, 0.0]]
    >>> probs = TokenProbs(p, [0, 3], ["O", "B-LOC", "I-LOC"])
    >>> found = audit(Grouped(Spans([0, 2], [1, 3], [0, -1], ["LOC"]), [0, 2]), token_probs=probs)
    >>> found.score.round(2).tolist(), list(found.kind)
    ([0.6, 0.9], ['boundary', 'missing'])
    """
    units = labels.units
    found = alternatives(units, labels.item, token_probs)
    given = units.y >= 0
    score = (found.best + EVEN) / (found.best + found.own + 2 * EVEN)
    score[~given & ~found.free] = np.nan
    flag = (score > 0.5) & (found.best >= _usual(units, found.own)[found.mend.y])
    told = np.where(np.isnan(score), "", np.array(KINDS)[found.kind])
    why = [""] * len(score)
    for row in np.flatnonzero(flag).tolist():
        why[row] = _sentence(units, found, row)
    mend = Grouped(found.mend, labels.offsets)
    return Suspicion(score, flag, mend, told.tolist(), {"why": why})


def _sentence(units: Spans, found: Alternatives, row: int) -> str:
    """What the tagger sees in the place of a unit."""
    names = (*units.names, "no span")  # place -1 is the last
    given, other = names[int(units.y[row])], names[int(found.mend.y[row])]
    start, end = int(found.mend.start[row]), int(found.mend.end[row])
    moved = (start, end) != (int(units.start[row]), int(units.end[row]))
    place = f" on the words {start}:{end}" if moved else ""
    own, best = percent(found.own[row]), percent(found.best[row])
    return f"the tagger gives {given!r} {own} and {other!r}{place} {best}"


def _usual(units: Spans, own: Floats) -> Floats:
    """(k + 1,) the mean chance of the given spans of each class; last, for no span, that of all."""
    given = np.flatnonzero((units.y >= 0) & np.isfinite(own))
    y, mean = units.y[given], float(own[given].mean()) if len(given) else 0.5
    count = np.bincount(y, minlength=units.k)
    total = np.bincount(y, own[given], minlength=units.k)
    return np.append(np.where(count > 0, total / np.maximum(count, 1), mean), mean)
