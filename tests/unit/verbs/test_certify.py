"""certify: from a folder with reviews to what may be said, in Python and on the command line."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from numpy.random import default_rng
from typer.testing import CliRunner

pytest.importorskip("sqlalchemy")

import reliabel as rl
from reliabel.cli import app
from reliabel.reporters.certificate_text import GREEDY, NO_DRAWS, sentences
from reliabel.trust.certified import Certified

pytestmark = pytest.mark.usefixtures("fixed_draws")

N = 400


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An audit of 400 labels of two classes, of which 12 are wrong."""
    rng = default_rng(0)
    truth = np.arange(N) % 2
    given = truth.copy()
    given[:12] = 1 - given[:12]
    x = rng.normal(size=(N, 3)) + 3 * truth[:, None]
    p = np.clip(1 / (1 + np.exp(4.5 * 1.5 - 1.5 * x.sum(1))), 0.001, 0.999)
    labels = rl.Classes.of([("no", "yes")[c] for c in given])
    made = rl.audit(labels, probs=np.stack([1 - p, p], axis=1), features=x.astype("float32"))
    place = tmp_path / "y.audit"
    rl.save(made, place)
    return place


def judge(place: Path, n: int, **more: object) -> int:
    """Judge the next labels rightly; how many there were."""
    rows = rl.next(place, n=n, **more)["rows"]  # type: ignore[arg-type]
    if not rows["id"]:
        return 0
    truth = [("no", "yes")[int(name) % 2] for name in rows["id"]]
    right = [given == true for given, true in zip(rows["given"], truth, strict=True)]
    table = pa.table(
        {
            "id": rows["id"],
            "verdict": ["keep" if one else "change" for one in right],
            "label": [None if one else true for one, true in zip(right, truth, strict=True)],
            "who": ["ann"] * len(right),
        }
    )
    rl.decide(place, table)
    return len(right)


def told(place: Path, target: float = 0.05, **more: object) -> Certified:
    return rl.certify(place, target=target, **more)  # type: ignore[arg-type]


def test_from_nothing_to_you_may_stop(folder: Path) -> None:
    first = told(folder)
    lines = [*sentences(first)]
    assert lines[0] == NO_DRAWS
    assert lines[1].startswith("How many reviews 5 % needs is unknown before any; at least 52.")
    for _ in range(20):
        judge(folder, 20, target=0.05)
        done = told(folder, forecast=False)
        if done.certificate.holds:
            break
    held = done.certificate
    assert held.holds
    assert held.unseen > 0
    wrong_left = 12 - held.found
    assert wrong_left <= held.left <= held.allowed == 20
    assert held.low <= 12 <= held.high
    lines = [*sentences(done)]
    assert lines[0] == (
        f"You may stop: with 95 % confidence at most {held.left} of the {held.unseen} labels "
        f"nobody looked at are wrong, {100 * held.share:.4g} % of all 400 (target 5 %)."
    )
    assert lines[1].endswith("Reviewers' own errors are not included.")
    assert f"{held.found} found; {held.low} to {held.high} were wrong at the start" in lines[2]
    # another target may be asked for afterwards
    assert not told(folder, 0.001, forecast=False).certificate.holds


def test_forecast_speaks_of_more_reviews(folder: Path) -> None:
    judge(folder, 40, target=0.05)
    done = told(folder, 0.02)
    assert done.left is not None
    assert done.left.known
    assert any("more reviews" in line or "nearly every label" in line for line in sentences(done))
    assert told(folder, 0.02).left == done.left


def test_greedy_reviews_certify_nothing(folder: Path) -> None:
    judge(folder, 100, greedy=True)
    assert [*sentences(told(folder, 0.5))] == [GREEDY]


def test_planned_count(folder: Path) -> None:
    assert judge(folder, 50, plan=(30, 100)) == 30
    waiting = [*sentences(told(folder))]
    assert "The planned count waits: 30 of 130 planned labels are decided." in waiting
    while judge(folder, 40) and told(folder, forecast=False).count is None:
        pass
    count = told(folder, forecast=False).count
    assert count is not None
    assert count.low <= 12 <= count.high
    record = rl.log(folder).record()
    assert record.plan == (30, 100)
    assert not record.drawn[:30].any()
    assert record.drawn[30:130].all()
    assert any(line.startswith("Planned count: about") for line in sentences(told(folder)))
    with pytest.raises(ValueError, match="choose its size after looking"):
        rl.next(folder, n=1, plan=(30, 200))


def test_choosing_between_planned_draws_ends_the_count(folder: Path) -> None:
    judge(folder, 30, plan=(30, 60))
    judge(folder, 20)
    free = sorted(set(range(N)) - set(rl.log(folder).record().row.tolist()))[0]
    rl.decide(folder, pa.table({"id": [str(free)], "verdict": ["keep"], "who": ["bob"]}))
    while judge(folder, 20) == 20:
        pass
    done = told(folder, forecast=False)
    assert done.count is None
    assert "labels were chosen between the 60 planned draws" in done.why_no_count


@pytest.mark.parametrize("plan", [(-1, 5), (1, 0), (300, 200)])
def test_plans_that_cannot_be(folder: Path, plan: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="a plan is how many of the 400 labels"):
        rl.next(folder, n=1, plan=plan)


def test_open_draws_are_said(folder: Path) -> None:
    judge(folder, 20, target=0.05)
    rl.next(folder, n=20, target=0.05)
    done = told(folder, forecast=False)
    assert done.certificate.waiting > 0
    assert any("without a verdict: draws count in their order" in line for line in sentences(done))


def test_command_and_its_json_twin(folder: Path, tmp_path: Path) -> None:
    judge(folder, 60, target=0.05)
    picture = tmp_path / "bound.svg"
    words = ["certify", str(folder), "--target", "0.05", "--picture", str(picture)]
    shown = CliRunner().invoke(app, words)
    assert shown.exit_code == 0, shown.output
    assert "were wrong at the start (95 %, at any time)." in shown.stdout
    assert picture.read_text(encoding="utf-8").startswith("<svg xmlns=")
    again = CliRunner().invoke(app, words)
    assert again.exit_code == 2
    assert "exists already" in again.stderr
    twin = CliRunner().invoke(app, [*words[:4], "--json", "--no-forecast"])
    assert twin.exit_code == 0
    made = json.loads(twin.stdout)
    assert made["certificate"]["n"] == N
    assert made["at_most"][-1] == made["certificate"]["left"]
    assert made["sentences"][0] == shown.stdout.split("\n")[0]


@pytest.mark.parametrize("target", ["0", "1", "2", "nan"])
def test_targets_that_are_no_shares(folder: Path, target: str) -> None:
    shown = CliRunner().invoke(app, ["certify", str(folder), "--target", target])
    assert shown.exit_code == 2
    assert "share of labels that may stay wrong" in shown.stderr.replace("\n", " ")


def test_next_takes_a_plan_on_the_command_line(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "batch.csv"
    words = ["next", str(folder), "--plan", "5", "20", "-o", str(out)]
    shown = CliRunner().invoke(app, words)
    assert shown.exit_code == 0, shown.output
    assert "as planned these are the most suspect labels" in shown.stdout
    assert rl.log(folder).record().plan == (5, 20)
