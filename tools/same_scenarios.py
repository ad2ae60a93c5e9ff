"""The small data sets that ``same_numbers.py`` sends through the public verbs, as name -> call."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

Scenarios = Iterable[tuple[str, Callable[[], Any]]]


def world(
    n: int = 150, k: int = 3, d: int = 6, seed: int = 0, apart: float = 2
) -> tuple[Any, Any, Any, Any]:
    """Features (n, d), true classes, given classes (a tenth wrong), rough probabilities (n, k)."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, k, n)
    x = rng.normal(size=(n, d)) + apart * np.eye(k, d)[truth]
    given = np.where(rng.random(n) < 0.1, (truth + rng.integers(1, k, n)) % k, truth)
    p = np.exp(1.5 * x[:, :k])
    return x, truth, given, p / p.sum(1, keepdims=True)


def audits() -> Scenarios:
    """Every auditor and P(wrong) on the label kinds, from probabilities, features or both."""
    import reliabel as rl
    from reliabel.core.evidence import Dynamics

    x, _, given, p = world()
    names = ("ant", "bee", "cat")
    classes = rl.Classes(given, names)
    offsets, many = np.arange(0, 151, 5), world(1500, k=4, apart=5)
    x[7], x[9] = x[8], 40.0  # a copy, an outlier
    cells = (np.random.default_rng(1).random((150, 3)) < np.clip(p + 0.05, 0, 1)).astype(np.int64)
    some = rl.Classes(np.where(np.arange(150) % 9 == 0, -1, given), names)
    dynamics = Dynamics(
        np.stack([p[:, 0] - p[:, 1]] * 3),
        np.stack([p.max(1)] * 3),
        np.stack([p.argmax(1) == given] * 3),
    )
    kinds: dict[str, tuple[Any, dict[str, Any]]] = {
        "probs": (classes, {"probs": p}),
        "features": (classes, {"features": x}),
        "both": (classes, {"probs": p, "features": x, "seed": 3}),
        "missing labels": (some, {"features": x}),
        "labels alone": (classes, {}),
        "by name": (
            classes,
            {
                "probs": p,
                "dynamics": dynamics,
                "by": ["prune_by_noise_rate", "normalized_margin", "area_under_margin"],
            },
        ),
        "multi-label": (
            rl.MultiLabel(cells, names),
            {"probs": np.clip(p, 0.01, 0.99), "features": x},
        ),
        "grouped": (rl.Grouped(classes, offsets), {"probs": p}),
        "many": (rl.Classes(many[2]), {"features": many[0], "probs": many[3]}),
        "many cells": (
            rl.MultiLabel(np.eye(4, dtype=np.int64)[many[2]]),
            {"features": many[0], "probs": many[3]},
        ),
        "numbers": (rl.Numbers(x[:, 0].copy()), {"features": x}),
    }
    for name, (labels, words) in kinds.items():
        found: list[Any] = []

        def run(labels: Any = labels, words: Any = words, found: Any = found) -> Any:
            found.append(rl.audit(labels, **words))
            return found[0]

        yield f"audit of {name}", run
        for rows in ("labels", "findings"):
            yield (
                f"table of {name}, {rows}",
                lambda found=found, rows=rows: rl.table(found[0], rows=rows).to_pydict(),
            )


def crowd(seed: int = 0) -> tuple[Any, dict[str, Any], Any]:
    """Who votes on which of 80 items, evidence on them, and the classes that 12 workers voted."""
    x, truth, _, p = world(80, seed=seed)
    rng = np.random.default_rng(seed + 1)
    item, worker = (
        part.ravel() for part in np.meshgrid(np.arange(80), np.arange(12), indexing="ij")
    )
    cast = rng.random(len(item)) < 0.45
    item, worker = item[cast], worker[cast]
    y = np.where(
        rng.random(len(item)) < np.linspace(0.95, 0.4, 12)[worker],
        truth[item],
        rng.integers(0, 3, len(item)),
    )
    beside = {
        "features": x,
        "probs": p,
        "gold": np.where(np.arange(80) < 20, truth, -1),
        "truth": truth,
        "rng": rng,
    }
    return (item, worker), beside, y


def crowds() -> Scenarios:
    """Every aggregator, and ``auto``, on classes, numbers and groups; with gold, cooled."""
    import reliabel as rl
    from reliabel.core.catalogue import catalogue

    (item, worker), beside, y = crowd()
    noise = beside.pop("rng").normal(size=len(item)) * (0.3 + worker / 10)
    score = beside["truth"][item] + noise
    votes = {
        "Votes[Classes]": rl.Votes(item, worker, rl.Classes(y, ("1", "2", "3")), n=80, w=12),
        "Votes[Numbers]": rl.Votes(item, worker, rl.Numbers(score), n=80, w=12),
    }
    golds = {
        "Votes[Classes]": beside["gold"],
        "Votes[Numbers]": np.where(beside["gold"] >= 0, beside["gold"].astype(float), np.nan),
    }
    ask = [("auto", kind, frozenset({"gold"}), frozenset()) for kind in votes]
    ask += [
        (e.name, kind, e.accepts, e.needs)
        for e in catalogue()
        if e.verb == "aggregate"
        for kind in sorted(e.takes)
        if kind in votes
    ]
    for by, kind, accepts, needs in ask:
        own = {name: beside[name] for name in ("features", "probs") if name in needs}
        ways: dict[str, dict[str, Any]] = {
            "plain": {},
            "seed 5": {"seed": 5},
            "cooled": {"temper": True},
        }
        ways |= {"gold": {"gold": golds[kind]}} if "gold" in accepts else {}
        ways |= (
            {
                "features": {"features": beside["features"]},
                "probs": {"probs": beside["probs"]},
                "thorough": {"thorough": True},
            }
            if by == "auto"
            else {}
        )
        for way, words in ways.items():
            yield (
                f"aggregate {kind} by {by}, {way}",
                lambda by=by, kind=kind, words={**own, **words}: rl.aggregate(
                    votes[kind], by=by, **words
                ),
            )
    for by in ("auto", "dawid_skene", "majority"):
        several = rl.Votes(
            item[:50] // 4,
            worker[:50],
            rl.Grouped(rl.Classes(y[:100]), np.arange(0, 101, 2)),
            n=20,
            w=12,
        )
        yield (
            f"aggregate groups by {by}",
            lambda by=by, several=several: rl.aggregate(several, by=by),
        )
    for kind, cast in votes.items():
        yield f"table of {kind}", lambda cast=cast: rl.table(rl.aggregate(cast)).to_pydict()


def labelled(takes: Iterable[str], given: Any) -> Any:
    """A label set that an algorithm takes, made of 150 classes."""
    import reliabel as rl
    from reliabel.core.labels import Spans

    m = len(given)
    places, names, each = np.arange(m) % 5 * 20, ("ant", "bee", "cat"), np.arange(0, m + 1, 5)
    if "Grouped[Boxes]" in takes:
        corners = np.stack([places, places, places + 9, places + 12 + given], axis=1)
        return rl.Grouped(rl.Boxes(corners.astype(float), given, names), each)
    if "Grouped[Regions]" in takes:
        runs = np.arange(4) * 100 + places[:, None]  # four rows of nine pixels
        long = np.full(4 * m, 9)
        ends, size = np.arange(m + 1) * 4, np.full((m, 2), 100)
        return rl.Grouped(rl.Regions(given, runs.ravel(), long, ends, size, names), each)
    if "MultiLabel" in takes:
        return rl.MultiLabel(np.stack([given == 0, given < 2, given == 2], axis=1).astype(int))
    if "Numbers" in takes:
        return rl.Numbers(given * 10 + np.linspace(0, 1, len(given)))
    if "Grouped[Spans]" in takes:
        start = np.arange(len(given)) % 5 * 2
        spans = Spans(start, start + 1 + given % 2, given, ("ant", "bee", "cat"))
        return rl.Grouped(spans, np.arange(0, len(given) + 1, 5))
    return rl.Classes(given)


def answers(kind: str, given: Any) -> Any:
    """Answers that are no classes or numbers for votes of a kind; None for other kinds."""
    import reliabel as rl

    inner = kind.removeprefix("Votes[").removesuffix("]")
    if inner in ("Grouped[Boxes]", "Grouped[Regions]", "Grouped[Spans]"):
        return labelled([inner], given) if kind != inner else None
    here = np.arange(len(given))
    if inner == "Comparisons":
        return rl.Comparisons(here // 2 % 5, (here // 2 + 1) % 5, given % 2, 5)
    if inner == "Rankings":
        order = (given[:, None] + np.arange(3)) % 4
        return rl.Rankings(order.ravel(), np.arange(len(given) + 1) * 3, 4)
    if inner == "Texts":
        return rl.Texts([f"the {word} sat on mat {place}" for place, word in enumerate(given)])
    return None


def measures() -> Scenarios:
    """Every measure, with all evidence that it accepts."""
    import reliabel as rl
    from reliabel.core.catalogue import catalogue

    x, truth, given, p = world()
    (item, worker), beside, y = crowd()
    classes, numbers = rl.Classes(y), rl.Numbers(y + beside["rng"].normal(size=len(y)))
    gold = np.where(np.arange(150) < 60, truth, -1)
    near = rl.audit(rl.Classes(given), features=x, by=["knn_outliers"]).data.evidence["neighbours"]
    plain_of = {"features": x, "probs": p, "posterior": p, "gold": gold, "neighbours": near}
    number_of = {"gold": truth * 10.0, "scores": {"far": np.abs(given - truth) + x[:, 0] ** 2}}
    voted = {
        "posterior": beside["probs"],
        "gold": beside["gold"],
        "class_distance": np.abs(np.subtract.outer(np.arange(3.0), np.arange(3.0))),
    }
    for entry in (entry for entry in catalogue() if entry.verb == "measure"):
        for kind in sorted(entry.takes):
            cast = answers(kind, given)
            if cast is not None:
                n = len(cast)
                labels: Any = rl.Votes(
                    np.arange(n) // 2, np.arange(n) % 2, cast, n=(n + 1) // 2, w=2
                )
                words = {}
            elif kind.startswith("Votes"):
                labels = rl.Votes(
                    item, worker, numbers if "Numbers" in kind else classes, n=80, w=12
                )
                words = {name: voted[name] for name in entry.accepts & voted.keys()}
            else:
                labels = labelled([kind], given)
                known = plain_of | (number_of if kind == "Numbers" else {})
                words = {name: known[name] for name in entry.accepts & known.keys()}
            yield (
                f"measure {entry.name} of {kind}",
                lambda by=entry.name, labels=labels, words=words: rl.measure(
                    labels, by=by, **words
                ),
            )


def corrupters() -> Scenarios:
    """Every corrupter, with the evidence that it needs, for two seeds."""
    import reliabel as rl
    from reliabel.core.catalogue import catalogue

    x, truth, _, p = world()
    (item, worker), _, y = crowd()
    votes = rl.Votes(item, worker, rl.Classes(y), n=150, w=12)
    words = {
        "features": x,
        "probs": p,
        "votes": votes,
        "noise_matrix": np.full((3, 3), 0.1) + 0.7 * np.eye(3),
        "items": [("the", "quick", "brown", "fox", "jumps", "over", "a", "lazy", "old", "dog")]
        * 30,
    }
    for entry in (entry for entry in catalogue() if entry.verb == "corrupt"):
        own = {name: words[name] for name in entry.accepts & words.keys()}
        for seed in (0, 1):
            yield (
                f"corrupt {entry.name}, seed {seed}",
                lambda by=entry.name, takes=entry.takes, own=own, seed=seed: rl.corrupt(
                    labelled(takes, truth), by=by, seed=seed, **own
                ),
            )


def files(place: Path) -> Scenarios:
    """A text file, a table and a folder of pictures; the audit folder, a draw, verdicts, apply."""
    import pyarrow.parquet as pq
    from PIL import Image

    import reliabel as rl

    x, truth, given, _ = world(200, k=2)
    rng = np.random.default_rng(4)
    words = (("fine", "great", "warm", "lovely"), ("dull", "grey", "slow", "cold"))
    texts = [
        " ".join([*rng.choice(words[c], 4), *rng.choice(("film", "plot", "end", "cast"), 3)])
        for c in truth
    ]
    with (place / "texts.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [
                ("key", "text", "mood"),
                *((f"t{i}", texts[i], "good" if given[i] else "bad") for i in range(200)),
            ]
        )
    table = {
        "size": x[:, 0].tolist(),
        "width": x[:, 1].tolist(),
        "shape": ["a", "b"] * 100,
        "kind": [f"k{c}" for c in given],
    }
    for i in range(48):
        path = place / "pictures" / f"c{given[i]}" / f"{i:02d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(
            (rng.integers(0, 120, (16, 16)) + 100 * int(truth[i])).astype(np.uint8)
        ).save(path)
    yield "read a CSV", lambda: rl.read(place / "texts.csv", label="mood", text="text", id="key")
    yield (
        "audit of texts",
        lambda: rl.audit(
            rl.read(place / "texts.csv", label="mood", text="text", id="key"), embed="tfidf"
        ),
    )
    yield "audit of a table", lambda: rl.audit(rl.read(table, label="kind"))
    yield "audit of pictures", lambda: rl.audit(rl.read(place / "pictures"), embed="patches")

    def folder(*more: str) -> dict[str, Any]:
        ask = [
            "audit",
            "texts.csv",
            "--label",
            "mood",
            "--text",
            "text",
            "--id",
            "key",
            "--embed",
            "tfidf",
            "-o",
            "folder",
            *more,
        ]
        subprocess.run(
            [sys.executable, "-m", "reliabel", *ask], cwd=place, check=True, capture_output=True
        )
        kept = {
            name: pq.read_table(place / "folder" / f"{name}.parquet").to_pydict()
            for name in ("labels", "findings")
        }
        card = json.loads((place / "folder" / "audit.json").read_text(encoding="utf-8"))
        return kept | {"card": {key: value for key, value in card.items() if key != "input"}}

    def verdicts() -> Any:
        rows = rl.sample(place / "folder", n=60, out=place / "drawn.csv")["rows"]
        right = {f"t{i}": "keep" if given[i] == truth[i] else "drop" for i in range(200)}
        rows["verdict"] = [right[key] for key in rows["key" if "key" in rows else "id"]]
        with (place / "verdicts.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(
                [("id", "verdict"), *zip(rows["id"], rows["verdict"], strict=True)]
            )
        return {name: cells for name, cells in rows.items() if name not in ("who", "at")}

    yield "audit folder", folder
    yield "sample", verdicts
    yield "audit folder with verdicts", lambda: folder("--verdicts", "verdicts.csv")
    for name, ask in {
        "people": {"decisions": place / "verdicts.csv"},
        "auto": {"auto": 0.9},
    }.items():
        yield (
            f"apply {name}",
            lambda name=name, ask=ask: rl.apply(place / "folder", out=place / f"{name}.csv", **ask),
        )
        yield (
            f"apply {name}, file",
            lambda name=name: (place / f"{name}.csv").read_text(encoding="utf-8").splitlines(),
        )
