"""Suite counts: how many labels are wrong by cleanlab and by Reliabel, before and after a review of
a hundred drawn labels, where the truth is known; the same probabilities for both.

``python -m reliabel.bench.counts docs/bench/counts.csv README.md`` writes the table of the README.
"""

from __future__ import annotations

import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from reliabel.bench import marked_table, peer
from reliabel.bench.run import Row, Table
from reliabel.bench.trust_worlds import World, make
from reliabel.core.labels import Classes, Floats
from reliabel.core.run import track
from reliabel.trust.count import after_review, before_review, draw
from reliabel.trust.from_features import from_features
from reliabel.trust.p_wrong import p_wrong

REVIEWED = 100
BEGIN, END = "<!-- counts -->\n", "<!-- /counts -->"
WORLDS = {
    "digits, 90 planted as people err": World("digits", "human", 0.05),
    "AG News, 5 % planted as people err": World("ag_news", "human", 0.05),
    "CIFAR-10N, the majority of three people": World("cifar10n", "aggre"),
    "CIFAR-10N, one person": World("cifar10n", "random1"),
    "CIFAR-10N, the worst of three people": World("cifar10n", "worse"),
}


def run(table: Table, *, quick: bool, data: Path | None) -> None:
    """Write the rows of every data set that is not there yet; quick: digits alone."""
    if data is None:
        raise ValueError(
            "the suite counts needs real data: set RELIABEL_DATA to the folder that holds cifar10n "
            "and text"
        )
    cache = table.path.parent / "features"
    some = dict(list(WORLDS.items())[: 1 if quick else None])
    for name in track("counts", list(some)):
        if not table.has(name):
            table.add(list(_rows(name, WORLDS[name], data, cache)))


def _rows(name: str, world: World, data: Path, cache: Path) -> Iterator[Row]:
    made = make(world, data, cache)
    evidence, probs, _ = from_features(made.labels, made.features, rng=np.random.default_rng(0))
    found = p_wrong(made.labels, evidence, rng=np.random.default_rng(0))
    wrong = made.labels.y != made.truth
    item, q = draw(found.p, REVIEWED, np.random.default_rng(0))
    before, after = before_review(found), after_review(found.p, item, q, wrong[item].astype(float))

    def row(method: str, value: float, *ends: float | str) -> Row:
        return Row(
            name, world.dataset, world.setting, world.seed, method, "wrong labels", value, *ends
        )

    yield row("labels", float(len(wrong)))
    yield row("truth", float(wrong.sum()))
    yield _cleanlab(row("cleanlab", float("nan")), made.labels, probs)
    yield row("reliabel", before.value, before.low, before.high)
    yield row(f"reliabel, {REVIEWED} judged", after.value, after.low, after.high)


def _cleanlab(empty: Row, labels: Classes, probs: Floats) -> Row:
    from dataclasses import replace

    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "in.npz"
        np.savez(path, labels=labels.y, probs=probs)
        said, why = peer.call("cleanlab_count.py", path)
    return replace(empty, metric="not run", value=why) if why else replace(empty, value=float(said))


def lines(rows: list[Row]) -> list[list[str]]:
    """A line for each data set: what cleanlab says, what Reliabel says before and after a review,
    and the truth.
    """
    seen: dict[str, dict[str, Row]] = defaultdict(dict)
    for row in rows:
        seen[row.scenario][row.method] = row
    after = f"after {REVIEWED} looks"
    out = [["labels with known errors", "cleanlab says", "Reliabel says", after, "the truth is"]]
    for name, of in seen.items():
        issues = of["cleanlab"].value
        spans = [_span(of[method]) for method in ("reliabel", f"reliabel, {REVIEWED} judged")]
        told = f"{issues:,.0f}" if isinstance(issues, float | int) else "not run"
        head = f"{name} ({float(of['labels'].value):,.0f})"
        out.append([head, told, *spans, f"**{float(of['truth'].value):,.0f}**"])
    return out


def _span(row: Row) -> str:
    if float(row.value) != float(row.value):
        return "cannot tell"
    return f"{float(row.value):,.0f} ({float(row.low):,.0f}-{float(row.high):,.0f})"


def fill(rows: list[Row], page: str) -> str:
    """The page with the table between its marks written anew."""
    return marked_table.fill(lines(rows), page, BEGIN, END)


def main(table: str, page: str) -> None:
    """Write the table of the page."""
    marked_table.write(table, page, fill)


if __name__ == "__main__":
    main(*sys.argv[1:])
