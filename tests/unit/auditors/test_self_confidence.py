import numpy as np

from reliabel.auditors.self_confidence import audit
from reliabel.core.labels import Classes

P = np.array([[0.75, 0.25], [0.5, 0.5], [0.1, 0.9]])


def test_the_score_is_what_the_model_withholds():
    said = audit(Classes(np.array([0, 1, 0])), probs=P)
    assert said.score.tolist() == [0.25, 0.5, 0.9]
    assert said.suggest.y.tolist() == [0, 0, 1]
    assert said.flag is None


def test_single_precision_gives_the_double_of_the_single_value():
    said = audit(Classes(np.array([0, 1, 0])), probs=P.astype(np.float32))
    assert said.score.dtype == np.float64
    assert np.allclose(said.score, [0.25, 0.5, 0.9], atol=1e-7)


def test_many_blocks_give_what_one_gives():
    rng = np.random.default_rng(0)
    y, p = rng.integers(-1, 50, 150_000), rng.dirichlet(np.ones(50), 150_000)
    score = audit(Classes(y, tuple(map(str, range(50)))), probs=p).score
    assert np.array_equal(
        score, np.where(y >= 0, 1 - p[np.arange(len(y)), y], np.nan), equal_nan=True
    )
