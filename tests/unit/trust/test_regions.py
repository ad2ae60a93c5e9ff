"""P(wrong) of regions: planted errors stand first, are counted, and get the right class."""

from __future__ import annotations

import numpy as np
import pytest
from tests.conformance.retold import area
from tests.mask_worlds import mask_world, wrong_rows

import reliabel as rl
from reliabel.core.evidence import PixelProbs
from reliabel.core.labels import Grouped
from reliabel.core.objects import Regions
from reliabel.trust.regions import p_wrong_regions


@pytest.fixture(scope="module")
def audited():
    world = mask_world(240, rate=0.1, blind=0.02, seed=22)
    return world, rl.audit(world.labels, pixel_probs=world.pixel_probs)


def test_errors_and_parts_are_found_and_mended(audited):
    world, audit = audited
    wrong, best = wrong_rows(audit.data.labels, world.truth)
    assert len(audit.data.labels.units) > len(world.labels.units)  # parts joined
    assert area(audit.p_wrong, wrong) > 0.95
    assert np.nansum(audit.p_wrong) == pytest.approx(wrong.sum(), rel=0.5)
    sure = wrong & (audit.p_wrong > 0.5)
    assert sure.sum() > wrong.sum() / 2
    assert (audit.suggest.y == best)[sure].mean() > 0.9
    assert not audit.info["p_wrong"]["identified"]  # the surest tenth shows no error
    assert "the tenth that the model is surest of shows none" in " ".join(audit.warnings)
    assert not any("probabilities only" in told for told in audit.warnings)


def test_regions_stand_in_the_order_of_what_the_model_sees(audited):
    _, audit = audited
    p, score = audit.p_wrong, audit.opinions["pixel_confident_learning"].score
    known = np.flatnonzero(np.isfinite(p) & np.isfinite(score))
    assert (np.diff(p[known[np.argsort(score[known], kind="stable")]]) >= 0).all()
    assert (audit.p_suggest[known] <= p[known] + 1e-9).all()


def test_clean_maps_are_not_said_to_have_wrong_regions():
    world = mask_world(120, rate=0.0, blind=0.02, seed=23)
    assert not rl.audit(world.labels, pixel_probs=world.pixel_probs).count.identified


def test_a_model_that_agrees_with_few_regions_gives_no_count():
    world = mask_world(80, rate=0.1, seed=4)
    rng = np.random.default_rng(0)
    probs = [p[rng.permutation(len(p))] if i % 2 else p for i, p in enumerate(world.pixel_probs)]
    found = p_wrong_regions(
        world.labels, pixel_probs=PixelProbs(probs), rng=np.random.default_rng(0)
    )
    assert not found.count.identified
    assert np.isnan(found.count.value)
    assert found.count.low == 0
    assert "no count of wrong regions: the model agrees with " in " ".join(found.warnings)


def test_findings_say_where(audited):
    _, audit = audited
    first = audit.findings[0]
    assert first.finds == "label"
    assert first.suggest in audit.data.labels.units.names
    assert set(first.where) >= {"box", "outline", "area"}


def test_given_regions_alone_are_judged_without_candidates():
    world = mask_world(60, rate=0.2, seed=2)
    found = p_wrong_regions(
        world.labels, pixel_probs=world.pixel_probs, rng=np.random.default_rng(0)
    )
    wrong, _ = wrong_rows(world.labels, world.truth)
    assert np.isnan(found.parts) or found.parts == 0
    assert area(found.p, wrong) > 0.9


def test_pictures_of_another_shape_are_told_and_left_out():
    world = mask_world(60, seed=3)
    probs = list(world.pixel_probs.source)
    probs[4] = probs[4][:, :50]
    audit = rl.audit(world.labels, pixel_probs=PixelProbs(probs))
    rows = slice(*world.labels.offsets[4:6])
    assert np.isnan(audit.p_wrong[audit.data.labels.item == 4]).all()
    assert rows.stop > rows.start
    told = [line for line in audit.warnings if "another shape than their mask" in line]
    assert "picture 4 has probabilities for 50 x 64 pixels, its mask is 64 x 64" in told[0]


def test_instances_that_are_missing_are_candidates_without_a_class():
    rng = np.random.default_rng(0)
    n, side = 120, 40
    names = ("car", "bus")
    p = np.full((n, 3, side, side), 0.05, np.float32)
    p[:, 0] = 0.9
    y, start, length, offsets, each, gone = [], [], [], [0], [], 0
    for item in range(n):
        count = 0
        for place in ((2, 2), (2, 22), (22, 2)):
            c = int(rng.integers(0, 2))
            rows = slice(place[0], place[0] + 12), slice(place[1], place[1] + 12)
            seen = np.array([0.06, 0.9 if c == 0 else 0.04, 0.04 if c == 0 else 0.9])
            sure = rng.uniform(0, 0.1, (3, 12, 12))
            p[item, :, rows[0], rows[1]] = seen[:, None, None] + sure
            if rng.random() < 0.06:
                gone += 1
                continue
            y.append(c)
            begin = (np.arange(rows[0].start, rows[0].stop) * side + rows[1].start).tolist()
            start += begin
            length += [12] * 12
            offsets.append(len(start))
            count += 1
        each.append(count)
    p /= p.sum(1, keepdims=True)
    labels = Grouped(
        Regions(y, start, length, offsets, np.tile([side, side], (len(y), 1)), names),
        np.concatenate([[0], np.cumsum(each)]),
    )
    audit = rl.audit(labels, pixel_probs=PixelProbs(p, ("nothing", *names)))
    units = audit.data.labels.units
    lost = units.y < 0
    assert lost.sum() == gone
    assert np.nanmin(audit.p_wrong[lost]) > np.nanmax(audit.p_wrong[~lost])
    assert {f.given for f in audit.findings[:gone]} == {None}
    assert audit.findings[0].suggest in names
