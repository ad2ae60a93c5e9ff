"""Features of a pretrained picture model (any timm backbone), from weights on this machine; nothing
is downloaded and random weights are refused.

Assumes that the model was trained on somewhat similar pictures. Weak far from them (microscopy,
drawings), where patch features may do better.
Cost: one forward pass a picture; memory is the model and one batch. Paper: Wightman. PyTorch image
models, 2019, doi 10.5281/zenodo.4414861.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.core.catalogue import nearest
from reliabel.core.labels import Floats
from reliabel.core.run import track
from reliabel.ops.pictures import load

READS = "image"
NAME_OPTIONS = ("backbone", "weights")
EACH = True
BATCH = 32


def embed(
    items: Sequence[Any], *, rng: np.random.Generator, backbone: str = "resnet18", weights: str = ""
) -> Floats:
    """One vector per picture, the pooled last features; a row of NaN if a picture cannot be read.

    backbone: name of a timm model.
    weights: its weight file (safetensors, pth); without one, weights in timm's cache are used.
    """
    import torch

    model, side, mean, spread = _model(backbone, weights)
    with torch.inference_mode():
        width = model(
            torch.zeros(1, 3, side, side)
        ).numel()  # a head may widen num_features (MobileNet's does)
        out = np.full((len(items), width), np.nan, dtype=np.float32)
        for start in track("pictures", range(0, len(items), BATCH)):
            read = [
                (row, pixels)
                for row in range(start, min(start + BATCH, len(items)))
                if (pixels := load(items[row], side)[0]) is not None
            ]
            if read:
                x = (np.stack([pixels for _, pixels in read]) / np.float32(255) - mean) / spread
                part = model(torch.from_numpy(x.astype(np.float32).transpose(0, 3, 1, 2)))
                out[[row for row, _ in read]] = part.reshape(len(read), -1).numpy()
    return out


def _model(backbone: str, weights: str) -> tuple[Any, int, Floats, Floats]:
    """The model, loaded once while the file of its weights stays as it is."""
    path = Path(weights)
    return _loaded(backbone, weights, path.stat().st_mtime_ns if path.is_file() else 0)


@lru_cache(maxsize=1)
def _loaded(backbone: str, weights: str, changed: int) -> tuple[Any, int, Floats, Floats]:
    try:
        import timm
    except (
        ImportError,
        RuntimeError,
    ) as error:  # a torchvision that does not fit torch raises the latter
        raise ValueError(
            "picture backbones need pip install 'reliabel[timm]' (timm cannot be loaded: "
            f"{error}), or choose patches"
        ) from error
    if not timm.is_model(backbone):
        raise ValueError(
            f"unknown embedder {backbone!r}: no timm model of that "
            f"name{nearest(backbone, timm.list_models())}; patches needs no weights"
        )
    model = timm.create_model(backbone, pretrained=False, num_classes=0)
    path = Path(weights) if weights else _at_hand(model.pretrained_cfg)
    if path is None or not path.is_file():
        what = f"{weights} is no file" if weights else f"the weights of {backbone} are not at hand"
        raise ValueError(
            f"{what}; give them as embed='{backbone}:FILE', or choose patches, which needs none"
        )
    try:
        held = timm.models.load_state_dict(str(path))
    except Exception as error:  # each reader has errors of its own
        raise ValueError(
            f"{path} cannot be read as weights ({type(error).__name__}); give a safetensors or a "
            "pth file"
        ) from error
    try:
        missing, _ = model.load_state_dict(held, strict=False)
    except RuntimeError as error:  # weights of another shape
        raise ValueError(
            f"{path} does not fit {backbone}: {str(error).splitlines()[-1].strip()}"
        ) from error
    if missing:
        raise ValueError(
            f"{path} does not fit {backbone}: {len(missing)} of its weights are not in the file, "
            f"the first is {missing[0]}"
        )
    wants = timm.data.resolve_model_data_config(model)
    return (
        model.eval(),
        int(wants["input_size"][-1]),
        np.array(wants["mean"], np.float32),
        np.array(wants["std"], np.float32),
    )


def _at_hand(source: dict[str, Any]) -> Path | None:
    """The weight file in the caches where timm keeps what it fetched."""
    import torch
    from huggingface_hub import try_to_load_from_cache

    for name in ("model.safetensors", "pytorch_model.bin") if source.get("hf_hub_id") else ():
        found = try_to_load_from_cache(source["hf_hub_id"], name)
        if isinstance(found, str):
            return Path(found)
    return (
        Path(torch.hub.get_dir(), "checkpoints", os.path.basename(source["url"]))
        if source.get("url")
        else None
    )
