"""The sections of docs/bench.md on learners: titles with their tables, from the rows alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from reliabel.bench import learn_page as page
from reliabel.bench.learn_claims import lines as claim_lines
from reliabel.bench.learn_cost import lines as cost_lines
from reliabel.bench.learn_methods import BASELINES, PLAIN, PROBE
from reliabel.bench.learn_picture import ranks_svg
from reliabel.bench.learn_pictures import lines as picture_lines
from reliabel.bench.learn_pictures import machine as picture_machine
from reliabel.bench.learn_statistics import Column, difference, mean_ranks, whole
from reliabel.bench.run import Row, Table

Section = tuple[str, page.Lines]
SHOWN = 6  # methods in the short table
PICTURE = "img/learn-ranks.svg"  # below docs
METHODS = (
    "**Methods.** {} draws, {} of each cell at most, {:.2f} CPU hours. Accuracy on a clean test "
    "part, means over the cells that a method has. *Last*: fixed options, all rows, the last "
    "epoch. *Chosen*: option and epoch by the given labels of a held-out third, then all rows; "
    "*three folds*: by each of three thirds in turn and one option more, as the verb tunes, first "
    "seed. *Picked on test* is the best of the models made, as the test "
    "part would have chosen, for the record. Differences are in points, paired, with 95 % "
    "intervals over cells."
)
BY_NOISE = (
    "**Accuracy by kind of wrong labels, chosen.** Mean ranks over {} cells differ beyond chance "
    f"by {{}} or more (Nemenyi, 5 %): ![mean ranks]({PICTURE})"
)
LONG_TAIL = (
    "**Long tail** (the largest class has twenty times the items of the smallest, a fifth of the "
    "labels wrong; the test part is as the data)"
)
TRUE_NOISE = "**What knowing the noise is worth** (the rate or the matrix as it is, first seed)"


def sections(rows: list[Row]) -> Iterator[Section]:
    """All of the suite learn."""
    draws = {row.scenario for row in rows}
    seeds = {row.seed for row in rows}
    hours = page.seconds(rows) / 3600
    critical, cells = mean_ranks(ranked(rows))[1:]
    yield METHODS.format(len(draws), len(seeds), hours), page.methods_table(rows)
    yield BY_NOISE.format(cells, f"{critical:.1f}"), page.by_noise(rows)
    yield LONG_TAIL, page.long_tail(rows)
    yield TRUE_NOISE, page.true_noise(rows)
    yield "**The training labels as the methods leave them**", page.right_labels(rows)
    yield "**Choosing a learner**", page.promises(rows)


def ranked(rows: list[Row]) -> dict[str, Column]:
    """The methods that have every cell of the baselines, chosen."""
    return whole(page.columns(rows), (PROBE, PLAIN))


def claim_sections(rows: list[Row]) -> Iterator[Section]:
    """All of the suite learn-claims."""
    yield (
        "Paired over the draws; a claim holds where the 95 % interval lies above 0, and is open "
        "where it holds 0.",
        claim_lines(rows),
    )


def cost_sections(rows: list[Row]) -> Iterator[Section]:
    """All of the suite learn-cost."""
    yield (
        "Against a loop written by hand with the same optimiser, hold-out and best epoch, in turn; "
        "medians. Extra MiB are beyond the features.",
        cost_lines(rows),
    )


def picture_sections(rows: list[Row]) -> Iterator[Section]:
    """All of the suite learn-pictures."""
    spent = f"{page.seconds(rows) / 3600:.2f} hours on {picture_machine(rows)}"
    yield f"Accuracy on clean test pictures; {spent}.", picture_lines(rows)


def short(rows: list[Row]) -> page.Lines:
    """The baselines and the methods that are furthest ahead of chosen cross-entropy."""
    chosen = page.columns(rows)
    last = page.columns(rows, "last")
    gap = {name: difference(of, chosen.get(PLAIN, {})) for name, of in ranked(rows).items()}
    best = sorted(gap, key=lambda name: (round(-gap[name].mean, 6), name))
    rest = [name for name in best if name not in BASELINES][:SHOWN]
    lines = [
        [
            name,
            page.mean(last.get(name, {}), chosen[name]),
            page.mean(chosen[name]),
            page.points(gap[name]) if name != PLAIN else "",
        ]
        for name in best
        if name in rest or name in BASELINES
    ]
    return [["method", "last epoch", "chosen", "less chosen cross-entropy, points"], *lines]


def picture(folder: Path) -> str:
    """The mean ranks as SVG, "" where no cell is committed."""
    ranks, critical, cells = mean_ranks(ranked(Table(folder / "learn.csv").rows))
    return ranks_svg(ranks, critical, cells) if ranks else ""
