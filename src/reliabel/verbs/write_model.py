"""A trained model written as its folder: the model, its page, and the labels that the training
changed, for people to decide on.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from reliabel.core.corrections import corrections
from reliabel.core.results import Model
from reliabel.folders.model_folder import card_of, save_model, without_card
from reliabel.verbs.report import training_report


def write_model(model: Model, folder: Path) -> Path:
    """Write the model folder of a model of ``rl.learn``, as ``rl.save``, ``rl.learn`` and
    ``reliabel learn`` do.

    Raises ValueError for a model that does not say how it was made.
    """
    card, data = card_of(model), model.info.get("data")
    changed = model.labels is not None
    audit = corrections(model, data, card.by) if changed and data is not None else None
    page = training_report(model, card, labels=data, audit=audit, folder=folder)
    kept = {name: value for name, value in model.info.items() if name != "data"}
    return save_model(without_card(replace(model, info=kept)), card, folder, audit=audit, page=page)
