"""Suite learn-claims: what each learner claims, in the setting it was made for, against a baseline
that is given the same.

Claims about accuracy, long tails and labels kept are read from the rows of the suite learn
(learn.csv beside the table); those that ask for a trusted set, votes, privileged features or a
second modality are run here.  Each claim is a paired difference over its draws with a bootstrap
interval; it holds where the interval lies above 0, fails where it lies below, and is open between,
and below three draws.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from reliabel.bench.learn_claim_draws import draws
from reliabel.bench.learn_claim_table import Claim, claims
from reliabel.bench.learn_statistics import by_method, interval
from reliabel.bench.run import Row, Table
from reliabel.core.run import track

LEAST = 3  # draws that a verdict rests on
VERDICT = "verdict"  # scenario of the rows that say whether a claim holds
Pairs = list[tuple[float, float]]  # the method's and the baseline's value in each draw


def run(table: Table, *, quick: bool, data: Path | None) -> None:
    """Write the rows of every draw that is not there yet, then the verdicts of all claims anew."""
    if data is None:
        raise ValueError(
            "the suite learn-claims needs real data: set RELIABEL_DATA to the folder that holds "
            "text, crowd and cifar10n"
        )
    cache = table.path.parent / "features"
    done = {row.scenario for row in table.rows}
    for draw in track("claims", draws(quick)):
        if draw.scenario not in done:
            table.add(draw.rows(data, cache))
    cells = Table(table.path.with_name(table.path.name.replace("learn_claims", "learn", 1))).rows
    judge(table, cells)


def judge(table: Table, cells: list[Row]) -> None:
    """Write the table with the verdicts that its draws and the rows of the suite learn give."""
    kept = [row for row in table.rows if row.scenario != VERDICT]
    part = Table(table.path.with_name(f".{table.path.name}.part"))
    part.path.unlink(missing_ok=True)
    part.rows = []
    part.add([*kept, *verdicts(kept, cells)])
    os.replace(part.path, table.path)
    table.rows = part.rows


def verdicts(drawn: list[Row], cells: list[Row]) -> list[Row]:
    """Rows "difference" (mean, with its interval) and "holds" (yes, no or open) of each claim that
    has draws, and its draws' number.
    """
    own = pairs_of(drawn)
    out = []
    for claim in claims():
        pairs = own.get(claim.draws, []) if claim.draws else from_cells(claim, cells)
        if not pairs:
            continue
        gap = np.array([one - other for one, other in pairs])
        gap = gap if claim.more else -gap
        low, high = interval(gap)
        told = len(pairs) >= LEAST
        holds = "yes" if told and low > 0 else "no" if told and high < 0 else "open"
        said: dict[str, float | str] = {
            "method": float(np.mean([one for one, _ in pairs])),
            "baseline": float(np.mean([other for _, other in pairs])),
            "holds": holds,
            "draws": float(len(pairs)),
        }
        words = (VERDICT, claim.says, claim.against, 0, claim.method)
        out.append(Row(*words, "difference", float(gap.mean()), low, high))
        out += [Row(*words, metric, value) for metric, value in said.items()]
    return out


def pairs_of(drawn: Iterable[Row]) -> dict[str, Pairs]:
    """Name of the draws of a claim -> its pairs."""
    found: dict[str, dict[str, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    for row in drawn:
        if row.metric in ("ours", "baseline") and isinstance(row.value, float):
            found[row.method][row.scenario][row.metric] = row.value
    return {
        name: [(of["ours"], of["baseline"]) for of in draws.values() if len(of) == 2]
        for name, draws in found.items()
    }


def from_cells(claim: Claim, cells: list[Row]) -> Pairs:
    """The pairs of a claim in the suite learn, means over seeds."""
    ours = by_method(cells, claim.metric, claim.noises).get(claim.method, {})
    if claim.baseline == "truth":  # the share of labels that are right as given
        wrong = by_method(cells, "wrong", claim.noises).get("truth", {})
        other = {place: 1 - share for place, share in wrong.items()}
    else:
        other = by_method(cells, claim.baseline_metric, claim.noises).get(claim.baseline, {})
    return [(ours[place], other[place]) for place in sorted(ours.keys() & other.keys())]


def lines(rows: list[Row]) -> list[list[str]]:
    """A line a claim: what is claimed, against what, both values, the difference, and whether it
    holds.
    """
    found: dict[tuple[str, str, str], dict[str, Row]] = defaultdict(dict)
    for row in rows:
        if row.scenario == VERDICT:
            found[row.method, row.dataset, row.setting][row.metric] = row
    out = [["method", "claims", "against", "its value", "baseline", "difference", "draws", "holds"]]
    for key, of in sorted(found.items()):
        gap = of["difference"]
        span = f"{float(gap.value):+.3f} ({float(gap.low):+.3f} to {float(gap.high):+.3f})"
        both = (f"{float(of[name].value):.3f}" for name in ("method", "baseline"))
        out.append([*key, *both, span, f"{float(of['draws'].value):.0f}", str(of["holds"].value)])
    return out
