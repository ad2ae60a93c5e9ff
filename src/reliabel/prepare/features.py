"""The evidence ``features``: which embedder makes them and why, and what was mended in them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.catalogue import Entry, catalogue, find
from reliabel.core.labels import Ints
from reliabel.core.run import apart
from reliabel.core.spelling import nearest
from reliabel.folders.evidence_keys import CleanFeatures, Embedder, Features
from reliabel.folders.fingerprint import fingerprint
from reliabel.folders.vector_store import Vectors, cache_folder
from reliabel.prepare.comparison import comparable, compared
from reliabel.prepare.embedding import embedding_of
from reliabel.prepare.item_vectors import AN_ITEM, embedded, names_of
from reliabel.prepare.preparation import Preparation, digests_of, items_in

PATIENCE = 600  # seconds an embedder may take before auto prefers a cheaper one


def make_features(work: Preparation, embed: str) -> None:
    """Fill features from the items, or take those given; either way NaN and infinities are replaced
    and other faults mended (``ops.feature_cleaning``).
    """
    items, given = work.evidence.get("items"), work.evidence.get("features")
    if given is not None:
        work.info["embedder"] = "given"
        if getattr(given, "ndim", 2) > 2:  # pictures or sequences as arrays
            given = np.asarray(given).reshape(len(given), -1)
            work.warnings.append(
                f"features of {np.ndim(work.data.evidence['features'])} dimensions were laid out "
                f"as {given.shape[1]:,} numbers an item"
            )
        from reliabel.ops.staged_rows import staged

        given = work.evidence["features"] = staged(given)
        _clean(work, fingerprint(given))
    elif items is not None and items_in(work.data.labels):
        made = _embedded(work, items, embed)
        if made is not None:
            _clean(work, made.fingerprint())


def _embedded(work: Preparation, items: Any, embed: str) -> Features | None:
    """Fill features by an embedder; gives their key, None where these items have none."""
    from reliabel.ops.texts import oddities

    entry, options, why = _chosen(work, embed)
    name, values = entry.name, ", ".join(map(str, options.values()))
    work.info["embedder"] = f"{name} ({values})" if options else name
    if why:
        work.info["embedder_why"] = why
    key = Features(name, options, _made_of(entry, options), _items_hash(work, items), work.seed)
    try:
        made = work.store.made(key, lambda: {"x": _vectors(work, entry, options, items)})
    except ValueError as useless:
        if "probs" not in work.evidence:
            raise
        work.warnings.append(f"no features: {useless}")  # probabilities alone carry the audit
        return None
    work.evidence["features"] = made["x"]
    if work.lasting:
        work.embedder = _lasting(work, entry, options, items)
    if entry.reads == "text":
        work.warnings += oddities(items)
    return key


def _lasting(
    work: Preparation, entry: Entry, options: Mapping[str, Any], items: Any
) -> dict[str, Any]:
    """What makes the same features of other items: see ``prepare.embedding``."""
    if entry.axes and entry.name not in work.axes:  # the features were kept by an earlier run
        _vectors(work, entry, options, items)
    return embedding_of(
        entry,
        options,
        fit=lambda learn: learn(items, rng=work.rng(entry.name), **options),
        axes=work.axes.get(entry.name),
    )


def _vectors(
    work: Preparation,
    entry: Entry,
    options: Mapping[str, Any],
    items: Any,
    rows: Ints | None = None,
) -> Any:
    """What the embedder makes of the items, item by item where it looks at each alone and pieces
    are kept; reduced to principal axes of them all where it says so.

    rows: of these rows only.
    """
    from reliabel.ops.principal_axes import axes_of, on_axes

    if rows is None and entry.name in work.vectors:
        return work.vectors[entry.name]
    made = _raw_vectors(work, entry, options, items, rows)
    if entry.axes:
        found = axes_of(made, entry.axes, rng=work.rng("principal axes"))
        made = on_axes(made, *found)
        if rows is None or len(rows) == len(items):
            work.axes[entry.name] = found
    if rows is not None and len(rows) == len(items):
        work.vectors[entry.name] = made
    return made


def _raw_vectors(
    work: Preparation,
    entry: Entry,
    options: Mapping[str, Any],
    items: Any,
    rows: Ints | None,
) -> Any:
    """The vectors as the embedder gives them."""
    embed = entry.load()
    some = items if rows is None else [items[row] for row in rows.tolist()]
    if not entry.each or work.store.folder is None:
        rng = work.rng(entry.name)
        return apart(lambda: embed(some, rng=rng, **options), len(some) * AN_ITEM)
    digests = digests_of(work, items) if entry.reads == "image" else None
    if digests is not None and rows is not None:
        digests = [digests[row] for row in rows.tolist()]
    maker = fingerprint(entry.name, Features.VERSION, options, _made_of(entry, options))
    place = Vectors(maker, cache_folder())
    return embedded(
        *(some, names_of(some, digests), place),
        lambda block: embed(block, rng=work.rng(entry.name), **options),
    )


def _clean(work: Preparation, features: str) -> None:
    """Mend the features, whose content or key has the fingerprint ``features``."""
    from reliabel.ops.feature_cleaning import cleaned

    key = CleanFeatures(features)
    found = cleaned(work.evidence["features"])
    if found.spread is not None:
        work.mending = {"middle": found.middle, "spread": found.spread}
    if found.features is not work.evidence["features"]:
        work.evidence["features"] = work.store.made(key, lambda: {"x": found.features})["x"]
    work.info["features"] = found.facts
    work.warnings += found.warnings
    work.hashes["features"] = key.fingerprint()


def _chosen(work: Preparation, embed: str) -> tuple[Entry, dict[str, Any], str]:
    """The embedder; what ``auto`` once chose for these items is kept, since its choice takes time
    and depends on how busy the machine is.
    """
    items = work.evidence["items"]
    if embed != "auto" or isinstance(items, Mapping):
        return embedder(work, embed)

    def choose() -> dict[str, Any]:
        entry, _, why = embedder(work, embed)
        if entry.compared:
            entry, why = _compared(work, entry)
        return {"name": entry.name, "why": why}

    entries = [entry for entry in catalogue() if entry.auto_rank or entry.instead_of]
    installed = sorted(entry.name for entry in entries if not entry.missing_extras())
    by = comparable(work) if work.data.source.get("task") == "image" else ""
    kept = work.store.made(Embedder(_items_hash(work, items), by, installed), choose)
    return find("embed", kept["name"]), {}, kept["why"]


def _compared(work: Preparation, entry: Entry) -> tuple[Entry, str]:
    """The embedder, or the next in rank where that describes the items better; and why."""
    items = work.evidence["items"]
    alike = [one for one in catalogue() if one.verb == "embed" and one.reads == entry.reads]
    others = [one for one in alike if 0 < one.auto_rank < entry.auto_rank]
    other = max(others, key=lambda one: one.auto_rank)
    return compared(work, entry, other, lambda one, rows: _vectors(work, one, {}, items, rows))


def embedder(work: Preparation, embed: str) -> tuple[Entry, dict[str, Any], str]:
    """Which embedder, its options, and why it was taken where that was a choice.

    embed: "auto", a name of an embedder, or what an embedder may be given instead of its name: a
        folder (``FOLDER_OPTION``) or the name of a model (``NAME_OPTIONS``).
    Raises ValueError for an embedder of other items, and for a name that nothing answers to.
    """
    items, task = work.evidence["items"], str(work.data.source.get("task") or "")
    entries = [entry for entry in catalogue() if entry.verb == "embed"]
    if task not in {entry.reads for entry in entries}:
        task = "table" if isinstance(items, Mapping) else "text"
    suited = [entry for entry in entries if entry.reads == task]
    if embed == "auto":
        return _affordable(suited, items)
    known = {name: entry for entry in entries for name in (entry.name, *entry.also)}
    entry = known.get(embed)
    if entry is not None and entry.reads != task:
        fit = ", ".join(sorted(name for name, one in known.items() if one in suited))
        raise ValueError(
            f"embedder {embed!r} reads {entry.reads}, the items are {task}; choose among: auto, "
            f"{fit}"
        )
    if entry is not None:
        return _installed(entry, suited), {}, ""
    return _by_model(suited, embed, known)


def _installed(entry: Entry, entries: Sequence[Entry]) -> Entry:
    """The embedder, or where its extra is missing the one that is taken instead of it."""
    if entry.missing_extras():
        others = [one for one in entries if one.instead_of == entry.name]
        return next((one for one in others if not one.missing_extras()), entry)
    return entry


def _affordable(entries: Sequence[Entry], items: Any) -> tuple[Entry, dict[str, Any], str]:
    """The embedder of the highest rank that is installed and takes less than PATIENCE; the last in
    rank without asking.
    """
    ranked, said = _in_order(entries, items)
    *first, last = ranked
    why: list[str] = []  # the best was not taken
    for entry in (_installed(one, entries) for one in first):
        absent = entry.missing_extras()
        if absent:
            why = why or [f"the extra [{','.join(absent)}] is not installed"]
            continue
        short = (*entry.also, entry.name)[0]
        try:
            seconds = probe(entry, {}, items, len(items))
        except ValueError as broken:  # a part of what it needs is not there
            why = why or [f"{short} cannot be used: {broken}"]
            continue
        if seconds < PATIENCE:
            tried = f"{min(entry.probe, len(items))} {entry.reads}s"
            why = [f"about {seconds:.0f} s, estimated from {tried}", *why]
            return entry, {}, "; ".join([*why, *said])
        why = why or [
            f"{short} would take about {seconds / 60:.0f} minutes; embed={short!r} takes it all "
            "the same"
        ]
    return last, {}, "; ".join([*why, *said])


def _in_order(entries: Sequence[Entry], items: Any) -> tuple[list[Entry], list[str]]:
    """The embedders that auto may take, the best first: those that were trained on the language of
    most texts, then those for any; and what is to be said of languages.
    """
    from reliabel.ops.languages import ENGLISH, languages_of

    ranked = sorted((entry for entry in entries if entry.auto_rank), key=lambda e: -e.auto_rank)
    english = next((entry for entry in ranked if ENGLISH in entry.languages), None)
    if english is None:
        return ranked, []
    found = languages_of(items)
    trained = [entry for entry in ranked if found.most in entry.languages]
    order = [*trained, *(entry for entry in ranked if not entry.languages)]
    if found.most == ENGLISH:
        return order, [found.sentence()] if found.mixed else []
    if trained and all(entry.missing_extras() for entry in trained):
        extras = ",".join(sorted({extra for one in trained for extra in one.missing_extras()}))
        return ranked, [f"{found.sentence()}, which a model of the extra [{extras}] reads"]
    overrule = f"embed={(*english.also, english.name)[0]!r} takes the model for English"
    known = "" if trained else ", which no sentence model here was trained on"
    return order, [f"{found.sentence()}{known}", overrule]


def last_in_rank(work: Preparation) -> Entry | None:
    """The embedder that ``auto`` falls back to for these items; None where they are none."""
    items = work.evidence.get("items")
    task = "table" if isinstance(items, Mapping) else str(work.data.source.get("task") or "text")
    entries = [entry for entry in catalogue() if entry.verb == "embed" and entry.reads == task]
    ranked = [entry for entry in entries if entry.auto_rank and items is not None]
    return min(ranked, key=lambda entry: entry.auto_rank, default=None)


def _by_model(
    entries: Sequence[Entry], embed: str, known: Mapping[str, Entry]
) -> tuple[Entry, dict[str, Any], str]:
    """The embedder that takes a folder or the name of a model, and the options that say so."""
    for entry in entries:
        if entry.folder_option and Path(embed).is_dir():
            return entry, {entry.folder_option: embed}, ""
        if entry.name_options:
            values = embed.split(":", len(entry.name_options) - 1)
            named = zip(entry.name_options, values, strict=False)
            return entry, {name: value for name, value in named if value}, ""
    raise ValueError(
        f"unknown embedder {embed!r}{nearest(embed, known)}; known: auto, "
        f"{', '.join(sorted(known))}, or the folder of a sentence model"
    )


def probe(entry: Entry, options: Mapping[str, Any], items: Any, n: int) -> float:
    """Seconds that an embedder would take for n items, from a few of them."""
    from reliabel.core.run import running

    if isinstance(items, Mapping):
        return 1e-6 * n * len(items)
    rows = np.unique(np.linspace(0, n - 1, min(entry.probe, n)).astype(int)).tolist()
    embed = entry.load()
    with running(listener=None):
        if entry.loads_model:  # once, not once an item
            embed(["ready"], rng=np.random.default_rng(0), **options)
        started = time.perf_counter()
        embed([items[row] for row in rows], rng=np.random.default_rng(0), **options)
    return (time.perf_counter() - started) * n / len(rows)


def _made_of(entry: Entry, options: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """What the vectors depend on beside options: each package that holds weights, its version, and
    the files that options name.
    """
    return [*(("package", name, _version(name)) for name in entry.weights), *_files(options)]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # a model of one's own needs no package
        return ""


def _files(options: Mapping[str, Any]) -> list[tuple[str, int, int]]:
    """Name, size and time of each file that an option names, or that lies in a folder it names: a
    model that was trained anew in the same place is another model.
    """
    places = [Path(value) for value in options.values() if isinstance(value, str)]
    files = [file for place in places for file in (place, *sorted(place.rglob("*")))]
    states = [(str(file), file.stat()) for file in files if file.is_file()]
    return [(name, state.st_size, state.st_mtime_ns) for name, state in states]


def _items_hash(work: Preparation, items: Any) -> str:
    from reliabel.ops.texts import missing

    if isinstance(items, Mapping):
        return fingerprint(
            {str(name): [str(value) for value in column] for name, column in items.items()}
        )
    if work.data.source.get("task") == "image":
        return fingerprint(digests_of(work, items))
    return fingerprint([None if missing(item) else str(item) for item in items])
