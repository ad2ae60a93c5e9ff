"""Predictions as a table in a file, in the format of its suffix, or as CSV text."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from reliabel.core.results import Prediction
from reliabel.folders.atomic import writing
from reliabel.verbs.table import prediction_columns


def write_predictions(found: Prediction, out: Path, *, beside: Path | None = None) -> None:
    """Write id, class, its probability ``p`` and that of each class, ``p_CLASS``.

    beside: the table that was predicted, which is never overwritten.
    Raises ValueError for a suffix that no format has, and where ``out`` is that table.
    """
    from reliabel.formats.tables import form_to_write, not_in_place, write

    form = form_to_write(out)
    if beside is not None:
        not_in_place(out, [beside])
    with writing(out) as part:
        write(part, _plain(found), form)


def predictions_csv(found: Prediction) -> str:
    """The same table as CSV text."""
    columns = _plain(found)
    text = io.StringIO()
    sheet = csv.writer(text, lineterminator="\n")
    sheet.writerow(columns)
    sheet.writerows(zip(*columns.values(), strict=True))
    return text.getvalue()


def _plain(found: Prediction) -> dict[str, list[Any]]:
    """Column -> its values, probabilities with six digits."""
    made: dict[str, list[Any]] = {}
    for name, values in prediction_columns(found, found.ids).items():
        if name == "label":
            told = found.predicted
            made[name] = ["|".join(one) if isinstance(one, list) else one for one in told]
        elif getattr(values, "dtype", None) is not None:
            made[name] = [float(f"{value:.6g}") for value in values.tolist()]
        else:
            made[name] = list(values)
    return made
