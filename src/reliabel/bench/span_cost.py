"""Tagged text in the cost rows of the suite labels, in a process of its own: spans of tags and
their scores for so many words; prints CPU seconds and extra memory as JSON.
"""

from __future__ import annotations

import json
import sys

import numpy as np

from reliabel.bench.child import measured
from reliabel.bench.generate import tagged
from reliabel.core.evidence import TokenProbs
from reliabel.core.labels import Grouped, Spans

TYPES = ("LOC", "MISC", "ORG", "PER")
NAMES = ("O", *(f"{letter}-{name}" for name in TYPES for letter in "BI"))


def main(words: int) -> None:
    """Measure and print."""
    from reliabel.auditors import span_scores
    from reliabel.ops.spans import spans_of, tags_of_names

    offsets, tags, probs = tagged(words)
    evidence = TokenProbs(probs, offsets, NAMES)
    code = np.asarray(tags, dtype=np.int32)

    def call() -> None:
        found = spans_of(code, offsets, tags_of_names(NAMES))
        spans = Spans(found.start, found.end, found.y, TYPES)
        span_scores.audit(Grouped(spans, found.offsets), token_probs=evidence)

    sys.stdout.write(json.dumps(measured(call, probs.nbytes)))


if __name__ == "__main__":
    main(int(float(sys.argv[1])))
