"""Part spans of the suite votes: planted annotators and planted labelling functions on sentences
of AG News whose spans are known, three real columns of NoiseBench as votes, and cost.

crowd-kit has no aggregator of spans; the plain ways are a majority for each word, and of
labelling functions a majority of those that speak.  Defaults were chosen on seeds below
``JUDGED``.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench.learn_sections import Section
from reliabel.bench.run import Row
from reliabel.bench.span_annotators import (
    CROWDS,
    SEEN,
    asked_functions,
    found_spans,
    functions_on_news,
    grouped,
    majority_per_token,
    sentences,
    span_f1,
    voted,
)
from reliabel.bench.suite_parts import Scenario, cost_section
from reliabel.bench.tagged_news import TYPES
from reliabel.core.labels import Grouped, Spans, Votes
from reliabel.core.results import Consensus
from reliabel.core.words import Words

JUDGED, DRAWS, SENTENCES = 1000, 10, 1500
EACH = (3, 5)  # votes a sentence
METHODS = ("span_votes", "tag_sequences")
COLUMNS = ("crowd", "distant", "expert")
PLAIN = "majority per word"
COST = 200_000  # sentences
Made = tuple[Votes[Grouped[Spans]], list[Words], Grouped[Spans], Any]


def scenarios(*, quick: bool, data: Path | None) -> Mapping[str, Scenario]:
    """Each crowd with few and with more votes a sentence, functions, real columns, and the cost."""
    draws = 2 if quick else DRAWS
    made: dict[str, Scenario] = {
        f"spans-{name} {each}": partial(
            _over, f"spans-{name} {each}", partial(_crowd, name, each, data), draws, True
        )
        for name in CROWDS
        for each in EACH
    }
    made["spans-functions"] = partial(
        _over, "spans-functions", partial(_functions, data), draws, False
    )
    made["spans-noisebench"] = partial(
        _over, "spans-noisebench", partial(_noisebench, data), 1, True
    )
    return made | {"spans-cost": partial(_cost, COST // 10 if quick else COST)}


def _crowd(name: str, each: int, data: Path | None, seed: int) -> Made:
    rng = np.random.default_rng(seed)
    words, truth = sentences(_found(data), SENTENCES, seed)
    return voted(words, truth, CROWDS[name](rng), each, rng), words, grouped(truth), None


def _functions(data: Path | None, seed: int) -> Made:
    """Functions are judged on the sentences that whoever wrote them has not looked at."""
    rng = np.random.default_rng(seed)
    words, truth = sentences(_found(data), SENTENCES, seed)
    votes: Any = asked_functions(words, functions_on_news(words, truth, rng)).labels
    return votes, words, grouped(truth), np.arange(len(words)) >= SEEN


def _noisebench(data: Path | None, seed: int) -> Made:
    """The columns of NoiseBench as votes of three workers; its words are masked."""
    import reliabel as rl

    folder = _found(data) / "tokens"
    names = ("clean", *(f"noise_{column}" for column in COLUMNS))
    files = [rl.read(folder / f"noisebench_{name}.iob2") for name in names]
    truth, *said = (_in_types(one.labels) for one in files)
    n, many = len(truth), len(said)
    start, end, y = (
        np.concatenate([getattr(one.units, part) for one in said]) for part in ("start", "end", "y")
    )
    size = np.concatenate([np.diff(one.offsets) for one in said])
    labels = Grouped(Spans(start, end, y, TYPES), np.concatenate([[0], np.cumsum(size)]))
    votes = Votes(np.tile(np.arange(n), many), np.repeat(np.arange(many), n), labels, n, many)
    return votes, files[0].evidence["items"], truth, None


def _in_types(labels: Any) -> Grouped[Spans]:
    place = np.array([TYPES.index(name) for name in labels.units.names])
    u = labels.units
    return Grouped(Spans(u.start, u.end, place[u.y], TYPES), labels.offsets)


def _over(scenario: str, make: Callable[[int], Made], draws: int, silent: bool) -> list[Row]:
    """F1 of spans of every method (and how far above the plain way at worst), and the chance that
    is told against the share that is right.
    """
    import reliabel as rl

    value: dict[tuple[str, str], list[float]] = defaultdict(list)
    spent: dict[str, float] = defaultdict(float)
    for draw in range(draws):
        votes, words, truth, use = make(JUDGED + draw)
        plain = span_f1(majority_per_token(votes, words, silent=silent), truth, use)
        value[PLAIN, "F1"].append(plain)
        best = max(span_f1(_of_worker(votes, j), truth, use) for j in range(votes.w))
        if silent and scenario.endswith("noisebench"):
            value["best column alone", "F1"].append(best)
        for method in METHODS:
            start = time.process_time()
            found = rl.aggregate(votes, by=method, silence="outside" if silent else "open")
            spent[method] += time.process_time() - start
            f1 = span_f1(found.labels, truth, use)
            value[method, "F1"].append(f1)
            value[method, "above"].append(100 * (f1 - plain))
            told, right = _told(found, truth, use)
            value[method, "chance told"].append(told)
            value[method, "right"].append(right)
    rows = []
    for (method, metric), values in value.items():
        number = float(np.min(values) if metric == "above" else np.mean(values))
        rows.append(Row(scenario, "", "", 0, method, metric, number, cpu_s=spent[method]))
    return rows


def _of_worker(votes: Votes[Grouped[Spans]], worker: int) -> Grouped[Spans]:
    """What one worker marks."""
    mine = np.flatnonzero(votes.worker == worker)
    mine = mine[np.argsort(votes.item[mine], kind="stable")]
    held = votes.labels.take(mine)
    size = np.zeros(votes.n, dtype=np.int64)
    np.add.at(size, votes.item[mine], np.diff(held.offsets))
    return Grouped(held.units, np.concatenate([[0], np.cumsum(size)]))


def _told(found: Consensus[Any], truth: Grouped[Spans], use: Any) -> tuple[float, float]:
    true, u = found_spans(truth), found.labels.units
    item = found.labels.item
    parts = item.tolist(), u.start.tolist(), u.end.tolist(), u.y.tolist()
    right = np.array([row in true for row in zip(*parts, strict=True)], dtype=bool)
    chosen = np.ones(len(item), dtype=bool) if use is None else use[item]
    return float(found.info["p"][chosen].mean()), float(right[chosen].mean())


def _found(data: Path | None) -> Path:
    if data is None:
        raise FileNotFoundError("set RELIABEL_DATA to the folder that holds text and tokens")
    return data


def _cost(size: int) -> list[Row]:
    """Five votes a sentence of thirty words, in a process of its own."""
    from reliabel.bench.child import child

    rows = []
    for method in METHODS:
        found = child([sys.executable, "-m", "reliabel.bench.votes_spans", method, str(size)])
        setting = f"{size:,} sentences, {found['votes']:,} votes, {found['spans']:,} spans"
        for metric in ("cpu_s", "extra_mib"):
            rows.append(Row("spans-cost", "", setting, 0, method, metric, found[metric]))
    return rows


def many_votes(size: int, seed: int = 0, w: int = 200, each: int = 5) -> Votes[Grouped[Spans]]:
    """Votes on spans at any size: two places a sentence, most spans marked rightly."""
    rng = np.random.default_rng(seed)
    start = np.stack([rng.integers(0, 10, size), rng.integers(15, 25, size)], 1)
    length, y = rng.integers(1, 4, (size, 2)), rng.integers(0, 4, (size, 2))
    item, worker = np.repeat(np.arange(size), each), rng.integers(0, w, size * each)
    shape = (size * each, 2)
    seen = rng.random(shape) < 0.8
    more = rng.random(shape) < 0.1
    said = np.where(rng.random(shape) < 0.9, y[item], rng.integers(0, 4, shape))
    row, part = np.nonzero(seen)
    first = start[item[row], part]
    spans = Spans(first, first + (length[item] + more)[row, part], said[row, part], TYPES)
    offsets = np.concatenate([[0], np.cumsum(seen.sum(1))])
    return Votes(item, worker, Grouped(spans, offsets), size, w)


def sections(rows: list[Row]) -> Iterator[Section]:
    """Tables of the part for docs/bench.md."""
    value = {(r.method, r.scenario, r.metric): r.value for r in rows}
    worlds = [s for s in dict.fromkeys(r.scenario for r in rows) if s != "spans-cost"]
    methods = dict.fromkeys(r.method for r in rows if r.metric == "F1")
    head = ["method", *(one.removeprefix("spans-") for one in worlds)]
    yield (
        "**Spans**: F1 of spans with the true words and class (in brackets the points above a "
        "majority per word in the worst draw)",
        [head, *([m, *(_gain(value, m, w) for w in worlds)] for m in methods)],
    )
    yield (
        "**Spans, the chance that one is right**: as told, and as it is",
        [
            head,
            *(
                [
                    m,
                    *(
                        _pair(value.get((m, w, "chance told")), value.get((m, w, "right")))
                        for w in worlds
                    ),
                ]
                for m in METHODS
            ),
        ],
    )
    yield cost_section("**Cost of spans**", "votes", rows, "spans-cost")


def _gain(value: Mapping[Any, Any], method: str, world: str) -> str:
    f1, above = (value.get((method, world, metric)) for metric in ("F1", "above"))
    if f1 is None:
        return ""
    return f"{float(f1):.3f}" + ("" if above is None else f" ({float(above):+.1f})")


def _pair(told: Any, right: Any) -> str:
    return "" if told is None else f"{float(told):.2f} / {float(right):.2f}"


def main(method: str, size: int) -> None:
    """Measure one method and write it as JSON."""
    from importlib import import_module

    from reliabel.bench.child import measured

    votes = many_votes(size)
    u = votes.labels.units
    held = sum(part.nbytes for part in (votes.item, votes.worker, u.start, u.end, u.y))
    run = import_module(f"reliabel.aggregators.{method}").aggregate
    found = measured(lambda: run(votes), held)
    sys.stdout.write(json.dumps({**found, "votes": len(votes), "spans": len(u)}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
