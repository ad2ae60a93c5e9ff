"""learn: from imperfect labels to a model that survives the wrong ones."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.auto import learn as auto
from reliabel.auto.choose import options_beside, tuned
from reliabel.core.call import called, check_seed, keywords, opened, why_not
from reliabel.core.catalogue import Entry
from reliabel.core.dataset import Dataset
from reliabel.core.kinds import class_names
from reliabel.core.labels import Classes, Labels, Votes
from reliabel.core.lift import fits, kind_of
from reliabel.core.results import Model
from reliabel.core.run import running
from reliabel.core.training import Training
from reliabel.engine.local import shared_work
from reliabel.folders.checkpoints import CHECKPOINTS, begun
from reliabel.folders.evidence_store import Store
from reliabel.folders.lock import locked
from reliabel.prepare import Prepared, prepare
from reliabel.reading.evidence_brought import aligned
from reliabel.reading.row_names import with_ids
from reliabel.reading.votes_as_labels import one_label_each
from reliabel.verbs.learn_asked import Asked, asked_for
from reliabel.verbs.learn_checks import (
    about_labels,
    about_trusted,
    refuse_unused,
    with_checked_matrix,
    with_trusted_column,
)
from reliabel.verbs.write_model import write_model


@shared_work()
def learn(
    data: Dataset | Labels,
    *,
    by: str = "auto",
    seed: int = 0,
    embed: str = "auto",
    model: Any = "auto",
    search: str = "auto",
    tune: bool = False,
    folder: str | Path | None = None,
    resume: bool = False,
    # evidence: written by tools/signatures.py from the table in core/evidence
    probs: Any = None,
    features: Any = None,
    feature_maps: Any = None,
    embeddings: Any = None,
    neighbours: Any = None,
    items: Any = None,
    columns: Any = None,
    split: Any = None,
    groups: Any = None,
    graph: Any = None,
    dynamics: Any = None,
    token_probs: Any = None,
    tags: Any = None,
    sizes: Any = None,
    pixel_probs: Any = None,
    scores: Any = None,
    predicted: Any = None,
    votes: Any = None,
    gold: Any = None,
    trusted: Any = None,
    paired: Any = None,
    teacher: Any = None,
    privileged: Any = None,
    class_features: Any = None,
    class_distance: Any = None,
    class_order: Any = None,
    class_iou: Any = None,
    noise_matrix: Any = None,
    posterior: Any = None,
    fit: Any = None,
    module: Any = None,
    views: Any = None,
    start_from: Any = None,
    # end of evidence
    **options: Any,
) -> Model:
    """Train a model on labels of which some are wrong.

    data: a Dataset from ``rl.read``, or labels (a label set, a list, an array, a column) with
        features or items in the keywords.
    by: the learner; "auto" compares the linear probe with the methods of a shortlist by held-out
        given labels, and says in ``info["tried"]`` and ``info["why"]`` what it found.
    options: those of the learner, and how to train: any field of ``rl.Training`` (epochs, lr,
        hidden, balance, hold_out, device, ...), or ``training=rl.Training(...)``.
    tune: choose learning rate, decay and the number of epochs by held-out given labels, then train
        on all rows; "auto" always does.
    module: a function that makes a torch.nn.Module; features are then (n, ...) arrays, and views
        may augment a batch.
    embed, model, search: how missing features, probabilities and neighbours are made.
    noise_matrix: (k, k) chances [true, given], a file of them, or "auto" to estimate it from
        out-of-fold probabilities.
    trusted: (n,) True where a label was checked, or the name of such a column of the data set.
    dynamics: True records how each label was learnt in ``Model.dynamics``, for auditors of
        dynamics.
    folder: write the model there (``rl.load``, ``rl.predict`` and ``reliabel predict`` take it),
        and checkpoints while it trains: the same call goes on after a kill.
    resume: go on with the training that was begun in the folder, and refuse to begin another.

    ``info`` of the result says by whom and how it was trained, ``agreement`` with held-out given
    labels, that of the linear ``probe``, which is always fitted first, and ``warnings``.
    Raises ValueError on bad input, missing evidence and unknown names, and FloatingPointError where
    the loss became no number in the first epoch.

    >>> import numpy as np, reliabel as rl
    >>> x = np.repeat([[0.0], [1.0], [4.0], [5.0]], 15, axis=0)
    >>> model = rl.learn(["low"] * 30 + ["high"] * 30, features=x, by="linear_probe")
    >>> rl.predict(model, features=[[0.5], [4.5]]).labels.names
    ('high', 'low')
    """
    given = keywords("learn", locals(), options)
    asked = asked_for(by, given, tune)
    if resume and folder is None:
        raise ValueError("resume goes on in a folder: name it with folder=")
    check_seed(seed)
    place = None if folder is None else Path(folder)
    made_by = {"embed": embed, "model": model, "search": search}
    if place is None:
        return _learnt(data, asked, seed, made_by, None)
    with locked(place):
        return _in_folder(data, asked, seed, made_by, place, resume)


def _in_folder(
    data: Any,
    asked: Asked,
    seed: int,
    made_by: Mapping[str, Any],
    place: Path,
    resume: bool,
) -> Model:
    """Learn with checkpoints in the folder, and write the model there."""

    @contextmanager
    def checkpoints(whole: Dataset) -> Iterator[None]:
        wanted = {"training", *auto.accepts(), *(asked.entry.accepts if asked.entry else ())}
        given = {name: value for name, value in whole.evidence.items() if name in wanted}
        how = {"options": asked.options, "training": asked.training, "tune": asked.tune}
        parts = (asked.name, how, seed, asked.record, whole.labels, given)
        with running(folder=begun(place, parts, resume=resume)):
            yield

    found = _learnt(data, asked, seed, {**made_by, "store": place / CHECKPOINTS}, checkpoints)
    write_model(found, place)
    shutil.rmtree(place / CHECKPOINTS, ignore_errors=True)
    return found


def _learnt(
    data: Any,
    asked: Asked,
    seed: int,
    made_by: Mapping[str, Any],
    checkpoints: Any,
) -> Model:
    entry = asked.entry
    refuse_unused(entry, asked.evidence)
    if entry is None or not any(one.startswith("Votes") for one in entry.takes):
        data = one_label_each(data)
    named = _named_columns(asked.evidence.get("features"))
    data, evidence, notes = with_ids(data, asked.evidence)
    data, evidence = with_trusted_column(data, evidence)
    whole, warnings = opened(data, evidence, aligned)
    warnings = [*notes, *warnings, *about_labels(whole.labels, asked.training)]
    whole = with_checked_matrix(whole)
    ready, raw = _prepared(whole, asked, seed, made_by)
    warnings += ready.warnings
    warnings += about_trusted(whole)
    _can_run(entry, ready.data)
    plain = _probe(ready, seed)
    if asked.matrix:
        ready = replace(ready, data=_estimated(ready.data))
    used = ready if raw is None else _with_raw(ready, raw)
    with running(record=asked.record):
        if checkpoints is None:
            found = _run(asked, used.data, plain, seed)
        else:
            with checkpoints(used.data):
                found = _run(asked, used.data, plain, seed)
    ready = replace(ready, data=replace(ready.data, evidence=whole.evidence))  # as it was brought
    told = _told(found, asked, ready, plain, seed, warnings, raw is None)
    return replace(told, info={**told.info, "columns": named}) if named else told


def _prepared(
    whole: Dataset, asked: Asked, seed: int, made_by: Mapping[str, Any]
) -> tuple[Prepared, Any]:
    """The evidence that the learner needs, and the arrays as they were given where a module of the
    user's own reads them.
    """
    entry = asked.entry
    needs = auto.needs() if entry is None else entry.needs
    needs |= {"features", *(["probs"] if asked.matrix else [])}
    raw = whole.evidence.get("features") if asked.training.module is not None else None
    words = dict(made_by)
    store = Store(words.pop("store", None))
    if raw is not None and not np.isfinite(np.asarray(raw)).all():
        row = int(np.argmax(~np.isfinite(np.asarray(raw).reshape(len(raw), -1)).all(1)))
        raise ValueError(
            f"features hold NaN or infinite values, the first in row {row}; fill them first, since "
            "a module of your own is given them as they are"
        )
    ready = prepare(whole, needs, **words, store=store, seed=seed, lasting=True)
    if "features" not in ready.data.evidence and (entry is None or "features" in entry.needs):
        raise ValueError(
            "the labels came without anything to learn from: give features=, or items= (texts, "
            "pictures, table rows)"
        )
    return ready, raw


def _with_raw(ready: Prepared, raw: Any) -> Prepared:
    return replace(
        ready, data=replace(ready.data, evidence={**ready.data.evidence, "features": raw})
    )


def _estimated(data: Dataset) -> Dataset:
    """The data set with the noise matrix that the out-of-fold probabilities tell."""
    from reliabel.ops.noise import estimated

    labels = data.labels
    if not isinstance(labels, Classes) or "probs" not in data.evidence:
        raise ValueError(
            f"noise_matrix='auto' is estimated from classes and their out-of-fold probabilities, "
            f"got {kind_of(labels)}; give the matrix itself"
        )
    matrix = estimated(labels.y, data.evidence["probs"])
    return replace(data, evidence={**data.evidence, "noise_matrix": matrix})


def _can_run(entry: Entry | None, data: Dataset) -> None:
    """Refuse what the learner cannot take, in a sentence."""
    labels = data.labels
    if entry is None:
        if not isinstance(labels, Classes):
            raise ValueError(
                f"by='auto' is for one class an item, got {kind_of(labels)}; name a learner with "
                "by="
            )
        return
    evidence = {**data.evidence, "training": Training()}
    why = why_not(entry, labels, evidence, fits(entry.takes, labels))
    if why is not None:
        raise ValueError(f"{entry.name} cannot run: {why}")


def _probe(ready: Prepared, seed: int) -> Model | None:
    """The linear probe, for classes with a vector an item."""
    data = ready.data
    features = data.evidence.get("features")
    plain = isinstance(data.labels, Classes) and getattr(features, "ndim", 0) == 2
    return auto.probe(data.labels, data.evidence, seed) if plain else None  # type: ignore[arg-type]


def _run(asked: Asked, data: Dataset, plain: Model | None, seed: int) -> auto.Found:
    """The learner that was asked for, or the best of the shortlist."""
    options = options_beside(asked.fields, asked.training)
    if asked.entry is None:
        labels: Any = data.labels
        if plain is None:
            raise ValueError("by='auto' needs one vector an item; name a learner with by=")
        how = asked.training
        return auto.best(labels, data.evidence, plain, seed=seed, training=how, options=options)
    entry = asked.entry
    if plain is not None and auto.is_probe(entry) and not asked.options:
        return auto.Found(plain, entry.name, None, {}, _agreement(plain))

    def train(how: Training) -> Model:
        given = {**data.evidence, "training": how}
        return called(entry, data.labels, given, asked.options, seed)  # type: ignore[no-any-return]

    if asked.tune:
        known = _labelled(data.labels)
        model, choice = tuned(train, known, training=asked.training, options=options)
        facts = {"agreement": choice.agreement, "folds": choice.folds, "tried": choice.tried}
        return auto.Found(model, entry.name, choice.training, asked.options, facts)
    model = train(asked.training)
    used = asked.training if "training" in entry.accepts else None
    return auto.Found(model, entry.name, used, asked.options, _agreement(model))


def _agreement(model: Model) -> dict[str, Any]:
    """That of the epoch that was kept, where the learner reports it."""
    said = model.info.get("agreement")
    if said is None and len(model.trace):
        said = float(np.nanmax(model.trace)) if np.isfinite(model.trace).any() else float("nan")
    return {} if said is None else {"agreement": float(said)}


def _labelled(labels: Labels) -> int:
    if isinstance(labels, Votes):
        return labels.n
    y = getattr(labels, "y", None)
    return len(labels) if y is None or y.ndim > 1 else int((np.asarray(y) >= 0).sum())


def _told(
    found: auto.Found,
    asked: Asked,
    ready: Prepared,
    plain: Model | None,
    seed: int,
    warnings: list[str],
    mends: bool,
) -> Model:
    """The model with all that is known of how it came about, on features as people bring them."""
    from reliabel import __version__
    from reliabel.ops.mending import Mended

    model, data = found.model, ready.data
    predict: Any = model.predict
    if mends and ready.mending:
        predict = Mended(predict, **ready.mending)
    if model.info.get("stopped"):
        warnings = [*warnings, f"the training ended early: {model.info['stopped']}"]
    probe = None
    if plain is not None:
        names = ("agreement", "folds", "strength", "steps")
        probe = {name: plain.info[name] for name in names if name in plain.info}
    info = {
        **{name: value for name, value in model.info.items() if name != "probs"},
        **found.info,
        "asked": asked.name,
        "by": found.by,
        "options": dict(found.options),
        "training": found.training,
        "seed": seed,
        "items": len(data),
        "classes": tuple(class_names(data.labels)),
        "columns": _columns(data),
        "embedder": _embedder(ready),
        "probe": probe,
        "warnings": [*data.source.get("notes", ()), *warnings],
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {"reliabel": __version__, "numpy": np.__version__},
        "data": data,
        "timings": dict(ready.info.get("timings", {})),
    }
    return replace(model, predict=predict, info=info)


def _named_columns(features: Any) -> tuple[str, ...]:
    """Those of a table of features."""
    return tuple(map(str, getattr(features, "columns", ())))


def _columns(data: Dataset) -> tuple[str, ...]:
    """The columns of the table that the features were made of."""
    items = data.evidence.get("items")
    if isinstance(items, Mapping):
        return tuple(map(str, items))
    named = data.source.get("columns", {})
    roles = [named.get(role) for role in ("text", "image") if named.get(role) is not None]
    return tuple(
        str(name) for role in roles for name in ([role] if isinstance(role, str) else role)
    )


def _embedder(ready: Prepared) -> dict[str, Any] | None:
    """What makes features of other items; None where the features were given."""
    return dict(ready.embedder) or None
