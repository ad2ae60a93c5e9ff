"""What the draws of the suite trust come to: one number a promise, with how many draws it rests
on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import partial

import numpy as np

from reliabel.bench.run import Row
from reliabel.bench.trust_cells import unpacked

Draw = dict[tuple[str, str], Row]  # (method, metric) -> row


def summary(rows: list[Row]) -> dict[str, tuple[float, int]]:
    """Promise -> (value, draws); "plain" draws are identified, with up to 15 % wrong and 1,000
    rows, and not weak.
    """
    every = draws_of(rows)
    dirty = [draw for draw in every if number(draw, "truth", "share") > 0]
    told = counted(every)
    middle = [
        draw
        for draw in dirty
        if 0.02 <= number(draw, "truth", "share") <= 0.2
        and " rows" not in setting(draw)
        and _people(draw)
    ]
    plain = [
        draw
        for draw in told
        if number(draw, "truth", "share") <= 0.15 and not number(draw, "p_wrong", "weak")
    ]
    hidden = [draw for draw in every if not _people(draw)]
    large = [draw for draw in middle if number(draw, "truth", "rows") >= 5000]
    sets = defaultdict(list)
    for draw in told:
        sets[next(iter(draw.values())).dataset].append(draw)
    reviews = {
        m: [draw for draw in every if (f"review of {m}", "covered") in draw]
        for m in (100, 200, 400)
    }
    out = {
        "identified where 2-20 % are wrong": _mean(
            middle, lambda d: number(d, "p_wrong", "identified")
        ),
        "the same, 5,000 rows or more": _mean(large, lambda d: number(d, "p_wrong", "identified")),
        "not identified where nothing can be told (clean, shuffled, rules, few voters)": _mean(
            hidden, lambda d: 1 - number(d, "p_wrong", "identified")
        ),
        "average precision at least the hindsight-best single's - .01": _mean(
            told, lambda d: float(_gain(d) >= -0.01)
        ),
        "average precision above the best fixed single": _above([told]),
        "the same, every data set counted alike": _above(list(sets.values())),
        "ECE at most .05 on plain draws": _mean(
            plain, lambda d: float(number(d, "p_wrong", "calibration_error") <= 0.05)
        ),
        "interval covers": _mean(told, lambda d: number(d, "count", "covered")),
        "median ratio high / low": _median(told, lambda d: number(d, "count", "ratio")),
        "points of the curve within the band": _mean(
            told, lambda d: number(d, "curve", "within_band")
        ),
        "Brier skill above 0": _mean(
            told, lambda d: float(number(d, "p_wrong", "brier_skill") > 0)
        ),
    }
    for m, of in reviews.items():
        cover = [number(draw, f"review of {m}", "covered") for draw in of]
        out[f"coverage after {m} verdicts, mean"] = (
            float(np.mean(cover)) if cover else np.nan,
            len(of),
        )
        out[f"coverage after {m} verdicts, worst"] = (min(cover, default=np.nan), len(of))
        out[f"width / count after {m} verdicts, median"] = _median(
            of, partial(number, method=f"review of {m}", metric="width")
        )
    for promised in ("0.8", "0.9", "0.95"):
        some = [draw for draw in told if number(draw, f"auto {promised}", "changed") >= 20]
        out[f"right among the changes of --auto {promised}, mean"] = _mean(
            some, partial(number, method=f"auto {promised}", metric="right")
        )
    return out


def draws_of(rows: list[Row]) -> list[Draw]:
    """The rows of each draw of a world, by method and metric."""
    draws: dict[str, Draw] = defaultdict(dict)
    for row in rows:
        draws[row.scenario][row.method, row.metric] = row
    return [draw for draw in draws.values() if ("truth", "share") in draw]


def counted(draws: list[Draw]) -> list[Draw]:
    """The draws with wrong labels that get a count."""
    return [
        draw
        for draw in draws
        if number(draw, "truth", "share") > 0
        and number(draw, "p_wrong", "identified") == 1
        and "shuffled" not in setting(draw)
    ]


def number(draw: Draw, method: str, metric: str) -> float:
    """A value of a draw, NaN where there is none."""
    row = draw.get((method, metric))
    return float(row.value) if row is not None and row.value != "" else float("nan")


def setting(draw: Draw) -> str:
    """Where the labels come from, how many are wrong, and the strength of the evidence."""
    return next(iter(draw.values())).setting


def strength(draw: Draw) -> str:
    """ "weak" or "strong" evidence, "" where a set has one kind alone."""
    last = setting(draw).split()[-1]
    return last if last in ("weak", "strong") else ""


def off(draw: Draw) -> float:
    """By which factor the count is off, 1 or more."""
    ratio = number(draw, "p_wrong", "pi") / number(draw, "truth", "share")
    return max(ratio, 1 / ratio)


def _people(draw: Draw) -> bool:
    """Whether the errors are such that a count can be promised: not clean, shuffled, made by rules,
    or one vote of few people.
    """
    return setting(draw).split()[0] not in ("clean", "shuffled", "majority", "one_vote")


def _gain(draw: Draw) -> float:
    return number(draw, "p_wrong", "average_precision") - number(
        draw, "best single", "average_precision"
    )


def _above(groups: list[list[Draw]]) -> tuple[float, int]:
    """Mean average precision of P(wrong) less that of the single auditor that is best over all
    draws; groups count alike.
    """
    score: dict[str, list[list[float]]] = defaultdict(list)
    for group in groups:
        mine: dict[str, list[float]] = defaultdict(list)
        for draw in group:
            for (method, metric), row in draw.items():
                if metric == "average_precision" and method == "singles":
                    for name, (value,) in unpacked(row.value).items():
                        mine[name].append(value)
                if metric == "average_precision" and method == "p_wrong":
                    mine[method].append(float(row.value))
        for method, values in mine.items():
            score[method].append(values)
    mean = {
        method: float(np.mean([np.mean(values) for values in of])) for method, of in score.items()
    }
    best = max(
        (value for method, value in mean.items() if method != "p_wrong"), default=float("nan")
    )
    return mean.get("p_wrong", float("nan")) - best, sum(map(len, groups))


def _values(draws: list[Draw], value: Callable[[Draw], float]) -> list[float]:
    return [v for v in map(value, draws) if np.isfinite(v)]


def _mean(draws: list[Draw], value: Callable[[Draw], float]) -> tuple[float, int]:
    values = _values(draws, value)
    return float(np.mean(values)) if values else float("nan"), len(values)


def _median(draws: list[Draw], value: Callable[[Draw], float]) -> tuple[float, int]:
    values = _values(draws, value)
    return float(np.median(values)) if values else float("nan"), len(values)
