"""Backbones: weights at hand or a sentence.  timm is stood in for by a small model, so that nothing
is fetched.
"""

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from reliabel.embedders.image_timm import embed  # noqa: E402


@pytest.fixture
def net(monkeypatch):
    """A stand-in for timm that knows one model: the mean colour, times weights."""

    class Tiny(torch.nn.Module):
        num_features = 3

        def __init__(self, width=3):
            super().__init__()
            self.pretrained_cfg = {"url": "https://example.org/tiny.pth"}
            self.layer = torch.nn.Linear(3, width, bias=False)

        def forward(self, x):
            return self.layer(x.mean((2, 3)))

    timm = ModuleType("timm")
    timm.is_model = lambda name: name in ("tiny", "wide")
    timm.list_models = lambda: ["tiny", "wide"]
    timm.create_model = lambda name, pretrained, num_classes: Tiny(5 if name == "wide" else 3)
    timm.models = SimpleNamespace(load_state_dict=lambda path: torch.load(path))
    timm.data = SimpleNamespace(
        resolve_model_data_config=lambda model: {
            "input_size": (3, 8, 8),
            "mean": (0.5, 0.5, 0.5),
            "std": (0.5, 0.5, 0.5),
        }
    )
    hub = ModuleType("huggingface_hub")
    hub.try_to_load_from_cache = lambda repository, name: None
    monkeypatch.setitem(sys.modules, "timm", timm)
    monkeypatch.setitem(sys.modules, "huggingface_hub", hub)
    return Tiny()


def test_pooled_features_of_what_can_be_read(net, tmp_path):
    torch.save({"layer.weight": torch.eye(3), "head.weight": torch.ones(2)}, tmp_path / "w.pth")
    white, red = np.full((5, 5), 255, np.uint8), np.zeros((9, 4, 3), np.uint8)
    red[:, :, 0] = 255
    x = embed(
        [white, red, "missing.png"],
        rng=np.random.default_rng(0),
        backbone="tiny",
        weights=str(tmp_path / "w.pth"),
    )
    assert x[:2].tolist() == [[1, 1, 1], [1, -1, -1]]
    assert np.isnan(x[2]).all()


def test_never_random_weights(net, tmp_path, monkeypatch):
    def go(**options):
        return embed(
            [np.zeros((4, 4), np.uint8)],
            rng=np.random.default_rng(0),
            **{"backbone": "tiny", **options},
        )

    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    with pytest.raises(
        ValueError, match="the weights of tiny are not at hand; give them as embed='tiny:FILE'"
    ):
        go()
    with pytest.raises(ValueError, match=r"gone.pth is no file"):
        go(weights="gone.pth")
    with pytest.raises(
        ValueError, match="unknown embedder 'tony': no timm model of that name, did you mean 'tiny'"
    ):
        go(backbone="tony")
    torch.save({"other": torch.ones(1)}, tmp_path / "w.pth")
    with pytest.raises(
        ValueError,
        match=r"does not fit tiny: 1 of its weights are not in the file, the first is layer.weight",
    ):
        go(weights=str(tmp_path / "w.pth"))
    torch.save({"layer.weight": torch.eye(3)}, tmp_path / "w.pth")
    with pytest.raises(ValueError, match=r"does not fit wide: size mismatch"):
        go(backbone="wide", weights=str(tmp_path / "w.pth"))
    (tmp_path / "w.pth").write_bytes(b"no weights at all")
    with pytest.raises(
        ValueError, match=r"w.pth cannot be read as weights .* give a safetensors or a pth file"
    ):
        go(weights=str(tmp_path / "w.pth"))
    (tmp_path / "checkpoints").mkdir()
    torch.save({"layer.weight": torch.eye(3)}, tmp_path / "checkpoints" / "tiny.pth")
    assert go().tolist() == [[-1, -1, -1]]


def test_without_timm_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises(ValueError, match=r"need pip install 'reliabel\[timm\]'"):
        embed([], rng=np.random.default_rng(0))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("backbone", "width"),
    [("resnet18", 512), ("mobilenetv3_small_100", 1024), ("vit_tiny_patch16_224", 192)],
)
def test_real_backbones_with_weights_from_a_file(backbone, width, tmp_path):
    try:
        import timm
    except (ImportError, RuntimeError) as error:  # its torchvision must fit torch
        pytest.skip(f"timm cannot be loaded: {error}")
    torch.manual_seed(0)
    torch.save(timm.create_model(backbone, pretrained=False).state_dict(), tmp_path / "w.pth")
    pictures = [
        np.random.default_rng(seed).integers(0, 256, (40 + seed, 60, 3), dtype=np.uint8)
        for seed in range(3)
    ]
    x = embed(
        [pictures[0], "missing.png", *pictures],
        rng=np.random.default_rng(0),
        backbone=backbone,
        weights=str(tmp_path / "w.pth"),
    )
    assert x.shape == (5, width)
    assert np.isnan(x).all(1).tolist() == [False, True, False, False, False]
    np.testing.assert_allclose(
        x[0], x[2], rtol=1e-3, atol=1e-5
    )  # the same picture in the same batch
    assert np.abs(x[2] - x[3]).max() > 0
