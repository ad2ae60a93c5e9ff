"""What features of texts are worth, in the suite evidence: words and sentence vectors, each alone,
and what ``auto`` makes of both.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from reliabel.bench.evidence_rows import Cases, Found, ranked
from reliabel.core.catalogue import find
from reliabel.core.dataset import Dataset, Ids
from reliabel.core.labels import Bools, Classes, Floats
from reliabel.core.results import Audit
from reliabel.folders.vector_store import WORD

TEXTS = {"banking77": "banking77_train.parquet", "ag_news": "ag_news_test.parquet"}
EMBEDDERS = ("text_tfidf", "text_minilm", "text_sentence_transformers", "text_multilingual")
EYES = EMBEDDERS[:2]  # that planted errors are seen by: the third has the same model as the second
RATE, SEEDS = 0.05, (0, 1, 2)  # human-like errors planted in the texts


class Absent(Exception):
    """Something that this machine lacks."""


def cases(data: Callable[[], Path], quick: bool) -> Cases:
    """The cases by name; ``data`` gives the folder of real data, or raises where there is none."""
    found: Cases = {}
    for name in TEXTS:
        found[f"accuracy_{name}"] = name, 0, partial(_accuracy, data, name)
        for seed in SEEDS[:1] if quick else SEEDS:
            found[f"planted_{name}_{seed}"] = name, seed, partial(_planted, data, name, seed)
            found[f"auto_{name}_{seed}"] = name, seed, partial(_by_auto, data, name, seed)
    return found


def _accuracy(data: Callable[[], Path], name: str) -> Found:
    """Out-of-fold accuracy on the labels as published, and what the features cost."""
    for by in EMBEDDERS:
        labels, features, seconds = _embedded(data(), name, by)
        start = time.process_time()
        done = audited(labels, 0, features=features)
        yield by, "embedding_cpu_s", seconds
        found = float(done.info["model"]["accuracy"])
        yield by, "accuracy", found, "", "", time.process_time() - start


def _planted(data: Callable[[], Path], name: str, seed: int) -> Found:
    """Errors as people make them, seen by words and by sentences in turn, so that neither is
    favoured; each found by every kind of features.
    """
    for eyes in EYES:
        labels, wrong = _bad(data(), name, eyes, seed)
        for by in EMBEDDERS:
            start = time.process_time()
            done = audited(labels, seed, features=_embedded(data(), name, by)[1])
            seconds = time.process_time() - start
            yield from ranked(f"{by}, errors by {eyes}", done, wrong, seconds)


def _by_auto(data: Callable[[], Path], name: str, seed: int) -> Found:
    """The same errors, and the evidence that ``auto`` makes of the texts."""
    items = _texts(data(), name)[1]
    with _own_cache() as folder:
        for eyes in EYES:
            labels, wrong = _bad(data(), name, eyes, seed)
            start = time.process_time()
            done = audited(labels, seed, task="text", folder=folder, items=items)
            seconds = time.process_time() - start
            yield from ranked(f"auto, errors by {eyes}", done, wrong, seconds)
            yield from _joined(f"auto, errors by {eyes}", done)


def audited(
    labels: Classes, seed: int, *, task: str = "arrays", folder: str | None = None, **evidence: Any
) -> Audit:
    """An audit that asks one auditor, for its evidence and P(wrong)."""
    import reliabel as rl

    held = {name: value for name, value in evidence.items() if value is not None}
    data = Dataset(labels, held, Ids(), {"task": task, "rows": len(labels)})
    return rl.audit(data, by=["self_confidence"], seed=seed, folder=folder)


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


@lru_cache(maxsize=2 * len(EMBEDDERS))
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
def _own_cache() -> Iterator[str]:
    """A folder for an audit, and a cache of vectors that knows of no earlier run."""
    with (
        tempfile.TemporaryDirectory() as folder,
        mock.patch.dict(os.environ, {WORD: str(Path(folder) / "cache")}),
    ):
        yield str(Path(folder) / "audit")
