"""The suites of learners: cells, choosing, comparisons, claims, and what the page says of them."""

import numpy as np
import pytest

from reliabel.bench import learn_claims, learn_methods, learn_page, learn_sections
from reliabel.bench.learn_baselines import nearest_votes
from reliabel.bench.learn_cells import PEOPLE, PLANTED, TAIL, Cell, Made, cells, make
from reliabel.bench.learn_choice import OPTIONS, Learner, Tried, best
from reliabel.bench.learn_claim_draws import KINDS, MAKERS, WORLDS, Draw, draws
from reliabel.bench.learn_claim_table import Claim, claims
from reliabel.bench.learn_methods import (
    AUTO,
    FOLDS,
    PLAIN,
    PROBE,
    Task,
    done_in,
    methods,
    rows_of,
    tasks,
)
from reliabel.bench.learn_picture import ranks_svg
from reliabel.bench.learn_statistics import by_method, difference, holm, mean_ranks, whole
from reliabel.bench.page import render
from reliabel.bench.run import Row, Table, file_of
from reliabel.core.catalogue import find
from reliabel.core.labels import Classes


def row(method: str, metric: str, value, noise="pair .3", dataset="ag_news", seed=0, cpu=1.0):
    return Row(f"{dataset}-{noise}-{seed}", dataset, noise, seed, method, metric, value, cpu_s=cpu)


def test_cells_come_in_order_of_what_they_tell_and_people_label_pictures_alone():
    every = cells(False)
    assert len({cell.scenario for cell in every}) == len(every) == 2 * (7 + 7 + 9 + 9)
    assert {cell.dataset for cell in every[:16]} == {"ag_news", "cifar10n pretrained"}
    assert [cell.seed for cell in every] == sorted(cell.seed for cell in every)
    assert {cell.noise for cell in every if cell.dataset == "ag_news"} == {*PLANTED, TAIL}
    assert {cell.noise for cell in every} == {*PLANTED, *PEOPLE, TAIL}
    assert len(cells(True)) == 4


def texts(folder, n=7000):
    """A file of news in four classes, with features of their own making."""
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    (folder / "text").mkdir()
    truth = np.arange(n) % 4
    table = {"title": ["t"] * n, "body": [str(c) for c in truth], "label": truth.tolist()}
    pq.write_table(pa.table(table), folder / "text" / "ag_news_test.parquet")
    (folder / "features").mkdir()
    x = 2 * np.eye(4)[truth] + np.random.default_rng(0).normal(size=(n, 4))
    np.save(folder / "features" / "ag_news.npy", x.astype(np.float32))
    return folder, folder / "features"


@pytest.mark.parametrize("noise", ["clean", "symmetric .5", "confusion .4", "instance .4", TAIL])
def test_no_row_is_learnt_from_and_scored_on_and_rates_come_out_as_asked(tmp_path, noise):
    pytest.importorskip("sklearn")
    data, cache = texts(tmp_path)
    made = make(Cell("ag_news", noise), data, cache)
    asked = {"clean": 0.0, TAIL: 0.2}.get(noise) or float(noise.split()[-1] if "." in noise else 0)
    assert abs(made.rate - asked) < 0.03
    both = {x.tobytes() for x in made.x} & {x.tobytes() for x in made.test_x}
    assert not both
    assert made.probs.shape == (len(made.truth), 4)
    np.testing.assert_allclose(made.matrix.sum(1), 1)
    again = make(Cell("ag_news", noise), data, cache)
    np.testing.assert_array_equal(made.labels.y, again.labels.y)
    if noise == TAIL:
        size = np.bincount(made.truth)
        assert size.max() > 15 * size.min()


def small_world(seed=0, n=240):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, n)
    x = (3 * np.eye(3)[truth] + rng.normal(size=(n, 3))).astype(np.float32)
    y = np.where(rng.random(n) < 0.2, (truth + 1) % 3, truth)
    probs = np.full((n, 3), 0.1, dtype=np.float32) + 0.7 * np.eye(3, dtype=np.float32)[y]
    matrix = 0.8 * np.eye(3) + 0.2 * np.roll(np.eye(3), 1, axis=1)
    return Made(x, Classes(y, ("a", "b", "c")), truth, probs, matrix, x, truth)


def test_choosing_holds_out_a_third_and_refits_on_all_rows_at_the_epoch_chosen():
    pytest.importorskip("torch")
    made = small_world()
    learner = Learner(find("learn", PLAIN), made.labels, {"features": made.x}, {}, 0)
    tried = learner.tried()
    assert [one.option for one in tried] == list(OPTIONS)
    assert {len(one.option) for one in tried} == {3}
    assert learner.last().info["held_out"] == 0
    chosen = learner.refitted(best(tried))
    assert chosen.info["held_out"] == 0
    assert chosen.info["epoch"] == best(tried).epoch


def test_ties_of_agreement_go_to_the_earlier_epoch():
    assert best([Tried({}, 9, 0.5), Tried({}, 3, 0.5), Tried({}, 1, 0.4)]).epoch == 3


def test_a_method_in_a_cell_has_all_columns_and_a_broken_one_says_why(monkeypatch, tmp_path):
    pytest.importorskip("torch")
    monkeypatch.setattr(learn_methods, "made_once", lambda cell, data, cache: small_world())
    found = rows_of(Task(Cell("ag_news", TAIL), PLAIN), data=tmp_path, cache=tmp_path)
    metrics = {one.metric for one in found}
    assert {"last", "chosen", "picked on test", "how"} <= metrics
    assert {"last, macro recall", "chosen, macro recall"} <= metrics
    value = {one.metric: one.value for one in found}
    assert value["picked on test"] >= max(value["last"], value["chosen"]) > 0.8

    thirds = rows_of(Task(Cell("ag_news", TAIL), PLAIN, FOLDS), data=tmp_path, cache=tmp_path)
    assert [one.metric for one in thirds] == ["three folds", "three folds, macro recall"]

    def broken(*_: object) -> None:
        raise ValueError("two classes only")

    monkeypatch.setattr(learn_methods, "evidence_for", broken)
    (gap,) = rows_of(Task(Cell("ag_news", "clean"), PLAIN), data=tmp_path, cache=tmp_path)
    assert (gap.metric, gap.value) == ("not run", "ValueError: two classes only")


def test_what_is_done_is_not_done_again_and_three_folds_come_after_all_methods():
    pytest.importorskip("torch")
    every = [Cell("ag_news", noise, seed) for seed in (0, 1) for noise in ("clean", "pair .3")]
    open_ = tasks(every, False, set())
    assert len(set(open_)) == len(open_)
    folds = [task for task in open_ if task.part == FOLDS]
    assert {task.method for task in folds} <= set(learn_methods.NAMED)
    assert {task.cell.seed for task in folds} == {0}
    first = [task.part for task in open_ if task.cell.seed == 0 and task.method != AUTO]
    assert first == sorted(first)
    rows = [row(PLAIN, "chosen", 0.8), row(PLAIN, "three folds", 0.8, noise="clean")]
    left = tasks(every, False, done_in(rows))
    assert {task for task in open_ if task not in left} == {
        Task(Cell("ag_news", "pair .3"), PLAIN),
        Task(Cell("ag_news", "clean"), PLAIN, FOLDS),
    }


def test_the_vote_of_the_nearest_finds_well_parted_classes():
    made = small_world()
    p = nearest_votes(made.labels, made.x, made.test_x)
    np.testing.assert_allclose(p.sum(1), 1)
    assert (p.argmax(1) == made.truth).mean() > 0.9


def test_methods_begin_with_the_baselines():
    pytest.importorskip("torch")
    names = methods(False)
    assert names[: names.index("nearest 50") + 1] == [
        name for name in (PROBE, PLAIN, "nearest 50") if name in names
    ]
    assert set(methods(True)) <= set(names)


def test_differences_are_paired_by_cell_and_small_numbers_have_no_chance():
    one = {("a", str(i)): 0.5 + 0.01 * i for i in range(8)}
    gap = difference(one, {place: value - 0.02 for place, value in one.items()} | {("b", "x"): 9.0})
    assert gap.cells == 8
    assert (gap.mean, gap.low, gap.high) == pytest.approx((0.02, 0.02, 0.02))
    assert gap.p < 0.02
    few = {place: one[place] for place in list(one)[:3]}
    assert np.isnan(difference(few, one).p)
    assert np.isnan(difference({}, one).mean)


def test_holm_never_falls_and_ignores_what_is_unknown():
    found = holm({"a": 0.01, "b": 0.011, "c": np.nan})
    assert (found["a"], found["b"]) == pytest.approx((0.02, 0.02))
    assert np.isnan(found["c"])


def test_ranks_are_over_shared_cells_and_their_critical_difference_is_nemenyis():
    places = [("a", str(i)) for i in range(10)]
    columns = {
        name: dict.fromkeys(places, value) for name, value in (("x", 0.3), ("y", 0.2), ("z", 0.1))
    }
    ranks, critical, n = mean_ranks(columns | {"z": columns["z"] | {("b", "0"): 1.0}})
    assert ranks == {"x": 1.0, "y": 2.0, "z": 3.0}
    assert n == 10
    assert critical == pytest.approx(2.343 * np.sqrt(3 * 4 / 60), abs=0.002)  # Demsar 2006, k = 3
    picture = ranks_svg(ranks, critical, n)
    assert picture.startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    assert picture.count("<circle") == 3
    assert list(whole(columns | {"w": {}}, ("x",))) == ["x", "y", "z"]


ROWS = [row("truth", "wrong", 0.3, noise) for noise in PLANTED] + [
    row(method, metric, base + gain, noise, cpu=2.0)
    for noise, base in zip(PLANTED, (0.9, 0.8, 0.6, 0.7, 0.6, 0.5), strict=True)
    for method, metric, gain in (
        (PLAIN, "last", -0.1),
        (PLAIN, "chosen", 0.0),
        (PROBE, "chosen", 0.01),
        ("early_learning", "last", 0.0),
        ("early_learning", "chosen", 0.02),
        ("early_learning", "picked on test", 0.03),
    )
]


def test_the_page_shows_differences_in_points_and_the_share_that_is_wrong(tmp_path):
    head, first, *_ = learn_page.methods_table(ROWS)
    line = dict(zip(head, first, strict=True))
    assert line["method"] == "early_learning"
    assert line["less the probe"] == "+1.0 (+1.0 to +1.0)"
    assert line["less chosen cross-entropy"] == "+2.0 (+2.0 to +2.0)"
    assert line["mean rank"] == "1.0"
    assert learn_page.by_noise(ROWS)[-1][:2] == ["share wrong", "0.300"]
    assert learn_page.by_noise(ROWS)[0] == ["method", *PLANTED]
    Table(tmp_path / file_of("learn")).add(ROWS)
    page = render(tmp_path)
    assert "0.02 CPU hours" in page
    assert "![mean ranks](img/learn-ranks.svg)" in page
    assert learn_sections.picture(tmp_path).count("<circle") == 3
    assert learn_sections.picture(tmp_path / "none") == ""


def test_a_claim_holds_where_its_interval_lies_above_nothing():
    kept = Claim("keeps", "early_learning", PLANTED)
    assert learn_claims.from_cells(kept, ROWS) == [
        (pytest.approx(base), pytest.approx(base - 0.1)) for base in (0.9, 0.6, 0.5, 0.7, 0.8, 0.6)
    ]
    right = Claim("right", "early_learning", PLANTED, metric="chosen", baseline="truth")
    assert all(other == 0.7 for _, other in learn_claims.from_cells(right, ROWS))


def test_verdicts_are_written_anew_and_draws_are_kept(tmp_path, monkeypatch):
    one = Claim("better told", "a method", draws="a method", told="its baseline")
    monkeypatch.setattr(learn_claims, "claims", lambda: [one])
    table = Table(tmp_path / "learn_claims.csv")
    where = ("ag_news", "pair .3", 0, "a method")
    for name, ours in (("one", 0.8), ("two", 0.7), ("three", 0.75)):
        table.add([Row(name, *where, "ours", ours), Row(name, *where, "baseline", 0.6)])
        learn_claims.judge(table, [])
    assert len(Table(table.path).rows) == len(table.rows) == 6 + 5
    _, line = learn_claims.lines(Table(table.path).rows)
    assert line[:3] == ["a method", "better told", "its baseline"]
    assert line[3:] == ["0.750", "0.600", "+0.150 (+0.100 to +0.200)", "3", "yes"]


def test_every_claim_without_cells_has_draws_of_its_own():
    assert KINDS.keys() == WORLDS.keys() == MAKERS.keys()
    says = {claim.says for claim in KINDS.values()}
    assert {claim.says for claim in claims() if claim.draws} <= says
    assert all(claim.noises or claim.draws for claim in claims())
    assert len({draw.scenario for draw in draws(False)}) == len(draws(False))


def test_a_draw_that_cannot_run_says_why(monkeypatch, tmp_path):
    def broken(*_: object) -> None:
        raise ValueError("no trusted rows")

    monkeypatch.setitem(MAKERS, "trusted", broken)
    (gap,) = Draw("a method", "trusted", Cell("ag_news", "clean")).rows(tmp_path, tmp_path)
    assert (gap.metric, gap.value) == ("not run", "ValueError: no trusted rows")


def test_means_are_over_seeds_first():
    rows = [row("m", "chosen", value, seed=seed) for seed, value in enumerate((0.4, 0.6))]
    assert by_method(rows, "chosen", PLANTED)["m"] == {("ag_news", "pair .3"): 0.5}
