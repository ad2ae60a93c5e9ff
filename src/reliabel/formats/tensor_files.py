"""Tensors in files: .pt and .pth of torch, of which nothing but tensors is opened, and
.safetensors.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.formats.files import head_of

SAVE = "save the numbers with np.save(path, x.cpu().numpy())"
DTYPES = {
    **{"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2"},
    **{"I8": "<i1", "U8": "<u1", "BOOL": "?", "BF16": "<u2"},
}
LONGEST = 2**27  # bytes of a header that are read


def read(path: Path, what: str) -> Any:
    """The tensor of a file; of several that named ``what``."""
    head_of(path)
    found = _safe(path) if path.suffix.lower() == ".safetensors" else _torch(path)
    if isinstance(found, dict):
        key = what if what in found else next(iter(found)) if len(found) == 1 else None
        if key is None:
            raise ValueError(
                f"{path.name} holds {', '.join(map(str, list(found)[:12])) or 'nothing'}; name the "
                f"{what} {what!r}, or keep that one tensor"
            )
        found = found[key]
    listed = isinstance(found, list | tuple) and found and all(map(_is_tensor, found))
    if not (_is_tensor(found) or listed):
        raise ValueError(f"{path.name} holds a {type(found).__name__}, not a tensor; {SAVE}")
    return list(found) if listed else found


def _is_tensor(value: Any) -> bool:
    return hasattr(value, "detach") or isinstance(value, np.ndarray)


def _torch(path: Path) -> Any:
    try:
        import torch
    except ImportError:
        raise ValueError(
            f"{path.name} is a file of torch, which is not installed; where it is, {SAVE}"
        ) from None
    import pickle

    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise ValueError(
            f"{path.name} holds more than tensors, which is not opened (it could run code); {SAVE}"
        ) from None
    except (RuntimeError, EOFError, OSError, ValueError, KeyError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ValueError(f"{path.name} is a broken file of torch: {first}") from None


def _safe(path: Path) -> dict[str, Any]:
    """The tensors of a .safetensors file: the length of a JSON header in eight bytes, the header,
    the numbers.
    """
    raw = np.memmap(path, dtype=np.uint8, mode="r")
    size = int.from_bytes(raw[:8].tobytes(), "little")
    if len(raw) < 8 or size > min(len(raw) - 8, LONGEST):
        raise ValueError(f"{path.name} is a broken .safetensors file; copy it again")
    try:
        header = json.loads(raw[8 : 8 + size].tobytes())
        return {
            name: _stored(raw[8 + size :], about)
            for name, about in header.items()
            if name != "__metadata__"
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path.name} is a broken .safetensors file: {error}") from None


def _stored(numbers: Any, about: Any) -> Any:
    start, end = about["data_offsets"]
    values = numbers[start:end].view(DTYPES[about["dtype"]]).reshape(about["shape"])
    if about["dtype"] == "BF16":  # the upper half of a 32-bit float
        return (values.astype(np.uint32) << 16).view(np.float32)
    return values
