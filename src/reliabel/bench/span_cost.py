"""Tagged text in the cost rows of the suite labels, in a process of its own: spans of tags and
their scores for so many words; prints CPU seconds and the memory that a call holds as JSON.
"""

from __future__ import annotations

import json
import sys

import numpy as np

from reliabel.bench.child import measured, traced
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

    told = measured(call, probs.nbytes)
    # the process's peak was reached when the words were made, so that it hides what a call holds
    sys.stdout.write(json.dumps(told | {"extra_mib": traced(call)}))


if __name__ == "__main__":
    main(int(float(sys.argv[1])))
