"""Part orders of the suite votes: planted strengths of things compared by workers of several kinds,
planted rankings, and cost.  crowd-kit's BradleyTerry and NoisyBradleyTerry work on the same
comparisons.

Told is the share of pairs of things that are ordered wrong, how well skills follow those of the
workers, and how many of the 95 % intervals hold the planted strength.  Defaults were chosen on
seeds below ``JUDGED``.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import expit

from reliabel.bench import peer
from reliabel.bench.learn_sections import Section
from reliabel.bench.run import Row
from reliabel.bench.suite_parts import Scenario, cost_section, percent
from reliabel.core.labels import Floats, Ints, Votes
from reliabel.core.orders import Comparisons, Rankings

JUDGED, DRAWS = 1000, 20
SIZE, THINGS, PATIENCE = 1_000_000, 1000, 900  # of the cost; seconds that a peer may take
SIZES, STEP, MOST = (150, 300, 600, 1200), 30, 1200  # comparisons of 30 things
STEPS = 30  # of Newton's method
COMPARED: dict[str, dict[str, Any]] = {
    "alike workers": {},
    "few comparisons": {"votes": 300},
    "a chain": {"near": 2},
    "noisy workers": {"crowd": "noisy"},
    "favourite sides": {"crowd": "sided"},
    "turned round": {"crowd": "turned"},
}
RANKED: dict[str, dict[str, Any]] = {
    "short rankings": {"things": 5, "each": 5},
    "partial rankings": {"things": 8, "each": 5, "partial": True},
    "long rankings": {"things": 20, "each": 8, "items": 5},
}
OF_PAIRS = ("share of wins", "bradley_terry", "noisy_bradley_terry", "crowd_bradley_terry")
OF_RANKINGS = ("borda", "kemeny", "mallows")
PEERS = {
    "crowd-kit BradleyTerry": "bradley_terry",
    "crowd-kit NoisyBradleyTerry": "noisy_bradley_terry",
}


def scenarios(*, quick: bool, data: Path | None) -> Mapping[str, Scenario]:
    """Each world, and the cost."""
    draws = 2 if quick else DRAWS
    found: dict[str, Scenario] = {
        f"orders-{name}": partial(_compared, f"orders-{name}", words, draws)
        for name, words in COMPARED.items()
    }
    for name, words in RANKED.items():
        found[f"orders-{name}"] = partial(_ranked, f"orders-{name}", words, draws)
    found["orders-next pairs"] = partial(_next, draws)
    return found | {"orders-cost": partial(_cost, SIZE // 10 if quick else SIZE)}


def compared(
    seed: int,
    *,
    things: int = 30,
    votes: int = 3000,
    workers: int = 20,
    near: int = 0,
    crowd: str = "",
) -> tuple[Votes[Comparisons], Floats, Floats | None]:
    """Votes, the log strengths, and how good each worker is (None where all are alike).

    near: things are compared with those at most so many places away.
    crowd: "noisy" workers guess in a share of their comparisons, "sided" ones then have a side that
        they prefer, and of "turned" ones some answer the wrong way round.
    """
    rng = np.random.default_rng(seed)
    s = rng.standard_normal(things)
    left = rng.integers(0, things, votes)
    gap = rng.integers(1, near + 1, votes) if near else rng.integers(1, things, votes)
    right = (left + gap) % things
    turn = rng.random(votes) < 0.5
    left, right = np.where(turn, right, left), np.where(turn, left, right)
    worker = rng.integers(0, workers, votes)
    p, good = expit(s[left] - s[right]), None
    if crowd in ("noisy", "sided"):
        good = rng.beta(1.5, 1, workers)
        side = (
            expit(1.5 * rng.standard_normal(workers)) if crowd == "sided" else np.full(workers, 0.5)
        )
        p = good[worker] * p + (1 - good[worker]) * side[worker]
    if crowd == "turned":
        good = np.where(
            np.arange(workers) % 4 == 0, rng.beta(1, 6, workers), rng.beta(6, 1, workers)
        )
        p = good[worker] * p + (1 - good[worker]) * (1 - p)
    y = (rng.random(votes) > p).astype(int)
    labels = Comparisons(left, right, y, things)
    cast = Votes(np.zeros(votes, dtype=np.int64), worker, labels, 1, workers)
    return cast, s - s.mean(), good


def ranked(
    seed: int, *, things: int, each: int, items: int = 100, workers: int = 15, partial: bool = False
) -> tuple[Votes[Rankings], Ints, Floats]:
    """Votes drawn around a ranking for each item, these rankings (items, things), and the theta of
    each worker.
    """
    from reliabel.ops.mallows import sampled

    rng = np.random.default_rng(seed)
    theta = np.clip(np.exp(rng.normal(-0.7, 1, workers)), 0.05, 3)
    truth = np.stack([rng.permutation(things) for _ in range(items)])
    item = np.repeat(np.arange(items), each)
    worker = np.concatenate([rng.permutation(workers)[:each] for _ in range(items)])
    rows = []
    for place, who in zip(item.tolist(), worker.tolist(), strict=True):
        drawn = sampled(truth[place], theta[who], rng)
        if partial:
            kept = rng.choice(things, rng.integers(2, things + 1), replace=False)
            drawn = drawn[np.sort(kept)]
        rows.append(drawn)
    labels = Rankings(np.concatenate(rows), np.cumsum([0, *map(len, rows)]), things)
    return Votes(item, worker, labels, items, workers), truth, theta


LOOKS = {"": 1.0, "noisy": 0.6, "sided": 0.6, "turned": 5 / 14}  # means over all such workers


def as_the_crowd_answers(labels: Comparisons, s: Floats, crowd: str) -> Floats:
    """Log strengths under which all such workers together would answer as they do: guessing draws
    them together, and endless comparisons by workers who weigh alike lead to these.
    """
    from reliabel.ops.comparisons import Hill, newton_step

    p = LOOKS[crowd] * expit(s[labels.left] - s[labels.right]) + (1 - LOOKS[crowd]) / 2
    hill = Hill(labels.left, labels.right, p, 1 - p, labels.n, 1e-6)
    found: Floats = np.zeros(labels.n)
    for _ in range(STEPS):
        found, _ = newton_step(hill, found)
    return np.asarray(found - found.mean())


def wrong_pairs(found: Floats, truth: Floats) -> float:
    """The share of pairs of things that are ordered wrong; a tie is half wrong."""
    first, second = np.triu_indices(len(truth), 1)
    said = np.sign(np.nan_to_num(found[first] - found[second]))
    true = np.sign(truth[first] - truth[second])
    return float(np.abs(said - true).mean() / 2)


def _compared(scenario: str, words: Mapping[str, Any], draws: int) -> list[Row]:
    import reliabel as rl

    cases = [compared(JUDGED + seed, **words) for seed in range(draws)]
    rows = []
    for method in OF_PAIRS:
        told = defaultdict(list)
        start = time.process_time()
        for votes, s, good in cases:
            if method == "share of wins":
                told["wrong pairs"].append(wrong_pairs(_share_of_wins(votes.labels), s))
                continue
            found = rl.aggregate(votes, by=method)
            info = found.info
            told["wrong pairs"].append(wrong_pairs(found.labels.y, s))
            held = (info["low"] < s) & (s < info["high"])
            told["in the interval"].append(float(held.mean()))
            if method == OF_PAIRS[1]:
                crowds = as_the_crowd_answers(votes.labels, s, words.get("crowd", ""))
                held = (info["low"] < crowds) & (crowds < info["high"])
                told["crowd's in the interval"].append(float(held.mean()))
            if found.skill is not None and good is not None:
                told["skill"].append(float(np.corrcoef(found.skill, good)[0, 1]))
        cpu = time.process_time() - start
        rows += [_row(scenario, method, metric, values, cpu) for metric, values in told.items()]
    for method, name in PEERS.items():
        answer, why = _peer(name, [votes for votes, _, _ in cases])
        if why:
            rows.append(Row(scenario, "", "", 0, method, "not run", why))
            continue
        pairs = zip(answer["scores"], cases, strict=True)
        wrong = [wrong_pairs(np.array(scores, dtype=float), s) for scores, (_, s, _) in pairs]
        rows.append(_row(scenario, method, "wrong pairs", wrong, answer["cpu_s"]))
    return rows


def _share_of_wins(labels: Comparisons) -> Floats:
    winner = np.where(labels.y == 0, labels.left, labels.right)
    games = np.bincount(labels.left, minlength=labels.n) + np.bincount(
        labels.right, minlength=labels.n
    )
    return np.asarray(np.bincount(winner, minlength=labels.n) / np.maximum(games, 1))


def _ranked(scenario: str, words: Mapping[str, Any], draws: int) -> list[Row]:
    import reliabel as rl

    cases = [ranked(JUDGED + seed, **words) for seed in range(draws)]
    rows = []
    for method in OF_RANKINGS:
        told = defaultdict(list)
        start = time.process_time()
        for votes, truth, theta in cases:
            found = rl.aggregate(votes, by=method)
            wrong, right = _turned(found.labels, truth)
            told["wrong pairs"].append(wrong)
            told["exactly right"].append(right)
            if found.skill is not None:
                told["skill"].append(float(np.corrcoef(found.skill, theta)[0, 1]))
                told["chance of that"].append(float(np.mean(found.info["p"])))
        cpu = time.process_time() - start
        rows += [_row(scenario, method, metric, values, cpu) for metric, values in told.items()]
    return [row for row in rows if row.value == row.value]


def _turned(labels: Rankings, truth: Ints) -> tuple[float, float]:
    """The share of pairs that the rankings turn round, and of rankings that are right."""
    turned = []
    for item, order in enumerate(truth):
        said = labels.order[labels.offsets[item] : labels.offsets[item + 1]]
        place = np.argsort(order)[said]
        first, second = np.triu_indices(len(said), 1)
        turned.append(float((place[first] > place[second]).mean()))
    return float(np.mean(turned)), float(np.mean(np.array(turned) == 0))


def _row(scenario: str, method: str, metric: str, values: Sequence[float], cpu: float) -> Row:
    return Row(scenario, "", "", 0, method, metric, float(np.mean(values)), cpu_s=cpu)


def _next(draws: int) -> list[Row]:
    """Pairs in the wrong order after more comparisons of pairs by chance, or of those that are
    named next.
    """
    from reliabel.aggregators import bradley_terry
    from reliabel.crowd.next_pairs import next_pairs

    wrong: dict[tuple[str, int], list[float]] = defaultdict(list)
    for seed in range(draws):
        for method in ("by chance", "next pairs"):
            rng = np.random.default_rng(JUDGED + seed)
            s = rng.standard_normal(30)
            told = np.zeros((0, 3), dtype=np.int64)
            for size in range(0, MOST + 1, STEP):
                labels = Comparisons(told[:, 0], told[:, 1], told[:, 2], 30)
                where = np.zeros(len(told), dtype=np.int64)
                if size in SIZES:
                    found = bradley_terry.aggregate(Votes(where, where, labels, 1, 1)).labels.y
                    wrong[method, size].append(wrong_pairs(found, s))
                one: Ints
                two: Ints
                if method == "by chance" or size < SIZES[0]:
                    one = rng.integers(0, 30, STEP)
                    two = (one + rng.integers(1, 30, STEP)) % 30
                else:
                    found = bradley_terry.aggregate(Votes(where, where, labels, 1, 1)).labels.y
                    ahead = next_pairs(labels, found, budget=STEP)
                    one, two = (np.repeat(side, ahead.times) for side in (ahead.one, ahead.two))
                y = (rng.random(len(one)) > expit(s[one] - s[two])).astype(np.int64)
                told = np.concatenate([told, np.stack([one, two, y], 1)])
    return [
        Row("orders-next pairs", "", f"{size}", 0, method, "wrong pairs", float(np.mean(values)))
        for (method, size), values in wrong.items()
    ]


def _peer(method: str, draws: Sequence[Votes[Comparisons]]) -> tuple[Any, str | None]:
    """What crowd-kit makes of the same comparisons, or why it makes nothing."""
    given: dict[str, Any] = {"draws": len(draws)}
    for place, votes in enumerate(draws):
        told = votes.labels
        parts = {"worker": votes.worker, "left": told.left, "right": told.right, "y": told.y}
        given |= {f"{name}{place}": part for name, part in (parts | {"n": told.n}).items()}
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "votes.npz", Path(folder) / "scores.json"
        np.savez(source, **given)
        _, error = peer.call(
            "crowdkit_orders.py", source, method, target, timeout=PATIENCE, one_thread=True
        )
        return ({}, error) if error else (json.loads(target.read_text(encoding="utf-8")), None)


def _cost(votes: int) -> list[Row]:
    """CPU time and memory of ours in a process of its own, and of the peer."""
    from reliabel.bench.child import child

    setting = f"{votes:,} comparisons of {THINGS:,} things"
    rows = []
    for method in OF_PAIRS[1:]:
        found = child([sys.executable, "-m", "reliabel.bench.votes_orders", method, str(votes)])
        for metric in ("cpu_s", "extra_mib"):
            rows.append(Row("orders-cost", "", setting, 0, method, metric, found[metric]))
    for method, name in PEERS.items():
        few = votes if name == "bradley_terry" else votes // 20  # it loops over comparisons
        cast, _, _ = compared(JUDGED, things=THINGS, votes=few, workers=100)
        found, error = _peer(name, [cast])
        words = f"{few:,} comparisons of {THINGS:,} things"
        if error:
            rows.append(Row("orders-cost", "", words, 0, method, "not run", error))
            continue
        for metric in ("cpu_s", "extra_mib"):
            rows.append(Row("orders-cost", "", words, 0, method, metric, found[metric]))
    return rows


def sections(rows: list[Row]) -> Iterator[Section]:
    """Tables of the part for docs/bench.md."""
    held = {(r.method, r.scenario, r.metric): r.value for r in rows}

    def of(methods: Sequence[str], worlds: Mapping[str, Any], metrics: Sequence[str]) -> Any:
        head = ["method", *worlds]
        body = []
        for method in methods:
            cells = [
                " / ".join(percent(held.get((method, f"orders-{world}", m))) for m in metrics)
                for world in worlds
            ]
            if any(cell.strip(" /") for cell in cells):
                body.append([method, *cells])
        return [head, *body]

    yield (
        "**Comparisons**: pairs of things in the wrong order, in %",
        of([*OF_PAIRS, *PEERS], COMPARED, ["wrong pairs"]),
    )
    yield (
        "**Comparisons**: planted strengths within the 95 % interval, in %",
        of(OF_PAIRS[1:], COMPARED, ["in the interval"]),
    )
    yield (
        "**Comparisons**: strengths as the crowd on the whole answers (guessing draws them "
        "together) within the 95 % interval, in %",
        of(OF_PAIRS[1:2], COMPARED, ["crowd's in the interval"]),
    )
    yield (
        "**Rankings**: pairs of things in the wrong order / rankings exactly right / the chance "
        "told of that, in %",
        of(OF_RANKINGS, RANKED, ["wrong pairs", "exactly right", "chance of that"]),
    )
    ahead = {(r.method, r.setting): r.value for r in rows if r.scenario == "orders-next pairs"}
    yield (
        "**Pairs to compare next**: pairs of 30 things in the wrong order, in %, after so many "
        "comparisons",
        [
            ["pairs", *(f"{size:,}" for size in SIZES)],
            *(
                [method, *(percent(ahead.get((method, str(size)))) for size in SIZES)]
                for method in ("by chance", "next pairs")
            ),
        ],
    )
    yield cost_section("**Cost of comparisons**", "size", rows, "orders-cost")


def main(method: str, votes: int) -> None:
    """Measure one method and write it as JSON."""
    from importlib import import_module

    from reliabel.bench.child import measured

    cast, _, _ = compared(JUDGED, things=THINGS, votes=votes, workers=100)
    told = cast.labels
    held = sum(part.nbytes for part in (cast.worker, told.left, told.right, told.y))
    call = import_module(f"reliabel.aggregators.{method}").aggregate
    sys.stdout.write(json.dumps(measured(lambda: call(cast), held)))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
