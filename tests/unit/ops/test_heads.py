import numpy as np
import pytest
from scipy.special import expit, softmax

from reliabel.core.labels import Soft, SoftMultiLabel
from reliabel.ops import heads as module
from reliabel.ops.heads import Heads

RNG = np.random.default_rng(0)
X = RNG.normal(3, 2, (50, 4))
MEAN, SCALE = X.mean(0), 2.0
NAMES = ("a", "b", "c")


def layer(inputs, outputs, dtype=np.float64):
    return RNG.normal(size=(inputs, outputs)).astype(dtype), RNG.normal(size=outputs).astype(dtype)


def test_a_linear_head_is_the_softmax_of_standardised_features():
    weight, bias = layer(4, 3)
    said = Heads((((weight, bias),),), MEAN, SCALE, NAMES)(X)
    assert isinstance(said, Soft)
    assert said.names == NAMES
    assert np.allclose(said.p, softmax((X - MEAN) / SCALE @ weight + bias, axis=1), atol=1e-12)


def test_layers_have_relu_between_and_none_at_the_end():
    one, two = layer(4, 5), layer(5, 3)
    hidden = np.maximum((X - MEAN) / SCALE @ one[0] + one[1], 0)
    said = Heads(((one, two),), MEAN, SCALE, NAMES)(X)
    assert np.allclose(said.p, softmax(hidden @ two[0] + two[1], axis=1), atol=1e-12)


def test_several_heads_answer_by_the_mean_of_their_probabilities():
    first, second = ((layer(4, 3),), (layer(4, 3),))
    both = Heads((first, second), MEAN, SCALE, NAMES)(X).p
    alone = [Heads((head,), MEAN, SCALE, NAMES)(X).p for head in (first, second)]
    assert np.allclose(both, (alone[0] + alone[1]) / 2, atol=1e-12)


def test_yes_no_questions_are_answered_one_by_one():
    weight, bias = layer(4, 3)
    said = Heads((((weight, bias),),), MEAN, np.full(4, SCALE), NAMES, yes_no=True)(X)
    assert isinstance(said, SoftMultiLabel)
    assert np.allclose(said.p, expit((X - MEAN) / SCALE @ weight + bias), atol=1e-12)


def test_it_computes_in_the_type_of_its_weights_and_reads_in_blocks(monkeypatch):
    heads = Heads(((layer(4, 3, np.float32),),), MEAN, SCALE, NAMES)
    whole = heads(X).p
    assert whole.dtype == np.float32
    monkeypatch.setattr(module, "spans", lambda n, k: [(i, min(i + 7, n)) for i in range(0, n, 7)])
    assert np.allclose(heads(X).p, whole, atol=1e-6)
    assert heads(X[:0]).p.shape == (0, 3)


@pytest.mark.parametrize("yes_no", [False, True])
def test_far_features_saturate_without_a_warning(yes_no):
    heads = Heads(((layer(4, 8, np.float32), layer(8, 3, np.float32)),), MEAN, 1e-9, NAMES, yes_no)
    far = np.array([[1e30, -1e30, 1e30, 0], [3e38, 3e38, 3e38, -3e38]], dtype=np.float32)
    p = heads(far).p
    assert np.isfinite(p).all()
    assert ((p == 0) | (p == 1)).all() or p.max() > 0.99


def test_bad_features_get_a_sentence():
    heads = Heads(((layer(4, 3),),), MEAN, SCALE, NAMES)
    with pytest.raises(ValueError, match=r"takes features of shape \(n, 4\), got \(50, 3\)"):
        heads(X[:, :3])
    with pytest.raises(ValueError, match=r"takes features of shape \(n, 4\), got \(50,\)"):
        heads(X[:, 0])
    for bad in (np.nan, np.inf):
        x = X.copy()
        x[17, 2] = bad
        with pytest.raises(ValueError, match="NaN or infinite values, the first in row 17"):
            heads(x)


def test_layers_that_do_not_fit_get_a_sentence():
    for heads in ((), ((),)):
        with pytest.raises(ValueError, match="at least one head of one layer"):
            Heads(heads, MEAN, SCALE, NAMES)
    for head in ((layer(5, 3),), (layer(4, 2),), (layer(4, 5), layer(4, 3))):
        with pytest.raises(ValueError, match="lead from 4 features to 3 classes"):
            Heads((head,), MEAN, SCALE, NAMES)
    with pytest.raises(ValueError, match="got weights of shape"):
        Heads((((np.zeros((4, 3)), np.zeros(2)),),), MEAN, SCALE, NAMES)


def test_it_says_what_it_is():
    deep = Heads(((layer(4, 5), layer(5, 3)),) * 2, MEAN, SCALE, NAMES)
    assert repr(deep) == "Heads(2 heads, hidden layers of [5], 4 features, 3 classes: a, b, c)"
