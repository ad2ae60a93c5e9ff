"""How near by="auto" of learn comes to the best learner of its shortlist, and to the linear probe.

    python tools/learn_auto.py DATA... [--noise sym40,pair30] [--seeds 2] [--n 3000] [--out o.csv]

DATA are .npz files that hold features ``x`` (N, d) and true classes ``y`` (N,), and for human
labels ``given_NAME`` (N,).  Noise is symNN or pairNN (percent), ``clean``, or such a NAME.
Each cell draws n items to learn from and up to 4,000 others to judge on, tunes every learner of the
shortlist as auto does, and trains it on all rows: a line each with its accuracy on true labels
and its agreement with held-out given labels; for auto also whom it took and the gain it saw.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.auto import learn as auto
from reliabel.auto.choose import tuned
from reliabel.core.call import called, opened
from reliabel.core.labels import Classes
from reliabel.corrupters import symmetric
from reliabel.ops.noise import drawn
from reliabel.prepare import prepare

JUDGED = 4_000


def given_labels(noise: str, data: Any, rows: Any, rng: np.random.Generator) -> Any:
    """The labels of these rows as they would be given."""
    y = data["y"][rows].astype(np.int64)
    k = int(data["y"].max()) + 1
    if noise == "clean":
        return y
    if noise.startswith("sym"):
        rate = int(noise.removeprefix("sym")) / 100
        return symmetric.corrupt(Classes(y, names(k)), rng=rng, rate=rate).labels.y
    if noise.startswith("pair"):
        rate = int(noise.removeprefix("pair")) / 100
        matrix = (1 - rate) * np.eye(k) + rate * np.roll(np.eye(k), 1, axis=1)
        return drawn(y, matrix, rng)
    return data[f"given_{noise}"][rows].astype(np.int64)


def names(k: int) -> tuple[str, ...]:
    return tuple(map(str, range(k)))


def cell(data: Any, noise: str, n: int, seed: int) -> list[dict[str, Any]]:
    """A line for each learner of the shortlist."""
    if len(data["y"]) <= n:
        raise SystemExit(
            f"{len(data['y'])} items leave none to judge on after {n} to learn from; "
            "give a smaller --n"
        )
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(data["y"]))
    train, test = np.sort(order[:n]), np.sort(order[n : n + JUDGED])
    k = int(data["y"].max()) + 1
    x = np.ascontiguousarray(data["x"][train], dtype=np.float32)
    fresh, truth = np.asarray(data["x"][test], dtype=np.float32), data["y"][test]
    labels = Classes(given_labels(noise, data, train, rng), names(k))
    whole = prepare(opened(labels, {"features": x})[0], auto.needs(), seed=seed).data
    evidence = {**whole.evidence}

    def accuracy(model: Any) -> float:
        return float((model.predict(fresh).p.argmax(1) == truth).mean())

    plain = auto.probe(labels, evidence, seed)
    started = time.process_time()
    found = auto.best(labels, evidence, plain, seed=seed)
    seconds = time.process_time() - started
    lines = [{"by": auto.PROBE, "agreement": plain.info["agreement"], "accuracy": accuracy(plain)}]
    for entry in auto.shortlist()[0]:

        def train_as(how: Any, entry: Any = entry) -> Any:
            return called(entry, labels, {**evidence, "training": how}, {}, seed)

        model, choice = tuned(train_as, n)
        line = {"by": entry.name, "agreement": choice.agreement, "accuracy": accuracy(model)}
        lines.append(line)
    chosen = {"by": "auto", "agreement": found.info["agreement"], "accuracy": accuracy(found.model)}
    chosen |= {"took": found.by, "seconds": round(seconds, 1)}
    chosen |= {name: found.info.get(name) for name in ("gain", "gain_error")}
    return [*lines, chosen]


def summary(lines: list[dict[str, Any]]) -> str:
    """Auto against the best of the shortlist and against the probe, over the cells."""
    cells: dict[Any, dict[str, float]] = {}
    for line in lines:
        cells.setdefault((line["data"], line["noise"], line["seed"]), {})[line["by"]] = line[
            "accuracy"
        ]
    best = np.array([max(v for by, v in c.items() if by != "auto") for c in cells.values()])
    mine, probe = (np.array([c[by] for c in cells.values()]) for by in ("auto", auto.PROBE))
    return (
        f"{len(cells)} cells: auto {mine.mean():.4f}, best of the shortlist {best.mean():.4f} "
        f"(auto {mine.mean() - best.mean():+.4f}, at worst {(mine - best).min():+.4f}), probe "
        f"{probe.mean():.4f} (auto {(mine - probe).mean():+.4f}, at worst "
        f"{(mine - probe).min():+.4f})"
    )


def main(arguments: list[str]) -> int:
    """Run the cells and write their lines."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("data", nargs="+", type=Path)
    parser.add_argument("--noise", default="sym40,pair30,clean")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--n", type=int, default=3_000)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args(arguments)
    lines: list[dict[str, Any]] = []
    for path in asked.data:
        data = dict(np.load(path))
        for noise in asked.noise.split(","):
            human = noise[:3] not in ("sym", "pai", "cle")
            if human and f"given_{noise}" not in data:
                continue
            for seed in range(asked.seeds):
                made = cell(data, noise, asked.n, seed)
                about = {"data": path.stem, "noise": noise, "seed": seed}
                lines += [{**about, **line} for line in made]
                print(path.stem, noise, seed, made[-1], flush=True)
    print(summary(lines))
    if asked.out is not None:
        heads = list(dict.fromkeys(name for line in lines for name in line))
        with asked.out.open("w", newline="", encoding="utf-8") as file:
            sheet = csv.DictWriter(file, heads)
            sheet.writeheader()
            sheet.writerows(lines)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
