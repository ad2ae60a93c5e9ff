"""Cost, in the suite pictures: scores of boxes and of masks against the peer's on the same arrays,
each in a process of its own.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import numpy as np

from reliabel.bench import peer
from reliabel.bench.child import child
from reliabel.bench.generate import mask_files
from reliabel.bench.learn_sections import Section
from reliabel.bench.run import Row
from reliabel.bench.suite_parts import Scenario

BOXES, QUICK_BOXES = "2000x10x20", "200x10x20"  # pictures, boxes and classes
MASKS, QUICK_MASKS = "100x512x512x8", "10x128x128x8"  # pictures, height, width, classes
REPEATS = 3
TITLE = (
    "**Cost of scoring boxes and masks**, one thread: boxes of pictures x boxes x classes with "
    "twice as many detections, masks of pictures x height x width x classes from a mapped file"
)


def scenarios(*, quick: bool, data: Path | None) -> Mapping[str, Scenario]:
    """Boxes and masks."""
    return {
        "cost-boxes": partial(_boxes, QUICK_BOXES if quick else BOXES),
        "cost-masks": partial(_masks, QUICK_MASKS if quick else MASKS),
    }


def sections(rows: list[Row]) -> Iterator[Section]:
    """One table."""
    lines = [["what", "size", "method", "number", "value"]]
    for row in rows:
        value = f"{row.value:,.4g}" if isinstance(row.value, float) else str(row.value)
        lines.append([row.scenario, row.dataset, row.method, row.metric, value])
    yield TITLE, lines


def _ours(what: str, *words: str) -> dict[str, float]:
    """The median of several runs."""
    command = [sys.executable, "-m", "reliabel.bench.picture_cost", what, *words]
    runs = [child(command) for _ in range(REPEATS)]
    return {name: float(np.median([run[name] for run in runs])) for name in runs[0]}


def _rows(
    scenario: str, size: str, ours: Mapping[str, float], printed: str, why: str | None
) -> list[Row]:
    out = [Row(scenario, size, "", 0, "reliabel", name, value) for name, value in ours.items()]
    if why:
        return [*out, Row(scenario, size, "", 0, "cleanlab", "not run", why)]
    theirs = json.loads(printed)
    out += [Row(scenario, size, "", 0, "cleanlab", name, float(v)) for name, v in theirs.items()]
    share = ours["cpu_s"] / theirs["cpu_s"]
    return [*out, Row(scenario, size, "", 0, "reliabel", "share of the peer's CPU time", share)]


def _boxes(size: str) -> list[Row]:
    ours = _ours("boxes", size)
    printed, why = peer.call("cleanlab_boxes.py", "cost", size, one_thread=True)
    return _rows("cost-boxes", size, ours, printed, why)


def _masks(size: str) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        labels, probs = mask_files(Path(folder), *(int(part) for part in size.split("x")))
        ours = _ours("masks", str(labels), str(probs))
        printed, why = peer.call(
            "cleanlab_masks.py", "cost", labels, probs, one_thread=True, timeout=3600
        )
        return _rows("cost-masks", size, ours, printed, why)
