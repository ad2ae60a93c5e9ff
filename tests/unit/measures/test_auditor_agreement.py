"""How alike auditors rank labels, and whether their worst are the same."""

import numpy as np
import pytest
from scipy.stats import spearmanr
from typer.testing import CliRunner

import reliabel as rl
from reliabel.cli import app
from reliabel.core.labels import Classes
from reliabel.core.results import Audit
from reliabel.measures import auditor_agreement
from reliabel.verbs.save import save

LABELS = Classes(np.arange(400) % 2)


def pair(shared: float, seed: int = 0, n: int = 400) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    common = rng.normal(size=n)
    return {
        name: shared * common + np.sqrt(1 - shared**2) * rng.normal(size=n) for name in ("a", "b")
    }


def test_the_value_is_the_mean_of_spearmans_correlations() -> None:
    scores = pair(0.8) | {"c": np.round(pair(0.5, 1)["a"])}
    scores["c"][:50] = np.nan
    found = auditor_agreement.measure(LABELS, scores=scores)
    both = ~np.isnan(scores["c"])
    by_hand = [
        spearmanr(scores["a"], scores["b"]).statistic,
        spearmanr(scores["a"][both], scores["c"][both]).statistic,
        spearmanr(scores["b"][both], scores["c"][both]).statistic,
    ]
    assert found.value == pytest.approx(np.mean(by_hand), abs=1e-12)
    assert found.parts["correlation"][0, 1] == pytest.approx(by_hand[0], abs=1e-12)
    assert found.parts["names"] == ("a", "b", "c")
    assert found.info["labels"] == 350


def test_the_overlap_counts_the_worst_and_ties_in_parts() -> None:
    first = np.r_[np.zeros(90), np.ones(10)]  # ten worst
    second = np.r_[np.zeros(80), np.full(20, 0.5)]  # twenty that are equal, ten of them the same
    found = auditor_agreement.measure(
        Classes(np.zeros(100, int)), scores={"first": first, "second": second}, worst=10
    )
    assert found.parts["overlap"].round(12).tolist() == [[1.0, 0.5], [0.5, 0.5]]
    assert found.info["by_chance"] == 0.1


def test_the_interval_holds_the_correlation_of_all_there_is() -> None:
    truth = auditor_agreement.measure(LABELS, scores=pair(0.8, 7, 200_000)).value
    held = 0
    for seed in range(60):
        found = auditor_agreement.measure(LABELS, scores=pair(0.8, seed, 200))
        held += found.low <= truth <= found.high
    assert held >= 53


def test_a_constant_or_a_single_auditor_gives_a_sentence() -> None:
    alone = auditor_agreement.measure(LABELS, scores={"a": np.arange(400.0)})
    flat = auditor_agreement.measure(LABELS, scores={"a": np.arange(400.0), "b": np.ones(400)})
    for found in (alone, flat):
        assert np.isnan(found.value)
        assert found.info["why"].startswith("no number: fewer than two auditors")
    with pytest.raises(ValueError, match="worst must be at least 1, got 0"):
        auditor_agreement.measure(LABELS, scores=pair(0.5), worst=0)
    with pytest.raises(ValueError, match="scores must be scores of auditors"):
        rl.measure(
            LABELS, by="auditor_agreement", scores={"a": np.ones(400), "b": np.ones((400, 2))}
        )


@pytest.fixture(scope="module")
def audited() -> Audit:
    rng = np.random.default_rng(0)
    y = np.arange(120) % 3
    x = 4 * np.eye(3, 5)[y] + rng.normal(size=(120, 5))
    y[:6] = (y[:6] + 1) % 3
    return rl.audit(Classes(y), features=x)


def test_an_audit_gives_the_scores_of_its_label_auditors(audited: Audit) -> None:
    found = rl.measure(audited, by="auditor_agreement", worst=6)
    assert set(found.parts["names"]) == {"confident_learning", "neighbour_vote", "self_confidence"}
    assert found.value > 0.3
    assert rl.measure(audited, by="class_imbalance").parts["count"].sum() == 120


def test_the_command_reads_an_audit_folder_and_prints_the_matrices(audited, tmp_path) -> None:
    folder = save(audited, tmp_path / "x.audit")
    done = CliRunner().invoke(app, ["measure", str(folder), "--by", "auditor_agreement"])
    assert done.exit_code == 0, done.output
    assert done.output.startswith("auditor_agreement: ")
    assert "correlation" in done.output
    assert "overlap" in done.output
    assert "neighbour_vote" in done.output
    refused = CliRunner().invoke(
        app, ["measure", str(folder), "--by", "class_imbalance", "--label", "y"]
    )
    assert refused.exit_code == 2
