"""Votes of real crowds with known truth, and votes of a made-up one; what the suite aggregate and
its child process share.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.labels import Classes, Floats, Ints, Numbers, Votes

SETS = (
    "bluebird",
    "rte",
    "dog",
    "d_product",
    "s_adult",
    "cf",
    "sp",
    "zencrowd_us",
    "labelme",
    "cifar10n",
)
# crowds whose votes and truth are text, under the name of their file in the folder crowd2
LATER = {
    "trec_votes": "trec",  # a set of RULES is called trec
    **{name: name for name in ("s_face", "d_possent", "mozafari", "cf_amt", "zencrowd_in")},
    **{
        name: name
        for name in (
            *("llm_emotion", "llm_flute", "llm_raop", "llm_reddit_humor"),
            *("llm_semeval_stance", "llm_tempowic", "llm_wiki_politeness"),
        )
    },
}
PANELS = tuple(name for name in LATER if name.startswith("llm_"))  # of language models
PEOPLE = (*SETS, *(name for name in LATER if name not in PANELS))
CROWDS = (*PEOPLE, *PANELS)
WITH_FEATURES = ("labelme", "cifar10n")
RULES = ("youtube", "trec", "semeval")
PICTURES = 5000  # of cifar10n, that features are made of


def load(folder: Path, name: str) -> tuple[Votes[Classes], Ints]:
    """The votes of a set (of repeated ones the last) and the true class of each item, -1 where it
    is not known.
    """
    if name in LATER:
        return _of_text(folder / "crowd2", LATER[name])
    import pyarrow.parquet as pq

    raw = pq.read_table(folder / "crowd" / name / "votes.parquet").to_pydict()
    known = pq.read_table(folder / "crowd" / name / "truth.parquet").to_pydict()
    votes = {
        (task, worker): label
        for task, worker, label in zip(raw["task"], raw["worker"], raw["label"], strict=True)
    }
    tasks = {
        task: place
        for place, task in enumerate(sorted({task for task, _ in votes} | set(known["task"])))
    }
    workers = {
        worker: place for place, worker in enumerate(sorted({worker for _, worker in votes}))
    }
    k = int(max(*votes.values(), *known["truth"])) + 1
    item, worker = (
        np.array([tasks[task] for task, _ in votes]),
        np.array([workers[worker] for _, worker in votes]),
    )
    truth = np.full(len(tasks), -1)
    truth[[tasks[task] for task in known["task"]]] = known["truth"]
    labels = Classes(
        np.array(list(votes.values()), dtype=np.int64), tuple(str(c) for c in range(k))
    )
    return Votes(item, worker, labels, len(tasks), len(workers)), truth


def _of_text(folder: Path, name: str) -> tuple[Votes[Classes], Ints]:
    votes, truth = folder / f"{name}.csv", folder / f"{name}_truth.csv"

    def rows(path: Path) -> list[list[str]]:
        with path.open(newline="", encoding="utf-8") as file:
            return list(csv.reader(file))[1:]

    cast = {(row[0], row[1]): row[2] for row in rows(votes)}
    known = {row[0]: row[1] for row in rows(truth)}
    tasks, people, names = (
        {name: place for place, name in enumerate(sorted(every))}
        for every in (
            {task for task, _ in cast} | set(known),
            {worker for _, worker in cast},
            set(cast.values()) | set(known.values()),
        )
    )
    labels = Classes(np.array([names[label] for label in cast.values()]), tuple(names))
    item, worker = (np.array(column) for column in zip(*cast, strict=True))
    true = np.full(len(tasks), -1)
    true[[tasks[task] for task in known]] = [names[label] for label in known.values()]
    return (
        Votes(
            np.array([tasks[task] for task in item.tolist()]),
            np.array([people[who] for who in worker.tolist()]),
            labels,
            len(tasks),
            len(people),
        ),
        true,
    )


def features(folder: Path, name: str) -> Floats | None:
    """The features that come with a set, where any do."""
    path = folder / "crowd" / name / "features.npz"
    if not path.exists():
        return None
    x = np.load(path)["x"]
    return np.asarray(x.reshape(len(x), -1), dtype=float)


def with_features(folder: Path, name: str) -> tuple[Votes[Classes], Ints, Floats]:
    """Votes, truth and features of a set of ``WITH_FEATURES``; of cifar10n 5,000 pictures, drawn
    with seed 0, as patch features.
    """
    votes, truth = load(folder, name)
    own = features(folder, name)
    if own is not None:
        return votes, truth, own
    from zipfile import ZipFile

    from PIL import Image

    from reliabel.core.catalogue import find

    keep = np.sort(np.random.default_rng(0).choice(votes.n, PICTURES, replace=False))
    with ZipFile(folder / name / "train.zip") as file:
        names = sorted(one for one in file.namelist() if one.endswith(".jpg"))
        pictures = [
            np.asarray(Image.open(file.open(names[place])).convert("RGB"))
            for place in keep.tolist()
        ]
    x = find("embed", "image_patches").load()(pictures, rng=np.random.default_rng(0))
    place = np.full(votes.n, -1)
    place[keep] = np.arange(len(keep))
    part = votes.take(place[votes.item] >= 0)
    return Votes(place[part.item], part.worker, part.labels, len(keep), votes.w), truth[keep], x


def quality(
    p: Floats,
    votes: Votes[Classes],
    truth: Ints,
    *,
    label: Any = None,
    sure: Any = None,
    each: Any = None,
) -> dict[str, float]:
    """How well scores tell right from wrong: AUROC of the consensus labels' quality, and of the
    quality of each vote (default: their chance in ``p``).
    """
    from reliabel.bench.metrics import auroc

    label = p.argmax(1) if label is None else label
    sure = p[np.arange(len(p)), label] if sure is None else sure
    each = p[votes.item, votes.labels.y] if each is None else each
    known, judged = truth >= 0, truth[votes.item] >= 0
    return {
        "accuracy of its label": float((label == truth)[known].mean()),
        "auroc of consensus quality": auroc(-sure[known], (label != truth)[known]),
        "auroc of vote quality": auroc(
            -each[judged], (votes.labels.y != truth[votes.item])[judged]
        ),
    }


def made_up(n: int, w: int, each: int, k: int, seed: int = 0) -> Votes[Classes]:
    """``each`` votes an item, by workers whose accuracy is even between .4 and .95."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(k, size=n).astype(np.int32)
    item = np.repeat(np.arange(n, dtype=np.int32), each)
    worker = rng.integers(w, size=n * each).astype(np.int32)
    right = rng.random(n * each) < rng.uniform(0.4, 0.95, w)[worker]
    label: Any = np.where(right, truth[item], rng.integers(k, size=n * each)).astype(np.int32)
    return Votes(item, worker, Classes(label, tuple(str(c) for c in range(k))), n, w)


def rules(folder: Path, name: str) -> tuple[Votes[Classes], Ints]:
    """The votes of labelling functions on the test rows of a set of ``RULES``, and the true
    classes.
    """
    import pyarrow.parquet as pq

    table = pq.read_table(folder / "weak" / name / "test.parquet")
    label = np.stack(
        [table[column].to_numpy() for column in table.column_names if column.startswith("lf_")],
        axis=1,
    )
    truth: Ints = table["label"].to_numpy()
    item, worker = np.nonzero(label >= 0)
    names = tuple(str(c) for c in range(int(truth.max()) + 1))
    return Votes(
        item, worker, Classes(label[item, worker].astype(np.int64), names), *label.shape
    ), truth


def numbers(folder: Path, name: str) -> tuple[Votes[Numbers], Floats]:
    """The votes of a set of numbers and the true number of each item, NaN where it is not known."""
    import pyarrow.parquet as pq

    raw = pq.read_table(folder / "crowd" / name / "votes.parquet").to_pydict()
    known = pq.read_table(folder / "crowd" / name / "truth.parquet").to_pydict()
    tasks = {task: place for place, task in enumerate(sorted({*raw["task"], *known["task"]}))}
    workers = {worker: place for place, worker in enumerate(sorted(set(raw["worker"])))}
    truth = np.full(len(tasks), np.nan)
    truth[[tasks[task] for task in known["task"]]] = known["truth"]
    item, worker = (
        np.array([tasks[task] for task in raw["task"]]),
        np.array([workers[worker] for worker in raw["worker"]]),
    )
    return Votes(
        item, worker, Numbers(np.array(raw["label"], dtype=float)), len(tasks), len(workers)
    ), truth


def skills(p: Floats, votes: Votes[Classes], truth: Ints) -> dict[str, float]:
    """Workers with ten votes or more: how far their estimated skill is off, and how often its 95 %
    interval holds the true share; truth of all items.
    """
    from reliabel.crowd.workers import estimate_workers

    found = estimate_workers(votes, p)
    use = (found.votes >= 10) & np.isfinite(found.skill)
    right = (
        np.bincount(votes.worker, truth[votes.item] == votes.labels.y, votes.w)[use]
        / found.votes[use]
    )
    return {
        "skill off by": float(np.abs(found.skill[use] - right).mean()),
        "skill intervals that hold": float(
            ((found.low[use] <= right) & (right <= found.high[use])).mean()
        ),
        "wrong votes vary by": found.dispersion,
    }


def as_file(votes: Votes[Classes], path: Path) -> None:
    """The votes as a Parquet table of names (task, who, answer), rows in an order of chance, in row
    groups of 100,000.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    order = np.random.default_rng(0).permutation(len(votes))

    def named(word: str, code: Ints) -> Any:
        return pa.DictionaryArray.from_arrays(
            code[order].astype(np.int32), [f"{word} {c}" for c in range(int(code.max()) + 1)]
        ).dictionary_decode()

    table = pa.table(
        {
            "task": named("item", votes.item),
            "who": named("worker", votes.worker),
            "answer": named("class", votes.labels.y),
        }
    )
    pq.write_table(table, path, row_group_size=100_000)


def scores(p: Floats, truth: Ints) -> dict[str, float]:
    """Accuracy (ties share the credit), negative log likelihood (clipped at 1e-6) and calibration
    error (10 bins of the top chance).
    """
    from reliabel.bench.metrics import calibration_error

    known = truth >= 0
    p, y = p[known], truth[known]
    rows = np.arange(len(y))
    top = p >= p.max(1, keepdims=True) * (1 - 1e-9)
    credit = (top / top.sum(1, keepdims=True))[rows, y]
    nll = float(-np.log(np.maximum(p[rows, y], 1e-6)).mean())
    return {
        "accuracy": float(credit.mean()),
        "nll": nll,
        "ece": calibration_error(p.max(1), credit),
    }
