"""docs/bench.md: the committed results as tables, and how to make them again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench import auditors_page, faults_page, learn_sections, review_page, weak
from reliabel.bench.certificate_page import tables as certificates
from reliabel.bench.counts import lines as counts
from reliabel.bench.crowd import CROWDS, PANELS, PEOPLE, RULES
from reliabel.bench.evaluation_page import tables as evaluations
from reliabel.bench.labels import sections as label_sections
from reliabel.bench.learn_sections import Section
from reliabel.bench.page_front import heading, tables, worse
from reliabel.bench.pictures import sections as picture_sections
from reliabel.bench.run import SUITES, Row, Table, file_of
from reliabel.bench.state import lines as states
from reliabel.bench.tables import lines as worth
from reliabel.bench.trust_summary import summary
from reliabel.bench.votes import sections as vote_sections

LONG = 12  # rows of a table that is shown as it is
MARK = "<!-- written by tools/docs.py from docs/bench/*.csv; change those instead -->"


def render(folder: Path) -> str:
    """The page for the CSVs in ``folder``; a suite without one is named as not committed."""
    parts = [
        MARK,
        "# Measured",
        "Each table comes from a CSV in `docs/bench`, made by the command above it; `reliabel "
        "bench compare` tells what got worse. The extra `reliabel[bench]` brings what the suites "
        "measure; `make peers` sets up the peers.",
    ]
    parts.append(
        "CPU seconds come from shared cores and are good to about a factor of two; compare the "
        "ratios of one run."
    )
    suites = {suite: Table(folder / file_of(suite)).rows for suite in SUITES}
    parts += ["## In short", *_front(suites), *_worse(folder)]
    for suite, what in SUITES.items():
        rows = suites[suite]
        parts.append(f"## {suite}\n\n`reliabel bench run {suite}`: {what}.")
        parts += _PARTS[suite](rows) if rows else ["No result is committed."]
    return "\n\n".join(parts) + "\n"


def _front(suites: Mapping[str, list[Row]]) -> list[str]:
    """A short table of each suite, with the command and a link to all of it."""
    parts = []
    for suite, (head, *lines) in tables(suites).items():
        parts += [heading(suite), _table(head, lines)]
    return parts


def _worse(folder: Path) -> list[str]:
    """What got worse since the release before; said too where nothing did."""
    head, *lines = worse(folder / "worse.csv") or [[]]
    what = "**What got worse since the release before** (`docs/bench/worse.csv`, kept by hand)"
    return [what, _table(head, lines) if lines else "Nothing is noted."]


def _audit(rows: list[Row]) -> list[str]:
    out = []
    for kind, title in (
        ("verdicts", "People's verdicts on given probabilities"),
        ("planted", "Planted errors, features TF-IDF, mean over draws"),
    ):
        chosen = [
            row
            for row in rows
            if row.scenario.startswith(kind)
            and row.metric in ("auroc", "average_precision", "precision")
        ]
        cells: dict[tuple[str, ...], dict[str, list[float]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for row in chosen:
            setting = row.setting if kind == "verdicts" else " ".join(row.scenario.split("-")[2:4])
            cells[row.dataset, setting, row.method][row.metric].append(float(row.value))
        lines = [
            [
                *key,
                *(_mean(found[metric]) for metric in ("auroc", "average_precision", "precision")),
            ]
            for key, found in sorted(cells.items())
        ]
        if lines:
            out += [
                f"**{title}**",
                _table(
                    [
                        "data",
                        "setting",
                        "method",
                        "AUROC",
                        "average precision",
                        "precision at the number of errors",
                    ],
                    lines,
                ),
            ]
    return [*_planted(rows), *out, *_gaps(rows)]


def _planted(rows: list[Row]) -> list[str]:
    """Each method over all planted scenarios, and on how many of them P(wrong) is ahead of it."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for row in rows:
        if row.scenario.startswith("planted") and row.metric == "average_precision":
            found[row.method][row.scenario] = _number(row.value)
    ours = found.get("reliabel p_wrong")
    if not ours:
        return []
    lines = []
    for method, of in sorted(
        found.items(), key=lambda pair: -float(np.mean(list(pair[1].values())))
    ):
        both = ours.keys() & of.keys()
        ahead = (
            "" if of is ours else f"{sum(ours[name] > of[name] for name in both)} of {len(both)}"
        )
        lines.append([method, _mean(of.values()), ahead])
    return [
        "**Planted errors, mean over all scenarios**",
        _table(["method", "average precision", "P(wrong) is ahead of it on"], lines),
    ]


def _aggregate(rows: list[Row]) -> list[str]:
    out = [
        *_of_crowds(rows, "people", PEOPLE),
        *_of_crowds(rows, "panels of language models", PANELS),
    ]
    for title, chosen in (
        (
            "Skills of workers with ten votes or more, by `auto`",
            [
                row
                for row in rows
                if row.dataset in CROWDS and row.metric.startswith(("skill", "wrong votes"))
            ],
        ),
        (
            "Features or a model beside the votes",
            [row for row in rows if row.scenario.endswith("_features")],
        ),
        ("Labelling functions", [row for row in rows if row.dataset in RULES]),
        ("Numbers", [row for row in rows if row.dataset == "emotion"]),
    ):
        names = list(dict.fromkeys(row.metric for row in chosen))
        found: dict[tuple[str, str], dict[str, Any]] = defaultdict(dict)
        for row in chosen:
            found[row.scenario, row.method][row.metric] = row.value
        table = [
            [*key, *(_short(values.get(name)) for name in names)] for key, values in found.items()
        ]
        out += [f"**{title}**", _table(["set", "method", *names], table)] if table else []
    costs = [
        [row.scenario, row.method, row.setting, _short(row.value), _short(row.extra_mib)]
        for row in rows
        if row.metric == "cpu_s"
    ]
    return (
        out
        + (
            [
                "**Cost on the same votes**",
                _table(["case", "method", "options", "CPU s", "extra MiB"], costs),
            ]
            if costs
            else []
        )
        + _gaps(rows)
    )


def _of_crowds(rows: list[Row], kind: str, names: Sequence[str]) -> list[str]:
    """Each method on the crowds of one kind: means, and the accuracy on each."""
    metrics = ("accuracy", "accuracy as it ships", "nll", "ece")
    by: dict[str, dict[str, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    for row in rows:
        if row.metric in metrics and row.dataset in names:
            by[row.method][row.metric][row.dataset] = float(row.value)
    sets = [name for name in names if any(row.dataset == name for row in rows)]
    lines = [
        [
            method,
            str(max(map(len, found.values()))),
            *(_mean(found[metric].values()) for metric in metrics),
            *(_short(found["accuracy"].get(name)) for name in sets),
        ]
        for method, found in sorted(by.items())
    ]
    title = f"**Votes of {kind}: means over the crowds where it ran, and accuracy on each**"
    head = ["method", "crowds", *metrics, *sets]
    return [f"{title} (ties in expectation)", _table(head, lines)] if lines else []


def _counts(rows: list[Row]) -> list[str]:
    head, *lines = counts(rows)
    return [_table(head, lines)]


def _state(rows: list[Row]) -> list[str]:
    head, *lines = states(rows)
    return [_table(head, lines)]


def _certificate(rows: list[Row]) -> list[str]:
    return [
        part
        for title, head, lines in certificates(rows)
        for part in (f"**{title}**", _table(head, lines))
    ]


def _evaluation(rows: list[Row]) -> list[str]:
    return [
        part
        for title, head, lines in evaluations(rows)
        for part in (f"**{title}**", _table(head, lines))
    ]


def _tables(rows: list[Row]) -> list[str]:
    head, *lines = worth(rows)
    return [_table(head, lines)]


def _trust(rows: list[Row]) -> list[str]:
    lines = [
        [promise, _short(value), str(draws)] for promise, (value, draws) in summary(rows).items()
    ]
    seen: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row.metric in ("average_precision", "calibration_error", "share") and row.method in (
            "truth",
            "p_wrong",
            "best single",
        ):
            seen[row.dataset, row.setting][f"{row.method} {row.metric}"].append(_number(row.value))
        if (row.method, row.metric) == ("p_wrong", "pi"):
            for column, value in zip(
                ("estimated share", "low", "high"), (row.value, row.low, row.high), strict=True
            ):
                seen[row.dataset, row.setting][column].append(_number(value))
    columns = (
        "truth share",
        "estimated share",
        "low",
        "high",
        "p_wrong average_precision",
        "best single average_precision",
        "p_wrong calibration_error",
    )
    worlds = [
        [*key, str(len(found["truth share"])), *(_mean(found[c]) for c in columns)]
        for key, found in sorted(seen.items())
    ]
    return [
        _table(["promise", "value", "draws"], lines),
        "**Worlds, means over their draws**",
        _table(["data", "errors", "draws", *columns], worlds),
    ]


def _cost(rows: list[Row]) -> list[str]:
    cases: dict[str, dict[str, Row]] = defaultdict(dict)
    extra: dict[str, dict[str, float]] = defaultdict(dict)
    for row in rows:
        if row.metric == "cpu_s":
            cases[row.scenario][row.method] = row
        if row.metric == "extra_mib":
            extra[row.scenario][row.method] = _number(row.value)
    lines = [
        [method, _short(row.value), "", "", "", "", ""]
        for method, row in cases.pop("starts", {}).items()
    ]
    for case, by in cases.items():
        ours = _number(by["reliabel"].value)
        peers = [method for method in by if method != "reliabel"] or [""]
        for peer in peers:
            theirs = _number(by[peer].value) if peer else float("nan")
            ratio = f"1/{theirs / ours:.1f}" if theirs == theirs else ""
            lines.append(
                [
                    case,
                    _short(ours),
                    _short(extra[case].get("reliabel")),
                    peer,
                    _short(theirs),
                    _short(extra[case].get(peer)),
                    ratio,
                ]
            )
    table = _table(
        ["case", "CPU s", "extra MiB", "peer", "its CPU s", "its extra MiB", "ratio"], lines
    )
    return [table, *_as_run(rows), *_starting(rows), *_growth(rows), *_gaps(rows)]


def _as_run(rows: list[Row]) -> list[str]:
    """What the cases that are measured as users run things compare."""
    if not any(row.scenario.startswith("texts_as_run") for row in rows):
        return []
    return [
        "`_as_run`: no variable sets threads; `_beside_2`: two other processes are busy. "
        "`texts_as_run` is the whole command from a file of 5,000 headlines, start included; "
        "Datalab beside it is given the features and probabilities, and makes neither."
    ]


def _starting(rows: list[Row]) -> list[str]:
    return [
        f"{row.method}, {row.scenario}: {_short(row.value)} of its CPU seconds start the cluster."
        for row in rows
        if row.metric == "start_cpu_s"
    ]


def _growth(rows: list[Row]) -> list[str]:
    found: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for row in rows:
        if row.scenario.startswith("growth_"):
            found[row.scenario.removeprefix("growth_"), row.setting][row.metric] = _short(row.value)
    columns = ("cpu_s at n", "cpu_s at 10 n", "growth", "at most", "extra_mib at 10 n")
    lines = [
        [*key, *(metrics.get(column, "") for column in columns)] for key, metrics in found.items()
    ]
    return (
        [
            "**How cost grows** (at most: what the docstring says)",
            _table(["what", "n", *columns], lines),
        ]
        if lines
        else []
    )


SCALED = (
    "One thread of BLAS each where nothing else is said; load is that of the machine before the "
    "run, where it was noted."
)
ON_ENGINES = (
    "**On threads and on a Ray cluster of two workers, both on the same machine.** Seconds of the "
    "clock and of CPU (all processes, the start of the cluster apart), the share of the CPU in the "
    "process that was started, memory of that process and of a worker without the rows that are "
    "shared, what was put into the object store, and whether the answer is that of threads to the "
    "last bit (1)."
)


def _scale(rows: list[Row]) -> list[str]:
    metrics = (
        *("cpu_s", "extra_mib", "input_mib", "recall", "second_run_share", "load"),
        *("times", "at most"),
    )
    alone = [row for row in rows if not row.scenario.startswith(("engine", "votes"))]
    on_engines = [row for row in rows if row.scenario.startswith(("engine", "votes"))]
    out = [SCALED, _by_case(alone, metrics)]
    if on_engines:
        times = ("wall_s", "cpu_s", "driver_share", "driver_mib", "worker_mib", "put_mib")
        out += [ON_ENGINES, _by_case(on_engines, (*times, "recall", "same_bits", "start_s"))]
    return [*out, *_gaps(rows)]


def _by_case(rows: list[Row], metrics: Sequence[str]) -> str:
    """A table of cases with these metrics as columns."""
    found: dict[tuple[str, str, str], dict[str, Row]] = defaultdict(dict)
    for row in rows:
        if row.metric != "not run":
            found[row.scenario, row.setting, row.method][row.metric] = row
    lines = [
        [*key, *(_short(by[metric].value) if metric in by else "" for metric in metrics)]
        for key, by in found.items()
    ]
    return _table(["case", "features and threads", "method", *metrics], lines)


def _evidence(rows: list[Row]) -> list[str]:
    titles = {
        "accuracy": (
            "Out-of-fold accuracy on the labels as published, and CPU seconds of the features"
        ),
        "planted": (
            "5 % errors as people make them, as seen by each kind of features (mean over draws)"
        ),
        "pictures": "People's errors in the first 20,000 pictures of CIFAR-10N",
        "auto": (
            "What auto takes: texts with planted errors, 2,000 photographs with people's errors, "
            "digits and textures with a tenth of the labels wrong"
        ),
        "report": "Weight of a report, and seconds to its load event in Chromium",
        "csv": "Reading 1e6 rows x 10 columns of CSV",
    }
    found: dict[str, dict[tuple[str, str], dict[str, list[float]]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(list))
    )
    for row in rows:
        if row.metric != "not run":
            kind = "report" if row.method.startswith("report") else row.scenario.split("_")[0]
            found[kind][row.dataset if row.dataset != "generated" else row.scenario, row.method][
                row.metric
            ].append(_number(row.value))
    out = []
    for kind, title in titles.items():
        metrics = list(
            dict.fromkeys(metric for values in found[kind].values() for metric in values)
        )
        lines = [
            [*key, *(_mean(values.get(metric, [])) for metric in metrics)]
            for key, values in found[kind].items()
        ]
        out += [f"**{title}**", _table(["data", "method", *metrics], lines)] if lines else []
    return out + _gaps(rows)


def _sections(of: Callable[[list[Row]], Iterable[Section]], rows: list[Row]) -> list[str]:
    """Titles with their tables (the first line is the head); without those that are empty."""
    out = []
    for title, (head, *lines) in of(rows):
        out += [title, _table(head, lines)] if lines else []
    return out + _gaps(rows)


def _review_page(rows: list[Row]) -> list[str]:
    head, *made = review_page.lines(rows)
    return [_table(head, made), *_gaps(rows)] if made else _gaps(rows)


_PARTS: Mapping[str, Callable[[list[Row]], list[str]]] = {
    "audit": _audit,
    "auditors": partial(_sections, auditors_page.sections),
    "faults": partial(_sections, faults_page.sections),
    "aggregate": _aggregate,
    "weak": partial(_sections, weak.sections),
    "votes": partial(_sections, vote_sections),
    "trust": _trust,
    "tables": _tables,
    "labels": partial(_sections, label_sections),
    "pictures": partial(_sections, picture_sections),
    "state": _state,
    "counts": _counts,
    "certificate": _certificate,
    "evaluation": _evaluation,
    "review-page": _review_page,
    "cost": _cost,
    "scale": _scale,
    "evidence": _evidence,
    "learn": partial(_sections, learn_sections.sections),
    "learn-claims": partial(_sections, learn_sections.claim_sections),
    "learn-cost": partial(_sections, learn_sections.cost_sections),
    "learn-pictures": partial(_sections, learn_sections.picture_sections),
}


def _gaps(rows: list[Row]) -> list[str]:
    gaps = [[row.scenario, row.method, str(row.value)] for row in rows if row.metric == "not run"]
    return (
        ["**What could not run**", _table(["scenario", "method", "its error"], gaps)]
        if gaps
        else []
    )


def _table(head: list[str], lines: list[list[str]]) -> str:
    """A table; a long one is folded, so that the page can be read."""
    rows = ["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *lines)]
    table = "\n".join(rows)
    if len(lines) <= LONG:
        return table
    fold = f'<details markdown="1"><summary>{len(lines)} rows</summary>'
    return f"{fold}\n\n{table}\n\n</details>"


def _mean(values: Iterable[float]) -> str:
    known = [v for v in values if isinstance(v, float) and np.isfinite(v)]
    return _short(float(np.mean(known))) if known else ""


def _short(value: float | str | None) -> str:
    if value is None or value == "" or (isinstance(value, float) and not np.isfinite(value)):
        return ""
    return (
        value
        if isinstance(value, str)
        else f"{value:,.0f}"
        if abs(value) >= 1000
        else f"{value:.3g}"
    )


def _number(value: float | str) -> float:
    return float(value) if value != "" and not isinstance(value, str) else float("nan")
