"""The sections of docs/bench.md on tagged text, from their rows alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from reliabel.bench.learn_page import Lines
from reliabel.bench.learn_sections import Section
from reliabel.bench.run import Row
from reliabel.bench.suite_parts import digits, percent

KINDS = ("boundary", "type", "missing", "spurious")
FOUND = ("average precision", *(f"{what} {kind}" for kind in KINDS for what in ("found", "named")))
OURS = "P(wrong)"
PLANTED = (
    "**Tagged text: which spans are wrong.** Errors planted in AG News with rule-made spans "
    "(17,094 sentences, 20,849 spans; boundary, type, missing and spurious alike): average "
    "precision over spans and places without one; of as many as are planted, the share of each "
    "kind found, and of these the share named rightly.  Means of the draws"
)
CORRECTED = (
    "**Tagged text: real errors.** Files that people corrected later, `tokens/NAME_given.conll` "
    "and `tokens/NAME_corrected.conll` below RELIABEL_DATA, which bring their own licence: the "
    "audit reads the first, the second is the truth"
)
COUNTED = (
    "**Tagged text: how many spans are wrong or missing.** As the audit says before any review, "
    "with its interval and what it takes for granted"
)
VECTORS = (
    "**Tagged text: what vectors of words add** (`embed=minilm`).  The first 2,000 articles of "
    "the news; average precision, share of the words in spans tagged rightly, CPU seconds of the "
    "audit"
)
NOISEBENCH = (
    "**Tagged text: NoiseBench's label sets against the clean one** (words are masked).  "
    "Differences in percent of the true spans; faults of the scheme, and of those planted the "
    "share found; AUROC of tag_consistency, which knows nothing where all words are masked"
)
SIMULATED = (
    "**Tagged text: counts in simulation**, where the chances of the tagger are true: the draws "
    "that get a count, those that its interval covers, and the median of count / planted"
)
COST = "**Tagged text: cost of scoring the spans of 2,000,000 words.** What a call holds, in MiB"


def sections(rows: list[Row]) -> Iterator[Section]:
    """The tables of which there are rows."""
    parts: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        parts[row.scenario.split(" ", 1)[0].removeprefix("spans-")].append(row)
    made = (
        (PLANTED, ranked(parts["news"], "errors")),
        (CORRECTED, ranked(parts["corrected"], "file")),
        (COUNTED, counts([*parts["news"], *parts["corrected"]])),
        (VECTORS, vectors(parts["vectors"])),
        (NOISEBENCH, noisebench(parts["noisebench"])),
        (SIMULATED, simulated(parts["count"])),
        (COST, cost(parts["cost"])),
    )
    for title, lines in made:
        if len(lines) > 1:
            yield title, lines


def ranked(rows: list[Row], what: str) -> Lines:
    """A line for each set of errors and method, of several draws the mean."""
    out = [[what, "method", *FOUND]]
    of: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row.metric in FOUND:
            of[row.setting, row.method][row.metric].append(float(row.value))
    for (setting, method), values in of.items():
        cells = (f"{np.nanmean(values[m]):.3f}" if values[m] else "" for m in FOUND)
        out.append([setting, method, *cells])
    return out


def counts(rows: list[Row]) -> Lines:
    """A line for each draw or file."""
    out = [["errors", "draw", "wrong or missing", "count", "interval", "covers", "if errors"]]
    for name, of in by_scenario(rows).items():
        setting = name[1]
        value = {m: row.value for (method, m), row in of.items() if method in (OURS, "planted")}
        if "errors" not in value or (OURS, "high") not in of:
            continue
        true, low, high = (float(value[part]) for part in ("errors", "low", "high"))
        told = np.isfinite(high)
        out.append(
            [
                *(setting, name[0].rsplit(" ", 1)[1], f"{true:,.0f}"),
                f"{float(value['count']):,.0f}" if told else "not told",
                f"{low:,.0f} to {high:,.0f}" if told else "",
                ("yes" if low <= true <= high else "no") if told else "",
                str(value.get("assumes", "")),
            ]
        )
    return out


def vectors(rows: list[Row]) -> Lines:
    """A line for each set of errors and tagger."""
    heads = ("average precision, P(wrong)", "average precision, span_scores", "in spans", "cpu_s")
    out = [["errors", "tagger", "P(wrong)", "span_scores", "in spans", "CPU s"]]
    for (_, setting), of in by_scenario(rows).items():
        for method in dict.fromkeys(method for method, _ in of):
            cells = [of[method, m].value if (method, m) in of else None for m in heads]
            out.append([setting, method.split(",")[0], *map(digits, cells)])
    return out


def noisebench(rows: list[Row]) -> Lines:
    """A line for each label set."""
    shares = ("type", "boundary", "both", "alone", "missing")
    rest = (
        *("scheme faults", "planted scheme faults found", "false scheme faults"),
        "AUROC of tag_consistency, words masked",
    )
    out = [["labels", "100 - F1", "type", "boundary", "both", "spurious", "missing"]]
    out[0] += ["scheme faults", "planted ones found", "false ones", "AUROC"]
    for (_, setting), of in by_scenario(rows).items():
        value = {metric: row.value for (_, metric), row in of.items()}
        cells = [digits(value.get("100 - F1")), *(percent(value.get(f"share {m}")) for m in shares)]
        out.append([setting, *cells, *(digits(value.get(m)) for m in rest)])
    return out


def simulated(rows: list[Row]) -> Lines:
    """A line for each rate of errors."""
    heads = ("draws", "with a count", "interval covers", "count / planted, median")
    out = [["spans wrong", *heads]]
    for setting in dict.fromkeys(row.setting for row in rows):
        value = {row.metric: row.value for row in rows if row.setting == setting}
        out.append([setting, *(digits(value.get(m)) for m in heads)])
    return out


def cost(rows: list[Row]) -> Lines:
    """A line for each tool."""
    heads = ("cpu_s", "issues_cpu_s", "extra_mib", "share of the peer's CPU time")
    out = [["tool", "CPU s", "of these the issues alone", "MiB", "share of the peer's CPU time"]]
    for method in dict.fromkeys(row.method for row in rows):
        value = {row.metric: row.value for row in rows if row.method == method}
        if "cpu_s" in value:
            out.append([method, *(digits(value.get(m)) for m in heads)])
    return out


def by_scenario(rows: Sequence[Row]) -> Mapping[tuple[str, str], dict[tuple[str, str], Any]]:
    """(scenario, setting) -> its rows by method and metric."""
    out: dict[tuple[str, str], dict[tuple[str, str], Any]] = defaultdict(dict)
    for row in rows:
        out[row.scenario, row.setting][row.method, row.metric] = row
    return out
