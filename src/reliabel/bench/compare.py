"""What got worse between two runs of a suite, beyond each metric's tolerance; quality and cost
stand apart.
"""

from __future__ import annotations

from pathlib import Path

from reliabel.bench.run import Row, Table

TOLERANCE = {
    "auroc": 0.005,
    "average_precision": 0.01,
    "precision": 0.02,
    "accuracy": 0.005,
    "nll": 0.02,
    "ece": 0.01,
    "coverage": 0.02,
}
LOWER_IS_BETTER = frozenset({"nll", "ece", "brier", "mae", "rmse", "cpu_s", "extra_mib"})
COST_RATIO = 1.25  # CPU time on shared cores is good to about so much


def compare(base: str | Path, head: str | Path) -> str:
    """A text table of the rows that got worse, or one line saying that none did.  Rows are matched
    by everything but their values.
    """
    old, new = (_keyed(Table(Path(path)).rows) for path in (base, head))
    quality, cost = [], []
    for key in sorted(old.keys() & new.keys()):
        before, after = old[key], new[key]
        if not isinstance(before.value, float) or not isinstance(after.value, float):
            continue
        line = f"{' '.join(str(part) for part in key):<90} {before.value:.4g} -> {after.value:.4g}"
        if key[-1] in ("cpu_s", "extra_mib"):
            if after.value > before.value * COST_RATIO:
                cost.append(line)
        elif (after.value - before.value) * (
            1 if key[-1] in LOWER_IS_BETTER else -1
        ) > TOLERANCE.get(key[-1], 0.01):
            quality.append(line)
    gone = sorted(old.keys() - new.keys())
    parts = [
        f"{title}\n" + "\n".join(lines)
        for title, lines in (("Worse in quality:", quality), ("Worse in cost:", cost))
        if lines
    ]
    parts += (
        [
            f"{len(gone)} rows of {base} are missing in {head}, the first: "
            f"{' '.join(map(str, gone[0]))}"
        ]
        if gone
        else []
    )
    return "\n".join(parts) or f"nothing got worse in {len(old.keys() & new.keys())} rows"


def _keyed(rows: list[Row]) -> dict[tuple[str, ...], Row]:
    return {
        (row.scenario, row.dataset, row.setting, str(row.seed), row.method, row.metric): row
        for row in rows
    }
