"""What further evidence is worth to P(wrong): average precision with one table less or one more, on
a few draws of the suite trust.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
from scipy import sparse

from reliabel.bench.metrics import average_precision
from reliabel.bench.run import Row, Table
from reliabel.bench.trust_worlds import World, make
from reliabel.core.catalogue import Entry
from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes, Floats, Ints
from reliabel.core.run import track
from reliabel.trust.from_features import from_features
from reliabel.trust.offered import offered
from reliabel.trust.p_wrong import p_wrong
from reliabel.trust.tables import tables

CHOSEN = (World("cifar10n", "aggre"), World("digits", "human", 0.02), World("digits", "human", 0.1))
JUDGED = (
    World("ag_news", "human", 0.02),
    World("ag_news", "human", 0.1),
    World("ag_news_pair", "human", 0.05),
    World("labelme", "one_vote"),
)
Builder = Callable[[Classes, Neighbours, Floats, Ints], Floats]
LESS = ("vote15", "vote50", "reverse", "reverse_wide", "near", "lda")


def run(table: Table, data: Path, cache: Path) -> None:
    """Write the rows of every draw of the study that is not there yet."""
    for world in track("study", CHOSEN + JUDGED):
        scenario = f"study-{world.dataset}-{world.setting.replace(' ', '-')}"
        if not table.has(scenario):
            table.add(list(changes(world, scenario, data, cache, MORE)))


def lines(rows: list[Row]) -> list[list[str]]:
    """A line for each change: average precision and share of wrong labels less those of the tables
    as they are, on each draw, and CPU seconds.
    """
    seen: dict[str, dict[str, Row]] = defaultdict(dict)
    for row in rows:
        if row.scenario.startswith("study-"):
            seen[row.method][row.scenario.removeprefix("study-")] = row
    worlds = list(seen.get("as it is", {}))
    out = [["", *worlds, "CPU s, 20,000 x 10"]]
    for method, of in seen.items():
        base = seen["as it is"]
        cells = [
            float(of[w].value)
            if method == "as it is"
            else float(of[w].value) - float(base[w].value)
            for w in worlds
        ]
        cost = next(
            (
                f"{float(of[w].cpu_s):.1f}"
                for w in worlds
                if w.startswith("cifar10n") and of[w].cpu_s != ""
            ),
            "",
        )
        out.append(
            [
                method,
                *(f"{cell:.3f}" if method == "as it is" else f"{cell:+.3f}" for cell in cells),
                cost,
            ]
        )
    return out


def changes(
    world: World,
    scenario: str,
    data: Path,
    cache: Path,
    more: Mapping[str, Builder],
    entries: Iterable[Entry] = (),
) -> Iterator[Row]:
    """A row for the tables as they are, for each table left out, and for each of ``more`` and each
    that an auditor of ``entries`` offers put in.
    """
    made = make(world, data, cache)
    labels, x, wrong = made.labels, made.features, made.labels.y != made.truth
    _, probs, near = from_features(labels, x, rng=np.random.default_rng(0))
    fold = np.random.default_rng(1).permutation(len(labels)) % 5

    def row(
        method: str, others: Mapping[str, Floats], less: str = "", cpu: float | str = ""
    ) -> Row:
        all_of = tables(
            labels,
            probs=probs,
            neighbours=near,
            features=x,
            fold=fold,
            others=others,
            rng=np.random.default_rng(0),
        )
        kept = [place for place, name in enumerate(all_of.names) if name != less]
        some = type(all_of)(
            tuple(all_of.names[i] for i in kept),
            all_of.z[kept],
            all_of.row,
            all_of.k,
            all_of.candidates,
            all_of.floor[kept],
        )
        found = p_wrong(labels, some, rng=np.random.default_rng(0))
        return Row(
            scenario,
            world.dataset,
            world.setting,
            world.seed,
            method,
            "study",
            average_precision(found.p, wrong),
            found.pi,
            "",
            cpu,
        )

    yield row("as it is", {})
    for name in LESS:
        yield row(f"without {name}", {}, name)
    for name, builder in more.items():
        start = time.process_time()
        made_table = builder(labels, near, x, fold)
        cpu = time.process_time() - start
        yield row(f"with {name}", {name: made_table}, "", cpu)
    evidence = {"features": x, "neighbours": near, "probs": probs}
    for entry in entries:
        start = time.process_time()
        offers = offered(labels, evidence, 0, [entry])
        cpu = time.process_time() - start
        if offers:
            yield row(f"with the table of {entry.name}", offers, "", cpu)


# --- further tables: each keeps the row law ---


def _shares(votes: Floats, size: int, prior: Floats) -> Floats:
    return np.asarray(
        np.log((size * votes / np.maximum(votes.sum(1, keepdims=True), 1e-12) + prior) / (size + 1))
    )


def _prior(labels: Classes) -> Floats:
    count = np.bincount(labels.y, minlength=labels.k)
    return np.asarray((count + 1) / (count.sum() + labels.k))


def _graph(near: Neighbours, size: int) -> sparse.csr_array:
    index = near.index[:, :size]
    weight = np.maximum(1 - near.distance[:, :size], 0) + 0.001
    item = np.repeat(np.arange(len(index)), index.shape[1])
    return sparse.csr_array(
        ((weight / weight.sum(1, keepdims=True)).ravel(), (item, index.ravel())),
        shape=(len(index), len(index)),
    )


def _two_hundred(labels: Classes, near: Neighbours, x: Floats, fold: Ints) -> Floats:
    return _shares(_graph(near, 200) @ np.eye(labels.k)[labels.y], 200, _prior(labels))


def _two_steps(labels: Classes, near: Neighbours, x: Floats, fold: Ints) -> Floats:
    one, hot = _graph(near, 50), np.eye(labels.k)[labels.y]
    own = np.asarray(
        one.multiply(one.T).sum(1)
    ).ravel()  # the way there and back, which would show the label of the item itself
    return _shares(np.maximum(one @ (one @ hot) - own[:, None] * hot, 0), 30, _prior(labels))


def _five_nearest(labels: Classes, near: Neighbours, x: Floats, fold: Ints) -> Floats:
    apart = np.sqrt(np.maximum(2 * near.distance, 0))
    out = np.empty((len(labels), labels.k))
    for c in range(labels.k):
        mine = labels.y[near.index] == c
        mine &= np.cumsum(mine, axis=1) <= 5
        out[:, c] = ((apart * mine).sum(1) + (5 - mine.sum(1)) * 1.05 * apart[:, -1]) / 5
    return np.asarray(-np.log(np.maximum(out, 0.02)))


def _quadratic(labels: Classes, near: Neighbours, x: Floats, fold: Ints) -> Floats:
    """Gaussians of the first 64 principal axes, each class's covariance drawn towards the common
    one.
    """
    x = np.asarray(x, dtype=float) - np.mean(x, axis=0, dtype=float)
    x = x @ np.linalg.eigh(x.T @ x)[1][:, ::-1][:, :64]
    d, like = x.shape[1], np.full((len(x), labels.k), -1e9)
    for f in range(5):
        train, held = fold != f, fold == f
        mean = np.stack([x[train & (labels.y == c)].mean(0) for c in range(labels.k)])
        common = np.cov((x - mean[labels.y])[train].T, bias=True)
        for c in range(labels.k):
            mine = x[train & (labels.y == c)]
            own = len(mine) / (len(mine) + 5 * d)
            spread = 0.9 * (own * np.cov(mine.T, bias=True) + (1 - own) * common) + 0.1 * np.trace(
                common
            ) / d * np.eye(d)
            root = np.linalg.cholesky(spread)
            like[held, c] = (
                -0.5 * (np.linalg.solve(root, (x[held] - mean[c]).T) ** 2).sum(0)
                - np.log(np.diag(root)).sum()
            )
    return np.asarray(np.maximum(0.2 * (like - like.max(1, keepdims=True)), -6))


def _refitted(labels: Classes, near: Neighbours, x: Floats, fold: Ints) -> Floats:
    """A discriminant whose training labels weigh less the less likely a first one, of the same
    folds, finds them.
    """
    x, hot = np.asarray(x, dtype=float), np.eye(labels.k)[labels.y]
    out = np.empty((len(x), labels.k))
    for f in range(5):
        train, weight = fold != f, np.ones((int((fold != f).sum()), 1))
        for again in (True, False):
            held = weight * hot[train]
            mean = held.T @ x[train] / held.sum(0)[:, None]
            within = (
                (x[train] * weight).T @ x[train] - (mean * held.sum(0)[:, None]).T @ mean
            ) / weight.sum()
            within = 0.8 * within + 0.2 * np.trace(within) / len(within) * np.eye(len(within))
            slope = np.linalg.solve(within, mean.T)
            s = x @ slope - 0.5 * (mean.T * slope).sum(0)
            if again:
                q = np.exp(0.5 * (s[train] - s[train].max(1, keepdims=True)))
                q = (q * hot[train]).sum(1) / q.sum(1)
                weight = (q / (q + 0.1))[:, None]
        out[fold == f] = (s - s.max(1, keepdims=True))[fold == f]
    return np.asarray(0.2 * np.maximum(out, -30))


MORE: Mapping[str, Builder] = {
    "votes of the 200 nearest": _two_hundred,
    "labels two steps away": _two_steps,
    "distance to the five nearest of each class": _five_nearest,
    "a quadratic discriminant": _quadratic,
    "a discriminant fitted again without doubtful labels": _refitted,
}
