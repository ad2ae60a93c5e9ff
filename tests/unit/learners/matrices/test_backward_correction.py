"""backward_correction: the mean over given labels is the loss at the true class; its gain with the
true matrix, and what happens where there is no inverse.
"""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.matrices.structured import PAIR, gains, world

from reliabel.core.training import Training
from reliabel.learners.matrices import forward_correction
from reliabel.learners.matrices.backward_correction import learn, loss

LOGITS = torch.tensor([[2.0, -1.0, 0.5, 0.0], [0.0, 3.0, -3.0, 1.0]])


def test_the_mean_over_given_labels_is_the_loss_at_the_true_class():
    inverse = torch.as_tensor(np.linalg.inv(PAIR), dtype=torch.float32)
    each = torch.stack([loss(LOGITS, torch.tensor([j, j]), inverse) for j in range(4)], 1)
    matrix = torch.as_tensor(PAIR, dtype=torch.float32)
    for true in range(4):
        plain = torch.nn.functional.cross_entropy(
            LOGITS, torch.tensor([true, true]), reduction="none"
        )
        assert torch.allclose(each @ matrix[true], plain, atol=1e-5)


def test_gains_on_pair_flips_with_the_true_matrix():
    assert gains(learn, PAIR, probs=True, noise_matrix=PAIR).min() > 0.05


def test_a_matrix_near_singular_falls_back_to_forward_with_a_warning():
    even = np.full((4, 4), 0.25) + 1e-5 * (np.eye(4) - 0.25)
    labels, x, probs, fresh, _ = world(PAIR, 0, n=200)
    words = {"features": x, "probs": probs, "training": Training(epochs=3)}
    words["noise_matrix"] = even
    model = learn(labels, rng=np.random.default_rng(0), **words)
    assert model.info["condition"] > 1000
    assert "forward correction was used instead" in model.info["warning"]
    same = forward_correction.learn(labels, rng=np.random.default_rng(0), **words)
    assert np.array_equal(model.predict(fresh).p, same.predict(fresh).p)


def test_an_invertible_matrix_gives_no_warning():
    labels, x, probs, _, _ = world(PAIR, 0, n=200)
    words = {"features": x, "probs": probs, "training": Training(epochs=2)}
    info = learn(labels, rng=np.random.default_rng(0), noise_matrix=PAIR, **words).info
    assert "warning" not in info
    assert info["condition"] == pytest.approx(np.linalg.cond(PAIR))
