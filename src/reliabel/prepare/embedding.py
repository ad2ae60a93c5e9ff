"""How features were made, so that the same can be made of items that come later.

It is a mapping of plain values and arrays, which a model folder keeps: ``name`` and ``options`` of
the embedder, what it ``reads``, a ``hash`` of the weights that it uses, and ``state``, what it
learnt from the items: that of its function ``fit``, and the principal ``axes``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.catalogue import Entry, find
from reliabel.core.labels import Floats
from reliabel.folders.fingerprint import fingerprint


def embedding_of(
    entry: Entry,
    options: Mapping[str, Any],
    *,
    fit: Callable[[Callable[..., Any]], Any],
    axes: tuple[Floats, Floats] | None,
) -> dict[str, Any]:
    """What makes features of other items as this embedder did.

    fit: calls the function ``fit`` of an embedder that learns from the items.  axes: the principal
    axes that its vectors were reduced to.
    """
    state: dict[str, Any] = {}
    learn = getattr(import_module(entry.module), "fit", None)
    if learn is not None:
        state["learnt"] = fit(learn)
    if axes is not None:
        state["axes"] = tuple(axes)
    return {
        "name": entry.name,
        "options": dict(options),
        "reads": entry.reads,
        "hash": weights_hash(entry, options),
        "state": state,
    }


def features_of(embedding: Mapping[str, Any], items: Any) -> Floats:
    """The features of other items, (n, d).

    Raises ValueError where the weights are others than those that the model was trained with, and
    for an embedder that learns from its items without saying what.
    """
    from reliabel.ops.principal_axes import on_axes

    entry, options, state = (
        find("embed", embedding["name"]),
        embedding["options"],
        embedding["state"],
    )
    module = import_module(entry.module)
    _same_weights(entry, options, embedding["hash"])
    if "learnt" in state:
        made: Floats = module.apply(items, state["learnt"])
    elif entry.each:
        made = entry.load()(items, rng=np.random.default_rng(0), **options)
    else:
        raise ValueError(
            f"{entry.name} learns from the items as a whole and keeps nothing of it, so that other "
            "items cannot be given features of the same meaning; give features=, or train with "
            "another embedder (embed=)"
        )
    return on_axes(made, *state["axes"]) if "axes" in state else made


def weights_hash(entry: Entry, options: Mapping[str, Any]) -> str:
    """A name for the weights that an embedder uses: packages by their version, files by their
    content.
    """
    packages = [(name, _version(name)) for name in entry.weights]
    places = [Path(value) for value in options.values() if isinstance(value, str)]
    files = [
        (file.relative_to(place).as_posix() if place.is_dir() else "", _content(file))
        for place in places
        for file in (sorted(place.rglob("*")) if place.is_dir() else [place])
        if file.is_file()
    ]
    return fingerprint(entry.name, packages, files)


def _same_weights(entry: Entry, options: Mapping[str, Any], known: str) -> None:
    if weights_hash(entry, options) == known:
        return
    installed = ", ".join(f"{name} {_version(name) or 'missing'}" for name in entry.weights)
    what = installed or ", ".join(str(value) for value in options.values())
    raise ValueError(
        f"the model was trained on features of {entry.name} with other weights than those here "
        f"({what}), and would be given numbers of another meaning; install the weights it was "
        "trained with, or train it again"
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _content(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
