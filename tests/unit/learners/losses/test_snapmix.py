"""snapmix: label weights follow the evidence in pictures and in columns."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.planted import accuracy

from reliabel.core.labels import Classes
from reliabel.core.training import Training
from reliabel.learners.losses import snapmix
from reliabel.learners.losses.snapmix import column_evidence, learn, loss, picture_evidence
from reliabel.ops.torch.mixing import evidence_map, label_weights, random_box


class Spot(torch.nn.Module):
    """Sees bright channels: class 0 is red, class 1 green."""

    def __init__(self) -> None:
        super().__init__()
        self.see, self.out = torch.nn.Conv2d(2, 2, 3, padding=1), torch.nn.Linear(2, 2)
        with torch.no_grad():
            self.see.weight.zero_()
            self.see.weight[[0, 1], [0, 1], 1, 1] = 1.0
            self.see.bias.zero_()
            self.out.weight.copy_(torch.tensor([[1.0, -1.0], [-1.0, 1.0]]))

    def maps(self, x):
        return self.see(x).relu()

    def forward(self, x):
        return self.out(self.maps(x).mean((2, 3)))


def spots(n: int, seed: int = 0):
    """Pictures 2 x 32 x 32 of dim noise with one bright patch of 2 % of the area."""
    rng = np.random.default_rng(seed)
    x, y = rng.random((n, 2, 32, 32)).astype(np.float32) * 0.02, rng.integers(0, 2, n)
    top, left = rng.integers(0, 28, (2, n))
    for i in range(n):
        x[i, y[i], top[i] : top[i] + 5, left[i] : left[i] + 4] += 3
    return x, y, top, left


def test_weights_follow_the_patch_and_not_the_area():
    torch.manual_seed(0)
    x, y, top, left = spots(60)
    evidence = evidence_map(picture_evidence(Spot(), torch.tensor(x), torch.tensor(y)), (32, 32))
    even, told, area, visible = torch.full((60, 32, 32), 1 / 1024), [], [], []
    for i in range(60):
        box, patch = random_box(32, 32, 5.0), np.zeros((32, 32))
        patch[top[i] : top[i] + 5, left[i] : left[i] + 4] = 1 / 20
        one = slice(i, i + 1)
        told.append(label_weights(evidence[one], evidence[one], box, box)[0].item())
        area.append(label_weights(even[one], even[one], box, box)[0].item())
        visible.append(1 - box.of(torch.tensor(patch)).sum().item())
    assert np.corrcoef(told, visible)[0, 1] > 0.9
    assert np.corrcoef(area, visible)[0, 1] < 0.5


def test_weights_of_equal_labels_add_up():
    logits, y, w = torch.randn(3, 2), torch.tensor([0, 1, 1]), torch.tensor([0.2, 0.3, 0.9])
    plain = torch.nn.functional.cross_entropy(logits, y, reduction="none")
    assert torch.allclose(loss(logits, y, y, w, 1 - w), plain)


def test_columns_speak_for_the_class_by_slope_times_feature():
    net, x = torch.nn.Linear(3, 2), torch.tensor([[1.0, 2.0, 3.0], [-1.0, -2.0, -3.0]])
    found = column_evidence(net, x, torch.tensor([0, 1]))[:, 0]
    due = (net.weight.detach() * x).relu()
    assert torch.allclose(found, due)


def test_pictures_are_learnt_and_need_maps():
    x, y, *_ = spots(120)
    words = {"features": x, "rng": np.random.default_rng(0)}
    short = Training(epochs=8, batch=16, lr=0.02, hold_out=0.0, module=Spot)
    model = learn(Classes(y), training=short, **words)
    assert (model.predict(x).p.argmax(1) == y).mean() > 0.95
    blind = Training(
        epochs=1, module=lambda: torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(2048, 2))
    )
    with pytest.raises(ValueError, match=r"a method maps\(x\)"):
        learn(Classes(y), training=blind, **words)


def test_beats_shares_of_the_area_where_few_columns_hold_the_evidence(monkeypatch):
    gains = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        centres = np.zeros((4, 64))
        centres[np.arange(4), rng.permutation(64)[:4]] = 3.5
        y = rng.integers(0, 4, 2400)
        x = (centres[y] + rng.normal(size=(2400, 64))).astype(np.float32)
        words = {
            "features": x[:200],
            "training": Training(keep="last", hold_out=0.0, decay=0.001),
        }
        models = []
        for area in (False, True):
            if area:
                monkeypatch.setattr(snapmix, "evidence_map", even_map)
            models.append(learn(Classes(y[:200]), rng=np.random.default_rng(seed), **words))
            monkeypatch.undo()
        mine, plain = (accuracy(model, x[200:], y[200:]) for model in models)
        gains.append(mine - plain)
    assert min(gains) > 0, gains
    assert np.mean(gains) > 0.01, gains


def even_map(evidence, size):
    """No evidence: the label weights are shares of the area, as in CutMix."""
    return evidence_map(torch.zeros_like(evidence), size)
