"""What speaks against trusting a training run, in sentences."""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Ints
from reliabel.reporters.shell import several, short
from reliabel.reporters.training_run import PROBE, TrainingRun, class_now, points

FEW_HELD = 100  # held-out rows below which the agreement is uncertain by some ten points
TIMES = 10  # how many times the smallest class the largest one is where rare ones are in danger


def doubts(run: TrainingRun) -> list[str]:
    """What speaks against trusting the run, in sentences."""
    stopped = str(run.info.get("stopped") or "")
    every = map(str, run.info.get("warnings", ()))
    inferred = set() if run.audit is None else set(run.audit.data.source.get("notes", ()))
    told = [line for line in every if line not in inferred and not (stopped and stopped in line)]
    found = [f"The training ended early: {stopped}."] if stopped else []
    found += [*_of_holding(run), *_of_the_probe(run), *_of_classes(run)]
    return [*found, *(line for line in told if line not in found)]


def _of_holding(run: TrainingRun) -> list[str]:
    if not run.epochs or run.chosen:
        return []
    if not run.held:
        return ["No row was held out: the last epoch was kept, whatever it learnt by heart."]
    lines = []
    if run.held < FEW_HELD:
        lines.append(
            f"Only {several(run.held, 'row was', 'rows were')} held out: the epoch that was kept "
            "and the agreement are uncertain; a larger hold_out or several folds tell more."
        )
    if run.epoch == run.epochs > 1 and run.shares and run.trace[-1] > run.trace[-2] + 0.005:
        lines.append(
            "The last epoch was the best and agreement was still rising: more epochs may do better."
        )
    return lines


def _of_the_probe(run: TrainingRun) -> list[str]:
    if run.interval is None or not run.probe > run.interval[1]:
        return []
    return [
        f"It agrees less than {PROBE} ({points(run.probe)}): take that, or other options; a method "
        "that agrees less has no advantage that can be seen here."
    ]


def _of_classes(run: TrainingRun) -> list[str]:
    sizes, lines = run.sizes, []
    there = np.flatnonzero(sizes)
    if len(there) > 1 and sizes.max() >= TIMES * sizes[there].min():
        small, large = there[sizes[there].argmin()], int(sizes.argmax())
        lines.append(
            f"{short(run.names[large], 40)!r} has {sizes[large] / sizes[small]:.0f} times as many "
            f"labels as {short(run.names[small], 40)!r}: methods that trust what is learnt early "
            "may give rare classes up; look at their rows below (balance=1 helps)."
        )
    lost = [c for c in there.tolist() if not _left(run)[c]]
    if lost:
        which = ", ".join(repr(short(run.names[c], 40)) for c in lost[:5])
        more = f" and {len(lost) - 5} more" if len(lost) > 5 else ""
        lines.append(f"No item is left in {which}{more}: the method took all of them for wrong.")
    return lines


def _left(run: TrainingRun) -> Ints:
    """(k,) items of each class after the training's changes."""
    said = None if run.audit is None else run.audit.opinions.get(run.by)
    if run.given is None or said is None or run.relabelled is None:
        return np.maximum(run.sizes, 1)
    y = class_now(run)
    return np.bincount(y[y >= 0], minlength=len(run.names))
