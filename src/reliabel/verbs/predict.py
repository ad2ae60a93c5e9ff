"""predict: what a trained model says of items that it has not seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset, Ids
from reliabel.core.results import Model, Prediction
from reliabel.engine.local import shared_work
from reliabel.folders.model_folder import load_model, with_card
from reliabel.reading.later_items import later_items
from reliabel.reading.row_names import names_of

TASKS = ("text", "image", "table")


@shared_work()
def predict(
    model: Model | str | Path,
    data: Any = None,
    *,
    features: Any = None,
    text: str | Sequence[str] | None = None,
    image: str | None = None,
    id: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
) -> Prediction:
    """The class probabilities of items by a model of ``rl.learn``.

    model: the model, or its folder.
    data: a table (a file, pandas, polars, pyarrow, a mapping of columns) that has the columns of
        the training data; a list of texts or pictures; or a Dataset of ``rl.read``, whose labels
        are left alone.
    features: instead of raw items, (n, d) features as the model was trained on: an array, a file,
        or beside a table the name of a column of lists.
    text, image, id: columns of the table where they have other names than in training; ids name the
        rows of the result.
    ``rl.table`` of the result is a table with the class and all probabilities.
    Raises ValueError for features of another width, a table without a column that the model was
    trained on, raw items for a model of given features, and another embedder than then.

    >>> import numpy as np, reliabel as rl
    >>> films = ["a fine film", "a great film", "dull and long", "a dull story"] * 10
    >>> moods = ["good", "good", "bad", "bad"] * 10
    >>> model = rl.learn(moods, items=films, embed="tfidf", by="linear_probe")
    >>> rl.predict(model, ["a great story", "a dull film"]).predicted
    ['good', 'bad']
    """
    found = _model(model)
    features = _in_order(found, features)
    words = {"text": text, "image": image, "id": id}
    reading = {"encoding": encoding, "delimiter": delimiter, "sheet": sheet}
    evidence, ids, source = _items(found, data, features, {**words, **reading})
    x = _features(found, evidence)
    whole = np.isfinite(x).reshape(len(x), -1).all(1) if evidence.get("items") is not None else None
    warnings = list(source.get("notes", ()))
    if whole is not None and not whole.all():
        broken = np.flatnonzero(~whole)
        warnings.append(
            f"{len(broken):,} items cannot be read (the first is {ids.item(int(broken[0]))}); they "
            "are predicted from the middle of all features, which tells nothing"
        )
        x = np.where(np.isfinite(x), x, _middle(x))
    labels = found.predict(x)
    info = {
        "by": found.info.get("by"),
        "source": {name: source.get(name) for name in ("table", "path") if source.get(name)},
        "warnings": warnings,
    }
    return Prediction(labels, ids, info)


def _model(model: Any) -> Model:
    if isinstance(model, Model):
        return model
    if isinstance(model, str | Path):
        return with_card(*load_model(model, training=False))
    raise ValueError(
        f"predict takes a Model (what rl.learn returns) or a model folder, got "
        f"{type(model).__name__}"
    )


def _in_order(model: Model, features: Any) -> Any:
    """A table of features with its columns in the order of the training.

    Raises ValueError where it has other columns.
    """
    wanted = model.info.get("columns", ())
    if model.info.get("embedder") or not wanted or not hasattr(features, "columns"):
        return features
    have = list(map(str, features.columns))
    lost, more = [c for c in wanted if c not in have], [c for c in have if c not in wanted]
    if lost or more:
        raise ValueError(
            f"the features have other columns than the model was trained on: "
            f"{f'{lost[0]!r} is missing' if lost else f'{more[0]!r} is new'} "
            f"({len(lost)} missing, {len(more)} new)"
        )
    return features[[features.columns[have.index(name)] for name in wanted]]


def _items(
    model: Model, data: Any, features: Any, words: Mapping[str, Any]
) -> tuple[dict[str, Any], Ids, Mapping[str, Any]]:
    """Items or features, ids and the source, whatever form they come in."""
    if data is None and features is None:
        raise ValueError("there is nothing to predict: give a table, a list of items, or features=")
    if isinstance(data, Dataset):
        given = data.evidence if features is None else {"features": features}
        kept = {name: given[name] for name in given if name == "features"}
        kept = kept or {name: given[name] for name in given if name == "items"}
        return kept, data.ids, data.source
    if data is not None and not _is_table(data):
        return _of_list(model, data, features)
    embedder = model.info.get("embedder")
    task = embedder["reads"] if embedder else "arrays"
    if features is None and embedder is None:
        raise ValueError(
            "the model was trained on features that were given to it, so that it cannot make them "
            "of a table; give them with features="
        )
    columns = tuple(model.info.get("columns", ()))
    evidence, ids, source = later_items(
        data, task=task, columns=columns, features=features, **words
    )
    if ids.items is None and (own := names_of(features if data is None else data)):
        ids = Ids(own)
    return evidence, ids, source


def _of_list(
    model: Model, data: Any, features: Any
) -> tuple[dict[str, Any], Ids, Mapping[str, Any]]:
    """An array of features, or a list of texts or pictures."""
    array = getattr(data, "dtype", None) is not None and getattr(data, "ndim", 0) > 1
    embedder = model.info.get("embedder")
    if features is None and array and (embedder is None or embedder["reads"] != "image"):
        return {"features": np.asarray(data)}, Ids(), {}
    if features is not None:
        return {"features": np.asarray(features)}, Ids(), {}
    items = data.tolist() if hasattr(data, "tolist") else list(data)
    return {"items": items}, Ids(names_of(data)), {}


def _is_table(data: Any) -> bool:
    return isinstance(data, str | Path | Mapping) or hasattr(data, "columns")


def _features(model: Model, evidence: Mapping[str, Any]) -> Any:
    """The features, made of the items as they were for the training."""
    given, embedder = evidence.get("features"), model.info.get("embedder")
    if given is not None:
        x = given if hasattr(given, "shape") else np.asarray(given, dtype=float)
        return np.asarray(x)[:, None] if np.ndim(x) == 1 else x
    items = evidence.get("items")
    if items is None:
        raise ValueError("the data set holds neither features nor items (texts, pictures, rows)")
    if embedder is None:
        raise ValueError(
            "the model was trained on features that were given to it, so that it cannot make them "
            "of raw items; give them with features="
        )
    from reliabel.prepare.embedding import features_of

    is_rows = isinstance(items, Mapping)
    if is_rows != (embedder["reads"] == "table"):
        seen = "rows of a table" if is_rows else "single items"
        raise ValueError(
            f"the model was trained on {embedder['reads']} features of {embedder['name']}, and "
            f"these are {seen}; give the kind of items that it was trained on"
        )
    return features_of(embedder, items)


def _middle(x: Any) -> Any:
    """(d,) the mean of each feature over the items that can be read."""
    known = np.isfinite(x)
    count = np.maximum(known.sum(0), 1)
    return np.where(known, x, 0).sum(0) / count
