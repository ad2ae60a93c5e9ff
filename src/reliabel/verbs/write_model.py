"""A trained model written as its folder."""

from __future__ import annotations

from pathlib import Path

from reliabel.core.results import Model
from reliabel.folders.model_folder import card_of, save_model, without_card


def write_model(model: Model, folder: Path) -> Path:
    """Write the model folder of a model of ``rl.learn``.

    Whatever else belongs into the folder, such as a page on the training, is written here, since
    ``rl.save``, ``rl.learn`` and ``reliabel learn`` all end here.
    Raises ValueError for a model that does not say how it was made.
    """
    return save_model(without_card(model), card_of(model), folder)
