"""Whether the majority certificate's interval holds what a majority loses, on planted worlds.

    python -m reliabel.bench.majority_certificate docs/bench/majority_certificate.csv

writes a row a world and prints the table of docs/aggregate.md, in about five minutes.  Constants
were chosen on worlds of these kinds with other seeds; of every twelve worlds six belong to the
first half.

    python -m reliabel.bench.majority_certificate --crowds DATA

prints what the certificate says of each real crowd, beside what the best of five methods gains over
a majority there: the loss of a majority is at least that.  It takes about a minute.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import process_time

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Classes, Floats, Ints, Votes

WORLDS = 288
SIMULATED = 60_000  # items from which the true loss is computed
METHODS = ("auto", "dawid_skene", "shrunk_dawid_skene", "one_coin", "bwa")  # on real crowds
KINDS = ("one accuracy", "matrices", "adversaries", "sparse", "hard, guessed", "hard, drawn away")


@dataclass(frozen=True, eq=False)
class World:
    """A class balance (k,), workers' matrices (w, true, voted), the share of hard items and the
    matrix (true, voted) of all workers on them, items, and votes an item.
    """

    kind: str
    balance: Floats
    matrices: Floats
    hard: float
    shared: Floats
    items: int
    each: int


@dataclass(frozen=True)
class Row:
    """One world: its shape, the true loss, and what the certificate says."""

    world: int
    kind: str
    classes: int
    largest: float
    workers: int
    each: int
    items: int
    hard: float
    loss: float
    value: float
    low: float
    high: float
    tells: bool
    seconds: float
    verdict: str

    @property
    def holds(self) -> bool:
        """Whether the interval holds the true loss."""
        return self.low <= self.loss <= self.high


def world(number: int) -> World:
    """2-5 classes up to 9:1, 3-15 workers (20-200 in sparse designs) who are right .55-.95 of the
    time, 3-10 votes an item, 100-5,000 items.
    """
    rng = np.random.default_rng([21, number])
    kind = KINDS[number % len(KINDS)]
    k, items = int(rng.integers(2, 6)), round(float(np.exp(rng.uniform(*np.log([100, 5000])))))
    w = int(rng.integers(20, 200)) if kind == "sparse" else int(rng.integers(3, 16))
    most = 7 if kind == "sparse" else min(w, 10)
    each = most if rng.random() < 0.4 else int(rng.integers(3, most + 1))
    least = rng.uniform(0.55, 0.9)
    right = rng.uniform(least, rng.uniform(least, 0.95), w)
    off = (1 - np.eye(k)) / (k - 1)
    shared, hard = np.full((k, k), 1 / k), 0.0
    if kind == "matrices":
        each_class = np.clip(right[:, None] + rng.normal(0, 0.15, (w, k)), 0.4, 0.98)
        spread = (rng.dirichlet(np.full(k, 1.5), (w, k)) + 1e-3) * (off > 0)
        matrices = _matrices(each_class, spread / spread.sum(2, keepdims=True))
    else:
        matrices = _matrices(np.repeat(right[:, None], k, axis=1), np.tile(off, (w, 1, 1)))
    if kind == "adversaries":  # they take each class for the next one
        bad = rng.choice(w, max(1, int(rng.uniform(0.1, 0.34) * w)), replace=False)
        matrices[bad] = np.roll(matrices[bad], 1, axis=1)
    if kind.startswith("hard"):
        hard = float(rng.uniform(0.05, 0.4))
    if kind == "hard, drawn away":  # as often to the next class as to the true one
        shared = 0.1 / k + 0.45 * (np.eye(k) + np.roll(np.eye(k), 1, axis=1))
    return World(kind, _balance(k, rng), matrices, hard, shared, items, each)


def _matrices(right: Floats, off: Floats) -> Floats:
    return np.asarray(right[:, :, None] * np.eye(right.shape[1]) + (1 - right[:, :, None]) * off)


def _balance(k: int, rng: Generator) -> Floats:
    skew = rng.uniform(0, np.log(9))
    if rng.random() < 0.5:
        share = np.exp(-skew * np.arange(k) / (k - 1))
    else:
        share = np.array([np.exp(skew)] + [1.0] * (k - 1))
    return rng.permutation(share / share.sum())


def drawn(here: World, items: int, rng: Generator) -> tuple[Ints, Ints]:
    """The workers (items, each) who vote on each item, and their votes."""
    w, k, _ = here.matrices.shape
    true = rng.choice(k, items, p=here.balance)
    worker = np.argsort(rng.random((items, w)), axis=1)[:, : here.each]
    chance = here.matrices[worker, true[:, None]]
    hard = rng.random(items) < here.hard
    chance[hard] = here.shared[true[hard]][:, None]
    below = chance.cumsum(2)[:, :, :-1] < rng.random((items, here.each, 1))
    return worker, below.sum(2)


def true_loss(here: World, rng: Generator, items: int = SIMULATED) -> float:
    """Expected accuracy of the rule that knows the world, less that of a majority whose ties share
    the credit.
    """
    k, (worker, vote) = len(here.balance), drawn(here, items, rng)
    log = np.log(here.matrices).swapaxes(1, 2)[worker, vote].sum(1)
    if here.hard:
        shared = np.log(here.shared).T[vote].sum(1)
        log = np.logaddexp(log + np.log(1 - here.hard), shared + np.log(here.hard))
    p = np.exp(log - log.max(1, keepdims=True)) * here.balance
    p /= p.sum(1, keepdims=True)
    count = (vote[:, :, None] == np.arange(k)).sum(1)
    top = count == count.max(1, keepdims=True)
    return float((p.max(1) - (p * top).sum(1) / top.sum(1)).mean())


def votes_of(here: World, rng: Generator) -> Votes[Classes]:
    """Votes as a user would have them."""
    worker, vote = drawn(here, here.items, rng)
    item = np.repeat(np.arange(here.items), here.each)
    w, k, _ = here.matrices.shape
    names = tuple("abcde"[:k])
    return Votes(item, worker.ravel(), Classes(vote.ravel(), names), here.items, w)


def judged(number: int, simulated: int = SIMULATED) -> Row:
    """The certificate of one world beside the truth."""
    from reliabel.measures.majority_certificate import measure

    here = world(number)
    loss = true_loss(here, np.random.default_rng([22, number]), simulated)
    votes = votes_of(here, np.random.default_rng([23, number]))
    start = process_time()
    found = measure(votes, rng=np.random.default_rng([24, number]))
    seconds = process_time() - start
    verdict = found.parts["verdict"]
    return Row(
        world=number,
        kind=here.kind,
        classes=len(here.balance),
        largest=float(here.balance.max()),
        workers=votes.w,
        each=here.each,
        items=here.items,
        hard=here.hard,
        loss=loss,
        value=found.value,
        low=found.low,
        high=found.high,
        tells=not verdict.startswith("cannot tell"),
        seconds=seconds,
        verdict=verdict,
    )


def table(rows: Sequence[Row]) -> str:
    """The table of docs/aggregate.md."""
    groups: list[tuple[str, Callable[[Row], bool]]] = [
        ("all", lambda row: True),
        ("first half", lambda row: row.world // len(KINDS) % 2 == 0),
        ("second half", lambda row: row.world // len(KINDS) % 2 == 1),
        *((kind, lambda row, kind=kind: row.kind == kind) for kind in KINDS),
        ("five votes an item or more", lambda row: row.each >= 5),
        ("and 500 items or more, no hard items", _plenty),
    ]
    lines = [
        "| worlds | number | interval holds the loss | answers | of the answers hold | "
        "median width | of the answers |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, belongs in groups:
        some = [row for row in rows if belongs(row)]
        lines.append(f"| {name} | {len(some)} | {' | '.join(_figures(some))} |")
    return "\n".join(lines)


def _plenty(row: Row) -> bool:
    return row.each >= 5 and row.items >= 500 and not row.hard


def _figures(rows: Iterable[Row]) -> list[str]:
    rows = list(rows)
    told = [row for row in rows if row.tells]
    shares = (
        [row.holds for row in rows],
        [row.tells for row in rows],
        [row.holds for row in told],
    )
    widths = ([row.high - row.low for row in some] for some in (rows, told))
    return [f"{np.mean(share):.3f}" if share else "-" for share in shares] + [
        f"{np.median(width):.3f}" if width else "-" for width in widths
    ]


def of_crowds(data: Path) -> Iterator[str]:
    """A line of Markdown for each real crowd: the best gain known, interval and verdict."""
    import reliabel as rl
    from reliabel.bench.consensus_errors import crowds
    from reliabel.bench.crowd import scores
    from reliabel.measures.majority_certificate import measure

    yield "| crowd | best method gains | certificate | verdict |\n|---|---|---|---|"
    for name, votes, truth in crowds(data):
        known = (truth >= 0) & (np.bincount(votes.item, minlength=votes.n) > 0)
        right = {
            by: scores(rl.aggregate(votes, by=by).labels.p[known], truth[known])["accuracy"]
            for by in ("majority", *METHODS)
        }
        best = max(METHODS, key=lambda by: right[by])
        found = measure(votes, rng=np.random.default_rng(0))
        verdict = found.parts["verdict"].split(";")[0].split(":")[0]
        yield (
            f"| {name} | {right[best] - right['majority']:+.3f} ({best}) | "
            f"{found.low:.3f}-{found.high:.3f} | {verdict} |"
        )


def main(path: str, worlds: str = str(WORLDS)) -> None:
    """Write the rows and print the table; ``--crowds DATA`` prints that of the real crowds."""
    if path == "--crowds":
        for line in of_crowds(Path(worlds)):
            sys.stdout.write(f"{line}\n")
        return
    rows = [judged(number) for number in range(int(worlds))]
    with Path(path).open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(asdict(rows[0])))
        writer.writeheader()
        for row in rows:
            short = {name: f"{x:.4g}" for name, x in asdict(row).items() if isinstance(x, float)}
            writer.writerow(asdict(row) | short)
    seconds = np.array([row.seconds for row in rows])
    cost = f"CPU seconds: mean {seconds.mean():.2f}, at most {seconds.max():.2f}"
    sys.stdout.write(f"{table(rows)}\n\n{cost}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
