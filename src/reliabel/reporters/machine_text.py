"""How many labels of a machine may be accepted, in sentences and as a picture."""

from __future__ import annotations

import shlex
from pathlib import Path

import numpy as np

from reliabel.core.labels import Floats
from reliabel.reporters.shapes import Chart, Mark
from reliabel.reporters.shell import percent, several
from reliabel.trust.machine_labels import Level, MachineCertificate

WIDTH, HIGH, LEFT, RIGHT, TOP = 448.0, 180.0, 54.0, 24.0, 10.0
TALLEST = 4.0  # risks that the picture shows
HOLDS = "It holds although you looked while reviewing."


def sentences(done: MachineCertificate, folder: str | Path) -> list[str]:
    """What may be said, what it does not include, and what to do next."""
    found = done.found
    best = found.levels[found.best] if found.best >= 0 else None
    lines = [_none(done) if best is None else _some(done, best)]
    lines.append("Wrong means: your reviewers would change it.")
    lines += _of_reviewers(done, best)
    lines += list(done.notes)
    return [*lines, *_next(done, folder)]


def _some(done: MachineCertificate, best: Level) -> str:
    share, most = percent(best.items / done.labels), percent(best.high / best.items)
    return (
        f"You may accept {best.items:,} of {done.labels:,} labels ({share}), those with "
        f"{done.column} {best.threshold:g} or more: with {percent(done.level)} confidence at most "
        f"{best.high:,} of them ({most}; risk {percent(done.found.risk)}) are wrong, and "
        f"{best.wrong:,} of these were found among {best.looked:,} reviewed. {HOLDS}"
    )


def _none(done: MachineCertificate) -> str:
    first = done.found.levels[0]
    so_far = (
        f"of {several(first.drawn, 'label')} drawn from the surest {first.items:,}, "
        f"{first.wrong_drawn:,} {'is' if first.wrong_drawn == 1 else 'are'} wrong"
        if first.drawn
        else f"no label was drawn yet from the surest {first.items:,}"
    )
    most = percent(first.high / first.items)
    return (
        f"None of the {done.labels:,} labels may be accepted at a risk of "
        f"{percent(done.found.risk)} yet: {so_far}, so that at most {most} of them are wrong with "
        f"{percent(done.level)} confidence."
    )


def _of_reviewers(done: MachineCertificate, best: Level | None) -> list[str]:
    if done.missed is None:
        more = " One person judged all of it." if done.people == 1 and done.looked else ""
        return [f"Reviewers' own errors are not included.{more}"]
    if best is None or done.high_with_missed is None:
        return []
    share = done.high_with_missed / best.items
    line = (
        f"Counting labels that reviewers miss (at most {percent(done.missed)}, from "
        f"{done.second_looks:,} second looks): at most {percent(share)}."
    )
    if share > done.found.risk:
        line += (
            " That is above the risk: their errors make the question moot until they look twice."
        )
    return [line]


def _next(done: MachineCertificate, folder: str | Path) -> list[str]:
    place = shlex.quote(str(folder))
    batch = done.batch
    if batch is not None and batch.get("out"):
        why = (
            f"{batch['labels']:,} labels with {done.column} {batch['threshold']:g} or more are in "
            f"{batch['out']}: fill in verdict and label, then"
        )
        return [why, f"  reliabel decide {place} {shlex.quote(str(batch['out']))}"]
    if done.found.then is None:
        return []
    level = done.found.levels[done.found.then]
    command = (
        f"  reliabel certify {place} --machine {shlex.quote(done.column)} --risk "
        f"{done.found.risk:g} --n 50 -o batch.csv"
    )
    seen = ""
    if level.drawn >= 30 and level.wrong_drawn > done.found.risk * level.drawn:
        seen = (
            f" (of {level.drawn:,} drawn there {level.wrong_drawn:,} are wrong, more than the "
            "risk: hardly worth it)"
        )
    return [f"To accept more, review labels drawn from the surest {level.items:,}{seen}:", command]


def risk_chart(done: MachineCertificate) -> Chart:
    """Risk against the share accepted: what was seen, and the bound at each threshold."""
    risk = done.found.risk
    levels = [one for one in done.found.levels if one.drawn] or [done.found.levels[0]]
    share = np.array([one.items for one in levels]) / done.labels
    bound = np.array([one.high / one.items for one in levels])
    seen = np.array([one.wrong_drawn / one.drawn if one.drawn else np.nan for one in levels])
    tall = TALLEST * risk

    def at(x: Floats, y: Floats) -> tuple[float, ...]:
        right = LEFT + (WIDTH - LEFT - RIGHT) * x
        down = TOP + HIGH * (1 - np.minimum(y / tall, 1))
        return tuple(np.stack([right, down], axis=1).ravel().tolist())

    marks = []
    for value in (0.0, risk, 2 * risk, tall):
        y = at(np.zeros(1), np.array([value]))[1]
        marks += [
            Mark("line", (LEFT, y, WIDTH - RIGHT, y), "line"),
            Mark("text", (LEFT - 8, y + 4), "quiet", text=percent(value), anchor="end"),
        ]
    y = at(np.zeros(1), np.array([risk]))[1]
    if done.found.best >= 0:
        part = done.found.accepted / done.labels
        x = at(np.array([part]), np.zeros(1))[0]
        told = f"accepted: {percent(part)}"
        marks += [
            Mark("rect", (LEFT, y, x - LEFT, TOP + HIGH - y), "accent", 0.14, told),
            Mark("text", (LEFT + 6, TOP + HIGH - 6), "accent", text=told, bold=True),
        ]
    marks.append(Mark("line", (LEFT, y, WIDTH - RIGHT, y), "suggest", dash=True))
    marks.append(Mark("text", (WIDTH - RIGHT, y - 5), "suggest", text="risk", anchor="end"))
    if len(levels) > 1:
        marks.append(Mark("line", at(share, bound), "accent", bold=True))
    for one, x, up in zip(levels, share.tolist(), bound.tolist(), strict=True):
        told = (
            f"{percent(x)} with {one.threshold:g} or more: at most {percent(up)} wrong, "
            f"{one.wrong_drawn:,} of {one.drawn:,} drawn"
        )
        marks.append(Mark("dot", (*at(np.array([x]), np.array([up])), 3), "accent", text=told))
    known = np.isfinite(seen)
    for x, y_seen in zip(share[known].tolist(), seen[known].tolist(), strict=True):
        marks.append(Mark("dot", (*at(np.array([x]), np.array([y_seen])), 3), "quiet", 0.6, "seen"))
    middle = (LEFT + WIDTH - RIGHT) / 2
    marks += [
        Mark("text", (LEFT, TOP + HIGH + 16), "quiet", text="0 %"),
        Mark("text", (WIDTH - RIGHT, TOP + HIGH + 16), "quiet", text="100 %", anchor="end"),
        Mark("text", (middle, TOP + HIGH + 16), "quiet", text="labels accepted", anchor="middle"),
        Mark(
            "text",
            (middle, TOP + HIGH + 34),
            "quiet",
            text="line: at most so many are wrong; grey: wrong among those drawn",
            anchor="middle",
        ),
    ]
    best = done.found.levels[done.found.best].items if done.found.best >= 0 else 0
    says = (
        f"Risk against share accepted: {several(best, 'label')} of {done.labels:,} may be accepted"
    )
    return Chart(WIDTH, TOP + HIGH + 40, tuple(marks), says)
