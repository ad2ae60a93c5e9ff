"""Chance: every algorithm draws from its own stream, so that one more algorithm changes no other's numbers."""

import numpy as np
import pytest

from reliabel.core.call import generator


def test_every_algorithm_draws_from_its_own_stream():
    draws = {name: generator(0, name).random(4).tolist() for name in ("glad", "ebcc", "raykar")}
    assert len({tuple(one) for one in draws.values()}) == 3
    assert draws["glad"] == generator(0, "glad").random(4).tolist()
    assert draws["glad"] != generator(1, "glad").random(4).tolist()


def test_streams_are_the_same_on_every_machine_and_in_every_process():
    """By the CRC-32 of the name, not by Python's hash, which differs from process to process."""
    assert (
        generator(7, "123456789").random(3).tolist()
        == np.random.default_rng([7, 0xCBF43926]).random(3).tolist()
    )


def test_a_seed_below_zero_is_refused():
    with pytest.raises(ValueError, match="seed must be 0 or a larger whole number, got -1"):
        generator(-1, "glad")
