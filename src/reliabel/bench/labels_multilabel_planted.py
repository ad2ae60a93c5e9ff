"""Planted relations between classes, conformal sets of label vectors, and the cost of the ranking
of several labels an item, in the suite labels.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator

import numpy as np

from reliabel.bench import peer
from reliabel.bench.child import child, measured
from reliabel.bench.generate import cells
from reliabel.bench.run import Row
from reliabel.core.labels import Floats, Ints, MultiLabel

KINDS = ("identical", "subsumed", "exclusive", "overlapping")
SLIPS = (0.0, 0.01)  # share of answers that break the relations
ROWS, DRAWS = 2000, 20
COVERAGES = (0.8, 0.9, 0.95)
# labels, and the power that uniform numbers are raised to for their chances: the larger, the more
# the model knows
CONFORMAL = ((14, 6), (100, 6), (100, 20))
SHAPE = "1e5x50"


def made(n: int = 2000, k: int = 12) -> tuple[Floats, Ints]:
    """Features and true answers: six hidden traits make the labels and are seen with noise, so that
    some labels are sure, some are open, and many of an item go together.
    """
    rng = np.random.default_rng(0)
    traits = rng.normal(size=(n, 6))
    traits = np.sign(traits) * np.abs(traits) ** 1.5
    weights = rng.normal(size=(6, k)) * (rng.random((6, k)) < 0.5)
    pull = traits @ (weights / (np.linalg.norm(weights, axis=0) + 1e-9))
    odds = 3 * pull - 2.5 + 0.7 * rng.normal(size=k)
    y = (rng.random((n, k)) < 1 / (1 + np.exp(-odds))).astype(np.int64)
    seen = traits + 0.5 * rng.normal(size=traits.shape)
    partly = pull[:, :5] + rng.normal(size=(n, 5))
    return np.hstack([seen, partly, rng.normal(size=(n, 10))]).astype(np.float32), y


def relations() -> list[Row]:
    """Planted pairs found by their kind, pairs beside them, and pairs in shuffled labels."""
    from reliabel.measures.label_relations import measure

    rows = []
    for slips in SLIPS:
        found, others, false = dict.fromkeys(KINDS, 0), 0, 0
        for seed in range(DRAWS):
            y, names, planted = related(slips, seed)
            told = _told(measure(MultiLabel(y, names)).parts["pairs"])
            for kind in KINDS:
                found[kind] += planted[kind] in told
            others += len(told - set(planted.values()))
            rng = np.random.default_rng(seed)
            mixed = np.stack([rng.permutation(column) for column in y.T], 1)
            false += len(_told(measure(MultiLabel(mixed, names)).parts["pairs"]))
        setting, name = f"{slips:.0%} of the answers slip", "multilabel-relations"
        for kind in KINDS:
            value = found[kind] / DRAWS
            rows.append(Row(name, "planted", setting, 0, "label_relations", kind, value))
        rows.append(Row(name, "planted", setting, 0, "label_relations", "others", float(others)))
        rows.append(Row(name, "planted", setting, 0, "label_relations", "shuffled", float(false)))
    return rows


def related(slips: float, seed: int) -> tuple[Ints, tuple[str, ...], dict[str, frozenset[str]]]:
    """Twelve classes, one pair of each kind among them and four of no relation."""
    rng = np.random.default_rng(seed)
    y = (rng.random((ROWS, 12)) < rng.uniform(0.05, 0.4, 12)).astype(np.int64)
    y[:, 0] = rng.random(ROWS) < 0.25
    y[:, 1] = y[:, 0]
    y[:, 3] = rng.random(ROWS) < 0.4
    y[:, 2] = y[:, 3] * (rng.random(ROWS) < 0.4)
    y[:, 4] = rng.random(ROWS) < 0.4
    y[:, 5] = (1 - y[:, 4]) * (rng.random(ROWS) < 0.5)
    y[:, 6] = rng.random(ROWS) < 0.3
    y[:, 7] = np.where(rng.random(ROWS) < 0.5, y[:, 6], rng.random(ROWS) < 0.3)
    drawn = rng.random(y.shape) < y.mean(0)  # a slip gives the class as often as others have it
    y = np.where(rng.random(y.shape) < slips, drawn, y).astype(np.int64)
    names = tuple(f"c{column}" for column in range(12))
    pairs = ((0, 1), (2, 3), (4, 5), (6, 7))
    planted = {
        kind: frozenset((kind, names[a], names[b]))
        for kind, (a, b) in zip(KINDS, pairs, strict=True)
    }
    return y, names, planted


def conformal(k: int, power: int) -> list[Row]:
    """Coverage at 20,000 rows, the open labels of an item, the bits that the model leaves open, and
    what it takes.
    """
    from reliabel.measures.powerset_conformal import measure

    rng = np.random.default_rng(0)
    probs = rng.random((20_000, k)) ** power
    y = (rng.random(probs.shape) < probs).astype(np.int64)
    rows = []
    for coverage in COVERAGES:
        start = time.process_time()
        found = measure(MultiLabel(y), probs=probs, rng=rng, coverage=coverage)
        cpu = time.process_time() - start
        name = f"multilabel-powerset-{k}-{power}"
        setting = f"{k} labels, chances u^{power}, promised {coverage:g}"
        of = (name, "planted", setting, 0, "powerset_conformal")
        parts = found.parts
        rows.append(Row(*of, "coverage", parts["coverage"], parts["low"], parts["high"], cpu))
        rows.append(Row(*of, "open labels", found.value))
        rows.append(Row(*of, "decided", parts["decided"]))
        rows.append(Row(*of, "entropy", parts["entropy"]))
    return rows


def cost() -> list[Row]:
    """CPU seconds and extra memory of flags, cell scores and item scores, the peer's beside."""
    case = f"multilabel-cost-{SHAPE}"
    ours = child([sys.executable, "-m", "reliabel.bench.labels_multilabel_planted", SHAPE])
    rows = [Row(case, "generated", SHAPE, 0, "reliabel", *pair) for pair in ours.items()]
    printed, why = peer.call("cleanlab_multilabel.py", "cost", SHAPE, one_thread=True)
    if why:
        return [*rows, Row(case, "generated", SHAPE, 0, "cleanlab", "not run", why)]
    theirs = json.loads(printed).items()
    return [*rows, *(Row(case, "generated", SHAPE, 0, "cleanlab", *pair) for pair in theirs)]


def main(shape: str) -> dict[str, float]:
    """Make the data of the cost case and measure it."""
    from reliabel.auditors.multilabel_confident_learning import audit

    y, probs = cells(*(int(float(part)) for part in shape.split("x")))
    labels = MultiLabel(y)
    return measured(lambda: audit(labels, probs=probs), probs.nbytes)


def lines(rows: list[Row]) -> Iterator[tuple[str, list[list[str]]]]:
    """The tables of these rows."""
    told = [row for row in rows if row.scenario == "multilabel-relations"]
    metrics = (*KINDS, "others", "shuffled")
    by = {row.setting: {} for row in told}  # type: dict[str, dict[str, Row]]
    for row in told:
        by[row.setting][row.metric] = row
    head = ["labels", *(f"{kind} pairs found" for kind in KINDS), "other pairs", "when shuffled"]
    yield (
        "**Relations of twelve classes in 2,000 items, one pair of each kind planted, 20 draws**",
        [head, *([s, *(f"{float(of[m].value):g}" for m in metrics)] for s, of in by.items())],
    )
    sets: dict[str, dict[str, Row]] = {}
    for row in rows:
        if row.scenario.startswith("multilabel-powerset"):
            sets.setdefault(row.setting, {})[row.metric] = row
    yield (
        "**Conformal sets of label vectors, 20,000 items.** How often the true vector is in its "
        "set, the labels of an item that stay open (the size of the set in bits), the share that "
        "is settled, and the bits that the true chances leave open",
        [
            ["labels", "coverage (95 %)", "open labels", "settled", "entropy, bits", "CPU s"],
            *(
                [
                    setting,
                    f"{float(of['coverage'].value):.3f} ({float(of['coverage'].low):.3f} to "
                    f"{float(of['coverage'].high):.3f})",
                    f"{float(of['open labels'].value):.2f}",
                    f"{float(of['decided'].value):.0%}",
                    f"{float(of['entropy'].value):.2f}",
                    f"{float(of['coverage'].cpu_s):.2f}",
                ]
                for setting, of in sets.items()
            ),
        ],
    )
    cost_of: dict[str, dict[str, float]] = {}
    for row in rows:
        if row.scenario.startswith("multilabel-cost") and row.metric != "not run":
            cost_of.setdefault(row.method, {})[row.metric] = float(row.value)
    yield (
        f"**Flags, scores of cells and of items, {SHAPE}**",
        [
            ["method", "CPU s", "extra MiB"],
            *([m, f"{of['cpu_s']:.3g}", f"{of['extra_mib']:.0f}"] for m, of in cost_of.items()),
        ],
    )


def _told(pairs: list[dict[str, str]]) -> set[frozenset[str]]:
    return {frozenset((pair["kind"], pair["a"], pair["b"])) for pair in pairs}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1])))
