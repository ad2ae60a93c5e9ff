"""The model folder: what a learner returned, as files, and back.  Nothing in it is pickled.

model.json     how the model was made, and all of it that is no array
weights.npz    the arrays that it predicts by
training.npz   the arrays of its training: relabelled labels, dynamics, trace

With the labels that the training changed, as an audit, it also holds the files of an audit folder
(findings.csv, labels.parquet, ...), so that people can decide on them; and report.html.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from reliabel.core.packing import pack, unpack
from reliabel.core.predictors import Keep, pack_predictor, unpack_predictor
from reliabel.core.results import Audit, Model
from reliabel.core.short_repr import by_fields
from reliabel.core.training import Training
from reliabel.folders.arrays_file import Arrays, read_arrays, write_arrays
from reliabel.folders.atomic import write_text, writing
from reliabel.folders.audit_folder import FINDINGS, PAGE, check_same_data, write_audit
from reliabel.folders.audit_folder import load as load_audit
from reliabel.folders.audit_state import STATE
from reliabel.folders.switch import (
    UNREADABLE,
    holds,
    open_file,
    read_file,
    read_together,
    replacing,
)

SCHEMA = 1
CARD, WEIGHTS, TRAINING = "model.json", "weights.npz", "training.npz"
TRAINED = ("labels", "dynamics", "trace", "info")  # parts of a Model that predictions do without


@dataclass(frozen=True, eq=False)
class ModelCard:
    """How a model was made, and what it needs to predict.

    by: the learner.  options: its own options.  training: how it was trained; its ``module`` and
    ``views`` are functions, which a folder cannot hold: they come back as None.
    classes: their names, in the order of the predictions.  columns: names of the feature columns.
    embedder: what made the features (its name, a hash of its weights, ...).
    """

    by: str
    options: Mapping[str, Any] = field(default_factory=dict)
    training: Training | None = None
    classes: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    embedder: Mapping[str, Any] | None = None

    __repr__ = by_fields


CARD_PARTS = tuple(field.name for field in fields(ModelCard))


def card_of(model: Model) -> ModelCard:
    """The card of a model that ``rl.learn`` made, which its info holds.

    Raises ValueError for another model.
    """
    lost = [name for name in CARD_PARTS if name not in model.info]
    if lost:
        raise ValueError(
            f"this model does not say how it was made (its info lacks {', '.join(lost)}); give a "
            "model of rl.learn, or call folders.model_folder.save_model with a ModelCard"
        )
    return ModelCard(**{name: model.info[name] for name in CARD_PARTS})


def without_card(model: Model) -> Model:
    """The model without the parts of its info that the card holds."""
    rest = {name: value for name, value in model.info.items() if name not in CARD_PARTS}
    return replace(model, info=rest)


def with_card(model: Model, card: ModelCard) -> Model:
    """The model with what its card says in its info, as ``rl.learn`` returned it."""
    return replace(model, info={**model.info, **{n: getattr(card, n) for n in CARD_PARTS}})


def save_model(
    model: Model,
    card: ModelCard,
    folder: str | Path,
    *,
    audit: Audit | None = None,
    page: str | None = None,
) -> Path:
    """Write a model folder by one atomic switch; a model that is there is replaced.

    audit: the labels that the training changed (``core.corrections``), whose files are written
        beside.  page: the text of report.html.
    Raises ValueError for a model that has no form on disk without pickle, where people's decisions
    on other data lie there, and while another run writes to the folder.
    """
    place, weights, trained = Path(folder), Arrays(), Arrays()
    try:
        form = {
            "schema": SCHEMA,
            **{name: pack(value, _keep(weights)) for name, value in _card_parts(card).items()},
            "predict": pack_predictor(model.predict, _keep(weights)),
            "trained": {name: pack(getattr(model, name), _keep(trained)) for name in TRAINED},
            "reviewable": audit is not None,
        }
    except TypeError as unsafe:
        raise ValueError(f"the model of {card.by} cannot be saved: {unsafe}") from unsafe
    before = _reviewable(place)
    if holds(place, STATE) and not before:
        raise ValueError(f"{place} holds an audit; give the model a folder of its own")
    place.mkdir(parents=True, exist_ok=True)
    if audit is not None:
        check_same_data(place, audit.data)
    with replacing(place) as fresh:
        for name, arrays in ((WEIGHTS, weights), (TRAINING, trained)):
            with writing(fresh / name) as part:
                write_arrays(part, arrays)
        if audit is not None:
            write_audit(audit, fresh, place)
        if page is not None:
            write_text(fresh / PAGE, page)
        write_text(fresh / CARD, json.dumps(form, indent=1, ensure_ascii=False))
    if before and audit is None:  # findings of that model would be taken for those of this one
        for name in (STATE, FINDINGS):
            (place / name).unlink(missing_ok=True)
    return place


def is_model(folder: Path) -> bool:
    """Whether a folder holds a model."""
    return holds(folder, CARD)


def load_corrections(folder: str | Path) -> Audit | None:
    """The labels that the training changed, as an audit; None where they were not kept."""
    return load_audit(folder) if _reviewable(Path(folder)) else None


def _reviewable(place: Path) -> bool:
    """Whether a folder holds a model with the labels that its training changed."""
    if not holds(place, CARD):
        return False
    try:
        return bool(json.loads(read_file(place, CARD)).get("reviewable", False))
    except (*UNREADABLE, AttributeError):  # damaged: ``load_model`` says so
        return False


def load_model(folder: str | Path, *, training: bool = True) -> tuple[Model, ModelCard]:
    """The model of a folder, and how it was made.

    training: whether to read what predictions do without (relabelled labels, dynamics, trace,
        info); False leaves these parts of the Model empty.
    Raises ValueError where the folder holds no model, a damaged one, or one that asks for a
    predictor outside ``reliabel.ops``.
    """
    place = Path(folder)
    if not holds(place, CARD):
        seen = f"it holds no {CARD}" if place.exists() else "there is no such folder"
        raise ValueError(f"{place} is not a model folder: {seen}")
    try:
        return read_together(place, CARD, lambda: _read(place, training))
    except (
        *UNREADABLE,
        LookupError,
    ) as wrong:  # cut short, not JSON, no arrays, no predictor of ours
        why = f"{type(wrong).__name__} {wrong}" if isinstance(wrong, KeyError) else str(wrong)
        raise ValueError(
            f"{place} cannot be read: {why.splitlines()[0]}; train and save the model again"
        ) from wrong


def _read(place: Path, training: bool) -> tuple[Model, ModelCard]:
    form = json.loads(read_file(place, CARD))
    if form["schema"] > SCHEMA:
        raise ValueError(
            f"it was written by a newer version of reliabel (schema {form['schema']}, this version "
            f"reads up to {SCHEMA})"
        )
    weights = _arrays(place, WEIGHTS)
    card = {name: unpack(form[name], weights.__getitem__) for name in CARD_PARTS}
    predict = unpack_predictor(form["predict"], weights.__getitem__)
    if not training:
        return Model(predict), ModelCard(**card)
    trained = _arrays(place, TRAINING)
    parts = {name: unpack(form["trained"][name], trained.__getitem__) for name in TRAINED}
    return Model(predict, **parts), ModelCard(**card)


def _card_parts(card: ModelCard) -> dict[str, Any]:
    """The fields of a card, without functions."""
    training = card.training and replace(card.training, module=None, views=None)
    return {name: getattr(replace(card, training=training), name) for name in CARD_PARTS}


def _arrays(place: Path, name: str) -> Arrays:
    with open_file(place, name) as file:
        return read_arrays(file)


def _keep(arrays: Arrays) -> Keep:
    """Collects arrays under names that count up."""

    def keep(array: NDArray[Any]) -> str:
        name = f"array_{len(arrays)}"
        arrays[name] = array
        return name

    return keep
