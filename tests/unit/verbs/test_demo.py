"""The demo ends with a number, counted from drawn labels."""

import csv

import pytest

import reliabel as rl
from reliabel.verbs.demo import demo


@pytest.mark.slow
def test_the_demo_counts_its_errors_and_can_be_run_again(tmp_path) -> None:
    pytest.importorskip("PIL")
    done = demo(tmp_path / "demo")
    audit = rl.load(tmp_path / "demo" / "digits.audit")
    assert audit.count.identified
    assert audit.count.low <= done["planted"] <= audit.count.high < 2 * done["planted"]
    assert done["text"].startswith("Wrong labels: about ")
    with (tmp_path / "demo" / "reviewed.csv").open(encoding="utf-8") as file:
        verdicts = {row["verdict"] for row in csv.DictReader(file)}
    assert verdicts == {"keep", "change"}

    again = demo(tmp_path / "demo")
    assert again["text"].splitlines()[0] == done["text"].splitlines()[0]
    assert again["found"] == done["found"]
    with pytest.raises(ValueError, match="holds the demo of another seed"):
        demo(tmp_path / "demo", seed=1)
