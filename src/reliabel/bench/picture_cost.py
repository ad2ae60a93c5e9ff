"""Boxes in the cost rows of the suite pictures, in a process of its own: every score of a
given box and of a place without one; prints CPU seconds and extra memory as JSON.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np

from reliabel.bench.child import measured
from reliabel.core.catalogue import find
from reliabel.core.labels import Grouped
from reliabel.core.objects import Boxes

BOX_AUDITORS = ("overlooked_boxes", "badly_placed_boxes", "swapped_boxes")


def boxes(size: str) -> dict[str, float]:
    """Scores of generated boxes: pictures x boxes x classes."""
    from reliabel.bench.generate import boxes as generated

    made = generated(*(int(part) for part in size.split("x")))
    names = tuple(f"class {c}" for c in range(int(size.rsplit("x", 1)[1])))
    labels = Grouped(Boxes(made["xyxy"], made["y"], names), made["offsets"])
    seen = Boxes(made["p_xyxy"], made["p_y"], names, score=made["p_score"])
    predicted = Grouped(seen, made["p_offsets"])
    sizes = np.tile([480, 640], (len(labels), 1))
    audits: list[Any] = [find("audit", name).load() for name in BOX_AUDITORS]

    def call() -> None:
        for audit in audits:
            audit(labels, predicted=predicted, sizes=sizes)

    return measured(call, made["p_xyxy"].nbytes)


if __name__ == "__main__":
    sys.stdout.write(json.dumps({"boxes": boxes}[sys.argv[1]](*sys.argv[2:])))
