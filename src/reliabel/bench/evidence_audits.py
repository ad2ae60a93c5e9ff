"""Audits of the suite evidence: features by one embedder, or what ``auto`` makes of the items, and
how P(wrong) ranks the wrong labels with them.
"""

from __future__ import annotations

import os
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from reliabel.bench.metrics import auroc, average_precision, bootstrap
from reliabel.core.catalogue import find
from reliabel.core.dataset import Dataset, Ids
from reliabel.core.labels import Bools, Classes, Floats
from reliabel.core.results import Audit
from reliabel.folders.vector_store import WORD

TEXTS = {"banking77": "banking77_train.parquet", "ag_news": "ag_news_test.parquet"}
EMBEDDERS = ("text_tfidf", "text_minilm", "text_sentence_transformers")
EYES = EMBEDDERS[:2]  # that planted errors are seen by: the third has the same model as the second
PICTURES = 20_000  # of cifar10n
PEOPLE = ("aggre", "worse")  # whose labels of them are audited
RATE = 0.05  # human-like errors planted in the texts
METRICS = {"auroc": auroc, "average_precision": average_precision}
Found = Iterator[tuple[Any, ...]]  # method, metric, value, low, high, CPU seconds


class Absent(Exception):
    """Something that this machine lacks."""


def accuracy(data: Path, name: str) -> Found:
    """Out-of-fold accuracy on the labels as published, and what the features cost."""
    for by in EMBEDDERS:
        labels, features, seconds = _embedded(data, name, by)
        start = time.process_time()
        done = audited(labels, 0, features=features)
        yield by, "embedding_cpu_s", seconds
        found = float(done.info["model"]["accuracy"])
        yield by, "accuracy", found, "", "", time.process_time() - start


def planted(data: Path, name: str, seed: int) -> Found:
    """Errors as people make them, seen by words and by sentences in turn, so that neither is
    favoured; each found by every kind of features.
    """
    for eyes in EYES:
        labels, wrong = _bad(data, name, eyes, seed)
        for by in EMBEDDERS:
            start = time.process_time()
            done = audited(labels, seed, features=_embedded(data, name, by)[1])
            seconds = time.process_time() - start
            yield from _ranked(f"{by}, errors by {eyes}", done, wrong, seconds)


def texts_by_auto(data: Path, name: str, seed: int) -> Found:
    """The same errors, and the evidence that ``auto`` makes of the texts."""
    items = _texts(data, name)[1]
    with _own_cache() as folder:
        for eyes in EYES:
            labels, wrong = _bad(data, name, eyes, seed)
            start = time.process_time()
            done = audited(labels, seed, task="text", folder=folder, items=items)
            seconds = time.process_time() - start
            yield from _ranked(f"auto, errors by {eyes}", done, wrong, seconds)
            yield from _joined(f"auto, errors by {eyes}", done)


def pictures(data: Path, by: str) -> Iterator[tuple[Audit | None, tuple[Any, ...]]]:
    """Features of the first pictures, logistic regression out of fold against two people's labels;
    each row with the audit that it comes from.
    """
    with _shown(data) as paths:
        wall, start = time.perf_counter(), time.process_time()
        features = _features(by, paths)[0]
        yield None, (by, "embedding_cpu_s", time.process_time() - start)
        yield None, (by, "embedding_minutes", (time.perf_counter() - wall) / 60)
        yield from _by_people(data, by, task="image", items=paths, features=features)


def pictures_by_auto(data: Path) -> Found:
    """The same labels, and the evidence that ``auto`` makes of the pictures."""
    with _shown(data) as paths, _own_cache() as folder:
        for _, row in _by_people(data, "auto", task="image", folder=folder, items=paths):
            yield row


def _by_people(data: Path, by: str, **words: Any) -> Iterator[tuple[Audit | None, tuple[Any, ...]]]:
    names = tuple(map(str, range(10)))
    with np.load(data / "cifar10n" / "labels.npz") as held:
        truth = held["clean_label"][:PICTURES]
        every = {noise: held[f"{noise}_label"][:PICTURES].astype(np.int64) for noise in PEOPLE}
    for noise, given in every.items():
        wall, start = time.perf_counter(), time.process_time()
        done = audited(Classes(given, names), 0, **words)
        seconds, method = time.process_time() - start, f"{by}, {noise}"
        yield done, (method, "audit_minutes", (time.perf_counter() - wall) / 60)
        found = float(done.info["model"]["accuracy"])
        yield done, (method, "accuracy", found, "", "", seconds)
        for row in (*_ranked(method, done, given != truth, seconds), *_joined(method, done)):
            yield done, row


def audited(
    labels: Classes, seed: int, *, task: str = "arrays", folder: str | None = None, **evidence: Any
) -> Audit:
    """An audit that asks one auditor, for its evidence and P(wrong)."""
    import reliabel as rl

    held = {name: value for name, value in evidence.items() if value is not None}
    data = Dataset(labels, held, Ids(), {"task": task, "rows": len(labels)})
    return rl.audit(data, by=["self_confidence", "neighbour_vote"], seed=seed, folder=folder)


def _ranked(method: str, done: Audit, wrong: Bools, seconds: float) -> Found:
    scores: dict[str, Floats] = {"self_confidence": done.opinions["self_confidence"].score}
    if done.p_wrong is not None:
        scores["p_wrong"] = done.p_wrong
    for name, score in scores.items():
        for metric, of in METRICS.items():
            ends = bootstrap(of, score, wrong, rounds=100)
            yield f"{method}: {name}", metric, of(score, wrong), *ends, seconds


def _joined(method: str, done: Audit) -> Found:
    """Held-out log loss of the labels by the first evidence, and by both."""
    for found in (done.info.get("p_wrong", {}).get("second") or {}).values():
        yield method, "second evidence joined", float(found["joined"])
        for how, loss in found["held_out_log_loss"].items():
            yield method, f"log loss {how} it", float(loss)


def _bad(data: Path, name: str, eyes: str, seed: int) -> tuple[Classes, Bools]:
    """Labels with errors as people make them who see the texts by ``eyes``, and which are wrong."""
    import reliabel as rl

    truth, look, _ = _embedded(data, name, eyes)
    seen = Dataset(truth, {"features": look})
    bad = rl.corrupt(seen, by="human_confusions", rate=RATE, seed=seed)
    return bad.labels, bad.wrong  # type: ignore[return-value]


@lru_cache(maxsize=4)
def _embedded(data: Path, name: str, by: str) -> tuple[Classes, Floats, float]:
    """Labels and features of a text set, and the CPU seconds that the features took."""
    label, texts = _texts(data, name)
    return Classes.of(label), *_features(by, texts)


def _features(by: str, items: list[str]) -> tuple[Floats, float]:
    """The features that an audit would make, and the CPU seconds they took."""
    from reliabel.ops.principal_axes import principal_axes

    entry = find("embed", by)
    if absent := entry.missing_extras():
        raise Absent(f"{by} needs the extra [{','.join(absent)}]")
    start = time.process_time()
    made = entry.load()(items, rng=np.random.default_rng(0))
    if entry.axes:
        made = principal_axes(made, entry.axes, rng=np.random.default_rng(0))
    return made, time.process_time() - start


@lru_cache(maxsize=2)
def _texts(data: Path, name: str) -> tuple[list[int], list[str]]:
    """Labels and texts of a set; headlines stand before their articles."""
    import pyarrow.parquet as pq

    table = pq.read_table(data / "text" / TEXTS[name]).to_pydict()
    if "text" in table:
        return table["label"], table["text"]
    pairs = zip(table["title"], table["body"], strict=True)
    return table["label"], [f"{title}. {body}" for title, body in pairs]


@contextmanager
def _shown(data: Path) -> Iterator[list[str]]:
    """The first pictures, as files."""
    with (
        tempfile.TemporaryDirectory() as folder,
        zipfile.ZipFile(data / "cifar10n" / "train.zip") as archive,
    ):
        members = sorted(member for member in archive.namelist() if member.endswith(".jpg"))
        yield [archive.extract(member, folder) for member in members[:PICTURES]]


@contextmanager
def _own_cache() -> Iterator[str]:
    """A folder for an audit, and a cache of vectors that knows of no earlier run."""
    with (
        tempfile.TemporaryDirectory() as folder,
        mock.patch.dict(os.environ, {WORD: str(Path(folder) / "cache")}),
    ):
        yield str(Path(folder) / "audit")
