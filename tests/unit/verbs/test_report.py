"""report: an audit as a page, as text, as a table; and a folder that holds a consensus instead."""

import numpy as np
import pytest

import reliabel as rl
from reliabel.folders.audit_folder import save
from reliabel.verbs.write_consensus import write_consensus as write


@pytest.fixture
def consensus(tmp_path):
    truth = np.arange(30) % 2
    votes = {
        "task": np.repeat(np.arange(30), 3).tolist(),
        "who": ["ann", "bob", "cyd"] * 30,
        "answer": [
            f"c{t if (i + w) % 7 else 1 - t}" for i, t in enumerate(truth) for w in range(3)
        ],
    }
    data = rl.read(votes, item="task", worker="who", label="answer")
    write(rl.aggregate(data, by="dawid_skene"), data, tmp_path / "v.consensus")
    return tmp_path / "v.consensus"


def test_the_page_of_a_consensus_is_kept_and_copied(consensus, tmp_path):
    page = (consensus / "report.html").read_text(encoding="utf-8")
    assert rl.report(consensus, consensus / "report.html") == page
    assert (consensus / "report.html").read_text(encoding="utf-8") == page
    rl.report(consensus, tmp_path / "copy.html")
    assert (tmp_path / "copy.html").read_text(encoding="utf-8") == page


def test_of_a_consensus_there_is_a_table_and_no_text(consensus):
    assert rl.report(consensus, form="csv").startswith("item,id,finds,")
    with pytest.raises(ValueError, match="is a consensus folder: aggregate again for its summary"):
        rl.report(consensus, form="text")
    (consensus / "report.html").unlink()
    with pytest.raises(ValueError, match="aggregate again for its page"):
        rl.report(consensus)


def test_the_form_follows_the_name_and_an_unknown_one_is_refused(tmp_path):
    audit = rl.audit(rl.Classes(np.arange(20) % 2), probs=np.full((20, 2), 0.5))
    save(audit, tmp_path / "a")
    assert rl.report(tmp_path / "a", tmp_path / "f.csv").startswith("item,id,")
    assert rl.report(tmp_path / "a", tmp_path / "f.txt").startswith("Wrong labels:")
    assert (tmp_path / "f.csv").exists()
    with pytest.raises(ValueError, match="form must be one of html, text, csv, got 'card'"):
        rl.report(audit, form="card")
