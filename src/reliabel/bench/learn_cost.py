"""Suite learn-cost: what a learner takes beside a training loop written by hand in PyTorch with the
same optimiser, hold-out and best epoch; 20,000 x 384, ten classes, linear head.

Each method runs in a process of its own, in turn with that loop, so that a busy machine slows both
alike; the ratio is the median of the pairs.  Memory is that of the process beyond the data.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench.child import child, measured_anonymous
from reliabel.bench.run import Row, Table
from reliabel.core.call import called
from reliabel.core.catalogue import Entry, catalogue, find
from reliabel.core.labels import Classes, Floats, Ints
from reliabel.core.run import track
from reliabel.core.training import Training

ROWS, WIDTH, CLASSES, EPOCHS, PAIRS = 20_000, 384, 10, 8, 3
QUICK = ("cross_entropy", "generalised_cross_entropy", "early_learning", "co_teaching")
PLAIN = "cross_entropy"
GIVEN = frozenset({"features", "probs", "rng", "training", "trusted", "privileged", "paired"})
LOOP, LOSS, TWO, GUESS, META = 1.15, 1.6, 2.2, 9.0, 6.0
MOST = {  # at most so many times the loop by hand; by room where nothing is said
    PLAIN: LOOP,
    "early_learning": TWO,
    "trajectory": TWO,
    "sharpness_aware": TWO,
    "divide_mix": GUESS,
    "early_learning_plus": GUESS,
    "mixture_correction": GUESS,
    "cross_split": GUESS,
    "tabasco": GUESS,
    "enhanced_meta_correction": META,
    "meta_loss_rescaling": META,
}
ROOMS = {"losses": LOSS, "matrices": LOSS, "selection": TWO}


def run(table: Table, *, quick: bool, data: Path | None) -> None:
    """Write the rows of every learner that is not there yet."""
    names = [entry.name for entry in catalogue() if _able(entry)]
    for name in track("learners", [one for one in names if not quick or one in QUICK]):
        if not table.has(name):
            table.add(_rows(name))


def _able(entry: Entry) -> bool:
    return (
        entry.verb == "learn"
        and "Classes" in entry.takes
        and "training" in entry.accepts
        and entry.needs <= GIVEN
        and not entry.missing_extras()
    )


def most(entry: Entry) -> float | None:
    """The most that a learner is to take, in times of the loop by hand."""
    room = next((value for name, value in ROOMS.items() if f".{name}." in entry.module), None)
    return MOST.get(entry.name, room)


def _rows(name: str) -> list[Row]:
    try:
        found = child([sys.executable, "-m", "reliabel.bench.learn_cost", name])
    except RuntimeError as wrong:
        return [Row(name, "generated", "", 0, name, "not run", str(wrong)[-300:])]
    at_most = most(find("learn", name))
    if at_most is not None:
        found["at most"] = at_most
    return [
        Row(name, "generated", "", 0, name, metric, float(value)) for metric, value in found.items()
    ]


def lines(rows: list[Row]) -> list[list[str]]:
    """A line a learner: CPU seconds an epoch, its ratio to the loop by hand, memory."""
    found: dict[str, dict[str, float]] = {}
    for row in rows:
        if isinstance(row.value, float):
            found.setdefault(row.method, {})[row.metric] = row.value
    head = ["method", "CPU ms an epoch", "times the loop by hand", "at most", "within"]
    out = [[*head, "extra MiB"]]
    for name, of in sorted(found.items(), key=lambda one: one[1].get("ratio", 0.0)):
        top = of.get("at most")
        within = "" if top is None else "yes" if of["ratio"] <= top else "no"
        cells = (f"{1000 * of['cpu_s'] / EPOCHS:.0f}", f"{of['ratio']:.2f}")
        out.append(
            [name, *cells, "" if top is None else f"{top:g}", within, f"{of['extra_mib']:.0f}"]
        )
    return out


# --- in a process of its own ---


def main(name: str) -> dict[str, float]:
    """CPU seconds of a learner, their ratio to the loop by hand, and its memory."""
    import torch

    torch.set_num_threads(1)
    entry = find("learn", name)
    _learn(entry, *_world(600))  # what is loaded once
    world = _world(ROWS)
    memory = measured_anonymous(partial(_learn, entry, *world, epochs=2), 0)["extra_mib"]
    by_hand(*world, epochs=1)
    pairs = []
    for _ in range(PAIRS):
        start = time.process_time()
        by_hand(*world)
        middle = time.process_time()
        _learn(entry, *world)
        pairs.append((time.process_time() - middle, middle - start))
    found = {
        "cpu_s": statistics.median(ours for ours, _ in pairs),
        "by hand cpu_s": statistics.median(plain for _, plain in pairs),
        "ratio": statistics.median(ours / plain for ours, plain in pairs),
        "extra_mib": memory,
    }
    return found


def _world(n: int) -> tuple[Floats, Ints]:
    """Features of ten overlapping classes, three labels of ten wrong."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, CLASSES, n)
    x = rng.normal(size=(n, WIDTH)) + 0.25 * rng.normal(size=(CLASSES, WIDTH))[truth]
    wrong = rng.random(n) < 0.3
    y = np.where(wrong, (truth + rng.integers(1, CLASSES, n)) % CLASSES, truth)
    return x.astype(np.float32), y


def _learn(entry: Entry, x: Floats, y: Ints, epochs: int = EPOCHS) -> None:
    labels, rng = Classes(y, tuple(map(str, range(CLASSES)))), np.random.default_rng(1)
    evidence: dict[str, Any] = {
        "features": x,
        "training": Training(epochs=epochs),
        "privileged": np.eye(CLASSES, dtype=np.float32)[rng.integers(0, CLASSES, len(y))],
        "paired": x[:, ::-1].copy() if "paired" in entry.accepts else None,
        "trusted": rng.random(len(y)) < 0.1,
        "probs": (0.5 / (CLASSES - 1) + np.eye(CLASSES)[y] * 0.45).astype(np.float32),
    }
    if "probs" in entry.accepts:
        evidence["probs"] /= evidence["probs"].sum(1, keepdims=True)
    called(entry, labels, {name: evidence[name] for name in entry.accepts & evidence.keys()}, {}, 0)


def by_hand(x: Floats, y: Ints, epochs: int = EPOCHS) -> Any:
    """Cross-entropy as one would write it without a library: standardised rows, batches of 256, SGD
    with momentum, cosine schedule, a tenth held out, the best epoch kept.
    """
    import torch

    torch.manual_seed(0)
    order = torch.randperm(len(y))
    held, rows = order[: len(y) // 10], order[len(y) // 10 :]
    data, target = torch.from_numpy(x), torch.from_numpy(y)
    mean, spread = data.mean(0), data.std()
    net = torch.nn.Linear(x.shape[1], CLASSES)
    sgd = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9, weight_decay=0.003)
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(sgd, epochs * -(-len(rows) // 256))
    best, kept = -1.0, {}
    for _ in range(epochs):
        for part in rows[torch.randperm(len(rows))].split(256):
            sgd.zero_grad()
            logits = net((data[part] - mean) / spread)
            torch.nn.functional.cross_entropy(logits, target[part]).backward()
            sgd.step()
            cosine.step()
        with torch.no_grad():
            right = net((data[held] - mean) / spread).argmax(1) == target[held]
        if (now := float(right.float().mean())) > best:
            best, kept = now, {key: value.clone() for key, value in net.state_dict().items()}
    net.load_state_dict(kept)
    return net


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1])))
