"""memorisation_onset, region_majority, edge_displacement, mixture_relabel: each raises the overlap
of coarse class maps with the truth, and keeps its rule.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm
from tests.unit.auditors.planted_masks import NAMES, iou, labels_of, maps_of, world

import reliabel as rl
from reliabel.auditors import (
    edge_displacement,
    memorisation_onset,
    mixture_relabel,
    region_majority,
)
from reliabel.core.evidence import PixelProbs
from reliabel.core.labels import Grouped
from reliabel.core.objects import Regions

EPOCHS = np.arange(1, 13)
FAST = 0.8 * (1 - np.exp(-EPOCHS / 1.5))
SLOW = 0.8 * (1 - np.exp(-EPOCHS / 20))
SIDES = (slice(60), slice(60, None))


@pytest.fixture(scope="module")
def planted():
    return world(n=8, by=4, side=96)


def gain(found, planted):
    """Overlap with the truth before and after."""
    before = iou(maps_of(planted["given"]), planted["true"])
    return before, iou(maps_of(found.info["relabelled"]), planted["true"])


def well_made(found, labels):
    assert len(found.score) == len(labels.units) == len(found.suggest.units)
    assert len(found.info["relabelled"]) == len(labels)
    for name, (before, after) in found.info["pixels"].items():
        moved = sum(n for k, n in found.info["changed"].items() if k.startswith(f"{name} -> "))
        gained = sum(n for k, n in found.info["changed"].items() if k.endswith(f" -> {name}"))
        assert after == before - moved + gained


# ADELE


def test_onset_raises_overlap_and_waits_for_slow_classes(planted):
    evidence = {"pixel_probs": planted["probs"]}
    found = memorisation_onset.audit(
        planted["given"], class_iou=np.stack([FAST, FAST, FAST]), **evidence
    )
    before, after = gain(found, planted)
    assert after > before + 0.1
    well_made(found, planted["given"])
    late = memorisation_onset.audit(
        planted["given"], class_iou=np.stack([FAST, FAST, SLOW]), **evidence
    )
    assert late.info["ready"]["box"] > len(EPOCHS) >= late.info["ready"]["ball"]
    assert not any("box" in pair for pair in late.info["changed"])
    assert before < gain(late, planted)[1] < after


def test_onset_is_where_the_fitted_slope_has_fallen_by_nine_tenths():
    """f'(x) / f'(1) = exp(-(x - 1) / c) < .1 from x = 1 + 2.303 c on."""
    curves = np.stack([0.8 * (1 - np.exp(-np.arange(1, 31) / c)) for c in (1, 2, 5)])
    given = labels_of([np.array([[0, 1, 2]])])
    probs = PixelProbs([np.full((3, 1, 3), 1 / 3, np.float32)], NAMES)
    found = memorisation_onset.audit(given, class_iou=curves, pixel_probs=probs)
    assert found.info["ready"] == {"ground": 4, "ball": 6, "box": 13}


def test_onset_leaves_out_a_flat_beginning_and_refuses_few_points():
    flat = np.concatenate([[0.01, 0.01, 0.02], 0.02 + 0.8 * (1 - np.exp(-np.arange(1, 11)))])
    few = np.where(np.arange(13) < 3, FAST[0], np.nan)
    given = labels_of([np.array([[0, 1, 2]])])
    probs = PixelProbs([np.full((3, 1, 3), 1 / 3, np.float32)], NAMES)
    found = memorisation_onset.audit(
        given, class_iou=np.stack([flat, few, flat]), pixel_probs=probs
    )
    assert found.info["ready"]["ground"] == 7  # three epochs later than the rising part alone
    assert found.info["ready"]["ball"] is None


def test_onset_adds_no_class_that_a_picture_lacks():
    given = labels_of([np.zeros((4, 4), int), np.eye(4, dtype=int)])
    p = np.full((3, 4, 4), 0.01, np.float32)
    p[1] = 0.98
    found = memorisation_onset.audit(
        given, class_iou=np.stack([FAST] * 3), pixel_probs=PixelProbs([p, p], NAMES)
    )
    first, second = maps_of(found.info["relabelled"])
    assert (first == 0).all()
    assert (second == 1).all()


def test_onset_needs_more_certainty_for_the_background():
    names = ("background", "ball", "box")
    given = labels_of([np.array([[0, 1, 1, 1]])], names)
    p = np.array([[[0.99, 0.9, 0.97, 0.1]], [[0.01, 0.1, 0.03, 0.9]], [[0.0] * 4]], np.float32)
    found = memorisation_onset.audit(
        given, class_iou=np.stack([SLOW, FAST, FAST]), pixel_probs=PixelProbs([p], names)
    )
    assert maps_of(found.info["relabelled"])[0].tolist() == [[0, 1, 0, 1]]


# SAModified


def test_majority_of_superpixels_raises_overlap(planted):
    pytest.importorskip("skimage")
    found = region_majority.audit(planted["given"], items=planted["items"])
    before, after = gain(found, planted)
    assert after > before + 0.05
    well_made(found, planted["given"])


def patches(*groups):
    """Proposals of one picture of 8 pixels in a row, as spans."""
    start, length = zip(*groups, strict=True)
    many = len(groups)
    return Grouped(
        Regions([0] * many, start, length, np.arange(many + 1), [[1, 8]] * many, ["patch"]),
        [0, many],
    )


@pytest.mark.parametrize(
    ("spans", "options", "made"),
    [
        ([(0, 8)], {}, [0] * 8),  # 5 of 8 are more than .6
        ([(0, 8)], {"purity": 0.7}, [0, 0, 0, 0, 0, 1, 1, 1]),
        ([(4, 4)], {}, [0, 0, 0, 0, 1, 1, 1, 1]),
        ([(4, 4)], {"fewest": 5}, [0, 0, 0, 0, 0, 1, 1, 1]),
        ([(0, 8), (4, 4)], {}, [0, 0, 0, 0, 1, 1, 1, 1]),  # the smallest wins
        ([(4, 4), (0, 8)], {}, [0, 0, 0, 0, 1, 1, 1, 1]),
    ],
)
def test_majority_by_the_rule(spans, options, made):
    given = labels_of([np.array([[0, 0, 0, 0, 0, 1, 1, 1]])], ("road", "car"))
    wide = labels_of([np.zeros((9, 9), int), np.ones((9, 9), int)], ("road", "car"))
    both = Grouped(  # large objects beside, so that no class is smaller than the patches
        Regions(
            np.concatenate([given.units.y, np.repeat(wide.units.y, 3)]),
            np.concatenate([given.units.start, np.zeros(6, int)]),
            np.concatenate([given.units.length, np.full(6, 81)]),
            np.arange(9),
            np.concatenate([given.units.size, np.full((6, 2), 9)]),
            given.units.names,
        ),
        [0, 2, 8],
    )
    proposals = patches(*spans)
    none = Grouped(proposals.units, [0, len(spans), len(spans)])
    found = region_majority.audit(both, predicted=none, **{"fewest": 2, **options})
    assert maps_of(found.info["relabelled"])[0].tolist() == [made]


def test_majority_never_erases_a_class_of_small_objects():
    given = labels_of([np.array([[0, 0, 0, 0, 0, 0, 1, 1]])], ("road", "car"))
    found = region_majority.audit(given, predicted=patches((0, 8)), fewest=2)
    assert found.info["kept"] == ["road", "car"]
    assert not found.info["changed"]


def test_majority_says_which_pictures_it_could_not_read():
    pytest.importorskip("skimage")
    given = labels_of([np.eye(8, dtype=int), np.eye(8, dtype=int)])
    found = region_majority.audit(given, items=[None, np.zeros((5, 5, 3), np.uint8)])
    assert found.info["unread"] == (0, 1)
    assert np.isnan(found.score).all()


# PNT-Edge


def test_edges_move_to_where_the_model_sees_them(planted):
    found = edge_displacement.audit(planted["given"], pixel_probs=planted["probs"])
    before, after = gain(found, planted)
    assert before < 0.75
    assert after > 0.95
    assert found.info["median"] == pytest.approx(4, abs=0.5)  # as planted
    assert found.info["spurious"] < 0.05
    well_made(found, planted["given"])


@pytest.mark.parametrize("by", [-4, -2, 0, 1, 3, 5])
def test_a_straight_edge_moves_by_as_much_as_it_is_off(by):
    true, given = (np.where(np.arange(30)[None] < at, 0, 1).repeat(20, 0) for at in (14, 14 + by))
    p = np.stack([true == 0, true == 1, true == 2]).astype(np.float32)
    found = edge_displacement.audit(labels_of([given]), pixel_probs=PixelProbs([p], NAMES))
    assert maps_of(found.info["relabelled"])[0].tolist() == true.tolist()
    assert found.info["median"] == abs(by)


def test_edges_without_support_stay_and_are_counted():
    given = np.zeros((20, 20), int)
    given[:, 10:] = 1
    p = np.zeros((3, 20, 20), np.float32)
    p[0] = 1.0  # the model sees no edge at all
    found = edge_displacement.audit(labels_of([given]), pixel_probs=PixelProbs([p], NAMES))
    assert found.info["spurious"] == 1
    assert not found.info["changed"]
    seen = np.stack([given == 0, given == 1, given == 2]).astype(np.float32)
    blind = edge_displacement.audit(
        labels_of([np.zeros((20, 20), int)]), pixel_probs=PixelProbs([seen], NAMES)
    )
    assert blind.info["missing"] == 1


def test_objects_on_a_background_without_label_move_too():
    true, given = np.full((2, 40, 40), -1)
    true[10:30, 10:30], given[10:30, 10:33] = 0, 0
    p = np.stack([true == 0, true == -1]).astype(np.float32)
    labels = labels_of([given], ("car",))
    with_ground = PixelProbs([p], ("car", "background"))
    found = edge_displacement.audit(labels, pixel_probs=with_ground)
    inner = maps_of(found.info["relabelled"])[0]
    assert ((inner == 0) ^ (true == 0)).sum() <= 8  # at corners
    without = edge_displacement.audit(labels, pixel_probs=PixelProbs([p[:1]], ("car",)))
    assert not without.info["changed"]


# AGMM


def test_mixture_raises_overlap(planted):
    found = mixture_relabel.audit(planted["given"], items=planted["items"])
    before, after = gain(found, planted)
    assert after > before + 0.1
    well_made(found, planted["given"])


def test_mixture_by_the_formula():
    """r = exp(-mean|f - v|^2), with v the mean feature of the labelled pixels."""
    given = labels_of([np.array([[0, 0, 1, 1]])], ("a", "b"))
    grid = np.array([0.0, 1, 1, 2]).reshape(1, 1, 1, 4)
    found = mixture_relabel.audit(given, feature_maps=grid, adaptive=False, margin=0.2)
    assert not found.info["changed"]  # both in the middle are equally far from both
    x = np.array([0.0, 3, 3, 3])
    z = (x - x.mean()) / x.std()
    own, other = z[:2].mean(), z[2]
    apart = np.exp(-((z[1] - other) ** 2)) - np.exp(-((z[1] - own) ** 2))
    for margin in (apart - 0.01, apart + 0.01):
        found = mixture_relabel.audit(
            given, feature_maps=x.reshape(1, 1, 1, 4), margin=margin, adaptive=False
        )
        assert bool(found.info["changed"]) == (margin < apart)


def test_mixture_of_gaussians_by_their_densities():
    """One feature, by Bayes' rule with both classes alike before; .001 is added to variances."""
    rng = np.random.default_rng(0)
    grid = np.concatenate([rng.normal(0, 1, 60), rng.normal(8, 3, 60)])
    grid[59] = 9.0  # given the first class, and far more probable of the second
    given = labels_of([np.repeat([[0, 1]], 60, axis=1)], ("narrow", "wide"))
    found = mixture_relabel.audit(given, feature_maps=grid.reshape(1, 1, 1, 120))
    z = (grid - grid.mean()) / grid.std()
    each = [norm(z[s].mean(), np.sqrt(z[s].var() + 1e-3)).pdf(z) for s in SIDES]
    p = np.stack(each) / np.sum(each, axis=0)
    own = np.where(np.arange(120) < 60, p[0], p[1])
    moved = np.flatnonzero(p.max(0) - own > 0.9)
    assert 59 in moved
    after = maps_of(found.info["relabelled"])[0][0]
    assert np.flatnonzero(after != np.repeat([0, 1], 60)).tolist() == moved.tolist()


def test_mixture_leaves_unlabelled_pixels_and_single_classes_alone():
    sparse = labels_of([np.array([[0, -1, -1, 1]])], ("a", "b"))
    found = mixture_relabel.audit(sparse, feature_maps=np.array([0.0, 0, 5, 5]).reshape(1, 1, 1, 4))
    assert maps_of(found.info["relabelled"])[0].tolist() == [[0, -1, -1, 1]]


# what they share


def test_crowds_and_places_without_label_have_no_score(planted):
    given = planted["given"]
    y = np.array(given.units.y)
    y[1] = -1
    crowd = np.arange(len(y)) == 2
    units = given.units
    marked = Regions(*(y, units.start, units.length, units.offsets, units.size, units.names, crowd))
    found = edge_displacement.audit(replace(given, units=marked), pixel_probs=planted["probs"])
    assert np.isnan(found.score[1:3]).all()
    assert not found.flag[1:3].any()


def test_probabilities_of_another_size_give_no_scores():
    given = labels_of([np.zeros((4, 4), int)])
    probs = PixelProbs([np.zeros((3, 2, 2), np.float32)], NAMES)
    for found in (
        edge_displacement.audit(given, pixel_probs=probs),
        memorisation_onset.audit(given, class_iou=np.stack([FAST] * 3), pixel_probs=probs),
    ):
        assert np.isnan(found.score).all()
        assert found.info["unfit"] == (0,)


def test_pixels_of_a_crowd_stay_as_they_are():
    given = labels_of([np.repeat([[0, 1]], [4, 4], axis=1).repeat(6, 0)])
    u = given.units
    units = Regions(u.y, u.start, u.length, u.offsets, u.size, NAMES, [False, True])
    p = np.zeros((3, 6, 8), np.float32)
    p[0] = 1.0  # the model sees ground everywhere
    found = memorisation_onset.audit(
        Grouped(units, given.offsets),
        class_iou=np.stack([FAST] * 3),
        pixel_probs=PixelProbs([p], NAMES),
    )
    assert not found.info["changed"]
    assert found.score.tolist() == pytest.approx([0, np.nan], nan_ok=True)


def test_curves_of_agreement_may_be_a_file(planted, tmp_path):
    curves = np.stack([FAST, FAST, SLOW])
    np.save(tmp_path / "iou.npy", curves)
    (tmp_path / "iou.csv").write_text(
        "\n".join(",".join(map(str, row)) for row in [[f"epoch {e}" for e in EPOCHS], *curves])
    )
    said = [
        rl.audit(
            planted["given"],
            pixel_probs=planted["probs"],
            class_iou=value,
            by=["memorisation_onset"],
        ).opinions["memorisation_onset"]
        for value in (curves, tmp_path / "iou.npy", str(tmp_path / "iou.csv"))
    ]
    assert said[0].info["ready"] == said[1].info["ready"] == said[2].info["ready"]
    assert said[0].score.tolist() == said[2].score.tolist()
