"""The evidence ``embeddings``: features of several embedders, as arrays, as files, or as the names
of embedders, by which they are made here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from reliabel.core.dataset import Dataset
from reliabel.folders.evidence_store import Store
from reliabel.prepare.features import make_features
from reliabel.prepare.preparation import Preparation, items_in

FILES = (".npy", ".npz", ".parquet", ".csv", ".pt", ".pth", ".safetensors", ".mtx")


def parted(given: Any) -> tuple[dict[str, Any] | None, dict[str, str]]:
    """Embeddings as people give them, as arrays or files by name (None where there is none), and
    the embedders that others are to be made by, by name.

    given: a mapping of names, or a list; a text is a file where it is one or ends as one, else an
        embedder.
    Raises ValueError for two of one name, and for what is neither a mapping nor a list.

    >>> parted(["patches", "x/clip.npy"])
    ({'clip': 'x/clip.npy'}, {'patches': 'patches'})
    """
    if given is None:
        return None, {}
    if not isinstance(given, Mapping | Sequence) or isinstance(given, str):
        raise ValueError(
            "embeddings takes several: a mapping of names to arrays, files or embedders, or a list "
            f"of these, got {type(given).__name__}"
        )
    named = list(given.items() if isinstance(given, Mapping) else _named(given))
    names = [name for name, _ in named]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"two embeddings are called {twice!r}; give a mapping with other names")
    by = {name: value for name, value in named if _embedder(value)}
    return {name: value for name, value in named if name not in by}, by


def with_embeddings(
    data: Dataset, embedders: Mapping[str, str], store: Store, seed: int
) -> tuple[Dataset, list[str]]:
    """The data with features by each of these embedders among its embeddings, and what is to be
    said of them.

    Raises ValueError where there are no items, and for unknown embedders.
    """
    made, warnings = dict(data.evidence.get("embeddings") or {}), list[str]()
    if embedders and data.evidence.get("items") is None:
        raise ValueError(
            f"embeddings names embedders ({', '.join(embedders.values())}), and there are no items "
            "to read; give text=, image= or arrays"
        )
    for name, embedder in embedders.items() if items_in(data.labels) else ():
        aside = Preparation(data, store, seed, evidence={"items": data.evidence["items"]})
        make_features(aside, embedder)
        made[name] = aside.evidence["features"]
        warnings += [f"embedding {name}: {sentence}" for sentence in aside.warnings]
    if not made:
        return data, warnings
    return replace(data, evidence={**data.evidence, "embeddings": made}), warnings


def _named(given: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    for place, value in enumerate(given, 1):
        if not isinstance(value, str | Path):
            yield f"embedding {place}", value
        else:
            yield (str(value) if _embedder(value) else Path(value).stem), value


def _embedder(value: Any) -> bool:
    """Whether it is the name of an embedder, or of its model."""
    if not isinstance(value, str):
        return False
    return not value.lower().endswith(FILES) and not Path(value).is_file()
