"""The measured table of the guide: who is named in a line, and what is left out."""

import pytest

from reliabel.bench.learn_claim_draws import KINDS
from reliabel.bench.learn_claims import VERDICT
from reliabel.bench.learn_guide import BEGIN, END, fill
from reliabel.bench.run import Row, Table

PAGE = f"before\n{BEGIN}old\n{END}after"


def row(method: str, value: float, dataset: str = "ag_news") -> Row:
    return Row(f"{dataset}-0", dataset, "pair .3", 0, method, "chosen", value)


def test_a_line_names_the_learners_that_have_all_cells_and_are_not_on_trial(tmp_path):
    Table(tmp_path / "learn.csv").add(
        [
            row("cross_entropy", 0.6),
            row("cross_entropy", 0.5, "banking77"),
            row("noise_ignorant", 0.61),
            row("noise_ignorant", 0.51, "banking77"),
            row("early_learning", 0.62),
            row("early_learning", 0.54, "banking77"),
            row("sop", 0.9),  # on one cell alone
            row("backward_correction", 0.9),
            row("backward_correction", 0.9, "banking77"),  # experimental
        ]
    )
    page = fill(tmp_path, PAGE)
    assert page.startswith(f"before\n{BEGIN}| what I know")
    assert page.endswith(f"{END}after")
    assert "old" not in page
    (line,) = [line for line in page.splitlines() if line.startswith("| one class is taken")]
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells[0].endswith("(cross-entropy 0.550)")
    assert cells[1:] == ["`early_learning` +3.0", "+1.0", "2"]


def test_claims_on_more_evidence_stand_with_their_baseline(tmp_path):
    says = KINDS["trusted"].says
    words = (VERDICT, says, "its baseline", 0, "a_method")
    Table(tmp_path / "learn_claims.csv").add(
        [
            Row(*words, "difference", 0.012, 0.01, 0.02),
            Row(*words, "holds", "yes"),
            Row(*words, "draws", 6.0),
        ]
    )
    page = fill(tmp_path, PAGE)
    assert "`a_method` +1.2 against its baseline (yes) |  | 6 |" in page


def test_a_page_without_marks_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no marks <!-- measured -->"):
        fill(tmp_path, "text")
