"""The sections of docs/bench.md on the published methods on tagged text, from their rows alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from scipy.stats import t as student

from reliabel.bench.learn_sections import Section
from reliabel.bench.run import Row

REGIMES = {
    "even": "even (20 % of spans)",
    "crowd": "as a crowd errs (45 %)",
    "names": "by name (30 %)",
}
WORLD = (
    "5,000 sentences of AG News with planted errors: of all kinds alike, as a real crowd errs (two "
    "thirds missing), or by name (all spans of a name are another class or gone)"
)
RANKED = (
    f"**Tagged text, published methods: ranking.** {WORLD}; average precision over spans and "
    "places without one, means over the draws, with the difference from the tagger's loss and its "
    "95 % interval"
)
MENDED = (
    "**Tagged text, published methods: the labels after correction.** F1 against the truth, means "
    "over the draws, with the difference from the labels as given"
)
TRAINED = (
    "**Tagged text, published methods: a tagger trained on what they make.** F1 on 5,000 clean "
    "sentences, with the difference from training on the labels as given (for choices of words: on "
    "all words, in every case with the same 800 clean sentences); CrossWeigh has half of the "
    "sentences"
)
WORDS = (
    "**Tagged text, published methods: choice of words and sentences.** AUROC of wrong words "
    "(two models), of sentences with an error (CrossWeigh)"
)
LINES = (
    "**Lines of a corpus.** A quarter of 16,000 lines of AG News is junk of 42 patterns, 400 lines "
    "are labelled, with half of the patterns: average precision of the junk"
)
FILTERED = (
    "**Lines of a corpus: what a language model gains.** Bits a word of clean lines, by a model of "
    "pairs of words that learns from the lines kept"
)


def sections(rows: list[Row]) -> Iterator[Section]:
    """The tables, of what there is."""
    tagged = [row for row in rows if not row.scenario.startswith("taggers-lines")]
    lines = [row for row in rows if row.scenario.startswith("taggers-lines")]
    for title, made in (
        (RANKED, _compared(tagged, ("average precision",), "the tagger's loss", 3)),
        (MENDED, _compared(tagged, ("F1 of the labels",), "as given", 1)),
        (TRAINED, _compared(tagged, _metrics(tagged, "F1 of a tagger"), "as given", 1)),
        (WORDS, _compared(tagged, ("AUROC of words", "AUROC of sentences"), "", 3)),
        (LINES, _of_lines(lines, "junk")),
        (FILTERED, _of_lines(lines, "filter")),
    ):
        if len(made) > 1:
            yield title, made


def _metrics(rows: Sequence[Row], start: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row.metric for row in rows if row.metric.startswith(start)))


def _compared(
    rows: Sequence[Row], metrics: Sequence[str], base: str, digits: int
) -> list[list[str]]:
    """A line for each method, a column for each kind of errors."""
    out = [["scenario", "method", *REGIMES.values()]]
    value = {
        (r.scenario.rsplit(" ", 2)[0], r.setting, r.method, r.metric, r.seed): float(r.value)
        for r in rows
    }
    for part in dict.fromkeys(key[0] for key in value):
        for metric in metrics:
            methods = dict.fromkeys(k[2] for k in value if (k[0], k[3]) == (part, metric))
            for method in methods:
                cells = [
                    _cell(value, (part, regime, method, metric), base, digits) for regime in REGIMES
                ]
                kept = metric.partition(", ")[2]  # of choices of words
                told = f"{method}, {kept}" if kept else method
                out.append([part.removeprefix("taggers-"), told, *cells])
    return out


def _cell(
    value: dict[tuple[str, str, str, str, int], float],
    at: tuple[str, str, str, str],
    base: str,
    digits: int,
) -> str:
    """A mean, and in brackets the paired difference from the base with its interval."""
    part, regime, method, metric = at
    seeds = [key[4] for key in value if key[:4] == at]
    if not seeds:
        return ""
    mine = np.array([value[(*at, seed)] for seed in seeds])
    shown = f"{mine.mean():.{digits}f}"
    plain = _base(value, part, regime, base, metric)
    if not plain or method == base or any(seed not in plain for seed in seeds):
        return shown
    gap = mine - np.array([plain[seed] for seed in seeds])
    if not gap.any():
        return shown
    if len(gap) < 2:
        return f"{shown} ({gap[0]:+.{digits}f})"
    half = float(student.ppf(0.975, len(gap) - 1) * gap.std(ddof=1) / np.sqrt(len(gap)))
    return f"{shown} ({gap.mean():+.{digits}f} ± {half:.{digits}f})"


def _base(
    value: dict[tuple[str, str, str, str, int], float],
    part: str,
    regime: str,
    base: str,
    metric: str,
) -> dict[int, float]:
    """What it is compared with, by seed: of choices of words, all words."""
    if metric.startswith("F1 of a tagger,"):
        base, metric = "all words", "F1 of a tagger, 100 % kept"
    return {key[4]: v for key, v in value.items() if key[:4] == (part, regime, base, metric)}


def _of_lines(rows: Sequence[Row], setting: str) -> list[list[str]]:
    some = [row for row in rows if row.setting == setting]
    metrics = list(dict.fromkeys(row.metric for row in some))
    out = [["method", *metrics]]
    for method in dict.fromkeys(row.method for row in some):
        of = [
            [float(r.value) for r in some if (r.method, r.metric) == (method, metric)]
            for metric in metrics
        ]
        out.append([method, *(_spread(cell) for cell in of)])
    return out


def _spread(cell: Sequence[float]) -> str:
    if len(cell) < 2:
        return "".join(f"{v:.3f}" for v in cell)
    half = float(student.ppf(0.975, len(cell) - 1) * np.std(cell, ddof=1) / np.sqrt(len(cell)))
    return f"{np.mean(cell):.3f} ± {half:.3f}"
