"""Boxes and masks in the cost rows of the suite pictures, in a process of its own: every score of a
given box and of a place without one, or of a region and a picture; prints CPU seconds and extra
memory as JSON.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np

from reliabel.bench.child import measured, measured_anonymous
from reliabel.core.catalogue import find
from reliabel.core.evidence import PixelProbs
from reliabel.core.labels import Grouped
from reliabel.core.objects import Boxes


def boxes(size: str) -> dict[str, float]:
    """Scores of generated boxes: pictures x boxes x classes."""
    from reliabel.bench.generate import boxes as generated

    made = generated(*(int(part) for part in size.split("x")))
    names = tuple(f"class {c}" for c in range(int(size.rsplit("x", 1)[1])))
    labels = Grouped(Boxes(made["xyxy"], made["y"], names), made["offsets"])
    seen = Boxes(made["p_xyxy"], made["p_y"], names, score=made["p_score"])
    predicted = Grouped(seen, made["p_offsets"])
    audit: Any = find("audit", "object_scores").load()
    return measured(lambda: audit(labels, predicted=predicted), made["p_xyxy"].nbytes)


def masks(labels: str, probs: str) -> dict[str, float]:
    """Scores of generated class maps: from maps to regions, and their probabilities from a mapped
    file, and how far the scores from memory differ from those.
    """
    import scipy.sparse.csgraph  # noqa: F401 - the peer's libraries are loaded before too

    from reliabel.bench.mask_worlds import as_regions

    y, p = np.load(labels), np.load(probs, mmap_mode="r")
    names = tuple(f"class {c}" for c in range(p.shape[1]))
    audit: Any = find("audit", "pixel_confident_learning").load()
    found = []

    def call() -> None:
        found.append(audit(as_regions(y, names), pixel_probs=PixelProbs(p, names)))

    told = measured_anonymous(call, p.nbytes)
    again = audit(as_regions(y, names), pixel_probs=PixelProbs(np.load(probs), names))
    apart = np.abs(np.nan_to_num(found[0].score) - np.nan_to_num(again.score)).max(initial=0)
    return {**told, "disk and memory differ by": float(apart)}


if __name__ == "__main__":
    what, *files = sys.argv[1:]
    sys.stdout.write(json.dumps(boxes(*files) if what == "boxes" else masks(*files)))
