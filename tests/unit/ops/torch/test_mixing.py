"""Mixing of pictures: boxes, evidence maps, weights of labels."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from reliabel.ops.torch.mixing import (
    Box,
    activation_map,
    evidence_map,
    label_weights,
    pasted,
    random_box,
)

WHOLE = Box(0, 0, 8, 6)


def test_maps_sum_to_one_and_are_even_without_evidence():
    torch.manual_seed(0)
    maps = evidence_map(torch.rand(5, 2, 2), (8, 6))
    assert torch.allclose(maps.sum((1, 2)), torch.ones(5))
    assert (maps >= 0).all()
    assert torch.allclose(evidence_map(torch.zeros(1, 2, 2), (8, 6)), torch.tensor(1 / 48))


def test_a_box_of_the_whole_picture_leaves_nothing_and_takes_all():
    maps = evidence_map(torch.rand(3, 2, 2), (8, 6))
    mine, theirs = label_weights(maps, maps, WHOLE, WHOLE)
    assert torch.allclose(mine, torch.zeros(3), atol=1e-6)
    assert torch.allclose(theirs, torch.ones(3))
    x, other = torch.zeros(3, 1, 8, 6), torch.rand(3, 1, 8, 6)
    assert torch.equal(pasted(x, other, WHOLE, WHOLE), other)


def test_without_evidence_the_weights_are_shares_of_the_area():
    even = evidence_map(torch.zeros(1, 1, 1), (8, 6))
    mine, theirs = label_weights(even, even, Box(1, 2, 4, 3), Box(0, 0, 2, 3))
    assert mine.item() == pytest.approx(1 - 12 / 48)
    assert theirs.item() == pytest.approx(6 / 48)


def test_only_the_box_is_changed_and_the_part_is_resized():
    x, other = torch.zeros(1, 2, 8, 6), torch.ones(1, 2, 8, 6)
    mixed = pasted(x, other, Box(2, 1, 3, 4), Box(0, 0, 5, 2))
    assert mixed.sum() == 2 * 12
    assert Box(2, 1, 3, 4).of(mixed).min() == 1
    assert not x.any()


def test_boxes_lie_inside_and_have_the_area_that_is_drawn():
    torch.manual_seed(0)
    boxes = [random_box(20, 30, 5.0) for _ in range(300)]
    assert all(b.top + b.height <= 20 and b.left + b.width <= 30 for b in boxes)
    area = [b.height * b.width / 600 for b in boxes]
    assert np.mean(area) == pytest.approx(0.5, abs=0.03)


def test_the_activation_map_weighs_the_positive_part_of_the_channels():
    maps = torch.tensor([[[[1.0, -1.0]], [[2.0, 3.0]]]])
    found = activation_map(maps, torch.tensor([[1.0, 0.5]]))
    assert found.tolist() == [[[2.0, 1.5]]]
