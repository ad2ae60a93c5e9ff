"""The answer in one result of Label Studio, as its kind of control writes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from reliabel.formats import label_studio_masks

Value = Mapping[str, Any]


class NotRead(ValueError):
    """An answer of a kind that is not read; its text is the kind."""


def value_of(result: Mapping[str, Any]) -> Any:
    """The value of a result, None if nothing was answered; raises NotRead for other kinds and for
    values that are not as their kind is written.
    """
    value, kind = result.get("value"), result.get("type")
    if value is None and kind != "relation":
        return None
    if not isinstance(value, dict):
        raise NotRead(kind if isinstance(kind, str) else "a value that is no object")
    found = next((read for key, read in BY_KEY.items() if key in value), None)
    region = any(str(key).endswith("labels") and key not in BY_KEY for key in value)
    if found is None or region or (found is _text and "start" in value):
        keys = ", ".join(map(str, value)) or "nothing"
        raise NotRead(kind if isinstance(kind, str) else f"a value of {keys}")
    try:
        return found(value, result)
    except (TypeError, KeyError, IndexError, AttributeError):
        key = next(key for key in BY_KEY if key in value)
        raise NotRead(f"{key} that cannot be read") from None


def _choices(value: Value, result: Value) -> Any:
    return _one_or_several([_path(choice) for choice in _as_list(value["choices"])])


def _taxonomy(value: Value, result: Value) -> Any:
    held = _as_list(value["taxonomy"])
    if held and all(isinstance(step, str) for step in held):
        held = [held]  # one path that was not put in a list
    return _one_or_several([_path(path) for path in held])


def _path(choice: Any) -> Any:
    """A choice, or the path of a nested one."""
    if isinstance(choice, list):
        if not choice or not all(isinstance(step, str | int) for step in choice):
            raise TypeError(choice)
        return " > ".join(map(str, choice))
    if isinstance(choice, dict) or choice is None:
        raise TypeError(choice)
    return choice


def _one_or_several(held: list[Any]) -> Any:
    return None if not held else held[0] if len(held) == 1 else held


def _as_list(held: Any) -> list[Any]:
    if held is None:
        return []
    if isinstance(held, dict):
        raise TypeError(held)
    return held if isinstance(held, list) else [held]


def _number(key: str) -> Callable[[Value, Value], Any]:
    def read(value: Value, result: Value) -> Any:
        held = value[key]
        if held is not None and (isinstance(held, bool) or not isinstance(held, int | float)):
            raise TypeError(held)
        return held

    return read


def _ranker(value: Value, result: Value) -> Any:
    held = value["ranker"]
    if held is not None and not isinstance(held, list):
        raise TypeError(held)
    return held or None


def _selected(value: Value, result: Value) -> Any:
    """left or right of a pair."""
    held = value["selected"]
    if held is not None and not isinstance(held, str):
        raise TypeError(held)
    return held or None


def _rectangle(value: Value, result: Value) -> Any:
    width, height = (_size(result, key) for key in ("original_width", "original_height"))
    x, y = value["x"] * width / 100, value["y"] * height / 100
    right, below = x + value["width"] * width / 100, y + value["height"] * height / 100
    return [
        [_path(name), x, y, right, below] for name in _as_list(value["rectanglelabels"])
    ] or None


def _size(result: Value, key: str) -> float:
    held = result.get(key)
    return 100.0 if held is None else held + 0.0


def _spans(value: Value, result: Value) -> Any:
    start, end = value["start"], value["end"]
    if start is None or end is None:
        raise TypeError(start)
    return [[_path(name), start, end] for name in _as_list(value["labels"])] or None


def _text(value: Value, result: Value) -> Any:
    held = [one for one in _as_list(value["text"]) if one is not None]
    if not all(isinstance(one, str) for one in held):
        raise TypeError(held)
    return _one_or_several(held)


# the key of a value -> how it is read; a span holds its text as well, so that labels come first
BY_KEY: dict[str, Callable[[Value, Value], Any]] = {
    "choices": _choices,
    "taxonomy": _taxonomy,
    "rating": _number("rating"),
    "number": _number("number"),
    "ranker": _ranker,
    "selected": _selected,
    "rectanglelabels": _rectangle,
    "brushlabels": label_studio_masks.brush,
    "polygonlabels": label_studio_masks.polygon,
    "labels": _spans,
    "text": _text,
}
READS = (
    "choices",
    "pairwise",
    "taxonomy",
    "rating",
    "number",
    "textarea",
)
