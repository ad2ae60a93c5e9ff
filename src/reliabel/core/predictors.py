"""Predictors as JSON and arrays, and back: what a learner has learnt, without pickle.

A predictor is a frozen record of ``reliabel.ops`` with a ``__call__`` from features to labels.  Its
fields hold arrays, numbers, text, None, tuples and mappings of these, and other predictors.  On
disk it is named by its ``form``, for instance "ops.heads:Heads"; a form that leads out of
``reliabel.ops`` is never imported.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

HOME = "reliabel.ops."
FORM = re.compile(r"ops(?:\.[a-z][a-z0-9_]*)+:[A-Z][A-Za-z0-9]*")
NUMBERS = "biuf"  # kinds of NumPy numbers that a predictor may hold
Keep = Callable[[NDArray[Any]], str]  # puts an array away and names it
Fetch = Callable[[str], NDArray[Any]]


def is_predictor(value: Any) -> bool:
    """Whether this is a frozen record of ``reliabel.ops`` that can be called."""
    return _is_kind(type(value)) and type(value).__module__.startswith(HOME)


def pack_predictor(predictor: Any, keep: Keep) -> dict[str, Any]:
    """The predictor as JSON; ``keep`` puts its arrays away, each under the name it returns.

    Raises TypeError for what is no predictor, or holds what has no safe form on disk.
    """
    if not is_predictor(predictor):
        kind = getattr(predictor, "__qualname__", type(predictor).__qualname__)
        raise TypeError(
            f"a model must predict by a frozen record of {HOME[:-1]} to be kept on disk, got "
            f"{kind}; ops.heads.Heads holds linear and multilayer heads"
        )
    form = f"{type(predictor).__module__.removeprefix('reliabel.')}:{type(predictor).__name__}"
    values = {name: getattr(predictor, name) for name in _fields(type(predictor))}
    return {"#predictor": form, **{name: _pack(v, keep, name) for name, v in values.items()}}


def unpack_predictor(packed: Mapping[str, Any], fetch: Fetch) -> Any:
    """The predictor that ``pack_predictor`` was given; ``fetch`` gives an array by its name.

    Raises ValueError for a form that is no predictor of this version, and for other fields than the
    predictor has.
    """
    kind = _kind(packed.get("#predictor"))
    names = _fields(kind)
    odd = sorted(set(packed) ^ {*names, "#predictor"})
    if odd:
        raise ValueError(
            f"{kind.__name__} has the fields {', '.join(names)}; "
            f"missing or unknown: {', '.join(odd)}"
        )
    return kind(**{name: _unpack(packed[name], fetch) for name in names})


def _pack(value: Any, keep: Keep, where: str) -> Any:
    if isinstance(value, np.generic) and value.dtype.kind in NUMBERS:
        return {"#number": [value.dtype.str, value.item()]}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.ndarray) and value.dtype.kind in NUMBERS + "US":
        return {"#array": keep(value)}
    if isinstance(value, tuple):
        return {"#tuple": [_pack(part, keep, where) for part in value]}
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {"#mapping": {key: _pack(part, keep, where) for key, part in value.items()}}
    if is_predictor(value):
        return pack_predictor(value, keep)
    what = f"an array of {value.dtype}" if isinstance(value, np.ndarray) else type(value).__name__
    raise TypeError(
        f"the field {where!r} of a predictor holds {what}, which cannot be kept on disk; it may "
        "hold arrays of numbers or text, numbers, text, None, tuples and mappings of these"
    )


def _unpack(packed: Any, fetch: Fetch) -> Any:
    if not isinstance(packed, dict):
        return packed
    if "#number" in packed:
        kind, value = packed["#number"]
        return np.dtype(kind).type(value)
    if "#array" in packed:
        return fetch(packed["#array"])
    if "#tuple" in packed:
        return tuple(_unpack(part, fetch) for part in packed["#tuple"])
    if "#mapping" in packed:
        return {key: _unpack(part, fetch) for key, part in packed["#mapping"].items()}
    return unpack_predictor(packed, fetch)


def _kind(form: Any) -> type:
    if not isinstance(form, str) or not FORM.fullmatch(form):
        raise ValueError(
            f"a model asks for {form!r:.80}, which is no predictor of reliabel.ops; only those are "
            "loaded, since loading anything else could run foreign code"
        )
    module, name = form.split(":")
    try:
        kind: Any = getattr(import_module(f"reliabel.{module}"), name, None)
    except ModuleNotFoundError as missing:
        raise ValueError(
            f"a model asks for {form}, and {missing.name} is not installed; it was saved by "
            "another version of reliabel or needs an extra (pip install 'reliabel[torch]')"
        ) from missing
    if not _is_kind(kind) or kind.__module__ != f"reliabel.{module}":
        raise ValueError(f"a model asks for {form}, which is no predictor of this version")
    return kind  # type: ignore[no-any-return]


def _is_kind(kind: Any) -> bool:
    """Whether a class is a frozen record with a ``__call__`` of its own."""
    if not isinstance(kind, type) or not is_dataclass(kind):
        return False
    frozen = kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    return bool(frozen) and any("__call__" in vars(base) for base in kind.__mro__)


def _fields(kind: type) -> list[str]:
    return [field.name for field in fields(kind) if field.init]
