"""The suites learn-cost and learn-pictures: what they compare with, and what the page says."""

import numpy as np
import pytest

from reliabel.bench import learn_cost, learn_pictures
from reliabel.bench.run import Row, Table
from reliabel.core.catalogue import find


def cost(method: str, **found: float) -> list[Row]:
    return [Row(method, "generated", "", 0, method, name, value) for name, value in found.items()]


def test_the_loop_by_hand_learns_what_it_is_measured_on():
    torch = pytest.importorskip("torch")
    x, y = learn_cost._world(2000)
    net = learn_cost.by_hand(x, y, epochs=5)
    with torch.no_grad():
        said = net((torch.from_numpy(x) - torch.from_numpy(x).mean(0)) / x.std()).argmax(1)
    assert (said.numpy() == y).mean() > 0.4  # ten classes, three labels of ten wrong


def test_a_learner_within_its_most_is_told_from_one_beyond():
    rows = cost("fast", cpu_s=0.8, ratio=1.5, extra_mib=3.0, **{"at most": 1.6})
    rows += cost("slow", cpu_s=8.0, ratio=2.5, extra_mib=3.0, **{"at most": 2.2})
    rows += [Row("broken", "generated", "", 0, "broken", "not run", "its error")]
    _, fast, slow = learn_cost.lines(rows)
    assert fast == ["fast", "100", "1.50", "1.6", "yes", "3"]
    assert slow[3:5] == ["2.2", "no"]


def test_losses_are_held_to_less_than_two_networks():
    pytest.importorskip("torch")
    assert learn_cost.most(find("learn", "generalised_cross_entropy")) == learn_cost.LOSS
    assert learn_cost.most(find("learn", "cross_entropy")) == learn_cost.LOOP


def test_a_learner_that_ends_badly_is_told_with_its_error(monkeypatch):
    def broken(*_: object) -> None:
        raise RuntimeError("ended with 1: no memory")

    monkeypatch.setattr(learn_cost, "child", broken)
    (gap,) = learn_cost._rows("cross_entropy")
    assert (gap.metric, gap.value) == ("not run", "ended with 1: no memory")


def pictures(folder):
    """The folder cifar10n with 40 pictures of each of four classes, told apart by their colour."""
    image = pytest.importorskip("PIL.Image")
    import io
    import zipfile

    (folder / "cifar10n").mkdir()
    truth = np.repeat(learn_pictures.KINDS, 40)
    np.savez(folder / "cifar10n" / "labels.npz", clean_label=truth)
    with zipfile.ZipFile(folder / "cifar10n" / "train.zip", "w") as archive:
        for at, kind in enumerate(truth):
            held = io.BytesIO()
            colour = (40 * int(kind) % 256, 200 - 20 * int(kind), 60 + 9 * int(kind))
            image.new("RGB", (32, 32), colour).save(held, "JPEG")
            archive.writestr(f"{at:05d}.jpg", held.getvalue())
    return folder


def test_each_method_has_both_columns_and_a_run_goes_on_where_it_stopped(tmp_path, monkeypatch):
    pytest.importorskip("torch")
    data = pictures(tmp_path)
    for name, value in {"TRAIN": 96, "TEST": 64, "EPOCHS": 2, "WIDTH": 2, "SEEDS": 1}.items():
        monkeypatch.setattr(learn_pictures, name, value)
    monkeypatch.setattr(learn_pictures, "NOISES", ("symmetric .5",))
    monkeypatch.setattr(learn_pictures, "methods", lambda few: ["cross_entropy"])
    learn_pictures.drawn.cache_clear()
    table = Table(tmp_path / "learn_pictures.csv")
    learn_pictures.run(table, quick=False, data=data)
    assert [row.metric for row in table.rows] == ["device", "last", "chosen"]
    again = Table(table.path)
    learn_pictures.run(again, quick=False, data=data)
    assert len(again.rows) == 3
    learn_pictures.drawn.cache_clear()


def test_methods_on_pictures_are_compared_with_cross_entropy_draw_by_draw():
    rows = [
        Row(f"a-{seed}", "cifar10n", "pair .4", seed, method, column, value, cpu_s=1.0)
        for seed, base in ((0, 0.4), (1, 0.6))
        for method, gain in (("cross_entropy", 0.0), ("sop", 0.1))
        for column, value in (("last", base + gain), ("chosen", base + 0.2))
    ]
    _, sop, plain = learn_pictures.lines(rows)  # the best at the last epoch first
    assert plain == ["pair .4", "cross_entropy", "2", "0.500", "0.700", "", ""]
    assert sop[3:] == ["0.600", "0.700", "+10.0", "+0.0"]
