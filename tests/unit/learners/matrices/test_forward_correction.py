"""forward_correction: the loss at the identity, and its gain under structured flips."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.unit.learners.matrices.structured import CONFUSED, PAIR, gains, world

from reliabel.core.labels import Classes
from reliabel.core.training import Training
from reliabel.learners import cross_entropy
from reliabel.learners.matrices.forward_correction import learn, least_loss, loss

LOGITS = torch.tensor([[2.0, -1.0, 0.5], [0.0, 3.0, -3.0]])
Y = torch.tensor([0, 2])


def test_the_identity_gives_cross_entropy():
    plain = torch.nn.functional.cross_entropy(LOGITS, Y, reduction="none")
    assert torch.allclose(loss(LOGITS, Y, torch.eye(3)), plain, atol=1e-6)
    assert torch.allclose(loss(LOGITS, torch.eye(3)[Y], torch.eye(3)), plain, atol=1e-6)


def test_the_identity_gives_the_model_of_cross_entropy():
    labels, x, probs, fresh, _ = world(PAIR, 0, n=200)
    words = {"features": x, "training": Training(epochs=5)}
    mine = learn(labels, rng=np.random.default_rng(0), probs=probs, noise_matrix=np.eye(4), **words)
    plain = cross_entropy.learn(labels, rng=np.random.default_rng(0), **words)
    assert np.allclose(mine.predict(fresh).p, plain.predict(fresh).p, atol=1e-5)


def test_the_loss_is_that_of_the_noisy_label():
    matrix = torch.tensor([[0.7, 0.3, 0.0], [0.0, 1.0, 0.0], [0.2, 0.0, 0.8]])
    chance = (LOGITS.softmax(1) @ matrix)[[0, 1], Y]
    assert torch.allclose(loss(LOGITS, Y, matrix), -chance.log())


def test_gains_on_pair_flips_and_on_confusion_with_an_estimated_matrix():
    assert gains(learn, PAIR, probs=True).min() > 0.1
    assert gains(learn, CONFUSED, probs=True).min() > 0.1


def test_gains_where_held_out_rows_pick_the_epoch_too():
    assert gains(learn, PAIR, Training(decay=0.001), probs=True).mean() > 0.1


def test_the_epoch_is_picked_through_the_matrix():
    """Flips beyond one half: the true class agrees with fewer labels than the next one does."""
    most = 0.3 * np.eye(4) + 0.7 * np.roll(np.eye(4), 1, axis=1)
    labels, x, probs, fresh, true = world(most, 0)
    model = learn(
        labels,
        features=x,
        rng=np.random.default_rng(0),
        probs=probs,
        noise_matrix=most,
        training=Training(decay=0.001),
    )
    assert (model.predict(fresh).p.argmax(1) == true).mean() > 0.8
    assert model.trace.max() > 0.6, "p T agrees with seven labels in ten"


def test_what_the_matrix_was_is_told():
    labels, x, probs, _, _ = world(PAIR, 0, n=200)
    words = {"features": x, "rng": np.random.default_rng(0), "training": Training(epochs=1)}
    info = learn(labels, probs=probs, **words).info
    assert info["noise_matrix_from"] == "confident joint of probs"
    assert info["noise_matrix"].sum(1) == pytest.approx(1)
    assert "overlap" in info
    info = learn(labels, probs=probs, noise_matrix=PAIR, **words).info
    assert info["noise_matrix_from"] == "given"
    assert info["noise_matrix"] == pytest.approx(PAIR)


def test_overlap_that_passes_for_noise_is_told():
    """Two clouds that lie in each other, and no wrong label."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 2000)
    x = (y[:, None] * 1.0 + rng.normal(size=(2000, 1))).astype(np.float32)
    p = 1 / (1 + np.exp(-(x[:, 0] - 0.5)))
    words = {"features": x, "rng": rng, "training": Training(epochs=1)}
    info = learn(Classes(y), probs=np.stack([1 - p, p], 1), **words).info
    assert "may be items between two classes" in info["warning"]


def test_a_matrix_whose_rows_do_not_sum_to_one_is_refused():
    labels, x, probs, _, _ = world(PAIR, 0, n=40)
    words = {"features": x, "rng": np.random.default_rng(0), "probs": probs}
    with pytest.raises(ValueError, match="row 0 of noise_matrix must be chances that sum to one"):
        learn(labels, noise_matrix=PAIR * 0.9, **words)
    with pytest.raises(ValueError, match="one row and one column a class"):
        learn(labels, noise_matrix=np.eye(3), **words)


def test_the_least_loss_is_the_entropy_of_the_noise():
    matrix = np.full((3, 3), 0.1) + 0.7 * np.eye(3)
    entropy = -0.8 * np.log(0.8) - 2 * 0.1 * np.log(0.1)
    assert np.isclose(least_loss(np.array([0, 1, 2, -1]), matrix), entropy)
    assert least_loss(np.array([0, 1, 2]), np.eye(3)) == 0


def test_the_bound_helps_a_network_that_learns_wrong_labels_by_heart():
    """Digits, three labels in ten wrong: .831 without, .850 with it over four draws."""
    from sklearn.datasets import load_digits

    x, truth = load_digits(return_X_y=True)
    how = Training(epochs=100, hidden=256, hold_out=0.0, keep="last", decay=0.0)
    gain = []
    for seed in range(2):
        rng = np.random.default_rng(seed)
        order = rng.permutation(len(x))
        mine, rest = order[:1000], order[1000:]
        matrix = np.full((10, 10), 0.3 / 9) + (0.7 - 0.3 / 9) * np.eye(10)
        given = Classes(np.array([rng.choice(10, p=matrix[c]) for c in truth[mine]]))
        right = []
        for bounded in (False, True):
            model = learn(
                given,
                features=x[mine],
                rng=np.random.default_rng(0),
                probs=np.full((1000, 10), 0.1),
                noise_matrix=matrix,
                training=how,
                bounded=bounded,
            )
            right.append((model.predict(x[rest]).p.argmax(1) == truth[rest]).mean())
        gain.append(right[1] - right[0])
    assert np.mean(gain) > 0.01, gain
