"""How many consensus labels are wrong, told and true, and whom the page calls a spammer, on crowds
with known truth.

    python -m reliabel.bench.consensus_errors DATA      prints the tables of docs/aggregate.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from reliabel.bench.crowd import CROWDS, load
from reliabel.core.labels import Bools, Classes, Ints, Votes
from reliabel.crowd.study import study

NEAR = 0.1  # above chance: the share of right votes up to which a worker is taken for a guesser
CHECKED = 10  # votes with known truth from which on a worker's share of right votes is taken
SPLITS = 4000


def crowds(folder: Path) -> Iterator[tuple[str, Votes[Classes], Ints]]:
    """The crowds of ``folder`` with the true class of each item, -1 where it is not known."""
    for name in CROWDS:
        yield (name, *load(folder, name))


def measured(votes: Votes[Classes], truth: Ints) -> dict[str, float]:
    """Expected and true share of wrong labels among the items whose truth is known, and of the
    workers called spammers how many were right at most ``NEAR`` above chance.
    """
    import reliabel as rl

    posterior = rl.aggregate(votes).labels.p
    known = (truth >= 0) & (np.bincount(votes.item, minlength=votes.n) > 0)
    found = study(votes, posterior, rng=np.random.default_rng(0))
    out = {
        "items": float(known.sum()),
        "expected": float((1 - posterior.max(1))[known].mean()),
        "true": float((posterior.argmax(1) != truth)[known].mean()),
        "low": float("nan"),
        "high": float("nan"),
        "spammers": float("nan"),
        "guessers": float("nan"),
    }
    if found.errors is not None:
        count, items = found.errors.count, found.errors.items
        out |= {"low": count.low / items, "high": count.high / items}
    if found.workers is None:
        return out
    share, enough = _right(votes, truth)
    named = (np.array(found.workers.kind) == "spammer") & enough
    guess = named & (share <= 1 / votes.labels.k + NEAR)
    return {**out, "spammers": float(named.sum()), "guessers": float(guess.sum())}


def _right(votes: Votes[Classes], truth: Ints) -> tuple[np.ndarray, Bools]:
    use = truth[votes.item] >= 0
    n = np.bincount(votes.worker[use], minlength=votes.w)
    hit = np.bincount(votes.worker[use], (truth[votes.item] == votes.labels.y)[use], votes.w)
    return hit / np.maximum(n, 1), n >= CHECKED


def coverage(gap: np.ndarray, below: float, above: float) -> float:
    """The share of gaps (crowds,), true less expected in log odds, within the interval."""
    return float(((gap >= -below) & (gap <= above)).mean())


def by_halves(gap: np.ndarray, rng: np.random.Generator) -> float:
    """Mean coverage on one half of the crowds of an interval that is chosen on the other: mean
    plus and minus 1.64 standard deviations.
    """
    found = []
    for _ in range(SPLITS):
        order = rng.permutation(len(gap))
        one, other = gap[order[: len(gap) // 2]], gap[order[len(gap) // 2 :]]
        centre, spread = one.mean(), 1.64 * one.std(ddof=1)
        found.append(coverage(other, spread - centre, spread + centre))
    return float(np.mean(found))


def report(found: dict[str, dict[str, float]]) -> str:
    """The measured crowds as a table, and how many the interval covers."""
    head = ("crowd", "items", "expected wrong", "interval", "wrong", "spammers", "of them guess")
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for name, one in found.items():
        lines.append(
            f"| {name} | {one['items']:,.0f} | {one['expected']:.3f} | "
            f"{one['low']:.3f}-{one['high']:.3f} | {one['true']:.3f} | "
            f"{one['spammers']:.0f} | {one['guessers']:.0f} |"
        )
    expected, true = (
        np.clip([one[word] for one in found.values()], 1e-6, 1 - 1e-6)
        for word in ("expected", "true")
    )
    gap = np.log(true / (1 - true)) - np.log(expected / (1 - expected))
    halves = by_halves(gap, np.random.default_rng(0))
    inside = sum(one["low"] <= one["true"] <= one["high"] for one in found.values())
    lines += ["", f"The interval holds the truth in {inside} of {len(gap)}."]
    return "\n".join([*lines, f"Chosen on halves, judged on the others: {halves:.2f}."])


def main(arguments: list[str]) -> int:
    """Measure and print."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        sys.stderr.write("usage: python -m reliabel.bench.consensus_errors DATA\n")
        return 2
    found = {name: measured(votes, truth) for name, votes, truth in crowds(Path(arguments[0]))}
    sys.stdout.write(report(found) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
