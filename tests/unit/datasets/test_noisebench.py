"""NoiseBench as it lies there: the noise levels of the paper, from our own reading of the tags."""

import pytest

from reliabel.datasets import noisebench

needs = pytest.mark.skipif(not noisebench.there(), reason="NoiseBench is not at hand")
LEVELS = {"expert": 5.5, "crowd": 36.6, "distant": 31.3}  # 100 - span F1, table 1 of the paper


@needs
@pytest.mark.parametrize("noise", LEVELS)
def test_the_noise_levels_are_those_of_the_paper(noise):
    data = noisebench.load(noise)
    assert 100 * (1 - data.agreement) == pytest.approx(LEVELS[noise], abs=0.06)
    assert len(data.clean.units) == 9685
    assert len(data.wrong_words) == int(data.words[-1])
    assert data.clean.units.names == data.noisy.units.names


def test_what_is_not_there_gets_a_sentence(tmp_path):
    with pytest.raises(ValueError, match="noise must be one of expert, crowd, distant"):
        noisebench.load("none", tmp_path)
    with pytest.raises(ValueError, match=r"NoiseBench needs tokens/noisebench_clean\.iob2"):
        noisebench.load("crowd", tmp_path)
