"""The first table of docs/bench.md: what people ask, our figure, the best peer's, from the rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np

from reliabel.bench.crowd import PANELS, PEOPLE
from reliabel.bench.run import Row
from reliabel.bench.trust_summary import summary

PEERS = ("cleanlab", "crowd-kit")
COSTS = {  # case of a suite -> what it is
    "confident_learning_1e6x100": "confident learning, 1,000,000 x 100",
    "mixed_50000x384": "a whole audit of 50,000 x 384 with four checks (Datalab)",
    "dawid_skene_1e6x5": "ten iterations of Dawid-Skene, 5,000,000 votes",
    "dawid_skene_as_run": "Dawid-Skene again, no variable sets threads",
    "dawid_skene_as_run_beside_2": "and beside two busy processes",
    "alpha_1e6x5": "Krippendorff's alpha, 5,000,000 votes",
}
Line = tuple[str, str, str, str]  # question, ours, peer's, which peer and on what


def in_short(suites: Mapping[str, list[Row]]) -> list[Line]:
    """The lines whose rows are committed; peers are compared on the inputs they ran on."""
    lines: list[Line] = []
    for part, suite in ((_ranking, "audit"), (_count, "trust"), (_crowds, "aggregate")):
        lines += part(suites.get(suite, []))
    return lines + _cost([row for rows in suites.values() for row in rows])


def _ranking(rows: list[Row]) -> list[Line]:
    found = _by_method(
        row
        for row in rows
        if row.scenario.startswith("planted") and row.metric == "average_precision"
    )
    ours, peer = found.get("reliabel p_wrong"), _best(found, "cleanlab")
    if not ours or not peer:
        return []
    mean = float(np.mean(found[peer]))
    where = f"{peer}; planted errors in banking77 and AG News, average precision"
    return [("Do the wrong labels stand on top?", _share(np.mean(ours)), _share(mean), where)]


def _count(rows: list[Row]) -> list[Line]:
    promises = summary(rows) if rows else {}
    questions = {
        "interval covers": "How often does the interval before a review hold the truth?",
        "coverage after 100 verdicts, mean": "And after 100 judged labels?",
        "width / count after 100 verdicts, median": "How wide is it then, as a share of the count?",
    }
    return [
        (question, _share(promises[name][0]), "", f"{promises[name][1]} draws; no peer counts")
        for name, question in questions.items()
        if name in promises
    ]


def _crowds(rows: list[Row]) -> list[Line]:
    """Our ``auto`` and the best of crowd-kit's methods that ran on all crowds of a kind."""
    lines: list[Line] = []
    for metric, question, better in (
        ("accuracy", "How many labels made of votes are right?", max),
        ("nll", "How good are their probabilities (log loss, lower is better)?", min),
    ):
        for kind, names in (("crowds of people", PEOPLE), ("panels of language models", PANELS)):
            by: dict[str, dict[str, float]] = defaultdict(dict)
            for row in rows:
                if row.metric == metric and row.dataset in names:
                    by[row.method][row.dataset] = float(row.value)
            ours = by.get("reliabel auto", {})
            whole = {
                name: float(np.mean(list(found.values())))
                for name, found in by.items()
                if name.startswith("crowd-kit") and len(found) == len(ours)
            }
            if ours and whole:
                peer = better(whole, key=lambda name: whole[name])
                mean = float(np.mean(list(ours.values())))
                where = f"{peer}, the best of those that ran on all; {len(ours)} {kind}"
                lines.append((question, _share(mean), _share(whole[peer]), where))
    return lines


def _cost(rows: list[Row]) -> list[Line]:
    """Ours and the peer's CPU seconds on the cases of ``COSTS`` that both ran."""
    by: dict[str, dict[str, float]] = defaultdict(dict)
    for row in rows:
        if row.metric == "cpu_s" and row.scenario in COSTS:  # of several settings the last
            by[row.scenario][row.method] = float(row.value)
    lines: list[Line] = []
    for case, found in by.items():
        ours = next((name for name in found if name.startswith("reliabel")), None)
        peer = next((name for name in found if name.startswith(PEERS)), None)
        if ours and peer:
            cells = f"{found[ours]:.3g}", f"{found[peer]:.3g}"
            lines.append((f"CPU seconds: {COSTS[case]}", *cells, peer))
    return lines


def _by_method(rows: Iterable[Row]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        found[row.method].append(float(row.value))
    return found


def _best(found: Mapping[str, list[float]], peer: str) -> str | None:
    theirs = [name for name in found if name.startswith(peer)]
    return max(theirs, key=lambda name: float(np.mean(found[name]))) if theirs else None


def _share(value: float | np.floating) -> str:
    return f"{value:.3f}"
