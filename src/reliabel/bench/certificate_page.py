"""The suite certificate on the page of measured results and in docs/trust.md."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from reliabel.bench.marked_table import fill
from reliabel.bench.run import Row

BEGIN, END = "<!-- certificate {} -->\n", "<!-- /certificate {} -->"
FALSE = {
    "false at the first certificate": "at the first certificate",
    "false when it looks good": "when it looks good",
    "upper end ever too low": "upper end ever too low",
    "ever outside": "truth ever outside",
}
Lines = list[list[str]]


def tables(rows: Sequence[Row]) -> list[tuple[str, list[str], Lines]]:
    """Title, head and lines of each table; those without rows are left out."""
    made = (
        ("Mean reviews to the first certificate (standard error)", *_efficiency(rows)),
        ("Share of reviews that say something false", *_validity(rows)),
        ("IMDB, 25,000 labels, 725 wrong", *_imdb(rows)),
        ("CPU seconds", *_cpu(rows)),
    )
    return [one for one in made if one[2]]


def filled(rows: list[Row], page: str) -> str:
    """docs/trust.md with the tables between its marks made anew."""
    for name, (head, lines) in {
        "efficiency": _efficiency(rows),
        "validity": _validity(rows),
        "imdb": _imdb(rows),
    }.items():
        page = fill([head, *lines], page, BEGIN.format(name), END.format(name))
    return page


def _parts(rows: Sequence[Row], what: str) -> dict[tuple[str, str], list[dict[str, float]]]:
    """Share and kind of P(wrong) -> what each part found."""
    parts: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for row in rows:
        if row.method == what and row.metric != "cpu":
            parts[row.scenario, row.setting][row.metric] = float(row.value)
    found = defaultdict(list)
    for (_, setting), told in parts.items():
        share, _, kind = setting.partition(" wrong, ")
        found[share, kind].append(told)
    return found


def _efficiency(rows: Sequence[Row]) -> tuple[list[str], Lines]:
    found = _parts(rows, "efficiency")
    kinds = list(dict.fromkeys(kind for _, kind in found))
    lines = []
    for share in dict.fromkeys(share for share, _ in found):
        cells = [_mean(found[share, kind]) if (share, kind) in found else "-" for kind in kinds]
        lines.append([share, *cells])
    return ["wrong", *kinds], lines


def _mean(parts: list[dict[str, float]]) -> str:
    """The mean over the reviews of all parts, with its standard error."""
    size = np.array([part["reviews"] for part in parts])
    mean = np.array([part["mean"] for part in parts])
    spread = np.array([part["deviation"] for part in parts])
    whole = float((size * mean).sum() / size.sum())
    square = ((size - 1) * spread**2 + size * (mean - whole) ** 2).sum() / (size.sum() - 1)
    return f"{whole:,.0f} ({np.sqrt(square / size.sum()):.0f})"


def _validity(rows: Sequence[Row]) -> tuple[list[str], Lines]:
    lines = []
    total: dict[str, float] = defaultdict(float)
    worst: dict[str, float] = defaultdict(float)
    for (share, kind), parts in _parts(rows, "validity").items():
        told = {name: sum(part[name] for part in parts) for name in parts[0]}
        lines.append([share, kind, *_shares(told)])
        for name, value in told.items():
            total[name] += value
            worst[name] = max(worst[name], value / told["reviews"])
    if len(lines) > 1:
        lines.append(["**all**", "", *_shares(total)])
        lines.append(["**the largest**", "", "", "", *(_percent(worst[name]) for name in FALSE)])
    return ["wrong", "P(wrong)", "reviews", "certified", *FALSE.values()], lines


def _shares(told: dict[str, float]) -> list[str]:
    reviews = told["reviews"]
    return [
        f"{reviews:,.0f}",
        _percent(told["certified"] / reviews),
        *(_percent(told[name] / reviews) for name in FALSE),
    ]


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _imdb(rows: Sequence[Row]) -> tuple[list[str], Lines]:
    told: dict[str, dict[str, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    for row in rows:
        if row.scenario.startswith("imdb"):
            told[row.setting][row.method][row.metric] = float(row.value)
    lines = [
        [setting, *(_mean([of[method]]) for method in ("the rule", "uniform"))]
        for setting, of in told.items()
    ]
    return ["target", "the rule", "uniform"], lines


def _cpu(rows: Sequence[Row]) -> tuple[list[str], Lines]:
    spent: dict[str, float] = defaultdict(float)
    parts: dict[str, int] = defaultdict(int)
    for row in rows:
        if row.metric == "cpu":
            what = row.scenario.split(" ")[0]
            spent[what] += float(row.value)
            parts[what] += 1
    lines = [[what, f"{parts[what]:,}", f"{seconds:,.0f}"] for what, seconds in spent.items()]
    return ["", "parts", "CPU seconds"], lines
