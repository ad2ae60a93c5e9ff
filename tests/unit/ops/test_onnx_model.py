"""Models written by hand are models to ONNX Runtime, and their numbers are those of NumPy."""

import numpy as np
import pytest

from reliabel.ops.onnx_model import Graph
from reliabel.ops.onnx_session import open_session

pytest.importorskip("onnxruntime")


def test_a_convolution_is_worked_out_as_by_hand():
    graph = Graph()
    weight = np.arange(300, dtype=np.float32).reshape(1, 3, 10, 10) / 300
    out = graph.add(
        "Conv",
        "given",
        graph.weight(weight),
        graph.weight([0.5]),
        kernel_shape=(10, 10),
        strides=(200, 200),  # a number of two bytes
        pads=(0, 1, 0, 0),
        group=1,
    )
    out = graph.add("Clip", out, graph.weight(0), graph.weight(77))
    out = graph.add("Flatten", out)
    model = graph.model("given", ("n", 3, 10, 209), out, ("n", "m"))
    x = np.random.default_rng(0).random((2, 3, 10, 209), dtype=np.float32)
    (made,) = open_session(model, extra="image").run(None, {"given": x})
    left = np.pad(x, ((0, 0), (0, 0), (0, 0), (1, 0)))
    wanted = [(left[:, :, :, at : at + 10] * weight).sum((1, 2, 3)) + 0.5 for at in (0, 200)]
    np.testing.assert_allclose(made, np.minimum(np.stack(wanted, axis=1), 77), rtol=1e-5)
    assert made.max() == 77
    assert made.min() < 77
