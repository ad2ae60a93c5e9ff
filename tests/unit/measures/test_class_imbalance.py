import numpy as np
import pytest

from reliabel.core.labels import Classes
from reliabel.measures.class_imbalance import measure


def of(*count, seed=0, **options):
    names = tuple("abcdefghij"[: len(count)])
    return measure(
        Classes(np.repeat(np.arange(len(count)), count), names),
        rng=np.random.default_rng(seed),
        **options,
    )


def test_even_classes_are_worth_all_of_them():
    found = of(50, 50, 50, 50)
    assert found.value == pytest.approx(1)
    assert found.high == 1
    assert found.low > 0.97


def test_the_worked_example():
    found = of(60, 30, 10)
    entropy = -sum(p * np.log(p) for p in (0.6, 0.3, 0.1))
    assert found.value == pytest.approx(np.exp(entropy) / 3)
    assert found.info["ratio"] == 6
    assert found.parts["share"].tolist() == [0.6, 0.3, 0.1]


def test_rare_and_few_are_named():
    found = of(1000, 900, 9, 0)
    assert found.info["rare"] == ("c", "d")
    assert found.info["few"] == ("c", "d")
    assert found.info["ratio"] == np.inf


def test_one_class_and_no_label():
    assert of(7).value == 1
    assert of(7, 0).value == 0.5
    nothing = measure(Classes(np.array([-1, -1]), ("a", "b")), rng=np.random.default_rng(0))
    assert np.isnan([nothing.value, nothing.low, nothing.high]).all()
    assert "no label" in nothing.info["interval"]


def test_the_interval_covers_nine_times_in_ten():
    share = np.array([0.6, 0.3, 0.1])
    true = of(600, 300, 100).value
    made = [
        of(*np.random.default_rng(seed).multinomial(300, share), seed=seed) for seed in range(100)
    ]
    assert sum(m.low <= true <= m.high for m in made) >= 88


def test_a_level_is_a_share():
    with pytest.raises(ValueError, match="level must lie between 0 and 1"):
        of(5, 5, level=1.0)
