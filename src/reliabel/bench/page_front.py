"""The first page of docs/bench.md: one short table a suite, with the command, what it takes and
where the rest stands.  A line whose rows are not committed is left out.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from reliabel.bench.counts import lines as counts
from reliabel.bench.crowd import PANELS, PEOPLE
from reliabel.bench.equal_evidence import lines as audits
from reliabel.bench.evidence_pictures import TEXTURES
from reliabel.bench.learn_sections import short as learners
from reliabel.bench.run import SUITES, Row
from reliabel.bench.state import lines as states
from reliabel.bench.trust_tables import promises

Lines = list[list[str]]  # the first is the head
KEPT = (  # promises of the suite trust that the first page shows
    "identified where 2-20 % are wrong",
    "not identified where nothing can be told (clean, shuffled, rules, few voters)",
    "average precision above the best fixed single",
    "ECE at most .05 on plain draws",
    "interval covers",
    "median ratio high / low",
    "coverage after 100 verdicts, mean",
    "right among the changes of --auto 0.95, mean",
)
PEERS = ("cleanlab", "crowd-kit")
COSTS = {  # case of a suite -> what it is
    "confident_learning_1e6x100": "confident learning, 1,000,000 x 100",
    "mixed_50000x384": "a whole audit of 50,000 x 384 with four checks (Datalab)",
    "dawid_skene_1e6x5": "ten iterations of Dawid-Skene, 5,000,000 votes",
    "dawid_skene_as_run": "Dawid-Skene again, no variable sets threads",
    "dawid_skene_as_run_beside_2": "and beside two busy processes",
    "alpha_1e6x5": "Krippendorff's alpha, 5,000,000 votes",
}
VOTES = ("accuracy", "nll", "ece")
CPU = {"embedding_cpu_s": "s", "cpu_ms_a_picture": "ms a picture"}
SCALES = ("cpu_s", "extra_mib", "recall")


def tables(suites: Mapping[str, list[Row]]) -> dict[str, Lines]:
    """Suite -> its short table; without lines where nothing is committed."""
    made = {
        "audit": audits(suites.get("audit", [])),
        "trust": _trust(suites.get("trust", [])),
        "state": _state(suites.get("state", [])),
        "counts": counts(suites.get("counts", [])),
        "aggregate": _votes(suites.get("aggregate", [])),
        "evidence": _evidence(suites.get("evidence", [])),
        "scale": _scale(suites.get("scale", [])),
        "learn": learners(suites.get("learn", [])),
        "cost": _cost([row for rows in suites.values() for row in rows]),
    }
    return {suite: made[suite] for suite in SUITES if len(made.get(suite, [])) > 1}


def heading(suite: str) -> str:
    """What a suite asks, the command, what it takes, and where all of it stands."""
    what, _, takes = SUITES[suite].removesuffix(")").rpartition(" (")
    return (
        f"**{what[0].upper()}{what[1:]}.** `reliabel bench run {suite}`: {takes}. "
        f"[All of it](#{suite})."
    )


def worse(path: Path) -> Lines:
    """The lines of docs/bench/worse.csv: what got worse since the release before, kept by hand."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def _trust(rows: list[Row]) -> Lines:
    head, *every = promises(rows) if rows else [[]]
    some = [line for line in every if line[0] in KEPT and set(line[1:]) != {"-"}]
    full = [c for c in range(len(head)) if any(line[c] != "-" for line in some)]
    return [[line[c] for c in full] for line in (head, *some)]


def _state(rows: list[Row]) -> Lines:
    """The answers that worlds got which judged the rule, not those it was chosen on."""
    head, *every = states(rows) if rows else [[]]
    some = [line[:1] + line[2:] for line in every if line[1] == "judged"]
    return [head[:1] + head[2:], *some]


def _votes(rows: list[Row]) -> Lines:
    """Means over the sets that a method's rows cover as ``auto``'s do: people, then panels."""
    out = [["votes of", "method", "sets", *(f"mean {metric}" for metric in VOTES)]]
    for name, crowds in (("people", PEOPLE), ("panels of language models", PANELS)):
        by: dict[str, dict[str, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
        for row in rows:
            if row.metric in VOTES and row.dataset in crowds:
                by[row.method][row.metric][row.dataset] = float(row.value)
        ours = by.get("reliabel auto", {})
        sets = ours.get("accuracy", {}).keys() & ours.get("nll", {}).keys()
        whole = {
            method: [_over(of[metric], sets) for metric in VOTES]
            for method, of in by.items()
            if sets and sets <= of["accuracy"].keys() and not method.endswith(" tempered")
        }
        for method in _chosen(whole):
            cells = (f"{value:.3f}" if np.isfinite(value) else "" for value in whole[method])
            out.append([name, method, str(len(sets)), *cells])
    return out


def _chosen(whole: Mapping[str, list[float]]) -> list[str]:
    """``auto``, the most accurate of our single methods, majority, Dawid-Skene, the best peer."""
    single = [m for m in whole if m.startswith("reliabel ") and "auto" not in m]
    peers = [m for m in whole if m.startswith("crowd-kit")]
    best = [max(some, key=lambda m: whole[m][0]) for some in (single, peers) if some]
    usual = [m for m in ("reliabel majority", "reliabel dawid_skene") if m in whole]
    first = ["reliabel auto"] if "reliabel auto" in whole else []
    return list(dict.fromkeys([*first, *best, *usual]))


def _over(of: Mapping[str, float], sets: set[str]) -> float:
    return float(np.mean([of[name] for name in sets])) if sets <= of.keys() else float("nan")


def _evidence(rows: list[Row]) -> Lines:
    """What each kind of features costs, and what it is worth to accuracy and to P(wrong); generated
    textures stand in the suite's own tables.
    """
    found: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        by = row.method.partition(",")[0].partition(":")[0]
        wanted = row.metric in (*CPU, "accuracy") or row.method.endswith(": p_wrong")
        if wanted and row.metric != "auroc" and row.dataset not in TEXTURES:
            found[row.dataset, by][row.metric].append(float(row.value))
    head = ["data", "features", "CPU", "accuracy out of fold", "average precision of P(wrong)"]
    lines = []
    for key, of in sorted(found.items()):
        cost = [f"{_short(np.mean(of[m]))} {unit}" for m, unit in CPU.items() if m in of]
        cells = (_short(np.mean(of[m])) if of[m] else "" for m in ("accuracy", "average_precision"))
        lines.append([*key, ", ".join(cost), *cells])
    return [head, *lines]


def _scale(rows: list[Row]) -> Lines:
    """Whole audits with several checks; the suite's own table has the ranking alone too."""
    found: dict[tuple[str, str, str], dict[str, float]] = defaultdict(dict)
    for row in rows:
        if row.scenario.startswith("mixed_") and row.metric in SCALES:
            found[row.scenario, row.setting, row.method][row.metric] = float(row.value)
    lines = [
        [*key, *(_short(of[m]) if m in of else "" for m in SCALES)] for key, of in found.items()
    ]
    return [["case", "features and threads", "method", "CPU s", "extra MiB", "recall"], *lines]


def _cost(rows: list[Row]) -> Lines:
    """Ours and the peer's CPU seconds on the cases of ``COSTS`` that both ran."""
    by: dict[str, dict[str, float]] = defaultdict(dict)
    for row in rows:
        if row.metric == "cpu_s" and row.scenario in COSTS:  # of several settings the last
            by[row.scenario][row.method] = float(row.value)
    out = [["CPU seconds of", "Reliabel", "peer", "which"]]
    for case, found in by.items():
        ours = next((name for name in found if name.startswith("reliabel")), None)
        peer = next((name for name in found if name.startswith(PEERS)), None)
        if ours and peer:
            out.append([COSTS[case], _short(found[ours]), _short(found[peer]), peer])
    return out


def _short(value: float | np.floating) -> str:
    number = float(value)
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.3g}"
