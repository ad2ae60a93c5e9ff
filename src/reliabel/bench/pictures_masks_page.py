"""The sections of docs/bench.md on masks, from their rows alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np

from reliabel.bench.learn_page import Lines
from reliabel.bench.run import Row

INTERVAL = ("value", "low", "high")
SHAPES = ("eroded", "dilated", "shifted", "approximated", "jittered", "polygon", "resized")
KINDS = (
    *("all", "wrong class", "missing", "shifted", "merged", "approximated", "polygon"),
    *("jittered", "eroded", "dilated"),
)
_ANY_SHAPE = (*SHAPES, "merged", "missing")
SAYS: Mapping[str, tuple[str, ...]] = {  # the word of a finding -> the kinds of error it means
    "wrong class": (
        "wrong class",
        "missing",
    ),  # a region that is no object is of the class behind it
    "no object": (*_ANY_SHAPE,),
    "missing": ("missing", *SHAPES),
    "wrong part": ("wrong class", *_ANY_SHAPE),  # a part that looks like another class
    "speck": _ANY_SHAPE,  # what an unsteady hand leaves
    **dict.fromkeys(("outline", "boundary", "extent"), _ANY_SHAPE),
}
LOOKED_AT = {"jittered": ("speck",)}  # kind -> the words that are looked through for it, else all
KINDS_TITLE = (
    "**Masks: where class maps are wrong.** Errors of nine kinds planted in a tenth of the objects "
    "of generated scenes (2,000 pictures of 96 x 128, eight classes); average precision of regions "
    "for the errors of each kind (those that change 20 pixels or more), and of pictures with an "
    "error; a finding is right where most of its pixels are wrong.  The peer's regions are the "
    "connected parts of its pixel issues.  Looked through for a kind are the regions whose finding "
    "may mean it; for jittered outlines the specks, which such outlines leave.  Of as many regions "
    "as errors are planted, the share of each kind found, and of those the share named rightly.  "
    "The seed that no rule was chosen on"
)
COUNTS_TITLE = "**Masks: how many regions are wrong**, before any review"
CLEAN_TITLE = (
    "**Masks without an error** (2,000 class maps, the same segmenter): how many regions are told, "
    "all of them wrongly"
)
COCO_TITLE = (
    "**Masks of objects with the errors of COCO-N**: what was planted in truth, and average "
    "precision against objects without an error"
)
COARSE_TITLE = "**Coarse class maps relabelled**: mean IoU of the objects' classes with the truth"
FRAMES_TITLE = (
    "**Frames of videos**: 15 videos of 20 frames, an object of one frame in twenty has another "
    "class, another place or is missing"
)
CHOSEN = 0  # the seed that rules were chosen on


def kinds(rows: list[Row]) -> Lines:
    """A line for each method."""
    metrics = [*(f"AP {kind}" for kind in KINDS), "AP pictures"]
    held: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in _judged(rows):
        mine = row.method not in ("planted", "count") and row.metric != "not run"
        if mine and row.setting in ("segmenter", "no predictions"):
            held[row.setting, row.method][row.metric].append(float(row.value))
    out = [["probabilities", "method", *KINDS, "pictures", "found / named"]]
    for (setting, method), of in held.items():
        told = "; ".join(
            f"{kind} {_mean(of[f'found {kind}'])} / {_mean(of.get(f'named {kind}', []))}"
            for kind in KINDS
            if of.get(f"found {kind}")
        )
        out.append([setting, method, *(_mean(of.get(metric, [])) for metric in metrics), told])
    return out


def counts(rows: list[Row]) -> Lines:
    """A line for each draw."""
    by: dict[str, dict[tuple[str, str], Row]] = defaultdict(dict)
    for row in rows:
        if (row.method, row.metric) in (("planted", "errors"), ("count", "count")):
            by[row.scenario][row.method, row.metric] = row
    out = [["scenario", "planted", "count", "interval", "it covers"]]
    for scenario, of in by.items():
        planted = float(of["planted", "errors"].value)
        count = of.get(("count", "count"))
        line = [scenario.removeprefix("masks-"), f"{planted:,.0f}"]
        if count is None:
            out.append([*line, "not told", "", ""])
            continue
        low, high = float(count.low), float(count.high)
        held = "yes" if low <= planted <= high else "no"
        out.append([*line, f"{float(count.value):,.0f}", f"{low:,.0f}-{high:,.0f}", held])
    return out


def clean(rows: list[Row]) -> Lines:
    """A line for each draw."""
    held: dict[int, dict[tuple[str, str], float]] = defaultdict(dict)
    for row in rows:
        if row.setting == "nothing planted":
            held[row.seed][row.method, row.metric] = float(row.value)
    words = sorted({kind for of in held.values() for method, kind in of if method == "flagged"})
    names = [("given", "regions"), ("parts", "rows"), *(("flagged", kind) for kind in words)]
    names.append(("P(wrong)", "above .5"))
    out = [["seed", *(" ".join(name) for name in names)]]
    out += [[str(seed), *(f"{of.get(n, 0):,.0f}" for n in names)] for seed, of in held.items()]
    return out


def coco(rows: list[Row]) -> Lines:
    """A line for each level and method."""
    names = ("wrong", "another class", "overlap", "displacement")
    held: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in _judged(rows):
        if row.scenario.startswith("masks-coco-n"):
            held[row.setting, row.method][row.metric].append(float(row.value))
    out = [["level", "method", *(f"realised {name}" for name in names), "wrong class", "outline"]]
    for (level, method), of in held.items():
        metrics = (*names, "AP wrong class", "AP outline")
        out.append([level, method, *(_mean(of.get(metric, [])) for metric in metrics)])
    return out


def coarse(rows: list[Row]) -> Lines:
    """A line for each method."""
    return [["method", "mean IoU"], *_plain(rows, "coarse")]


def frames(rows: list[Row]) -> Lines:
    """A line for each method and number."""
    return [["method", "AUROC of frames", "AUROC of regions"], *_two(rows)]


def _two(rows: list[Row]) -> Lines:
    held: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row.setting == "frames" and row.metric.startswith("AUROC"):
            held[row.method][row.metric].append(float(row.value))
    names = ("AUROC frames", "AUROC regions")
    return [[method, *(_mean(of.get(name, [])) for name in names)] for method, of in held.items()]


def _plain(rows: list[Row], setting: str) -> Lines:
    held: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        if row.setting == setting:
            held[row.method].append(float(row.value))
    return [[method, _mean(values)] for method, values in held.items()]


def _judged(rows: list[Row]) -> list[Row]:
    """The rows of seeds that no rule was chosen on; all of them where there are no others."""
    return [row for row in rows if row.seed != CHOSEN] or rows


def _mean(values: list[float]) -> str:
    return f"{np.mean(values):.3f}" if values else ""
