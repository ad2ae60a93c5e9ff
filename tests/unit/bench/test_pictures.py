"""The suite pictures: how scores of boxes and regions are judged, and the tables of its rows."""

from types import SimpleNamespace

import numpy as np
import pytest

from reliabel.bench import (
    pictures,
    pictures_boxes,
    pictures_boxes_page,
    pictures_masks,
    pictures_masks_page,
)
from reliabel.bench.box_worlds import found_and_named, kind_score, missing_score
from reliabel.bench.mask_worlds import MaskWorld, Places, flagged_places, hits, region_scores
from reliabel.bench.run import Row


def test_parts_are_found_by_their_files():
    assert {"boxes", "masks", "cost"} == set(pictures.parts())


def boxes(kinds, twin, missing=0):
    """As much of a world of boxes as the judging of scores reads."""
    info = {"kinds": kinds, "twin": np.array(twin), "planted": {"missing": missing}}
    return SimpleNamespace(made=SimpleNamespace(info=info))


def test_a_kind_is_judged_against_boxes_without_an_error():
    world = boxes(["", "shifted", "bogus", ""], [-1] * 4)
    assert kind_score(np.array([0.1, 0.5, 0.9, 0.2]), "shifted", world) == 1
    assert kind_score(np.array([0.1, 0.2, 0.9, 0.5]), "shifted", world) == 0.5


def test_of_a_doubled_box_either_may_be_told():
    world = boxes(["", "doubled", ""], [-1, 0, -1])
    assert kind_score(np.array([0.9, 0.1, 0.5]), "doubled", world) == 1


def test_a_missing_box_is_found_once_and_one_without_a_place_never():
    world = boxes([], [], missing=4)
    lost = np.array([0, 0, 1, -1])
    assert missing_score(np.array([0.9, 0.8, 0.7, 0.1]), lost, world) == 0.5
    assert missing_score(np.array([0.9, 0.8, np.nan, 0.1]), lost, world) == pytest.approx(
        (1 + 2 / 3) / 4
    )


def test_kinds_are_named_by_any_word_that_means_them():
    says = {"badly placed": ("shifted", "too large")}
    told = found_and_named(
        np.array([0.9, 0.8, 0.1]),
        ["shifted", "bogus", "shifted"],
        {0: {"badly placed", ""}, 1: {"badly placed"}},
        2,
        says,
    )
    assert told == {
        **{"found shifted": 0.5, "named shifted": 1.0},
        **{"found bogus": 1.0, "named bogus": 0.0},
    }


def maps():
    """A picture of four by four with two errors and a pixel that is wrong but counts as none."""
    truth = np.zeros((1, 4, 4), np.uint8)
    given, error = truth.copy(), np.full((1, 4, 4), -1)
    given[0, 0], error[0, 0] = 1, 0
    given[0, 3, :2], error[0, 3, :2] = 2, 1
    given[0, 2, 3] = 1
    return MaskWorld(truth, given, error, ("missing", "eroded"), None)


def places(*parts):
    """Findings of these pixels by falling score."""
    offsets = np.cumsum([0, *map(len, parts)])
    score = np.linspace(1, 0, len(parts))
    return Places(np.zeros(len(parts), int), np.concatenate(parts), offsets, score)


def test_a_finding_is_right_where_most_of_it_is_wrong():
    found = places([0, 1, 2, 3], [12, 13, 8], [0, 4, 5, 6], [11])
    assert hits(found, maps()).tolist() == [0, 1, -1, -2]


def test_errors_count_once_and_for_their_kind():
    found = places([0, 1], [2, 3], [4, 5], [12, 13], [11])
    scores = region_scores(found, maps())
    assert scores == {"all": pytest.approx((1 + 2 / 3) / 2), "missing": 1.0, "eroded": 0.5}
    assert region_scores(places([0, 1]), maps())["all"] == 0.5  # one is never found


def test_flagged_pixels_are_parts_with_their_mean_and_their_sum():
    flag = np.zeros((2, 3, 3), bool)
    flag[0, 0, :2] = flag[1, 2, 2] = True
    score = np.where(flag, 0.5, 0)
    score[1, 2, 2] = 0.8
    by_mean, by_sum = flagged_places(flag, score)
    assert by_mean.item.tolist() == [0, 1]
    assert by_mean.pixel.tolist() == [0, 1, 8]
    assert by_mean.score.tolist() == [0.5, 0.8]
    assert by_sum.score.tolist() == [1.0, 0.8]


def test_tables_show_the_seeds_that_are_judged_and_the_count():
    def row(method, metric, *values, seed=1):
        return Row(f"boxes-detector {seed}", "scenes", "detector", seed, method, metric, *values)

    rows = [
        row("P(wrong)", "AP missing", 0.25, seed=0),
        row("P(wrong)", "AP missing", 0.5),
        row("P(wrong)", "found missing", 0.5),
        row("P(wrong)", "named missing", 1.0),
        row("planted", "errors", 100.0),
        row("count", "count", 90.0, 60.0, 140.0),
    ]
    head, line = pictures_boxes_page.kinds(rows)
    assert dict(zip(head, line, strict=True))["missing"] == "0.500"
    assert line[-1] == "missing 0.500 / 1.000"
    assert pictures_boxes_page.counts(rows)[-1] == [
        *("detector 1", "100", "90", "60-140", "yes", "")
    ]
    rows = [Row("masks-coarse 0", "scenes", "coarse", 0, "as given", "mean IoU", 0.5)]
    assert pictures_masks_page.coarse(rows)[1:] == [["as given", "0.500"]]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("part", "name"),
    [
        (pictures_boxes, "boxes-detector 0"),
        (pictures_boxes, "boxes-sparse 0"),
        (pictures_masks, "masks-segmenter 0"),
        (pictures_masks, "masks-coco-n easy 0"),
        (pictures_masks, "masks-coarse 0"),
    ],
)
def test_a_small_draw_has_rows_and_tables(part, name, monkeypatch):
    monkeypatch.setattr(part, "QUICK_N", 40)
    monkeypatch.setattr(part.peer, "call", lambda *_, **__: ("", "not here"))
    rows = part.scenarios(quick=True, data=None)[name]()
    assert {row.scenario for row in rows} == {name}
    assert all(row.metric == "not run" or np.isfinite(row.value) for row in rows)
    assert any(len(lines) > 1 for _, lines in part.sections(rows))
