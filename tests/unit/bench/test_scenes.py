"""Generated scenes: drawn anew by their number, true boxes and masks, models of stated quality."""

import numpy as np
import pytest

from reliabel.bench.coco_ap import coco_ap
from reliabel.bench.scene_models import PLAIN, POOR, SHY, detected, segmented
from reliabel.bench.scenes import CLASSES, SHAPES, materials, scene, video
from reliabel.core.labels import Grouped
from reliabel.core.objects import Boxes

pytest.importorskip("skimage")


@pytest.fixture(scope="module")
def made_of():
    return materials()


@pytest.fixture(scope="module")
def truth(made_of):
    """Boxes of sixty scenes and the sizes of their pictures."""
    seen = [scene(5, i, made_of) for i in range(60)]
    xyxy = np.concatenate([one.boxes for one in seen])
    offsets = np.cumsum([0, *(len(one.y) for one in seen)])
    y = np.concatenate([one.y for one in seen])
    sizes = np.array([one.on_top.shape for one in seen])
    return Grouped(Boxes(xyxy, y, SHAPES), offsets), sizes


def test_a_scene_is_its_number_and_other_scenes_are_others(made_of):
    one, again, other = (scene(3, i, made_of) for i in (7, 7, 8))
    assert (one.picture == again.picture).all()
    assert (one.boxes == again.boxes).all()
    assert one.picture.shape != other.picture.shape or (one.picture != other.picture).any()


def test_boxes_and_class_maps_are_those_of_what_is_seen(made_of):
    one = next(s for s in (scene(3, i, made_of) for i in range(20)) if len(s.y) > 2)
    for j, (left, top, right, bottom) in enumerate(one.boxes.astype(int)):
        mask = one.on_top == j
        assert mask.sum() == mask[top:bottom, left:right].sum()
        assert mask[top].any()
        assert mask[:, right - 1].any()
        assert (one.class_map[mask] == CLASSES.index(SHAPES[one.y[j]])).all()
    assert set(np.unique(one.class_map[one.on_top < 0])) <= {0, 1}


def test_frames_show_the_same_things_moving(made_of):
    frames = list(video(0, 2, made_of, frames=6))
    assert all(len(one.y) == len(one.thing) for one in frames)
    first, last = frames[0], frames[-1]
    both = np.intersect1d(first.thing, last.thing)
    for name in both:
        a, b = (one.boxes[one.thing == name][0] for one in (first, last))
        assert (a != b).any()
    still = (first.on_top < 0) & (last.on_top < 0)
    assert (first.picture[still] == last.picture[still]).all()


def test_detectors_are_as_good_as_they_say(truth):
    boxes, sizes = truth
    plain, shy, poor = (
        detected(boxes, sizes, np.random.default_rng(0), one) for one in (PLAIN, SHY, POOR)
    )
    assert 0.65 < coco_ap(boxes, plain)[0] < 0.9
    assert coco_ap(boxes, poor)[0] < coco_ap(boxes, plain)[0] - 0.1
    assert plain.units.score.max() > 0.95 > 0.9 >= shy.units.score.max()
    high, wide = sizes[plain.item].T
    assert (plain.units.xyxy[:, 2] <= wide).all()
    assert (plain.units.xyxy[:, 3] <= high).all()


def test_average_precision_is_that_of_coco(truth):
    coco = pytest.importorskip("pycocotools.coco")
    from pycocotools.cocoeval import COCOeval

    boxes, sizes = truth
    found = detected(boxes, sizes, np.random.default_rng(1), PLAIN)

    def rows(grouped):
        units = grouped.units
        side = np.concatenate([units.xyxy[:, :2], units.xyxy[:, 2:] - units.xyxy[:, :2]], 1)
        for j, box in enumerate(side.tolist()):
            yield {
                **{"id": j + 1, "image_id": int(grouped.item[j]), "category_id": int(units.y[j])},
                **{"bbox": box, "area": box[2] * box[3], "iscrowd": 0},
                **({} if units.score is None else {"score": float(units.score[j])}),
            }

    true = coco.COCO()
    true.dataset = {
        "images": [{"id": i} for i in range(len(boxes))],
        "annotations": list(rows(boxes)),
        "categories": [{"id": c} for c in range(6)],
    }
    true.createIndex()
    judge = COCOeval(true, true.loadRes(list(rows(found))), "bbox")
    judge.evaluate()
    judge.accumulate()
    judge.summarize()
    ours = coco_ap(boxes, found)
    assert ours.mean() == pytest.approx(judge.stats[0], abs=1e-6)
    assert ours[0] == pytest.approx(judge.stats[1], abs=1e-6)


def test_the_segmenter_is_as_good_as_it_says_and_its_chances_hold(made_of):
    shared, all_, sure, right = np.zeros(len(CLASSES)), np.zeros(len(CLASSES)), [], []
    for i in range(40):
        one = scene(4, i, made_of, (96, 128))
        p, truth = segmented(one, np.random.default_rng(i)), one.class_map
        assert np.allclose(p.sum(0), 1, atol=1e-5)
        said = p.argmax(0)
        for c in range(len(CLASSES)):
            shared[c] += ((said == c) & (truth == c)).sum()
            all_[c] += ((said == c) | (truth == c)).sum()
        sure.append(p.max(0))
        right.append(said == truth)
    assert 0.65 < (shared / all_).mean() < 0.85
    assert abs(np.mean(sure) - np.mean(right)) < 0.05
