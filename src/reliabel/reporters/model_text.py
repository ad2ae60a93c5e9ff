"""A trained model in a few lines for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from reliabel.core.results import Model
from reliabel.core.training import Training


def model_text(model: Model, folder: Path) -> str:
    """Who learnt the model and how, how it agrees with held-out given labels beside the linear
    probe, what else was tried, and the next command.
    """
    info = model.info
    lines = [
        f"{folder}: {info['items']:,} items, {len(info['classes'])} classes, learnt by {info['by']}"
        f"{_setting(info)}",
        f"Agreement with held-out given labels: {_share(info)}{_beside(info)}",
    ]
    if info.get("why"):
        lines.append(f"Chosen: {info['why']}")
    lines += _tried(info.get("tried", ()))
    lines.append(f"Next: reliabel predict {folder} FILE -o predicted.csv")
    return "\n".join(lines)


def _setting(info: Mapping[str, Any]) -> str:
    how = info.get("training")
    if not isinstance(how, Training):
        return ""
    chosen = [f"lr {how.lr:g}"] if how.lr else []
    epoch = info.get("epoch") or how.stop or how.epochs
    return f" ({', '.join([*chosen, f'decay {how.decay:g}', f'epoch {epoch} of {how.epochs}'])})"


def _share(info: Mapping[str, Any]) -> str:
    value = info.get("agreement")
    if value is None or value != value:
        return "unknown, since none were held out"
    return f"{value:.1%}" if 0 <= value <= 1 else f"{value:.4g}"


def _beside(info: Mapping[str, Any]) -> str:
    probe = info.get("probe")
    if not probe or probe["agreement"] != probe["agreement"]:
        return ""
    return f" (the linear probe: {probe['agreement']:.1%}, cross-validated)"


def _tried(tried: Sequence[Any]) -> list[str]:
    """What the choice was made among; a method may keep other things under that name."""
    lines = []
    settings = [one for one in tried if isinstance(one, Mapping) and "agreement" in one]
    for one in sorted(settings, key=lambda line: -_known(line["agreement"])):
        words = [f"{name} {one[name]:g}" for name in ("lr", "decay", "epoch") if name in one]
        told = " ".join([str(one.get("by", "")), *words]).strip()
        lines.append(f"  {one['agreement']:6.1%}  {told}")
    return lines


def _known(value: float) -> float:
    return value if value == value else -1.0
