"""The measured table of docs/guides/which-learner.md: for each kind of wrong labels the learners
that were furthest ahead, from the rows of the suites learn and learn-claims.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from reliabel.bench.learn_cells import TAIL
from reliabel.bench.learn_claim_draws import KINDS
from reliabel.bench.learn_claims import VERDICT
from reliabel.bench.learn_methods import AUTO, BASELINES, PLAIN, PROBE
from reliabel.bench.learn_page import mean, points
from reliabel.bench.learn_statistics import Column, by_method, difference
from reliabel.bench.run import Row, Table
from reliabel.core.catalogue import catalogue

BEGIN, END = "<!-- measured -->\n", "<!-- /measured -->"
BEST = 3  # learners that a line names
NOISES: Mapping[str, tuple[str, ...]] = {  # what people know of their labels -> kinds of noise
    "hardly any is wrong": ("clean",),
    "people labelled once, some slips": ("people random1", "symmetric .2"),
    "half of them are wrong anyhow": ("symmetric .5",),
    "one class is taken for another": ("pair .3",),
    "classes that look alike are mixed up": ("confusion .4",),
    "hard items are wrong": ("instance .4",),
    "careless people, two of five wrong": ("people worst",),
}
LONG = "some classes are rare (macro recall)"
EVIDENCE = {  # draws of a claim -> what people have
    "trusted": "a tenth of them is checked",
    "votes": "several people's votes on each item",
    "told": "columns that say who labelled, in training alone",
    "views": "a second view of the items in training",
    "calibration": "probabilities have to be calibrated (error)",
    "two classes": "two classes, errors in one region",
}


def fill(folder: Path, page: str) -> str:
    """The page with the table between its marks written anew from the CSVs in ``folder``."""
    if BEGIN not in page or END not in page:
        raise ValueError(f"the page has no marks {BEGIN.strip()} and {END} for the measured table")
    cells, claims = (Table(folder / f"{name}.csv").rows for name in ("learn", "learn_claims"))
    rows = [*_by_noise(cells), *_by_evidence(claims)]
    head = ["what I know of my labels", "furthest ahead, points over chosen cross-entropy"]
    head += ["the probe", "cells"]
    table = [head, ["---"] * len(head), *rows]
    text = "\n".join(f"| {' | '.join(line)} |" for line in table)
    return f"{page[: page.index(BEGIN)]}{BEGIN}{text}\n{page[page.index(END) :]}"


def _by_noise(rows: list[Row]) -> list[list[str]]:
    lines = []
    for words, kinds in NOISES.items():
        lines += _line(words, by_method(rows, "chosen", kinds))
    return lines + _line(LONG, by_method(rows, "chosen, macro recall", (TAIL,)))


def _line(words: str, found: Mapping[str, Column]) -> list[list[str]]:
    """The learners that have every cell of cross-entropy, furthest ahead first; experimental ones
    are left out.
    """
    plain = found.get(PLAIN, {})
    trial = {entry.name for entry in catalogue() if entry.status == "experimental"}
    whole = {name for name, of in found.items() if plain and plain.keys() <= of.keys()}
    names = whole - {*BASELINES, AUTO} - trial
    gap = {name: difference(found[name], plain) for name in names | (whole & {PROBE})}
    best = sorted(names, key=lambda name: (round(-gap[name].mean, 6), name))[:BEST]
    if not best:
        return []
    told = "; ".join(f"`{name}` {points(gap[name])}" for name in best)
    probe = points(gap[PROBE]) if PROBE in gap else ""
    return [[f"{words} (cross-entropy {mean(plain)})", told, probe, str(len(plain))]]


def _by_evidence(rows: list[Row]) -> list[list[str]]:
    """The claims that ask for more, those that hold first."""
    verdicts = [row for row in rows if row.scenario == VERDICT]
    lines = []
    for kind, claim in KINDS.items():
        mine = [row for row in verdicts if row.dataset == claim.says]
        gap = {row.method: row for row in mine if row.metric == "difference"}
        holds = {row.method: str(row.value) for row in mine if row.metric == "holds"}
        draws = {row.method: float(row.value) for row in mine if row.metric == "draws"}
        names = sorted(gap, key=lambda name: (-float(gap[name].value), name))
        told = "; ".join(
            f"`{name}` {100 * float(gap[name].value):+.1f} against {gap[name].setting} "
            f"({holds[name]})"
            for name in names
        )
        if told:
            lines.append([EVIDENCE[kind], told, "", f"{max(draws.values()):.0f}"])
    return lines
